package service_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/journal"
	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/flow/service"
)

// witness keeps what is told of runs.
type witness struct {
	mu   sync.Mutex
	told map[machine.HappeningKind]machine.Happening
}

func (w *witness) Observe(h machine.Happening) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told[h.Kind] = h
}

func (w *witness) of(kind machine.HappeningKind) machine.Happening {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.told[kind]
}

// A run that a message begins belongs to the message's trace: what it sends
// goes on there, and its end still says so in the next process.
func TestARunBelongsToTheTraceOfTheMessageThatBeganIt(t *testing.T) {
	t.Parallel()
	const traceID, span = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	p := compile(t, triggered)
	trigger, _, _ := service.Read(p, sourcesOf(p))
	b, url := newBus(t)
	b.mute = true
	store := journal.NewMemory(time.Now)
	seen := &witness{told: map[machine.HappeningKind]machine.Happening{}}
	process := func() (*service.Service, *news) {
		w := newWire(url)
		t.Cleanup(w.close)
		n := &news{Subscriber: w}
		s, err := service.Open(t.Context(), service.Options{
			Journal: store, Watch: func(string) engine.Observer { return seen },
			Workflows: map[string]*service.Workflow{"order": {Plan: p, Wire: engine.Wire{Sender: w, Subscriber: n}, Trigger: trigger}},
		})
		must(t, err)
		t.Cleanup(func() { _ = s.Close(context.Background()) })
		return s, n
	}
	s, n := process()
	must(t, n.deliver(machine.Message{
		ID: "1", Payload: map[string]any{"kind": "order", "id": "a"},
		Headers: map[string]any{"Traceparent": "00-" + traceID + "-" + span + "-01", "tracestate": "shop=1", "secret": "hush"},
	}))
	b.took(t, "a")
	sending := seen.of(machine.MessageSending)
	if at := engine.EffectTrace(sending.Cause, sending.Effect); !strings.HasPrefix(at.Parent, "00-"+traceID+"-") || strings.Contains(at.Parent, span) || at.State != "shop=1" {
		t.Errorf("the run sends in the trace %v", at)
	}
	must(t, s.Close(context.Background()))
	b.mu.Lock()
	b.place("a")
	b.mu.Unlock()
	process()
	until(t, "the run has ended", func() bool { return seen.of(machine.RunEnded).Kind != "" })
	over := seen.of(machine.RunEnded)
	if at := engine.MessageTrace(over.Cause.Headers); at.Parent != "00-"+traceID+"-"+span+"-01" || len(over.Cause.Headers) != 2 {
		t.Errorf("the run ends and says that it was begun by %v", over.Cause.Headers)
	}
}
