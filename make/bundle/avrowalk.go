package bundle

import (
	"strings"

	"github.com/weft-dev/weft/text/tree"
)

// avroWalk meets the types of an Avro schema in the order in which a reader of
// Avro meets them, each in the namespace that holds around it.
type avroWalk struct {
	defined map[string]bool // by full name
	// again is called with a definition of a name that has one; it reports
	// whether the walk is to pass over it.
	again func(n *tree.Node, full string) bool
	// named is called with a name in the place of a type; nil where names are
	// left alone.
	named func(n *tree.Node, namespace string, depth int)
}

// visit looks at a type.
func (w *avroWalk) visit(n *tree.Node, namespace string, depth int) {
	switch {
	case n == nil || depth > maxDepth:
	case n.Kind == tree.String && w.named != nil:
		w.named(n, namespace, depth)
	case n.Kind == tree.Sequence:
		for _, item := range n.Items {
			w.visit(item, namespace, depth+1)
		}
	case n.Kind == tree.Mapping:
		w.complex(n, namespace, depth)
	}
}

func (w *avroWalk) complex(n *tree.Node, namespace string, depth int) {
	switch n.Get("type").Str() {
	case "record", "error", "enum", "fixed":
		full := fullName(n.Get("name").Str(), n.Get("namespace").Str(), namespace)
		if w.defined[full] && w.again(n, full) {
			return
		}
		w.defined[full] = true
		if fields := n.Get("fields"); fields.Is(tree.Sequence) {
			for _, field := range fields.Items {
				w.visit(field.Get("type"), spaceOf(full), depth+1)
			}
		}
	case "array":
		w.visit(n.Get("items"), namespace, depth+1)
	case "map":
		w.visit(n.Get("values"), namespace, depth+1)
	default:
		w.visit(n.Get("type"), namespace, depth+1)
	}
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
