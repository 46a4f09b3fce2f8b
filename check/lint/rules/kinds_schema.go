package rules

import (
	"context"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/spec/schema/jsonschema"
	"github.com/weft-dev/weft/spec/schema/protobuf"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
)

// protobufKind is the kind of texts of Protocol Buffers, which their name tells.
// Its rules are explained with the languages of schemas.
func protobufKind() lint.Kind {
	return lint.Kind{
		Name: "protobuf", Title: "Protocol Buffers", Suffixes: []string{".proto"},
		CheckText: func(ctx context.Context, ws *ref.Workspace, file *source.File) []diag.Diagnostic {
			return protobuf.In(ws).CheckFile(ctx, file)
		},
	}
}

// jsonSchemaKind is the kind of documents that are schemas themselves. It
// stands last of the kinds that a field tells, since documents of the others
// may have a "$schema" for their editor.
func jsonSchemaKind() lint.Kind {
	return lint.Kind{
		Name: "jsonschema", Title: "JSON Schema", Fields: []string{"$schema"},
		Suffixes: []string{".schema.json", ".schema.yaml", ".schema.yml"},
		Check: func(_ context.Context, ws *ref.Workspace, d *ref.Document) []diag.Diagnostic {
			return jsonschema.New(jsonschema.In(ws)).CheckDocument(d.Root)
		},
	}
}
