package convert

import (
	"strings"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// Kind is a kind of document.
type Kind string

// The kinds that have conversions of their own.
const (
	AsyncAPI   Kind = "asyncapi"
	OpenAPI    Kind = "openapi"
	Arazzo     Kind = "arazzo"
	Avro       Kind = "avro"
	JSONSchema Kind = "jsonschema"
	Protobuf   Kind = "protobuf"
	Go         Kind = "go"
	// Swagger is OpenAPI 2.0. Nothing but its format is converted.
	Swagger Kind = "swagger"
)

var titles = lazy.Of[map[Kind]string]{Make: func() map[Kind]string {
	return map[Kind]string{
		AsyncAPI: "AsyncAPI", OpenAPI: "OpenAPI", Arazzo: "Arazzo", Swagger: "Swagger", Avro: "an Avro schema",
		JSONSchema: "a JSON Schema", Protobuf: "a Protobuf schema", Go: "source of Go",
	}
}}

// KindOf tells the kind of a document by its name or by what stands at its
// root; "" is any other.
func KindOf(d *ref.Document) Kind {
	name := strings.ToLower(d.File.Name())
	switch {
	case strings.HasSuffix(name, ".avsc"):
		return Avro
	case strings.HasSuffix(name, ".proto"):
		return Protobuf
	case strings.HasSuffix(name, ".go"):
		return Go
	case d.Root.Has("asyncapi"):
		return AsyncAPI
	case d.Root.Has("openapi"):
		return OpenAPI
	case d.Root.Has("arazzo"):
		return Arazzo
	case d.Root.Has("swagger"):
		return Swagger
	case d.Root.Has("$schema"), strings.HasSuffix(name, ".schema.json"), strings.HasSuffix(name, ".schema.yaml"):
		return JSONSchema
	}
	return schemaKind(d.Root)
}

// schemaKind tells a schema by its words, where nothing else says that it is one.
func schemaKind(root *tree.Node) Kind {
	kind := root.Get("type").Str()
	switch {
	case kind == "record" && root.Get("fields").Is(tree.Sequence), kind == "enum" && root.Get("symbols").Is(tree.Sequence):
		return Avro
	case kind == "object" && root.Get("properties").Is(tree.Mapping), kind == "array" && root.Get("items").Is(tree.Mapping):
		return JSONSchema
	}
	return ""
}

// Describe says in a few words what a document is.
func Describe(d *ref.Document) string {
	kind := KindOf(d)
	switch kind {
	case AsyncAPI, OpenAPI, Arazzo, Swagger:
		return strings.TrimSpace(titles.Get()[kind] + " " + clip(d.Root.Get(string(kind)).Str()))
	case "":
		if formatOf(d) == tree.JSON {
			return "a JSON document"
		}
		return "a YAML document"
	}
	return titles.Get()[kind]
}

// clip keeps a version short that is none.
func clip(text string) string {
	const most = 30
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}

// sourceOf is a text in the place of a document.
func sourceOf(d *ref.Document, text []byte) *source.File {
	return source.NewFile(d.File.URI(), d.File.Name(), text)
}
