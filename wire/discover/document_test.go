package discover

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/internal/golden"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
	"github.com/weft-dev/weft/wire/driver"
)

// written is the document of what was found, as YAML.
func written(t *testing.T, url string, finds ...*Find) string {
	t.Helper()
	root, err := Document(t.Context(), []Place{{URL: url, Finds: finds}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := tree.Print(root, tree.YAML)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// sampled is an address with messages.
func sampled(address string, messages ...*driver.Message) *Find {
	f := &Find{Holding: driver.Holding{Address: address}}
	f.describe(messages)
	return f
}

func typed(name, header, value, body string) *driver.Message {
	return &driver.Message{Key: []byte(name), Body: []byte(body), Headers: []driver.Header{
		{Name: header, Value: []byte(value)}, {Name: "X-Request", Value: []byte("4711 of Ada")}, {Name: "content-type", Value: []byte("application/json; charset=utf-8")},
	}}
}

func TestADocumentClaimsAllThatWasFound(t *testing.T) {
	t.Parallel()
	queue := driver.Holding{Address: "billing", Messages: 3, Params: map[string]string{"durable": "true", "auto-delete": "false"}, Feeds: []string{"exchange orders by order.*"}}
	exchange := func(name, kind string, keys ...string) *Find {
		return &Find{Holding: driver.Holding{
			Address: name, Messages: -1, Keys: keys, Groups: []driver.Readership{{Group: "billing"}},
			Params: map[string]string{"exchange": name, "exchange.type": kind, "exchange.durable": "true"},
		}}
	}
	for name, c := range map[string]struct {
		url   string
		finds []*Find
	}{
		"rabbitmq": {"amqp://localhost:5672/shop", []*Find{
			{Holding: queue}, exchange("orders", "topic", "#", "order.*"), exchange("paid", "direct", "order.paid"), exchange("billing", "fanout", ""), exchange("nobody", "topic"),
		}},
		"types": {"kafka://localhost:9092", []*Find{
			sampled("orders",
				typed("a", "ce_type", "com.example.order.paid.v1", `{"amount":12.5,"paidBy":"Ada Lovelace"}`),
				typed("b", "ce_type", "com.example.order.paid.v1", `{"amount":3,"paidBy":"Grace Hopper","note":null}`),
				typed("a", "ce_type", "com.example.order.sent", `{"to":"Turin"}`), typed("b", "ce_type", "com.example.order.sent", `{"to":"Bonn"}`)),
			sampled("of.weft", typed("a", "weft-message", "Order-1", `{}`)),
			sampled("mixed", &driver.Message{Body: []byte("plain")}, &driver.Message{Body: []byte(`{"n":1}`)}, &driver.Message{Body: []byte("\x00\x00\x00\x00\x07x")}, &driver.Message{Body: []byte("\xff")}),
			sampled("plain.png", &driver.Message{Body: []byte("\xff"), Headers: []driver.Header{{Name: "Content-Type", Value: []byte("image/png")}}}),
			sampled("weird", &driver.Message{Body: []byte(`{"n":1}`), Headers: []driver.Header{{Name: "content-type", Value: []byte("text/plain")}}}),
			sampled("empty"), sampled("{user}:orders"),
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := written(t, c.url, c.finds...)
			golden.Assert(t, []byte(text), "testdata/"+name+".yaml")
			ws := ref.New(nil, ref.Options{})
			model, findings := asyncapi.Load(t.Context(), ws, ws.Load(source.NewFile("memory:///found.yaml", "found.yaml", []byte(text))))
			if model == nil || diag.Worst(findings) == diag.Error {
				t.Fatalf("it is no document: %v", findings)
			}
			compared := Compare(c.finds, Claims("found", model, protocolOf(c.url)))
			for _, f := range compared.Undocumented {
				if strings.Contains(f.Address, "{") {
					continue // it cannot be written
				}
				t.Errorf("%s is not in it", f.Address)
			}
			for _, claim := range compared.Absent {
				t.Errorf("%s is in it, and was not found", claim.Channel)
			}
		})
	}
}

func TestSchemasThatReferToOthersStandAlone(t *testing.T) {
	t.Parallel()
	value := func(text string) any {
		v, err := schema.DecodeJSON([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	e := &embedder{done: map[string]bool{}, found: map[string]any{
		"shop.Money": value(`{"type":"record","name":"Money","namespace":"shop","fields":[{"name":"by","type":["null","Bare"]}]}`),
		"Bare":       value(`{"type":"enum","name":"Bare","symbols":["shop.Money"]}`),
		"money.json": value(`{"$ref":"#/definitions/amount","definitions":{"amount":{"type":"number"}}}`),
	}}
	got := e.avro(value(`{"type":"record","name":"Order","namespace":"shop","fields":[{"name":"a","type":"Money"},{"name":"b","type":{"type":"array","items":"shop.Money"}},{"name":"c","type":"string","default":"Money"}]}`), "")
	want := value(`{"type":"record","name":"Order","namespace":"shop","fields":[
		{"name":"a","type":{"type":"record","name":"Money","namespace":"shop","fields":[{"name":"by","type":["null",{"type":"enum","name":"Bare","namespace":"","symbols":["shop.Money"]}]}]}},
		{"name":"b","type":{"type":"array","items":"shop.Money"}},{"name":"c","type":"string","default":"Money"}]}`)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	got = e.json(value(`{"properties":{"a":{"$ref":"money.json"},"b":{"$ref":"money.json#/definitions/amount"},"c":{"$ref":"#/definitions/own"}}}`), "")
	want = value(`{"properties":{"a":{"$ref":"#/definitions/money.json"},"b":{"$ref":"#/definitions/money.json/definitions/amount"},"c":{"$ref":"#/definitions/own"}}}`)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	got = e.json(e.found["money.json"], "#/definitions/money.json")
	if ref := got.(map[string]any)["$ref"]; ref != "#/definitions/money.json/definitions/amount" {
		t.Errorf("within, it leads to %v", ref)
	}
}

func protocolOf(url string) string {
	scheme, _, _ := strings.Cut(url, "://")
	return scheme
}
