package endpoint_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/embedded/rooms"
	"github.com/weft-dev/weft/wire/endpoint"
	_ "github.com/weft-dev/weft/wire/websocket"
)

const webSocketDocument = `
asyncapi: 3.0.0
info: {title: t, version: '1'}
servers:
  live: {host: 'localhost:1', pathname: /v1, protocol: ws}
channels:
  prices:
    address: prices/{pair}
    parameters: {pair: {default: eur}}
    messages:
      json: {payload: {type: object}}
    bindings:
      ws:
        method: GET
        bindingVersion: 0.1.0
        query:
          type: object
          required: [depth, token]
          properties:
            depth: {type: integer, enum: [10, 100]}
            interval: {type: string, default: 1m}
            mood: {type: string, examples: [good]}
            token: {type: string}
        headers:
          type: object
          required: [X-Client, Authorization]
          properties:
            X-Client: {const: weft}
            Authorization: {examples: [Bearer x]}
  posted:
    address: posted
    messages: {m: {payload: {type: object}}}
    bindings: {ws: {method: POST}}
operations:
  hear: {action: receive, channel: {$ref: '#/channels/prices'}}
  post: {action: receive, channel: {$ref: '#/channels/posted'}}
`

func TestWebSocketBindingsShapeTheHandshake(t *testing.T) {
	source := loadText(t, "ws.yaml", webSocketDocument)
	inner := rooms.New()
	defer inner.Close()
	seen := make(chan *http.Request, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "" {
			seen <- r
		}
		inner.ServeHTTP(w, r)
	}))
	defer server.Close()
	hub := endpoint.NewHub(endpoint.HubOptions{Choices: map[string]endpoint.Choice{
		"Orders": {URL: strings.Replace(server.URL, "http", "ws", 1) + "/v1?token=t&ws.share=false"},
	}})
	defer hub.Close(context.Background())
	hear := target(t, source, "hear", endpoint.Receive)
	receiver, err := hub.Receiver(t.Context(), source, hear, endpoint.ReceiverOptions{})
	if err != nil {
		t.Fatal(err)
	}
	r := <-seen
	if diff := cmp.Diff("depth=10&interval=1m&token=t", r.URL.RawQuery); diff != "" || r.URL.Path != "/v1/prices/eur" {
		t.Errorf("connected to %s: %s", r.URL, diff)
	}
	if r.Header.Get("X-Client") != "weft" || r.Header.Get("Authorization") != "" {
		t.Errorf("the handshake has the headers %v", r.Header)
	}
	sender, err := hub.Sender(t.Context(), source, target(t, source, "hear", endpoint.Send), endpoint.SenderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sender.Send(t.Context(), endpoint.Outgoing{Payload: map[string]any{"a": "b"}}); err != nil {
		t.Fatal(err)
	}
	got, err := receiver.Receive(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if frame := got[0].Raw.Params["frame"]; frame != "text" {
		t.Errorf("JSON came in a %s frame", frame)
	}
}

func TestWebSocketBindingsThatCannotBeMetAreTold(t *testing.T) {
	source := loadText(t, "ws.yaml", webSocketDocument)
	for _, c := range []struct {
		op       string
		severity diag.Severity
		want     string
	}{
		{"hear", diag.Warning, "query needs token"},
		{"post", diag.Error, "no WebSocket opens with POST"},
	} {
		hub := endpoint.NewHub(endpoint.HubOptions{})
		found := hub.Check(source, target(t, source, c.op, endpoint.Receive))
		if len(found) != 1 || found[0].Severity != c.severity || !strings.Contains(found[0].Message, c.want) {
			t.Errorf("%s: found %+v, want %q", c.op, found, c.want)
		}
	}
}

func TestSchemesOfHTTPNeedTheirCredentials(t *testing.T) {
	document := func(scheme string) *endpoint.Source {
		return loadText(t, "ws.yaml", strings.Replace(webSocketDocument, "protocol: ws}", "protocol: ws, security: [{type: http, scheme: "+scheme+"}]}", 1))
	}
	t.Setenv("HUSH", "hush")
	token := endpoint.Credentials{Password: "env:HUSH"}
	both := endpoint.Credentials{User: "ada", Password: "env:HUSH"}
	for _, c := range []struct {
		scheme string
		with   endpoint.Credentials
		want   string
	}{
		{"basic", token, "needs a user and a password"},
		{"basic", both, "unreachable"},
		{"bearer", both, "needs a token"},
		{"bearer", token, "unreachable"},
		{"digest", both, "there is basic, bearer"},
	} {
		source := document(c.scheme)
		hub := endpoint.NewHub(endpoint.HubOptions{
			Choices: map[string]endpoint.Choice{"Orders": {Credentials: c.with}}, Broker: broker.Config{Attempts: 1},
		})
		_, err := hub.Sender(t.Context(), source, target(t, source, "hear", endpoint.Send), endpoint.SenderOptions{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.scheme, err, c.want)
		}
	}
}
