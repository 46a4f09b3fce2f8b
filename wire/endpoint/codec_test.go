package endpoint_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/internal/cputime"
	"github.com/weft-dev/weft/internal/leaks"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/schema/languages"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/endpoint"
	"github.com/weft-dev/weft/wire/trace"
)

func TestMain(m *testing.M) { os.Exit(leaks.Run(m)) }

type noFiles struct{}

func (noFiles) Open(context.Context, string) (*source.File, error) { return nil, os.ErrNotExist }

func load(t testing.TB, path string) *endpoint.Source {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return loadText(t, filepath.Base(path), string(data))
}

func loadText(t testing.TB, name, text string) *endpoint.Source {
	t.Helper()
	ws := ref.New(noFiles{}, ref.Options{})
	doc, findings := asyncapi.Load(t.Context(), ws, ws.Load(source.NewFile("file:///"+name, name, []byte(text))))
	if doc == nil || len(findings) > 0 {
		t.Fatalf("%s cannot be read: %v", name, findings)
	}
	return endpoint.NewSource("Orders", doc, languages.In(ws))
}

func target(t testing.TB, s *endpoint.Source, id string, intent endpoint.Intent) *endpoint.Target {
	t.Helper()
	op, err := s.Operation(id)
	if err != nil {
		t.Fatal(err)
	}
	out, err := endpoint.Resolve(op, intent)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func codec(t testing.TB, id string, intent endpoint.Intent) *endpoint.Codec {
	t.Helper()
	s := load(t, "testdata/order.yaml")
	c, err := s.Codec(target(t, s, id, intent))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func num(s string) json.Number { return json.Number(s) }

func order() map[string]any { return map[string]any{"productId": num("7"), "quantity": num("2")} }

func headersOf(raw *driver.Message) map[string]string {
	out := map[string]string{}
	for _, h := range raw.Headers {
		out[h.Name] = string(h.Value)
	}
	return out
}

func TestResolve(t *testing.T) {
	t.Parallel()
	s := load(t, "testdata/order.yaml")
	for _, c := range []struct {
		id      string
		intent  endpoint.Intent
		channel string
		reply   bool
		client  bool
	}{
		{"placeOrder", endpoint.Send, "placeOrder", false, false},
		{"placeOrder", endpoint.Receive, "confirmed", true, false},
		{"confirm", endpoint.Receive, "confirmed", false, false},
		{"confirm", endpoint.Send, "confirmed", false, true},
		{"locate", endpoint.Receive, "located", false, true},
	} {
		got := target(t, s, c.id, c.intent)
		if got.Channel.Name != c.channel || got.Reply != c.reply || got.ClientPerspective != c.client {
			t.Errorf("%s %s: got channel %s, reply %v, client %v", c.intent, c.id, got.Channel.Name, got.Reply, got.ClientPerspective)
		}
	}
	if _, err := s.Operation("placeOrdr"); err == nil || !strings.Contains(err.Error(), `did you mean "placeOrder"?`) {
		t.Errorf("got %v", err)
	}
}

func TestEncode(t *testing.T) {
	t.Parallel()
	c := codec(t, "placeOrder", endpoint.Send)
	raw, sent, err := c.Encode(endpoint.Outgoing{
		Payload: order(), Headers: map[string]any{"orderRequestId": "r-1", "attempt": num("2")},
		Key: "k-1", IdempotencyID: "run/step/1", TraceParent: someTrace, GeneratedID: "unused",
	})
	if err != nil {
		t.Fatal(err)
	}
	if string(raw.Body) != `{"productId":7,"quantity":2}` || string(raw.Key) != "k-1" {
		t.Errorf("got body %s, key %s", raw.Body, raw.Key)
	}
	want := map[string]string{
		"orderRequestId": "r-1", "attempt": "2", "content-type": "application/json",
		"weft-id": "run/step/1", "weft-message": "PlaceOrder", "traceparent": trace.Read(someTrace, "").Next("run/step/1").Parent,
	}
	if diff := cmp.Diff(want, headersOf(raw)); diff != "" {
		t.Error(diff)
	}
	if sent.Name != "PlaceOrder" || sent.CorrelationID != "r-1" || sent.Key != "k-1" {
		t.Errorf("got %+v", sent)
	}
}

func TestTheCorrelationIDIsPutWhereTheContractSays(t *testing.T) {
	t.Parallel()
	c := codec(t, "placeOrder", endpoint.Send)
	for name, test := range map[string]struct {
		out  endpoint.Outgoing
		want any
	}{
		"generated":             {endpoint.Outgoing{Payload: order(), GeneratedID: "g"}, "g"},
		"given":                 {endpoint.Outgoing{Payload: order(), CorrelationID: "c", GeneratedID: "g"}, "c"},
		"the author's wins":     {endpoint.Outgoing{Payload: order(), Headers: map[string]any{"orderRequestId": "a"}, CorrelationID: "c"}, "a"},
		"unless overwritten":    {endpoint.Outgoing{Payload: order(), Headers: map[string]any{"orderRequestId": "a"}, CorrelationID: "c", Overwrite: true}, "c"},
		"a number becomes text": {endpoint.Outgoing{Payload: order(), CorrelationID: num("5")}, "5"},
		"in the payload":        {endpoint.Outgoing{Payload: map[string]any{"orderId": num("1")}, GeneratedID: "g"}, "g"},
		"null is not there":     {endpoint.Outgoing{Payload: order(), Headers: map[string]any{"orderRequestId": nil}, GeneratedID: "g"}, "g"},
	} {
		before, _ := json.Marshal(test.out.Payload)
		raw, sent, err := c.Encode(test.out)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if sent.CorrelationID != test.want {
			t.Errorf("%s: got %v, want %v", name, sent.CorrelationID, test.want)
		}
		if got, _ := c.Decode(raw); got == nil || got.CorrelationID != test.want {
			t.Errorf("%s: it does not come back", name)
		}
		if after, _ := json.Marshal(test.out.Payload); string(after) != string(before) {
			t.Errorf("%s: the caller's payload changed to %s", name, after)
		}
	}
}

func TestWhatBreaksTheContractIsNotSent(t *testing.T) {
	t.Parallel()
	c := codec(t, "placeOrder", endpoint.Send)
	id := map[string]any{"orderRequestId": "r"}
	for _, test := range []struct {
		out  endpoint.Outgoing
		part string
		want string
	}{
		{endpoint.Outgoing{Message: "PlaceOrder", Payload: map[string]any{"productId": "x", "quantity": num("1")}, Headers: id}, "payload", "productId: must be an integer, is a string"},
		{endpoint.Outgoing{Message: "orders.place", Payload: order()}, "headers", "orderRequestId: is required"},
		{endpoint.Outgoing{Message: "PlaceOrder", Payload: order(), Headers: map[string]any{"orderRequestId": "r", "colour": "x"}}, "headers", "colour: is not allowed here"},
		{endpoint.Outgoing{Message: "PlaceOrder", Payload: order(), Headers: id, Key: "k"}, "key", "must have at least 2 characters, has 1"},
		{endpoint.Outgoing{Payload: map[string]any{"productId": num("1"), "quantity": num("0")}, Headers: id}, "payload", "quantity: must be 1 or more, is 0"},
	} {
		_, _, err := c.Encode(test.out)
		invalid, ok := errors.AsType[*endpoint.InvalidError](err)
		if !ok {
			t.Errorf("%+v: got %v, want an InvalidError", test.out, err)
			continue
		}
		if invalid.Part != test.part || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got %v, want %s: %s", err, test.part, test.want)
		}
	}
	for _, test := range []struct {
		out  endpoint.Outgoing
		want string
	}{
		{endpoint.Outgoing{Message: "PlaceOrdre", Payload: order()}, `did you mean "PlaceOrder"?`},
		{endpoint.Outgoing{Message: "PlaceOrder", Payload: order(), Headers: id, ContentType: "application/xml"}, "is not the contract's"},
	} {
		if _, _, err := c.Encode(test.out); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got %v, want %q", err, test.want)
		}
	}
}

func TestDecodeChoosesTheMessage(t *testing.T) {
	t.Parallel()
	s := load(t, "testdata/order.yaml")
	op, err := s.Operation("placeOrder")
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.Codec(endpoint.RequestOf(op, endpoint.Receive))
	if err != nil {
		t.Fatal(err)
	}
	header := func(list ...string) []driver.Header {
		out := []driver.Header{}
		for i := 0; i < len(list); i += 2 {
			out = append(out, driver.Header{Name: list[i], Value: []byte(list[i+1])})
		}
		return out
	}
	good := `{"productId":7,"quantity":2}`
	for _, test := range []struct {
		name    string
		raw     driver.Message
		message string
		reason  endpoint.Reason
		words   string
	}{
		{"by schema", driver.Message{Body: []byte(good), Headers: header("orderRequestId", "r")}, "PlaceOrder", "", ""},
		{"by schema, the other", driver.Message{Body: []byte(`{"orderId":1}`)}, "CancelOrder", "", ""},
		{"by name", driver.Message{Body: []byte(good), Headers: header("orderRequestId", "r", "weft-message", "orders.place")}, "PlaceOrder", "", ""},
		{"of another name", driver.Message{Body: []byte(good), Headers: header("weft-message", "Other")}, "", endpoint.OtherMessage, `it is "Other"`},
		{"of another content type", driver.Message{Body: []byte(good), Headers: header("content-type", "application/avro")}, "", endpoint.WrongType, "application/avro"},
		{"with a charset", driver.Message{Body: []byte(`{"orderId":1}`), Headers: header("Content-Type", "application/json; charset=utf-8")}, "CancelOrder", "", ""},
		{"not JSON", driver.Message{Body: []byte(`<order/>`)}, "", endpoint.NotDecodable, "is not JSON"},
		{"empty", driver.Message{}, "", endpoint.NotDecodable, "is empty, and not JSON"},
		{"not UTF-8", driver.Message{Body: []byte("\"\xff\"")}, "", endpoint.NotDecodable, "is not UTF-8"},
		{"two values", driver.Message{Body: []byte(`{} {}`)}, "", endpoint.NotDecodable, "more after its end"},
		{"too large", driver.Message{Body: make([]byte, endpoint.MaxBody+1)}, "", endpoint.TooLarge, "at most"},
		{"invalid", driver.Message{Body: []byte(`{"productId":7,"quantity":0}`), Headers: header("orderRequestId", "r")}, "", endpoint.Invalid, "quantity: must be 1 or more, is 0"},
		{"invalid headers", driver.Message{Body: []byte(good), Headers: header("orderRequestId", "r", "attempt", "many")}, "", endpoint.Invalid, "attempt: must be an integer, is a string"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			message, no := c.Decode(&test.raw)
			if (message == nil) == (no == nil) {
				t.Fatalf("got %v and %v, want exactly one", message, no)
			}
			if message != nil {
				if message.Name != test.message {
					t.Errorf("got %s, want %s", message.Name, test.message)
				}
				return
			}
			if test.message != "" || no.Reason != test.reason || !strings.Contains(no.Explanation, test.words) {
				t.Errorf("got %s: %s; want %s%s: %s", no.Reason, no.Explanation, test.message, test.reason, test.words)
			}
			if len(no.Body) > endpoint.MaxRejectedBody || no.Size != len(test.raw.Body) {
				t.Errorf("got %d bytes of the body and the size %d", len(no.Body), no.Size)
			}
		})
	}
}

func TestAMessageThatFitsSeveralNamesThemAll(t *testing.T) {
	t.Parallel()
	s := loadText(t, "both.yaml", `
asyncapi: 3.0.0
info: {title: t, version: '1'}
channels:
  c:
    address: a
    messages:
      A: {correlationId: {location: $message.payload#/a}, payload: {type: object}}
      B: {correlationId: {location: $message.payload#/b}, payload: {type: object}}
      C: {payload: {type: string}}
operations: {any: {action: send, channel: {$ref: '#/channels/c'}}}
`)
	c, err := s.Codec(target(t, s, "any", endpoint.Receive))
	if err != nil {
		t.Fatal(err)
	}
	m, no := c.Decode(&driver.Message{Body: []byte(`{"a":"x","b":2}`)})
	if no != nil {
		t.Fatal(no)
	}
	if m.Name != "A" || m.CorrelationID != "x" || !cmp.Equal(m.Also, []endpoint.Reading{{Name: "B", CorrelationID: num("2")}}) {
		t.Errorf("got %+v", m)
	}
}

func TestHeadersAreReadByTheContract(t *testing.T) {
	t.Parallel()
	s := load(t, "testdata/order.yaml")
	op, _ := s.Operation("placeOrder")
	c, err := s.Codec(endpoint.RequestOf(op, endpoint.Receive))
	if err != nil {
		t.Fatal(err)
	}
	message, no := c.Decode(&driver.Message{
		Body: []byte(`{"productId":7,"quantity":2}`),
		Headers: []driver.Header{
			{Name: "orderRequestId", Value: []byte("123")},
			{Name: "attempt", Value: []byte("4")},
			{Name: "replyTo", Value: []byte("there")},
			{Name: "content-type", Value: []byte("application/json")},
			{Name: "traceparent", Value: []byte(someTrace)},
			{Name: "weft-id", Value: []byte("x")},
			{Name: "correlationId", Value: []byte("p")},
		},
	})
	if no != nil {
		t.Fatal(no)
	}
	want := map[string]any{
		"orderRequestId": "123", "attempt": num("4"), "replyTo": "there",
		"content-type": "application/json", "traceparent": someTrace, "weft-id": "x", "correlationId": "p",
	}
	if diff := cmp.Diff(want, message.Headers); diff != "" {
		t.Error(diff)
	}
	if message.ReplyTo != "there" || message.TraceParent != someTrace || message.IdempotencyID != "x" || message.CorrelationID != "123" {
		t.Errorf("got %+v", message)
	}
}

func TestTextMessages(t *testing.T) {
	t.Parallel()
	c := codec(t, "text", endpoint.Send)
	raw, _, err := c.Encode(endpoint.Outgoing{Payload: "hello"})
	if err != nil || string(raw.Body) != "hello" || headersOf(raw)["content-type"] != "text/plain" {
		t.Errorf("got %s, %v, %v", raw.Body, headersOf(raw), err)
	}
	if m, no := c.Decode(raw); no != nil || m.Payload != "hello" {
		t.Errorf("got %+v, %v", m, no)
	}
	if _, _, err := c.Encode(endpoint.Outgoing{Payload: "hello world"}); err == nil {
		t.Error("a text that is too long was taken")
	}
	if _, _, err := c.Encode(endpoint.Outgoing{Payload: num("3")}); err == nil {
		t.Error("a number was taken as text")
	}
}

func TestAChannelThatSaysNothingTakesAnyJSON(t *testing.T) {
	t.Parallel()
	c := codec(t, "anything", endpoint.Send)
	raw, sent, err := c.Encode(endpoint.Outgoing{Payload: []any{nil}, CorrelationID: num("7")})
	if err != nil || string(raw.Body) != "[null]" || raw.CorrelationID != "7" || sent.Name != "" {
		t.Errorf("got %+v, %v", raw, err)
	}
	if c.Correlates() {
		t.Error("it cannot correlate by the contract")
	}
	if m, no := c.Decode(raw); no != nil || !endpoint.Matches(num("7"), m.CorrelationID) {
		t.Errorf("got %+v, %v", m, no)
	}
}

func TestWhatIsNotSupportedIsRefused(t *testing.T) {
	t.Parallel()
	s := load(t, "testdata/order.yaml")
	for id, want := range map[string]string{
		"xml": `content type "application/xml" is not supported yet`,
	} {
		_, err := s.Codec(target(t, s, id, endpoint.Send))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", id, err, want)
		}
	}
	hub := endpoint.NewHub(endpoint.HubOptions{})
	found := hub.Check(s, target(t, s, "encoded", endpoint.Send))
	if len(found) != 1 || found[0].Code != endpoint.CodeBinding || string(found[0].Span.Text()) != "payload" {
		t.Errorf("got %+v", found)
	}
	if _, err := hub.Sender(t.Context(), s, target(t, s, "encoded", endpoint.Send), endpoint.SenderOptions{}); err == nil || !strings.Contains(err.Error(), "names no schema registry") {
		t.Errorf("got %v", err)
	}
}

func TestMatches(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b any
		want bool
	}{
		{"a", "a", true},
		{"a", "A", false},
		{num("1"), num("1.0"), true},
		{num("1e2"), num("100"), true},
		{num("5"), "5", true},
		{"5", num("5"), true},
		{"05", num("5"), false},
		{nil, nil, false},
		{"", nil, false},
		{map[string]any{}, map[string]any{}, false},
		{num("1e999999999"), num("1e999999999"), true},
		{num("1e999999999"), num("1"), false},
		{true, "true", true},
	} {
		if got := endpoint.Matches(c.a, c.b); got != c.want {
			t.Errorf("%v and %v: got %v", c.a, c.b, got)
		}
	}
}

func TestSampleFitsTheContract(t *testing.T) {
	t.Parallel()
	c := codec(t, "placeOrder", endpoint.Send)
	for seed := range uint64(20) {
		for _, name := range []string{"PlaceOrder", "CancelOrder"} {
			out, err := c.Sample(name, "", seed)
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := c.Encode(out); err != nil {
				t.Errorf("seed %d: %v", seed, err)
			}
		}
	}
	out, err := c.Sample("PlaceOrder", "happy", 1)
	if err != nil || !cmp.Equal(out.Payload, any(order())) {
		t.Errorf("got %v, %v, want the example", out.Payload, err)
	}
}

func TestExamplesThatBreakTheContractArePassedOver(t *testing.T) {
	t.Parallel()
	s := loadText(t, "lies.yaml", `
asyncapi: 3.0.0
info: {title: t, version: '1'}
channels:
  c:
    address: a
    messages:
      M:
        payload: {type: integer, minimum: 5}
        examples: [{name: lie, payload: 3}, {name: truth, payload: 6}]
operations: {any: {action: receive, channel: {$ref: '#/channels/c'}}}
`)
	c, err := s.Codec(target(t, s, "any", endpoint.Send))
	if err != nil {
		t.Fatal(err)
	}
	if out, err := c.Sample("", "", 1); err != nil || out.Payload != any(num("6")) {
		t.Errorf("got %v, %v", out.Payload, err)
	}
	if c.HasExample("M", "lie") || !c.HasExample("M", "truth") {
		t.Error("it has the wrong examples")
	}
	if out, err := c.Sample("M", "lie", 1); err != nil || out.Payload == any(num("3")) {
		t.Errorf("got %v, %v", out.Payload, err)
	}
}

// FuzzDecode: whatever arrives, it is a message or a rejection, and what is a
// message can be sent on.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"productId":7,"quantity":2}`), "orderRequestId", []byte("r"))
	f.Add([]byte(`{"orderId":1e400}`), "content-type", []byte("application/json;"))
	s := load(f, "testdata/order.yaml")
	op, _ := s.Operation("placeOrder")
	c, err := s.Codec(endpoint.RequestOf(op, endpoint.Receive))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte, name string, value []byte) {
		message, no := c.Decode(&driver.Message{Body: body, Headers: []driver.Header{{Name: name, Value: value}}})
		if (message == nil) == (no == nil) {
			t.Fatalf("got %v and %v", message, no)
		}
		if message == nil {
			return
		}
		if _, _, err := c.Encode(endpoint.Outgoing{Message: message.Name, Payload: message.Payload, Headers: message.Headers}); err != nil {
			t.Fatalf("%s cannot be sent on: %v", body, err)
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	c := codec(b, "placeOrder", endpoint.Send)
	out := endpoint.Outgoing{Message: "PlaceOrder", Payload: order(), Headers: map[string]any{"orderRequestId": "r-1"}, Key: "k-1", IdempotencyID: "id"}
	cputime.PerOp(b, func() {
		if _, _, err := c.Encode(out); err != nil {
			b.Fatal(err)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	c := codec(b, "placeOrder", endpoint.Send)
	raw, _, err := c.Encode(endpoint.Outgoing{Message: "PlaceOrder", Payload: order(), Headers: map[string]any{"orderRequestId": "r-1"}})
	if err != nil {
		b.Fatal(err)
	}
	cputime.PerOp(b, func() {
		if _, no := c.Decode(raw); no != nil {
			b.Fatal(no)
		}
	})
}
