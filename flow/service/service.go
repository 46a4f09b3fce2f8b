// Package service hosts workflows that survive: many runs in one process, kept
// in one journal, begun by whoever asks, by a message or by the clock, and
// taken up again where they were when the process is started anew.
//
// It must not know how a workflow proceeds, which is flow/machine's business,
// nor how effects are performed, which is flow/engine's. It knows which runs
// there are, and lets people see and steer them: API is its face to programs.
package service

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/journal"
	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/flow/plan"
)

// Workflow is one workflow that the service runs.
type Workflow struct {
	Plan *plan.Plan
	Wire engine.Wire
	// Head is what the journal keeps of how to make the plan again.
	Head engine.Head
	// Callbacks keeps what is to be told when runs have ended; nil where the
	// workflow registers nothing.
	Callbacks engine.Keeper
	// Letters are what Callbacks delivers; nil shows none.
	Letters Letters
	// Trigger begins runs by messages, and Schedule by the clock; nil is not.
	Trigger  *Trigger
	Schedule *Schedule
}

// Options are what a service is made of.
type Options struct {
	// Journal keeps the runs. Whoever opened it closes it, after the service.
	Journal journal.Store
	// Workflows are by their names, which are those of their runs.
	Workflows map[string]*Workflow
	// ReceiveTimeout bounds a receive that states no timeout; 0 lets it wait
	// for ever.
	ReceiveTimeout time.Duration
	// Parallel is how many steps of one graph may be under way at once.
	Parallel int
	// Patience is how long a run that begins waits for a broker that is away; 0
	// is DefaultPatience, and less than that not at all.
	Patience time.Duration
	// Idle is for how long a run may do nothing but wait before it leaves
	// memory; 0 is DefaultIdle, and less than that is for ever. Its journal has
	// all of it, and what it waits for brings it back.
	Idle time.Duration
	// Parked is for how long a message of a queue is kept that no run waits
	// for; 0 is DefaultParked.
	Parked time.Duration
	// Now is the clock; nil is the system's.
	Now func() time.Time
	// Log is told in a line what nobody asked for; nil is not told.
	Log func(string)
	// Watch makes an observer of a run, each time that the run is taken up in
	// this process; nil watches none.
	Watch func(run string) engine.Observer
}

// DefaultPatience is how long a broker may take to start again.
const DefaultPatience = time.Minute

// DefaultIdle is for how long a run waits in memory: long enough for answers
// that come at once, short enough that what is kept is what is under way.
const DefaultIdle = 2 * time.Second

// The errors of a service, for errors.Is.
var (
	// ErrNoWorkflow means that the service has no workflow of that name.
	ErrNoWorkflow = errors.New("there is no such workflow")
	// ErrDraining means that the service is about to stop and begins nothing.
	ErrDraining = errors.New("the service is stopping and begins nothing new")
	// ErrState means that the run does not stand so that this can be done.
	ErrState = errors.New("the run does not stand so that this can be done")
)

// Service hosts runs. Its methods may be called from several goroutines.
type Service struct {
	opts   Options
	events *hub
	stats  *stats

	ctx  context.Context // of all that goes on; ends with Close
	stop context.CancelFunc
	work sync.WaitGroup

	wires  map[engine.Subscriber]*shared
	inbox  *inbox
	alarms *alarms
	waking [64]sync.Mutex // one at a time brings a run back; by its name

	steer    sync.Mutex // one at a time takes up a run again
	mu       sync.Mutex
	draining bool
	runs     map[string]*hosted // those that have not ended
}

// hosted is a run that has not ended.
type hosted struct {
	workflow string
	running  *engine.Running // nil where it is not in the process
	problem  string          // why it cannot go on; "" where it waits in the journal
	until    time.Time       // when it is woken at the latest; zero is never
}

// Open takes up every run of the journal that has not ended, and then lets
// triggers and schedules begin new ones. A run that cannot go on is kept and
// listed with the reason; it can be resumed when that is mended.
func Open(ctx context.Context, opts Options) (*Service, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Log == nil {
		opts.Log = func(string) {}
	}
	if opts.Patience == 0 {
		opts.Patience = DefaultPatience
	}
	if opts.Idle == 0 {
		opts.Idle = DefaultIdle
	}
	s := &Service{opts: opts, events: newHub(), stats: newStats(), runs: map[string]*hosted{}}
	// The runs outlive the call, and end when Close says so.
	s.ctx, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	s.inbox = newInbox(s)
	s.share()
	s.alarms = newAlarms(s)
	s.work.Go(s.alarms.ring)
	if err := s.inbox.load(ctx); err != nil {
		return nil, errors.Join(err, s.Close(ctx))
	}
	s.work.Go(s.sweep)
	if err := s.takeUp(ctx); err != nil {
		return nil, errors.Join(err, s.Close(ctx))
	}
	if err := s.listen(ctx); err != nil {
		return nil, errors.Join(err, s.Close(ctx))
	}
	return s, nil
}

// listen begins to wait for messages and times that begin runs.
func (s *Service) listen(ctx context.Context) error {
	for _, name := range s.Names() {
		w := s.opts.Workflows[name]
		if w.Trigger != nil {
			if err := s.watch(ctx, name, w); err != nil {
				return fmt.Errorf("workflow %s cannot wait for what triggers it: %w", name, err)
			}
		}
		if w.Schedule != nil {
			s.work.Go(func() { s.keepTime(name, w.Schedule) })
		}
	}
	return nil
}

// Names are the names of the workflows, in order.
func (s *Service) Names() []string {
	var names []string
	for name := range s.opts.Workflows {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// openStates are the marks of runs that have not ended. A run is marked after
// it was first written, so one without a mark may be anything.
var openStates = []string{"", string(machine.RunRunning)}

// takeUp goes on with what an earlier process left: runs that have not ended,
// and the callbacks of those that have.
func (s *Service) takeUp(ctx context.Context) error {
	if err := s.rest(ctx); err != nil {
		return err
	}
	list, err := s.openRuns(ctx)
	if err != nil {
		return err
	}
	var work sync.WaitGroup
	places := make(chan struct{}, takenUpAtOnce)
	for _, run := range slices.Backward(list) { // the oldest first
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, waits := s.hosted(run.ID); waits {
			continue
		}
		places <- struct{}{}
		work.Go(func() {
			defer func() { <-places }()
			s.takeUpRun(run.ID)
		})
	}
	work.Wait()
	return ctx.Err()
}

// takenUpAtOnce is how many runs are taken up at once, so that their entries
// share the journal's commits.
const takenUpAtOnce = 64

// openRuns are the runs that an earlier process left under way, and those that
// have ended and may have callbacks that outlive them; the newest first.
func (s *Service) openRuns(ctx context.Context) ([]journal.Run, error) {
	list, err := s.opts.Journal.Runs(ctx, journal.Query{Limit: allRuns})
	return slices.DeleteFunc(list, func(run journal.Run) bool {
		return !slices.Contains(openStates, run.Status) && !s.outlived(ctx, run.ID)
	}), err
}

// outlived reports whether a run may have callbacks that outlive it.
func (s *Service) outlived(ctx context.Context, id string) bool {
	if !s.callsBack() {
		return false
	}
	head, err := engine.ReadHead(ctx, s.opts.Journal, id)
	if err != nil {
		return false
	}
	w := s.opts.Workflows[head.Workflow]
	return w != nil && w.Callbacks != nil
}

func (s *Service) callsBack() bool {
	for _, w := range s.opts.Workflows {
		if w.Callbacks != nil {
			return true
		}
	}
	return false
}

// allRuns is more than any journal has.
const allRuns = 1 << 40

func (s *Service) takeUpRun(id string) {
	if err := s.goOn(id, engine.Continue); err != nil {
		s.opts.Log(fmt.Sprintf("run %s cannot go on: %s", id, err))
	}
}

// goOn lets a run go on in this process, in the way that is given.
func (s *Service) goOn(id string, how func(context.Context, *plan.Plan, string, engine.Options) (*engine.Running, error)) error {
	head, err := engine.ReadHead(s.ctx, s.opts.Journal, id)
	if err != nil {
		return err
	}
	w, ok := s.opts.Workflows[head.Workflow]
	if !ok {
		err := fmt.Errorf("%w %q; bring its document back", ErrNoWorkflow, head.Workflow)
		s.keep(id, &hosted{workflow: head.Workflow, problem: err.Error()})
		return err
	}
	running, err := how(s.ctx, w.Plan, id, s.options(head.Workflow, id))
	if err != nil {
		s.keep(id, &hosted{workflow: head.Workflow, problem: err.Error()})
		return err
	}
	s.follow(head.Workflow, running)
	return nil
}

func (s *Service) keep(id string, h *hosted) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runs[id] = h
}

func (s *Service) options(workflow, id string) engine.Options {
	w := s.opts.Workflows[workflow]
	wire := w.Wire
	if shared := s.wires[wire.Subscriber]; shared != nil {
		wire.Subscriber = shared
	}
	return engine.Options{
		Wire: wire, Idle: s.opts.Idle, Callbacks: w.Callbacks, Journal: s.opts.Journal, RunID: id, Observer: s.observer(workflow, id),
		Parallel: s.opts.Parallel, ReceiveTimeout: s.opts.ReceiveTimeout, Head: w.Head, Now: s.opts.Now,
	}
}

// follow keeps a run that is under way, and lets it go when it has ended.
func (s *Service) follow(workflow string, running *engine.Running) {
	s.keep(running.ID, &hosted{workflow: workflow, running: running})
	s.work.Go(func() {
		_, err := running.Wait()
		switch {
		case errors.Is(err, engine.ErrDormant):
			s.left(workflow, running)
		case err != nil:
			s.broke(workflow, running.ID, err)
		default:
			s.mu.Lock()
			defer s.mu.Unlock()
			delete(s.runs, running.ID)
		}
	})
}

// broke notes that a run cannot go on in this process, unless that is because
// the service ends.
func (s *Service) broke(workflow, id string, err error) {
	if s.ctx.Err() != nil {
		return
	}
	s.keep(id, &hosted{workflow: workflow, problem: err.Error()})
	for _, shared := range s.wires {
		shared.forget(id)
	}
	s.opts.Log(fmt.Sprintf("run %s cannot go on: %s", id, err))
}

// Drain begins nothing new, and waits until no run has a call or message on its
// way, or until ctx ends: what waits goes on in the next process.
func (s *Service) Drain(ctx context.Context) {
	s.mu.Lock()
	s.draining = true
	s.mu.Unlock()
	tick := time.NewTicker(drainPause)
	defer tick.Stop()
	for s.busy() > 0 {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

const drainPause = 20 * time.Millisecond

// busy counts the runs that have a call or message on its way.
func (s *Service) busy() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, h := range s.runs {
		if h.running != nil && h.running.Busy() {
			n++
		}
	}
	return n
}

// Close stops every run where it stands, and waits for them. Each goes on in
// the next process.
func (s *Service) Close(context.Context) error {
	s.mu.Lock()
	s.draining = true
	s.mu.Unlock()
	s.stop()
	for _, shared := range s.wires {
		shared.close()
	}
	s.work.Wait()
	s.events.close()
	return nil
}
