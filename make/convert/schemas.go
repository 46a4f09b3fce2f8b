package convert

import (
	"context"
	"errors"
	"path"
	"strings"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/avro"
	schemas "github.com/weft-dev/weft/spec/schema/convert"
	"github.com/weft-dev/weft/spec/schema/jsonschema"
	"github.com/weft-dev/weft/spec/schema/protobuf"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

// schemaConversions are those between the languages of schemas.
func schemaConversions() []Conversion {
	jsonSchema, avroSchema, proto, golang := []string{"jsonschema", "json-schema"}, []string{"avro", "avsc"}, []string{"protobuf", "proto"}, []string{"go", "golang"}
	const jsonAbout, avroAbout, protoAbout = "a JSON Schema of the same values", "an Avro schema of the same values", "a Protobuf message (proto3) of the same values"
	const goAbout = "types of Go for the same values"
	list := []Conversion{
		{Kind: Avro, Names: jsonSchema, About: jsonAbout, Do: avroToJSONSchema},
		{Kind: Avro, Names: proto, About: protoAbout, Do: avroToProtobuf},
		{Kind: JSONSchema, Names: avroSchema, About: avroAbout, Do: jsonSchemaToAvro},
		{Kind: JSONSchema, Names: proto, About: protoAbout, Do: jsonSchemaToProtobuf},
		{Kind: Protobuf, Names: jsonSchema, About: jsonAbout, Do: protobufToJSONSchema},
		{Kind: Protobuf, Names: avroSchema, About: avroAbout, Do: protobufToAvro},
		{Kind: Avro, Names: golang, About: goAbout, Do: avroToGo},
		{Kind: JSONSchema, Names: golang, About: goAbout, Do: jsonSchemaToGo},
		{Kind: Protobuf, Names: golang, About: goAbout, Do: protobufToGo},
		{Kind: Go, Names: jsonSchema, About: jsonAbout, Do: goToJSONSchema},
		{Kind: Go, Names: avroSchema, About: avroAbout, Do: goToAvro},
		{Kind: Go, Names: proto, About: protoAbout, Do: goToProtobuf},
	}
	for _, kind := range []Kind{Avro, JSONSchema, Protobuf} {
		list = append(list, Conversion{Kind: kind, Names: []string{"asyncapi"}, About: "AsyncAPI 3.1.0 with a message of that payload", Do: schemaToAsyncAPI})
	}
	return list
}

// readAvro reads a document as Avro, with the findings about it.
func readAvro(ctx context.Context, ws *ref.Workspace, d *ref.Document) (*avro.Schema, []diag.Diagnostic) {
	c := avro.New(jsonschema.In(ws))
	found := ws.Walk(ctx, d.Root, ref.WalkOptions{})
	found = append(found, c.Check(ctx, d.Root, schema.Format{Family: schema.Avro})...)
	s, err := c.Schema(d.Root, "")
	if err != nil {
		return nil, found
	}
	return s, found
}

// readProtobuf reads a file of Protobuf, and chooses the message.
func readProtobuf(ctx context.Context, ws *ref.Workspace, d *ref.Document, message string) (*protobuf.Schema, []diag.Diagnostic) {
	file, found := protobuf.In(ws).Open(ctx, d.File)
	if file == nil {
		return nil, found
	}
	s, err := file.Message(message)
	var problem *protobuf.Error
	if errors.As(err, &problem) {
		for i := range problem.Findings {
			if problem.Findings[i].Code == protobuf.CodeRoot && message == "" {
				problem.Findings[i].Help = "name one with --message"
			}
		}
		return nil, append(found, problem.Findings...)
	}
	return s, found
}

// nameOf is what a document is called by its file.
func nameOf(d *ref.Document) string {
	name, _, _ := strings.Cut(path.Base(d.File.Name()), ".")
	return name
}

func jsonDraft(root *tree.Node) *Draft {
	format := tree.JSON
	return &Draft{Title: "a JSON Schema", Root: root, Format: &format}
}

func avroDraft(root *tree.Node) *Draft {
	text, err := tree.Print(root, tree.JSON)
	if err != nil {
		return nil
	}
	return &Draft{Title: "an Avro schema", Text: text, Suffix: ".avsc"}
}

func protoDraft(text string) *Draft {
	return &Draft{Title: "a Protobuf schema", Text: []byte(text), Suffix: ".proto"}
}

func avroToJSONSchema(ctx context.Context, ws *ref.Workspace, d *ref.Document, _ Options) (*Draft, []diag.Diagnostic) {
	s, found := readAvro(ctx, ws, d)
	if s == nil {
		return nil, found
	}
	root, more := schemas.AvroToJSONSchema(s, schemas.Options{})
	return jsonDraft(root), append(found, more...)
}

func avroToProtobuf(ctx context.Context, ws *ref.Workspace, d *ref.Document, _ Options) (*Draft, []diag.Diagnostic) {
	s, found := readAvro(ctx, ws, d)
	if s == nil {
		return nil, found
	}
	text, more := schemas.AvroToProtobuf(s, schemas.Options{Name: nameOf(d)})
	return protoDraft(text), append(found, more...)
}

func jsonSchemaToAvro(_ context.Context, ws *ref.Workspace, d *ref.Document, _ Options) (*Draft, []diag.Diagnostic) {
	root, found := schemas.JSONSchemaToAvro(d.Root, schemas.Options{Name: nameOf(d), Refs: jsonschema.In(ws)})
	return avroDraft(root), found
}

func jsonSchemaToProtobuf(_ context.Context, ws *ref.Workspace, d *ref.Document, _ Options) (*Draft, []diag.Diagnostic) {
	text, found := schemas.JSONSchemaToProtobuf(d.Root, schemas.Options{Name: nameOf(d), Refs: jsonschema.In(ws)})
	return protoDraft(text), found
}

func protobufToJSONSchema(ctx context.Context, ws *ref.Workspace, d *ref.Document, opt Options) (*Draft, []diag.Diagnostic) {
	s, found := readProtobuf(ctx, ws, d, opt.Message)
	if s == nil {
		return nil, found
	}
	root, more := schemas.ProtobufToJSONSchema(s, schemas.Options{})
	return jsonDraft(root), append(found, more...)
}

func protobufToAvro(ctx context.Context, ws *ref.Workspace, d *ref.Document, opt Options) (*Draft, []diag.Diagnostic) {
	s, found := readProtobuf(ctx, ws, d, opt.Message)
	if s == nil {
		return nil, found
	}
	root, more := schemas.ProtobufToAvro(s, schemas.Options{})
	return avroDraft(root), append(found, more...)
}
