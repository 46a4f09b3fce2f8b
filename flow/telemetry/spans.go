package telemetry

import (
	"strconv"
	"strings"
	"time"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/flow/report"
	"github.com/weft-dev/weft/wire/trace"
)

// The kinds of spans, by their numbers in OTLP.
const (
	internal = 1
	client   = 3
	producer = 4
	consumer = 5
)

// span is one span, as far as it is known.
type span struct {
	at       trace.Context // the span itself
	parent   string        // the id of its parent, or ""
	name     string
	kind     int
	from, to time.Time
	attrs    []attribute
	links    []trace.Context
	failed   string // why, or ""
	bad      bool
}

type attribute struct {
	key   string
	value any // a string or an int
}

// observer makes spans of what happens in one run. The ids follow from the
// names of things, so that they are those that went out with calls and
// messages, and the same in a process that takes the run up again.
type observer struct {
	next   engine.Observer
	export func(*span)
	run    string
	root   trace.Context
	steps  map[string]*step
	first  time.Time
}

// step is a step that is under way.
type step struct {
	id      trace.Context
	began   time.Time
	attempt *span
	talk    *span // the call or message on its way
	again   int   // how often the step has ended before
}

// Observer makes an observer that tells the exporter of a run, and next of all
// that happens. Next may be nil.
func (e *Exporter) Observer(run string, next engine.Observer) engine.Observer {
	return &observer{next: next, export: e.add, run: run, root: engine.RunTrace(run), steps: map[string]*step{}}
}

// Observe implements engine.Observer.
func (o *observer) Observe(h machine.Happening) {
	if o.next != nil {
		o.next.Observe(h)
	}
	if o.first.IsZero() {
		o.first = h.At
	}
	if h.Step == "" {
		o.ofRun(&h)
		return
	}
	o.ofStep(&h)
}

func (o *observer) ofRun(h *machine.Happening) {
	if h.Kind != machine.RunEnded {
		return
	}
	s := &span{at: o.root, name: "run " + h.Workflow, kind: internal, from: h.At.Add(-h.Took), to: h.At, attrs: o.about(h)}
	if from := engine.MessageTrace(h.Cause.Headers); !from.IsZero() {
		s.links = []trace.Context{from} // of the message that began it
	}
	s.fail(h.Failure)
	o.export(s)
}

func (o *observer) ofStep(h *machine.Happening) {
	s := o.step(h)
	switch h.Kind {
	case machine.StepBegan:
		o.endAttempt(s, h, nil)
		o.attempt(s, h)
	case machine.RequestSent:
		o.endTalk(s, h)
		s.talk = o.outgoing(s, h, h.Method+" "+h.Address, client)
		s.talk.attrs = append(s.talk.attrs, attribute{"http.request.method", h.Method}, attribute{"url.template", h.Address})
	case machine.MessageSending:
		o.endTalk(s, h)
		s.talk = o.outgoing(s, h, "send "+h.Address, producer)
		s.talk.attrs = append(s.talk.attrs, messaging("send", h.Address)...)
	case machine.ResponseCame:
		o.answered(s, h)
	case machine.MessageSent:
		o.endTalk(s, h)
	case machine.MessageCame:
		o.received(s, h)
	case machine.RetryPlanned:
		o.endAttempt(s, h, h.Failure)
	case machine.StepEnded:
		o.endStep(s, h)
	}
}

// about is what every span says.
func (o *observer) about(h *machine.Happening) []attribute {
	list := []attribute{{"weft.run", o.run}, {"weft.workflow", h.Workflow}}
	if h.Step != "" {
		list = append(list, attribute{"weft.step", h.Step}, attribute{"weft.step.kind", h.StepKind.String()})
	}
	if h.Attempt > 0 {
		list = append(list, attribute{"weft.attempt", h.Attempt})
	}
	return list
}

// step finds the step of a happening. What is not known was begun by an earlier
// process.
func (o *observer) step(h *machine.Happening) *step {
	key := h.Workflow + "\x00" + h.Step
	s := o.steps[key]
	if s == nil {
		s = &step{}
		o.steps[key] = s
	}
	if s.began.IsZero() {
		s.began = h.At
		name := "step " + key
		if s.again > 0 {
			name += " " + strconv.Itoa(s.again)
		}
		s.id = o.root.Next(name)
	}
	return s
}

func (o *observer) attempt(s *step, h *machine.Happening) {
	s.attempt = &span{
		at: o.root.Next("attempt " + h.Effect), parent: spanID(s.id), kind: internal, from: h.At, attrs: o.about(h),
		name: "attempt " + strconv.Itoa(h.Attempt) + " of " + h.Step,
	}
}

// present is the attempt that is under way, which an earlier process may have
// begun.
func (o *observer) present(s *step, h *machine.Happening) *span {
	if s.attempt == nil {
		o.attempt(s, h)
		s.attempt.from = o.first
	}
	return s.attempt
}

// outgoing is a call or message that goes on the wire with the id of this span.
// Where the message that caused it belongs to somebody's trace it does, too.
func (o *observer) outgoing(s *step, h *machine.Happening, name string, kind int) *span {
	attempt := o.present(s, h)
	out := &span{at: engine.EffectTrace(h.Cause, h.Effect), parent: spanID(attempt.at), name: name, kind: kind, from: h.At, attrs: o.about(h)}
	if traceID(out.at) != traceID(attempt.at) {
		out.parent, out.links = spanID(engine.MessageTrace(h.Cause.Headers)), []trace.Context{attempt.at}
	}
	return out
}

func (o *observer) answered(s *step, h *machine.Happening) {
	if s.talk == nil { // it was asked by an earlier process
		return
	}
	s.talk.attrs = append(s.talk.attrs, attribute{"http.response.status_code", h.Status}, attribute{"url.full", report.Address(h.Address)})
	if h.Status >= 400 {
		s.talk.bad = true
	}
	o.endTalk(s, h)
}

func (o *observer) received(s *step, h *machine.Happening) {
	attempt := o.present(s, h)
	r := &span{
		at: o.root.Next("received " + h.Effect), parent: spanID(attempt.at), name: "receive " + h.Address, kind: consumer,
		from: attempt.from, to: h.At, attrs: append(o.about(h), messaging("receive", h.Address)...),
	}
	if from := engine.MessageTrace(h.Headers); !from.IsZero() {
		r.links = []trace.Context{from}
	}
	o.export(r)
}

func messaging(operation, address string) []attribute {
	return []attribute{{"messaging.operation.type", operation}, {"messaging.destination.name", address}}
}

// endTalk ends what is on its way.
func (o *observer) endTalk(s *step, h *machine.Happening) {
	if s.talk == nil {
		return
	}
	s.talk.to = h.At
	if h.Kind == machine.RetryPlanned || h.Kind == machine.StepEnded {
		s.talk.fail(h.Failure) // nothing came of it
	}
	o.export(s.talk)
	s.talk = nil
}

func (o *observer) endAttempt(s *step, h *machine.Happening, failure *machine.Failure) {
	o.endTalk(s, h)
	if s.attempt == nil {
		return
	}
	s.attempt.to = h.At
	s.attempt.fail(failure)
	o.export(s.attempt)
	s.attempt = nil
}

func (o *observer) endStep(s *step, h *machine.Happening) {
	if h.StepKind != plan.Respond || s.attempt != nil {
		o.present(s, h)
	}
	o.endAttempt(s, h, h.Failure)
	whole := &span{at: s.id, parent: spanID(o.root), name: h.Step, kind: internal, from: h.At.Add(-h.Took), to: h.At, attrs: o.about(h)}
	whole.fail(h.Failure)
	o.export(whole)
	s.began, s.again = time.Time{}, s.again+1
}

func (s *span) fail(f *machine.Failure) {
	if f == nil {
		return
	}
	s.bad, s.failed = true, f.Message
	s.attrs = append(s.attrs, attribute{"error.type", string(f.Code)})
}

// The parts of a traceparent: 00-trace-span-flags.
func traceID(c trace.Context) string { return part(c, 1) }

func spanID(c trace.Context) string { return part(c, 2) }

func part(c trace.Context, i int) string {
	parts := strings.SplitN(c.Parent, "-", 4)
	if len(parts) < 4 {
		return ""
	}
	return parts[i]
}
