package convert

import (
	"context"
	"path"
	"strings"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/avro"
	schemas "github.com/weft-dev/weft/spec/schema/convert"
	"github.com/weft-dev/weft/spec/schema/jsonschema"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

// schemaConversions are those between the languages of schemas.
func schemaConversions() []Conversion {
	return []Conversion{
		{Kind: Avro, Names: []string{"jsonschema", "json-schema"}, About: "a JSON Schema of the same values", Do: avroToJSONSchema},
		{Kind: JSONSchema, Names: []string{"avro", "avsc"}, About: "an Avro schema of the same values", Do: jsonSchemaToAvro},
	}
}

func avroToJSONSchema(ctx context.Context, ws *ref.Workspace, d *ref.Document, _ Options) (*Draft, []diag.Diagnostic) {
	c := avro.New(jsonschema.In(ws))
	found := ws.Walk(ctx, d.Root, ref.WalkOptions{})
	found = append(found, c.Check(ctx, d.Root, schema.Format{Family: schema.Avro})...)
	s, err := c.Schema(d.Root, "")
	if err != nil {
		return nil, found
	}
	root, more := schemas.AvroToJSONSchema(s, schemas.Options{})
	format := tree.JSON
	return &Draft{Title: "a JSON Schema", Root: root, Format: &format}, append(found, more...)
}

func jsonSchemaToAvro(_ context.Context, ws *ref.Workspace, d *ref.Document, _ Options) (*Draft, []diag.Diagnostic) {
	name, _, _ := strings.Cut(path.Base(d.File.Name()), ".")
	root, found := schemas.JSONSchemaToAvro(d.Root, schemas.Options{Name: name, Refs: jsonschema.In(ws)})
	text, err := tree.Print(root, tree.JSON)
	if err != nil {
		return nil, found
	}
	return &Draft{Title: "an Avro schema", Text: text, Suffix: ".avsc"}, found
}
