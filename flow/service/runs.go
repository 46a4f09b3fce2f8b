package service

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/journal"
	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/text/diag"
)

// Run is one line of a list of runs.
type Run struct {
	ID       string `json:"id"`
	Workflow string `json:"workflow"`
	// Status is "running", "stuck", "succeeded", "failed" or "cancelled". A run
	// is stuck that cannot go on in this process; Problem says why.
	Status  string    `json:"status"`
	Problem string    `json:"problem,omitempty"`
	Created time.Time `json:"created"`
	Updated time.Time `json:"updated"`
}

// Statuses are what a run's status may be.
var Statuses = []string{string(machine.RunRunning), stuck, string(machine.RunSucceeded), string(machine.RunFailed), string(machine.RunCancelled)}

// stuck is how a run stands that has not ended and cannot go on now.
const stuck = "stuck"

// Detail is a run with all that is known of it.
type Detail struct {
	Run
	Outputs map[string]any `json:"outputs"`
	Error   *engine.Error  `json:"error,omitempty"`
	Steps   []engine.Step  `json:"steps"`
	Waits   []engine.Wait  `json:"waits,omitempty"`
}

// Start begins a run of a workflow and returns its id once it is recorded.
// With an id of the caller's own, a second Start with that id begins nothing
// and reports false: whoever is not sure may ask twice.
func (s *Service) Start(_ context.Context, workflow, id string, inputs map[string]any) (run string, begun bool, err error) {
	return s.begin(workflow, id, inputs, nil)
}

// begin begins a run, by a message where it is given its headers.
func (s *Service) begin(workflow, id string, inputs, trigger map[string]any) (run string, begun bool, err error) {
	w, ok := s.opts.Workflows[workflow]
	if !ok {
		return "", false, fmt.Errorf("%w: %q%s", ErrNoWorkflow, workflow, hint(diag.DidYouMean(workflow, s.Names())))
	}
	if s.isDraining() {
		return "", false, ErrDraining
	}
	asked := id
	if id == "" {
		id = engine.NewID() // whoever watches has to know it from the beginning
	}
	options := s.options(workflow, id)
	options.Trigger = trigger
	running, err := engine.Begin(s.ctx, w.Plan, inputs, options)
	if asked != "" && errors.Is(err, journal.ErrConflict) {
		return id, false, nil
	}
	if err != nil {
		return "", false, err
	}
	s.stats.started(workflow)
	s.follow(workflow, running)
	return running.ID, true, nil
}

func hint(text string) string {
	if text == "" {
		return ""
	}
	return "; " + text
}

func (s *Service) isDraining() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.draining
}

// List returns runs, the newest first, at most limit of them. A status narrows
// it; "" is any.
func (s *Service) List(ctx context.Context, status string, limit int) ([]Run, error) {
	query := journal.Query{Status: status, Limit: limit}
	if status == stuck {
		query = journal.Query{Status: string(machine.RunRunning), Limit: allRuns}
	}
	list, err := s.opts.Journal.Runs(ctx, query)
	if err != nil {
		return nil, err
	}
	runs := make([]Run, 0, min(len(list), limit))
	for _, entry := range list {
		run, err := s.line(ctx, entry)
		if err != nil {
			return nil, err
		}
		if (status == "" || run.Status == status) && len(runs) < limit {
			runs = append(runs, run)
		}
	}
	return runs, nil
}

func (s *Service) line(ctx context.Context, entry journal.Run) (Run, error) {
	run := Run{ID: entry.ID, Status: entry.Status, Created: entry.Created, Updated: entry.Updated}
	if h, ok := s.hosted(entry.ID); ok {
		run.Workflow, run.Status = h.workflow, string(machine.RunRunning)
		if h.problem != "" {
			run.Status, run.Problem = stuck, h.problem
		}
		return run, nil
	}
	head, err := engine.ReadHead(ctx, s.opts.Journal, entry.ID)
	run.Workflow = head.Workflow
	return run, err
}

func (s *Service) hosted(id string) (hosted, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h, ok := s.runs[id]
	if !ok {
		return hosted{}, false
	}
	return *h, true
}

// Show returns all that is known of a run.
func (s *Service) Show(ctx context.Context, id string) (Detail, error) {
	head, err := engine.ReadHead(ctx, s.opts.Journal, id)
	if err != nil {
		return Detail{}, err
	}
	d := Detail{Run: Run{ID: id, Workflow: head.Workflow}, Outputs: map[string]any{}, Steps: []engine.Step{}}
	if h, ok := s.hosted(id); ok && h.problem != "" {
		d.Status, d.Problem = stuck, h.problem
	}
	w, ok := s.opts.Workflows[head.Workflow]
	if !ok {
		return d, nil
	}
	snapshot, err := engine.Inspect(ctx, w.Plan, id, s.opts.Journal)
	if err != nil && d.Problem != "" {
		return d, nil
	}
	if err != nil {
		return Detail{}, err
	}
	d.fill(&snapshot)
	return d, nil
}

func (d *Detail) fill(snapshot *engine.Snapshot) {
	d.Created, d.Updated = snapshot.Started, snapshot.Started.Add(time.Duration(snapshot.DurationMs)*time.Millisecond)
	if d.Status == "" {
		d.Status = snapshot.Status
	}
	if d.Status == string(machine.RunArming) {
		d.Status = string(machine.RunRunning)
	}
	d.Outputs, d.Error, d.Steps, d.Waits = snapshot.Outputs, snapshot.Error, snapshot.Steps, snapshot.Waits
}

// Cancel ends a run at once; what is under way is not waited for.
func (s *Service) Cancel(ctx context.Context, id, reason string) error {
	err := s.tell(ctx, id, func(running *engine.Running) error { return running.Cancel(ctx, reason) })
	if errors.Is(err, engine.ErrOver) {
		return fmt.Errorf("%w: it has ended", ErrState)
	}
	return err
}

// tell tells something to a run that has not ended. A run that leaves the
// process just then is told when it is back.
func (s *Service) tell(ctx context.Context, id string, what func(*engine.Running) error) error {
	for {
		running, err := s.underWay(ctx, id)
		if err != nil {
			return err
		}
		if err := what(running); !errors.Is(err, engine.ErrDormant) {
			return err
		}
	}
}

// underWay returns a run that has not ended, in this process.
func (s *Service) underWay(ctx context.Context, id string) (*engine.Running, error) {
	h, ok := s.hosted(id)
	if ok && h.problem == "" {
		running, err := s.awake(id)
		if err == nil || !errors.Is(err, errOver) {
			return running, err
		}
		ok = false
	}
	if ok {
		return nil, fmt.Errorf("%w: it is stuck: %s", ErrState, h.problem)
	}
	if _, err := engine.ReadHead(ctx, s.opts.Journal, id); err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("%w: it has ended", ErrState)
}

// Resume lets a run go on that is stuck.
func (s *Service) Resume(ctx context.Context, id string) error {
	s.steer.Lock()
	defer s.steer.Unlock()
	h, ok := s.hosted(id)
	switch {
	case ok && h.problem == "":
		return fmt.Errorf("%w: it is under way", ErrState)
	case !ok:
		_, err := s.underWay(ctx, id)
		return err
	}
	return s.goOn(id, engine.Continue)
}

// Retry takes a run up again that has failed or was cancelled, from a step of
// its workflow on. With no step it is the one that failed.
func (s *Service) Retry(ctx context.Context, id, step string) error {
	if s.isDraining() {
		return ErrDraining
	}
	s.steer.Lock()
	defer s.steer.Unlock()
	if h, ok := s.hosted(id); ok && h.problem == "" {
		return fmt.Errorf("%w: it is under way", ErrState)
	}
	if step == "" {
		var err error
		if step, err = s.failedStep(ctx, id); err != nil {
			return err
		}
	}
	err := s.goOn(id, func(ctx context.Context, p *plan.Plan, id string, opts engine.Options) (*engine.Running, error) {
		return engine.Retry(ctx, p, id, step, opts)
	})
	if err != nil {
		s.forget(id) // it stands as it was
		var impossible *machine.EventError
		if errors.As(err, &impossible) {
			return fmt.Errorf("%w: %s", ErrState, impossible.Why)
		}
	}
	return err
}

func (s *Service) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.runs, id)
}

// failedStep is the step, of the run's own workflow, that a run failed at.
func (s *Service) failedStep(ctx context.Context, id string) (string, error) {
	d, err := s.Show(ctx, id)
	if err != nil {
		return "", err
	}
	for _, step := range d.Steps {
		if step.Path == "" && step.Status == string(machine.StepFailed) {
			return step.ID, nil
		}
	}
	return "", fmt.Errorf("%w: none of its steps has failed; say from which to try again", ErrState)
}

// Answer gives a person's answer to the step that asks. The step may be left
// out where only one asks. An answer that does not fit is a
// *machine.AnswerError, and the step still asks.
func (s *Service) Answer(ctx context.Context, id, step string, answer any, by string) error {
	err := s.tell(ctx, id, func(running *engine.Running) error {
		asked, err := running.Question(step)
		if err == nil {
			err = running.Answer(ctx, asked.ID, answer, by)
		}
		return err
	})
	var question *engine.QuestionError
	switch {
	case errors.As(err, &question):
		return fmt.Errorf("%w: %w", ErrState, err)
	case errors.Is(err, engine.ErrOver):
		if h, ok := s.hosted(id); ok && h.problem != "" {
			return fmt.Errorf("%w: it is stuck until it is resumed: %s", ErrState, h.problem)
		}
		return fmt.Errorf("%w: it has ended", ErrState)
	}
	return err
}
