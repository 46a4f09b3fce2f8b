package raml

import (
	"slices"
	"strings"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// form is what the value of a facet must be.
type form uint8

const (
	anyForm form = iota
	textForm
	boolForm
	numberForm
	sizeForm
	listForm
	objectForm
	patternForm
	typeForm  // a type
	typesForm // types by name: properties
	namesForm // a string or a list of them
	formatForm
)

// facet is one facet of RAML 1.0, and of which kinds of type it is; none for
// all.
type facet struct {
	form  form
	kinds []string
}

var (
	numbers = []string{"number", "integer"}
	objects = []string{"object"}
	arrays  = []string{"array"}
	lengths = []string{"string", "file"}
)

// facets are those of RAML 1.0, "Type Declarations" and "Built-in Types".
var facets = lazy.Of[map[string]facet]{Make: func() map[string]facet {
	return map[string]facet{
		"default": {anyForm, nil}, "example": {anyForm, nil}, "examples": {anyForm, nil}, "displayName": {textForm, nil}, "description": {textForm, nil},
		"facets": {objectForm, nil}, "xml": {objectForm, nil}, "enum": {listForm, nil}, "required": {boolForm, nil}, "uses": {objectForm, nil}, "usage": {textForm, nil},
		"properties": {typesForm, objects}, "minProperties": {sizeForm, objects}, "maxProperties": {sizeForm, objects}, "additionalProperties": {boolForm, objects},
		"discriminator": {textForm, objects}, "discriminatorValue": {anyForm, objects},
		"items": {typeForm, arrays}, "minItems": {sizeForm, arrays}, "maxItems": {sizeForm, arrays}, "uniqueItems": {boolForm, arrays},
		"pattern": {patternForm, []string{"string"}}, "minLength": {sizeForm, lengths}, "maxLength": {sizeForm, lengths},
		"minimum": {numberForm, numbers}, "maximum": {numberForm, numbers}, "multipleOf": {numberForm, numbers},
		"format": {formatForm, []string{"number", "integer", "datetime"}}, "fileTypes": {namesForm, []string{"file"}},
	}
}}

var formats = []string{"int8", "int16", "int32", "int64", "int", "long", "float", "double", "rfc3339", "rfc2616"}

// facet checks the value of a facet.
func (c *check) facet(f facet, n *tree.Node, depth int) {
	want, ok := "", true
	switch f.form {
	case anyForm:
	case textForm:
		want, ok = "a string", n.Is(tree.String)
	case boolForm:
		want, ok = "true or false", n.Is(tree.Bool)
	case numberForm:
		want, ok = "a number", n.Is(tree.Number)
	case sizeForm:
		want, ok = "a whole number of 0 or more", n.Is(tree.Number) && strings.Trim(n.Text, "0123456789") == ""
	case listForm:
		want, ok = "an array", n.Is(tree.Sequence)
	case objectForm:
		want, ok = "an object", n.Is(tree.Mapping)
	case namesForm:
		want, ok = "a string or a list of them", n.Is(tree.String) || n.Is(tree.Sequence)
	case patternForm:
		want, ok = "a regular expression", n.Is(tree.String) && isPattern(n.Text)
	case formatForm:
		want, ok = "one of "+strings.Join(formats, ", "), slices.Contains(formats, n.Str())
	case typeForm:
		c.types(n, depth+1)
	case typesForm:
		c.properties(n, depth)
	}
	if ok {
		return
	}
	d := c.value(CodeWrongType, n, "%q should be %s, and is %s", n.Name(), want, describe(n))
	if f.form == formatForm {
		d.Help = diag.DidYouMean(n.Str(), formats)
	}
}

func (c *check) properties(n *tree.Node, depth int) {
	if n.Is(tree.Null) {
		return // no properties of its own
	}
	if !n.Is(tree.Mapping) {
		d := c.value(CodeWrongType, n, "\"properties\" should be an object, and is %s", describe(n))
		d.Help = "write each property under its name; a \"?\" behind the name makes it optional"
		return
	}
	for i := range n.Members {
		m := &n.Members[i]
		if name := m.Key.Text; strings.HasPrefix(name, "/") && strings.HasSuffix(name, "/") && len(name) > 1 && !isPattern(name[1:len(name)-1]) {
			c.report(CodeWrongType, m.Value, m.Key.Span, "%q is not a regular expression between slashes", clip(name))
		}
		c.types(m.Value, depth+1)
	}
}

// expression checks a type expression: names, "[]", "|" and parentheses, or a
// schema of another language as a text.
func (c *check) expression(n *tree.Node) {
	text := strings.TrimSpace(n.Text)
	if strings.HasPrefix(text, "{") || strings.HasPrefix(text, "<") {
		return // JSON Schema or XSD inside, which is not looked into
	}
	p := &expression{text: text}
	if len(text) > maxExpr {
		c.value(CodeType, n, "the type expression is longer than %d characters", maxExpr)
		return
	}
	if p.union(0); p.bad || p.at < len(p.text) {
		c.value(CodeType, n, "%q is no type expression", clip(text)).Help = "write a name, T[] for a list of T, or A | B for one of two"
		return
	}
	for _, name := range p.names {
		c.named(n, name)
	}
}

// named looks a type up. In a type that stands alone others may be declared
// elsewhere, so that only what is nearly a built-in type is told.
func (c *check) named(n *tree.Node, name string) {
	if slices.Contains(builtin, name) || c.declared[name] || strings.Contains(name, ".") {
		return
	}
	known := slices.Clone(builtin)
	for other := range c.declared {
		known = append(known, other)
	}
	slices.Sort(known)
	near := diag.Nearest(name, known)
	if common := map[string]string{"int": "integer", "float": "number", "double": "number", "long": "integer", "bool": "boolean", "str": "string", "null": "nil", "date": "date-only", "dateTime": "datetime"}[name]; common != "" {
		near = common
	}
	if near == "" && len(c.declared) == 0 {
		return
	}
	d := c.value(CodeType, n, "the type %q is not declared", clip(name))
	d.Help = "declare it under \"types\""
	if near != "" {
		d.Help = "did you mean \"" + near + "\"?"
	}
	if len(c.declared) == 0 {
		d.Severity = diag.Warning
	}
}

// expression reads a type expression.
type expression struct {
	text  string
	at    int
	names []string
	bad   bool
}

func (p *expression) space() {
	for p.at < len(p.text) && p.text[p.at] == ' ' {
		p.at++
	}
}

func (p *expression) take(s string) bool {
	p.space()
	if strings.HasPrefix(p.text[p.at:], s) {
		p.at += len(s)
		return true
	}
	return false
}

// union reads types that are separated by "|".
func (p *expression) union(depth int) {
	for {
		p.term(depth)
		if p.bad || !p.take("|") {
			p.space()
			return
		}
	}
}

func (p *expression) term(depth int) {
	switch {
	case depth > 100:
		p.bad = true
		return
	case p.take("("):
		if p.union(depth + 1); !p.take(")") {
			p.bad = true
		}
	default:
		p.name()
	}
	for !p.bad && p.take("[]") {
		continue
	}
	if !p.bad {
		p.take("?") // null too
	}
}

func (p *expression) name() {
	p.space()
	start := p.at
	for p.at < len(p.text) && !strings.ContainsRune(" ()[]|?", rune(p.text[p.at])) {
		p.at++
	}
	if start == p.at {
		p.bad = true
		return
	}
	p.names = append(p.names, p.text[start:p.at])
}
