package endpoint_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/embedded"
	"github.com/weft-dev/weft/wire/endpoint"
)

const natsDocument = `
asyncapi: 3.0.0
info: {title: t, version: '1'}
servers:
  live: {host: localhost:4222, protocol: nats}
channels:
  heard:
    address: heard.{place}
    parameters: {place: {}}
    messages: {m: {payload: {type: object}}}
  stored:
    address: stored.{place}
    parameters: {place: {}}
    x-jetstream: {storage: memory, max_age: 1h, replicas: 3}
    messages: {m: {payload: {type: object}}}
operations:
  hear: {action: receive, channel: {$ref: '#/channels/heard'}, bindings: {nats: {queue: clerks, bindingVersion: 0.1.0}}}
  store: {action: receive, channel: {$ref: '#/channels/stored'}, bindings: {nats: {queue: clerks}}}
`

// natsHub is a hub at an embedded server that serves both protocols.
func natsHub(t *testing.T) *endpoint.Hub {
	t.Helper()
	server, err := embedded.Start(t.Context(), "nats", embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	hub := endpoint.NewHub(endpoint.HubOptions{Choices: map[string]endpoint.Choice{"Orders": {URL: server.URL, Embedded: true}}})
	t.Cleanup(func() {
		if err := hub.Close(context.Background()); err != nil {
			t.Error(err)
		}
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return hub
}

func natsSend(t *testing.T, hub *endpoint.Hub, source *endpoint.Source, op, place string) {
	t.Helper()
	s, err := hub.Sender(t.Context(), source, target(t, source, op, endpoint.Send), endpoint.SenderOptions{Parameters: map[string]string{"place": place}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Send(t.Context(), endpoint.Outgoing{Payload: map[string]any{"at": place}}); err != nil {
		t.Fatal(err)
	}
}

func natsReceive(t *testing.T, r *endpoint.Receiver, n int) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var addresses []string
	for len(addresses) < n {
		messages, err := r.Receive(ctx, n-len(addresses))
		if err != nil {
			t.Fatalf("received from %v, then %v", addresses, err)
		}
		for _, m := range messages {
			addresses = append(addresses, m.Address)
		}
		if err := r.Ack(ctx, messages...); err != nil {
			t.Fatal(err)
		}
	}
	return strings.Join(addresses, " ")
}

// TestNATSBindings is about what a contract says of NATS: the queue group, a
// parameter without a value, and which channels are stored.
func TestNATSBindings(t *testing.T) {
	hub, source := natsHub(t), loadText(t, "nats.yaml", natsDocument)
	for op, url := range map[string]string{"hear": "nats://", "store": "jetstream://"} {
		if got, err := hub.ServerOf(source, target(t, source, op, endpoint.Receive)); err != nil || !strings.HasPrefix(got, url) {
			t.Errorf("%s is at %q, %v, want %s", op, got, err, url)
		}
	}

	heard, err := hub.Receiver(t.Context(), source, target(t, source, "hear", endpoint.Receive), endpoint.ReceiverOptions{AsApplication: true})
	if err != nil {
		t.Fatal(err)
	}
	if heard.Group() != "clerks" || heard.Address() != "heard.*" {
		t.Errorf("received by %q from %q, want clerks from heard.*", heard.Group(), heard.Address())
	}
	natsSend(t, hub, source, "hear", "here")
	natsSend(t, hub, source, "hear", "there")
	if got := natsReceive(t, heard, 2); got != "heard.here heard.there" {
		t.Errorf("received from %s", got)
	}

	natsSend(t, hub, source, "store", "here")
	stored, err := hub.Receiver(t.Context(), source, target(t, source, "store", endpoint.Receive),
		endpoint.ReceiverOptions{AsApplication: true, Start: driver.StartBeginning()})
	if err != nil {
		t.Fatal(err)
	}
	natsSend(t, hub, source, "store", "there")
	if got := natsReceive(t, stored, 2); got != "stored.here stored.there" {
		t.Errorf("received from %s", got)
	}
}

func TestNATSFindings(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		from, to, want string
		severity       diag.Severity
	}{
		"replicas": {"", "", "no effect on an embedded server", diag.Info},
		"unknown":  {"max_age: 1h", "max_aeg: 1h", `did you mean "max_age"?`, diag.Error},
		"object":   {"max_age: 1h", "max_age: {}", "must be a text or a number", diag.Error},
		"text":     {"{storage: memory, max_age: 1h, replicas: 3}", "'yes'", "true, false, or an object", diag.Error},
		"server":   {"protocol: nats}", "protocol: nats, x-jetstream: [1]}", "true, false, or an object", diag.Error},
		"queue":    {"queue: clerks}}}\n", "queue: [clerks]}}}\n", "must be a name", diag.Error},
	} {
		source := loadText(t, "nats.yaml", strings.Replace(natsDocument, c.from, c.to, 1))
		hub := endpoint.NewHub(endpoint.HubOptions{Choices: map[string]endpoint.Choice{"Orders": {URL: "nats://127.0.0.1:1", Embedded: true}}})
		found := false
		for _, d := range hub.Check(source, target(t, source, "store", endpoint.Receive)) {
			found = found || d.Severity == c.severity && d.Code == endpoint.CodeBinding && strings.Contains(d.Message, c.want)
		}
		if !found {
			t.Errorf("%s: no finding says %q", name, c.want)
		}
	}
}

func TestJetStreamIsAskedForByServerOrChannel(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ server, channel, want string }{
		"neither":          {"", "", "nats://"},
		"server":           {", x-jetstream: true", "", "jetstream://"},
		"channel":          {"", ", x-jetstream: true", "jetstream://"},
		"not this channel": {", x-jetstream: true", ", x-jetstream: false", "nats://"},
	} {
		source := loadText(t, "nats.yaml", `
asyncapi: 3.0.0
info: {title: t, version: '1'}
servers: {live: {host: 'localhost:4222', protocol: nats`+c.server+`}}
channels: {c: {address: a`+c.channel+`}}
operations: {op: {action: receive, channel: {$ref: '#/channels/c'}}}
`)
		hub := endpoint.NewHub(endpoint.HubOptions{})
		got, err := hub.ServerOf(source, target(t, source, "op", endpoint.Receive))
		if err != nil || !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: %q, %v, want %s", name, got, err, c.want)
		}
	}
}
