package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/flow/plan"
)

// Running is a run under way in this process. Its methods may be called from
// several goroutines.
type Running struct {
	// ID is the run's name.
	ID string

	runner *runner
	done   chan struct{}
	result Result
	err    error
}

// Leaving reports whether the run is about to leave the process, or has.
func (x *Running) Leaving() bool { return x.runner.leaving.Load() }

// Dormant is how a run waits that has left the process; nil where it has not.
func (x *Running) Dormant() *Dormant {
	<-x.done
	return x.runner.dormant
}

// ErrOver means that a run has come to its end, at least in this process, so
// that nothing can be done to it here.
var ErrOver = errors.New("the run is not under way any more")

// Begin begins a run and returns once that is recorded: from then on it goes on
// to its end, in this process or in one that continues it. With inputs that do
// not fit the error is an *InputError and nothing has happened. The run goes on
// beside the caller until ctx ends.
func Begin(ctx context.Context, p *plan.Plan, inputs map[string]any, opts Options) (*Running, error) {
	opts = opts.withDefaults()
	if opts.RunID == "" {
		opts.RunID = opts.NewID()
	}
	r := newRunner(p, opts)
	head, started, err := beginning(p, inputs, opts)
	if err != nil {
		return nil, err
	}
	r.head = head
	r.mask = newMask(r.secrets(started))
	return r.launch(ctx, started, string(machine.RunRunning))
}

// Continue goes on with a run where its journal ends, as Resume does, beside
// the caller.
func Continue(ctx context.Context, p *plan.Plan, runID string, opts Options) (*Running, error) {
	r, err := rebuilt(ctx, p, runID, opts)
	if err != nil {
		return nil, err
	}
	if err := r.keepAgain(ctx); err != nil {
		return nil, err
	}
	return r.goOn(ctx)
}

// goOn asks again for what was under way.
func (r *runner) goOn(ctx context.Context) (*Running, error) {
	if r.end != nil {
		r.mark(ctx, string(r.end.State)) // the process may have ended before it could
		over := &Running{ID: r.opts.RunID, runner: r, done: make(chan struct{}), result: resultOf(r.mask.result(*r.end))}
		close(over.done)
		return over, nil
	}
	return r.launch(ctx, machine.Resumed{Stamp: r.stamp()}, string(machine.RunRunning))
}

// Retry takes a run up again that has failed or was cancelled: the step of that
// id, of the run's own workflow, and those after it are done again, as new
// attempts. It returns once that is recorded.
func Retry(ctx context.Context, p *plan.Plan, runID, step string, opts Options) (*Running, error) {
	r, err := rebuilt(ctx, p, runID, opts)
	if err != nil {
		return nil, err
	}
	if err := r.keepAgain(ctx); err != nil {
		return nil, err
	}
	r.end = nil
	return r.launch(ctx, machine.Retried{Stamp: r.stamp(), From: step}, string(machine.RunRunning))
}

// rebuilt is a run as its journal tells.
func rebuilt(ctx context.Context, p *plan.Plan, runID string, opts Options) (*runner, error) {
	opts = opts.withDefaults()
	opts.RunID = runID
	if opts.Journal == nil {
		return nil, errors.New("to resume a run, name the journal that has it")
	}
	r := newRunner(p, opts)
	if _, err := r.replay(ctx); err != nil {
		return nil, fmt.Errorf("run %s cannot be resumed: %w", runID, err)
	}
	r.resumed = true
	return r, nil
}

// launch records the first event of this process and lets the run go on beside
// the caller. The status, where there is one, marks the run in lists.
func (r *runner) launch(parent context.Context, first machine.Event, status string) (*Running, error) {
	ctx, stop := context.WithCancel(parent)
	r.status = status
	r.begin(ctx, first)
	if r.fault != nil {
		r.close(stop)
		return nil, r.fault
	}
	if status != "" && r.end == nil {
		r.mark(ctx, status)
	}
	return r.run(parent, ctx, stop), nil
}

// run lets the run go on beside the caller.
func (r *runner) run(parent, ctx context.Context, stop context.CancelFunc) *Running {
	running := &Running{ID: r.opts.RunID, runner: r, done: make(chan struct{})}
	go func() {
		defer close(running.done)
		running.result, running.err = r.loop(parent, ctx, stop)
	}()
	return running
}

// Wait waits for the run to end in this process and returns what Run does.
func (x *Running) Wait() (Result, error) {
	<-x.done
	return x.result, x.err
}

// Done is closed when the run has ended in this process.
func (x *Running) Done() <-chan struct{} { return x.done }

// Busy reports whether a call or message of the run is on its way, or what it
// listens to is being opened. Otherwise it only waits.
func (x *Running) Busy() bool {
	select {
	case <-x.done:
		return false
	default:
		return x.runner.busy.Load()
	}
}

// Cancel ends the run at once and returns when that is recorded. Where the run
// has ended the error is ErrOver.
func (x *Running) Cancel(ctx context.Context, reason string) error {
	return x.tell(ctx, machine.Cancelled{Stamp: x.runner.stamp(), Reason: reason})
}

// Answer gives the run a person's answer to the question of that id (see
// Question) and returns when it is recorded. An answer that does not fit is
// refused with a *machine.AnswerError, and the run waits on. By is who answers,
// or "".
func (x *Running) Answer(ctx context.Context, ask string, answer any, by string) error {
	return x.tell(ctx, machine.Answer(x.runner.now(), ask, answer, by))
}

// tell gives the run an event from outside and waits until it is recorded.
func (x *Running) tell(ctx context.Context, event machine.Event) error {
	answer := make(chan error, 1)
	select {
	case x.runner.queue <- posted{event: event, answer: answer}:
	case <-x.done:
		return x.over()
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-answer:
		return err
	case <-x.done:
		return x.over()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// over says why a run is not under way here any more.
func (x *Running) over() error {
	if errors.Is(x.err, ErrDormant) {
		return ErrDormant
	}
	return ErrOver
}
