package contract_test

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/wire/contract"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/endpoint"
)

const consumer = `asyncapi: 3.0.0
info: {title: Worker, version: 1.0.0}
servers:
  local: {host: 'localhost:9092', protocol: kafka}
channels:
  todo: {address: todo, x-dead-letter: todo.dead, messages: {Todo: {$ref: '#/components/messages/Todo'}}}
  done: {address: done, messages: {Done: {$ref: '#/components/messages/Done'}}}
  blind: {address: blind, messages: {Todo: {$ref: '#/components/messages/Todo'}}}
operations:
  work: {action: receive, channel: {$ref: '#/channels/todo'}, reply: {channel: {$ref: '#/channels/done'}}}
  blind: {action: receive, channel: {$ref: '#/channels/blind'}}
components:
  messages:
    Todo:
      contentType: application/json
      correlationId: {location: '$message.header#/correlation'}
      headers: {type: object, required: [correlation], properties: {correlation: {type: string}}}
      payload:
        type: object
        required: [quantity, name]
        additionalProperties: false
        properties:
          quantity: {type: integer, minimum: 1, maximum: 10}
          name: {type: string, minLength: 2, maxLength: 5}
          tags: {type: array, items: {type: string}, maxItems: 3}
      examples: [{name: usual, payload: {quantity: 2, name: abc, tags: [x]}}]
    Done:
      contentType: application/json
      correlationId: {location: '$message.header#/correlation'}
      payload: {type: object}
`

// worker is a consumer: it decides of a message whether it is right, and which
// correlation id its reply has.
type worker struct {
	right func(*endpoint.Receiver, *driver.Message) bool
	id    func(string) string
	// mute says of a right message that it has no reply; nil is never.
	mute func(*driver.Message) bool
	// body is what replies say; "" is what the contract declares.
	body string
}

func byContract(r *endpoint.Receiver, raw *driver.Message) bool {
	_, no := r.Codec().Decode(raw)
	return no == nil
}

// works runs a consumer until the test ends.
func (b *bench) works(w worker) {
	b.Helper()
	op, err := b.source.Operation("work")
	if err != nil {
		b.Fatal(err)
	}
	var open *endpoint.Receiver
	handle := func(raw *driver.Message) {
		if !w.right(open, raw) {
			b.send(b.dead, &driver.Message{Body: raw.Body, Headers: raw.Headers})
			return
		}
		if w.mute != nil && w.mute(raw) {
			return
		}
		id, _ := raw.Header("correlation")
		b.send(b.done, &driver.Message{Body: []byte(cmp.Or(w.body, `{}`)), Headers: []driver.Header{
			{Name: "content-type", Value: []byte("application/json")}, {Name: "correlation", Value: []byte(w.id(string(id)))},
		}})
	}
	open, err = b.hub.Receiver(b.Context(), b.source, endpoint.RequestOf(op, endpoint.Receive), endpoint.ReceiverOptions{
		OnRejected: func(r *endpoint.Rejected) { handle(r.Raw) },
	})
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	over := make(chan struct{})
	go func() {
		defer close(over)
		for {
			messages, err := open.Receive(ctx, 0)
			if err != nil {
				return
			}
			for _, m := range messages {
				handle(m.Raw)
			}
		}
	}()
	b.Cleanup(func() { stop(); <-over })
}

func (b *bench) drive(wait time.Duration) *contract.Report {
	b.Helper()
	report, err := contract.Drive(b.Context(), b.hub, b.source, contract.DriveOptions{Operations: []string{"work"}, Wait: wait})
	if err != nil {
		b.Fatal(err)
	}
	return report
}

// drives tries the consumer until its codes are these: at first for a short time,
// and then, where the machine was busy, for a long one.
func (b *bench) drives(want ...diag.Code) {
	b.Helper()
	var got []diag.Code
	for _, wait := range []time.Duration{time.Second, 30 * time.Second} {
		if got = codesOf(b.drive(wait)); slices.Equal(got, want) {
			return
		}
	}
	b.Errorf("the findings are %v, want %v", got, want)
}

func same(id string) string { return id }

func codesOf(r *contract.Report) []diag.Code {
	var codes []diag.Code
	for _, c := range r.Checks {
		for i := range c.Findings {
			codes = append(codes, c.Findings[i].Code)
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

func TestARightConsumerIsTriedAtItsLimitsAndPasses(t *testing.T) {
	t.Parallel()
	b := newBench(t, "kafka", consumer)
	b.works(worker{right: byContract, id: same})
	report := b.drive(time.Minute)
	var names []string
	for _, c := range report.Checks {
		names = append(names, c.Name)
		if c.Status != contract.Passed {
			t.Errorf("%s: %s %+v", c.Name, c.Status, c.Findings)
		}
	}
	all := strings.Join(names, "\n")
	for _, want := range []string{
		"takes Todo: the example usual", "takes Todo: a message made from its schema, 3", "takes Todo: quantity is at its minimum 1\n", "takes Todo: quantity is at its maximum 10\n",
		"refuses Todo: quantity: must be 1 or more", "refuses Todo: quantity: must be 10 or less", "takes Todo: name is at its maxLength 5\n", "refuses Todo: name: must",
		"takes Todo: name is at its minLength 2\n", "takes Todo: tags is empty", "takes Todo: tags is at its maxItems 3\n", "refuses Todo: tags: must", "takes Todo: tags left out", "refuses Todo: weftUnknownField",
		"refuses Todo: without the header correlation", "refuses Todo: cut off in the middle", "refuses Todo: with bytes that are no UTF-8", "refuses Todo: quantity: must be an integer",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("there is no trial %q in\n%s", want, all)
		}
	}
}

func TestAConsumerThatTakesEverythingIsTold(t *testing.T) {
	t.Parallel()
	b := newBench(t, "kafka", consumer)
	b.works(worker{right: func(*endpoint.Receiver, *driver.Message) bool { return true }, id: same})
	b.drives(contract.CodeCorrelation, contract.CodeAccepted) // also without the header that has the id
}

func TestAConsumerThatRefusesWhatIsRareIsTold(t *testing.T) {
	t.Parallel()
	b := newBench(t, "kafka", consumer)
	b.works(worker{id: same, right: func(r *endpoint.Receiver, raw *driver.Message) bool {
		var order struct{ Quantity json.Number }
		return byContract(r, raw) && json.Unmarshal(raw.Body, &order) == nil && order.Quantity != "10"
	}})
	b.drives(contract.CodeRefused)
}

func TestAConsumerThatMixesUpItsRepliesIsTold(t *testing.T) {
	t.Parallel()
	b := newBench(t, "kafka", consumer)
	b.works(worker{right: byContract, id: func(id string) string { return id + "-x" }})
	b.drives(contract.CodeCorrelation)
}

// A reply that is none of the contract's is told as such, and not once more as a
// request without a reply.
func TestAFaultyReplyIsToldOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t, "kafka", consumer)
	b.works(worker{right: byContract, id: same, body: `7`})
	report := b.drive(time.Minute)
	if got := codesOf(report); !slices.Equal(got, []diag.Code{contract.CodePayload}) {
		t.Errorf("the findings are %v", got)
	}
	if failed := slices.DeleteFunc(report.Checks, func(c *contract.Check) bool { return c.Status != contract.Failed }); len(failed) != 1 {
		t.Errorf("%d checks failed", len(failed))
	}
}

// Who says nothing to anything has refused nothing.
func TestSilenceIsNoRefusal(t *testing.T) {
	t.Parallel()
	b := newBench(t, "kafka", strings.Replace(consumer, "x-dead-letter: todo.dead, ", "", 1))
	refusals := 0
	for _, c := range b.drive(300 * time.Millisecond).Checks {
		if !strings.Contains(c.Name, " refuses ") {
			continue
		}
		refusals++
		if c.Status != contract.Unproven || c.Note == "" {
			t.Errorf("%s: %s", c.Name, c.Status)
		}
	}
	if refusals == 0 {
		t.Error("nothing was to be refused")
	}
}

func TestAConsumerThatIsNotThereIsTold(t *testing.T) {
	t.Parallel()
	b := newBench(t, "kafka", consumer)
	if got := codesOf(b.drive(300 * time.Millisecond)); !slices.Contains(got, contract.CodeNoReply) {
		t.Error(got)
	}
}

func TestWhatCannotBeSeenIsNoPass(t *testing.T) {
	t.Parallel()
	b := newBench(t, "kafka", consumer)
	report, err := contract.Drive(t.Context(), b.hub, b.source, contract.DriveOptions{Operations: []string{"blind"}, Wait: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if got := codesOf(report); !report.Failed() || !slices.Equal(got, []diag.Code{contract.CodeUnseen}) {
		t.Error(got)
	}
}
