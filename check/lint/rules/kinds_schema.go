package rules

import (
	"context"

	"github.com/weft-dev/weft/check/lint"
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
