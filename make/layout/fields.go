package layout

import (
	"strings"

	"github.com/weft-dev/weft/internal/lazy"
)

// fieldOrder is the order of fields where a specification lists them in
// another order than the tables of package shape do: by the kind of document
// and the name of the object there. Fields that are not listed follow.
var fieldOrder = lazy.Of[map[string][]string]{Make: func() map[string][]string {
	m := map[string][]string{}
	for _, row := range []struct{ object, fields string }{
		{"asyncapi info object", "title version description termsOfService contact license tags externalDocs"},
		{"asyncapi document", "asyncapi id info servers defaultContentType channels operations components tags externalDocs"},
		{"asyncapi server", "host url protocol protocolVersion pathname description title summary variables security tags externalDocs bindings"},
		{"asyncapi channel", "address messages title summary description servers subscribe publish parameters tags externalDocs bindings"},
		{"asyncapi parameter", "enum default description schema examples location"},
		{"asyncapi operation", "action channel operationId title summary description security tags externalDocs bindings traits message messages reply"},
		{"asyncapi operation trait", "operationId title summary description security tags externalDocs bindings"},
		{"asyncapi message", "messageId headers payload correlationId schemaFormat contentType name title summary description tags externalDocs bindings examples traits"},
		{"asyncapi message trait", "messageId headers correlationId schemaFormat contentType name title summary description tags externalDocs bindings examples"},
		{"asyncapi message example", "headers payload name summary"},
		{"openapi info", "title summary description termsOfService contact license version"},
		{"openapi server", "url name description variables"},
		{"openapi path item", "summary description get put post delete options head patch trace query additionalOperations servers parameters"},
		{"openapi operation", "tags summary description externalDocs operationId parameters requestBody responses callbacks deprecated security servers"},
		{"arazzo step", "stepId description operationId operationPath channelPath workflowId action"},
	} {
		m[row.object] = strings.Fields(row.fields)
	}
	return m
}}

// schemaOrder is the order of the keywords of a schema, of all versions of JSON
// Schema and of those languages that extend it: what it is, what it is for,
// what may be in it.
var schemaOrder = lazy.Of[[]string]{Make: func() []string {
	return strings.Fields(`$schema $id id $anchor $dynamicAnchor $vocabulary $ref $dynamicRef $comment
		title description deprecated readOnly writeOnly
		type nullable format const enum default
		multipleOf minimum exclusiveMinimum maximum exclusiveMaximum
		minLength maxLength pattern contentMediaType contentEncoding contentSchema
		discriminator required minProperties maxProperties propertyNames
		properties patternProperties additionalProperties unevaluatedProperties
		dependencies dependentRequired dependentSchemas
		minItems maxItems uniqueItems minContains maxContains contains prefixItems items additionalItems unevaluatedItems
		allOf anyOf oneOf not if then else
		example examples xml externalDocs
		definitions $defs`)
}}
