package shape

import (
	"fmt"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// Context is what a Check sees of the walk it is part of.
type Context struct {
	set     *Set
	options Options
	found   []diag.Diagnostic
	full    bool
	grade   *grade

	objects map[*tree.Node]*compiled // what each mapping was checked as
	again   map[visit]bool           // what was checked more than once could be: aliases, references, second kinds
	queue   []pending
}

type visit struct {
	node   *tree.Node
	object *compiled
	elem   *Type
}

// pending is a reference to follow when the document itself is done, so that
// what stands in its own place is seen as what it is there.
type pending struct {
	ref   *tree.Node // the Reference Object
	typ   *Type
	grade *grade
}

// Version is the version of the specification that is checked against.
func (c *Context) Version() string { return c.set.version }

// Resolve follows a Reference Object by one or more steps, or returns nil
// where that is not possible or not wanted. It does not report.
func (c *Context) Resolve(ref *tree.Node) *tree.Node {
	if c.options.Resolve == nil {
		return nil
	}
	return c.options.Resolve(ref)
}

// Report adds a finding about a node's value. Code is without the prefix of
// the tables. The severity is that of an error.
func (c *Context) Report(code string, n *tree.Node, format string, args ...any) *diag.Diagnostic {
	return c.report(code, n, n.Underline(), fmt.Sprintf(format, args...))
}

// ReportKey adds a finding about the key of a node, or its first byte where it
// has none: for what is wrong with a whole object.
func (c *Context) ReportKey(code string, n *tree.Node, format string, args ...any) *diag.Diagnostic {
	return c.report(code, n, keySpan(n), fmt.Sprintf(format, args...))
}

// report returns the finding for what is still to be added to it; the pointer
// is good until the next finding.
func (c *Context) report(code string, n *tree.Node, at source.Span, message string) *diag.Diagnostic {
	if c.full {
		return &diag.Diagnostic{}
	}
	if len(c.found) >= c.options.Limit {
		c.full = true
		code, message = CodeTooMany, fmt.Sprintf("too many findings: mend the first %d, and look again", c.options.Limit)
	}
	severity := diag.Error
	if code == CodeRefSibling {
		severity = diag.Warning
	}
	if c.grade != nil {
		code, severity = c.grade.code, c.grade.severity
	}
	c.found = append(c.found, diag.Diagnostic{
		Code:     diag.Code(c.set.tables.Name + "/" + code),
		Severity: severity,
		Message:  message,
		Path:     n.Path(),
		Span:     at,
	})
	return &c.found[len(c.found)-1]
}

// keySpan is the text that stands for a whole object: its key, or its first
// byte where it is an item or the root.
func keySpan(n *tree.Node) source.Span {
	if n.Key != nil {
		return n.Key.Span
	}
	s := n.Span
	if s.End > s.Start+1 {
		s.End = s.Start + 1
	}
	return s
}
