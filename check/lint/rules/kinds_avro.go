package rules

import (
	"context"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/languages"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
)

// avroKind is the kind of Avro schemas in files of their own, which their name
// tells. Its rules are explained with the languages of schemas.
func avroKind() lint.Kind {
	return lint.Kind{
		Name: "avro", Title: "Avro", Suffixes: []string{".avsc"},
		Check: func(ctx context.Context, ws *ref.Workspace, d *ref.Document) []diag.Diagnostic {
			found := ws.Walk(ctx, d.Root, ref.WalkOptions{Skip: asyncapi.IsData})
			return append(found, languages.In(ws).Check(ctx, d.Root, schema.Format{Family: schema.Avro})...)
		},
	}
}
