package engine

import (
	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/flow/plan"
)

// Beginning returns what the journal of a run begins with: the head, for
// whoever makes the plan again, and the first event, encoded. It is for hosts
// that keep histories in a place of their own. With inputs that do not fit the
// error is an *InputError. The Options must name the run.
func Beginning(p *plan.Plan, inputs map[string]any, opts Options) (head, first []byte, err error) {
	head, started, err := beginning(p, inputs, opts.withDefaults())
	if err != nil {
		return nil, nil, err
	}
	first, err = machine.EncodeEvent(started)
	return head, first, err
}

func beginning(p *plan.Plan, inputs map[string]any, opts Options) (head []byte, started machine.Started, err error) {
	completed, violations := p.Root.Accept(inputs)
	if len(violations) > 0 {
		e := &InputError{Workflow: p.Root.Name}
		for _, v := range violations {
			e.Problems = append(e.Problems, v.Message)
		}
		return nil, started, e
	}
	if head, err = opts.Head.complete(p, opts).encode(); err != nil {
		return nil, started, err
	}
	return head, machine.Started{
		Stamp: machine.Stamp{At: opts.Now().UTC().Round(0)}, Run: opts.RunID, Inputs: completed, More: opts.More,
		Options: machine.Options{Parallel: opts.Parallel, ReceiveTimeout: opts.ReceiveTimeout, MaxSteps: opts.MaxSteps},
		Trigger: traceOnly(opts.Trigger),
	}, nil
}
