package endpoint_test

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/internal/corpus"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/schema/languages"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/wire/endpoint"
	"github.com/weft-dev/weft/wire/registry"
)

// TestEveryMessageOfTheCorpusCrossesTheWire samples each message of each
// operation of the official examples, encodes it and decodes it again. What
// cannot be must say that it is not supported yet.
func TestEveryMessageOfTheCorpusCrossesTheWire(t *testing.T) {
	t.Parallel()
	crossed := 0
	err := filepath.WalkDir(filepath.Join(corpus.Dir(t), "asyncapi"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".yml" {
			return err
		}
		file, err := source.ReadFile(path)
		if err != nil {
			return err
		}
		dir, err := source.Local(filepath.Dir(path))
		if err != nil {
			return err
		}
		ws := ref.New(dir, ref.Options{})
		doc, _ := asyncapi.Load(t.Context(), ws, ws.Load(file))
		if doc == nil {
			return nil
		}
		s := endpoint.NewSource(filepath.Base(path), doc, languages.In(ws))
		for _, op := range doc.Operations {
			crossed += cross(t, s, endpoint.RequestOf(op, endpoint.Send))
			if reply, err := endpoint.ReplyOf(op, endpoint.Send); err == nil {
				crossed += cross(t, s, reply)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if crossed < 100 {
		t.Errorf("only %d messages crossed", crossed)
	}
	t.Logf("%d messages", crossed)
}

func cross(t *testing.T, s *endpoint.Source, target *endpoint.Target) int {
	t.Helper()
	c, err := s.Codec(target)
	if err != nil {
		if !strings.Contains(err.Error(), "not supported yet") {
			t.Error(err)
		}
		return 0
	}
	for _, m := range target.Messages {
		out, err := c.Sample(m.Key, "", 1)
		if err != nil {
			t.Errorf("%s: %v", s.Name, err)
			continue
		}
		raw, sent, err := c.Encode(out)
		if err != nil {
			t.Errorf("%s: %v", s.Name, err)
			continue
		}
		got, no := c.Decode(raw)
		if no != nil {
			t.Errorf("%s: %s, message %s: %v\n%s", s.Name, target.Name(), m.Key, no, raw.Body)
			continue
		}
		if got.Name != sent.Name {
			t.Errorf("%s: %s: message %s came back as %s", s.Name, target.Name(), sent.Name, got.Name)
		}
	}
	return len(target.Messages)
}

// A message as the producers of the seeds write it, with the id of its schema.
func TestAMessageOfTheSeedsIsReadBehindItsFrame(t *testing.T) {
	dir, err := source.Local(filepath.Join(corpus.Seeds(t), "order-demo"))
	if err != nil {
		t.Fatal(err)
	}
	file, err := source.ReadFile(filepath.Join(corpus.Seeds(t), "order-demo", "order_created.avsc"))
	if err != nil {
		t.Fatal(err)
	}
	text := `asyncapi: 3.0.0
info: {title: Demo, version: 1.0.0}
servers: {local: {host: 'localhost:9092', protocol: kafka, bindings: {kafka: {schemaRegistryUrl: 'http://localhost:8081'}}}}
channels:
  created:
    address: orders.created
    messages:
      OrderCreated:
        contentType: application/vnd.apache.avro
        bindings: {kafka: {schemaIdLocation: payload, schemaIdPayloadEncoding: confluent, schemaLookupStrategy: TopicIdStrategy}}
        payload: {schemaFormat: application/vnd.apache.avro;version=1.9.0, schema: {$ref: ./order_created.avsc}}
operations: {created: {action: receive, channel: {$ref: '#/channels/created'}}}
`
	ws := ref.New(dir, ref.Options{})
	doc, findings := asyncapi.Load(t.Context(), ws, ws.Load(source.NewFile(strings.Replace(file.URI(), "order_created.avsc", "demo.yaml", 1), "demo.yaml", []byte(text))))
	if doc == nil || len(findings) > 0 {
		t.Fatal(findings)
	}
	p := play(t, true)
	p.source = endpoint.NewSource("Orders", doc, languages.In(ws))
	id, err := p.registry.Register(t.Context(), "orders.created-value", registry.Schema{Text: string(file.Data())}, false)
	if err != nil {
		t.Fatal(err)
	}
	r := p.receiver(t, "created", func(no *endpoint.Rejected) { t.Errorf("rejected: %s", no.Explanation) })
	body := []byte{0, 0, 0, 0, byte(id)}
	for _, text := range []string{"o-1", "c-1", "a@b.c"} {
		body = append(append(body, byte(2*len(text))), text...)
	}
	body = append(body, 2, 4, 'p', '1', 6, 'P', 'e', 'n', 4, 4, 0x04, 0xe2, 0) // one item, two of them, 12.50 each
	body = append(body, 4, 0x09, 0xc4)                                         // 25.00
	for _, text := range []string{"1 Main St", "Springfield", "IL", "62701", "USA"} {
		body = append(append(body, byte(2*len(text))), text...)
	}
	body = append(body, 0x80, 0xa0, 0xab, 0xfe, 0xf9, 0x62) // 1700000000000 in zigzag
	body = append(body, 0)
	p.raw(t, "orders.created")(body)
	want := map[string]any{
		"order_id": "o-1", "customer_id": "c-1", "customer_email": "a@b.c",
		"items":        []any{map[string]any{"product_id": "p1", "product_name": "Pen", "quantity": num("2"), "unit_price": num("12.50")}},
		"total_amount": num("25.00"), "created_at": num("1700000000000"), "metadata": map[string]any{},
		"shipping_address": map[string]any{"street": "1 Main St", "city": "Springfield", "state": "IL", "zip_code": "62701", "country": "USA"},
	}
	if diff := cmp.Diff(any(want), receiveOne(t, r).Payload); diff != "" {
		t.Errorf("what arrives differs (-want +got):\n%s", diff)
	}
}
