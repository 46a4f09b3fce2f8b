package raml

import (
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

const (
	maxFindings = 200
	maxDepth    = 200
	maxExpr     = 10_000 // characters of a type expression
)

// check is one judgement of a type.
type check struct {
	declared map[string]bool
	found    []diag.Diagnostic
	full     bool
}

func checkType(root *tree.Node) []diag.Diagnostic {
	c := &check{declared: map[string]bool{}}
	if root.Is(tree.Mapping) && !root.Has("type") && (root.Get("types").Is(tree.Mapping) || root.Get("schemas").Is(tree.Mapping)) {
		c.library(root)
		return c.found
	}
	c.types(root, 0)
	return c.found
}

// library checks a document that declares types by name.
func (c *check) library(root *tree.Node) {
	for _, field := range []string{"types", "schemas"} {
		for _, m := range membersOf(root.Get(field)) {
			c.declared[m.Key.Text] = true
		}
	}
	for _, field := range []string{"types", "schemas"} {
		for _, m := range membersOf(root.Get(field)) {
			c.types(m.Value, 1)
		}
	}
}

func (c *check) report(code diag.Code, n *tree.Node, at source.Span, format string, args ...any) *diag.Diagnostic {
	if c.full {
		return &diag.Diagnostic{}
	}
	message := fmt.Sprintf(format, args...)
	if len(c.found) >= maxFindings {
		c.full = true
		code, message = CodeTooMany, fmt.Sprintf("there are more than %d findings: mend those, and look again", maxFindings)
	}
	c.found = append(c.found, diag.Diagnostic{Code: code, Severity: diag.Error, Message: message, Span: at, Path: n.Path()})
	return &c.found[len(c.found)-1]
}

func (c *check) value(code diag.Code, n *tree.Node, format string, args ...any) *diag.Diagnostic {
	at := n.Span
	if n.Kind == tree.Mapping || n.Kind == tree.Sequence || at.Start == at.End {
		at = head(n)
	}
	return c.report(code, n, at, format, args...)
}

func head(n *tree.Node) source.Span {
	if n.Key != nil {
		return n.Key.Span
	}
	at := n.Span
	at.End = min(at.End, at.Start+1)
	return at
}

// types checks one type: an expression, a list of them to inherit from, or an
// object of facets.
func (c *check) types(n *tree.Node, depth int) {
	if depth > maxDepth || c.full {
		return
	}
	switch n.Kind {
	case tree.String:
		c.expression(n)
	case tree.Sequence:
		for _, item := range n.Items {
			c.types(item, depth+1)
		}
	case tree.Null: // a property without more is a string
	case tree.Mapping:
		c.facets(n, depth)
	case tree.Bool, tree.Number:
		c.value(CodeWrongType, n, "a type should be the name of one, or an object of facets, and is %s", describe(n))
	}
}

// facets checks the facets of a type by what the type is derived from.
func (c *check) facets(n *tree.Node, depth int) {
	base := n.Get("type")
	if base == nil {
		base = n.Get("schema")
	}
	if base != nil {
		c.types(base, depth+1)
	}
	kind := kindOf(n, base)
	for i := range n.Members {
		m := &n.Members[i]
		name := m.Key.Text
		if name == "type" || name == "schema" || strings.HasPrefix(name, "(") && strings.HasSuffix(name, ")") {
			continue // an annotation is anybody's
		}
		f, known := facets.Get()[name]
		if !known {
			c.unknownFacet(m, kind)
			continue
		}
		if kind != "" && len(f.kinds) > 0 && !slices.Contains(f.kinds, kind) {
			d := c.report(CodeFacet, m.Value, m.Key.Span, "a type of the kind %q has no facet %q", kind, name)
			d.Help = fmt.Sprintf("it is a facet of %s", strings.Join(f.kinds, ", "))
			continue
		}
		c.facet(f, m.Value, depth)
	}
	c.limits(n)
	c.customFacets(n)
}

// unknownFacet is about a facet that RAML does not have; types may declare
// their own, which those derived from them then have.
func (c *check) unknownFacet(m *tree.Member, kind string) {
	if kind == "" {
		return // the type that it is derived from may declare it
	}
	var names []string
	for name, f := range facets.Get() {
		if len(f.kinds) == 0 || slices.Contains(f.kinds, kind) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	d := c.report(CodeFacet, m.Value, m.Key.Span, "a type of the kind %q has no facet %q", kind, m.Key.Text)
	d.Help = diag.DidYouMean(m.Key.Text, names)
}

// customFacets checks the facets that a type declares for those derived from it.
func (c *check) customFacets(n *tree.Node) {
	own := n.Get("facets")
	for _, m := range membersOf(own) {
		name := strings.TrimSuffix(m.Key.Text, "?")
		if _, taken := facets.Get()[name]; taken || name == "type" || strings.HasPrefix(name, "(") {
			c.report(CodeFacet, m.Value, m.Key.Span, "%q is a facet of RAML: take another name", name)
		}
	}
}

// kindOf is the kind of built-in type that an object of facets is derived
// from; "" where that is not known.
func kindOf(n, base *tree.Node) string {
	switch {
	case base == nil && n.Has("properties"):
		return "object"
	case base == nil && n.Has("items"):
		return "array"
	case base == nil:
		return "string"
	case base.Is(tree.String) && strings.HasSuffix(base.Text, "[]"):
		return "array"
	case base.Is(tree.String) && slices.Contains(builtin, base.Text):
		return base.Text
	}
	return ""
}

// builtin are the types that RAML brings.
var builtin = []string{
	"any", "object", "array", "string", "number", "integer", "boolean", "date-only", "time-only", "datetime-only", "datetime", "file", "nil",
}

func describe(n *tree.Node) string {
	switch n.Kind {
	case tree.Null:
		return "empty"
	case tree.Bool:
		return n.Text
	case tree.Number:
		return "the number " + clip(n.Text)
	case tree.String:
		return fmt.Sprintf("the string %q", clip(n.Text))
	case tree.Sequence:
		return "an array"
	case tree.Mapping:
		return "an object"
	}
	return "nothing"
}

func clip(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// limits looks for a least that is more than the most.
func (c *check) limits(n *tree.Node) {
	for _, pair := range [][2]string{{"minimum", "maximum"}, {"minLength", "maxLength"}, {"minItems", "maxItems"}, {"minProperties", "maxProperties"}} {
		least, most := n.Get(pair[0]), n.Get(pair[1])
		if !least.Is(tree.Number) || !most.Is(tree.Number) || len(least.Text) > 40 || len(most.Text) > 40 {
			continue
		}
		a, _, err := big.ParseFloat(least.Text, 10, 200, big.ToNearestEven)
		b, _, err2 := big.ParseFloat(most.Text, 10, 200, big.ToNearestEven)
		if err != nil || err2 != nil || a.Cmp(b) <= 0 {
			continue
		}
		d := c.value(CodeContra, least, "%q is more than %q: no value is both", pair[0], pair[1])
		d.Severity, d.Help = diag.Warning, "exchange them, or correct one"
		d.Related = []diag.Related{{Message: "this is the most", Span: most.Span}}
	}
}

// isPattern reports whether a text is a regular expression, as far as can be
// told: RE2 lacks look-around and back-references, which are let pass.
func isPattern(text string) bool {
	if len(text) > 8<<10 {
		return false
	}
	if strings.Contains(text, "(?") || strings.Contains(text, "\\") {
		return true
	}
	_, err := regexp.Compile(text)
	return err == nil
}

func membersOf(n *tree.Node) []tree.Member {
	if n.Is(tree.Mapping) {
		return n.Members
	}
	return nil
}
