package endpoint_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/endpoint"
)

// recorder is a driver that notes what it is asked for and delivers nothing.
type recorder struct {
	mu        sync.Mutex
	connects  []driver.Server
	senders   []driver.SenderOptions
	receivers []driver.ReceiverOptions
	sent      []*driver.Message
	fail      error
	bare      bool   // the protocol has no headers
	sizes     []int  // of each Send
	broken    string // an address that nothing can be sent to
}

func (r *recorder) Protocols() []string { return []string{"kafka", "other"} }
func (r *recorder) Capabilities() driver.Capabilities {
	return driver.Capabilities{Headers: !r.bare, Keys: true, Groups: true, Pipelined: true, Create: true, FanOut: true}
}

func (r *recorder) Connect(_ context.Context, s driver.Server) (driver.Conn, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.connects = append(r.connects, s)
	return conn{r}, r.fail
}

type conn struct{ *recorder }

func (c conn) OpenSender(_ context.Context, opts driver.SenderOptions) (driver.Sender, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.senders = append(c.senders, opts)
	return sender{c.recorder, opts.Address}, nil
}

func (c conn) OpenReceiver(_ context.Context, opts driver.ReceiverOptions) (driver.Receiver, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.receivers = append(c.receivers, opts)
	return receiver{}, nil
}
func (c conn) Ping(context.Context) error { return nil }
func (c conn) Close() error               { return nil }

type sender struct {
	*recorder
	address string
}

func (s sender) Send(_ context.Context, list []*driver.Message) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.address == s.broken {
		return &driver.Error{Kind: driver.ErrServer, Op: "send to", Address: s.address}
	}
	s.sizes = append(s.sizes, len(list))
	for _, m := range list {
		m.Address = s.address
		s.sent = append(s.sent, m)
	}
	return nil
}
func (s sender) Close() error { return nil }

type receiver struct{}

func (receiver) Receive(ctx context.Context, _ int) ([]*driver.Message, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}
func (receiver) Settle(context.Context, []driver.Settlement) error { return nil }
func (receiver) Close() error                                      { return nil }

func newHub(t testing.TB, choice endpoint.Choice) (*endpoint.Hub, *recorder) {
	t.Helper()
	r := &recorder{}
	mux := &broker.Mux{}
	mux.Register(r)
	hub := endpoint.NewHub(endpoint.HubOptions{Mux: mux, Choices: map[string]endpoint.Choice{"Orders": choice}, Broker: broker.Config{Attempts: 1}})
	t.Cleanup(func() {
		if err := hub.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return hub, r
}

func TestTheServerIsTheOneThatWasChosen(t *testing.T) {
	t.Parallel()
	one := load(t, "testdata/order.yaml")
	several := loadText(t, "several.yaml", `
asyncapi: 3.0.0
info: {title: t, version: '1'}
servers:
  live: {host: live:9092, protocol: kafka}
  test: {host: test:9092, pathname: /p, protocol: kafka}
  rest: {host: rest, protocol: http}
channels:
  on: {address: a, servers: [{$ref: '#/servers/live'}]}
  any: {address: b}
operations:
  on: {action: receive, channel: {$ref: '#/channels/on'}}
  any: {action: receive, channel: {$ref: '#/channels/any'}}
`)
	none := loadText(t, "none.yaml", "asyncapi: 3.0.0\ninfo: {title: t, version: '1'}\nchannels: {c: {address: a}}\noperations: {any: {action: receive, channel: {$ref: '#/channels/c'}}}\n")
	for _, c := range []struct {
		source *endpoint.Source
		op     string
		choice endpoint.Choice
		want   string
	}{
		{one, "placeOrder", endpoint.Choice{}, "kafka://localhost:9092"},
		{one, "placeOrder", endpoint.Choice{Variables: map[string]string{"host": "broker.example.com"}}, "kafka://broker.example.com:9092"},
		{one, "placeOrder", endpoint.Choice{Variables: map[string]string{"host": "evil"}}, `error: variable host must be one of localhost, broker.example.com, is "evil"`},
		{one, "placeOrder", endpoint.Choice{Variables: map[string]string{"hots": "x"}}, `error: there is no variable "hots"; did you mean "host"?`},
		{one, "placeOrder", endpoint.Choice{URL: "kafka://127.0.0.1:1"}, "kafka://127.0.0.1:1"},
		{one, "placeOrder", endpoint.Choice{URL: "kafka://127.0.0.1:1", Variables: map[string]string{"host": "localhost"}}, "error: have no effect beside a URL"},
		{one, "placeOrder", endpoint.Choice{Name: "brokr"}, `error: has no server "brokr"; did you mean "broker"?`},
		{several, "on", endpoint.Choice{}, "kafka://live:9092"},
		{several, "on", endpoint.Choice{Name: "test"}, "error: channel on is not on server test, but on live"},
		{several, "any", endpoint.Choice{}, "error: has several servers (live, test, rest): choose one with --server Orders=NAME"},
		{several, "any", endpoint.Choice{Name: "test"}, "kafka://test:9092/p"},
		{none, "any", endpoint.Choice{}, "error: names no server: choose one with --server Orders=URL"},
	} {
		hub, _ := newHub(t, c.choice)
		got, err := hub.ServerOf(c.source, target(t, c.source, c.op, endpoint.Send))
		if want, isError := strings.CutPrefix(c.want, "error: "); isError {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%+v: got %v, want %q", c.choice, err, want)
			}
			continue
		}
		if err != nil || got != c.want {
			t.Errorf("%+v: got %q, %v, want %q", c.choice, got, err, c.want)
		}
	}
}

func TestAProtocolWithoutHeadersHasOnlyTheContractsOwn(t *testing.T) {
	t.Parallel()
	hub, r := newHub(t, endpoint.Choice{})
	r.bare = true
	source := load(t, "testdata/order.yaml")
	send := func(op string, out endpoint.Outgoing) error {
		s, err := hub.Sender(t.Context(), source, target(t, source, op, endpoint.Send), endpoint.SenderOptions{})
		if err != nil {
			return err
		}
		_, err = s.Send(t.Context(), out)
		return err
	}
	if err := send("anything", endpoint.Outgoing{Payload: true, IdempotencyID: "x"}); err != nil || len(r.sent[0].Headers) > 0 {
		t.Errorf("got %v", err)
	}
	if err := send("placeOrder", endpoint.Outgoing{Payload: order(), GeneratedID: "g"}); !errors.Is(err, driver.ErrUnsupported) {
		t.Errorf("a header that the contract requires was left out: %v", err)
	}
}

func TestParseChoice(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]endpoint.Choice{"Api": {}, "Api=live": {Name: "live"}, "Api=kafka://h:1?x=y": {URL: "kafka://h:1?x=y"}} {
		source, got, err := endpoint.ParseChoice(text)
		if err != nil || source != "Api" || !cmp.Equal(got, want) {
			t.Errorf("%s: got %s %+v, %v", text, source, got, err)
		}
	}
	for _, text := range []string{"", "=x", "Api=", "kafka://h:1"} {
		if _, _, err := endpoint.ParseChoice(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

func TestEachServerIsOpenedOnce(t *testing.T) {
	t.Parallel()
	hub, r := newHub(t, endpoint.Choice{})
	source := load(t, "testdata/order.yaml")
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			if _, err := hub.Sender(t.Context(), source, target(t, source, "placeOrder", endpoint.Send), endpoint.SenderOptions{}); err != nil {
				t.Error(err)
			}
			if _, err := hub.Receiver(t.Context(), source, target(t, source, "placeOrder", endpoint.Receive), endpoint.ReceiverOptions{}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if len(r.connects) != 1 {
		t.Errorf("connected %d times", len(r.connects))
	}
}

func TestAFailedConnectionIsTriedAgain(t *testing.T) {
	t.Parallel()
	hub, r := newHub(t, endpoint.Choice{})
	source := load(t, "testdata/order.yaml")
	r.fail = &driver.Error{Kind: driver.ErrAuth, Op: "connect"}
	if _, err := hub.Sender(t.Context(), source, target(t, source, "placeOrder", endpoint.Send), endpoint.SenderOptions{}); !errors.Is(err, driver.ErrAuth) || !strings.Contains(err.Error(), "Orders: server broker") {
		t.Fatalf("got %v", err)
	}
	r.fail = nil
	if _, err := hub.Sender(t.Context(), source, target(t, source, "placeOrder", endpoint.Send), endpoint.SenderOptions{}); err != nil {
		t.Fatal(err)
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	source := load(t, "testdata/order.yaml")
	for _, c := range []struct {
		op      string
		opt     endpoint.SenderOptions
		payload any
		url     string
		want    string
	}{
		{"placeOrder", endpoint.SenderOptions{}, nil, "", "orders.eu.place"},
		{"placeOrder", endpoint.SenderOptions{Parameters: map[string]string{"region": "us"}}, nil, "", "orders.us.place"},
		{"placeOrder", endpoint.SenderOptions{Parameters: map[string]string{"region": "mars"}}, nil, "", "error: parameter region must be one of eu, us, is \"mars\""},
		{"placeOrder", endpoint.SenderOptions{Parameters: map[string]string{"regoin": "us"}}, nil, "", `error: there is no parameter "regoin"; did you mean "region"?`},
		{"placeOrder", endpoint.SenderOptions{Address: "elsewhere"}, nil, "", "elsewhere"},
		{"locate", endpoint.SenderOptions{}, map[string]any{"customer": map[string]any{"id": num("9")}}, "", "orders.9"},
		{"locate", endpoint.SenderOptions{}, map[string]any{}, "", "error: from $message.payload#/customer/id, where the message has nothing"},
		{"locate", endpoint.SenderOptions{Parameters: map[string]string{"customer": "8"}}, map[string]any{}, "", "orders.8"},
		{"text", endpoint.SenderOptions{}, "t", "", "the-real-topic"},
		{"text", endpoint.SenderOptions{}, "t", "other://h", "not-this"},
	} {
		hub, r := newHub(t, endpoint.Choice{URL: c.url})
		out := endpoint.Outgoing{Payload: c.payload}
		if c.op == "placeOrder" {
			out = endpoint.Outgoing{Payload: order(), GeneratedID: "g"}
		}
		s, err := hub.Sender(t.Context(), source, target(t, source, c.op, endpoint.Send), c.opt)
		if err == nil {
			_, err = s.Send(t.Context(), out)
		}
		if want, isError := strings.CutPrefix(c.want, "error: "); isError {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s %+v: got %v, want %q", c.op, c.opt, err, want)
			}
			continue
		}
		if err != nil || len(r.sent) != 1 || r.sent[0].Address != c.want {
			t.Errorf("%s %+v: sent %+v, %v, want it at %s", c.op, c.opt, r.sent, err, c.want)
		}
	}
}

func TestKafkaBindingsAreHonoured(t *testing.T) {
	t.Parallel()
	source := load(t, "testdata/order.yaml")
	op, _ := source.Operation("placeOrder")
	request := endpoint.RequestOf(op, endpoint.Receive)
	open := func(choice endpoint.Choice, asApplication bool) driver.ReceiverOptions {
		t.Helper()
		hub, r := newHub(t, choice)
		receiver, err := hub.Receiver(t.Context(), source, request, endpoint.ReceiverOptions{AsApplication: asApplication})
		if err != nil {
			t.Fatal(err)
		}
		if receiver.Address() != "orders.eu.place" {
			t.Errorf("it receives from %s", receiver.Address())
		}
		return r.receivers[0]
	}
	got := open(endpoint.Choice{Create: true}, true)
	if got.Group != "order-service" || got.Params["client.id"] != "order-service-1" {
		t.Errorf("the application has the group %q and the client id %q", got.Group, got.Params["client.id"])
	}
	if diff := cmp.Diff(&driver.AddressSpec{Partitions: 3, Replicas: 3}, got.Create); diff != "" {
		t.Error(diff)
	}
	got = open(endpoint.Choice{URL: "kafka://127.0.0.1:1", Embedded: true}, false)
	if got.Group != "" || len(got.Params) > 0 {
		t.Errorf("the counterpart has the group %q and the settings %v", got.Group, got.Params)
	}
	if diff := cmp.Diff(&driver.AddressSpec{Partitions: 3}, got.Create); diff != "" {
		t.Error(diff)
	}
	if got = open(endpoint.Choice{}, false); got.Create != nil {
		t.Error("a topic may be created that nobody allowed to be")
	}
}

const guarded = `
asyncapi: 3.0.0
info: {title: t, version: '1'}
servers:
  live:
    host: live:9092
    protocol: kafka
    security: [{$ref: '#/components/securitySchemes/TYPE'}]
channels: {c: {address: a}}
operations: {any: {action: receive, channel: {$ref: '#/channels/c'}}}
components:
  securitySchemes:
    plain: {type: plain}
    userPassword: {type: userPassword}
    scramSha256: {type: scramSha256}
    scramSha512: {type: scramSha512}
    X509: {type: X509}
    gssapi: {type: gssapi}
`

func TestSecurityOfServers(t *testing.T) {
	t.Setenv("WEFT_TEST_SECRET", "s3cret")
	login := endpoint.Credentials{User: "u", Password: "env:WEFT_TEST_SECRET"}
	for _, c := range []struct {
		kind   string
		choice endpoint.Choice
		sasl   string
		want   string
	}{
		{"plain", endpoint.Choice{Credentials: login}, "PLAIN", ""},
		{"userPassword", endpoint.Choice{Credentials: login}, "PLAIN", ""},
		{"scramSha256", endpoint.Choice{Credentials: login}, "SCRAM-SHA-256", ""},
		{"scramSha512", endpoint.Choice{Credentials: login}, "SCRAM-SHA-512", ""},
		{"scramSha512", endpoint.Choice{Credentials: login, URL: "kafka://other:1"}, "SCRAM-SHA-512", ""},
		{"scramSha512", endpoint.Choice{URL: "kafka://other:1"}, "", ""},
		{"scramSha512", endpoint.Choice{}, "", "needs a user and a password (security scheme scramSha512)"},
		{"X509", endpoint.Choice{}, "", "needs a client certificate"},
		{"gssapi", endpoint.Choice{Credentials: login}, "", "has the type gssapi, which is not supported yet"},
		{"plain", endpoint.Choice{Credentials: endpoint.Credentials{User: "u", Password: "s3cret"}}, "", "it is not a reference"},
	} {
		source := loadText(t, "guarded.yaml", strings.ReplaceAll(guarded, "TYPE", c.kind))
		hub, r := newHub(t, c.choice)
		_, err := hub.Sender(t.Context(), source, target(t, source, "any", endpoint.Send), endpoint.SenderOptions{})
		if c.want != "" {
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: got %v, want %q", c.kind, err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "s3cret") {
				t.Errorf("%s: the error tells the secret: %v", c.kind, err)
			}
			continue
		}
		if err != nil || r.connects[0].SASL != c.sasl {
			t.Errorf("%s: got %v, %+v", c.kind, err, r.connects)
		}
	}
}

func TestAClosedHubOpensNothing(t *testing.T) {
	t.Parallel()
	hub, r := newHub(t, endpoint.Choice{})
	source := load(t, "testdata/order.yaml")
	if err := hub.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := hub.Sender(t.Context(), source, target(t, source, "placeOrder", endpoint.Send), endpoint.SenderOptions{}); err == nil || len(r.connects) > 0 {
		t.Errorf("got %v after %d connections", err, len(r.connects))
	}
}

// TestManyAreSentAtOnce: in order, each run of an address as one.
func TestManyAreSentAtOnce(t *testing.T) {
	t.Parallel()
	s := load(t, "testdata/order.yaml")
	hub, r := newHub(t, endpoint.Choice{})
	sender, err := hub.Sender(t.Context(), s, target(t, s, "locate", endpoint.Send), endpoint.SenderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var list []*endpoint.Message
	for _, id := range []string{"a", "a", "b", "a"} {
		sent, err := sender.Encode(endpoint.Outgoing{Payload: map[string]any{"customer": map[string]any{"id": id}}})
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, sent)
	}
	if err := sender.SendAll(t.Context(), list); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range r.sent {
		got = append(got, m.Address)
	}
	if want := []string{"orders.a", "orders.a", "orders.b", "orders.a"}; !cmp.Equal(want, got) {
		t.Errorf("sent to %v, want %v", got, want)
	}
	if want := []int{2, 1, 1}; !cmp.Equal(want, r.sizes) {
		t.Errorf("sent %v at once, want %v", r.sizes, want)
	}

	r.broken = "orders.b"
	var partial *driver.BatchError
	if err := sender.SendAll(t.Context(), list); !errors.As(err, &partial) || len(partial.Errors) != 4 || partial.Errors[2] == nil || partial.Errors[3] != nil {
		t.Errorf("got %v, want only the third to fail", err)
	}
	if err := sender.SendAll(t.Context(), list[2:3]); err == nil || !strings.Contains(err.Error(), "Orders: ") {
		t.Errorf("got %v, want where it happened", err)
	}
}
