package endpoint_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/text/diag"
	_ "github.com/weft-dev/weft/wire/amqp1"
	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/embedded"
	"github.com/weft-dev/weft/wire/endpoint"
)

const amqp1Document = `
asyncapi: 3.0.0
info: {title: t, version: '1'}
servers:
  live: {host: 'localhost:5672', protocol: %PROTOCOL%, bindings: {solace: {msgVpn: shop, clientName: ada}, ibmmq: {cipherSpec: ANY, heartBeatInterval: 5}}}
channels:
  queue: {address: orders, messages: {m: {$ref: '#/components/messages/m'}}}
  topic:
    address: order.{region}
    parameters: {region: {}}
    x-amqp1: {kind: topic}
    messages: {m: {$ref: '#/components/messages/m'}}
  exchange: {address: keyed, x-amqp1: {exchange: shop}}
  wrong: {address: wrong, x-amqp1: {kind: stack, exchnage: x}, bindings: {amqp1: {durable: true}}}
  both: {address: both, x-amqp1: {kind: queue, exchange: x}}
  mq: {address: mq, bindings: {ibmmq: {destinationType: queue, queue: {objectName: DEV.QUEUE, exclusive: true}, maxMsgLength: 100}}, messages: {m: {$ref: '#/components/messages/m'}}}
  mqTopic: {address: mqt, bindings: {ibmmq: {destinationType: topic, topic: {string: dev/orders, durablePermitted: true}}}}
operations:
  queue: {action: receive, channel: {$ref: '#/channels/queue'}, x-amqp1: {priority: 7, ttl: 1000, durable: false, ack: false}}
  topic: {action: receive, channel: {$ref: '#/channels/topic'}, x-amqp1: {group: clerks}}
  exchange: {action: receive, channel: {$ref: '#/channels/exchange'}}
  selects: {action: receive, channel: {$ref: '#/channels/queue'}, x-amqp1: {selector: "x = 1"}}
  wrong: {action: receive, channel: {$ref: '#/channels/wrong'}, x-amqp1: {priority: high}}
  both: {action: receive, channel: {$ref: '#/channels/both'}}
  mq: {action: receive, channel: {$ref: '#/channels/mq'}}
  mqTopic: {action: receive, channel: {$ref: '#/channels/mqTopic'}}
  inbox:
    action: receive
    channel: {$ref: '#/channels/queue'}
    bindings:
      solace:
        timeToLive: 5000
        priority: 9
        dmqEligible: true
        destinations:
          - {destinationType: queue, deliveryMode: direct, queue: {name: INBOX, topicSubscriptions: [orders], accessType: exclusive}}
          - {destinationType: topic}
  alone: {action: receive, channel: {$ref: '#/channels/queue'}, bindings: {solace: {destinations: [{destinationType: queue, queue: {name: INBOX}}]}}}
  several: {action: receive, channel: {$ref: '#/channels/queue'}, bindings: {solace: {destinations: [{destinationType: topic, topicSubscriptions: [orders, 'other/*']}]}}}
components:
  messages:
    m:
      name: Placed
      payload: {type: object}
      headers: {type: object, properties: {'cloudEvents:id': {type: string}, 'cloudEvents:type': {type: string}}}
      bindings: {ibmmq: {type: jms, expiry: 2000}}
`

func amqp1Source(t *testing.T, protocol string) *endpoint.Source {
	t.Helper()
	return loadText(t, "amqp1.yaml", strings.ReplaceAll(amqp1Document, "%PROTOCOL%", protocol))
}

// namedRecorder is the recorder under the name of another protocol.
type namedRecorder struct {
	*recorder
	name string
}

func (r namedRecorder) Protocols() []string { return []string{r.name} }

func TestAMQP1BecomesOptions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		protocol, op string
		address      string
		group        string
		sender       map[string]string
		receiver     map[string]string
	}{
		{"amqp1", "queue", "orders", "", map[string]string{"priority": "7", "ttl": "1000", "durable": "false"}, map[string]string{"ack": "false"}},
		{"amqp1", "topic", "order.eu", "clerks", map[string]string{"kind": "topic"}, map[string]string{"kind": "topic"}},
		{"amqp1", "exchange", "keyed", "", map[string]string{"exchange": "shop"}, map[string]string{"exchange": "shop"}},
		{"solace", "queue", "orders", "", map[string]string{"kind": "topic"}, map[string]string{"kind": "topic"}},
		{
			"solace", "inbox", "orders", "",
			map[string]string{"kind": "topic", "ttl": "5000", "priority": "9", "durable": "false"},
			map[string]string{"kind": "queue", "node": "INBOX"},
		},
		{"solace", "alone", "orders", "", map[string]string{"kind": "queue", "node": "INBOX"}, map[string]string{"kind": "queue", "node": "INBOX"}},
		{"ibmmq", "mq", "DEV.QUEUE", "", map[string]string{"kind": "queue"}, map[string]string{"kind": "queue"}},
		{"ibmmq", "mqTopic", "dev/orders", "", map[string]string{"kind": "topic"}, map[string]string{"kind": "topic"}},
	} {
		r, source := &recorder{}, amqp1Source(t, c.protocol)
		mux := &broker.Mux{}
		mux.Register(namedRecorder{r, c.protocol})
		hub := endpoint.NewHub(endpoint.HubOptions{Mux: mux})
		var given map[string]string
		if c.op == "topic" {
			given = map[string]string{"region": "eu"}
		}
		if _, err := hub.Sender(t.Context(), source, target(t, source, c.op, endpoint.Send), endpoint.SenderOptions{Parameters: given}); err != nil {
			t.Fatal(c.protocol, c.op, err)
		}
		if _, err := hub.Receiver(t.Context(), source, target(t, source, c.op, endpoint.Receive), endpoint.ReceiverOptions{Parameters: given, AsApplication: true}); err != nil {
			t.Fatal(c.protocol, c.op, err)
		}
		if diff := cmp.Diff(driver.SenderOptions{Address: c.address, Params: c.sender}, r.senders[0]); diff != "" {
			t.Errorf("%s %s: sender: %s", c.protocol, c.op, diff)
		}
		if diff := cmp.Diff(driver.ReceiverOptions{Address: c.address, Group: c.group, Params: c.receiver}, r.receivers[0]); diff != "" {
			t.Errorf("%s %s: receiver: %s", c.protocol, c.op, diff)
		}
		if err := hub.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func TestAMQP1SaysWhatItDoesNotDo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		protocol, op string
		choice       endpoint.Choice
		severity     diag.Severity
		want         string
	}{
		{"amqp1", "queue", endpoint.Choice{}, 0, ""},
		{"amqp1", "topic", endpoint.Choice{}, 0, ""},
		{"amqp1", "selects", endpoint.Choice{}, 0, ""},
		{"amqp1", "selects", endpoint.Choice{URL: "amqp1://127.0.0.1:1", Embedded: true}, diag.Error, "selector cannot be met"},
		{"amqp1", "wrong", endpoint.Choice{}, diag.Error, `kind must be queue, topic`},
		{"amqp1", "wrong", endpoint.Choice{}, diag.Error, `x-amqp1 has no field "exchnage" here; did you mean "exchange"?`},
		{"amqp1", "wrong", endpoint.Choice{}, diag.Error, "priority must be a whole number"},
		{"amqp1", "wrong", endpoint.Choice{}, diag.Warning, "durable has no effect: the bindings of AMQP 1.0 have no fields"},
		{"amqp1", "both", endpoint.Choice{}, diag.Error, "an address on an exchange is a topic"},
		{"solace", "inbox", endpoint.Choice{}, diag.Warning, "no word for a message VPN"},
		{"solace", "inbox", endpoint.Choice{}, diag.Warning, "dmqEligible has no effect"},
		{"solace", "inbox", endpoint.Choice{}, diag.Warning, "the first destination is used"},
		{"solace", "inbox", endpoint.Choice{}, diag.Info, "queues are not made by AMQP"},
		{"solace", "several", endpoint.Choice{}, diag.Warning, "and not this topic"},
		{"ibmmq", "mq", endpoint.Choice{}, diag.Warning, "cipherSpec is for IBM MQ's own clients"},
		{"ibmmq", "mq", endpoint.Choice{}, diag.Info, "the broker refuses longer messages"},
		{"ibmmq", "mq", endpoint.Choice{}, diag.Info, "messages are sent as bytes"},
	} {
		source := amqp1Source(t, c.protocol)
		hub := endpoint.NewHub(endpoint.HubOptions{Choices: map[string]endpoint.Choice{"Orders": c.choice}})
		list := hub.Check(source, target(t, source, c.op, endpoint.Send))
		if c.want == "" {
			if len(list) > 0 {
				t.Errorf("%s %s: %v", c.protocol, c.op, list)
			}
			continue
		}
		found := false
		for _, d := range list {
			found = found || d.Severity == c.severity && strings.Contains(d.Message, c.want)
		}
		if !found {
			t.Errorf("%s %s: no finding %q in %v", c.protocol, c.op, c.want, list)
		}
	}
}

// TestPortsOfOtherProtocols: what listens there is not AMQP.
func TestPortsOfOtherProtocols(t *testing.T) {
	t.Parallel()
	for protocol, port := range map[string]string{"solace": "55555", "ibmmq": "1414"} {
		text := strings.ReplaceAll(amqp1Document, "%PROTOCOL%", protocol)
		source := loadText(t, "amqp1.yaml", strings.ReplaceAll(text, "localhost:5672", "localhost:"+port))
		hub := endpoint.NewHub(endpoint.HubOptions{})
		_, err := hub.Sender(t.Context(), source, target(t, source, "queue", endpoint.Send), endpoint.SenderOptions{})
		if err == nil || !strings.Contains(err.Error(), "speaks a protocol of its own at port "+port) {
			t.Errorf("%s: %v", protocol, err)
		}
	}
}

// TestAMQP1CarriesEvents sends an event in binary mode to a topic with a
// wildcard, and looks at it on the wire.
func TestAMQP1CarriesEvents(t *testing.T) {
	server, err := embedded.Start(t.Context(), "amqp1", embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	hub := endpoint.NewHub(endpoint.HubOptions{Choices: map[string]endpoint.Choice{"Orders": {URL: server.URL, Embedded: true}}})
	defer func() {
		if err := errors.Join(hub.Close(context.Background()), server.Close()); err != nil {
			t.Error(err)
		}
	}()
	source := amqp1Source(t, "amqp1")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r, err := hub.Receiver(ctx, source, target(t, source, "topic", endpoint.Receive), endpoint.ReceiverOptions{AsApplication: true})
	if err != nil {
		t.Fatal(err)
	}
	s, err := hub.Sender(ctx, source, target(t, source, "topic", endpoint.Send), endpoint.SenderOptions{Parameters: map[string]string{"region": "eu"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Send(ctx, endpoint.Outgoing{Payload: map[string]any{"a": num("1")}, IdempotencyID: "i1"}); err != nil {
		t.Fatal(err)
	}
	all, err := r.Receive(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	got := all[0]
	if got.Address != "order.eu" || r.Group() != "clerks" {
		t.Errorf("it came from %q to the group %q", got.Address, r.Group())
	}
	for name, want := range map[string]string{
		"cloudEvents:id": "i1", "cloudEvents:type": "Placed", "cloudEvents:specversion": "1.0", "cloudEvents:source": "/t", "content-type": "application/json",
	} {
		if value, ok := got.Raw.Header(name); !ok || string(value) != want {
			t.Errorf("the header %s is %q, want %q", name, value, want)
		}
	}
	if err := r.Ack(ctx, got); err != nil {
		t.Error(err)
	}
}
