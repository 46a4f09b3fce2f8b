package machine

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/spec/expr"
)

// exchange is what a step's present attempt sent and got.
type exchange struct {
	request    request
	url        string
	method     string
	status     int
	answered   bool
	headers    map[string]any
	body       any
	message    Message
	hasMessage bool
	outputs    map[string]any // of the workflow that it ran

	correlation any // the id that was sent or is expected, or nil
	gathering   gathering
}

type request struct {
	values  []Value
	body    any
	hasBody bool
}

func (e *exchange) setMessage(message Message) {
	e.message, e.hasMessage = message, true
}

// scope is what expressions of a step, or of its workflow where the step is
// nil, can see. It implements expr.Env.
type scope struct {
	m     *Machine
	frame *frame
	step  *step
	// message stands in for the step's own while one is looked at.
	message *Message
}

func (m *Machine) scope(s *step) scope { return scope{m: m, frame: s.frame, step: s} }

// Lookup implements expr.Env.
func (e scope) Lookup(ref expr.Ref) (any, bool) {
	switch ref.Root {
	case expr.Inputs:
		return member(e.frame.inputs, ref.Name)
	case expr.Outputs:
		return e.ownOutputs(ref.Name)
	case expr.Steps:
		return e.steps(e.frame, ref)
	case expr.Workflows:
		return e.workflows(ref)
	case expr.SourceDescriptions:
		value, ok := e.frame.flow.SourceField(ref.Source, ref.Name)
		return value, ok
	case expr.Self:
		self := e.frame.flow.Document.Self
		return self, self != ""
	}
	if e.step == nil {
		return nil, false
	}
	return e.exchange(ref)
}

// member returns one value, or with no name all of them.
func member(values map[string]any, name string) (any, bool) {
	if name == "" {
		if values == nil {
			values = map[string]any{}
		}
		return values, true
	}
	value, ok := values[name]
	return value, ok
}

// ownOutputs are, in a step that runs a workflow, that workflow's, and
// elsewhere those of the workflow itself once it has ended.
func (e scope) ownOutputs(name string) (any, bool) {
	if e.step != nil && e.step.def.Kind == plan.Invoke {
		return member(e.step.exchange.outputs, name)
	}
	return member(e.frame.outputs, name)
}

func (e scope) steps(f *frame, ref expr.Ref) (any, bool) {
	s := f.find(ref.Step)
	if s == nil || ref.Part != expr.PartOutputs || s.outputs == nil {
		return nil, false
	}
	return member(s.outputs, ref.Name)
}

func (e scope) workflows(ref expr.Ref) (any, bool) {
	flow := e.m.plan.Sibling(e.frame.flow, ref.Workflow)
	f := e.m.latest[flow]
	if f == nil {
		return nil, false
	}
	switch ref.Part {
	case expr.PartInputs:
		return member(f.inputs, ref.Name)
	case expr.PartOutputs:
		if ref.Step != "" {
			return e.steps(f, ref)
		}
		if f.outputs == nil {
			return nil, false
		}
		return member(f.outputs, ref.Name)
	}
	return nil, false
}

func (e scope) exchange(ref expr.Ref) (any, bool) {
	x := &e.step.exchange
	if e.step.child != nil {
		// What a step that runs a workflow says of HTTP is about the last call.
		if last := e.step.child.last().lastCall; last != nil {
			x = &last.exchange
		}
	}
	switch ref.Root {
	case expr.URL:
		return x.url, x.url != ""
	case expr.Method:
		return x.method, x.method != ""
	case expr.StatusCode:
		return json.Number(strconv.Itoa(x.status)), x.answered
	case expr.Request:
		return x.request.lookup(ref)
	case expr.Response:
		if !x.answered {
			return nil, false
		}
		return part(ref, x.headers, x.body)
	case expr.Message:
		return e.messagePart(ref)
	case expr.Async:
		return e.async(ref.Name)
	case expr.AsyncAggregate:
		return e.aggregate(ref.Name)
	case expr.ElapsedTime:
		return json.Number(strconv.FormatInt(e.m.now.Sub(e.step.began).Milliseconds(), 10)), true
	}
	return nil, false
}

func (e scope) messagePart(ref expr.Ref) (any, bool) {
	message := e.message
	if message == nil {
		if !e.step.exchange.hasMessage {
			return nil, false
		}
		message = &e.step.exchange.message
	}
	if ref.Part == expr.Timestamp {
		return message.Timestamp.UTC().Format(time.RFC3339Nano), !message.Timestamp.IsZero()
	}
	return part(ref, message.Headers, message.Payload)
}

// part returns a header or the body. A body of null cannot be told from none.
func part(ref expr.Ref, headers map[string]any, body any) (any, bool) {
	switch ref.Part {
	case expr.Body:
		return body, true
	case expr.Header:
		if ref.Name == "" {
			return member(headers, "")
		}
		return plan.HeaderValue(headers, ref.Name)
	}
	return nil, false
}

func (r *request) lookup(ref expr.Ref) (any, bool) {
	if ref.Part == expr.Body {
		return r.body, r.hasBody
	}
	in := map[expr.Part]plan.Location{expr.Header: plan.InHeader, expr.Query: plan.InQuery, expr.Path: plan.InPath}[ref.Part]
	found := map[string]any{}
	for _, v := range r.values {
		if v.In == in {
			found[v.Name] = v.Value
		}
	}
	if ref.Name == "" || ref.Part != expr.Header {
		return member(found, ref.Name)
	}
	return plan.HeaderValue(found, ref.Name)
}
