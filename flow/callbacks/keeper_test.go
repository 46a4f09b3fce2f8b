package callbacks_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weft-dev/weft/flow/callbacks"
	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/journal"
	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/internal/leaks"
	"github.com/weft-dev/weft/wire/callback"
)

func TestMain(m *testing.M) { os.Exit(leaks.Run(m)) }

// channel is a subscription whose messages the test sends.
type channel struct {
	deliver func(context.Context, engine.Delivery) error
	from    []string
}

func (c *channel) Positions() []string { return []string{"0@7"} }
func (c *channel) Close() error        { return nil }

func (c *channel) Subscribe(_ context.Context, e machine.Subscribe, deliver func(context.Context, engine.Delivery) error) (engine.Subscription, error) {
	c.deliver, c.from = deliver, e.Positions
	return c, nil
}

func (c *channel) send(t *testing.T, id, tracking string) {
	t.Helper()
	message := machine.Message{ID: id, Names: []string{"Done"}, Payload: map[string]any{"trackingId": tracking}}
	if err := c.deliver(t.Context(), engine.Delivery{Message: message}); err != nil {
		t.Fatal(err)
	}
}

func registered(webhook string) machine.KeepCallback {
	return machine.KeepCallback{ID: "R/a/1/callback/1", Callback: &plan.Callback{}, Registration: machine.Registration{
		ID: "R/a/1/callback/1", Run: "R", Step: "a", Event: "done", Webhook: webhook, Tracking: "t-1", Names: []string{"Done"},
		Filter: "$message.payload#/trackingId == $inputs.trackingId", Known: map[string]any{"$inputs.trackingId": "t-1"},
	}}
}

func TestARegistrationDeliversItsMessagesOnce(t *testing.T) {
	t.Parallel()
	var status atomic.Int32
	status.Store(500)
	ids := make(chan string, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ids <- r.Header.Get("webhook-id")
		w.WriteHeader(int(status.Load()))
	}))
	defer server.Close()
	wire := &channel{}
	keeper := callbacks.New(wire, callbacks.Options{Delivery: callback.Options{Attempts: 2, Pause: time.Millisecond}})
	defer keeper.Close()
	from, err := keeper.Keep(t.Context(), registered(server.URL), []string{"0@3"})
	if err != nil || len(from) != 1 || wire.from[0] != "0@3" {
		t.Fatal(from, wire.from, err)
	}
	wire.send(t, "m1", "t-2")
	wire.send(t, "m2", "t-1")
	wire.send(t, "m2", "t-1")
	if !keeper.Wait(t.Context()) {
		t.Fatal("it did not end")
	}
	list := keeper.Deliveries()
	if len(list) != 1 || list[0].State != callbacks.Dead || list[0].Attempts != 2 {
		t.Fatalf("%+v", list)
	}
	status.Store(204)
	if err := keeper.Redeliver(list[0].ID); err != nil {
		t.Fatal(err)
	}
	if !keeper.Wait(t.Context()) || keeper.Deliveries()[0].State != callbacks.Delivered {
		t.Fatalf("%+v", keeper.Deliveries())
	}
	for range 3 {
		if id := <-ids; id != list[0].ID {
			t.Errorf("it was delivered as %q, then as %q", list[0].ID, id)
		}
	}
	if keeper.Redeliver(list[0].ID) == nil || keeper.Redeliver("x") == nil {
		t.Error("what is delivered or unknown is not delivered again")
	}
}

// queue is a channel that gives each message to one receiver alone.
type queue struct{ channel }

func (*queue) Queue(machine.Subscribe) bool { return true }

func TestAQueueIsNotWatched(t *testing.T) {
	t.Parallel()
	keeper := callbacks.New(&queue{}, callbacks.Options{})
	defer keeper.Close()
	_, err := keeper.Keep(t.Context(), registered("http://127.0.0.1:1"), nil)
	if err == nil || !strings.Contains(err.Error(), "let it watch a topic") || keeper.Kept() != 0 {
		t.Errorf("%v, %d are kept", err, keeper.Kept())
	}
}

// A keeper that is gone has left behind what it had to deliver: the next one
// does it, with the same ids, and a dead letter can still be sent again.
func TestDeliveriesSurviveTheKeeper(t *testing.T) {
	t.Parallel()
	var status atomic.Int32
	status.Store(500)
	ids := make(chan string, 100)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ids <- r.Header.Get("webhook-id")
		w.WriteHeader(int(status.Load()))
	}))
	defer server.Close()
	store := journal.NewMemory(time.Now)
	open := func(attempts int, pause time.Duration) (*callbacks.Keeper, *channel) {
		wire := &channel{}
		keeper := callbacks.New(wire, callbacks.Options{Delivery: callback.Options{Attempts: attempts, Pause: pause}})
		if err := keeper.Durable(t.Context(), store, "w"); err != nil {
			t.Fatal(err)
		}
		if _, err := keeper.Keep(t.Context(), registered(server.URL), []string{"0@3"}); err != nil {
			t.Fatal(err)
		}
		return keeper, wire
	}
	keeper, wire := open(5, time.Hour)
	wire.send(t, "m1", "t-1")
	first := <-ids
	keeper.Close() // it is about to try again in an hour

	keeper, wire = open(1, time.Millisecond)
	wire.send(t, "m1", "t-1") // its broker delivers it again
	if !keeper.Wait(t.Context()) {
		t.Fatal("it did not end")
	}
	list := keeper.Deliveries()
	if len(list) != 1 || list[0].ID != first || list[0].State != callbacks.Dead {
		t.Fatalf("%+v", list)
	}
	keeper.Close()

	status.Store(204)
	keeper, _ = open(1, time.Millisecond)
	defer keeper.Close()
	if list := keeper.Deliveries(); len(list) != 1 || list[0].State != callbacks.Dead {
		t.Fatalf("%+v", list)
	}
	if err := keeper.Redeliver(first); err != nil {
		t.Fatal(err)
	}
	if !keeper.Wait(t.Context()) || keeper.Deliveries()[0].State != callbacks.Delivered {
		t.Fatalf("%+v", keeper.Deliveries())
	}
	for len(ids) > 0 {
		if id := <-ids; id != first {
			t.Errorf("it was delivered as %q, then as %q", first, id)
		}
	}

	if err := store.Keep(t.Context(), "callback/other/1", []byte("{}")); err != nil {
		t.Fatal(err)
	}
	keeper.Close()
	if err := keeper.Forget(t.Context()); err != nil {
		t.Fatal(err)
	}
	var left []string
	if err := store.KeptUnder(t.Context(), "", func(name string, _ []byte) error { left = append(left, name); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(left) != 1 || left[0] != "callback/other/1" {
		t.Errorf("%q are left when all was forgotten", left)
	}
}

// closing is a store that is away until it is opened.
type closing struct {
	callbacks.Store
	open atomic.Bool
}

func (c *closing) Keep(ctx context.Context, name string, value []byte) error {
	if !c.open.Load() {
		return errors.New("the store is away")
	}
	return c.Store.Keep(ctx, name, value)
}

// A message that cannot be kept yet is waited with, since its channel would not
// give it again; its keeper can be closed meanwhile.
func TestAMessageIsWaitedWithUntilItIsKept(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	store := &closing{Store: journal.NewMemory(time.Now)}
	open := func() (*callbacks.Keeper, *channel, <-chan error) {
		waits := make(chan error, 1)
		wire := &channel{}
		keeper := callbacks.New(wire, callbacks.Options{Waits: func(err error) { waits <- err }})
		if err := keeper.Durable(t.Context(), store, "w"); err != nil {
			t.Fatal(err)
		}
		if _, err := keeper.Keep(t.Context(), registered(server.URL), nil); err != nil {
			t.Fatal(err)
		}
		return keeper, wire, waits
	}
	arrives := func(wire *channel) <-chan error {
		taken := make(chan error, 1)
		message := machine.Message{ID: "m1", Names: []string{"Done"}, Payload: map[string]any{"trackingId": "t-1"}}
		go func() { taken <- wire.deliver(t.Context(), engine.Delivery{Message: message}) }()
		return taken
	}
	keeper, wire, waits := open()
	taken := arrives(wire)
	if err := <-waits; !strings.Contains(err.Error(), "the store is away") {
		t.Error(err)
	}
	keeper.Close()
	if err := <-taken; err == nil {
		t.Error("a message that was not kept is said to be taken")
	}

	keeper, wire, waits = open()
	defer keeper.Close()
	taken = arrives(wire)
	<-waits
	store.open.Store(true)
	if err := <-taken; err != nil {
		t.Error(err)
	}
	if !keeper.Wait(t.Context()) || len(keeper.Deliveries()) != 1 {
		t.Errorf("%+v", keeper.Deliveries())
	}
}
