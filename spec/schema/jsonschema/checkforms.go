package jsonschema

import (
	"fmt"
	"strings"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// form is what the value of a keyword must be.
type form uint8

const (
	anyForm form = iota
	stringForm
	uriForm
	refForm // a reference to a schema
	boolForm
	numberForm
	positiveForm // a number above 0
	sizeForm     // 0, 1, 2 …
	listForm
	namesForm     // different strings
	someNamesForm // one or more of them
	typeForm
	enumForm // a list of values; until draft-07 different ones, and not none
	regexForm
	schemaForm
	looseSchemaForm // a schema or a boolean, in draft-04
	schemasForm     // one or more schemas in a list
	itemsForm       // a schema or a list of them
	namedForm       // schemas by name
	patternsForm    // schemas by regular expression
	dependForm      // schemas, or lists of names, by name
	nameListsForm   // lists of names by name
	objectForm
)

// word is a keyword in some dialects.
type word struct {
	name         string
	since, until int // as draft tells them; 0 is no end
	form         form
}

// checkWords are the keywords of JSON Schema.
var checkWords = []word{
	{"$schema", 4, 0, uriForm},
	{"id", 4, 4, uriForm},
	{"$id", 6, 0, uriForm},
	{"$ref", 4, 0, refForm},
	{"$comment", 7, 0, stringForm},
	{"title", 4, 0, stringForm},
	{"description", 4, 0, stringForm},
	{"default", 4, 0, anyForm},
	{"examples", 6, 0, listForm},
	{"readOnly", 7, 0, boolForm},
	{"writeOnly", 7, 0, boolForm},
	{"deprecated", 2019, 0, boolForm},
	{"$anchor", 2019, 0, stringForm},
	{"$recursiveRef", 2019, 2019, refForm},
	{"$recursiveAnchor", 2019, 2019, boolForm},
	{"$dynamicRef", 2020, 0, refForm},
	{"$dynamicAnchor", 2020, 0, stringForm},
	{"$vocabulary", 2019, 0, objectForm},
	{"$defs", 2019, 0, namedForm},
	{"definitions", 4, 0, namedForm},
	{"multipleOf", 4, 0, positiveForm},
	{"maximum", 4, 0, numberForm},
	{"minimum", 4, 0, numberForm},
	{"exclusiveMaximum", 4, 4, boolForm},
	{"exclusiveMinimum", 4, 4, boolForm},
	{"exclusiveMaximum", 6, 0, numberForm},
	{"exclusiveMinimum", 6, 0, numberForm},
	{"maxLength", 4, 0, sizeForm},
	{"minLength", 4, 0, sizeForm},
	{"pattern", 4, 0, regexForm},
	{"items", 4, 2019, itemsForm},
	{"items", 2020, 0, schemaForm},
	{"prefixItems", 2020, 0, schemasForm},
	{"additionalItems", 4, 4, looseSchemaForm},
	{"additionalItems", 6, 2019, schemaForm},
	{"unevaluatedItems", 2019, 0, schemaForm},
	{"maxItems", 4, 0, sizeForm},
	{"minItems", 4, 0, sizeForm},
	{"uniqueItems", 4, 0, boolForm},
	{"contains", 6, 0, schemaForm},
	{"minContains", 2019, 0, sizeForm},
	{"maxContains", 2019, 0, sizeForm},
	{"maxProperties", 4, 0, sizeForm},
	{"minProperties", 4, 0, sizeForm},
	{"required", 4, 4, someNamesForm},
	{"required", 6, 0, namesForm},
	{"properties", 4, 0, namedForm},
	{"patternProperties", 4, 0, patternsForm},
	{"propertyNames", 6, 0, schemaForm},
	{"additionalProperties", 4, 4, looseSchemaForm},
	{"additionalProperties", 6, 0, schemaForm},
	{"unevaluatedProperties", 2019, 0, schemaForm},
	{"dependencies", 4, 2019, dependForm},
	{"dependentSchemas", 2019, 0, namedForm},
	{"dependentRequired", 2019, 0, nameListsForm},
	{"enum", 4, 0, enumForm},
	{"const", 6, 0, anyForm},
	{"type", 4, 0, typeForm},
	{"format", 4, 0, stringForm},
	{"contentMediaType", 7, 0, stringForm},
	{"contentEncoding", 7, 0, stringForm},
	{"contentSchema", 2019, 0, schemaForm},
	{"if", 7, 0, schemaForm},
	{"then", 7, 0, schemaForm},
	{"else", 7, 0, schemaForm},
	{"allOf", 4, 0, schemasForm},
	{"anyOf", 4, 0, schemasForm},
	{"oneOf", 4, 0, schemasForm},
	{"not", 4, 0, schemaForm},
}

// openAPIWords are the keywords of OpenAPI 3.0's Schema Object.
var openAPIWords = lazy.Of[map[string]form]{Make: func() map[string]form {
	return map[string]form{
		"$ref": refForm, "title": stringForm, "description": stringForm, "type": typeForm, "format": stringForm, "nullable": boolForm,
		"multipleOf": positiveForm, "maximum": numberForm, "minimum": numberForm, "exclusiveMaximum": boolForm, "exclusiveMinimum": boolForm,
		"maxLength": sizeForm, "minLength": sizeForm, "pattern": regexForm, "maxItems": sizeForm, "minItems": sizeForm, "uniqueItems": boolForm,
		"maxProperties": sizeForm, "minProperties": sizeForm, "required": someNamesForm, "enum": enumForm, "default": anyForm, "example": anyForm,
		"not": schemaForm, "allOf": schemasForm, "oneOf": schemasForm, "anyOf": schemasForm, "items": schemaForm, "properties": namedForm,
		"additionalProperties": looseSchemaForm, "discriminator": objectForm, "readOnly": boolForm, "writeOnly": boolForm, "externalDocs": objectForm,
		"deprecated": boolForm, "xml": objectForm, "$schema": uriForm,
	}
}}

// formOf returns what the value of a keyword must be in a dialect; known is
// false where the dialect has no such keyword.
func formOf(name string, dialect schema.Dialect) (f form, known bool) {
	if dialect == schema.OpenAPI30 {
		f, known = openAPIWords.Get()[name]
		return f, known
	}
	version := draft(dialect)
	for i := range checkWords {
		w := &checkWords[i]
		if w.name == name && w.since <= version && (w.until == 0 || version <= w.until) {
			return w.form, true
		}
	}
	return anyForm, false
}

// wrong reports a value of the wrong type.
func (c *check) wrong(n *tree.Node, want string) *diag.Diagnostic {
	d := c.value(CodeWrongType, diag.Error, n, "%s should be %s, and is %s", subjectOf(n), want, kindOfNode(n))
	if n.Kind == tree.String && (want == "a number" || want == "a whole number of 0 or more") && isNumber(n.Text) {
		d.Help = "write it without quotes: " + n.Text
	}
	return d
}

func isNumber(text string) bool {
	return text != "" && strings.Trim(text, "0123456789.-") == ""
}

func subjectOf(n *tree.Node) string {
	switch {
	case n.Key != nil:
		return quote(n.Key.Text)
	case n.Parent != nil && n.Parent.Key != nil:
		return "an item of " + quote(n.Parent.Key.Text)
	}
	return "the schema"
}

func kindOfNode(n *tree.Node) string {
	switch n.Kind {
	case tree.Null:
		return "empty"
	case tree.Bool:
		return n.Text
	case tree.Number:
		return "the number " + shorten(n.Text)
	case tree.String:
		return "the string " + quote(n.Text)
	}
	return article(n.Kind.String())
}

// form checks the value of a keyword, and has the schemas in it checked.
func (c *check) form(f form, n *tree.Node, dialect schema.Dialect) {
	if !c.opt.Structure {
		c.inner(f, n, dialect)
		return
	}
	ok := true
	switch f {
	case stringForm, uriForm, refForm:
		ok = c.is(n, tree.String, "a string")
	case regexForm:
		if ok = c.is(n, tree.String, "a regular expression"); ok {
			c.regex(n, n.Text)
		}
	case boolForm:
		if ok = c.is(n, tree.Bool, "true or false"); !ok {
			c.exclusiveHelp(n)
		} else if dialect == schema.Draft4 {
			c.aboutLimit(n)
		}
	case numberForm, positiveForm:
		if ok = c.is(n, tree.Number, "a number"); !ok {
			c.exclusiveHelp(n)
		}
		if f == positiveForm && ok && (strings.HasPrefix(n.Text, "-") || strings.Trim(n.Text, "0.eE+-") == "") {
			c.value(CodeBadValue, diag.Error, n, "%s should be more than 0, and is %s", subjectOf(n), shorten(n.Text))
		}
	case sizeForm:
		c.size(n)
	case listForm:
		ok = c.is(n, tree.Sequence, "an array")
	case objectForm:
		ok = c.is(n, tree.Mapping, "an object")
	case namesForm, someNamesForm:
		c.names(n, f == someNamesForm)
	case typeForm:
		c.types(n, dialect)
	case enumForm:
		c.enum(n, dialect)
	case anyForm, schemaForm, looseSchemaForm, schemasForm, itemsForm, namedForm, patternsForm, dependForm, nameListsForm:
		c.holder(f, n, dialect)
	}
	if ok {
		c.inner(f, n, dialect)
	}
}

func (c *check) is(n *tree.Node, kind tree.Kind, want string) bool {
	if n.Kind == kind {
		return true
	}
	c.wrong(n, want)
	return false
}

// exclusiveHelp says what draft-04 and OpenAPI 3.0 have in another form than
// the others.
func (c *check) exclusiveHelp(n *tree.Node) {
	if c.full || n.Key == nil || !strings.HasPrefix(n.Key.Text, "exclusive") {
		return
	}
	d := &c.found[len(c.found)-1]
	limit := "m" + strings.TrimPrefix(n.Key.Text, "exclusiveM")
	switch {
	case n.Kind == tree.Bool:
		d.Help = fmt.Sprintf("draft-04 and OpenAPI 3.0 write it beside %q; since draft-06 it is the limit itself, in its place", limit)
	case n.Kind == tree.Number:
		d.Help = fmt.Sprintf("here it says of %q whether the limit itself is excluded: write %s: %s and %s: true", limit, limit, n.Text, n.Key.Text)
	}
}

// aboutLimit is about the boolean exclusiveMinimum and exclusiveMaximum, which
// say something of a limit beside them.
func (c *check) aboutLimit(n *tree.Node) {
	limit, ok := strings.CutPrefix(n.Name(), "exclusive")
	if limit = strings.ToLower(limit); ok && !n.Parent.Has(limit) {
		c.key(CodeBadValue, diag.Error, n, "%s says something of %q, which is not there", subjectOf(n), limit).Help = fmt.Sprintf("add %q, or remove it", limit)
	}
}

func (c *check) regex(n *tree.Node, text string) {
	if _, err := compilePattern(text); err != nil {
		c.report(CodePattern, diag.Error, n, n.Span, "%s is not a regular expression (ECMA 262)", quote(text))
	}
}

func (c *check) size(n *tree.Node) {
	if !c.is(n, tree.Number, "a whole number of 0 or more") {
		return
	}
	if v, ok := exactOf(n.Value()); !ok || !v.isInteger() || strings.HasPrefix(n.Text, "-") && strings.Trim(n.Text, "-0.") != "" {
		c.value(CodeBadValue, diag.Error, n, "%s should be a whole number of 0 or more, and is %s", subjectOf(n), shorten(n.Text))
	}
}

func (c *check) names(n *tree.Node, some bool) {
	if n.Kind == tree.Bool && n.Name() == "required" {
		c.wrong(n, "a list of names").Help = "the object around lists its required properties: required: [" + n.Parent.Name() + "]"
		return
	}
	if !c.is(n, tree.Sequence, "a list of names") {
		return
	}
	if some && len(n.Items) == 0 {
		c.value(CodeBadValue, diag.Error, n, "%s may not be empty", subjectOf(n)).Help = "remove it"
	}
	seen := map[string]*tree.Node{}
	for _, item := range n.Items {
		if !c.is(item, tree.String, "a name") {
			continue
		}
		if first := seen[item.Text]; first != nil {
			d := c.value(CodeDuplicate, diag.Error, item, "%s stands twice in %s", quote(item.Text), subjectOf(n))
			d.Related = []diag.Related{{Message: "the first is here", Span: first.Span}}
			continue
		}
		seen[item.Text] = item
	}
}

var typeNames = []string{"array", "boolean", "integer", "null", "number", "object", "string"}

func (c *check) types(n *tree.Node, dialect schema.Dialect) {
	switch n.Kind {
	case tree.String:
		c.typeName(n, dialect)
	case tree.Sequence:
		if dialect == schema.OpenAPI30 {
			c.wrong(n, "one type").Help = "OpenAPI 3.0 has one type for each schema; write nullable: true for null, or anyOf"
			return
		}
		if len(n.Items) == 0 {
			c.value(CodeBadValue, diag.Error, n, "\"type\" may not be empty").Help = "remove it, or name a type"
		}
		seen := map[string]bool{}
		for _, item := range n.Items {
			if !c.is(item, tree.String, "the name of a type") {
				continue
			}
			if seen[item.Text] {
				c.value(CodeDuplicate, diag.Error, item, "%s stands twice in \"type\"", quote(item.Text))
			}
			seen[item.Text] = true
			c.typeName(item, dialect)
		}
	case tree.Null:
		c.wrong(n, "the name of a type").Help = `put it in quotes: "null"`
	default:
		c.wrong(n, "the name of a type, or several")
	}
}

func (c *check) typeName(n *tree.Node, dialect schema.Dialect) {
	for _, name := range typeNames {
		if n.Text == name && !(name == "null" && dialect == schema.OpenAPI30) {
			return
		}
	}
	d := c.value(CodeBadValue, diag.Error, n, "%s is no type: use array, boolean, integer, null, number, object or string", quote(n.Text))
	common := map[string]string{
		"int": "integer", "long": "integer", "float": "number", "double": "number", "decimal": "number", "bool": "boolean", "str": "string", "text": "string",
		"date": "string", "datetime": "string", "map": "object", "dict": "object", "list": "array", "file": "string", "any": "",
	}
	meant, ok := common[strings.ToLower(n.Text)]
	switch {
	case n.Text == "null":
		d.Message, d.Help = "OpenAPI 3.0 has no type \"null\"", "write nullable: true beside the type"
	case ok && meant == "":
		d.Help = "leave \"type\" out: then any value is allowed"
	case ok:
		d.Help = fmt.Sprintf("did you mean %q?", meant)
	default:
		d.Help = diag.DidYouMean(n.Text, typeNames)
	}
}

func (c *check) enum(n *tree.Node, dialect schema.Dialect) {
	if !c.is(n, tree.Sequence, "a list of values") {
		return
	}
	severity := diag.Error
	if draft(dialect) >= 2019 {
		severity = diag.Warning // since then it only should not be so
	}
	if len(n.Items) == 0 {
		c.value(CodeBadValue, severity, n, "\"enum\" is empty, so that no value is allowed").Help = "list the values, or remove it"
	}
	const most = 2_000
	seen := map[string]*tree.Node{}
	for _, item := range n.Items[:min(most, len(n.Items))] {
		text, err := schema.EncodeJSON(item.Value())
		if err != nil {
			continue
		}
		if first := seen[string(text)]; first != nil {
			d := c.value(CodeDuplicate, severity, item, "%s stands twice in \"enum\"", shorten(string(text)))
			d.Related = []diag.Related{{Message: "the first is here", Span: first.Span}}
			continue
		}
		seen[string(text)] = item
	}
}

// holder checks the forms that hold schemas.
func (c *check) holder(f form, n *tree.Node, dialect schema.Dialect) {
	switch f {
	case schemaForm:
		boolean := n.Kind == tree.Bool && dialect != schema.Draft4 && dialect != schema.OpenAPI30
		if n.Kind != tree.Mapping && !boolean {
			d := c.wrong(n, "a schema")
			if n.Kind == tree.Sequence && n.Name() == "items" {
				d.Help = "since 2020-12 the schemas of single items stand in \"prefixItems\""
			}
		}
	case looseSchemaForm:
		if n.Kind != tree.Mapping && n.Kind != tree.Bool {
			c.wrong(n, "a schema, or true or false")
		}
	case schemasForm:
		if c.is(n, tree.Sequence, "a list of schemas") && len(n.Items) == 0 {
			c.value(CodeBadValue, diag.Error, n, "%s may not be empty", subjectOf(n)).Help = "list one or more schemas, or remove it"
		}
	case itemsForm:
		if n.Kind == tree.Sequence && len(n.Items) == 0 {
			c.value(CodeBadValue, diag.Error, n, "%s may not be empty", subjectOf(n)).Help = "describe the items, or remove it"
		}
	case namedForm, dependForm, nameListsForm:
		c.is(n, tree.Mapping, "an object")
	case patternsForm:
		if c.is(n, tree.Mapping, "an object") {
			for _, m := range n.Members {
				if _, err := compilePattern(m.Key.Text); err != nil {
					c.key(CodePattern, diag.Error, m.Value, "%s is not a regular expression (ECMA 262)", quote(m.Key.Text))
				}
			}
		}
	}
}

// inner has the schemas in the value of a keyword checked.
func (c *check) inner(f form, n *tree.Node, dialect schema.Dialect) {
	switch f {
	case schemaForm, looseSchemaForm:
		if n.Kind == tree.Mapping {
			c.add(n, dialect)
		}
	case itemsForm:
		if n.Kind != tree.Sequence {
			c.schemaAt(n, dialect)
			return
		}
		for _, item := range n.Items {
			c.schemaAt(item, dialect)
		}
	case schemasForm:
		for _, item := range n.Items {
			c.schemaAt(item, dialect)
		}
	case namedForm, patternsForm:
		for _, m := range n.Members {
			c.schemaAt(m.Value, dialect)
		}
	case dependForm, nameListsForm:
		for _, m := range n.Members {
			if m.Value.Kind == tree.Sequence || f == nameListsForm {
				if c.opt.Structure {
					c.names(m.Value, f == dependForm && dialect == schema.Draft4)
				}
				continue
			}
			c.schemaAt(m.Value, dialect)
		}
	}
}

// schemaAt checks what should be a schema, and has it checked.
func (c *check) schemaAt(n *tree.Node, dialect schema.Dialect) {
	if n.Kind == tree.Mapping {
		c.add(n, dialect)
		return
	}
	if c.opt.Structure {
		c.holder(schemaForm, n, dialect)
	}
}
