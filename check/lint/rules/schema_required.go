package rules

import (
	"fmt"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

func schemaRequired() *lint.Rule {
	return &lint.Rule{
		Code: "asyncapi/schema-required", Severity: diag.Warning,
		Summary: "the properties that a schema requires are properties that it describes",
		Why:     "A required name that no property has is most often misspelt: every message lacks it, and is refused.",
		Good:    head3 + "components: {schemas: {user: {type: object, required: [userId], properties: {userId: {type: string}}}}}\n",
		Bad:     head3 + "components: {schemas: {user: {type: object, required: [userID], properties: {userId: {type: string}}}}}\n",
		Run: func(p *lint.Pass) {
			for _, s := range schemasOf(p).parts {
				if list := s.node.Get("required"); list.Is(tree.Sequence) {
					requiredIsDescribed(p, s, list)
				}
			}
		},
	}
}

func requiredIsDescribed(p *lint.Pass, s *partSchema, list *tree.Node) {
	own := s.node.Get("properties")
	var around *describedNames
	for _, item := range list.Items {
		if !item.Is(tree.String) || own.Has(item.Text) {
			continue
		}
		if around == nil {
			around = describedBy(p, s)
		}
		if around.open || len(around.names) == 0 || around.has[item.Text] || usersDescribe(p, s, item.Text) {
			continue
		}
		d := p.Report(item, "%q is required, but no property is called so", item.Text)
		d.Help = "describe it in \"properties\""
		if near := p.Nearest(item.Text, around.names); near != "" {
			d.Help = fmt.Sprintf("did you mean %q?", near)
			d.Fixes = instead(item.Span, inStyleOf(item, near))
		}
	}
}

// describedNames are the properties that a schema describes, in whatever way.
type describedNames struct {
	names []string
	has   map[string]bool
	// required are those that some part of the schema requires.
	required []string
	// open says that there may be others, since the schema says so or cannot
	// be read.
	open bool

	p     *lint.Pass
	seen  map[*tree.Node]bool
	steps int
}

// describedBy collects the properties that a schema describes, by itself, by
// those it is made of and by those around it that speak of the same value.
func describedBy(p *lint.Pass, s *partSchema) *describedNames {
	known := lint.Shared(p, "described names", func(*lint.Pass) map[*partSchema]*describedNames {
		return map[*partSchema]*describedNames{}
	})
	for s.around != nil {
		s = s.around
	}
	if known[s] == nil {
		d := &describedNames{has: map[string]bool{}, p: p, seen: map[*tree.Node]bool{}}
		d.add(s.node)
		d.seen = nil
		known[s] = d
	}
	return known[s]
}

// usersDescribe reports whether a schema that is made of this one, among
// others, describes a property.
func usersDescribe(p *lint.Pass, s *partSchema, name string) bool {
	for _, user := range schemasOf(p).users[s.node] {
		if d := describedBy(p, user); d.open || d.has[name] {
			return true
		}
	}
	return false
}

// mostLookedAt is how many schemas are looked at for the names of one.
const mostLookedAt = 1000

func (d *describedNames) add(n *tree.Node) {
	if d.open || n.Is(tree.Bool) {
		return
	}
	if d.steps++; d.steps > mostLookedAt {
		d.open = true
		return
	}
	if n = canonical(d.p.Resolve(n)); d.seen[n] {
		return
	}
	d.seen[n] = true
	if !n.Is(tree.Mapping) {
		d.open = true
		return
	}
	if n.Has("schemaFormat") && n.Has("schema") {
		n = d.p.Resolve(n.Get("schema"))
	}
	if n == nil || ref.Of(n) != nil {
		d.open = true
		return
	}
	if others := n.Get("additionalProperties"); others != nil && (!others.Is(tree.Bool) || others.True()) {
		d.open = true
	}
	if n.Has("patternProperties") || n.Has("$dynamicRef") || n.Has("$recursiveRef") {
		d.open = true
	}
	for _, name := range names(d.p.Resolve(n.Get("properties"))) {
		if !d.has[name] {
			d.has[name] = true
			d.names = append(d.names, name)
		}
	}
	for _, item := range values(n.Get("required")) {
		d.required = append(d.required, item.Str())
	}
	for i := range n.Members {
		switch holdsOf(n.Members[i].Key.Text) {
		case sameValue:
			d.add(n.Members[i].Value)
		case sameValues:
			for _, inner := range values(n.Members[i].Value) {
				if inner.Is(tree.Mapping) {
					d.add(inner)
				}
			}
		}
	}
}

// inStyleOf writes a name as a scalar of the document writes its own: in the
// same quotes.
func inStyleOf(n *tree.Node, name string) string {
	text := n.Span.Text()
	if len(text) > 0 && (text[0] == '"' || text[0] == '\'') {
		return string(text[0]) + name + string(text[0])
	}
	return name
}

func schemaBounds() *lint.Rule {
	return &lint.Rule{
		Code: "asyncapi/schema-bounds", Severity: diag.Warning,
		Summary: "the least that a schema asks for is not more than the most",
		Why:     "No value is both: every message would be refused.",
		Good:    head3 + "components: {schemas: {name: {type: string, minLength: 1, maxLength: 50}}}\n",
		Bad:     head3 + "components: {schemas: {name: {type: string, minLength: 50, maxLength: 1}}}\n",
		Run: func(p *lint.Pass) {
			for _, s := range schemasOf(p).parts {
				for _, pair := range bounds {
					boundsAgree(p, s.node.Get(pair[0]), s.node.Get(pair[1]), pair)
				}
			}
		},
	}
}

// bounds are keywords for the least and the most of something.
var bounds = [][2]string{
	{"minimum", "maximum"},
	{"minLength", "maxLength"},
	{"minItems", "maxItems"},
	{"minProperties", "maxProperties"},
	{"minContains", "maxContains"},
}

func boundsAgree(p *lint.Pass, least, most *tree.Node, names [2]string) {
	if !least.Is(tree.Number) || !most.Is(tree.Number) || !isMore(least.Text, most.Text) {
		return
	}
	d := p.Report(least, "%q is more than %q: no value is both", names[0], names[1])
	d.Help = "exchange them, or correct one"
	d.Related = []diag.Related{{Message: "this is the most", Span: most.Span}}
	d.Fixes = []diag.Fix{{Title: "exchange them", Edits: []diag.Edit{
		{Span: least.Span, Text: string(most.Span.Text())}, {Span: most.Span, Text: string(least.Span.Text())},
	}}}
}
