package endpoint_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/text/diag"
	_ "github.com/weft-dev/weft/wire/amqp"
	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/embedded"
	"github.com/weft-dev/weft/wire/endpoint"
)

const amqpDocument = `
asyncapi: 3.0.0
info: {title: t, version: '1'}
servers:
  live: {host: 'localhost:5672', protocol: amqp}
channels:
  orders:
    address: orders
    messages: {m: {$ref: '#/components/messages/plain'}}
    bindings: {amqp: {is: queue, queue: {name: the-orders, durable: false, autoDelete: true, exclusive: false, vhost: shop}}}
  bare:
    address: bare
    messages: {m: {$ref: '#/components/messages/plain'}}
  events:
    address: order.{region}.placed
    parameters: {region: {}}
    messages: {m: {$ref: '#/components/messages/packed'}}
    bindings: {amqp: {is: routingKey, exchange: {name: shop-events, type: topic, durable: false, autoDelete: true, vhost: /}}}
  direct:
    address: order.{region}
    parameters: {region: {}}
    bindings: {amqp: {exchange: {name: shop-direct, type: direct}}}
  default:
    address: by-default
    bindings: {amqp: {is: routingKey, exchange: {name: 'named', type: default}}}
  unnamed:
    address: by-name
    bindings: {amqp: {is: routingKey, exchange: {type: fanout}}}
  odd:
    address: odd
    messages: {m: {bindings: {amqp: {contentEncoding: br}}}}
operations:
  order:
    action: receive
    channel: {$ref: '#/channels/orders'}
    bindings: {amqp: {ack: false}}
  bare: {action: receive, channel: {$ref: '#/channels/bare'}}
  place:
    action: receive
    channel: {$ref: '#/channels/events'}
    bindings:
      amqp:
        expiration: 100000
        userId: guest
        cc: [audit, archive]
        bcc: [secret]
        priority: 7
        deliveryMode: 1
        mandatory: true
        timestamp: false
        ack: true
        bindingVersion: 0.3.0
  old:
    action: receive
    channel: {$ref: '#/channels/bare'}
    bindings: {amqp: {replyTo: answers, bindingVersion: 0.2.0}}
  direct: {action: receive, channel: {$ref: '#/channels/direct'}}
  default: {action: receive, channel: {$ref: '#/channels/default'}}
  unnamed: {action: receive, channel: {$ref: '#/channels/unnamed'}}
  comma: {action: receive, channel: {$ref: '#/channels/bare'}, bindings: {amqp: {cc: ['a,b']}}}
  odd: {action: receive, channel: {$ref: '#/channels/odd'}}
  pub:
    action: receive
    channel: {$ref: '#/channels/events'}
    bindings: {amqp: {priority: 3, expiration: 60000, deliveryMode: 1}}
components:
  messages:
    plain: {payload: {type: object}}
    packed:
      payload: {type: object}
      bindings: {amqp: {contentEncoding: gzip, messageType: order.placed, bindingVersion: 0.3.0}}
`

// amqpRecorder is the recorder under the name of AMQP.
type amqpRecorder struct{ *recorder }

func (amqpRecorder) Protocols() []string { return []string{"amqp"} }

func TestAMQPBindingsBecomeOptions(t *testing.T) {
	t.Parallel()
	source := loadText(t, "amqp.yaml", amqpDocument)
	for _, c := range []struct {
		op       string
		address  string
		create   map[string]string
		sender   map[string]string
		receiver map[string]string
	}{
		{
			"order", "the-orders",
			map[string]string{"durable": "false", "auto-delete": "true", "exclusive": "false"},
			map[string]string{},
			map[string]string{"ack": "false"},
		},
		{"bare", "bare", map[string]string{}, map[string]string{}, map[string]string{}},
		{"old", "bare", map[string]string{}, map[string]string{"reply-to": "answers"}, map[string]string{}},
		{
			"place", "order.eu.placed",
			map[string]string{"exchange": "shop-events", "exchange.type": "topic", "exchange.durable": "false", "exchange.auto-delete": "true"},
			map[string]string{
				"exchange": "shop-events", "expiration": "100000", "user-id": "guest", "cc": "audit,archive", "bcc": "secret",
				"priority": "7", "delivery-mode": "1", "mandatory": "true", "timestamp": "false",
			},
			map[string]string{"exchange": "shop-events", "ack": "true"},
		},
		{"default", "by-default", map[string]string{}, map[string]string{}, map[string]string{}},
		{"unnamed", "by-name", map[string]string{}, map[string]string{}, map[string]string{}},
	} {
		r := &recorder{}
		mux := &broker.Mux{}
		mux.Register(amqpRecorder{r})
		hub := endpoint.NewHub(endpoint.HubOptions{Mux: mux, Choices: map[string]endpoint.Choice{"Orders": {Create: true}}})
		var given map[string]string
		if c.op == "place" {
			given = map[string]string{"region": "eu"}
		}
		if _, err := hub.Sender(t.Context(), source, target(t, source, c.op, endpoint.Send), endpoint.SenderOptions{Parameters: given}); err != nil {
			t.Fatal(c.op, err)
		}
		if _, err := hub.Receiver(t.Context(), source, target(t, source, c.op, endpoint.Receive), endpoint.ReceiverOptions{Parameters: given}); err != nil {
			t.Fatal(c.op, err)
		}
		wantSender := driver.SenderOptions{Address: c.address, Create: &driver.AddressSpec{Params: c.create}, Params: c.sender}
		if diff := cmp.Diff(wantSender, r.senders[0]); diff != "" {
			t.Errorf("%s: sender: %s", c.op, diff)
		}
		wantReceiver := driver.ReceiverOptions{Address: c.address, Create: &driver.AddressSpec{Params: c.create}, Params: c.receiver}
		if diff := cmp.Diff(wantReceiver, r.receivers[0]); diff != "" {
			t.Errorf("%s: receiver: %s", c.op, diff)
		}
		if err := hub.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func TestAMQPVirtualHostOfTheBindingIsUsedWhereTheURLHasNone(t *testing.T) {
	t.Parallel()
	source := loadText(t, "amqp.yaml", amqpDocument)
	for _, c := range []struct {
		op, url, want string
		embedded      bool
	}{
		{"order", "", "amqp://localhost:5672/shop", false},
		{"order", "amqp://h:1?heartbeat=5", "amqp://h:1/shop?heartbeat=5", false},
		{"order", "amqp://h:1/other", "amqp://h:1/other", false},
		{"order", "amqp://127.0.0.1:1", "amqp://127.0.0.1:1", true},
		{"place", "", "amqp://localhost:5672", false},
		{"bare", "", "amqp://localhost:5672", false},
	} {
		hub := endpoint.NewHub(endpoint.HubOptions{Choices: map[string]endpoint.Choice{"Orders": {URL: c.url, Embedded: c.embedded}}})
		got, err := hub.ServerOf(source, target(t, source, c.op, endpoint.Send))
		if err != nil || got != c.want {
			t.Errorf("%s at %q: got %s, %v, want %s", c.op, c.url, got, err, c.want)
		}
	}
}

func TestAMQPSaysWhatItDoesNotDo(t *testing.T) {
	t.Parallel()
	source := loadText(t, "amqp.yaml", amqpDocument)
	for _, c := range []struct {
		op       string
		choice   endpoint.Choice
		severity diag.Severity
		want     string
	}{
		{"order", endpoint.Choice{Embedded: true, URL: "amqp://127.0.0.1:1"}, diag.Info, "vhost has no effect on an embedded server"},
		{"order", endpoint.Choice{URL: "amqp://h/other"}, diag.Warning, "virtual host other, which is used instead of shop"},
		{"place", endpoint.Choice{Embedded: true, URL: "amqp://127.0.0.1:1"}, diag.Error, "whose only user is guest"},
		{"default", endpoint.Choice{}, diag.Warning, "the default exchange has no name"},
		{"unnamed", endpoint.Choice{}, diag.Warning, "not of the type fanout"},
		{"comma", endpoint.Choice{}, diag.Error, "a routing key with a comma"},
		{"odd", endpoint.Choice{}, diag.Error, "contentEncoding br is not supported"},
		{"order", endpoint.Choice{}, 0, ""},
		{"bare", endpoint.Choice{}, 0, ""},
		{"direct", endpoint.Choice{}, 0, ""},
	} {
		hub := endpoint.NewHub(endpoint.HubOptions{Choices: map[string]endpoint.Choice{"Orders": c.choice}})
		list := hub.Check(source, target(t, source, c.op, endpoint.Send))
		if c.want == "" {
			if len(list) > 0 {
				t.Errorf("%s: found %v", c.op, list)
			}
			continue
		}
		if len(list) != 1 || list[0].Severity != c.severity || !strings.Contains(list[0].Message, c.want) {
			t.Errorf("%s: found %v, want %q", c.op, list, c.want)
		}
		_, err := hub.Sender(t.Context(), source, target(t, source, c.op, endpoint.Send), endpoint.SenderOptions{})
		if c.severity == diag.Error && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: the sender was opened: %v", c.op, err)
		}
	}
}

func amqpHub(t *testing.T) *endpoint.Hub {
	t.Helper()
	server, err := embedded.Start(t.Context(), "amqp", embedded.Options{})
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

// TestAMQPRoutingKeysOverTheWire sends by the bindings and looks at what
// arrives: at a group, and at a receiver of all regions.
func TestAMQPRoutingKeysOverTheWire(t *testing.T) {
	t.Parallel()
	hub, source := amqpHub(t), loadText(t, "amqp.yaml", amqpDocument)
	receive := target(t, source, "pub", endpoint.Receive)
	all, err := hub.Receiver(t.Context(), source, receive, endpoint.ReceiverOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if all.Address() != "order.*.placed" || all.Capabilities().Queue {
		t.Errorf("it receives from %s, a queue: %t", all.Address(), all.Capabilities().Queue)
	}
	group, err := hub.Receiver(t.Context(), source, receive, endpoint.ReceiverOptions{Group: "g", Parameters: map[string]string{"region": "eu"}})
	if err != nil {
		t.Fatal(err)
	}
	sender, err := hub.Sender(t.Context(), source, target(t, source, "pub", endpoint.Send), endpoint.SenderOptions{Parameters: map[string]string{"region": "eu"}})
	if err != nil {
		t.Fatal(err)
	}
	payload := map[string]any{"text": strings.Repeat("x", 1000)}
	if _, err := sender.Send(t.Context(), endpoint.Outgoing{Payload: payload, CorrelationID: "c-1", ReplyTo: "answers"}); err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]*endpoint.Receiver{"all": all, "group": group} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		got, err := r.Receive(ctx, 1)
		cancel()
		if err != nil {
			t.Fatal(name, err)
		}
		m := got[0]
		if diff := cmp.Diff(payload, m.Payload); diff != "" || m.Address != "order.eu.placed" || m.CorrelationID != "c-1" || m.ReplyTo != "answers" {
			t.Errorf("%s: received %+v %s", name, m, diff)
		}
		want := map[string]string{"content-encoding": "gzip", "type": "order.placed", "priority": "3", "expiration": "60000", "delivery-mode": "1"}
		if diff := cmp.Diff(want, m.Raw.Params); diff != "" {
			t.Errorf("%s: on the wire it is %s", name, diff)
		}
		if err := r.Ack(t.Context(), m); err != nil {
			t.Error(err)
		}
	}
}

func TestAMQPQueueTakesWhoeverReceivesForOneGroup(t *testing.T) {
	t.Parallel()
	hub, source := amqpHub(t), loadText(t, "amqp.yaml", amqpDocument)
	r, err := hub.Receiver(t.Context(), source, target(t, source, "bare", endpoint.Receive), endpoint.ReceiverOptions{Group: "any"})
	if err != nil {
		t.Fatal(err)
	}
	if r.Group() != "" || !r.Capabilities().Queue {
		t.Errorf("it has the group %q, and is a queue: %t", r.Group(), r.Capabilities().Queue)
	}
	_, err = hub.Receiver(t.Context(), source, target(t, source, "direct", endpoint.Receive), endpoint.ReceiverOptions{})
	if err == nil || !strings.Contains(err.Error(), "parameter region") {
		t.Errorf("a direct exchange was given a wildcard: %v", err)
	}
}
