package xpath

import "fmt"

// Expr is an XPath expression, parsed. It never changes and may be shared.
type Expr struct {
	text string
	root *term
}

// String returns the expression as it was written.
func (x *Expr) String() string { return x.text }

// SyntaxError says why a text is not an XPath expression, and where.
type SyntaxError struct {
	// Offset and Length are bytes of the text that was parsed.
	Offset, Length int
	Message        string
	// Help says what to write instead, where that can be guessed.
	Help string
	// Unsupported says that the construct exists, but not in what this package
	// evaluates.
	Unsupported bool
}

// Error returns the message and the place.
func (e *SyntaxError) Error() string {
	text := fmt.Sprintf("%s at byte %d", e.Message, e.Offset)
	if e.Help != "" {
		text += ": " + e.Help
	}
	return text
}

// valueType is a type of XPath 1.0 (section 1).
type valueType uint8

const (
	booleanType valueType = iota + 1
	numberType
	stringType
	nodesType
)

// term is a node of an expression.
type term struct {
	op      operation
	symbol  string // of a binary operation
	args    []*term
	literal any
	call    *function
	path    *path
	start   int
	end     int
}

type operation uint8

const (
	opLiteral operation = iota + 1
	opOr
	opAnd
	opCompare
	opArithmetic
	opNegate
	opUnion
	opCall
	opPath
	opFilter // args[0] with the predicates args[1:]
)

func (t *term) kind() valueType {
	switch t.op {
	case opLiteral:
		if _, ok := t.literal.(float64); ok {
			return numberType
		}
		return stringType
	case opOr, opAnd, opCompare:
		return booleanType
	case opArithmetic, opNegate:
		return numberType
	case opCall:
		return t.call.result
	case opFilter:
		return t.args[0].kind()
	}
	return nodesType
}

// path is a location path: from the root, from the context node, or from the
// nodes of a filter expression.
type path struct {
	absolute bool
	from     *term
	steps    []step
}

// step is a location step.
type step struct {
	axis       axis
	test       nodeTest
	predicates []*term
}

// nodeTest is what nodes a step selects on its axis.
type nodeTest struct {
	kind   Kind   // the kind of node(), or 0 for any; nameTest says a name
	name   string // "*" for all names
	prefix string
	byName bool
	start  int
	end    int
}
