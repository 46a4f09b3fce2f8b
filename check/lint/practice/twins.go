package practice

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/shape"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

func equalSchemas() *lint.Rule {
	payload := func(address string) string {
		return head + "channels:\n  moved:\n    address: shop.customer.moved\n    description: A customer has another address.\n" +
			"    messages: {moved: {summary: Where to., payload: " + address + ", examples: [{payload: {street: High Street, city: York}}]}}\n"
	}
	return &lint.Rule{
		Code: "practice/equal-schemas", Severity: diag.Hint,
		Summary: "what several documents share is written once",
		Why: "An address that is written in two documents is soon two kinds of address. Documents that are judged together are compared:" +
			" schemas are equal when they accept the same by what they say, whatever their descriptions, titles and examples are.",
		Good:     payload("{$ref: './common.yaml#/Address'}"),
		Bad:      payload("{type: object, properties: {street: {type: string}, city: {type: string}}}"),
		Compares: true,
		Options: []lint.Option{
			{Name: "properties", Default: 2, Type: func() *shape.Type { return shape.Integer().Min(1) }, Doc: "how many properties an object has at least that is worth a file of its own"},
		},
		Run: func(p *lint.Pass) {
			w := &twinWalk{p: p, least: p.OptionInt("properties"), digests: map[*tree.Node]string{}, seen: map[*tree.Node]bool{}}
			for _, s := range p.Objects().Schemas {
				if format, err := schema.ParseFormat(s.Format); err == nil && format.Family == schema.JSONSchema {
					w.mark(s.Node, -1, 0)
				}
			}
		},
	}
}

// twinWalk marks the objects among the schemas of a document by a digest of
// what they say.
type twinWalk struct {
	p       *lint.Pass
	least   int
	digests map[*tree.Node]string
	seen    map[*tree.Node]bool
}

const (
	// mostTwinSchemas is how many schemas of a document are read.
	mostTwinSchemas = 50_000
	// deepestTwin is how deep in each other they are read.
	deepestTwin = 200
)

func (w *twinWalk) mark(n *tree.Node, inside, depth int) {
	n = w.p.Resolve(n)
	if !n.Is(tree.Mapping) || w.seen[n] || len(w.seen) > mostTwinSchemas || depth > deepestTwin {
		return
	}
	w.seen[n] = true
	if properties := n.Get("properties"); properties.Is(tree.Mapping) && len(properties.Members) >= w.least {
		inside = w.p.Mark(n, w.digest(n, 0), nameOf(n), inside)
	}
	schema.Inside(n, func(_ *tree.Member, child *tree.Node) { w.mark(child, inside, depth+1) })
}

// digest stands for what a schema says: equal for two that judge alike word by
// word. Schemas are read once, and so is what they refer to.
func (w *twinWalk) digest(n *tree.Node, depth int) string {
	target := w.p.Resolve(n)
	if target == nil || depth > deepestTwin {
		return "?"
	}
	if known, ok := w.digests[target]; ok {
		return known
	}
	w.digests[target] = "cycle" // until it is known
	sum := sha256.Sum256([]byte(w.words(target, depth)))
	w.digests[target] = string(sum[:16])
	return w.digests[target]
}

// words are what a schema says, with the digests of those inside of it.
func (w *twinWalk) words(n *tree.Node, depth int) string {
	if !n.Is(tree.Mapping) {
		return plainText(n)
	}
	held := map[string][]string{}
	schema.Inside(n, func(keyword *tree.Member, child *tree.Node) {
		held[keyword.Key.Text] = append(held[keyword.Key.Text], strconv.Quote(child.Name())+w.digest(child, depth+1))
	})
	var parts []string
	for i := range n.Members {
		keyword, value := n.Members[i].Key.Text, n.Members[i].Value
		if isAnnotation(keyword) {
			continue
		}
		inside, ok := held[keyword]
		if !ok {
			parts = append(parts, keyword+"="+plainText(value))
			continue
		}
		if value.Is(tree.Mapping) {
			slices.Sort(inside)
		}
		parts = append(parts, fmt.Sprintf("%s:%v%q", keyword, value.Kind, inside))
	}
	slices.Sort(parts)
	return fmt.Sprintf("%q", parts)
}

// plainText is a value that is no schema. The order in lists of keywords that
// are sets says nothing.
func plainText(n *tree.Node) string {
	value := n.Value()
	if list, ok := value.([]any); ok {
		if keyword := n.Name(); keyword == "required" || keyword == "enum" || keyword == "type" {
			slices.SortFunc(list, func(a, b any) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		}
	}
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(text)
}

// isAnnotation reports whether a keyword changes nothing of what a schema
// accepts.
func isAnnotation(keyword string) bool {
	switch keyword {
	case "title", "description", "examples", "example", "externalDocs", "deprecated", "$comment", "$id", "$schema", "definitions", "$defs":
		return true
	}
	return strings.HasPrefix(keyword, "x-")
}

// nameOf is what people call a schema: its title, its key, or what holds it.
func nameOf(n *tree.Node) string {
	if title := n.Get("title").Str(); title != "" {
		return short(title)
	}
	for ; n != nil; n = n.Parent {
		if message := n.Get("name").Str(); message != "" && n.Has("payload") {
			return short(message)
		}
		switch name := n.Name(); name {
		case "", "payload", "headers", "schema", "items", "message", "publish", "subscribe", "allOf", "anyOf", "oneOf":
		default:
			return short(name)
		}
	}
	return "schema"
}
