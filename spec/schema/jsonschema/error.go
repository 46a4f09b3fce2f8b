package jsonschema

import (
	"net/url"

	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// Error says that a schema itself is wrong.
type Error struct {
	// Node is the part of the schema that is wrong, where known.
	Node *tree.Node
	// Message is lower case and says what is wrong.
	Message string
}

// Error implements error.
func (e *Error) Error() string {
	place := place(e.Node)
	if place == "" {
		return "schema: " + e.Message
	}
	return place + ": schema: " + e.Message
}

// Span is where the fault stands, or the zero Span.
func (e *Error) Span() source.Span {
	if e.Node == nil {
		return source.Span{}
	}
	return e.Node.Span
}

func place(n *tree.Node) string {
	if n == nil {
		return ""
	}
	name := ""
	if n.Span.File != nil {
		name = n.Span.File.Name()
	}
	if path := n.Path(); path != "" {
		return name + "#" + path
	}
	return name
}

func decodeFragment(fragment string) string {
	if plain, err := url.PathUnescape(fragment); err == nil {
		return plain
	}
	return fragment
}
