// Package temporal hosts workflows in Temporal: each run is a Temporal workflow
// in which flow/machine decides, so that any number of processes share the runs
// and none of them keeps anything. What a process has done is in Temporal's
// histories; one that is killed is replaced by whichever is left.
//
// Calls and sends are local activities. A channel is listened to by one process
// of all, in an activity that tells Temporal how far it is; what comes goes to
// an index workflow for its correlation id, which brings it to the runs that
// wait for that and keeps it for those that will.
//
// It must not decide what comes next in a run, which is flow/machine's
// business, nor how bytes reach a wire: it is given an engine.Wire.
package temporal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/flow/service"
)

// taskQueue is where the work for weft is in Temporal.
const taskQueue = "weft"

// The names of the kinds of Temporal workflows and of the activity. They are
// in histories, so that they stay for ever.
const (
	runKind      = "weft.run"
	indexKind    = "weft.index"
	listenKind   = "weft.listen"
	listenWork   = "weft.listening"
	scheduleKind = "weft.schedule"
)

// host is a process's part in hosting workflows.
type host struct {
	opts     service.Options
	client   client.Client
	worker   worker.Worker
	channels []channel
	draining chan struct{}
	drain    sync.Once
	turns    turns
}

var _ service.Host = (*host)(nil)

// Open begins to work on runs that Temporal keeps. It returns when every
// channel is listened to, by this process or another.
func Open(ctx context.Context, place service.Place, opts service.Options) (service.Host, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Log == nil {
		opts.Log = func(string) {}
	}
	h := &host{opts: opts, draining: make(chan struct{})}
	if err := h.hostable(); err != nil {
		return nil, err
	}
	if err := h.dial(ctx, place); err != nil {
		return nil, fmt.Errorf("temporal at %s cannot be reached: %w", place.Address, err)
	}
	h.worker = worker.New(h.client, taskQueue, worker.Options{
		WorkerStopTimeout: stopTime, StickyScheduleToStartTimeout: sticky, MaxHeartbeatThrottleInterval: heartbeat / 2,
	})
	h.register(h.worker)
	if err := h.worker.Start(); err != nil {
		h.client.Close()
		return nil, fmt.Errorf("temporal at %s gives this process no work: %w", place.Address, err)
	}
	if err := errors.Join(h.listenToAll(ctx), h.keepTimes(ctx)); err != nil {
		return nil, errors.Join(err, h.Close(ctx))
	}
	return h, nil
}

// sticky is how long a run stays with the process that had it last and does not
// come for it: most often that was killed, and a message or a deadline waits.
const sticky = time.Second

// stopTime is how long the end of a process waits for what it has begun.
const stopTime = 5 * time.Second

func (h *host) dial(ctx context.Context, place service.Place) error {
	var err error
	h.client, err = client.DialContext(ctx, client.Options{
		HostPort: place.Address, Namespace: place.Namespace, Logger: logger{h.opts.Log},
	})
	return err
}

// registry is what workflows and activities are made known to.
type registry interface {
	worker.WorkflowRegistry
	worker.ActivityRegistry
}

func (h *host) register(to registry) {
	h.registerWorkflows(to)
	to.RegisterActivityWithOptions(h.listening, activityNamed(listenWork))
}

func (h *host) registerWorkflows(to worker.WorkflowRegistry) {
	to.RegisterWorkflowWithOptions(h.run, workflow.RegisterOptions{Name: runKind})
	to.RegisterWorkflowWithOptions(h.index, workflow.RegisterOptions{Name: indexKind})
	to.RegisterWorkflowWithOptions(h.listen, workflow.RegisterOptions{Name: listenKind})
	to.RegisterWorkflowWithOptions(h.keepTime, workflow.RegisterOptions{Name: scheduleKind})
}

// hostable says what of the workflows cannot be hosted here, and finds the
// channels that are to be listened to.
func (h *host) hostable() error {
	var wrong []error
	for _, name := range h.Names() {
		w := h.opts.Workflows[name]
		if keepsCallbacks(w.Plan) {
			wrong = append(wrong, fmt.Errorf("workflow %s keeps callbacks, which is not supported in Temporal yet; serve it with --journal", name))
			continue
		}
		channels, err := channelsOf(name, w)
		h.channels = append(h.channels, channels...)
		wrong = append(wrong, err)
	}
	return errors.Join(wrong...)
}

func keepsCallbacks(p *plan.Plan) bool {
	for _, flow := range p.Workflows {
		if slices.ContainsFunc(flow.Steps, func(s *plan.Step) bool { return len(s.Callbacks) > 0 }) {
			return true
		}
	}
	return false
}

// logger tells what Temporal's library has to say that is a fault. The values
// beside a message are left out: they may be a run's.
type logger struct{ tell func(string) }

// Debug is of what Temporal asks of a logger.
func (logger) Debug(string, ...any) {}

// Info is of what Temporal asks of a logger.
func (logger) Info(string, ...any) {}

// Warn is of what Temporal asks of a logger.
func (logger) Warn(string, ...any) {}

// Error is of what Temporal asks of a logger.
func (l logger) Error(message string, keys ...any) {
	for i := 0; i+1 < len(keys); i += 2 {
		if keys[i] == "Error" {
			message = fmt.Sprintf("%s: %v", message, keys[i+1])
		}
	}
	l.tell("temporal: " + message)
}
