package openapi

import (
	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/spec/shape"
	"github.com/weft-dev/weft/text/tree"
)

const specLink = "https://spec.openapis.org/oas/v3.1.1.html#"

// Tables are the structure of OpenAPI 3.0 to 3.2 as far as it is read here:
// what a call needs is checked, and schemas, links, callbacks and tags are
// taken as they are.
var Tables = lazy.Of[shape.Tables]{Make: func() shape.Tables {
	var objects []shape.Object
	for _, list := range [][]shape.Object{
		rootObjects(), serverObjects(), pathObjects(), parameterObjects(),
		bodyObjects(), securityObjects(), componentObjects(),
	} {
		objects = append(objects, list...)
	}
	return shape.Tables{
		Name: "openapi", Title: "OpenAPI", Root: "description",
		Versions:    []string{"3.0", "3.1", "3.2"},
		Objects:     objects,
		RefSiblings: []string{"summary", "description"},
	}
}}

func object(title, anchor, doc string) shape.Object {
	return shape.Object{Title: title, Link: specLink + anchor, Doc: doc, Extensions: true}
}

func rootObjects() []shape.Object {
	root := object("OpenAPI Object", "openapi-object", "The root of an OpenAPI description.")
	root.Name = "description"
	root.Check = checkDescription
	root.Fields = []shape.Field{
		{Name: "openapi", Required: true, Type: shape.String(), Doc: "The version of the OpenAPI Specification that the document is written in."},
		{Name: "$self", Since: "3.2", Type: shape.String().Format("uri-reference"), Doc: "The document's own URI."},
		{Name: "info", Required: true, Type: shape.Is("info"), Doc: "What the document is about."},
		{Name: "jsonSchemaDialect", Since: "3.1", Type: shape.String(), Doc: "The dialect of schemas that do not name one."},
		{Name: "servers", Type: shape.List(shape.Is("server")), Doc: "Where the service is."},
		{Name: "paths", Until: "3.0", Required: true, Type: shape.Is("paths"), Doc: "The paths and their operations."},
		{Name: "paths", Since: "3.1", Type: shape.Is("paths"), Doc: "The paths and their operations."},
		{Name: "webhooks", Since: "3.1", Type: shape.Map(shape.Any()), Doc: "Requests that the service makes."},
		{Name: "components", Type: shape.Is("components"), Doc: "Objects that other places refer to."},
		{Name: "security", Type: shape.List(requirement()), Doc: "Security of operations that say nothing of it: alternatives."},
		{Name: "tags", Type: shape.List(shape.Any()), Doc: "Tags with their descriptions."},
		{Name: "externalDocs", Type: shape.Any(), Doc: "More documentation."},
	}
	info := object("Info Object", "info-object", "Metadata about the service.")
	info.Name = "info"
	info.Fields = []shape.Field{
		{Name: "title", Required: true, Type: shape.String(), Doc: "A title for people."},
		{Name: "version", Required: true, Type: shape.String(), Doc: "The version of this document, not of the specification."},
		{Name: "summary", Since: "3.1", Type: shape.String(), Doc: "A short summary."},
		{Name: "description", Type: shape.String(), Doc: "A description in CommonMark."},
		{Name: "termsOfService", Type: shape.String(), Doc: "Where the terms of service are."},
		{Name: "contact", Type: shape.Map(shape.Any()), Doc: "Who answers questions."},
		{Name: "license", Type: shape.Map(shape.Any()), Doc: "The licence of the service."},
	}
	return []shape.Object{root, info}
}

func serverObjects() []shape.Object {
	server := object("Server Object", "server-object", "A base URL.")
	server.Name = "server"
	server.Check = checkServer
	server.Fields = []shape.Field{
		{Name: "url", Required: true, Type: shape.String(), Doc: "The URL, absolute or relative to the document, with variables in braces."},
		{Name: "name", Since: "3.2", Type: shape.String(), Doc: "A name for the server."},
		{Name: "description", Type: shape.String(), Doc: "A description in CommonMark."},
		{Name: "variables", Type: shape.Map(shape.Is("server variable")), Doc: "The variables of the URL."},
	}
	variable := object("Server Variable Object", "server-variable-object", "A variable of a server's URL.")
	variable.Name = "server variable"
	variable.Fields = []shape.Field{
		{Name: "default", Required: true, Type: shape.String(), Doc: "The value where none is given."},
		{Name: "enum", Type: shape.List(shape.String()).MinItems(1), Doc: "The only values allowed."},
		{Name: "description", Type: shape.String(), Doc: "A description in CommonMark."},
	}
	return []shape.Object{server, variable}
}

func pathObjects() []shape.Object {
	paths := object("Paths Object", "paths-object", "The paths of the service.")
	paths.Name = "paths"
	paths.Keys = []shape.Keys{{Pattern: `^/`, Words: `a path, which begins with "/"`, Type: shape.Is("path item")}}

	item := object("Path Item Object", "path-item-object", "The operations on one path.")
	item.Name = "path item"
	item.Fields = []shape.Field{
		{Name: "$ref", Type: shape.String(), Doc: "Where the path item is defined."},
		{Name: "summary", Type: shape.String(), Doc: "A short summary of all operations."},
		{Name: "description", Type: shape.String(), Doc: "A description of all operations in CommonMark."},
		{Name: "servers", Type: shape.List(shape.Is("server")), Doc: "Servers of all operations, in place of the document's."},
		{Name: "parameters", Type: parameterList(), Doc: "Parameters of all operations."},
		{Name: "query", Since: "3.2", Type: shape.Is("operation"), Doc: "The QUERY operation."},
		{Name: "additionalOperations", Since: "3.2", Type: shape.Map(shape.Is("operation")), Doc: "Operations of other methods, by their names."},
	}
	for _, method := range methods {
		item.Fields = append(item.Fields, shape.Field{Name: method, Type: shape.Is("operation"), Doc: "The operation of this method."})
	}

	operation := object("Operation Object", "operation-object", "One method on one path.")
	operation.Name = "operation"
	operation.Fields = []shape.Field{
		{Name: "operationId", Type: shape.String(), Doc: "A name for the operation, unique in the document."},
		{Name: "summary", Type: shape.String(), Doc: "A short summary."},
		{Name: "description", Type: shape.String(), Doc: "A description in CommonMark."},
		{Name: "tags", Type: shape.List(shape.String()), Doc: "Tags, for grouping."},
		{Name: "externalDocs", Type: shape.Any(), Doc: "More documentation."},
		{Name: "parameters", Type: parameterList(), Doc: "Parameters, besides those of the path."},
		{Name: "requestBody", Type: shape.Is("request body").OrRef(), Doc: "The body of the request."},
		{Name: "responses", Until: "3.0", Required: true, Type: shape.Is("responses"), Doc: "The responses by status."},
		{Name: "responses", Since: "3.1", Type: shape.Is("responses"), Doc: "The responses by status."},
		{Name: "callbacks", Type: shape.Map(shape.Any()), Doc: "Requests that the service makes in return."},
		{Name: "deprecated", Type: shape.Boolean(), Doc: "Whether the operation should not be used any more."},
		{Name: "security", Type: shape.List(requirement()), Doc: "Alternatives, in place of the document's."},
		{Name: "servers", Type: shape.List(shape.Is("server")), Doc: "Servers in place of those of the path and of the document."},
	}
	return []shape.Object{paths, item, operation}
}

func parameterObjects() []shape.Object {
	parameter := object("Parameter Object", "parameter-object", "A parameter of an operation.")
	parameter.Name = "parameter"
	parameter.Check = checkParameter
	parameter.Fields = append([]shape.Field{
		{Name: "name", Required: true, Type: shape.String(), Doc: "The parameter's name; upper and lower case differ."},
		{Name: "in", Until: "3.1", Required: true, Type: shape.String().Enum("query", "header", "path", "cookie"), Doc: "Where it goes."},
		{Name: "in", Since: "3.2", Required: true, Type: shape.String().Enum("query", "querystring", "header", "path", "cookie"), Doc: "Where it goes."},
		{Name: "allowEmptyValue", Type: shape.Boolean(), Doc: "Whether a query parameter may have no value."},
		{Name: "allowReserved", Type: shape.Boolean(), Doc: "Whether reserved characters are sent as they are."},
		{Name: "style", Type: shape.String().Enum("matrix", "label", "simple", "form", "spaceDelimited", "pipeDelimited", "deepObject", "cookie"), Doc: "How the value is written."},
	}, valueFields()...)
	header := object("Header Object", "header-object", "A header of a response or of a part.")
	header.Name = "header"
	header.Check = checkContent
	header.Fields = append([]shape.Field{
		{Name: "style", Type: shape.String().Enum("simple"), Doc: "How the value is written."},
	}, valueFields()...)
	return []shape.Object{parameter, header}
}

func parameterList() *shape.Type {
	return shape.List(shape.Is("parameter").OrRef()).Then(checkQueryString)
}

// headers are a map whose keys are the names of HTTP headers.
func headers() *shape.Type {
	return shape.Map(shape.Is("header").OrRef()).Keys(headerPattern, "a name that HTTP allows for a header")
}

// headerPattern is a token (RFC 9110 section 5.6.2).
const headerPattern = "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"

// valueFields are what parameters and headers have in common.
func valueFields() []shape.Field {
	return []shape.Field{
		{Name: "description", Type: shape.String(), Doc: "A description in CommonMark."},
		{Name: "required", Type: shape.Boolean(), Doc: "Whether it must be there."},
		{Name: "deprecated", Type: shape.Boolean(), Doc: "Whether it should not be used any more."},
		{Name: "explode", Type: shape.Boolean(), Doc: "Whether each item of a list stands for itself."},
		{Name: "schema", Type: schema(), Doc: "The schema of the value."},
		{Name: "example", Type: shape.Any(), Doc: "A sample value."},
		{Name: "examples", Type: shape.Map(shape.Is("example").OrRef()), Doc: "Sample values by name."},
		{Name: "content", Type: shape.Map(mediaType()).MinItems(1).MaxItems(1), Doc: "The media type of a value that is a document."},
	}
}

func bodyObjects() []shape.Object {
	body := object("Request Body Object", "request-body-object", "The body of a request.")
	body.Name = "request body"
	body.Fields = []shape.Field{
		{Name: "description", Type: shape.String(), Doc: "A description in CommonMark."},
		{Name: "content", Required: true, Type: shape.Map(mediaType()), Doc: "The representations by media type."},
		{Name: "required", Type: shape.Boolean(), Doc: "Whether the body must be there."},
	}
	media := object("Media Type Object", "media-type-object", "One representation of a body.")
	media.Name = "media type"
	media.Check = checkMediaType
	media.Fields = []shape.Field{
		{Name: "schema", Type: schema(), Doc: "The schema of the content."},
		{Name: "itemSchema", Since: "3.2", Type: schema(), Doc: "The schema of each item of a stream."},
		{Name: "example", Type: shape.Any(), Doc: "A sample."},
		{Name: "examples", Type: shape.Map(shape.Is("example").OrRef()), Doc: "Samples by name."},
		{Name: "encoding", Type: shape.Map(shape.Is("encoding")), Doc: "How properties of a form or of a multipart body are written."},
		{Name: "prefixEncoding", Since: "3.2", Type: shape.List(shape.Is("encoding")), Doc: "How parts are written, by position."},
		{Name: "itemEncoding", Since: "3.2", Type: shape.Is("encoding"), Doc: "How each further part is written."},
		{Name: "description", Since: "3.2", Type: shape.String(), Doc: "A description in CommonMark."},
	}
	encoding := object("Encoding Object", "encoding-object", "How one property of a body is written.")
	encoding.Name = "encoding"
	encoding.Check = checkEncodings
	encoding.Fields = []shape.Field{
		{Name: "contentType", Type: shape.String(), Doc: "The media type of the property."},
		{Name: "headers", Type: headers(), Doc: "Further headers of the part."},
		{Name: "style", Type: shape.String().Enum("form", "spaceDelimited", "pipeDelimited", "deepObject"), Doc: "How the value is written."},
		{Name: "explode", Type: shape.Boolean(), Doc: "Whether each item of a list stands for itself."},
		{Name: "allowReserved", Type: shape.Boolean(), Doc: "Whether reserved characters are sent as they are."},
		{Name: "encoding", Since: "3.2", Type: shape.Map(shape.Is("encoding")), Doc: "Nested encodings."},
		{Name: "prefixEncoding", Since: "3.2", Type: shape.List(shape.Is("encoding")), Doc: "Nested encodings, by position."},
		{Name: "itemEncoding", Since: "3.2", Type: shape.Is("encoding"), Doc: "The nested encoding of each further part."},
	}
	responses := object("Responses Object", "responses-object", "The responses by status.")
	responses.Name = "responses"
	responses.Keys = []shape.Keys{{
		Pattern: `^([1-5][0-9][0-9]|[1-5]XX|default)$`, Words: `a status such as 200, a range such as 2XX, or "default"`,
		Type: shape.Is("response").OrRef(),
	}}
	response := object("Response Object", "response-object", "What an operation answers.")
	response.Name = "response"
	response.Fields = []shape.Field{
		{Name: "description", Until: "3.1", Required: true, Type: shape.String(), Doc: "A description in CommonMark."},
		{Name: "description", Since: "3.2", Type: shape.String(), Doc: "A description in CommonMark."},
		{Name: "summary", Since: "3.2", Type: shape.String(), Doc: "A short summary."},
		{Name: "headers", Type: headers(), Doc: "The headers by name."},
		{Name: "content", Type: shape.Map(mediaType()), Doc: "The representations by media type."},
		{Name: "links", Type: shape.Map(shape.Any()), Doc: "Operations that may follow."},
	}
	example := object("Example Object", "example-object", "A sample.")
	example.Name = "example"
	example.Groups = []shape.Group{
		{Fields: []string{"value", "externalValue"}, Max: 1, Until: "3.1"},
		{Fields: []string{"value", "externalValue", "serializedValue"}, Max: 1, Since: "3.2"},
		{Fields: []string{"value", "dataValue"}, Max: 1, Since: "3.2"},
	}
	example.Fields = []shape.Field{
		{Name: "summary", Type: shape.String(), Doc: "A short summary."},
		{Name: "description", Type: shape.String(), Doc: "A description in CommonMark."},
		{Name: "value", Type: shape.Any(), Doc: "The sample."},
		{Name: "externalValue", Type: shape.String(), Doc: "Where the sample is."},
		{Name: "dataValue", Since: "3.2", Type: shape.Any(), Doc: "The sample as data."},
		{Name: "serializedValue", Since: "3.2", Type: shape.String(), Doc: "The sample as it is sent."},
	}
	return []shape.Object{body, media, encoding, responses, response, example}
}

func securityObjects() []shape.Object {
	scheme := object("Security Scheme Object", "security-scheme-object", "A way to prove who calls.")
	scheme.Name = "security scheme"
	scheme.Check = checkScheme
	scheme.Fields = []shape.Field{
		{Name: "type", Until: "3.0", Required: true, Type: shape.String().Enum("apiKey", "http", "oauth2", "openIdConnect"), Doc: "The kind of scheme."},
		{Name: "type", Since: "3.1", Required: true, Type: shape.String().Enum("apiKey", "http", "mutualTLS", "oauth2", "openIdConnect"), Doc: "The kind of scheme."},
		{Name: "description", Type: shape.String(), Doc: "A description in CommonMark."},
		{Name: "name", Type: shape.String(), Doc: "The header, query parameter or cookie of an API key."},
		{Name: "in", Type: shape.String().Enum("query", "header", "cookie"), Doc: "Where an API key goes."},
		{Name: "scheme", Type: shape.String(), Doc: "The HTTP authentication scheme, as bearer."},
		{Name: "bearerFormat", Type: shape.String(), Doc: "What a bearer token looks like."},
		{Name: "flows", Type: shape.Is("oauth flows"), Doc: "The ways to get a token."},
		{Name: "openIdConnectUrl", Type: shape.String(), Doc: "Where the provider is described."},
		{Name: "oauth2MetadataUrl", Since: "3.2", Type: shape.String(), Doc: "Where the authorization server is described."},
		{Name: "deprecated", Since: "3.2", Type: shape.Boolean(), Doc: "Whether the scheme should not be used any more."},
	}
	flows := object("OAuth Flows Object", "oauth-flows-object", "The ways to get a token.")
	flows.Name = "oauth flows"
	for _, name := range []string{"implicit", "password", "clientCredentials", "authorizationCode"} {
		flows.Fields = append(flows.Fields, shape.Field{Name: name, Type: shape.Is("oauth flow"), Doc: "A way to get a token."})
	}
	flows.Fields = append(flows.Fields, shape.Field{Name: "deviceAuthorization", Since: "3.2", Type: shape.Is("oauth flow"), Doc: "A way to get a token."})
	flow := object("OAuth Flow Object", "oauth-flow-object", "One way to get a token.")
	flow.Name = "oauth flow"
	flow.Fields = []shape.Field{
		{Name: "authorizationUrl", Type: shape.String(), Doc: "Where the user agrees."},
		{Name: "deviceAuthorizationUrl", Since: "3.2", Type: shape.String(), Doc: "Where a device asks."},
		{Name: "tokenUrl", Type: shape.String(), Doc: "Where tokens come from."},
		{Name: "refreshUrl", Type: shape.String(), Doc: "Where tokens are renewed."},
		{Name: "scopes", Required: true, Type: shape.Map(shape.String()), Doc: "The scopes with their descriptions."},
	}
	return []shape.Object{scheme, flows, flow}
}

func componentObjects() []shape.Object {
	components := object("Components Object", "components-object", "Objects that have no effect unless something refers to them.")
	components.Name = "components"
	named := func(name string, t *shape.Type) shape.Field {
		return shape.Field{
			Name: name, Doc: "Objects of this kind by name.",
			Type: shape.Map(t).Keys(`^[a-zA-Z0-9.\-_]+$`, `letters, digits, ".", "-" and "_"`),
		}
	}
	components.Fields = []shape.Field{
		named("schemas", schema()),
		named("responses", shape.Is("response").OrRef()),
		named("parameters", shape.Is("parameter").OrRef()),
		named("examples", shape.Is("example").OrRef()),
		named("requestBodies", shape.Is("request body").OrRef()),
		named("headers", shape.Is("header").OrRef()),
		named("securitySchemes", shape.Is("security scheme").OrRef()),
		named("links", shape.Any()),
		named("callbacks", shape.Any()),
	}
	opaque := shape.Object{
		Name: "schema", Title: "Schema Object", Link: specLink + "schema-object", Doc: "A schema, as it is.", Open: true,
		Fields: []shape.Field{{Name: "$ref", Type: shape.String(), Doc: "A schema that is meant."}},
	}
	items := named("pathItems", shape.Is("path item"))
	items.Since = "3.1"
	media := named("mediaTypes", mediaType())
	media.Since = "3.2"
	components.Fields = append(components.Fields, items, media)
	return []shape.Object{components, opaque}
}

// schema is any schema; spec/schema looks into it.
func schema() *shape.Type {
	return shape.Pick(func(n *tree.Node) int {
		if n.Is(tree.Bool) {
			return 0
		}
		return 1
	}, shape.Boolean(), shape.Is("schema"))
}

func mediaType() *shape.Type { return shape.Is("media type").OrRef() }

func requirement() *shape.Type {
	return shape.Map(shape.List(shape.String())).Called("an object of scheme names, each with a list of scopes")
}
