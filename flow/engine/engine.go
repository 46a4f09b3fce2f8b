// Package engine runs plans: it performs what the machine asks for, records
// each event before anything follows from it, and brings arriving messages to
// the run that waits for them.
//
// The promise is exactly-once for a run's state and at-least-once for effects
// on the world, each effect with an id that stays the same however often it is
// performed. A run with a journal survives the process: Resume goes on where
// the journal ends.
//
// It must not decide what comes next, which is flow/machine's business, nor
// how bytes reach a wire: it has three small interfaces for that, which
// OverWire fills with the real thing.
package engine

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/weft-dev/weft/flow/journal"
	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/flow/plan"
)

// Options say how to run. Only Wire is needed.
type Options struct {
	Wire Wire
	// Callbacks keeps the callbacks that outlive the run; a plan that registers
	// none needs none.
	Callbacks Keeper
	// Journal makes the run durable; without one nothing is written, and the
	// run ends with the process.
	Journal journal.Store
	// RunID is the run's name; "" makes one up.
	RunID string
	// Observer is told what happens, as it happens; it may be nil.
	Observer Observer

	// Parallel is how many steps of a graph may be under way at once; 0 is 1.
	Parallel int
	// ReceiveTimeout is the timeout of a receive that states none; 0 lets it
	// wait for ever. One-shot runs use DefaultReceiveTimeout.
	ReceiveTimeout time.Duration
	// MaxSteps bounds how many steps are begun; 0 is machine.DefaultMaxSteps.
	MaxSteps int
	// More are inputs of workflows that the plan's depends on, by their names.
	More map[string]map[string]any
	// Trigger are the headers of the message that begins the run; nil where none
	// does. Of them the run keeps where in a trace the message is.
	Trigger map[string]any
	// Head is what the journal keeps for whoever resumes the run.
	Head Head

	// Idle is for how long a run may do nothing but wait before it leaves the
	// process, with ErrDormant, where its journal and its subscriptions let it
	// (see Sharing); 0 is for ever.
	Idle time.Duration

	// Now is the clock; nil is the system's.
	Now func() time.Time
	// NewID makes up names of runs; nil makes random ones.
	NewID func() string
}

// DefaultReceiveTimeout is how long a one-shot run waits for a message where
// the step does not say (A13).
const DefaultReceiveTimeout = 30 * time.Second

// Observer is told what happens in a run, by one goroutine and in order. It
// must return soon: the run waits for it.
type Observer interface {
	Observe(machine.Happening)
}

// ObserverFunc makes an Observer of a function.
type ObserverFunc func(machine.Happening)

// Observe calls the function.
func (f ObserverFunc) Observe(h machine.Happening) { f(h) }

// InputError says that the inputs do not fit the workflow. Nothing has
// happened.
type InputError struct {
	Workflow string
	// Problems are in the words of the schema, each with the name of the input.
	Problems []string
}

// Error lists the problems.
func (e *InputError) Error() string {
	text := fmt.Sprintf("the inputs do not fit workflow %s:", e.Workflow)
	for _, p := range e.Problems {
		text += "\n  " + p
	}
	return text
}

// ErrInterrupted means that the context ended first. A durable run can be
// resumed.
var ErrInterrupted = errors.New("the run was interrupted")

// ErrChanged means that a document is not the one that the run began with.
var ErrChanged = errors.New("a document has changed since the run began")

// Run begins a run and returns how it ended. A failed run is a Result, not an
// error: an error means that it could not be run, or not to its end. With
// inputs that do not fit it is an *InputError.
func Run(ctx context.Context, p *plan.Plan, inputs map[string]any, opts Options) (Result, error) {
	running, err := Begin(ctx, p, inputs, opts)
	if err != nil {
		return Result{}, err
	}
	return running.Wait()
}

// Resume goes on with a run where its journal ends. The plan must be made of
// the documents that the run began with (see ReadHead): otherwise the error is
// ErrChanged. A run that has ended already gives its result again. What the run
// began with counts, not the Options that are part of its history.
func Resume(ctx context.Context, p *plan.Plan, runID string, opts Options) (Result, error) {
	running, err := Continue(ctx, p, runID, opts)
	if err != nil {
		return Result{}, err
	}
	return running.Wait()
}

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.NewID == nil {
		o.NewID = NewID
	}
	if o.Observer == nil {
		o.Observer = ObserverFunc(func(machine.Happening) {})
	}
	return o
}

// NewID makes a name that no other run has: 80 bits of chance.
func NewID() string {
	var b [10]byte
	_, _ = rand.Read(b[:]) // it never fails; see its documentation
	return "run-" + hex.EncodeToString(b[:])
}
