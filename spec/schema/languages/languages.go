// Package languages is the one list of the schema languages that weft knows:
// whoever reads a contract asks it, so that a new language is added here and
// nowhere else.
//
// It must not know any language itself, nor where schemas stand.
package languages

import (
	"context"
	"slices"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/alone"
	"github.com/weft-dev/weft/spec/schema/avro"
	"github.com/weft-dev/weft/spec/schema/jsonschema"
	"github.com/weft-dev/weft/spec/schema/protobuf"
	"github.com/weft-dev/weft/spec/schema/raml"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

// In returns a Set of every language for schemas in the documents of a
// workspace.
func In(ws *ref.Workspace) *schema.Set {
	refs := jsonschema.In(ws)
	return schema.NewSet(map[schema.Family]schema.Compiler{
		schema.JSONSchema: jsonschema.New(refs),
		schema.Avro:       avro.New(refs),
		schema.Protobuf:   protobuf.In(ws),
		schema.RAML:       raml.In(ws),
	}).WithAlone(func(ctx context.Context, node *tree.Node, format schema.Format) (string, error) {
		return alone.Text(ctx, ws, node, format)
	})
}

// Rules describes what the Checkers of the languages find, for explanations.
func Rules() []diag.Rule {
	return slices.Concat(avro.Rules(), jsonschema.Rules(), protobuf.Rules(), raml.Rules())
}
