// Package alone makes of a schema in a contract a text that needs no other: the
// form in which a schema registry keeps it. Whoever registers and whoever asks
// for a schema's id write it here, so that both mean the same text.
//
// It must not know any registry, nor where schemas stand in a contract.
package alone

import (
	"context"
	"errors"
	"strings"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// Text is a schema as a registry keeps it; "" for languages that none keeps.
func Text(ctx context.Context, ws *ref.Workspace, node *tree.Node, format schema.Format) (string, error) {
	if text, is := raw(ctx, ws, node); is {
		return text, nil
	}
	copier := copier{ctx: ctx, ws: ws}
	switch format.Family {
	case schema.Avro:
		return (&avroCopy{copier: copier, seen: map[string]bool{}}).alone(node)
	case schema.JSONSchema:
		return (&jsonCopy{copier: copier, names: map[*tree.Node]string{}}).alone(node)
	case schema.Protobuf:
		if node.Is(tree.String) {
			return node.Text, nil
		}
		return "", errors.New("a schema in Protobuf is a text")
	}
	return "", nil
}

// raw is the text of a file in a language of its own, as .proto.
func raw(ctx context.Context, ws *ref.Workspace, node *tree.Node) (text string, is bool) {
	if node.Get("$ref") == nil {
		return "", false
	}
	file, _, problem := ws.ResolveRaw(ctx, node)
	if problem != nil {
		return "", false
	}
	if name := source.DisplayName(file.URI()); !strings.HasSuffix(name, ".proto") {
		return "", false
	}
	return string(file.Data()), true
}
