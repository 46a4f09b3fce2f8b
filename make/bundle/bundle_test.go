package bundle_test

import (
	"context"
	"testing"

	"github.com/weft-dev/weft/make/bundle"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// files are texts by name; the first argument of bundled names those that are
// bundled.
type files map[string]string

func (f files) bundle(t testing.TB, opt bundle.Options, names ...string) *bundle.Result {
	t.Helper()
	memory := source.Memory{}
	for name, text := range f {
		memory["memory:///"+name] = text
	}
	ws := ref.New(memory, ref.Options{})
	var documents []*ref.Document
	for _, name := range names {
		documents = append(documents, ws.Load(source.NewFile("memory:///"+name, name, []byte(f[name]))))
	}
	return bundle.Bundle(context.Background(), ws, documents, opt)
}

// text is a bundle without errors, as YAML.
func text(t testing.TB, r *bundle.Result) string {
	t.Helper()
	for _, d := range r.Findings {
		if d.Severity >= diag.Error {
			t.Fatalf("%s: %s (%s)", d.Code, d.Message, d.Help)
		}
	}
	data, err := tree.Print(r.Root, tree.YAML)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestTry(t *testing.T) {
	f := files{
		"a.yaml": `asyncapi: 3.0.0
info: {title: A, version: 1.0.0}
# the channels
channels:
  orders: # of orders
    address: orders
    messages:
      created:
        $ref: messages.yaml#/messages/Created # a comment
      other: {payload: {$ref: ./schemas/tree.json}}
  ext: {$ref: 'channels.yaml#/ext'}
operations:
  send:
    action: send
    channel: {$ref: '#/channels/orders'}
    messages: [{$ref: 'messages.yaml#/messages/Created'}]
  recv:
    action: receive
    channel: {$ref: 'channels.yaml#/ext'}
    messages: [{$ref: 'channels.yaml#/ext/messages/m'}]
  third:
    action: receive
    channel: {$ref: 'channels.yaml#/third'}
    messages: [{$ref: 'channels.yaml#/third/messages/m'}]
`,
		"channels.yaml": `ext:
  address: ext
  messages:
    m: {$ref: 'messages.yaml#/messages/Created'}
third:
  address: third
  messages:
    m: {payload: {$ref: schemas/schema.json}}
`,
		"messages.yaml": `messages:
  # what happened
  Created:
    payload: {$ref: 'schemas/order.yaml'}
`,
		"schemas/order.yaml": `title: Order
type: object
properties: {id: {type: string}, tree: {$ref: tree.json}, address: {$ref: '#/definitions/Address'}}
definitions: {Address: {type: object, properties: {next: {$ref: '#/definitions/Address'}}}}
`,
		"schemas/tree.json":   `{"type":"object","properties":{"children":{"type":"array","items":{"$ref":"#"}}}}`,
		"schemas/schema.json": `{"type":"string"}`,
	}
	for _, mode := range []bundle.Mode{bundle.Refs, bundle.Inline} {
		r := f.bundle(t, bundle.Options{Mode: mode}, "a.yaml")
		t.Log(text(t, r))
		for _, d := range r.Findings {
			t.Log(d.Code, d.Message)
		}
	}
}
