package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/weft-dev/weft/flow/callbacks"
	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/flow/machinetest"
	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/spec/schema/languages"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/callback"
	"github.com/weft-dev/weft/wire/endpoint"
	"github.com/weft-dev/weft/wire/http"
	"github.com/weft-dev/weft/wire/inmem"
)

// Outcome is what came of a fixture.
type Outcome struct {
	// Status is "refused", or how the run ended.
	Status   string
	Findings []diag.Diagnostic
	// Wrong is what else than findings the run was refused for: "inputs", or
	// "servers" where they or credentials are missing; Why says more.
	Wrong  string
	Why    error
	Result engine.Result
	hits   []hit
	sent   []sending
	asked  []Asked
	began  time.Time
}

// patience is how long a run may take by the virtual clock.
const patience = 90 * 24 * time.Hour

// afterwards is how long after its end callbacks of a run are waited for.
const afterwards = time.Hour

// Play runs a fixture in a world of its own. The caller sees to it that the
// clock is virtual (testing/synctest).
func (k *Kit) Play(ctx context.Context, f *Fixture) (*Outcome, error) {
	p, found, err := k.compile(f)
	if err != nil {
		return nil, err
	}
	o := &Outcome{Findings: found, began: time.Now()}
	if p == nil || diag.Worst(found) == diag.Error {
		o.Status = "refused"
		return o, nil
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	w := newWorld(ctx, f, p)
	defer w.close(cancel)
	return o, w.run(ctx, f, p, o)
}

func (k *Kit) compile(f *Fixture) (*plan.Plan, []diag.Diagnostic, error) {
	texts, err := k.Texts(f)
	if err != nil {
		return nil, nil, err
	}
	memory := source.Memory{}
	for name, text := range texts {
		memory["memory:///"+name] = text
	}
	p, found := machinetest.CompileWith(memory, "memory:///"+Main, f.Workflow, plan.Options{StrictPerspective: f.Options.StrictPerspective})
	return p, found, nil
}

// world is what stands around a run.
type world struct {
	servers *servers
	brokers *brokers
	topics  *inmem.Server
	hub     *endpoint.Hub
	http    *http.Client
	people  *people
	engine  engine.World
}

func newWorld(ctx context.Context, f *Fixture, p *plan.Plan) *world {
	w := &world{brokers: newBrokers(ctx, "kit", f.Script.Brokers)}
	// The name is this run's alone: worlds of other fixtures are not seen.
	w.brokers.name = fmt.Sprintf("kit-%p", w)
	w.servers = newServers(f.Script.Servers, w.brokers.onCalled)
	w.topics = inmem.NewServer(w.brokers.name, inmem.Driver{})
	mux := &broker.Mux{}
	mux.Register(&tap{sent: w.brokers.onSent})
	choices := map[string]endpoint.Choice{}
	for _, use := range p.Uses {
		if use.Source.AsyncAPI != nil {
			choices[use.Name] = endpoint.Choice{URL: w.topics.URL(), Create: true, Embedded: true}
		}
	}
	w.hub = endpoint.NewHub(endpoint.HubOptions{Choices: choices, Mux: mux})
	w.http = http.New(http.Options{Transport: w.servers})
	w.people = &people{ctx: ctx, replies: f.Script.People}
	w.engine = engine.World{
		Hub: w.hub, HTTP: w.http, Schemas: languages.In(ref.New(source.Memory{}, ref.Options{})),
		Servers: f.Options.httpServers(), Credentials: f.Options.secrets(),
	}
	return w
}

func (o Options) httpServers() map[string]http.Choice {
	out := map[string]http.Choice{}
	for name, value := range o.Servers {
		if url, ok := value.(string); ok {
			out[name] = http.Choice{URL: url}
			continue
		}
		object, _ := value.(map[string]any)
		choice := http.Choice{Variables: map[string]string{}}
		for name, v := range object {
			choice.Variables[name] = plainText(v)
		}
		out[name] = choice
	}
	return out
}

func (o Options) secrets() map[string]map[string]http.Credential {
	out := map[string]map[string]http.Credential{}
	for name, schemes := range o.Credentials {
		out[name] = map[string]http.Credential{}
		for scheme, s := range schemes {
			out[name][scheme] = http.Credential{User: s.User, Secret: func() (string, error) { return s.Secret, nil }}
		}
	}
	return out
}

func (w *world) close(cancel context.CancelFunc) {
	cancel()
	w.brokers.wait.Wait()
	w.people.wait.Wait()
	_ = w.hub.Close(context.Background())
	w.http.Close()
	_ = w.topics.Close()
}

// run performs the plan and notes what came of it.
func (w *world) run(ctx context.Context, f *Fixture, p *plan.Plan, o *Outcome) error {
	more, err := w.engine.Check(p)
	o.Findings = append(o.Findings, more...)
	if err != nil || diag.Worst(more) == diag.Error {
		o.Status, o.Wrong, o.Why = "refused", "servers", err
		return nil
	}
	wire := engine.OverWire(w.engine)
	keeper := callbacks.New(wire.Subscriber, callbacks.Options{Delivery: callback.Options{Transport: w.servers}})
	defer keeper.Close()
	running, err := engine.Begin(ctx, p, f.Inputs, engine.Options{
		Wire: wire, Callbacks: keeper, Parallel: f.Options.Parallel, MaxSteps: f.Options.MaxSteps, More: f.More,
		ReceiveTimeout: time.Duration(f.Options.ReceiveTimeout) * time.Millisecond,
		RunID:          "run", Observer: w.people,
	})
	var wrong *engine.InputError
	if errors.As(err, &wrong) {
		o.Status, o.Wrong, o.Why = "refused", "inputs", err
		return nil
	}
	if err != nil {
		return err
	}
	w.brokers.begin()
	w.people.meet(running)
	o.Result, err = running.Wait()
	o.Status = o.Result.Status
	if keeper.Kept() > 0 {
		limited, cancel := context.WithTimeout(ctx, afterwards)
		defer cancel()
		keeper.Wait(limited)
	}
	o.hits, o.sent, o.asked = w.servers.seen(), w.brokers.seen(), w.people.seen()
	return err
}

// people answer what the run asks.
type people struct {
	ctx     context.Context
	replies []Reply
	wait    sync.WaitGroup

	mu      sync.Mutex
	running *engine.Running
	waiting []string // asked before the run was known here
	asked   []Asked
}

// seen are the questions so far.
func (p *people) seen() []Asked {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.asked)
}

// meet tells the people which run it is that asks.
func (p *people) meet(running *engine.Running) {
	p.mu.Lock()
	p.running = running
	waiting := p.waiting
	p.mu.Unlock()
	for _, step := range waiting {
		p.reply(step)
	}
}

// Observe implements engine.Observer.
func (p *people) Observe(h machine.Happening) {
	if h.Kind != machine.PersonAsked {
		return
	}
	p.mu.Lock()
	known := p.running != nil
	if !known {
		p.waiting = append(p.waiting, h.Step)
	}
	p.mu.Unlock()
	if known {
		p.reply(h.Step)
	}
}

func (p *people) reply(step string) {
	p.wait.Go(func() {
		p.note(step)
		spent := settled
		for _, r := range p.replies {
			if r.Step != step {
				continue
			}
			select {
			case <-time.After(time.Duration(r.After)*time.Millisecond - spent):
				spent = 0
			case <-p.ctx.Done():
				return
			}
			if q, err := p.running.Question(step); err == nil {
				_ = p.running.Answer(p.ctx, q.ID, r.Value, r.By) // one that does not fit is refused
			}
		}
	})
}

// settled is when a question is there that was told of; it is part of how long
// a person takes.
const settled = time.Millisecond

func (p *people) note(step string) {
	time.Sleep(settled)
	q, err := p.running.Question(step)
	if err != nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, Asked{Step: step, Prompt: q.Prompt, Context: q.Context})
}
