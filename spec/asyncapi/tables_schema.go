package asyncapi

import (
	"slices"
	"strings"

	"github.com/weft-dev/weft/spec/shape"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// schemaOf is a schema: an object of that name, or a boolean. Schemas have
// "$ref" as a keyword of their own.
func schemaOf(object string) *shape.Type {
	return shape.Either(shape.Is(object).OrRef(), shape.Boolean()).Called("a schema").OrRef()
}

// anySchema is what 3.x takes as a schema: one in the default language, or a
// Multi Format Schema Object.
func anySchema() *shape.Type {
	return shape.Pick(func(n *tree.Node) int {
		switch {
		case n.Has("schema"):
			return 0
		case n.Is(tree.Bool):
			return 2
		}
		return 1
	}, shape.Is("multi format schema"), shape.Is("schema").OrRef(), shape.Boolean()).Called("a schema").OrRef()
}

// Languages of schemas, as indexes of byFormat.
const (
	otherLanguage = iota
	asyncAPILanguage
	draft07Language
	openAPI30Language
	avroLanguage
)

// byFormat is a schema in the language that a media type names.
func byFormat(format func(*tree.Node) *tree.Node) *shape.Type {
	return shape.PickByPlace(func(n *tree.Node) int { return language(format(n)) },
		shape.Any(),
		schema(),
		schemaOf("JSON schema"),
		openAPISchema(),
		avro().OrRef(),
	).OrRef()
}

// openAPISchema is a schema in the language of OpenAPI 3.0. References in it
// may lead to a component that names its language, as converters write them.
func openAPISchema() *shape.Type {
	return shape.Pick(func(n *tree.Node) int {
		if n.Has("schemaFormat") && n.Has("schema") {
			return 1
		}
		return 0
	}, shape.Is("OpenAPI schema").OrRef(), shape.Is("multi format schema")).Called("an OpenAPI schema").OrRef()
}

// schemaByFormat is the field "schema" of a Multi Format Schema Object.
func schemaByFormat() *shape.Type {
	return byFormat(func(n *tree.Node) *tree.Node { return n.Parent.Get("schemaFormat") })
}

// payload2 is the field "payload" of a 2.x message.
func payload2() *shape.Type { return schemaByFormat() }

// language says which tables check a schema of a format. The tables know the
// versions of the languages that the official schemas know; the others are
// checked where payloads are.
func language(format *tree.Node) int {
	if format == nil {
		return asyncAPILanguage
	}
	mime, version, _ := strings.Cut(strings.ReplaceAll(format.Str(), " ", ""), ";version=")
	mime = strings.TrimSuffix(strings.TrimSuffix(mime, "+json"), "+yaml")
	switch {
	case mime == "application/vnd.aai.asyncapi":
		return asyncAPILanguage
	case mime == "application/schema" && version == "draft-07":
		return draft07Language
	case mime == "application/vnd.oai.openapi" && version == "3.0.0":
		return openAPI30Language
	case mime == "application/vnd.apache.avro" && version == "1.9.0":
		return avroLanguage
	}
	return otherLanguage
}

func schemaTables() []shape.Object {
	return []shape.Object{
		{
			Name: "schema", Title: "Schema Object", Link: spec3 + "schemaObject", Open: true,
			Doc: "A schema of data: JSON Schema draft-07 with a few fields more.",
			Fields: append(keywords("schema"),
				field("discriminator", text(), "The property that tells which of several schemas is meant."),
				until("2.6", field("externalDocs", shape.Is("external documentation object"), "Where more is written.")),
				since("3.0", field("externalDocs", isOrRef("external documentation object"), "Where more is written.")),
				field("deprecated", shape.Boolean(), "Whether it should no longer be used."),
			),
			Check: idleBesideRef,
		},
		{
			Name: "JSON schema", Title: "JSON Schema", Link: "https://json-schema.org/draft-07/json-schema-validation", Open: true,
			Doc:    "A schema of data in JSON Schema draft-07.",
			Fields: keywords("JSON schema"),
		},
		{
			Name: "multi format schema", Title: "Multi Format Schema Object", Link: spec3 + "multiFormatSchemaObject", Extensions: true, Open: true,
			Doc: "A schema in a language that is named.",
			Fields: []shape.Field{
				field("schemaFormat", text(), "The media type of the schema language."),
				required("schema", schemaByFormat(), "The schema."),
			},
		},
	}
}

// keywords are those of JSON Schema draft-07.
func keywords(self string) []shape.Field {
	sub := func() *shape.Type { return schemaOf(self) }
	subs := func() *shape.Type { return shape.List(sub()).MinItems(1) }
	byName := func() *shape.Type { return shape.Map(sub()) }
	count := func() *shape.Type { return shape.Integer().Min(0) }
	strs := func() *shape.Type { return shape.List(text()).Unique() }
	kind := func() *shape.Type {
		return text().Enum("array", "boolean", "integer", "null", "number", "object", "string")
	}
	return []shape.Field{
		field("$id", text().Format("uri-reference"), "The address of the schema."),
		field("$schema", uri(), "The dialect of JSON Schema."),
		field("$ref", text().Format("uri-reference"), "A reference to a schema that stands in for this one."),
		field("$comment", text(), "A note to those who read the document."),
		field("title", text(), "A name for people."),
		field("description", text(), "What the data is, in CommonMark."),
		field("default", shape.Any(), "The value where there is none."),
		field("readOnly", shape.Boolean(), "Whether only the owner sets the value."),
		field("writeOnly", shape.Boolean(), "Whether the value is never given back."),
		field("examples", shape.List(shape.Any()), "Examples of values."),
		field("multipleOf", shape.Number().Above(0), "The number must be a multiple of this."),
		field("maximum", shape.Number(), "The number must be at most this."),
		field("exclusiveMaximum", shape.Number(), "The number must be less than this."),
		field("minimum", shape.Number(), "The number must be at least this."),
		field("exclusiveMinimum", shape.Number(), "The number must be greater than this."),
		field("maxLength", count(), "The most characters."),
		field("minLength", count(), "The fewest characters."),
		field("pattern", text().Format("regex"), "A regular expression (ECMA 262) that the string must match."),
		field("additionalItems", sub(), "A schema of the items after those that \"items\" lists."),
		field("items", shape.Either(sub(), subs()), "A schema of every item, or one for each."),
		field("maxItems", count(), "The most items."),
		field("minItems", count(), "The fewest items."),
		field("uniqueItems", shape.Boolean(), "Whether no two items may be equal."),
		field("contains", sub(), "A schema that some item must match."),
		field("maxProperties", count(), "The most properties."),
		field("minProperties", count(), "The fewest properties."),
		field("required", strs(), "The properties that must be there."),
		field("additionalProperties", sub(), "A schema of the properties not named otherwise; false forbids them."),
		field("definitions", byName(), "Schemas to refer to."),
		field("properties", byName(), "The properties by name, with their schemas."),
		field("patternProperties", byName().KeyFormat("regex"), "Schemas of properties by regular expressions for their names."),
		field("dependencies", shape.Map(shape.Either(sub(), strs())), "What else must be there where a property is."),
		field("propertyNames", sub(), "A schema of the names of properties."),
		field("const", shape.Any(), "The only value."),
		field("enum", shape.List(shape.Any()).MinItems(1).Unique(), "The values there can be."),
		field("type", shape.Either(kind(), shape.List(kind()).MinItems(1).Unique()), "The type, or types, of the value."),
		field("format", text(), "What kind of string, or number, it is: date-time, email …"),
		field("contentMediaType", text(), "The media type of the string's content."),
		field("contentEncoding", text(), "How the string's content is encoded: base64 …"),
		field("if", sub(), "A schema that decides between \"then\" and \"else\"."),
		field("then", sub(), "The schema where \"if\" matches."),
		field("else", sub(), "The schema where \"if\" does not match."),
		field("allOf", subs(), "Schemas that must all match."),
		field("anyOf", subs(), "Schemas of which one or more must match."),
		field("oneOf", subs(), "Schemas of which exactly one must match."),
		field("not", sub(), "A schema that must not match."),
	}
}

// refNeighbours are keywords that do no harm beside "$ref".
var refNeighbours = []string{"$ref", "$id", "$schema", "$comment", "title", "description", "examples", "definitions"}

// idleBesideRef reports keywords that draft-07 ignores because of a "$ref".
func idleBesideRef(c *shape.Context, n *tree.Node) {
	if !n.Get("$ref").Is(tree.String) {
		return
	}
	for i := range n.Members {
		key := n.Members[i].Key.Text
		if slices.Contains(refNeighbours, key) || strings.HasPrefix(key, "x-") {
			continue
		}
		d := c.ReportKey(shape.CodeRefSibling, n.Members[i].Value, "%q has no effect beside \"$ref\"", key)
		d.Help = "put both into an \"allOf\""
	}
}

// headersAreObject reports a schema of headers that are no object.
func headersAreObject(c *shape.Context, n *tree.Node) {
	t := n.Get("type")
	if t == nil || t.Str() == "object" {
		return
	}
	c.Report(shape.CodeBadValue, t, "headers are an object: their schema has the type \"object\"").Severity = diag.Error
}

// openAPISchemaTables describe the Schema Object of OpenAPI 3.0.
func openAPISchemaTables() []shape.Object {
	const self = "OpenAPI schema"
	sub := openAPISchema
	count := func() *shape.Type { return shape.Integer().Min(0) }
	link := "https://spec.openapis.org/oas/v3.0.3#"
	return []shape.Object{
		{
			Name: self, Title: "Schema Object", Link: link + "schema-object", Extensions: true,
			Doc: "A schema of data in the language of OpenAPI 3.0.",
			Fields: []shape.Field{
				field("title", text(), "A name for people."),
				field("description", text(), "What the data is, in CommonMark."),
				field("type", text().Enum("array", "boolean", "integer", "number", "object", "string"), "The type of the value."),
				field("format", text(), "What kind of string, or number, it is."),
				field("nullable", shape.Boolean(), "Whether null is allowed."),
				field("multipleOf", shape.Number().Above(0), "The number must be a multiple of this."),
				field("maximum", shape.Number(), "The number must be at most this."),
				field("exclusiveMaximum", shape.Boolean(), "Whether it must be less than the maximum."),
				field("minimum", shape.Number(), "The number must be at least this."),
				field("exclusiveMinimum", shape.Boolean(), "Whether it must be greater than the minimum."),
				field("maxLength", count(), "The most characters."),
				field("minLength", count(), "The fewest characters."),
				field("pattern", text().Format("regex"), "A regular expression (ECMA 262) that the string must match."),
				field("maxItems", count(), "The most items."),
				field("minItems", count(), "The fewest items."),
				field("uniqueItems", shape.Boolean(), "Whether no two items may be equal."),
				field("maxProperties", count(), "The most properties."),
				field("minProperties", count(), "The fewest properties."),
				field("required", shape.List(text()).MinItems(1).Unique(), "The properties that must be there."),
				field("enum", shape.List(shape.Any()).MinItems(1), "The values there can be."),
				field("default", shape.Any(), "The value where there is none."),
				field("example", shape.Any(), "An example of a value."),
				field("not", sub(), "A schema that must not match."),
				field("allOf", shape.List(sub()), "Schemas that must all match."),
				field("oneOf", shape.List(sub()), "Schemas of which exactly one must match."),
				field("anyOf", shape.List(sub()), "Schemas of which one or more must match."),
				field("items", sub(), "A schema of every item."),
				field("properties", shape.Map(sub()), "The properties by name, with their schemas."),
				field("additionalProperties", shape.Either(sub(), shape.Boolean()), "A schema of the properties not named otherwise."),
				field("discriminator", shape.Is("OpenAPI discriminator"), "The property that tells which of several schemas is meant."),
				field("readOnly", shape.Boolean(), "Whether only the owner sets the value."),
				field("writeOnly", shape.Boolean(), "Whether the value is never given back."),
				field("externalDocs", shape.Is("OpenAPI external documentation object"), "Where more is written."),
				field("deprecated", shape.Boolean(), "Whether it should no longer be used."),
				field("xml", shape.Is("OpenAPI XML"), "How the value is written in XML."),
			},
		},
		{
			Name: "OpenAPI discriminator", Title: "Discriminator Object", Link: link + "discriminator-object", Open: true,
			Doc: "The property that tells which of several schemas is meant.",
			Fields: []shape.Field{
				required("propertyName", text(), "The name of the property."),
				field("mapping", shape.Map(text()), "Schemas by the property's value."),
			},
		},
		{
			Name: "OpenAPI external documentation object", Title: "External Documentation Object", Link: link + "external-documentation-object", Extensions: true,
			Doc: "A page elsewhere.",
			Fields: []shape.Field{
				required("url", text().Format("uri-reference"), "The address of the page."),
				field("description", text(), "What is there, in CommonMark."),
			},
		},
		{
			Name: "OpenAPI XML", Title: "XML Object", Link: link + "xml-object", Extensions: true,
			Doc: "How a value is written in XML.",
			Fields: []shape.Field{
				field("name", text(), "The name of the element."),
				field("namespace", uri(), "The namespace."),
				field("prefix", text(), "The prefix of the name."),
				field("attribute", shape.Boolean(), "Whether it is an attribute."),
				field("wrapped", shape.Boolean(), "Whether a list has an element of its own."),
			},
		},
	}
}
