package convert

import (
	"context"
	"fmt"
	"strings"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/avro"
	"github.com/weft-dev/weft/spec/schema/protobuf"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

// wrapped is a schema as a payload: what it is called, the language that the
// contract names for it, and itself.
type wrapped struct {
	name, format, contentType string
	schema                    *tree.Node
}

// schemaToAsyncAPI makes a document with one message, whose payload a schema
// is, in its own language: nothing is lost. The address of the channel is not
// known.
func schemaToAsyncAPI(ctx context.Context, ws *ref.Workspace, d *ref.Document, opt Options) (*Draft, []diag.Diagnostic) {
	var w *wrapped
	var found []diag.Diagnostic
	switch KindOf(d) {
	case Avro:
		w, found = wrapAvro(ctx, ws, d)
	case Protobuf:
		w, found = wrapProtobuf(ctx, ws, d, opt)
	default:
		w = wrapJSONSchema(d)
	}
	if w == nil {
		return nil, found
	}
	draft := &Draft{Title: "AsyncAPI 3.1.0", Root: w.document()}
	if format := tree.YAML; opt.Format == nil {
		draft.Format = &format
	}
	return draft, found
}

func wrapAvro(ctx context.Context, ws *ref.Workspace, d *ref.Document) (*wrapped, []diag.Diagnostic) {
	s, found := readAvro(ctx, ws, d)
	if s == nil {
		return nil, found
	}
	w := &wrapped{name: nameOf(d), format: "application/vnd.apache.avro;version=1.9.0", contentType: "application/vnd.apache.avro", schema: d.Root.Clone()}
	if s.Type.Kind == avro.Record {
		w.name = s.Type.Name[strings.LastIndexByte(s.Type.Name, '.')+1:]
	}
	return w, found
}

func wrapProtobuf(ctx context.Context, ws *ref.Workspace, d *ref.Document, opt Options) (*wrapped, []diag.Diagnostic) {
	s, found := readProtobuf(ctx, ws, d, opt.Message)
	if s == nil {
		return nil, found
	}
	if alone, err := s.File().Message(""); err != nil || alone.Descriptor() != s.Descriptor() {
		at := diag.Diagnostic{
			Code: protobuf.CodeRoot, Severity: diag.Error, Span: s.File().Span(s.Descriptor().FullName()),
			Message: fmt.Sprintf("in a contract nothing would say that %q is the payload", s.Descriptor().Name()), Help: "write // @RootNode above it",
		}
		return nil, append(found, at)
	}
	w := &wrapped{name: string(s.Descriptor().Name()), format: "application/vnd.google.protobuf", contentType: "application/x-protobuf", schema: tree.NewString(string(d.File.Data()))}
	switch s.File().Descriptor().Syntax().String() {
	case "proto2":
		w.format += ";version=2"
	case "proto3":
		w.format += ";version=3"
	}
	return w, found
}

func wrapJSONSchema(d *ref.Document) *wrapped {
	w := &wrapped{name: nameOf(d), contentType: "application/json", schema: d.Root.Clone()}
	if title := d.Root.Get("title").Str(); isKey(title) {
		w.name = title
	}
	version := schema.Draft7
	for word, dialect := range map[string]schema.Dialect{"draft-04": schema.Draft4, "draft-06": schema.Draft6, "2019-09": schema.Draft2019, "2020-12": schema.Draft2020} {
		if strings.Contains(d.Root.Get("$schema").Str(), word) {
			version = dialect
		}
	}
	w.format = "application/schema+json;version=" + string(version)
	return w
}

// isKey is whether a name may stand among components.
func isKey(s string) bool {
	return s != "" && len(s) < 100 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == ""
}

func (w *wrapped) document() *tree.Node {
	if !isKey(w.name) {
		w.name = "Message"
	}
	text := tree.NewString
	of := func(pairs ...any) *tree.Node {
		o := tree.NewObject()
		for i := 0; i+1 < len(pairs); i += 2 {
			o.Set(pairs[i].(string), pairs[i+1].(*tree.Node))
		}
		return o
	}
	w.inner()
	message := of("name", text(w.name), "contentType", text(w.contentType), "payload", of("schemaFormat", text(w.format), "schema", w.schema))
	link := of("$ref", text("#/components/messages/"+w.name))
	channel := of("address", &tree.Node{Kind: tree.Null, Text: "null"}, "messages", of(w.name, link))
	return of("asyncapi", text("3.1.0"), "info", of("title", text(w.name), "version", text("1.0.0")),
		"channels", of(strings.ToLower(w.name[:1])+w.name[1:], channel), "components", of("messages", of(w.name, message)))
}

// inner makes the references of a schema to its own parts lead to where these
// stand now. Within a schema that has a name of its own they are right already.
func (w *wrapped) inner() {
	prefix := "#/components/messages/" + w.name + "/payload/schema"
	var visit func(n *tree.Node)
	visit = func(n *tree.Node) {
		if id := n.Get("$id"); n == nil || n.Alias != nil || id.Is(tree.String) && !strings.HasPrefix(id.Text, "#") {
			return
		}
		if value := ref.Of(n); value.Is(tree.String) && (value.Text == "#" || strings.HasPrefix(value.Text, "#/")) {
			value.Text = prefix + strings.TrimPrefix(value.Text, "#")
		}
		for _, m := range n.Members {
			visit(m.Value)
		}
		for _, item := range n.Items {
			visit(item)
		}
	}
	visit(w.schema)
}
