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
// person.
type answers struct {
	steps  map[string]*plan.Step // that ask, by their ids
	given  map[string]any        // by the steps' ids
	person *prompter             // who is asked for the rest, or nil
}

// parseAnswers reads --answer STEP=VALUE, and makes sure before anything
// happens that each question has an answer that fits, or somebody to ask.
func parseAnswers(p *plan.Plan, said []string, person *prompter) (*answers, error) {
	a := &answers{steps: map[string]*plan.Step{}, given: map[string]any{}, person: person}
	var names []string
	for _, w := range p.Workflows {
		for _, s := range w.Steps {
			if s.Kind == plan.Ask {
				a.steps[s.ID] = s
				names = append(names, s.ID)
			}
		}
	}
	for _, text := range said {
		name, value, ok := strings.Cut(text, "=")
		step := a.steps[name]
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
		a.given[name] = answer
	}
	for _, name := range names {
		if _, ok := a.given[name]; !ok && person == nil {
			return nil, usage("step %s asks a person: give the answer with --answer %s=JSON, run it on a terminal, or let a service ask (weft serve)", name, name)
		}
	}
	return a, nil
}

// answering tells the run's observer, and answers what the run asks.
type answering struct {
	engine.Observer
	*answers
	face  face
	asked chan machine.Happening
}

// maxAsked bounds the questions that wait for this process to answer them.
const maxAsked = 1000

func (a *answers) observing(next engine.Observer, shown face) *answering {
	return &answering{Observer: next, answers: a, face: shown, asked: make(chan machine.Happening, maxAsked)}
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

// follow begins a run or goes on with it, answers what it asks and follows it
// to its end. A person who gives no answer ends it in this process.
func (a *answering) follow(ctx context.Context, begin func(context.Context) (*engine.Running, error)) (engine.Result, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	running, err := begin(ctx)
	if err != nil {
		return engine.Result{}, err
	}
	err = a.until(ctx, running)
	if errors.Is(err, errNoAnswer) {
		stop()
		return running.Wait()
	}
	if err != nil {
		return engine.Result{}, err
	}
	return running.Wait()
}

// until answers until the run is over.
func (a *answering) until(ctx context.Context, running *engine.Running) error {
	for {
		select {
		case h := <-a.asked:
			answer, by, err := a.answer(ctx, running, &h)
			if err == nil {
				err = running.Answer(ctx, h.Effect, answer, by)
			}
			if err != nil && !errors.Is(err, engine.ErrOver) && !errors.Is(err, context.Canceled) {
				return err
			}
		case <-running.Done():
			return nil
		}
	}
}

// answer is what was given for a question, or else what the person says.
func (a *answering) answer(ctx context.Context, running *engine.Running, h *machine.Happening) (answer any, by string, err error) {
	name := path.Base(h.Step)
	if answer, ok := a.given[name]; ok || a.person == nil || a.steps[name] == nil {
		return answer, "--answer", nil
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		select {
		case <-running.Done(): // the question's time was over
			stop()
		case <-ctx.Done():
		}
	}()
	back := a.face.leave()
	defer back()
	answer, err = a.person.ask(ctx, a.steps[name].Question, h)
	return answer, "the terminal", err
}
