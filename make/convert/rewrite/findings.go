package rewrite

import (
	"fmt"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// maxFindings is beyond how many findings of one conversion nobody reads on.
const maxFindings = 1_000

// Findings are what a conversion has to say.
type Findings struct {
	list []diag.Diagnostic
	more int
}

// Say reports something about a value of the source: at its key, where it has
// one, since what is said is about the field.
func (f *Findings) Say(code diag.Code, severity diag.Severity, n *tree.Node, help, format string, args ...any) {
	if len(f.list) >= maxFindings {
		f.more++
		return
	}
	f.list = append(f.list, diag.Diagnostic{
		Code: code, Severity: severity, Span: spanOf(n), Path: n.Path(), Help: help, Message: fmt.Sprintf(format, args...),
	})
}

// All returns what was said, in its order.
func (f *Findings) All() []diag.Diagnostic {
	if f.more == 0 || len(f.list) == 0 {
		return f.list
	}
	last := f.list[len(f.list)-1]
	last.Message += fmt.Sprintf("; %d more findings are not shown", f.more)
	return append(f.list[:len(f.list)-1:len(f.list)-1], last)
}

func spanOf(n *tree.Node) source.Span {
	switch {
	case n == nil:
		return source.Span{}
	case n.Key != nil:
		return n.Key.Span
	}
	return n.Span
}
