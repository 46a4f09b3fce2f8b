package service_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/journal"
	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/flow/service"
	"github.com/weft-dev/weft/wire/embedded"
	"github.com/weft-dev/weft/wire/endpoint"
	_ "github.com/weft-dev/weft/wire/inmem"
)

// office is a server of queues, a contract for them, and a service at it.
type office struct {
	url    string
	hub    *endpoint.Hub
	source *endpoint.Source
	plan   *plan.Plan
}

func newOffice(t *testing.T, extensions string) *office {
	t.Helper()
	server, err := embedded.Start(t.Context(), "inmem-queue", embedded.Options{Name: t.Name()})
	must(t, err)
	t.Cleanup(func() { must(t, server.Close()) })
	o := &office{url: server.URL, plan: compile(t, extensions)}
	o.hub = o.opened(t)
	o.source = endpoint.NewSource("bus", o.plan.Root.Steps[0].Use.Source.AsyncAPI, nil)
	return o
}

func (o *office) opened(t *testing.T) *endpoint.Hub {
	t.Helper()
	hub := endpoint.NewHub(endpoint.HubOptions{Choices: map[string]endpoint.Choice{"bus": {URL: o.url, Create: true}}})
	t.Cleanup(func() { must(t, hub.Close(context.Background())) })
	return hub
}

func (o *office) open(t *testing.T, store journal.Store, change func(*service.Options)) *service.Service {
	t.Helper()
	trigger, _, found := service.Read(o.plan, sourcesOf(o.plan))
	if len(found) > 0 {
		t.Fatal(found)
	}
	wire := engine.OverWire(engine.World{Hub: o.opened(t)})
	opts := service.Options{
		Journal: store, Idle: 5 * time.Millisecond, ReceiveTimeout: time.Hour,
		Workflows: map[string]*service.Workflow{"order": {Plan: o.plan, Wire: wire, Trigger: trigger}},
	}
	if change != nil {
		change(&opts)
	}
	s, err := service.Open(t.Context(), opts)
	must(t, err)
	t.Cleanup(func() { must(t, s.Close(context.Background())) })
	return s
}

// place answers orders, wanted or not.
func (o *office) place(t *testing.T, requests ...string) {
	t.Helper()
	does := o.plan.Root.Steps[0].Does
	reply := &endpoint.Target{Operation: does, Intent: endpoint.Send, Reply: true, Channel: does.Reply.Channel, Messages: does.Reply.Channel.Messages}
	sender, err := o.hub.Sender(t.Context(), o.source, reply, endpoint.SenderOptions{})
	must(t, err)
	for _, request := range requests {
		_, err := sender.Send(t.Context(), endpoint.Outgoing{
			Message: "Placed", Headers: map[string]any{"requestId": request}, Payload: map[string]any{"for": request},
		})
		must(t, err)
	}
}

func start(t *testing.T, s *service.Service, requests ...string) {
	t.Helper()
	for _, request := range requests {
		_, _, err := s.Start(t.Context(), "order", "run-"+request, map[string]any{"request": request})
		must(t, err)
	}
}

func got(t *testing.T, s *service.Service, requests ...string) {
	t.Helper()
	for _, request := range requests {
		d := ended(t, s, "run-"+request)
		if d.Status != "succeeded" || d.Outputs["for"] != request {
			t.Errorf("run %s: %s %+v", request, d.Status, d.Outputs)
		}
	}
}

// parkedAre waits until so many messages are parked.
func parkedAre(t *testing.T, s *service.Service, n int) {
	t.Helper()
	want := fmt.Sprintf("\nweft_messages_parked %d\n", n)
	var text strings.Builder
	for limit := time.Now().Add(60 * time.Second); time.Now().Before(limit); time.Sleep(5 * time.Millisecond) {
		text.Reset()
		must(t, s.WriteMetrics(&text))
		if strings.Contains(text.String(), want) {
			return
		}
	}
	t.Fatalf("not %d messages are parked:\n%s", n, text.String())
}

// Runs at one queue each get what is theirs, whether it came before they waited
// or after, in this process or the one before; what is nobody's is kept.
func TestRunsAtOneQueueEachGetTheirs(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "")
	store := journal.NewMemory(time.Now)
	s := o.open(t, store, nil)
	start(t, s, "a", "b")
	o.place(t, "stranger", "later", "b", "a")
	got(t, s, "a", "b")
	parkedAre(t, s, 2)
	must(t, s.Close(t.Context()))

	s = o.open(t, store, nil)
	parkedAre(t, s, 2)
	start(t, s, "later", "c")
	got(t, s, "later")
	o.place(t, "c")
	got(t, s, "c")
	parkedAre(t, s, 1)
}

// A run that waits outside of the process gets what was parked for it while the
// service was down.
func TestAWaitingRunGetsItsMessageAfterARestart(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "")
	store := journal.NewMemory(time.Now)
	s := o.open(t, store, nil)
	start(t, s, "a")
	o.place(t, "stranger")
	parkedAre(t, s, 1)
	must(t, s.Close(t.Context()))
	o.place(t, "a")
	s = o.open(t, store, nil)
	got(t, s, "a")
	parkedAre(t, s, 1)
}

// Between the run's journal and the inbox the process may end: then the inbox
// has what a run has taken, and asks that run's history.
func TestWhatWasTakenIsNotGivenAgain(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "")
	store := &forgetful{Memory: journal.NewMemory(time.Now)}
	s := o.open(t, store, nil)
	start(t, s, "opens")
	o.place(t, "again")
	parkedAre(t, s, 1)
	store.never.Store(true)
	start(t, s, "again")
	got(t, s, "again")
	must(t, s.Close(t.Context()))

	store.never.Store(false)
	s = o.open(t, store, nil)
	// Another run waits for the same id: it must not get what the first had.
	_, _, err := s.Start(t.Context(), "order", "run-second", map[string]any{"request": "again"})
	must(t, err)
	parkedAre(t, s, 0)
	o.place(t, "opens")
	got(t, s, "opens")
	if d, err := s.Show(t.Context(), "run-second"); err != nil || d.Status != "running" {
		t.Errorf("%v %+v", err, d)
	}
}

func TestWhatIsParkedForTooLongIsForgottenAloud(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "")
	store := journal.NewMemory(time.Now)
	s := o.open(t, store, nil)
	start(t, s, "a")
	o.place(t, "stranger")
	parkedAre(t, s, 1)
	must(t, s.Close(t.Context()))
	said := make(chan string, 10)
	s = o.open(t, store, func(opts *service.Options) {
		opts.Now = func() time.Time { return time.Now().Add(service.DefaultParked + time.Minute) }
		opts.Log = func(line string) { said <- line }
	})
	parkedAre(t, s, 0)
	for line := range said {
		if strings.Contains(line, "was parked for 24h0m0s and no run waited for it") {
			break
		}
	}
}

// A trigger and the runs that it begins share one queue: the first message of a
// request begins a run, the second is what that run waits for.
func TestATriggerAtAQueueLeavesToRunsWhatIsTheirs(t *testing.T) {
	t.Parallel()
	o := newOffice(t, `    x-trigger:
      channel: '{$sourceDescriptions.bus.url}#/channels/placed'
      inputs: {request: $message.header.requestId}`)
	s := o.open(t, journal.NewMemory(time.Now), nil)
	o.place(t, "x")
	var run string
	for limit := time.Now().Add(60 * time.Second); run == "" && time.Now().Before(limit); time.Sleep(5 * time.Millisecond) {
		if list, err := s.List(t.Context(), "", 10); err == nil && len(list) == 1 {
			run = list[0].ID
		}
	}
	for limit := time.Now().Add(60 * time.Second); time.Now().Before(limit); time.Sleep(5 * time.Millisecond) {
		if d, err := s.Show(t.Context(), run); err == nil && len(d.Waits) == 1 && d.Waits[0].Correlation == "x" {
			break
		}
	}
	o.place(t, "x")
	if d := ended(t, s, run); d.Status != "succeeded" || d.Outputs["for"] != "x" {
		t.Errorf("%s %+v", d.Status, d.Outputs)
	}
}

// forgetful is a journal that does not come to forget what was parked, as if
// the process had ended before.
type forgetful struct {
	*journal.Memory
	never atomic.Bool
}

// Keep implements journal.Keeper.
func (f *forgetful) Keep(ctx context.Context, name string, value []byte) error {
	if value == nil && f.never.Load() && strings.HasPrefix(name, "parked/") {
		return errors.New("the disk is full")
	}
	return f.Memory.Keep(ctx, name, value)
}
