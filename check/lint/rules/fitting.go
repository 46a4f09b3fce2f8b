package rules

import (
	"context"
	"strings"
	"time"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

const (
	// mostViolations is how many faults of one value are told.
	mostViolations = 10
	// mostFitted is how much is compared in one document: the sizes of values
	// times those of their schemas.
	mostFitted = 50_000_000
	// fittingTime is how long it may take in all. Only choices within choices
	// and patterns that go back and forth come near to it.
	fittingTime = time.Second
)

// fitting holds values of a document against schemas, each pair once.
type fitting struct {
	done  map[[2]*tree.Node]bool
	sizes map[*tree.Node]int
	spent int
	over  bool // there is no more to spend
	// until ends when the time is over, and stop ends it before.
	until context.Context
	stop  context.CancelFunc
}

func fittingOf(p *lint.Pass) *fitting {
	return lint.Shared(p, "fitting", func(p *lint.Pass) *fitting {
		f := &fitting{done: map[[2]*tree.Node]bool{}, sizes: map[*tree.Node]int{}}
		f.until, f.stop = context.WithTimeout(p.Context, fittingTime)
		return f
	})
}

// fits reports how a value in a document breaks a schema, in a sentence that
// begins with what is said of it. What cannot be
// compiled or compared is left alone: others say so.
func (f *fitting) fits(p *lint.Pass, what string, value, by *tree.Node, format schema.Format) {
	pair := [2]*tree.Node{value, by}
	if f.done[pair] || f.over {
		return
	}
	f.done[pair] = true
	if f.spent += f.size(value) * f.size(by); f.spent > mostFitted || f.until.Err() != nil {
		f.over = true
		f.stop()
		p.Add(diag.Diagnostic{
			Code: lint.CodeTooMany, Severity: diag.Warning, Path: value.Path(), Span: lint.Head(value),
			Message: "there are too many or too large examples and defaults to judge: from here on they are not looked at",
		})
		return
	}
	compiled, err := p.Schemas.Compile(by, format)
	if err != nil {
		return
	}
	told := 0
	for _, v := range compiled.Validate(value.Value()) {
		if told++; told > mostViolations || undecided(v) {
			return
		}
		violated(p, what, value, v)
	}
}

// undecided reports whether a value could not be judged, which is no fault.
func undecided(v schema.Violation) bool {
	return v.Keyword == "" && strings.HasPrefix(v.Message, "cannot be judged")
}

// violated reports one way in which a value breaks a schema, at the part of it
// that does.
func violated(p *lint.Pass, what string, value *tree.Node, v schema.Violation) {
	at := value.At(v.InstancePath)
	if at == nil {
		at = value
	}
	d := reportValue(p, at, "%s: %s", what, v.Message)
	if v.Span.IsValid() && v.Span.File != nil {
		d.Related = []diag.Related{{Message: "this is what asks for it", Span: v.Span}}
	}
}

// reportValue reports a scalar at its text, and anything larger at its key.
func reportValue(p *lint.Pass, n *tree.Node, format string, args ...any) *diag.Diagnostic {
	if n.Kind == tree.Mapping || n.Kind == tree.Sequence {
		return p.ReportKey(n, format, args...)
	}
	return p.Report(n, format, args...)
}

// size is how many values there are in one, aliases written out, up to a bound.
func (f *fitting) size(n *tree.Node) int {
	n = canonical(n)
	if size, ok := f.sizes[n]; ok {
		return size
	}
	size := 1
	for _, inner := range values(n) {
		size = min(size+f.size(inner), mostFitted)
	}
	f.sizes[n] = size
	return size
}

// instead is the fix that writes another text. What the author meant is only
// a guess.
func instead(at source.Span, text string) []diag.Fix {
	return []diag.Fix{{Title: "write " + text, Edits: []diag.Edit{{Span: at, Text: text}}}}
}
