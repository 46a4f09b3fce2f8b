package convert

import (
	"context"

	schemas "github.com/weft-dev/weft/spec/schema/convert"
	"github.com/weft-dev/weft/spec/schema/gosource"
	"github.com/weft-dev/weft/spec/schema/gotype"
	"github.com/weft-dev/weft/spec/schema/jsonschema"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
)

func goDraft(text string) *Draft {
	return &Draft{Title: "types of Go", Text: []byte(text), Suffix: ".go"}
}

func goOptions(d *ref.Document, opt Options) schemas.Options {
	return schemas.Options{Name: nameOf(d), Package: opt.Package}
}

func avroToGo(ctx context.Context, ws *ref.Workspace, d *ref.Document, opt Options) (*Draft, []diag.Diagnostic) {
	s, found := readAvro(ctx, ws, d)
	if s == nil {
		return nil, found
	}
	text, more := schemas.AvroToGo(s, goOptions(d, opt))
	return goDraft(text), append(found, more...)
}

func jsonSchemaToGo(_ context.Context, ws *ref.Workspace, d *ref.Document, opt Options) (*Draft, []diag.Diagnostic) {
	options := goOptions(d, opt)
	options.Refs = jsonschema.In(ws)
	text, found := schemas.JSONSchemaToGo(d.Root, options)
	return goDraft(text), found
}

func protobufToGo(ctx context.Context, ws *ref.Workspace, d *ref.Document, opt Options) (*Draft, []diag.Diagnostic) {
	s, found := readProtobuf(ctx, ws, d, opt.Message)
	if s == nil {
		return nil, found
	}
	text, more := schemas.ProtobufToGo(s, goOptions(d, opt))
	return goDraft(text), append(found, more...)
}

// readGo reads the source of Go, and chooses the type.
func readGo(d *ref.Document, name string) (*gosource.File, *gotype.Type, []diag.Diagnostic) {
	file, found := gosource.Read(d.File)
	if file == nil {
		return nil, nil, found
	}
	t, found := file.Type(name)
	return file, t, found
}

func goToJSONSchema(_ context.Context, _ *ref.Workspace, d *ref.Document, opt Options) (*Draft, []diag.Diagnostic) {
	file, t, found := readGo(d, opt.Type)
	if t == nil {
		return nil, found
	}
	root, found := schemas.GoToJSONSchema(file, t)
	return jsonDraft(root), found
}

func goToAvro(_ context.Context, _ *ref.Workspace, d *ref.Document, opt Options) (*Draft, []diag.Diagnostic) {
	file, t, found := readGo(d, opt.Type)
	if t == nil {
		return nil, found
	}
	root, found := schemas.GoToAvro(file, t, goOptions(d, opt))
	return avroDraft(root), found
}

func goToProtobuf(_ context.Context, _ *ref.Workspace, d *ref.Document, opt Options) (*Draft, []diag.Diagnostic) {
	file, t, found := readGo(d, opt.Type)
	if t == nil {
		return nil, found
	}
	options := goOptions(d, opt)
	options.Name = t.Name
	text, found := schemas.GoToProtobuf(file, t, options)
	return protoDraft(text), found
}
