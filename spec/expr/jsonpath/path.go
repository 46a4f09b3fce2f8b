package jsonpath

import (
	"fmt"
	"sync"
)

// Path is a JSONPath query, parsed. It never changes and may be shared.
type Path struct {
	text     string
	query    *query
	warnings []Warning
}

// SyntaxError says why a text is not a JSONPath, and where.
type SyntaxError struct {
	// Offset and Length are bytes of the text that was parsed.
	Offset, Length int
	Message        string
	// Help says what to write instead, where that can be guessed.
	Help string
}

// Error returns the message and the place.
func (e *SyntaxError) Error() string {
	text := fmt.Sprintf("%s at byte %d", e.Message, e.Offset)
	if e.Help != "" {
		text += ": " + e.Help
	}
	return text
}

// Warning is something in a correct path that probably does not mean what its
// author thinks.
type Warning struct {
	Offset, Length int
	Message        string
	Help           string
}

// query is "$" or "@" and segments.
type query struct {
	relative bool
	segments []segment
	start    int
	end      int
}

// segment selects children, or children of all descendants.
type segment struct {
	descendant bool
	selectors  []selector
}

type selectorKind uint8

const (
	selectName selectorKind = iota + 1
	selectWildcard
	selectIndex
	selectSlice
	selectFilter
)

// selector is one entry of a bracketed selection.
type selector struct {
	kind   selectorKind
	name   string
	index  int64
	slice  slice
	filter *expression
}

// slice is start:end:step; a bound that is absent is nil.
type slice struct {
	start, end *int64
	step       int64
}

// expressionKind is what a node of a filter is.
type expressionKind uint8

const (
	exprOr expressionKind = iota + 1
	exprAnd
	exprNot
	exprParen
	exprCompare
	exprLiteral
	exprQuery
	exprCall
)

// expression is a node of a filter.
type expression struct {
	kind    expressionKind
	op      string
	args    []*expression
	literal any
	query   *query
	call    *function
	start   int
	end     int

	// pattern is the compiled second argument of match and search, where it is
	// a literal.
	pattern func() *matcher
}

// Singular reports whether the path can select at most one node: it has only
// names and indexes, one in each segment (RFC 9535 section 2.3.5.1).
func (p *Path) Singular() bool { return p.query.singular() }

func (q *query) singular() bool {
	for _, s := range q.segments {
		if s.descendant || len(s.selectors) != 1 {
			return false
		}
		if kind := s.selectors[0].kind; kind != selectName && kind != selectIndex {
			return false
		}
	}
	return true
}

// Pointer returns the path as a JSON Pointer, where it is singular and has no
// index from the end.
func (p *Path) Pointer() (string, bool) {
	if !p.Singular() {
		return "", false
	}
	var n Node
	for _, s := range p.query.segments {
		switch sel := s.selectors[0]; {
		case sel.kind == selectName:
			n = n.child(nil, sel.name)
		case sel.index >= 0:
			n = n.item(nil, int(sel.index))
		default:
			return "", false
		}
	}
	return n.Pointer(), true
}

// Warnings returns what is suspicious in the path.
func (p *Path) Warnings() []Warning { return p.warnings }

// Source returns the path as it was written.
func (p *Path) Source() string { return p.text }

// lazily compiles a literal pattern at most once, when it is first used.
func lazily(pattern string, whole bool) func() *matcher {
	return sync.OnceValue(func() *matcher { return newMatcher(pattern, whole) })
}
