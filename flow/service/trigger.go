package service

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/spec/expr"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// Trigger begins a run with each message of a channel: the extension x-trigger
// of a workflow.
type Trigger struct {
	Channel *plan.Channel
	filter  *expr.Criterion
	inputs  *expr.Value
}

// The names of the extensions.
const (
	extTrigger  = "x-trigger"
	extSchedule = "x-schedule"
)

var channelReference = lazy.Of[*regexp.Regexp]{Make: func() *regexp.Regexp {
	return regexp.MustCompile(`^\{?\$sourceDescriptions\.([A-Za-z0-9_\-]+)(?:\.url)?\}?#/channels/([^/]+)$`)
}}

// readings gathers what is wrong with the extensions of a workflow.
type readings struct{ found []diag.Diagnostic }

func (r *readings) fail(code diag.Code, node *tree.Node, help, format string, args ...any) {
	r.found = append(r.found, diag.Diagnostic{
		Code: code, Severity: diag.Error, Message: fmt.Sprintf(format, args...), Help: help, Span: node.Span, Path: node.Path(),
	})
}

// Read finds how a workflow is begun: by x-trigger, by x-schedule, or where
// both are nil only when somebody asks. Sources are those of the workflow's
// document.
func Read(p *plan.Plan, sources plan.Sources) (*Trigger, *Schedule, []diag.Diagnostic) {
	r := &readings{}
	node := p.Root.Spec.Node
	var trigger *Trigger
	var schedule *Schedule
	if n := node.Get(extTrigger); n != nil {
		trigger = r.trigger(p, sources, n)
	}
	if n := node.Get(extSchedule); n != nil {
		schedule = r.schedule(n)
	}
	return trigger, schedule, r.found
}

const triggerHelp = "write channel: '{$sourceDescriptions.NAME.url}#/channels/CHANNEL', and perhaps filter and inputs"

// known reports members that an object may not have.
func (r *readings) known(code diag.Code, node *tree.Node, names ...string) {
	for _, m := range node.Members {
		if name := m.Key.Text; !slices.Contains(names, name) {
			r.fail(code, m.Key, diag.DidYouMean(name, names), "%s has no member %q", node.Name(), name)
		}
	}
}

func (r *readings) trigger(p *plan.Plan, sources plan.Sources, node *tree.Node) *Trigger {
	if !node.Is(tree.Mapping) {
		r.fail(CodeTrigger, node, triggerHelp, "x-trigger is an object")
		return nil
	}
	r.known(CodeTrigger, node, "channel", "filter", "inputs")
	t := &Trigger{Channel: r.channel(p.Document, sources, node)}
	if filter := node.Get("filter"); filter != nil {
		var problems []expr.Problem
		t.filter, problems = expr.NewCriterion(expr.CriterionSource{Condition: filter.Str()})
		r.problems(problems, filter)
	}
	if inputs := node.Get("inputs"); inputs != nil {
		var problems []expr.Problem
		t.inputs, problems = expr.CompileNode(inputs)
		r.problems(problems, inputs)
		r.onlyMessages(t.inputs, inputs)
		r.declared(p.Root, inputs)
	}
	return t
}

// declared reports inputs that the workflow does not have.
func (r *readings) declared(w *plan.Workflow, inputs *tree.Node) {
	if !inputs.Is(tree.Mapping) {
		r.fail(CodeTrigger, inputs, "write NAME: $message.payload#/POINTER", "inputs of x-trigger are an object")
		return
	}
	for _, m := range inputs.Members {
		if name := m.Key.Text; len(w.Declared) > 0 && !slices.Contains(w.Declared, name) {
			r.fail(CodeTrigger, m.Key, diag.DidYouMean(name, w.Declared), "workflow %s has no input %q", w.ID, name)
		}
	}
}

// onlyMessages reports expressions that nothing is known of before a run.
func (r *readings) onlyMessages(v *expr.Value, node *tree.Node) {
	if v == nil {
		return
	}
	for _, ref := range v.Refs() {
		if ref.Root != expr.Message {
			r.fail(CodeTrigger, node, "use $message.payload or $message.header", "%s has no value before the run begins", ref)
		}
	}
}

func (r *readings) problems(problems []expr.Problem, node *tree.Node) {
	for i := range problems {
		at := node
		if p := &problems[i]; p.Node == nil && p.Path != "" {
			if inner := node.At(p.Path); inner != nil {
				at = inner
			}
		}
		r.found = append(r.found, problems[i].Diagnostic(at))
	}
}

// channel finds the channel that the trigger names.
func (r *readings) channel(doc *arazzo.Document, sources plan.Sources, trigger *tree.Node) *plan.Channel {
	node := trigger.Get("channel")
	if node == nil {
		r.fail(CodeTrigger, trigger.Key, triggerHelp, "x-trigger names no channel")
		return nil
	}
	match := channelReference.Get().FindStringSubmatch(node.Str())
	if match == nil {
		r.fail(CodeTrigger, node, triggerHelp, "%q is no reference to a channel", node.Str())
		return nil
	}
	source := sources[doc.Source(match[1])]
	switch {
	case source == nil:
		r.fail(CodeTrigger, node, diag.DidYouMean(match[1], doc.SourceNames()), "there is no source description %q that can be read", match[1])
		return nil
	case source.AsyncAPI == nil:
		r.fail(CodeTrigger, node, "name a source of type asyncapi", "source %s is no AsyncAPI document, so it has no channels", match[1])
		return nil
	}
	return r.channelIn(source, match[1], tree.UnescapePointer(match[2]), node)
}

func (r *readings) channelIn(source *plan.Source, sourceName, name string, node *tree.Node) *plan.Channel {
	var names []string
	for _, spec := range source.AsyncAPI.Channels {
		names = append(names, spec.Name)
		if spec.Name != name {
			continue
		}
		c := &plan.Channel{Use: &plan.Use{Name: sourceName, Source: source, Receives: true}, Spec: spec, Address: spec.Address}
		for _, m := range spec.Messages {
			c.Messages = append(c.Messages, &plan.Message{Spec: m, Name: m.Name})
		}
		if c.Address == "" || len(spec.Parameters) > 0 {
			r.fail(CodeTrigger, node, "name a channel with an address that is always the same", "channel %s has no fixed address to listen at", name)
		}
		return c
	}
	r.fail(CodeTrigger, node, diag.DidYouMean(name, names), "source %s has no channel %q", sourceName, name)
	return nil
}

// arrival is what expressions of a trigger see.
type arrival struct{ message *machine.Message }

// Lookup implements expr.Env.
func (a arrival) Lookup(ref expr.Ref) (any, bool) {
	if ref.Root != expr.Message {
		return nil, false
	}
	switch ref.Part {
	case expr.Header:
		return plan.HeaderValue(a.message.Headers, ref.Name)
	case expr.Body:
		return a.message.Payload, true
	}
	return nil, false
}

// watch listens to what triggers a workflow. Where the broker stores messages
// it goes on where the last process was.
func (s *Service) watch(ctx context.Context, name string, w *Workflow) error {
	if w.Wire.Subscriber == nil {
		return errors.New("there is no way to receive messages")
	}
	key := "trigger/" + name
	listen := machine.Subscribe{
		ID: key, Channel: w.Trigger.Channel, Address: w.Trigger.Channel.Address, Messages: w.Trigger.Channel.Messages,
		Positions: s.positions(ctx, key),
	}
	subscriber := w.Wire.Subscriber
	if shared := s.wires[subscriber]; shared != nil && shared.isQueue(listen) {
		subscriber = shared // of two receivers each would take what is for the other
	}
	subscription, err := subscriber.Subscribe(s.ctx, listen, func(_ context.Context, d engine.Delivery) error { return s.triggered(name, w.Trigger, d) })
	if err != nil {
		return err
	}
	s.work.Go(func() {
		s.notePositions(key, subscription)
		_ = subscription.Close() // nothing more is wanted from it
	})
	return nil
}

// triggered begins the run that a message asks for. The message is done with
// when the run is recorded; delivered twice it begins one run, since the run
// has the message's name.
func (s *Service) triggered(name string, t *Trigger, d engine.Delivery) error {
	count := func(fate string) { s.stats.add(metricTriggers, "workflow", name, "fate", fate) }
	if d.Rejected != "" {
		count("rejected")
		return nil
	}
	run, inputs, wanted, err := t.Begins(name, &d.Message)
	if !wanted {
		count("filtered")
		return nil
	}
	if err == nil {
		var begun bool
		_, begun, err = s.begin(name, run, inputs, d.Message.Headers)
		if err == nil {
			d.Claim.Take()
		}
		if err == nil && !begun {
			count("repeated")
			return nil
		}
	}
	if err == nil {
		count("begun")
		return nil
	}
	if Lasting(err) {
		count("unfit")
		s.opts.Log(fmt.Sprintf("a message from %s begins no run of %s: %s", d.Message.Address, name, err))
		return nil
	}
	return err // it is delivered again
}

// Begins says what a message is to a workflow: which run it begins, with which
// inputs. The run is "" where the message has no id, so that a second delivery
// is not known. Where the filter leaves the message out, it is not wanted.
func (t *Trigger) Begins(workflow string, m *machine.Message) (run string, inputs map[string]any, wanted bool, err error) {
	env := arrival{m}
	if t.filter != nil && !t.filter.Eval(env).Passed {
		return "", nil, false, nil
	}
	inputs, err = t.inputsOf(env)
	return runOf(workflow, m), inputs, true, err
}

// Lasting reports whether an error of a message that begins a run will be the
// same the next time.
func Lasting(err error) bool {
	var unfit *engine.InputError
	var missing *expr.MissingError
	return errors.As(err, &unfit) || errors.As(err, &missing)
}

// inputsOf maps a message to the inputs of a run; without a mapping they are
// its payload.
func (t *Trigger) inputsOf(env arrival) (map[string]any, error) {
	value := env.message.Payload
	if t.inputs != nil {
		var err error
		if value, err = t.inputs.Eval(env); err != nil {
			return nil, err
		}
	}
	object, _ := value.(map[string]any)
	return object, nil
}

// runOf names the run that a message begins, so that a second delivery of the
// message is known.
func runOf(workflow string, m *machine.Message) string {
	if m.ID == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(workflow + "\x00" + m.Address + "\x00" + m.ID))
	return "run-" + hex.EncodeToString(sum[:10])
}
