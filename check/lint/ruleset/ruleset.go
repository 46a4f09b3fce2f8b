package ruleset

import (
	"cmp"
	"slices"
	"strings"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// The sets of rules that are there without a file.
const (
	setRecommended = "weft:recommended" // every rule that is not optional
	setAll         = "weft:all"         // every rule
	setStrict      = "weft:strict"      // every rule, a step worse than it says
	setOff         = "weft:off"         // only what says that a text could not be judged
)

var builtIn = []string{setRecommended, setAll, setStrict, setOff}

// Ruleset is what a project wants of its documents. It is a lint.Policy.
type Ruleset struct {
	// File is the file it was read from.
	File *source.File
	// Findings are what is wrong with the file, and with those it extends.
	Findings []diag.Diagnostic

	known    []diag.Rule // all rules that there are, but for custom
	optional map[diag.Code]bool
	fixed    map[diag.Code]bool
	steps    []step
	ignores  []*ignore
	custom   []*customRule
}

// step is one thing that is said about rules. Later ones win.
type step struct {
	set      string       // a built-in set, or ""
	pattern  string       // the code, or a pattern of codes
	severity string       // one of severities, or "" where only options are given
	options  *tree.Node   // nil where there are none
	files    *filePattern // nil where it is for all
}

// Severity implements lint.Policy.
func (r *Ruleset) Severity(code diag.Code, usual diag.Severity, file *source.File) diag.Severity {
	if r.fixed[code] {
		return usual
	}
	severity := r.inSet(setRecommended, code, usual)
	for i := range r.steps {
		s := &r.steps[i]
		switch {
		case s.set != "":
			severity = r.inSet(s.set, code, usual)
		case !lint.MatchCode(s.pattern, code) || !s.files.fits(file):
		case s.severity == "off":
			severity = 0
		case s.severity == "on":
			severity = usual
		case s.severity == "":
			severity = cmp.Or(severity, usual)
		default:
			severity, _ = diag.ParseSeverity(s.severity)
		}
	}
	return severity
}

// inSet is how much a rule matters in a built-in set.
func (r *Ruleset) inSet(name string, code diag.Code, usual diag.Severity) diag.Severity {
	family, _, _ := strings.Cut(string(code), "/")
	if family == "custom" {
		name = setRecommended // the sets are about our rules, not about the project's
	}
	switch name {
	case setRecommended:
		if r.optional[code] {
			return 0
		}
	case setStrict:
		return min(usual+1, diag.Error)
	case setOff:
		if !slices.Contains([]string{"text", "lint", "weft"}, family) {
			return 0
		}
	}
	return usual
}

// Option implements lint.Policy.
func (r *Ruleset) Option(code diag.Code, name string, file *source.File) *tree.Node {
	for i := range slices.Backward(r.steps) {
		s := &r.steps[i]
		if s.options == nil || !lint.MatchCode(s.pattern, code) || !s.files.fits(file) {
			continue
		}
		if n := s.options.Get(name); n != nil {
			return n
		}
	}
	return nil
}

// Extra implements lint.Policy.
func (r *Ruleset) Extra(kind string) []*lint.Rule {
	var list []*lint.Rule
	for _, c := range r.custom {
		if c.isFor(kind) {
			list = append(list, c.rule)
		}
	}
	return list
}

// Rules describes the project's own rules, for reports.
func (r *Ruleset) Rules() []diag.Rule {
	list := make([]diag.Rule, len(r.custom))
	for i, c := range r.custom {
		list[i] = c.rule.Describe()
	}
	return list
}

// Ignored implements lint.Policy.
func (r *Ruleset) Ignored(d *diag.Diagnostic) bool {
	hit := false
	for _, i := range r.ignores {
		if i.covers(d) {
			i.used.Store(true)
			hit = true
		}
	}
	return hit
}

// Leftover are findings about what was to be ignored in a run and was not
// there. Only what could have been met in the documents judged counts.
func (r *Ruleset) Leftover(judged []*source.File) []diag.Diagnostic {
	var list []diag.Diagnostic
	for _, i := range r.ignores {
		if i.used.Load() || i.expired || !slices.ContainsFunc(judged, i.files.fits) {
			continue
		}
		list = append(list, diag.Diagnostic{
			Code: CodeIgnoreUnused, Severity: diag.Info, Span: i.node.Get("code").Span, Path: i.node.Get("code").Path(),
			Message: "nothing that was judged has a finding that this ignores", Help: "remove it",
		})
	}
	for i := range list {
		list[i].Severity = r.Severity(list[i].Code, list[i].Severity, r.File)
	}
	return slices.DeleteFunc(list, func(d diag.Diagnostic) bool { return d.Severity == 0 })
}
