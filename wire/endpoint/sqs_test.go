package endpoint_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/embedded"
	"github.com/weft-dev/weft/wire/endpoint"
	"github.com/weft-dev/weft/wire/sqs"
)

const queueDocument = `
asyncapi: 3.0.0
info: {title: t, version: '1'}
servers:
  live: {host: sqs.eu-west-1.amazonaws.com, protocol: sqs}
channels:
  orders:
    messages: {m: {payload: {type: object}}}
    bindings:
      sqs:
        bindingVersion: 0.3.0
        queue:
          name: orders
          fifoQueue: true
          deduplicationScope: messageGroup
          fifoThroughputLimit: perMessageGroupId
          deliveryDelay: 1
          visibilityTimeout: 60
          receiveMessageWaitTime: 3
          messageRetentionPeriod: 86400
          tags: {team: shop}
          policy: {statements: [{effect: Allow, principal: '*', action: 'sqs:SendMessage'}]}
          redrivePolicy: {deadLetterQueue: {name: dead}, maxReceiveCount: 7}
        deadLetterQueue: {name: dead, fifoQueue: true, messageRetentionPeriod: 1209600}
  wrong:
    address: wrong
    messages: {m: {payload: {type: object}}}
    bindings:
      sqs:
        queue: {name: wrong, fifoQueue: false, deduplicationScope: queue}
        deadLetterQueue: {name: forgotten, fifoQueue: false}
operations:
  place: {action: receive, channel: {$ref: '#/channels/orders'}, bindings: {sqs: {queues: [{name: elsewhere}]}}}
  fail: {action: receive, channel: {$ref: '#/channels/wrong'}}
`

// cloud starts an emulator, and returns a hub and a connection to it.
func cloud(t *testing.T, protocol string) (*endpoint.Hub, driver.Conn) {
	t.Helper()
	server, err := embedded.Start(t.Context(), protocol, embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	hub := endpoint.NewHub(endpoint.HubOptions{Choices: map[string]endpoint.Choice{"Orders": {URL: server.URL, Embedded: true}}})
	host := strings.TrimPrefix(server.URL, protocol+"://")
	host, _, _ = strings.Cut(host, "?")
	conn, err := sqs.Driver{}.Connect(t.Context(), driver.Server{Protocol: "sqs", Hosts: []string{host}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(hub.Close(context.Background()), conn.Close(), server.Close()); err != nil {
			t.Error(err)
		}
	})
	return hub, conn
}

// cloudRecorder notes what a service of Amazon would be asked for.
type cloudRecorder struct {
	*recorder
	protocol string
}

func (r cloudRecorder) Protocols() []string { return []string{r.protocol} }

func recorded(t *testing.T, protocol string, choice endpoint.Choice) (*endpoint.Hub, *recorder) {
	t.Helper()
	r := &recorder{}
	mux := &broker.Mux{}
	mux.Register(cloudRecorder{r, protocol})
	hub := endpoint.NewHub(endpoint.HubOptions{Mux: mux, Choices: map[string]endpoint.Choice{"Orders": choice}})
	t.Cleanup(func() {
		if err := hub.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return hub, r
}

func TestQueueBindingsMakeTheQueue(t *testing.T) {
	source := loadText(t, "sqs.yaml", queueDocument)
	place := target(t, source, "place", endpoint.Send)
	hub, r := recorded(t, "sqs", endpoint.Choice{URL: "sqs://here", Create: true})
	if _, err := hub.Sender(t.Context(), source, place, endpoint.SenderOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := hub.Receiver(t.Context(), source, target(t, source, "place", endpoint.Receive), endpoint.ReceiverOptions{}); err != nil {
		t.Fatal(err)
	}
	if r.senders[0].Address != "orders.fifo" || r.receivers[0].Params["waitTime"] != "3" {
		t.Errorf("sent to %s, received with %v", r.senders[0].Address, r.receivers[0].Params)
	}
	params := r.senders[0].Create.Params
	for name, want := range map[string]string{
		"DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId", "DelaySeconds": "1", "VisibilityTimeout": "60",
		"ReceiveMessageWaitTimeSeconds": "3", "MessageRetentionPeriod": "86400", "tag:team": "shop",
		"Policy":          `{"Statement":[{"Action":"sqs:SendMessage","Effect":"Allow","Principal":"*"}],"Version":"2012-10-17"}`,
		"deadLetterQueue": "dead.fifo", "maxReceiveCount": "7", "deadLetterQueue:MessageRetentionPeriod": "1209600",
	} {
		if params[name] != want {
			t.Errorf("%s is %q, want %q", name, params[name], want)
		}
	}
	if want := 11; len(params) != want {
		t.Errorf("there are %d parameters, want %d: %v", len(params), want, params)
	}
}

func TestQueueBindingsThatCannotBe(t *testing.T) {
	source := loadText(t, "sqs.yaml", queueDocument)
	hub, _ := recorded(t, "sqs", endpoint.Choice{URL: "sqs://here", Create: true})
	found := map[string]diag.Severity{}
	for _, op := range []string{"place", "fail"} {
		for _, d := range hub.Check(source, target(t, source, op, endpoint.Send)) {
			found[d.Path+" "+d.Message] = d.Severity
		}
	}
	for want, severity := range map[string]diag.Severity{
		"the queue is orders.fifo":           diag.Info,
		"deduplicationScope is for FIFO":     diag.Error,
		"no message goes to this queue":      diag.Warning,
		"elsewhere is neither the channel's": diag.Info,
	} {
		ok := false
		for text, s := range found {
			ok = ok || strings.Contains(text, want) && s == severity
		}
		if !ok {
			t.Errorf("nothing says %q: %v", want, found)
		}
	}
	if _, err := hub.Sender(t.Context(), source, target(t, source, "fail", endpoint.Send), endpoint.SenderOptions{}); err == nil {
		t.Error("a queue that cannot be is sent to")
	}
}

func TestQueuesGoRound(t *testing.T) {
	hub, conn := cloud(t, "sqs")
	source := loadText(t, "sqs.yaml", queueDocument)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r, err := hub.Receiver(ctx, source, target(t, source, "place", endpoint.Receive), endpoint.ReceiverOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := hub.Sender(ctx, source, target(t, source, "place", endpoint.Send), endpoint.SenderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Send(ctx, endpoint.Outgoing{Payload: map[string]any{"a": json.Number("1")}, Key: "k", CorrelationID: "c"}); err != nil {
		t.Fatal(err)
	}
	got, err := r.Receive(ctx, 1)
	if err != nil || got[0].Key != "k" || got[0].CorrelationID != "c" {
		t.Fatalf("received %+v, %v", got, err)
	}
	if err := r.Settle(ctx, driver.Reject, got...); err != nil {
		t.Fatal(err)
	}
	dead, err := conn.OpenReceiver(ctx, driver.ReceiverOptions{Address: "dead.fifo"})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := dead.Receive(ctx, 1); err != nil || string(got[0].Body) != `{"a":1}` {
		t.Errorf("the dead letter is %v, %v", got, err)
	}
}

const topicDocument = `
asyncapi: 3.0.0
info: {title: t, version: '1'}
servers:
  live: {host: sns.eu-west-1.amazonaws.com, protocol: sns}
channels:
  news:
    messages: {m: {headers: {type: object, properties: {kind: {type: string}}}, payload: {type: object}}}
    bindings:
      sns: {name: news, tags: {team: shop}, policy: {statements: [{effect: Allow, principal: '123', action: 'sns:Publish'}]}}
operations:
  tell:
    action: receive
    channel: {$ref: '#/channels/news'}
    bindings:
      sns:
        topic: {name: news}
        consumers:
          - protocol: sqs
            endpoint: {name: inbox}
            rawMessageDelivery: false
            filterPolicy: {kind: [wanted, {prefix: 'w'}]}
          - {protocol: email, endpoint: {email: a@example.com}, rawMessageDelivery: false}
        deliveryPolicy: {numRetries: 3, maxReceivesPerSecond: 5}
`

// TestTopicsGoRound is about the application, which has a queue with a filter,
// and its counterpart, which sees everything.
func TestTopicsGoRound(t *testing.T) {
	hub, _ := cloud(t, "sns")
	source := loadText(t, "sns.yaml", topicDocument)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tell := target(t, source, "tell", endpoint.Send)
	s, err := hub.Sender(ctx, source, tell, endpoint.SenderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for name, opt := range map[string]endpoint.ReceiverOptions{"1": {}, "2": {AsApplication: true}} {
		r, err := hub.Receiver(ctx, source, target(t, source, "tell", endpoint.Receive), opt)
		if err != nil {
			t.Fatal(err)
		}
		for i, kind := range []string{"other", "wanted"} {
			payload := map[string]any{"n": json.Number([]string{"1", "2"}[i])}
			if _, err := s.Send(ctx, endpoint.Outgoing{Payload: payload, Headers: map[string]any{"kind": kind}}); err != nil {
				t.Fatal(err)
			}
		}
		first := ""
		for first != name { // the application's queue has what was sent before, too
			got, err := r.Receive(ctx, 1)
			if err != nil {
				t.Fatal(err)
			}
			first = got[0].Payload.(map[string]any)["n"].(json.Number).String()
			if opt.AsApplication && first != "2" || !opt.AsApplication && first != "1" {
				t.Fatalf("as the application: %t, received %s first", opt.AsApplication, first)
			}
		}
	}
}

func TestTopicBindingsAreToldAbout(t *testing.T) {
	source := loadText(t, "sns.yaml", topicDocument)
	hub, _ := recorded(t, "sns", endpoint.Choice{URL: "sns://here", Embedded: true})
	var texts []string
	for _, d := range hub.Check(source, target(t, source, "tell", endpoint.Send)) {
		texts = append(texts, d.Message)
	}
	all := strings.Join(texts, "\n")
	for _, want := range []string{"consumers by email", "deliveryPolicy has no effect", "maxReceivesPerSecond", "a policy has no effect"} {
		if !strings.Contains(all, want) {
			t.Errorf("nothing says %q:\n%s", want, all)
		}
	}
}
