package contract_test

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
	"github.com/weft-dev/weft/wire/contract"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/endpoint"
	"github.com/weft-dev/weft/wire/registry"
)

// What rules show as bad has the finding, and no other; what they show as good
// has none. Examples are put on a wire.
func TestTheExamplesOfRulesAreWhatTheySay(t *testing.T) {
	t.Parallel()
	for _, rule := range contract.Rules() {
		t.Run(string(rule.Code), func(t *testing.T) {
			t.Parallel()
			got := newExample(t, rule.Bad).codes()
			if rule.Code == contract.CodeNoReply && slices.Contains(got, rule.Code) {
				got = []diag.Code{rule.Code} // others may be late on a busy machine
			}
			if !slices.Equal(got, []diag.Code{rule.Code}) {
				t.Errorf("the bad example has the findings %v", got)
			}
			if got := newExample(t, rule.Good).codes(); len(got) != 0 {
				t.Errorf("the good example has the findings %v", got)
			}
		})
	}
}

// example is the text of one, as data, on a wire of its own.
type example struct {
	*bench
	said map[string]any
}

func newExample(t *testing.T, text string) *example {
	t.Helper()
	root, findings := tree.Parse(source.NewFile("memory:///example.yaml", "example.yaml", []byte(text)), tree.Options{})
	if len(findings) > 0 || !root.Is(tree.Mapping) {
		t.Fatalf("the example cannot be read: %v\n%s", findings, text)
	}
	e := &example{said: root.Value().(map[string]any)}
	for _, m := range root.Members {
		if !slices.Contains([]string{"message", "reply", "channel", "operation", "wire", "topics", "consumer"}, m.Key.Text) {
			t.Fatalf("an example has no %q", m.Key.Text)
		}
	}
	document, err := json.Marshal(e.document())
	if err != nil {
		t.Fatal(err)
	}
	e.bench = newBench(t, "kafka", string(document))
	return e
}

// document is the contract of the example.
func (e *example) document() map[string]any {
	channels := map[string]any{"orders": e.with("channel", map[string]any{"address": "orders", "messages": map[string]any{"Order": e.said["message"]}})}
	operation := e.with("operation", map[string]any{"action": "send", "channel": map[string]any{"$ref": "#/channels/orders"}})
	if reply := e.said["reply"]; reply != nil {
		channels["replies"] = map[string]any{"address": "replies", "messages": map[string]any{"Reply": reply}}
		operation["reply"] = map[string]any{"channel": map[string]any{"$ref": "#/channels/replies"}}
	}
	kafka := map[string]any{"schemaRegistryUrl": "http://127.0.0.1:1"}
	return map[string]any{
		"asyncapi": "3.0.0", "info": map[string]any{"title": "Orders", "version": "1.0.0"},
		"servers":  map[string]any{"local": map[string]any{"host": "localhost:9092", "protocol": "kafka", "bindings": map[string]any{"kafka": kafka}}},
		"channels": channels, "operations": map[string]any{"work": operation},
	}
}

// with is what there is by itself, with what the example says.
func (e *example) with(field string, own map[string]any) map[string]any {
	said, _ := e.said[field].(map[string]any)
	maps.Copy(own, said)
	return own
}

// codes are the findings on the example.
func (e *example) codes() []diag.Code {
	e.Helper()
	if err := e.prepare(); err != nil {
		e.Fatal(err)
	}
	if consumer, drives := e.said["consumer"].(map[string]any); drives {
		return e.driven(consumer)
	}
	wire, _ := e.said["wire"].([]any)
	ctx, stop := context.WithTimeout(e.Context(), time.Minute)
	defer stop()
	report, err := contract.Tap(ctx, e.hub, e.source, contract.TapOptions{
		Operations: []string{"work"}, Limit: len(wire), Parameters: map[string]string{"region": "eu"}, OnReady: func() {
			for _, m := range wire {
				e.put(m.(map[string]any))
			}
			if len(wire) == 0 {
				time.AfterFunc(100*time.Millisecond, stop)
			}
		},
	})
	if err != nil {
		e.Fatal(err)
	}
	return codesOf(report)
}

// prepare registers the schema, and makes the topics that the example has.
func (e *example) prepare() error {
	message, _ := e.said["message"].(map[string]any)
	if payload, _ := message["payload"].(map[string]any); payload["schema"] != nil {
		text, err := json.Marshal(payload["schema"])
		if err != nil {
			return err
		}
		if id, err := e.registry.Register(e.Context(), "orders-value", registry.Schema{Type: registry.Avro, Text: string(text)}, false); err != nil || id != 1 {
			return errors.Join(fmt.Errorf("the schema has the id %d", id), err)
		}
	}
	topics, limited := e.said["topics"].([]any)
	if !limited {
		return e.broker.Create(e.Context(), "orders", driver.AddressSpec{}) // before it is made with the limits of the contract
	}
	if err := e.hub.Close(e.Context()); err != nil {
		return err
	}
	e.choice.Create = false
	e.open()
	for _, topic := range topics {
		if err := e.broker.Create(e.Context(), fmt.Sprint(topic), driver.AddressSpec{}); err != nil {
			return err
		}
	}
	return nil
}

// put puts a message of the example on the wire.
func (e *example) put(said map[string]any) {
	e.Helper()
	m := &driver.Message{}
	if text, ok := said["bytes"].(string); ok {
		body, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
		if err != nil {
			e.Fatal(err)
		}
		m.Body = body
	} else {
		m.Body = []byte(fmt.Sprint(said["body"]))
	}
	if key, ok := said["key"].(string); ok {
		m.Key = []byte(key)
	}
	headers, _ := said["headers"].(map[string]any)
	for name, value := range headers {
		m.Headers = append(m.Headers, driver.Header{Name: name, Value: []byte(fmt.Sprint(value))})
	}
	address := "orders"
	if at, ok := said["at"].(string); ok {
		address = at
	}
	e.send(address, m)
}

// What a consumer does with a body.
const (
	refuses = "goes to orders.dead"
	takes   = "is replied to"
	ignores = "has no reply"
)

// driven tries a consumer that does with some bodies what the example says, and
// with all others what the contract does.
func (e *example) driven(consumer map[string]any) []diag.Code {
	e.Helper()
	does := func(raw *driver.Message, what string) bool { return consumer[string(raw.Body)] == what }
	wait := time.Minute // what is decided ends sooner
	for _, what := range consumer {
		switch what {
		case refuses, takes:
		case ignores:
			wait = 300 * time.Millisecond
		default:
			e.Fatalf("a consumer never does this: %s", what)
		}
	}
	e.dead, e.done = "orders.dead", "replies"
	e.works(worker{
		id: same, mute: func(raw *driver.Message) bool { return does(raw, ignores) },
		right: func(r *endpoint.Receiver, raw *driver.Message) bool {
			return !does(raw, refuses) && (does(raw, takes) || byContract(r, raw))
		},
	})
	report, err := contract.Drive(e.Context(), e.hub, e.source, contract.DriveOptions{Operations: []string{"work"}, Wait: wait})
	if err != nil {
		e.Fatal(err)
	}
	return codesOf(report)
}
