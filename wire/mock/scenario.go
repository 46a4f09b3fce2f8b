package mock

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
	"github.com/weft-dev/weft/wire/endpoint"
)

// Scenario is what one application sends on its own, in order.
type Scenario struct {
	Steps []ScenarioStep
	// Repeat begins again after the last step.
	Repeat bool
}

// ScenarioStep sends messages of one operation.
type ScenarioStep struct {
	// Operation is the id of an operation that sends. Message and Example name
	// one of its messages and of their examples; empty is the next as without a
	// scenario.
	Operation, Message, Example string
	// Payload, where HasPayload, Headers and Key replace those of the message.
	Payload    any
	HasPayload bool
	Headers    map[string]any
	Key        any
	// After is how long to wait before the step, Count how often to send, and
	// Every how long to wait between two.
	After, Every time.Duration
	Count        int
	// Fault is done to each message on purpose; empty is nothing. See Faults.
	Fault string
}

const (
	maxScenarioSteps = 10_000
	maxScenarioCount = 1_000_000
)

// ParseScenario reads a scenario: steps is a list of {send: OPERATION, message,
// example, payload, headers, key, after, count, every, fault}.
func ParseScenario(file *source.File) (*Scenario, error) {
	root, findings := tree.Parse(file, tree.Options{})
	if i := slices.IndexFunc(findings, func(f diag.Diagnostic) bool { return f.Severity == diag.Error }); i >= 0 {
		return nil, errors.New(findings[i].Message)
	}
	steps := root.Get("steps")
	if !root.Is(tree.Mapping) || !steps.Is(tree.Sequence) || len(steps.Items) == 0 {
		return nil, errors.New("it has no steps: write steps: [{send: OPERATION}]")
	}
	if len(steps.Items) > maxScenarioSteps {
		return nil, fmt.Errorf("it has more than %d steps", maxScenarioSteps)
	}
	if err := onlyFields(root, "steps", "repeat"); err != nil {
		return nil, err
	}
	s := &Scenario{Repeat: root.Get("repeat").Value() == true}
	for i, item := range steps.Items {
		step, err := parseStep(item)
		if err != nil {
			return nil, fmt.Errorf("step %d: %w", i+1, err)
		}
		s.Steps = append(s.Steps, step)
	}
	return s, nil
}

func onlyFields(n *tree.Node, known ...string) error {
	for _, m := range n.Members {
		if !slices.Contains(known, m.Key.Text) {
			return fmt.Errorf("there is no %q; there is %s%s", m.Key.Text, strings.Join(known, ", "), nearest(m.Key.Text, known))
		}
	}
	return nil
}

func parseStep(n *tree.Node) (ScenarioStep, error) {
	step := ScenarioStep{
		Operation: n.Get("send").Str(), Message: n.Get("message").Str(), Example: n.Get("example").Str(), Fault: n.Get("fault").Str(), Count: 1,
	}
	if !n.Is(tree.Mapping) || step.Operation == "" {
		return step, errors.New("it sends nothing: write send: OPERATION")
	}
	if err := onlyFields(n, "send", "message", "example", "payload", "headers", "key", "after", "count", "every", "fault"); err != nil {
		return step, err
	}
	if payload := n.Get("payload"); payload != nil {
		step.Payload, step.HasPayload = payload.Value(), true
	}
	if headers := n.Get("headers"); headers != nil {
		var ok bool
		if step.Headers, ok = headers.Value().(map[string]any); !ok {
			return step, errors.New("headers are a mapping of names to values")
		}
	}
	step.Key = n.Get("key").Value()
	return step, step.parseTimes(n)
}

// parseTimes reads what has a form of its own.
func (s *ScenarioStep) parseTimes(n *tree.Node) error {
	for name, to := range map[string]*time.Duration{"after": &s.After, "every": &s.Every} {
		value := n.Get(name)
		if value == nil {
			continue
		}
		d, err := time.ParseDuration(value.Str())
		if err != nil || d < 0 {
			return fmt.Errorf("%s is no time: write %s: 200ms", name, name)
		}
		*to = d
	}
	if count := n.Get("count"); count != nil {
		if _, err := fmt.Sscan(fmt.Sprint(count.Value()), &s.Count); err != nil || s.Count < 1 || s.Count > maxScenarioCount {
			return fmt.Errorf("count is a whole number from 1 to %d", maxScenarioCount)
		}
	}
	// What is late is said by after.
	if known := faultNames()[1:]; s.Fault != "" && !slices.Contains(known, s.Fault) {
		return fmt.Errorf("there is no fault %q; the faults are %s%s", s.Fault, strings.Join(known, ", "), nearest(s.Fault, known))
	}
	return nil
}

// script plays the scenario of one application.
type script struct {
	mock     *Mock
	scenario *Scenario
	voices   map[string]*voice // by operation
}

// script opens what a scenario needs.
func (m *Mock) script(ctx context.Context, scenario *Scenario) error {
	s := &script{mock: m, scenario: scenario, voices: map[string]*voice{}}
	for i, step := range scenario.Steps {
		if s.voices[step.Operation] != nil {
			continue
		}
		op, err := m.sending(step.Operation)
		if err != nil {
			return fmt.Errorf("the scenario of %s, step %d: %w", m.source.Name, i+1, err)
		}
		v, err := m.voice(ctx, op)
		if err != nil {
			return err
		}
		s.voices[step.Operation] = v
		m.voices = append(m.voices, v)
	}
	m.scripted = s
	return nil
}

// sending finds an operation that the application sends by.
func (m *Mock) sending(id string) (*asyncapi.Operation, error) {
	var known []string
	for _, op := range m.source.Doc.Operations {
		if op.Action != asyncapi.Send {
			continue
		}
		if op.ID == id {
			return op, nil
		}
		known = append(known, op.ID)
	}
	return nil, fmt.Errorf("the application sends nothing on its own by %q; it sends by %s%s", id, strings.Join(known, ", "), nearest(id, known))
}

// play plays the scenario, again and again where it says so.
func (s *script) play(ctx context.Context) {
	for {
		for i := range s.scenario.Steps {
			if !s.step(ctx, &s.scenario.Steps[i]) {
				return
			}
		}
		if !s.scenario.Repeat {
			s.mock.tell(Event{Kind: Ended, Text: "the scenario was played"})
			return
		}
	}
}

func (s *script) step(ctx context.Context, step *ScenarioStep) bool {
	v := s.voices[step.Operation]
	for i := range step.Count {
		wait := step.Every
		if i == 0 {
			wait = step.After
		}
		f := v.fate(v.said)
		if step.Fault != "" {
			f = fateNamed(step.Fault, f.delay)
		}
		out := saying{make: func() (endpoint.Outgoing, error) { return v.scripted(step) }, fate: f, authored: step.HasPayload || step.Headers != nil}
		if !pause(ctx, wait) || !v.say(ctx, out) {
			return false
		}
	}
	return true
}

// scripted makes the message of a step.
func (v *voice) scripted(step *ScenarioStep) (endpoint.Outgoing, error) {
	codec := v.sender.Codec()
	var out endpoint.Outgoing
	var err error
	switch {
	case step.Example != "":
		name := v.messageWith(step)
		if !codec.HasExample(name, step.Example) {
			return out, fmt.Errorf("no message of the operation has an example %q that fits its contract", step.Example)
		}
		out, err = codec.Sample(name, step.Example, v.mock.opt.Seed+v.said)
	case step.Message != "":
		out, err = codec.Sample(step.Message, "", v.mock.opt.Seed+v.said)
	case step.HasPayload: // the message is whichever the payload fits
	default:
		out, err = v.next()
	}
	if step.HasPayload {
		out.Payload = step.Payload
	}
	if step.Headers != nil {
		out.Headers = step.Headers
	}
	if step.Key != nil {
		out.Key = step.Key
	}
	return out, err
}

// messageWith is the message of a step, else the one that has its example.
func (v *voice) messageWith(step *ScenarioStep) string {
	if step.Message != "" {
		return step.Message
	}
	for _, m := range v.op.Messages {
		if v.sender.Codec().HasExample(m.Key, step.Example) {
			return m.Key
		}
	}
	return ""
}
