package endpoint_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/internal/freeport"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/wire/endpoint"
	_ "github.com/weft-dev/weft/wire/webhook"
)

const httpDocument = `
asyncapi: 3.0.0
info: {title: t, version: '1'}
servers:
  live: {host: 'localhost:1', pathname: /v1, protocol: http}
channels:
  orders:
    address: orders/{region}
    parameters: {region: {}}
    messages:
      placed:
        headers: {type: object, required: [X-Shop-Id], properties: {X-Shop-Id: {type: integer}}}
        payload: {type: object}
        bindings:
          http:
            bindingVersion: 0.3.0
            headers: {type: object, required: [X-Needed], properties: {X-Client: {const: weft}, X-Needed: {type: string}}}
  ask:
    address: ask
    messages:
      question: {payload: {type: object, required: [q]}}
      answer:
        correlationId: {location: $message.payload#/q}
        payload: {type: object, required: [a]}
        bindings: {http: {statusCode: 404}}
  events:
    address: events
    messages:
      event:
        headers: {type: object, properties: {ce-specversion: {const: '1.0'}, ce-id: {type: string}, ce-type: {const: t}, ce-source: {const: /s}, ce-subject: {type: string}}}
        payload: {type: object}
operations:
  place:
    action: receive
    channel: {$ref: '#/channels/orders'}
    bindings:
      http:
        method: PUT
        bindingVersion: 0.3.0
        query: {type: object, required: [v, w], properties: {v: {type: integer, enum: [2]}, w: {type: string}, x: {default: y}}}
  ask:
    action: receive
    channel: {$ref: '#/channels/ask'}
    messages: [{$ref: '#/channels/ask/messages/question'}]
    reply: {channel: {$ref: '#/channels/ask'}, messages: [{$ref: '#/channels/ask/messages/answer'}]}
  stream:
    action: send
    channel: {$ref: '#/channels/events'}
    bindings: {http: {method: GET}}
`

// httpHub is a hub whose source is at a URL.
func httpHub(t *testing.T, url string) (*endpoint.Hub, *endpoint.Source) {
	t.Helper()
	hub := endpoint.NewHub(endpoint.HubOptions{Choices: map[string]endpoint.Choice{"Orders": {URL: url}}})
	t.Cleanup(func() {
		if err := hub.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return hub, loadText(t, "http.yaml", httpDocument)
}

func TestHTTPBindingsShapeTheRequest(t *testing.T) {
	seen := make(chan *http.Request, 10)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodHead {
			seen <- r
		}
	}))
	t.Cleanup(server.Close)
	hub, source := httpHub(t, server.URL+"/v1")
	sender, err := hub.Sender(t.Context(), source, target(t, source, "place", endpoint.Send), endpoint.SenderOptions{Parameters: map[string]string{"region": "eu"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sender.Send(t.Context(), endpoint.Outgoing{Payload: map[string]any{}, Headers: map[string]any{"X-Shop-Id": json.Number("7")}}); err != nil {
		t.Fatal(err)
	}
	r := <-seen
	if got, want := r.Method+" "+r.URL.String(), "PUT /v1/orders/eu?v=2&x=y"; got != want {
		t.Errorf("asked by %s, want %s", got, want)
	}
	if diff := cmp.Diff([]string{"weft", "7", "application/json"}, []string{r.Header.Get("X-Client"), r.Header.Get("X-Shop-Id"), r.Header.Get("Content-Type")}); diff != "" {
		t.Error(diff)
	}
}

func TestHTTPFindingsTellWhatIsNotDone(t *testing.T) {
	hub, source := httpHub(t, "http://127.0.0.1:1/")
	for name, test := range map[string]struct {
		target *endpoint.Target
		want   []string
	}{
		"send":    {target(t, source, "place", endpoint.Send), []string{"the query needs w", "the headers of the message needs X-Needed"}},
		"receive": {target(t, source, "place", endpoint.Receive), []string{"the query needs w", "not checked", "received here as a stream"}},
		"reply":   {target(t, source, "ask", endpoint.Receive), []string{"status 404"}},
		"stream":  {target(t, source, "stream", endpoint.Send), []string{"no message is sent with GET"}},
		"tail":    {target(t, source, "stream", endpoint.Receive), nil},
	} {
		list := hub.Check(source, test.target)
		if len(list) != len(test.want) {
			t.Errorf("%s: %d findings, want %d: %v", name, len(list), len(test.want), list)
			continue
		}
		for i, d := range list {
			if !strings.Contains(d.Message, test.want[i]) || d.Severity == diag.Error || d.Span.Start >= d.Span.End {
				t.Errorf("%s: %s %q, want %q", name, d.Severity, d.Message, test.want[i])
			}
		}
	}
}

// TestAReplyIsTheAnswerToItsRequest has a server that answers at once.
func TestAReplyIsTheAnswerToItsRequest(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"q": "q-1", "a": 42}`)
		}
	}))
	t.Cleanup(server.Close)
	hub, source := httpHub(t, server.URL)
	receiver, err := hub.Receiver(t.Context(), source, target(t, source, "ask", endpoint.Receive), endpoint.ReceiverOptions{})
	if err != nil {
		t.Fatal(err)
	}
	sender, err := hub.Sender(t.Context(), source, target(t, source, "ask", endpoint.Send), endpoint.SenderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sender.Send(t.Context(), endpoint.Outgoing{Payload: map[string]any{"q": "q-1"}}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	got, err := receiver.Receive(ctx, 1)
	if err != nil || got[0].Name != "answer" || got[0].CorrelationID != "q-1" {
		t.Errorf("received %v, %v", got, err)
	}
}

// webhooksAt is a URL of this machine at which nobody listens yet.
func webhooksAt(t *testing.T) string {
	t.Helper()
	return "127.0.0.1:" + strconv.Itoa(freeport.Of(t))
}

// posts posts as others do, and tells the status of the answer.
func posts(t *testing.T, method, url string, header http.Header) <-chan int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	request.Header, request.Close = header, true
	status := make(chan int, 1)
	go func() {
		response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(request)
		if err != nil {
			status <- 0
			return
		}
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
		status <- response.StatusCode
	}()
	return status
}

// TestWebhooksAreReceivedFromAnybody posts headers in the case of others, to an
// address with a parameter that may be anything.
func TestWebhooksAreReceivedFromAnybody(t *testing.T) {
	address := webhooksAt(t)
	hub, source := httpHub(t, "webhook://"+address+"/v1")
	receiver, err := hub.Receiver(t.Context(), source, target(t, source, "place", endpoint.Receive), endpoint.ReceiverOptions{Group: "g"})
	if err != nil {
		t.Fatal(err)
	}
	wrong := posts(t, http.MethodPut, "http://"+address+"/v1/orders/eu", http.Header{"X-Shop-Id": {"seven"}})
	right := posts(t, http.MethodPut, "http://"+address+"/v1/orders/us", http.Header{"X-Shop-Id": {"7"}})
	got, err := receiver.Receive(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]any{"X-Shop-Id": json.Number("7"), "user-agent": "Go-http-client/1.1"}, got[0].Headers); diff != "" || got[0].Address != "orders/us" {
		t.Errorf("received from %s: %s", got[0].Address, diff)
	}
	if err := receiver.Ack(t.Context(), got...); err != nil {
		t.Fatal(err)
	}
	if status := <-right; status != http.StatusNoContent {
		t.Errorf("what fits the contract is answered with %d", status)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	go func() { _, _ = receiver.Receive(ctx, 1) }() // who receives rejects what is none of the contract's
	if status := <-wrong; status != http.StatusUnprocessableEntity {
		t.Errorf("what breaks the contract is answered with %d", status)
	}
}

func TestEventsOfCloudEventsAreReceivedAsWebhooks(t *testing.T) {
	address := webhooksAt(t)
	hub, source := httpHub(t, "webhook://"+address)
	receiver, err := hub.Receiver(t.Context(), source, target(t, source, "stream", endpoint.Receive), endpoint.ReceiverOptions{})
	if err != nil {
		t.Fatal(err)
	}
	answered := posts(t, http.MethodPost, "http://"+address+"/events", http.Header{
		"Ce-Specversion": {"1.0"}, "Ce-Id": {"1"}, "Ce-Type": {"t"}, "Ce-Source": {"/s"}, "Ce-Subject": {"gr%C3%BC%C3%9Fe"}, "Content-Type": {"application/json"},
	})
	event, err := receiver.Receive(t.Context(), 1)
	if err != nil || event[0].Headers["ce-subject"] != "grüße" {
		t.Errorf("received %v, %v", event, err)
	}
	if status := <-answered; status != http.StatusAccepted {
		t.Errorf("it is answered with %d", status)
	}
}
