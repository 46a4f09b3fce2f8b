package endpoint_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/embedded"
	"github.com/weft-dev/weft/wire/endpoint"
)

const redisDocument = `
asyncapi: 3.0.0
info: {title: t, version: '1'}
servers:
  live: {host: 'localhost:6379', pathname: /2, protocol: rediss}
channels:
  heard:
    address: heard:{place}
    parameters: {place: {}}
    messages: {m: {payload: {type: object}}}
  stored:
    address: stored:{place}
    parameters: {place: {}}
    x-redis: {type: stream, maxlen: 1000, body: data}
    messages: {m: {payload: {type: object}}}
operations:
  hear: {action: receive, channel: {$ref: '#/channels/heard'}}
  store: {action: receive, channel: {$ref: '#/channels/stored'}, x-redis: {group: clerks}}
`

func redisHub(t *testing.T) *endpoint.Hub {
	t.Helper()
	server, err := embedded.Start(t.Context(), "redis", embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	hub := endpoint.NewHub(endpoint.HubOptions{Choices: map[string]endpoint.Choice{"Orders": {URL: server.URL, Embedded: true}}})
	t.Cleanup(func() {
		if err := errors.Join(hub.Close(context.Background()), server.Close()); err != nil {
			t.Error(err)
		}
	})
	return hub
}

// TestRedisChannelsAndStreams is about a contract with both: a pattern for a
// parameter without a value, and a group at a stream.
func TestRedisChannelsAndStreams(t *testing.T) {
	hub, source := redisHub(t), loadText(t, "redis.yaml", redisDocument)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	send := func(op string) {
		s, err := hub.Sender(ctx, source, target(t, source, op, endpoint.Send), endpoint.SenderOptions{Parameters: map[string]string{"place": "here"}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Send(ctx, endpoint.Outgoing{Payload: map[string]any{"at": "here"}}); err != nil {
			t.Fatal(err)
		}
	}
	receive := func(r *endpoint.Receiver, from string) {
		messages, err := r.Receive(ctx, 1)
		if err != nil || messages[0].Address != from {
			t.Fatalf("received %+v, %v, want one from %s", messages, err, from)
		}
	}
	heard, err := hub.Receiver(ctx, source, target(t, source, "hear", endpoint.Receive), endpoint.ReceiverOptions{AsApplication: true})
	if err != nil {
		t.Fatal(err)
	}
	if heard.Address() != "heard:*" {
		t.Errorf("it receives from %s, want heard:*", heard.Address())
	}
	send("hear")
	receive(heard, "heard:here")

	send("store")
	stored, err := hub.Receiver(ctx, source, target(t, source, "store", endpoint.Receive), endpoint.ReceiverOptions{
		AsApplication: true, Parameters: map[string]string{"place": "here"}, Start: driver.StartBeginning(),
	})
	if err != nil {
		t.Fatal(err)
	}
	if stored.Group() != "clerks" {
		t.Errorf("it is of the group %q, want clerks", stored.Group())
	}
	receive(stored, "stored:here")
	_, err = hub.Receiver(ctx, source, target(t, source, "store", endpoint.Receive), endpoint.ReceiverOptions{})
	if err == nil || !strings.Contains(err.Error(), "needs a value for the parameter place") {
		t.Errorf("a stream without its name: %v", err)
	}
}

func TestRedisSchemeKeepsTLS(t *testing.T) {
	source := loadText(t, "redis.yaml", redisDocument)
	for given, want := range map[string][2]string{
		"":                     {"rediss://localhost:6379/2", "rediss-streams://localhost:6379/2"},
		"redis://h:1":          {"redis://h:1", "redis-streams://h:1"},
		"redis-secure://h:1/3": {"redis-secure://h:1/3", "redis-streams-secure://h:1/3"},
		"rediss-streams://h:1": {"rediss-streams://h:1", "rediss-streams://h:1"},
	} {
		hub := endpoint.NewHub(endpoint.HubOptions{Choices: map[string]endpoint.Choice{"Orders": {URL: given}}})
		for i, op := range []string{"hear", "store"} {
			if got, err := hub.ServerOf(source, target(t, source, op, endpoint.Receive)); err != nil || got != want[i] {
				t.Errorf("%s at %q is at %q, %v, want %q", op, given, got, err, want[i])
			}
		}
	}
}

func TestRedisFindings(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"type: stream,", "typ: stream,", `error: x-redis has no field "typ" here; did you mean "type"?`},
		{"type: stream,", "type: steam,", `error: type must be pubsub, stream; did you mean "stream"?`},
		{"type: stream,", "type: pubsub,", "error: maxlen is for streams, and this is publish/subscribe"},
		{"maxlen: 1000", "maxlen: many", "error: maxlen must be how many entries"},
		{"{group: clerks}", "clerks", "error: x-redis must be an object with group here"},
		{"{group: clerks}", "{group: 7}", "error: group must be a name"},
		{"x-redis: {type", "bindings: {redis: {channel: a}}, x-redis: {type", "warning: channel has no effect: the bindings of Redis have no fields"},
	} {
		text := strings.Replace(redisDocument, c.old, c.new, 1)
		if strings.Contains(c.new, "bindings") {
			text = strings.Replace(redisDocument, "    x-redis: {type", "    bindings: {redis: {channel: a}}\n    x-redis: {type", 1)
		}
		source := loadText(t, "redis.yaml", text)
		hub := endpoint.NewHub(endpoint.HubOptions{})
		var said []string
		for _, d := range hub.Check(source, target(t, source, "store", endpoint.Receive)) {
			if d.Code != endpoint.CodeBinding || d.Path == "" {
				t.Errorf("%+v has another code or no place", d)
			}
			said = append(said, d.Severity.String()+": "+d.Message)
		}
		if !strings.Contains(strings.Join(said, "\n"), c.want) {
			t.Errorf("%s: said %q, want %q", c.new, said, c.want)
		}
	}
	source := loadText(t, "redis.yaml", redisDocument)
	for _, op := range []string{"hear", "store"} {
		if found := endpoint.NewHub(endpoint.HubOptions{}).Check(source, target(t, source, op, endpoint.Receive)); len(found) > 0 {
			t.Errorf("%s: %v", op, found)
		}
	}
}
