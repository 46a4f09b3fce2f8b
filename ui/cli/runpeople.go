package cli

import (
	"cmp"
	"context"
	"errors"
	"path"
	"strings"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/text/diag"
)

// answers are what the user of "weft run" answers to the steps that ask a
// person, by the steps' ids.
type answers map[string]any

// parseAnswers reads --answer STEP=VALUE, and makes sure before anything
// happens that each question has an answer that fits.
func parseAnswers(p *plan.Plan, said []string) (answers, error) {
	asks := map[string]*plan.Step{}
	var names []string
	for _, w := range p.Workflows {
		for _, s := range w.Steps {
			if s.Kind == plan.Ask {
				asks[s.ID] = s
				names = append(names, s.ID)
			}
		}
	}
	given := answers{}
	for _, text := range said {
		name, value, ok := strings.Cut(text, "=")
		step := asks[name]
		switch {
		case !ok:
			return nil, usage("--answer %q is not STEP=VALUE", text)
		case step == nil:
			return nil, usage("--answer %s: no step of that name asks a person; %s", name, cmp.Or(diag.DidYouMean(name, names), "those that do are: "+strings.Join(names, ", ")))
		}
		answer := inputValue(value)
		if problems := step.Question.Judge(answer); len(problems) > 0 {
			return nil, usage("--answer %s does not fit: %s", name, strings.Join(problems, "; "))
		}
		given[name] = answer
	}
	for _, name := range names {
		if _, ok := given[name]; !ok {
			return nil, usage("step %s asks a person: give the answer with --answer %s=JSON, or let a service ask (weft serve)", name, name)
		}
	}
	return given, nil
}

// answering tells the run's observer, and answers what the run asks.
type answering struct {
	engine.Observer
	answers answers
	asked   chan machine.Happening
}

// maxAsked bounds the questions that wait for this process to answer them.
const maxAsked = 1000

func (a answers) observing(next engine.Observer) *answering {
	return &answering{Observer: next, answers: a, asked: make(chan machine.Happening, maxAsked)}
}

// Observe implements engine.Observer.
func (a *answering) Observe(h machine.Happening) {
	a.Observer.Observe(h)
	if h.Kind != machine.PersonAsked {
		return
	}
	select {
	case a.asked <- h:
	default: // its step's timeout ends it
	}
}

// until answers until the run is over.
func (a *answering) until(ctx context.Context, running *engine.Running) error {
	for {
		select {
		case h := <-a.asked:
			err := running.Answer(ctx, h.Effect, a.answers[path.Base(h.Step)], "--answer")
			if err != nil && !errors.Is(err, engine.ErrOver) && ctx.Err() == nil {
				return err
			}
		case <-running.Done():
			return nil
		}
	}
}

// run begins a run, answers what it asks and follows it to its end.
func (a *answering) run(ctx context.Context, running *engine.Running) (engine.Result, error) {
	if err := a.until(ctx, running); err != nil {
		return engine.Result{}, err
	}
	return running.Wait()
}
