package endpoint_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/embedded"
	"github.com/weft-dev/weft/wire/endpoint"
	_ "github.com/weft-dev/weft/wire/stomp"
)

const stompDocument = `
asyncapi: 3.0.0
info: {title: t, version: '1'}
servers:
  live: {host: localhost:61613, protocol: stomp}
channels:
  prices:
    address: /topic/prices.{market}
    parameters: {market: {}}
    messages: {m: {payload: {type: object}}}
  news:
    address: news
    x-stomp: {type: topic}
    messages: {m: {payload: {type: object}}}
  work:
    address: work
    x-stomp: {arguments: {x-message-ttl: 60000}}
    messages: {m: {payload: {type: object}}}
operations:
  hear: {action: receive, channel: {$ref: '#/channels/prices'}, x-stomp: {group: clerks}}
  read: {action: receive, channel: {$ref: '#/channels/news'}}
  do: {action: receive, channel: {$ref: '#/channels/work'}}
`

// stompHub is a hub at an embedded server.
func stompHub(t *testing.T) *endpoint.Hub {
	t.Helper()
	server, err := embedded.Start(t.Context(), "stomp", embedded.Options{})
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

func stompSend(t *testing.T, hub *endpoint.Hub, source *endpoint.Source, op string, parameters map[string]string) {
	t.Helper()
	s, err := hub.Sender(t.Context(), source, target(t, source, op, endpoint.Send), endpoint.SenderOptions{Parameters: parameters})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Send(t.Context(), endpoint.Outgoing{Payload: map[string]any{"at": op}}); err != nil {
		t.Fatal(err)
	}
}

func stompReceive(t *testing.T, r *endpoint.Receiver, address string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	got, err := r.Receive(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	if got[0].Address != address {
		t.Errorf("received from %q, want %q", got[0].Address, address)
	}
}

func TestSTOMPChannelsAreQueuesAndTopics(t *testing.T) {
	source := loadText(t, "stomp.yaml", stompDocument)
	hub := stompHub(t)
	open := func(op string) *endpoint.Receiver {
		r, err := hub.Receiver(t.Context(), source, target(t, source, op, endpoint.Receive), endpoint.ReceiverOptions{Start: driver.StartNow(), AsApplication: true})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	prices, again, news := open("hear"), open("hear"), open("read")
	if prices.Capabilities().Queue || !news.Capabilities().FanOut {
		t.Error("topics promise what queues do")
	}
	stompSend(t, hub, source, "hear", map[string]string{"market": "ams"})
	stompSend(t, hub, source, "read", nil)
	stompReceive(t, news, "news")
	// The group has one copy, which either of its members gets.
	got := make(chan string, 2)
	ctx, enough := context.WithTimeout(t.Context(), time.Minute)
	defer enough()
	for _, r := range []*endpoint.Receiver{prices, again} {
		go func() {
			if messages, err := r.Receive(ctx, 1); err == nil {
				got <- messages[0].Address
				return
			}
			got <- ""
		}()
	}
	one := <-got
	time.AfterFunc(100*time.Millisecond, enough)
	if both := one + <-got; both != "/topic/prices.ams" {
		t.Errorf("the group received from %q, want one message from /topic/prices.ams", both)
	}
	work := open("do")
	if !work.Capabilities().Queue {
		t.Error("a name alone is no queue")
	}
	stompSend(t, hub, source, "do", nil)
	stompReceive(t, work, "work")
}

func TestSTOMPFindings(t *testing.T) {
	for change, want := range map[string]string{
		"":                                    "",
		"{type: topic}=>{type: topics}":       "type must be",
		"{type: topic}=>{typ: topic}":         `no field "typ"`,
		"{type: topic}=>[topic]":              "must be an object",
		"address: news=>address: /queue/news": "is that of a queue",
		"{type: topic}=>{type: topic, durable: sure}":                                                         "durable must be true or false",
		"{type: topic}=>{type: topic, arguments: {ttl: 1}}":                                                   "no argument of a queue",
		"channel: {$ref: '#/channels/news'}=>channel: {$ref: '#/channels/news'}, x-stomp: {priority: 300}":    "priority must be",
		"channel: {$ref: '#/channels/news'}=>channel: {$ref: '#/channels/news'}, bindings: {stomp: {qos: 1}}": "qos has no effect",
	} {
		t.Run(change, func(t *testing.T) {
			old, changed, _ := strings.Cut(change, "=>")
			source := loadText(t, "stomp.yaml", strings.Replace(stompDocument, old, changed, 1))
			hub := endpoint.NewHub(endpoint.HubOptions{Choices: map[string]endpoint.Choice{"Orders": {URL: "stomp://127.0.0.1:1"}}})
			var texts []string
			for _, d := range hub.Check(source, target(t, source, "read", endpoint.Receive)) {
				if d.Code == endpoint.CodeBinding {
					texts = append(texts, d.Message)
				}
			}
			if all := strings.Join(texts, "\n"); (want == "") != (all == "") || !strings.Contains(all, want) {
				t.Errorf("found %q, want %q", all, want)
			}
		})
	}
}
