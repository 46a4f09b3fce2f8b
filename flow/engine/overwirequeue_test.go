package engine_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/journal"
	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/wire/embedded"
	"github.com/weft-dev/weft/wire/endpoint"
)

// queues are surroundings whose addresses are queues.
type queues struct{ *surroundings }

func queued(t *testing.T, p *plan.Plan) queues {
	t.Helper()
	return queues{surroundBy(t, p, "inmem-queue", embedded.Options{Name: t.Name()})}
}

// opened is one more client of the server.
func (q queues) opened(t *testing.T) *endpoint.Hub {
	hub := endpoint.NewHub(endpoint.HubOptions{Choices: map[string]endpoint.Choice{"AsyncOrderApi": {URL: q.url, Create: true}}})
	t.Cleanup(func() { _ = hub.Close(context.Background()) })
	return hub
}

// replies are what a service sends, or what is left of it.
func replies(p *plan.Plan, intent endpoint.Intent) *endpoint.Target {
	step := p.Root.Steps[0]
	return &endpoint.Target{Operation: step.Does, Intent: intent, Reply: true, Channel: step.Channel.Spec, Messages: step.Does.Reply.Messages}
}

func (q queues) confirm(t *testing.T, p *plan.Plan, ids ...string) {
	t.Helper()
	sender, err := q.hub.Sender(t.Context(), q.source, replies(p, endpoint.Send), endpoint.SenderOptions{})
	must(t, err)
	for _, id := range ids {
		_, err = sender.Send(t.Context(), endpoint.Outgoing{
			Headers: map[string]any{"orderRequestId": id}, Payload: map[string]any{"orderId": json.Number("5"), "status": "accepted"},
		})
		must(t, err)
	}
}

// left takes n messages from the queue and returns whose they are.
func (q queues) left(t *testing.T, p *plan.Plan, n int) []string {
	t.Helper()
	receiver, err := q.hub.Receiver(t.Context(), q.source, replies(p, endpoint.Receive), endpoint.ReceiverOptions{})
	must(t, err)
	defer receiver.Close()
	var ids []string
	for len(ids) < n {
		ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
		list, err := receiver.Receive(ctx, 0)
		cancel()
		must(t, err)
		for _, m := range list {
			ids = append(ids, m.Headers["orderRequestId"].(string))
		}
		must(t, receiver.Ack(t.Context(), list...))
	}
	slices.Sort(ids)
	return ids
}

func ordersOf(id string) map[string]any {
	inputs := orderInputs()
	inputs["CreateOrder"].(map[string]any)["orderRequestId"] = id
	return inputs
}

// Two processes wait at one queue, each for its own confirmation; that of a
// third is there, too, and stays.
func TestRunsAtOneQueueEachGetTheirOwn(t *testing.T) {
	t.Parallel()
	p := placeOrder(t)
	q := queued(t, p)
	q.confirm(t, p, "req-3", "req-2", "req-1")
	results := make(chan engine.Result, 2)
	for _, id := range []string{"req-1", "req-2"} {
		world := q.world()
		world.Hub = q.opened(t)
		go func() {
			result, err := engine.Run(t.Context(), p, ordersOf(id), engine.Options{Wire: engine.OverWire(world), ReceiveTimeout: 5 * time.Minute})
			if err != nil {
				t.Error(err)
			}
			results <- result
		}()
	}
	for range 2 {
		if result := <-results; !result.Succeeded() {
			t.Errorf("%+v", result.Error)
		}
	}
	q.confirm(t, p, "marker")
	if ids := q.left(t, p, 2); !slices.Equal(ids, []string{"marker", "req-3"}) {
		t.Errorf("the queue has %q", ids)
	}
}

// What a run has recorded is taken from the queue, though the run is stopped by
// that very message.
func TestAMessageThatWasRecordedIsDoneWith(t *testing.T) {
	t.Parallel()
	p := placeOrder(t)
	q := queued(t, p)
	store := journal.NewMemory(time.Now)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	q.confirm(t, p, "req-1")
	stop := engine.ObserverFunc(func(h machine.Happening) {
		if h.Kind == machine.MessageCame {
			cancel()
		}
	})
	_, _ = engine.Run(ctx, p, orderInputs(), engine.Options{Wire: q.wire(), Journal: store, RunID: "r", Observer: stop})
	result, err := engine.Resume(t.Context(), p, "r", engine.Options{Wire: q.wire(), Journal: store})
	must(t, err)
	if !result.Succeeded() {
		t.Errorf("%+v", result.Error)
	}
	q.confirm(t, p, "marker")
	if ids := q.left(t, p, 1); !slices.Equal(ids, []string{"marker"}) {
		t.Errorf("the queue has %q", ids)
	}
}

// twice is a queue that delivers each message twice, as it does when it was not
// told what became of it.
type twice struct {
	*world
	claims chan [2]*engine.Claim
}

func (w twice) Subscribe(ctx context.Context, e machine.Subscribe, deliver func(context.Context, engine.Delivery) error) (engine.Subscription, error) {
	return w.world.Subscribe(ctx, e, func(ctx context.Context, d engine.Delivery) error {
		claims := [2]*engine.Claim{{}, {}}
		for _, d.Claim = range claims {
			if err := deliver(ctx, d); err != nil {
				return err
			}
		}
		w.claims <- claims
		return nil
	})
}

func TestASecondDeliveryOfAQueueIsTaken(t *testing.T) {
	t.Parallel()
	w := twice{newWorld(), make(chan [2]*engine.Claim, 2)}
	w.onSend = func(w *world, m machine.SendMessage) error {
		for id, of := range map[string]any{"m0": "other", "m1": m.Headers["orderRequestId"]} {
			message := confirmation(of)
			message.ID = id
			w.publish("orders.placed", message)
		}
		return nil
	}
	taken := 0
	w.call = func(_ context.Context, c machine.CallHTTP) (machine.Responded, error) {
		for range 2 {
			claims := <-w.claims
			if claims[0].Taken() != claims[1].Taken() {
				t.Error("one delivery of a message was taken, and the other not")
			}
			if claims[0].Taken() {
				taken++
			}
		}
		return machine.Responded{Status: 200, Body: map[string]any{"orderId": c.Parameters[0].Value}}, nil
	}
	seen := &watch{}
	result, err := engine.Run(t.Context(), placeOrder(t), orderInputs(), engine.Options{Wire: engine.Wire{Caller: w, Sender: w, Subscriber: w}, Observer: seen})
	must(t, err)
	if !result.Succeeded() || taken != 1 || seen.count(machine.MessageCame) != 1 {
		t.Errorf("%d messages were taken: %+v", taken, result.Error)
	}
}

func TestWhatNobodyWaitsForIsBuriedWhereThatIsAskedFor(t *testing.T) {
	t.Parallel()
	p := placeOrder(t)
	q := queued(t, p)
	world := q.world()
	world.Unmatched, world.DeadLetter = engine.Bury, "orders.dead"
	q.confirm(t, p, "other")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan engine.Result, 1)
	go func() {
		result, _ := engine.Run(ctx, p, orderInputs(), engine.Options{Wire: engine.OverWire(world), ReceiveTimeout: 5 * time.Minute})
		ended <- result
	}()
	dead := replies(p, endpoint.Receive)
	receiver, err := q.hub.Receiver(t.Context(), q.source, dead, endpoint.ReceiverOptions{Address: "orders.dead"})
	must(t, err)
	defer receiver.Close()
	wait, done := context.WithTimeout(t.Context(), 60*time.Second)
	defer done()
	list, err := receiver.Receive(wait, 1)
	must(t, err)
	if id := list[0].Headers["orderRequestId"]; id != "other" {
		t.Errorf("%v was buried", id)
	}
	q.confirm(t, p, "req-1")
	if result := <-ended; !result.Succeeded() {
		t.Errorf("%+v", result.Error)
	}
}

func TestAFateIsReadFromText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"park": "park ", "requeue": "requeue ", "deadletter=a=b": "deadletter a=b",
		"deadletter": "names no address", "deadletter=": "names no address", "requeue=x": "not known", "": "not known", "parked": "not known",
	} {
		fate, address, err := engine.ParseUnmatched(text)
		got := string(fate) + " " + address
		if err != nil {
			got = err.Error()
		}
		contains(t, got, want)
	}
}
