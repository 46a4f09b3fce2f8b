package service_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/journal"
	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/flow/service"
	"github.com/weft-dev/weft/wire/driver"
)

// gate is a broker that lets nobody listen while there is an error.
type gate struct {
	engine.Subscriber
	err   atomic.Pointer[driver.Error]
	tried atomic.Int64
}

func (g *gate) Subscribe(ctx context.Context, e machine.Subscribe, deliver func(context.Context, engine.Delivery) error) (engine.Subscription, error) {
	g.tried.Add(1)
	if err := g.err.Load(); err != nil {
		return nil, err
	}
	return g.Subscriber.Subscribe(ctx, e, deliver)
}

func gated(t *testing.T, kind error, patience time.Duration) (*gate, *service.Service) {
	t.Helper()
	_, url := newBus(t)
	w := newWire(url)
	t.Cleanup(w.close)
	g := &gate{Subscriber: w}
	g.err.Store(&driver.Error{Kind: kind, Op: "connect"})
	s, err := service.Open(t.Context(), service.Options{
		Journal: journal.NewMemory(time.Now), Patience: patience,
		Workflows: map[string]*service.Workflow{"order": {Plan: compile(t, ""), Wire: engine.Wire{Sender: w, Subscriber: g}}},
	})
	must(t, err)
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	return g, s
}

// A run that begins while its broker is away waits for it.
func TestARunThatBeginsWhileItsBrokerIsAwayWaitsForIt(t *testing.T) {
	t.Parallel()
	g, s := gated(t, driver.ErrUnreachable, time.Hour)
	_, _, err := s.Start(t.Context(), "order", "r", map[string]any{"request": "r"})
	must(t, err)
	until(t, "it was tried again", func() bool { return g.tried.Load() > 1 })
	g.err.Store(nil)
	if d := ended(t, s, "r"); d.Status != "succeeded" || d.Outputs["for"] != "r" {
		t.Errorf("it ended as %+v", d)
	}
}

// What does not mend itself is told at once, and what does not in time then.
func TestARunWhoseBrokerWillNotHaveItFails(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		kind     error
		patience time.Duration
	}{"it is not let in": {driver.ErrAuth, time.Hour}, "nobody waits": {driver.ErrUnreachable, -1}} {
		_, s := gated(t, test.kind, test.patience)
		_, _, err := s.Start(t.Context(), "order", "r", map[string]any{"request": "r"})
		must(t, err)
		if d := ended(t, s, "r"); d.Status != "failed" || d.Error == nil || d.Error.Code != "subscribe" {
			t.Errorf("%s: it ended as %+v", name, d)
		}
	}
}

// A run that waits for its broker can be cancelled, and the service ends.
func TestARunThatWaitsForItsBrokerCanBeCancelled(t *testing.T) {
	t.Parallel()
	g, s := gated(t, driver.ErrUnreachable, time.Hour)
	_, _, err := s.Start(t.Context(), "order", "r", map[string]any{"request": "r"})
	must(t, err)
	until(t, "it was tried", func() bool { return g.tried.Load() > 0 })
	must(t, s.Cancel(t.Context(), "r", "a test"))
	if d := ended(t, s, "r"); d.Status != "cancelled" {
		t.Errorf("it ended as %+v", d)
	}
	if err := s.Close(context.Background()); err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
