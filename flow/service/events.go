package service

import (
	"sync"
	"time"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/internal/lazy"
)

// Event is something that happened to a run, for those who watch. It is
// described by the service's AsyncAPI document.
type Event struct {
	// Type is "runStarted", "runResumed", "runEnded", "stepEnded" or
	// "messageDropped".
	Type     string    `json:"type"`
	Run      string    `json:"run"`
	Workflow string    `json:"workflow"`
	At       time.Time `json:"at"`
	Step     string    `json:"step,omitempty"`
	// Status is how a run or step ended.
	Status string `json:"status,omitempty"`
	// Reason says why a run or step failed, or a message was dropped.
	Reason string `json:"reason,omitempty"`
}

// eventTypes are the kinds of happening that watchers are told of.
var eventTypes = lazy.Of[map[machine.HappeningKind]string]{Make: func() map[machine.HappeningKind]string {
	return map[machine.HappeningKind]string{
		machine.RunBegan: "runStarted", machine.RunResumed: "runResumed", machine.RunEnded: "runEnded",
		machine.StepEnded: "stepEnded", machine.MessageDropped: "messageDropped",
	}
}}

// observer is told what happens in a run.
func (s *Service) observer(workflow, id string) engine.Observer {
	watch := func(machine.Happening) {}
	if s.opts.Watch != nil {
		watch = s.opts.Watch(id).Observe
	}
	return engine.ObserverFunc(func(h machine.Happening) {
		watch(h)
		s.stats.observe(workflow, h)
		kind, ok := eventTypes.Get()[h.Kind]
		if !ok {
			return
		}
		e := Event{Type: kind, Run: id, Workflow: workflow, At: h.At, Step: h.Step, Reason: h.Text}
		if h.Kind == machine.RunEnded || h.Kind == machine.StepEnded {
			e.Status, e.Reason = statusOf(h), ""
		}
		if h.Failure != nil {
			e.Reason = h.Failure.Message
		}
		s.events.tell(e)
	})
}

func statusOf(h machine.Happening) string {
	switch {
	case h.Failure == nil:
		return string(machine.RunSucceeded)
	case h.Failure.Code == machine.FailCancelled:
		return string(machine.RunCancelled)
	}
	return string(machine.RunFailed)
}

// hub tells watchers of events. A watcher that is too slow misses some: a run
// never waits for whoever looks on.
type hub struct {
	mu       sync.Mutex
	closed   bool
	watchers map[chan Event]bool
}

func newHub() *hub { return &hub{watchers: map[chan Event]bool{}} }

// watchBuffer is how many events a watcher may be behind.
const watchBuffer = 256

func (h *hub) watch() (events <-chan Event, leave func()) {
	c := make(chan Event, watchBuffer)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		close(c)
		return c, func() {}
	}
	h.watchers[c] = true
	return c, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.watchers[c] {
			delete(h.watchers, c)
			close(c)
		}
	}
}

func (h *hub) tell(e Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.watchers {
		select {
		case c <- e:
		default:
			delete(h.watchers, c)
			close(c) // it begins again and looks at how runs stand
		}
	}
}

func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for c := range h.watchers {
		delete(h.watchers, c)
		close(c)
	}
}
