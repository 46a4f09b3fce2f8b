package ruleset

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/openapi"
	"github.com/weft-dev/weft/spec/schema/languages"
	"github.com/weft-dev/weft/spec/shape"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// Reader reads rulesets for the rules of a linter.
type Reader struct {
	linter *lint.Linter
	set    func() *shape.Set
}

// For returns a Reader for the rules of a linter. It costs nothing until it
// reads.
func For(l *lint.Linter) *Reader {
	return &Reader{linter: l, set: sync.OnceValue(func() *shape.Set { return set(l) })}
}

// Kind is the kind of document that a ruleset is, so that it can be judged.
func (r *Reader) Kind() lint.Kind {
	return lint.Kind{
		Name: "weft", Title: "weft ruleset", Suffixes: []string{"weft.yaml", "weft.yml"}, Shaped: true, Rules: explanations(),
		Check: func(ctx context.Context, ws *ref.Workspace, d *ref.Document) []diag.Diagnostic {
			return r.load(ctx, ws, d, "").Findings
		},
	}
}

// Load reads a ruleset and what it extends. Today is the date as
// "2006-01-02", by which things to ignore expire; "" is never.
func (r *Reader) Load(ctx context.Context, ws *ref.Workspace, file *source.File, today string) *Ruleset {
	d := ws.Load(file)
	rs := r.load(ctx, ws, d, today)
	for _, found := range d.Findings {
		if found.Code != tree.CodeEmpty { // an empty file marks the root of a project
			rs.Findings = append(rs.Findings, found)
		}
	}
	rs.Findings = diag.Unique(rs.Findings)
	return rs
}

func (r *Reader) load(ctx context.Context, ws *ref.Workspace, d *ref.Document, today string) *Ruleset {
	rs := r.empty(d.File)
	l := &loader{ctx: ctx, ws: ws, reader: r, today: today, out: rs}
	l.document(d, nil)
	l.checkCodes()
	return rs
}

// empty is a ruleset that says nothing.
func (r *Reader) empty(file *source.File) *Ruleset {
	rs := &Ruleset{File: file, optional: map[diag.Code]bool{}, fixed: fixedCodes(), known: r.linter.Rules()}
	for i := range rs.known {
		rs.optional[rs.known[i].Code] = rs.known[i].Optional
	}
	return rs
}

// fixedCodes are those that say that a text could not be judged. To pass over
// them would be to say that all is well.
func fixedCodes() map[diag.Code]bool {
	fixed := map[diag.Code]bool{
		lint.CodeKind: true, asyncapi.CodeVersion: true,
		"arazzo/" + arazzo.CodeVersion: true, "openapi/" + openapi.CodeVersion: true,
	}
	for _, rule := range tree.Rules() {
		if rule.Severity == diag.Error && rule.Code != tree.CodeDuplicateKey {
			fixed[rule.Code] = true
		}
	}
	return fixed
}

// mostFiles is how many files one ruleset may extend in all, each way to one
// counted.
const mostFiles = 100

// loader reads one ruleset with all it extends.
type loader struct {
	ctx    context.Context
	ws     *ref.Workspace
	reader *Reader
	today  string
	out    *Ruleset
	files  int
	codes  []named // where codes are named, or patterns of them
}

// named is a place where a code is named.
type named struct {
	at   *tree.Node
	path string
}

func (l *loader) report(code diag.Code, severity diag.Severity, n *tree.Node, message, help string) {
	l.out.Findings = append(l.out.Findings, diag.Diagnostic{
		Code: code, Severity: severity, Span: n.Span, Path: n.Path(), Message: message, Help: help,
	})
}

// document reads a ruleset; below are those that extend it, outermost first.
func (l *loader) document(d *ref.Document, below []*ref.Document) {
	if d.Root == nil || (d.Root.Is(tree.Null) && len(below) == 0) {
		return
	}
	l.out.Findings = append(l.out.Findings, l.reader.set().Check(d.Root, shape.Options{})...)
	below = append(slices.Clip(below), d)
	extends := d.Root.Get("extends")
	if extends.Is(tree.String) {
		l.extend(extends, below)
	} else if extends.Is(tree.Sequence) {
		for _, item := range extends.Items {
			l.extend(item, below)
		}
	}
	l.rules(d.Root.Get("rules"), nil)
	l.custom(d.Root.Get("custom"))
	for _, o := range items(d.Root.Get("overrides")) {
		if files := filesOf(o.Get("files"), d.File); files != nil {
			l.rules(o.Get("rules"), files)
		}
	}
	for _, n := range items(d.Root.Get("ignores")) {
		l.ignore(n, d.File)
	}
}

func items(n *tree.Node) []*tree.Node {
	if !n.Is(tree.Sequence) {
		return nil
	}
	return n.Items
}

func (l *loader) extend(n *tree.Node, below []*ref.Document) {
	switch {
	case !n.Is(tree.String) || n.Text == "":
		return // a fault of structure
	case slices.Contains(builtIn, n.Text):
		l.out.steps = append(l.out.steps, step{set: n.Text})
		return
	case strings.HasPrefix(n.Text, "weft:"):
		l.report(CodeExtends, diag.Error, n, fmt.Sprintf("there is no set of rules %q", n.Text), diag.DidYouMean(n.Text, builtIn))
		return
	}
	if l.files++; l.files > mostFiles {
		if l.files == mostFiles+1 {
			l.report(CodeExtends, diag.Error, n, fmt.Sprintf("more than %d files are extended", mostFiles), "extend fewer")
		}
		return
	}
	target, _, err := source.Resolve(below[len(below)-1].File.URI(), n.Text)
	if err != nil {
		l.report(CodeExtends, diag.Error, n, fmt.Sprintf("%q is no address of a file", n.Text), "")
		return
	}
	d, err := l.ws.Open(l.ctx, target)
	if err != nil {
		l.report(CodeExtends, diag.Error, n, err.Error(), "")
		return
	}
	if slices.Contains(below, d) {
		l.report(CodeCycle, diag.Error, n, fmt.Sprintf("%q extends, by this or by others, itself", d.File.Name()), "remove one of the ways")
		return
	}
	if d.Root == nil {
		l.out.Findings = append(l.out.Findings, d.Findings...)
		return
	}
	l.document(d, below)
}

// rules reads a map of rules.
func (l *loader) rules(n *tree.Node, files *filePattern) {
	if !n.Is(tree.Mapping) {
		return
	}
	// What is said of one rule counts more than what is said of many.
	for _, exact := range []bool{false, true} {
		for i := range n.Members {
			key, value := n.Members[i].Key, n.Members[i].Value
			if exact != strings.ContainsAny(key.Text, "*?[") {
				l.rule(key, value, files)
			}
		}
	}
}

func (l *loader) rule(key, value *tree.Node, files *filePattern) {
	s := step{pattern: key.Text, files: files, severity: value.Str()}
	if value.Is(tree.Mapping) {
		s.severity = value.Get("severity").Str()
		if options := value.Get("options"); options.Is(tree.Mapping) {
			s.options = options
		}
	}
	if s.severity != "" && !slices.Contains(severities, s.severity) {
		return // a fault of structure
	}
	if l.out.fixed[diag.Code(key.Text)] && s.severity != "on" && s.severity != "error" {
		l.report(CodeFixed, diag.Error, value, fmt.Sprintf("%s always counts: what could not be read was not judged", key.Text), "remove it")
	}
	l.codes = append(l.codes, named{key, value.Path()})
	l.out.steps = append(l.out.steps, s)
}

func (l *loader) ignore(n *tree.Node, file *source.File) {
	if !n.Is(tree.Mapping) {
		return
	}
	code := n.Get("code")
	for _, c := range append(slices.Clip(items(code)), code) {
		if c.Is(tree.String) {
			l.codes = append(l.codes, named{c, c.Path()})
		}
	}
	if n.Get("reason").Str() == "" {
		return // a fault of structure: without a reason nothing is ignored
	}
	i := readIgnore(n, file, l.today)
	if i.expired {
		l.report(CodeIgnoreExpired, diag.Warning, n.Get("until"), "this was ignored until a day that is over", "mend what was ignored, or say until when it is to be ignored now")
	}
	l.out.ignores = append(l.out.ignores, i)
}

// custom reads the project's own rules. One of a name that was there replaces it.
func (l *loader) custom(n *tree.Node) {
	if !n.Is(tree.Mapping) {
		return
	}
	schemas := languages.In(l.ws)
	for i := range n.Members {
		name, value := n.Members[i].Key.Text, n.Members[i].Value
		c := readCustom(name, value, &reading{report: l.report, schemas: schemas})
		if c == nil {
			continue
		}
		l.out.optional[c.rule.Code] = c.rule.Optional
		same := func(other *customRule) bool { return other.rule.Code == c.rule.Code }
		l.out.custom = append(slices.DeleteFunc(l.out.custom, same), c)
	}
}

// checkCodes finds codes, and patterns of codes, that no finding has. The rules
// that are named alone are checked by the tables, but for those of the project.
func (l *loader) checkCodes() {
	var all []string
	for i := range l.out.known {
		all = append(all, string(l.out.known[i].Code))
	}
	for _, c := range l.out.custom {
		all = append(all, string(c.rule.Code))
	}
	for _, n := range l.codes {
		fits := func(code string) bool { return lint.MatchCode(n.at.Text, diag.Code(code)) }
		if n.at.Text == "" || slices.ContainsFunc(all, fits) || l.toldAt(n.at) {
			continue
		}
		l.out.Findings = append(l.out.Findings, diag.Diagnostic{
			Code: CodeUnknown, Severity: diag.Error, Span: n.at.Span, Path: n.path,
			Message: fmt.Sprintf("no finding has the code %q", n.at.Text), Help: diag.DidYouMean(n.at.Text, all),
		})
	}
}

// toldAt reports whether a finding underlines the node already.
func (l *loader) toldAt(n *tree.Node) bool {
	return slices.ContainsFunc(l.out.Findings, func(d diag.Diagnostic) bool { return d.Span == n.Span })
}

// BuiltIn returns a built-in set as a ruleset, or nil where there is none of
// that name.
func (r *Reader) BuiltIn(name string) *Ruleset {
	if !slices.Contains(builtIn, name) {
		return nil
	}
	rs := r.empty(nil)
	rs.steps = []step{{set: name}}
	return rs
}

// BuiltIns are the names of the built-in sets.
func BuiltIns() []string { return slices.Clone(builtIn) }
