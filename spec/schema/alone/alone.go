// Package alone makes of a schema in a contract a text that needs no other: the
// form in which a schema registry keeps it. Whoever registers and whoever asks
// for a schema's id write it here, so that both mean the same text.
//
// It must not know any registry, nor where schemas stand in a contract.
package alone

import (
	"context"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/protobuf"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

// Text is a schema as a registry keeps it; "" for languages that none keeps.
func Text(ctx context.Context, ws *ref.Workspace, node *tree.Node, format schema.Format) (string, error) {
	copier := copier{ctx: ctx, ws: ws}
	switch format.Family {
	case schema.Avro:
		return (&avroCopy{copier: copier, seen: map[string]bool{}}).alone(node)
	case schema.JSONSchema:
		return (&jsonCopy{copier: copier, names: map[*tree.Node]string{}}).alone(node)
	case schema.Protobuf:
		file, _, found := protobuf.In(ws).File(ctx, node)
		if file == nil {
			return "", &protobuf.Error{Findings: found}
		}
		return file.Alone(ctx)
	}
	return "", nil
}
