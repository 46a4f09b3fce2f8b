package edit

import (
	"net/url"
	"slices"
	"strings"

	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// dataKeys are the keys below which a document holds data: a "$ref" there is
// text. Names that an author chose may be the same words.
var dataKeys = []string{"default", "const", "enum", "example", "examples"}

var nameMaps = []string{"properties", "patternProperties", "definitions", "$defs", "schemas", "messages", "parameters", "channels", "operations", "servers", "headers"}

func isData(n *tree.Node) bool {
	return n.Key != nil && slices.Contains(dataKeys, n.Key.Text) && !slices.Contains(nameMaps, n.Parent.Name())
}

// walk visits every value that is description, where it is written.
func walk(n *tree.Node, visit func(n *tree.Node)) {
	if n == nil || n.Alias != nil || isData(n) {
		return
	}
	visit(n)
	for i := range n.Members {
		if v := n.Members[i].Value; v.Parent == n {
			walk(v, visit)
		}
	}
	for _, item := range n.Items {
		walk(item, visit)
	}
}

// reference is the value of a "$ref" and what it names.
type reference struct {
	holder *tree.Node
	value  *tree.Node
	uri    string   // of the document
	tokens []string // of the JSON Pointer in it, unescaped
}

// references are those of one document that are JSON Pointers.
func (s *Session) references(d *document) []reference {
	var list []reference
	walk(d.Root, func(n *tree.Node) {
		value := ref.Of(n)
		if value.Is(tree.String) {
			if r, ok := parseReference(d.File.URI(), value.Text); ok {
				r.holder, r.value = n, value
				list = append(list, r)
			}
		}
	})
	return list
}

func parseReference(base, text string) (reference, bool) {
	target, fragment, err := source.Resolve(base, text)
	if err != nil || fragment != "" && fragment[0] != '/' {
		return reference{}, false
	}
	r := reference{uri: target}
	if fragment != "" {
		for token := range strings.SplitSeq(fragment[1:], "/") {
			r.tokens = append(r.tokens, tree.UnescapePointer(token))
		}
	}
	return r, true
}

// withToken is the text of a reference with another name in the place of one.
// What is before the fragment stays as it was written.
func withToken(text string, at int, name string) string {
	before, fragment, _ := strings.Cut(text, "#")
	tokens := strings.Split(strings.TrimPrefix(fragment, "/"), "/")
	tokens[at] = escapeToken(name)
	return before + "#/" + strings.Join(tokens, "/")
}

// escapeToken writes a name as a token of a pointer in a fragment.
func escapeToken(name string) string {
	escaped := (&url.URL{Fragment: tree.EscapePointer(name)}).EscapedFragment()
	// Braces may stand in a fragment as far as readers of documents go.
	return strings.NewReplacer("%7B", "{", "%7D", "}").Replace(escaped)
}
