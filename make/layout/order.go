package layout

import (
	"slices"
	"strconv"
	"strings"

	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/openapi"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/shape"
	"github.com/weft-dev/weft/text/tree"
)

// ranks say where the fields of an object go, by name.
type ranks map[string]int

func ranksOf(names []string) ranks {
	r := make(ranks, len(names))
	for i, name := range names {
		r[name] = i + 1
	}
	return r
}

// The ranks of what an order does not name.
const (
	rankMerge     = -1
	rankUnknown   = 1 << 20
	rankExtension = 1 << 21
)

func (r ranks) of(name string) int {
	switch rank, ok := r[name]; {
	case ok:
		return rank
	case name == "<<":
		return rankMerge
	case strings.HasPrefix(name, "x-"):
		return rankExtension
	}
	return rankUnknown
}

// orders gives each object of a document that a specification describes the
// ranks of its fields. A document of no known kind has none.
func orders(root *tree.Node) map[*tree.Node]ranks {
	o := &ordering{made: map[string]ranks{}, found: map[*tree.Node]ranks{}}
	switch {
	case root.Has("asyncapi"):
		o.kind = "asyncapi"
		o.shape(root, asyncapi.Set(root.Get("asyncapi").Str()))
	case root.Has("arazzo"):
		o.kind = "arazzo"
		o.shape(root, arazzoTables(root.Get("arazzo").Str()))
	case root.Has("openapi"):
		o.kind = "openapi"
		o.shape(root, openAPITables(root.Get("openapi").Str()))
	case strings.Contains(root.Get("$schema").Str(), "json-schema.org"):
		o.schema(root, 0)
	}
	return o.found
}

// openAPITables and arazzoTables are the tables of the version that a document
// names; of one that is not known, nil.
func openAPITables(version string) *shape.Set {
	v := openapi.Version{}
	v.Major, v.Minor = majorMinor(version)
	return openapi.Structure(v)
}

func arazzoTables(version string) *shape.Set {
	v := arazzo.Version{}
	v.Major, v.Minor = majorMinor(version)
	return arazzo.Structure(v)
}

func majorMinor(version string) (major, minor int) {
	parts := strings.SplitN(version, ".", 3)
	major, _ = strconv.Atoi(parts[0])
	if len(parts) > 1 {
		minor, _ = strconv.Atoi(parts[1])
	}
	return major, minor
}

type ordering struct {
	kind  string
	made  map[string]ranks
	found map[*tree.Node]ranks
}

func (o *ordering) shape(root *tree.Node, set *shape.Set) {
	if set == nil {
		return
	}
	set.Walk(root, func(n *tree.Node, object *shape.Object) {
		switch object.Name {
		case "schema", "JSON schema", "OpenAPI schema":
			o.schema(n, 0)
			return
		case "multi format schema":
			o.schemaInLanguage(n)
		}
		if strings.HasPrefix(object.Name, "Avro") || len(object.Fields) == 0 || o.found[n] != nil {
			return
		}
		o.found[n] = o.named(object)
		o.schemasIn(n, object.Name)
	})
}

// named returns the ranks of an object: those of fieldOrder, or those of its
// table.
func (o *ordering) named(object *shape.Object) ranks {
	key := o.kind + " " + object.Name
	if o.made[key] == nil {
		names := fieldOrder.Get()[key]
		for i := range object.Fields {
			if !slices.Contains(names, object.Fields[i].Name) && !strings.HasPrefix(object.Fields[i].Name, "x-") {
				names = append(slices.Clip(names), object.Fields[i].Name)
			}
		}
		o.made[key] = ranksOf(append([]string{"$ref"}, names...))
	}
	return o.made[key]
}

// schemaInLanguage orders a schema whose language is named and is JSON Schema
// in a version that the tables do not describe.
func (o *ordering) schemaInLanguage(n *tree.Node) {
	if strings.HasPrefix(n.Get("schemaFormat").Str(), "application/schema") {
		o.schema(n.Get("schema"), 0)
	}
}

// schemasIn orders schemas in objects of which the tables do not say that they
// hold any.
func (o *ordering) schemasIn(n *tree.Node, object string) {
	switch o.kind + " " + object {
	case "openapi media type", "openapi parameter", "openapi header":
		o.schema(n.Get("schema"), 0)
	case "openapi components":
		o.schemas(n.Get("schemas"), 0)
	case "arazzo workflow":
		o.schema(n.Get("inputs"), 0)
	case "arazzo components":
		o.schemas(n.Get("inputs"), 0)
	}
}

// maxSchemaDepth bounds how deep schemas are followed; no text that can be read
// is deeper.
const maxSchemaDepth = 1_000

// schema orders a JSON Schema of any version, and those in it.
func (o *ordering) schema(n *tree.Node, depth int) {
	if n == nil || n.Kind != tree.Mapping || n.Alias != nil || depth > maxSchemaDepth || o.found[n] != nil {
		return
	}
	if o.made["schema"] == nil {
		o.made["schema"] = ranksOf(schemaOrder.Get())
	}
	o.found[n] = o.made["schema"]
	schema.Inside(n, func(keyword *tree.Member, child *tree.Node) {
		if keyword.Value.Alias == nil {
			o.schema(child, depth+1)
		}
	})
}

func (o *ordering) schemas(n *tree.Node, depth int) {
	if n == nil || n.Alias != nil {
		return
	}
	for i := range n.Members {
		o.schema(n.Members[i].Value, depth+1)
	}
}

// arrange puts the fields of objects in order, but for those whose anchors
// would then stand behind their aliases.
func (d *document) arrange(orders map[*tree.Node]ranks) {
	arranged := map[*piece][]*piece{}
	d.root.arrange(orders, arranged)
	for len(arranged) > 0 {
		holder := d.root.early(map[string]*tree.Node{}, arranged)
		if holder == nil || arranged[holder] == nil {
			return
		}
		holder.kids = arranged[holder]
		delete(arranged, holder)
	}
}

func (p *piece) arrange(orders map[*tree.Node]ranks, arranged map[*piece][]*piece) {
	for _, kid := range p.kids {
		kid.arrange(orders, arranged)
	}
	r := orders[p.node]
	if r == nil {
		return
	}
	rank := func(a, b *piece) int { return r.of(a.key.Text) - r.of(b.key.Text) }
	if !slices.IsSortedFunc(p.kids, rank) {
		arranged[p] = slices.Clone(p.kids)
		slices.SortStableFunc(p.kids, rank)
	}
}

// early looks for an alias that stands before the anchor it means, and returns
// an object that was put in order and holds it; nil where there is none.
func (p *piece) early(anchors map[string]*tree.Node, arranged map[*piece][]*piece) *piece {
	if p.key != nil && p.key.Anchor != "" {
		anchors[p.key.Anchor] = nil
	}
	if p.node.Anchor != "" {
		anchors[p.node.Anchor] = p.node
	}
	if p.node.Alias != nil {
		if at, ok := anchors[p.node.Alias.Anchor]; !ok || at != nil && at != p.node.Alias {
			return p
		}
		return nil
	}
	for _, kid := range p.kids {
		found := kid.early(anchors, arranged)
		if found == nil {
			continue
		}
		if found.node.Alias != nil && arranged[p] != nil && holds(p.node, found.node.Alias) {
			return p
		}
		return found
	}
	return nil
}

// holds reports whether a value stands inside of another.
func holds(outer, inner *tree.Node) bool {
	for inner != nil && inner != outer {
		inner = inner.Parent
	}
	return inner != nil
}
