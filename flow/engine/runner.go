package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/weft-dev/weft/flow/journal"
	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/flow/plan"
)

// maxBatch bounds how many events share one write to the journal.
const maxBatch = 64

// runner is one run in this process. Its loop alone touches the machine; what
// goes on beside it posts events.
type runner struct {
	plan    *plan.Plan
	opts    Options
	machine *machine.Machine
	written uint64 // entries in the journal
	status  string // to mark the run with, with its next entries
	marked  string // what the journal says in lists
	head    []byte // the first entry, until it is written
	resumed bool

	queue  chan posted
	work   sync.WaitGroup // effects under way
	cancel map[string]context.CancelFunc
	timers map[string]*time.Timer
	passed map[string]*machine.Passed
	mask   mask

	callbacks []keptCallback // of the history that was replayed

	// beside counts what goes on beside the loop or may come from outside.
	// While it is nothing, a single call may as well be made by the loop
	// itself, in next, which saves two changes of goroutine for each step.
	besides int
	next    func(context.Context) machine.Event
	busy    atomic.Bool // something is on its way, for others to see
	leaving atomic.Bool // it is about to leave the process

	mu            sync.Mutex
	subscriptions []listening
	questions     []Question

	end     *machine.Result
	fault   error         // why the run cannot go on in this process
	dormant *Dormant      // the run has left the process, and waits
	gone    chan struct{} // closed when nobody looks at the queue any more
}

// posted is an event on its way to the loop. A delivery is answered: nil once
// the message is recorded or known to be nobody's.
type posted struct {
	event    machine.Event
	outcome  bool // of something that went on beside the loop
	delivery *delivery
	answer   chan error // of an event from outside: nil once it is recorded
	fault    error
}

type delivery struct {
	subscription string
	delivery     Delivery
	answer       chan error
}

func newRunner(p *plan.Plan, opts Options) *runner {
	return &runner{
		plan: p, opts: opts, machine: machine.New(p),
		queue:  make(chan posted, maxBatch),
		gone:   make(chan struct{}),
		cancel: map[string]context.CancelFunc{},
		timers: map[string]*time.Timer{},
		passed: map[string]*machine.Passed{},
	}
}

// now is the time as events carry it: without the process's own clock reading,
// so that a replay sees the same.
func (r *runner) now() time.Time { return r.opts.Now().UTC().Round(0) }

// replay rebuilds the machine from the journal. It returns the result of a run
// that has ended.
func (r *runner) replay(ctx context.Context) (*machine.Result, error) {
	entries, err := r.opts.Journal.Read(ctx, r.opts.RunID, 0)
	if err != nil {
		return nil, err
	}
	if len(entries) == 0 {
		return nil, fmt.Errorf("%w; list the runs of this journal to see which there are", journal.ErrUnknownRun)
	}
	head, err := decodeHead(entries[0])
	if err != nil {
		return nil, err
	}
	if err := head.unchanged(r.plan); err != nil {
		return nil, err
	}
	if len(entries) == 1 {
		return nil, errors.New("it ended before it began: nothing was done, begin it again")
	}
	r.written = uint64(len(entries))
	for i, entry := range entries[1:] {
		event, err := machine.DecodeEvent(entry)
		if err != nil {
			return nil, fmt.Errorf("entry %d of its journal: %w", i+2, err)
		}
		if started, ok := event.(machine.Started); ok {
			r.mask = newMask(r.secrets(started))
		}
		if _, again := event.(machine.Retried); again {
			r.end = nil
		}
		r.remember(event)
		effects, err := r.machine.Step(event)
		if err != nil {
			return nil, fmt.Errorf("entry %d of its journal does not follow from those before: %w", i+2, err)
		}
		for _, effect := range effects {
			switch effect := effect.(type) {
			case machine.Complete:
				r.end = &effect.Result
			case machine.KeepCallback:
				r.callbacks = append(r.callbacks, keptCallback{effect: effect})
			}
		}
	}
	return r.end, nil
}

// secrets are the values of inputs that must not be shown.
func (r *runner) secrets(started machine.Started) []string {
	values := r.plan.Root.SecretValues(started.Inputs)
	for _, w := range r.plan.Workflows {
		values = append(values, w.SecretValues(started.More[w.Name])...)
	}
	return values
}

// begin gives the machine the first event of this process and records it.
func (r *runner) begin(ctx context.Context, first machine.Event) {
	r.handle(ctx, []posted{{event: first}})
}

// loop takes events until the run has ended, and leaves nothing behind.
func (r *runner) loop(parent, ctx context.Context, stop context.CancelFunc) (Result, error) {
	defer r.close(stop)
	quiet := r.opts.quiet()
	defer quiet.stop()
	for r.end == nil && r.fault == nil {
		if r.callHere(ctx) {
			continue
		}
		quiet.again()
		select {
		case p := <-r.queue:
			r.handle(ctx, r.gather(p))
		case <-quiet.over():
			if r.leave(ctx) {
				return Result{}, ErrDormant
			}
		case <-parent.Done():
			if r.opts.Idle > 0 && r.leave(ctx) {
				return Result{}, ErrDormant
			}
			r.interrupt(ctx, parent)
		}
	}
	if r.fault != nil {
		return Result{}, r.fault
	}
	r.mark(context.WithoutCancel(parent), string(r.end.State))
	return resultOf(r.mask.result(*r.end)), nil
}

// callHere makes the call that was left to the loop, if there is one.
func (r *runner) callHere(ctx context.Context) bool {
	call := r.next
	if call == nil {
		return false
	}
	r.next = nil
	event := call(ctx)
	if ctx.Err() != nil {
		return false // it is being stopped: how it went was not awaited
	}
	r.handle(ctx, []posted{{event: event}})
	return true
}

// observe tells the observer what happened, without secrets.
func (r *runner) observe(h machine.Happening) { r.opts.Observer.Observe(r.mask.happening(h)) }

// interrupt ends the run in this process. A durable run stays as it is, to be
// resumed; another is cancelled.
func (r *runner) interrupt(ctx context.Context, parent context.Context) {
	if r.opts.Journal != nil {
		r.fault = fmt.Errorf("%w; resume it with --resume %s (%w)", ErrInterrupted, r.opts.RunID, context.Cause(parent))
		return
	}
	r.handle(ctx, []posted{{event: machine.Cancelled{Stamp: machine.Stamp{At: r.now()}, Reason: "the run was interrupted"}}})
}

// gather takes what has queued up behind the first event, to be written
// together.
func (r *runner) gather(first posted) []posted {
	batch := []posted{first}
	for len(batch) < maxBatch {
		select {
		case p := <-r.queue:
			batch = append(batch, p)
		default:
			return batch
		}
	}
	return batch
}

// handle gives events to the machine, records them, and only then performs
// what follows from them.
func (r *runner) handle(ctx context.Context, batch []posted) {
	var entries [][]byte
	var effects []machine.Effect
	var answers []chan error
	var claims []*Claim
	for _, p := range batch {
		if p.fault != nil {
			r.fault = p.fault
			break
		}
		event := p.event
		if p.outcome {
			r.besides--
		}
		if fired, ok := event.(machine.TimerFired); ok {
			delete(r.timers, fired.ID)
		}
		if p.delivery != nil {
			event = r.arrival(p.delivery)
			if event == nil {
				p.delivery.answer <- nil
				continue
			}
			answers = append(answers, p.delivery.answer)
			claims = append(claims, p.delivery.delivery.Claim)
		}
		if fired, ok := event.(machine.TimerFired); ok {
			fired.Passed = r.passedBy()
			event = fired
		}
		more, err := r.machine.Step(event)
		if err != nil && p.answer != nil && impossible(err) {
			p.answer <- err // the run is as it was
			continue
		}
		if p.answer != nil {
			answers = append(answers, p.answer)
		}
		if err != nil {
			r.fault = fmt.Errorf("run %s: %w", r.opts.RunID, err)
			break
		}
		if answered, ok := event.(machine.Arrived); ok {
			r.asked(answered.Subscription)
		}
		effects = append(effects, more...)
		entries = r.encode(entries, event)
	}
	if r.fault == nil {
		r.fault = r.record(ctx, entries, effects)
	}
	for _, claim := range claims {
		if r.fault == nil {
			claim.Take()
		}
	}
	for _, answer := range answers {
		answer <- r.fault
	}
	if r.fault == nil {
		r.selectAll()
		r.performAll(ctx, effects)
	}
	r.busy.Store(r.onTheirWay() > 0)
}

// onTheirWay counts what has an outcome to come, timers and messages aside.
func (r *runner) onTheirWay() int {
	r.mu.Lock()
	standing := len(r.subscriptions) + len(r.questions)
	r.mu.Unlock()
	n := r.besides - len(r.timers) - standing
	if r.next != nil {
		n++
	}
	return n
}

// impossible reports whether an event cannot happen now, which is no fault of
// the run.
func impossible(err error) bool {
	var event *machine.EventError
	var answer *machine.AnswerError
	return errors.As(err, &event) || errors.As(err, &answer)
}

func (r *runner) encode(entries [][]byte, event machine.Event) [][]byte {
	if r.opts.Journal == nil || r.fault != nil {
		return entries
	}
	entry, err := machine.EncodeEvent(event)
	if err != nil {
		r.fault = err
		return entries
	}
	return append(entries, entry)
}

func (r *runner) record(ctx context.Context, entries [][]byte, effects []machine.Effect) error {
	if r.opts.Journal == nil || len(entries) == 0 {
		return nil
	}
	if r.head != nil {
		entries = slices.Insert(entries, 0, r.head)
		r.head = nil
	}
	// An interrupt must not leave open what was written and what was not.
	err := r.append(context.WithoutCancel(ctx), entries, r.statusAfter(effects))
	if errors.Is(err, journal.ErrConflict) && r.written == 0 {
		return fmt.Errorf("there is a run %s already; resume it, or take another name: %w", r.opts.RunID, err)
	}
	if err != nil {
		return fmt.Errorf("run %s cannot be recorded, so it stops here: %w", r.opts.RunID, err)
	}
	r.written += uint64(len(entries))
	return nil
}

// append writes entries, and marks the run where it is to be marked and the
// journal can do both at once.
func (r *runner) append(ctx context.Context, entries [][]byte, status string) error {
	marker, ok := r.opts.Journal.(journal.Marker)
	if !ok || status == "" {
		return r.opts.Journal.Append(ctx, r.opts.RunID, r.written, entries)
	}
	err := marker.AppendMarked(ctx, r.opts.RunID, r.written, entries, status)
	if err == nil {
		r.status, r.marked = "", status
	}
	return err
}

// statusAfter is what to mark the run with as it stands after some effects, or
// "" for as it is.
func (r *runner) statusAfter(effects []machine.Effect) string {
	for _, effect := range effects {
		if complete, ok := effect.(machine.Complete); ok {
			return string(complete.Result.State)
		}
	}
	return r.status
}

// mark notes for lists how the run stands, where that is not noted yet. It is
// not the truth, so that it fails is not worth ending a run for.
func (r *runner) mark(ctx context.Context, status string) {
	if r.opts.Journal != nil && r.marked != status {
		_ = r.opts.Journal.Mark(ctx, r.opts.RunID, status)
		r.marked = status
	}
}

// arrival makes an event of a delivery, or nil where it is nothing to the run.
func (r *runner) arrival(d *delivery) machine.Event {
	why := d.delivery.Rejected
	if why == "" {
		wanted, reason := r.wants(d)
		if wanted {
			return machine.Arrived{Stamp: machine.Stamp{At: r.now()}, Subscription: d.subscription, Message: d.delivery.Message}
		}
		why = reason
	}
	if claim := d.delivery.Claim; claim != nil && (claim.again || claim.Taken()) {
		return nil // it is told of already, or known already
	}
	p := r.passed[d.subscription]
	if p == nil {
		p = &machine.Passed{Subscription: d.subscription}
		r.passed[d.subscription] = p
	}
	p.Count++
	p.Last = why
	r.observe(machine.Happening{
		Kind: machine.MessagePassed, At: r.now(), Workflow: r.plan.Root.Name, Effect: d.subscription,
		Address: d.delivery.Message.Address, Headers: d.delivery.Message.Headers, Payload: d.delivery.Message.Payload, Text: why,
	})
	return nil
}

func (r *runner) passedBy() []machine.Passed {
	list := r.passedElsewhere()
	for _, id := range slices.Sorted(maps.Keys(r.passed)) {
		list = append(list, *r.passed[id])
	}
	return list
}

// post brings an event to the loop, unless the run ends first.
func (r *runner) post(ctx context.Context, event machine.Event) {
	select {
	case r.queue <- posted{event: event, outcome: true}:
	case <-ctx.Done():
	}
}

// close ends everything that goes on beside the loop and waits for it.
func (r *runner) close(stop context.CancelFunc) {
	defer close(r.gone)
	stop()
	for _, timer := range r.timers {
		timer.Stop()
	}
	r.mu.Lock()
	open := r.subscriptions
	r.mu.Unlock()
	over, interrupted := ErrOver, r.parting()
	if r.dormant != nil {
		open = nil // they stand on
		over = ErrDormant
	}
	// Deliveries that wait for an answer get one, so that they can end.
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, s := range open {
			_ = s.subscription.Close() // the run has its result; nothing more is wanted from it
		}
		r.work.Wait()
	}()
	for {
		select {
		case p := <-r.queue:
			if p.delivery != nil {
				p.delivery.answer <- interrupted
			}
			if p.answer != nil {
				p.answer <- over
			}
		case <-done:
			return
		}
	}
}

// parting is what a delivery is told that the run did not look at.
func (r *runner) parting() error {
	if r.dormant != nil {
		return ErrDormant
	}
	return ErrInterrupted
}
