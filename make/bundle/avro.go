package bundle

import (
	"strings"

	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

// avroSchemas mends the Avro schemas of the bundle: a type that came in twice
// is defined the first time and named the second, since Avro allows no more.
func (b *bundler) avroSchemas(n *tree.Node) {
	for _, item := range n.Items {
		b.avroSchemas(item)
	}
	for _, m := range n.Members {
		b.avroSchemas(m.Value)
	}
	if !isAvro(n.Get("schemaFormat").Str()) {
		return
	}
	for _, field := range []string{"schema", "payload"} {
		if root := n.Get(field); root != nil && ref.Of(root) == nil {
			a := &avroTypes{b: b, defined: map[string]bool{}}
			a.visit(root, "", 0)
		}
	}
}

// avroTypes is one Avro schema while its types are put in order.
type avroTypes struct {
	b       *bundler
	defined map[string]bool // by full name
}

// visit looks at a type, in the namespace that holds around it.
func (a *avroTypes) visit(n *tree.Node, namespace string, depth int) {
	switch {
	case depth > maxDepth || a.b.full:
	case n.Kind == tree.Sequence:
		for _, item := range n.Items {
			a.visit(item, namespace, depth+1)
		}
	case n.Kind == tree.Mapping:
		a.complex(n, namespace, depth)
	}
}

func (a *avroTypes) complex(n *tree.Node, namespace string, depth int) {
	switch n.Get("type").Str() {
	case "record", "error", "enum", "fixed":
		full := fullName(n.Get("name").Str(), n.Get("namespace").Str(), namespace)
		if a.defined[full] && !a.b.roots[rootOfFile(a.b, n)] && n.Parent != nil {
			again := tree.NewString(full)
			again.Span = n.Span
			replace(n, again)
			return
		}
		a.defined[full] = true
		inner := spaceOf(full)
		for _, field := range itemsOf(n.Get("fields")) {
			if t := field.Get("type"); t != nil {
				a.visit(t, inner, depth+1)
			}
		}
	case "array":
		a.child(n, "items", namespace, depth)
	case "map":
		a.child(n, "values", namespace, depth)
	default:
		a.child(n, "type", namespace, depth)
	}
}

// rootOfFile is the root of the document that a value was written in.
func rootOfFile(b *bundler, n *tree.Node) *tree.Node {
	if n.Span.File == nil {
		return nil
	}
	if d := b.ws.Document(n.Span.File.URI()); d != nil {
		return d.Root
	}
	return nil
}

func (a *avroTypes) child(n *tree.Node, field, namespace string, depth int) {
	if inner := n.Get(field); inner != nil {
		a.visit(inner, namespace, depth+1)
	}
}

func itemsOf(n *tree.Node) []*tree.Node {
	if !n.Is(tree.Sequence) {
		return nil
	}
	return n.Items
}

// fullName is a name with its namespace (Avro 1.12, "Names").
func fullName(name, own, around string) string {
	switch {
	case strings.Contains(name, "."):
		return name
	case own != "":
		return own + "." + name
	case around != "":
		return around + "." + name
	}
	return name
}

func spaceOf(full string) string {
	if at := strings.LastIndexByte(full, '.'); at >= 0 {
		return full[:at]
	}
	return ""
}
