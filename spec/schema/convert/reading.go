package convert

import (
	"slices"
	"strings"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// The bounds of one schema with all that it refers to.
const (
	maxNodes = 50_000
	maxDepth = 200
)

// reading goes through a JSON Schema, whatever is made of it.
type reading struct {
	report
	opt Options
	// language is what is made, for people: "Avro".
	language string
	// open are the schemas that are being converted.
	open  map[*tree.Node]bool
	left  int
	depth int
}

func newReading(language string, opt Options) reading {
	return reading{language: language, opt: opt, report: report{origin: opt.origin}, open: map[*tree.Node]bool{}, left: maxNodes}
}

// enter begins a schema. It is false where that would go on for ever, or costs
// too much; otherwise leave ends it.
func (w *reading) enter(n *tree.Node) bool {
	if w.left--; w.left < 0 || w.depth > maxDepth || w.open[n] {
		return false
	}
	w.depth++
	w.open[n] = true
	return true
}

func (w *reading) leave(n *tree.Node) { w.depth--; delete(w.open, n) }

func (w *reading) lost(n *tree.Node, format string, args ...any) {
	w.add(CodeLost, diag.Warning, n, format, args...)
}

// onlyRef returns the one reference of an "allOf" beside which nothing judges:
// so a reference is written where something is to stand beside it.
func onlyRef(n *tree.Node) *tree.Node {
	all := n.Get("allOf")
	if all.Len() != 1 || !all.Is(tree.Sequence) || !all.Items[0].Get("$ref").Is(tree.String) {
		return nil
	}
	for _, m := range n.Members {
		switch m.Key.Text {
		case "allOf", "$schema", "$id", "$comment", "definitions", "$defs", "title", "description", "default", "examples":
		default:
			if !strings.HasPrefix(m.Key.Text, "x-") {
				return nil
			}
		}
	}
	return all.Items[0]
}

// target follows references to where a schema stands.
func (w *reading) target(n *tree.Node) *tree.Node {
	for range maxDepth {
		for n != nil && n.Alias != nil {
			n = n.Alias
		}
		ref := n.Get("$ref")
		if !ref.Is(tree.String) {
			return n
		}
		if w.opt.Refs == nil {
			w.add(CodeLarge, diag.Error, ref, "references are not followed here")
			return nil
		}
		target, err := w.opt.Refs.Resolve(ref)
		if err != nil {
			w.add(CodeLarge, diag.Error, ref, "the reference leads nowhere: %v", err)
			return nil
		}
		n = target
	}
	w.add(CodeLarge, diag.Error, n, "the references go on and on")
	return nil
}

// merged brings a schema and those of its "allOf" together, each keyword once.
func (w *reading) merged(n *tree.Node) *tree.Node {
	all := n.Get("allOf")
	if all.Len() == 0 || all.Kind != tree.Sequence {
		return n
	}
	m := tree.NewObject()
	properties, required := tree.NewObject(), tree.NewArray()
	parts := append([]*tree.Node{n}, all.Items...)
	for i, part := range parts {
		if i > 0 {
			if part = w.target(part); part == nil || part.Kind != tree.Mapping {
				continue
			}
			if w.left--; w.left < 0 || w.open[part] {
				continue
			}
			w.open[part] = true
			of := part
			part = w.merged(part)
			delete(w.open, of)
		}
		for _, member := range part.Members {
			switch key := member.Key.Text; key {
			case "allOf", "$ref":
			case "properties":
				share(properties, member.Value)
			case "required":
				for _, item := range member.Value.Items {
					required.Append(text(item.Str()))
				}
			default:
				w.mergeKeyword(m, member)
			}
		}
	}
	if properties.Len() > 0 {
		m.Set("properties", properties)
	}
	if required.Len() > 0 {
		m.Set("required", required)
	}
	return m
}

// share puts the members of an object into another, without moving them.
func share(to, from *tree.Node) {
	for _, m := range from.Members {
		if !to.Has(m.Key.Text) {
			to.Members = append(to.Members, m)
		}
	}
}

func (w *reading) mergeKeyword(m *tree.Node, member tree.Member) {
	old := m.Get(member.Key.Text)
	switch {
	case old == nil:
		m.Members = append(m.Members, member)
	case slices.Contains(constraints, member.Key.Text) || member.Key.Text == "type" && old.Str() != member.Value.Str():
		w.lost(member.Value, "%q is said in several schemas of \"allOf\", of which only the first is converted", member.Key.Text)
	}
}

// constraints are the keywords that judge and that Avro has no word for.
var constraints = []string{
	"not", "if", "then", "else", "patternProperties", "propertyNames", "minProperties", "maxProperties", "dependencies", "dependentRequired",
	"dependentSchemas", "minItems", "maxItems", "uniqueItems", "contains", "minContains", "maxContains", "unevaluatedProperties",
	"unevaluatedItems", "minLength", "maxLength", "pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
}

// constraints tells which limits are lost, but for those that the result says
// in its own way.
func (w *reading) constraints(m *tree.Node, said []string) {
	for _, key := range constraints {
		if v := m.Get(key); v != nil && !slices.Contains(said, key) {
			w.lost(v, "%s has no word for %q: values that break it are written without a complaint", w.language, key)
		}
	}
}
