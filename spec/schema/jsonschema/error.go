package jsonschema

import (
	"errors"
	"net/url"
	"strings"

	lib "github.com/santhosh-tekuri/jsonschema/v6"

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

// explain turns an error of the library into one that points at a node. The
// library's own words speak of numbered resources and would help nobody.
func (s *Set) explain(err error, root *tree.Node) error {
	if ours, ok := errors.AsType[*Error](err); ok {
		return ours
	}
	if e, ok := errors.AsType[*lib.LoadURLError](err); ok {
		// The library hides what its loader said from errors.As.
		return s.explain(e.Err, root)
	}
	if e, ok := errors.AsType[*lib.SchemaValidationError](err); ok {
		if v, ok := errors.AsType[*lib.ValidationError](e.Err); ok {
			return s.explainMeta(v, e.URL, root)
		}
	}
	if e, ok := errors.AsType[*lib.InvalidRegexError](err); ok {
		return &Error{Node: s.locate(e.URL), Message: "the pattern " + quote(e.Regex) + " is not a regular expression"}
	}
	return &Error{Node: root, Message: strings.ReplaceAll(err.Error(), scheme, "schema ")}
}

func (s *Set) explainMeta(v *lib.ValidationError, at string, root *tree.Node) error {
	node := s.locate(at)
	if node == nil {
		node = root
	}
	list := flatten(s, v, nil)
	if len(list) == 0 {
		return &Error{Node: node, Message: "is not a valid JSON Schema"}
	}
	first := list[0]
	if inner := node.At(first.InstancePath); inner != nil {
		node = inner
	}
	return &Error{Node: node, Message: "is not valid: " + first.Message}
}

func decodeFragment(fragment string) string {
	if plain, err := url.PathUnescape(fragment); err == nil {
		return plain
	}
	return fragment
}
