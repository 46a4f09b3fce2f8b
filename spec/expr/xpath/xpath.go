// Package xpath is XPath 1.0 over XML text. It exists because conditions and
// selectors of workflows may be XPaths, and no library at hand says "no" to
// what it does not have.
package xpath

import "errors"

// Expr is an XPath expression, parsed. It never changes.
type Expr struct{ text string }

// SyntaxError says why a text is not an XPath expression, and where.
type SyntaxError struct {
	Offset, Length int
	Message        string
	Help           string
	// Unsupported says that the construct belongs to a later XPath than 1.0.
	Unsupported bool
}

// Error returns the message.
func (e *SyntaxError) Error() string { return e.Message }

// Parse reads an expression. The error is a [*SyntaxError].
func Parse(text string) (*Expr, error) {
	return nil, &SyntaxError{Length: len(text), Message: "XPath is not supported yet", Help: "use a jsonpath or simple condition", Unsupported: true}
}

// Node is a node of an XML document.
type Node struct{}

// Text returns the node's string-value.
func (n *Node) Text() string { return "" }

// ParseXML reads a document.
func ParseXML(string) (*Node, error) { return nil, errors.New("XML is not supported yet") }

// Eval evaluates the expression with a node as its context. The result is a
// bool, a json.Number, a string or a []*Node in document order.
func (x *Expr) Eval(*Node) (any, error) { return nil, errors.New("XPath is not supported yet") }

// Boolean converts a result to a boolean by section 4.3.
func Boolean(any) bool { return false }

// Plain returns a result as plain data.
func Plain(result any) any { return result }
