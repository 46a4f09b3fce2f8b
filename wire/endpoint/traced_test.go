package endpoint_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/embedded"
	"github.com/weft-dev/weft/wire/endpoint"
	"github.com/weft-dev/weft/wire/trace"
)

const (
	someTrace  = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	otherTrace = "00-11111111111111111111111111111111-2222222222222222-00"
)

// hops is a document with two channels: what comes from one makes somebody send
// to the other.
const hops = `asyncapi: 3.0.0
info: {title: Hops, version: 1.0.0}
channels:
  first: {address: FIRST, messages: {a: &message {payload: {type: object}}}}
  second: {address: SECOND, messages: {a: *message}}
operations:
  first: {action: receive, channel: {$ref: '#/channels/first'}}
  second: {action: receive, channel: {$ref: '#/channels/second'}}
`

// TestATraceGoesOnOverEveryHop publishes, consumes, publishes and consumes on
// each protocol that has an embedded server.
func TestATraceGoesOnOverEveryHop(t *testing.T) {
	t.Parallel()
	for _, protocol := range embedded.Protocols() {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			h := hopping(t, protocol)
			first, second := h.pair(t, "first"), h.pair(t, "second")
			sent := first.send(t, endpoint.Outgoing{TraceParent: someTrace, TraceState: "shop=1"})
			if !sameTrace(sent.TraceParent, someTrace) {
				t.Errorf("what was sent is at %q", sent.TraceParent)
			}
			got := first.receive(t)
			next := second.send(t, endpoint.Outgoing{TraceParent: got.TraceParent, TraceState: got.TraceState, IdempotencyID: "2"})
			last := second.receive(t)
			if !first.receiver.Capabilities().Headers {
				if got.TraceParent != "" || last.TraceParent != "" {
					t.Errorf("a protocol without headers carries %q and %q", got.TraceParent, last.TraceParent)
				}
				return
			}
			if got.Trace() != sent.Trace() || last.Trace() != next.Trace() {
				t.Errorf("%v and %v were sent, %v and %v arrived", sent.Trace(), next.Trace(), got.Trace(), last.Trace())
			}
			if !sameTrace(last.TraceParent, someTrace) || last.TraceState != "shop=1" {
				t.Errorf("the second hop is at %v, the first at %v", last.Trace(), got.Trace())
			}
		})
	}
}

// sameTrace reports whether two contexts are of one trace, and not the same.
func sameTrace(a, b string) bool { return len(a) == len(b) && a[:35] == b[:35] && a != b }

type hop struct {
	hub    *endpoint.Hub
	source *endpoint.Source
}

func hopping(t *testing.T, protocol string) *hop {
	t.Helper()
	server, err := embedded.Start(t.Context(), protocol, embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	first, second := "first", "second"
	if slices.Contains([]string{"http", "ws"}, protocol) {
		first, second = "/first", "/second"
	}
	text := strings.NewReplacer("FIRST", first, "SECOND", second).Replace(hops)
	hub := endpoint.NewHub(endpoint.HubOptions{
		Choices: map[string]endpoint.Choice{"Orders": {URL: server.URL, Embedded: true, Create: true}},
		Broker:  broker.Config{Attempts: 2},
	})
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := errors.Join(hub.Close(ctx), server.Close()); err != nil {
			t.Error(err)
		}
	})
	return &hop{hub, loadText(t, "hops.yaml", text)}
}

type pair struct {
	sender   *endpoint.Sender
	receiver *endpoint.Receiver
}

func (h *hop) pair(t *testing.T, operation string) pair {
	t.Helper()
	receiver, err := h.hub.Receiver(t.Context(), h.source, target(t, h.source, operation, endpoint.Receive), endpoint.ReceiverOptions{
		OnRejected: func(no *endpoint.Rejected) { t.Errorf("rejected: %s", no.Explanation) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = receiver.Close() })
	sender, err := h.hub.Sender(t.Context(), h.source, target(t, h.source, operation, endpoint.Send), endpoint.SenderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return pair{sender, receiver}
}

func (p pair) send(t *testing.T, out endpoint.Outgoing) *endpoint.Message {
	t.Helper()
	out.Payload = map[string]any{}
	if out.IdempotencyID == "" {
		out.IdempotencyID = "1"
	}
	sent, err := p.sender.Send(t.Context(), out)
	if err != nil {
		t.Fatal(err)
	}
	return sent
}

func (p pair) receive(t *testing.T) *endpoint.Message {
	t.Helper()
	return receiveOne(t, p.receiver)
}

func TestWhoseTraceAMessageBelongsTo(t *testing.T) {
	t.Parallel()
	const text = `asyncapi: 3.0.0
info: {title: Traced, version: 1.0.0}
channels: {c: {address: c, messages: {m: {headers: {type: object, required: [Traceparent], properties: {Traceparent: {type: string}, tracestate: {type: string}}}}}}}
operations: {o: {action: receive, channel: {$ref: '#/channels/c'}}}
`
	s := loadText(t, "traced.yaml", text)
	codec, err := s.Codec(target(t, s, "o", endpoint.Send))
	if err != nil {
		t.Fatal(err)
	}
	header := func(parent, state string) map[string]any {
		return map[string]any{"Traceparent": parent, "tracestate": state}
	}
	begun := trace.Context{}.Next("id")
	next := trace.Read(someTrace, "a=1").Next("id")
	for _, c := range []struct {
		name string
		out  endpoint.Outgoing
		want trace.Context
	}{
		{"of none, one begins", endpoint.Outgoing{}, begun},
		{"of its cause", endpoint.Outgoing{TraceParent: someTrace, TraceState: "a=1"}, next},
		{"of a cause that is not well-formed, one begins", endpoint.Outgoing{TraceParent: "00-a-b-01", TraceState: "a=1"}, begun},
		{"what the author wrote", endpoint.Outgoing{TraceParent: someTrace, Headers: header(otherTrace, "b=2")}, trace.Context{Parent: otherTrace, State: "b=2"}},
		{"what the author wrote wrongly", endpoint.Outgoing{TraceParent: someTrace, TraceState: "a=1", Headers: header("00-mine", "b=2")}, next},
		{"what an example says", endpoint.Outgoing{TraceParent: someTrace, TraceState: "a=1", Headers: header(otherTrace, "b=2"), Overwrite: true}, next},
	} {
		c.out.Payload, c.out.IdempotencyID = map[string]any{}, "id"
		raw, sent, err := codec.Encode(c.out)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		got, no := codec.Decode(raw)
		if no != nil {
			t.Errorf("%s: %s", c.name, no.Explanation)
			continue
		}
		if sent.Trace() != c.want || got.Trace() != c.want {
			t.Errorf("%s: sent %v, arrived %v, want %v", c.name, sent.Trace(), got.Trace(), c.want)
		}
	}
	raw := &driver.Message{Body: []byte("{}"), Headers: []driver.Header{
		{Name: "Traceparent", Value: []byte(someTrace)}, {Name: "tracestate", Value: []byte("a=1")}, {Name: "TraceState", Value: []byte("b=2")},
	}}
	if got, no := codec.Decode(raw); no != nil || got.TraceState != "a=1,b=2" {
		t.Errorf("a tracestate in two headers arrives as %+v, %v", got, no)
	}
}
