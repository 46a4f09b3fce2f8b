package service

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"sync"
	"time"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/journal"
	"github.com/weft-dev/weft/internal/lazy"
)

// errOver means that a run has ended, or is unknown: nothing wakes it.
var errOver = errors.New("the run has ended")

// share puts one shared subscriber in the place of each that workflows have.
func (s *Service) share() {
	s.wires = map[engine.Subscriber]*shared{}
	for _, name := range s.Names() {
		inner := s.opts.Workflows[name].Wire.Subscriber
		if inner != nil && s.wires[inner] == nil {
			s.wires[inner] = newShared(s, name, inner)
		}
	}
}

// rest takes up what an earlier process left waiting: what each run waits for
// is in its note, so that none of them has to be rebuilt.
func (s *Service) rest(ctx context.Context) error {
	noter, ok := s.opts.Journal.(journal.Noter)
	if !ok {
		return nil
	}
	notes := map[string]*engine.Notes{}
	for name, w := range s.opts.Workflows {
		notes[name] = engine.NotesOf(w.Plan)
	}
	err := noter.Noted(ctx, func(run journal.Run, note []byte) error {
		d, err := engine.ReadDormant(notes, note)
		if err != nil {
			return nil //nolint:nilerr // the run's journal says how it stands
		}
		s.restOne(run.ID, d)
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	for _, shared := range s.wires {
		shared.openAll(ctx)
	}
	return nil
}

func (s *Service) restOne(id string, d *engine.Dormant) {
	s.keep(id, &hosted{workflow: d.Workflow, until: d.Until})
	if shared := s.wires[s.opts.Workflows[d.Workflow].Wire.Subscriber]; shared != nil {
		shared.resting(id, d)
	}
	s.alarms.set(id, d.Until)
}

// left notes that a run has left the process and waits in the journal.
func (s *Service) left(workflow string, running *engine.Running) {
	d := running.Dormant()
	s.mu.Lock()
	h := s.runs[running.ID]
	mine := h != nil && h.running == running
	if mine {
		s.runs[running.ID] = &hosted{workflow: workflow, until: d.Until}
	}
	s.mu.Unlock()
	if mine {
		s.alarms.set(running.ID, d.Until)
	}
}

var wakingSeed = lazy.Of[maphash.Seed]{Make: maphash.MakeSeed}

// wake brings a run back into the process, if it is not there.
func (s *Service) wake(id string) error {
	_, err := s.awake(id)
	return err
}

// awake returns a run that is in the process, and brings it back if need be.
// The error is errOver for one that has ended.
func (s *Service) awake(id string) (*engine.Running, error) {
	one := &s.waking[maphash.String(wakingSeed.Get(), id)%uint64(len(s.waking))]
	one.Lock()
	defer one.Unlock()
	h, ok := s.hosted(id)
	switch {
	case !ok:
		return nil, errOver
	case h.running != nil && !h.running.Leaving():
		return h.running, nil
	case h.problem != "":
		return nil, errors.New(h.problem)
	case h.running != nil:
		<-h.running.Done()
	}
	w, ok := s.opts.Workflows[h.workflow]
	if !ok {
		return nil, fmt.Errorf("%w %q", ErrNoWorkflow, h.workflow)
	}
	running, err := engine.Wake(s.ctx, w.Plan, id, s.options(h.workflow, id))
	if err != nil {
		s.broke(h.workflow, id, err)
		return nil, err
	}
	s.follow(h.workflow, running)
	return running, nil
}

// alarms wake runs that are not in the process when their time has come.
type alarms struct {
	service *Service
	changed chan struct{}

	mu    sync.Mutex
	queue alarmQueue
}

type alarm struct {
	at  time.Time
	run string
}

func newAlarms(s *Service) *alarms { return &alarms{service: s, changed: make(chan struct{}, 1)} }

// set has a run woken at a time; zero is never.
func (a *alarms) set(run string, at time.Time) {
	if at.IsZero() {
		return
	}
	a.mu.Lock()
	heap.Push(&a.queue, alarm{at, run})
	first := a.queue[0].run == run
	a.mu.Unlock()
	if !first {
		return
	}
	select {
	case a.changed <- struct{}{}:
	default:
	}
}

// ring wakes whom it is time for, until the service ends.
func (a *alarms) ring() {
	for a.service.ctx.Err() == nil {
		for _, run := range a.due() {
			_ = a.service.wake(run) // where it cannot be woken it is listed as stuck
		}
		// The clock may be set, so that it is looked at now and then.
		timer := time.NewTimer(min(a.next(), clockPause))
		select {
		case <-timer.C:
		case <-a.changed:
		case <-a.service.ctx.Done():
		}
		timer.Stop()
	}
}

// due takes out the runs whose time has come. Those that were woken meanwhile
// have another time, or none.
func (a *alarms) due() []string {
	now := a.service.opts.Now()
	a.mu.Lock()
	defer a.mu.Unlock()
	var list []string
	for len(a.queue) > 0 && !a.queue[0].at.After(now) {
		one := heap.Pop(&a.queue).(alarm)
		h, ok := a.service.hosted(one.run)
		if ok && h.running == nil && h.until.Equal(one.at) {
			list = append(list, one.run)
		}
	}
	return list
}

func (a *alarms) next() time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.queue) == 0 {
		return clockPause
	}
	return max(a.queue[0].at.Sub(a.service.opts.Now()), time.Millisecond)
}

// alarmQueue is a heap, the earliest first.
type alarmQueue []alarm

// Len implements heap.Interface.
func (q alarmQueue) Len() int { return len(q) }

// Less implements heap.Interface.
func (q alarmQueue) Less(i, j int) bool { return q[i].at.Before(q[j].at) }

// Swap implements heap.Interface.
func (q alarmQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }

// Push implements heap.Interface.
func (q *alarmQueue) Push(x any) { *q = append(*q, x.(alarm)) }

// Pop implements heap.Interface.
func (q *alarmQueue) Pop() any {
	old := *q
	last := old[len(old)-1]
	*q = old[:len(old)-1]
	return last
}
