package machine

import (
	"fmt"
	"time"

	"github.com/weft-dev/weft/flow/plan"
)

// maxDepth bounds how deep workflows may run workflows.
const maxDepth = 100

// activate begins a step whose turn has come.
func (m *Machine) activate(s *step) {
	s.retries, s.outputs, s.criteria, s.failure, s.recovery, s.callbacks = nil, nil, nil, nil, nil, nil
	s.partial = false
	s.first = m.now
	m.attemptStep(s)
}

// attemptStep begins an attempt: the first, or after a delay the next.
func (m *Machine) attemptStep(s *step) {
	m.begun++
	if m.begun > m.opts.MaxSteps {
		m.stop(RunFailed, &Failure{
			Code: FailLimit, Step: s.path(),
			Message: fmt.Sprintf("more than %d steps were begun; a goto or retry leads in a circle", m.opts.MaxSteps),
			Help:    "give the action criteria that end it",
		})
		return
	}
	s.attempt++
	s.id = fmt.Sprintf("%s/%s/%d", s.frame.prefix, escape(s.def.ID), s.attempt)
	s.began, s.ended = m.now, time.Time{}
	s.deadline, s.exchange, s.criteria, s.failure = time.Time{}, exchange{}, nil, nil
	if s.def.Timeout > 0 {
		s.deadline = m.now.Add(s.def.Timeout)
	}
	m.tellStep(s, Happening{Kind: StepBegan})
	var failure *Failure
	switch s.def.Kind {
	case plan.Call:
		failure = m.beginCall(s)
	case plan.Send:
		failure = m.beginSend(s)
	case plan.Receive:
		failure = m.beginReceive(s)
	case plan.Invoke:
		failure = m.beginInvoke(s)
	case plan.Gather:
		m.beginGather(s)
	case plan.Ask:
		failure = m.beginAsk(s)
	case plan.Respond:
		s.frame.responded = s
		m.move(s, StepResponding)
		m.judge(s)
	}
	if failure != nil {
		m.fail(s, failure)
	}
}

func (m *Machine) tellStep(s *step, h Happening) {
	h.Workflow, h.Step, h.StepKind, h.Attempt = s.frame.flow.Name, s.path(), s.def.Kind, s.attempt
	if h.Effect == "" {
		h.Effect = s.id
	}
	m.tell(h)
}

// armTimeout sets the timer of the attempt's deadline.
func (m *Machine) armTimeout(s *step) {
	if !s.deadline.IsZero() {
		m.setTimer(s, timerTimeout, s.deadline)
	}
}

func (m *Machine) beginCall(s *step) *Failure {
	values, failure := m.parameters(s)
	if failure != nil {
		return failure
	}
	b, failure := m.body(s)
	if failure != nil {
		return failure
	}
	s.exchange.request = request{values: values, body: b.value, hasBody: b.has}
	m.move(s, StepCalling)
	m.tellStep(s, Happening{
		Kind: RequestSent, Method: s.def.Operation.Method, Address: s.def.Operation.Path,
		Headers: headersOf(values), Payload: b.value, Until: s.deadline, Cause: m.cause(),
	})
	m.ask(CallHTTP{
		ID: s.id, Step: s.def, Parameters: values, ContentType: b.contentType,
		Body: b.value, HasBody: b.has, Text: b.text, Cause: m.cause(), Deadline: s.deadline,
	}, s)
	m.armTimeout(s)
	return nil
}

func (m *Machine) cause() Cause { return Cause{Run: m.run, Headers: m.took} }

func (m *Machine) beginSend(s *step) *Failure {
	// What a message sets off must not come before its callbacks are kept.
	if len(s.def.Callbacks) > 0 && s.callbacks == nil {
		return m.keepCallbacks(s)
	}
	failure := m.sendMessage(s)
	if failure == nil {
		m.armTimeout(s)
	}
	return failure
}

func (m *Machine) sendMessage(s *step) *Failure {
	message, failure := m.message(s, s.id)
	if failure != nil {
		return failure
	}
	message.Cause, message.Deadline = m.cause(), s.deadline
	s.exchange.setMessage(Message{Address: message.Address, Headers: message.Headers, Payload: message.Payload})
	if message.Correlation != "" {
		s.exchange.correlation = message.Correlation
	}
	m.move(s, StepSending)
	m.tellStep(s, Happening{
		Kind: MessageSending, Address: message.Address,
		Headers: message.Headers, Payload: message.Payload, Until: s.deadline, Cause: message.Cause,
	})
	m.ask(message, s)
	return nil
}

func (m *Machine) beginReceive(s *step) *Failure {
	address, failure := m.address(s)
	if failure != nil {
		return failure
	}
	s.subscribe = m.subscribe(s.def.Channel, address)
	s.awaits = s.def.Correlation != nil
	if s.awaits {
		value, failure := m.need(s, "the correlation id", s.def.Correlation)
		if failure != nil {
			return failure
		}
		if value == nil {
			return &Failure{Code: FailValue, Step: s.path(), Message: "the correlation id is null, so no message can have it"}
		}
		s.expected, s.exchange.correlation = value, value
	}
	m.boundWait(s)
	m.arrivals++
	s.armed = m.arrivals
	m.move(s, StepReceiving)
	m.tellStep(s, Happening{Kind: WaitBegan, Address: address, Until: s.deadline, ByDefault: s.def.Timeout == 0 && s.def.Owner == nil, Text: s.awaited()})
	if !m.takeKept(s) {
		m.armTimeout(s)
	}
	return nil
}

// boundWait gives a wait that states no timeout the run's. A part has none: its
// owner's counts.
func (m *Machine) boundWait(s *step) {
	if s.deadline.IsZero() && m.opts.ReceiveTimeout > 0 && s.def.Owner == nil {
		s.deadline = m.now.Add(m.opts.ReceiveTimeout)
	}
}

func (m *Machine) beginInvoke(s *step) *Failure {
	inputs, failure := m.inputs(s, s.def.Parameters)
	if failure != nil {
		return failure
	}
	inputs, failure = accept(s.def.Target, inputs)
	if failure == nil && s.frame.depth() >= maxDepth {
		failure = &Failure{Code: FailLimit, Message: fmt.Sprintf("workflows run each other deeper than %d", maxDepth)}
	}
	if failure != nil {
		failure.Step = s.path()
		return failure
	}
	m.move(s, StepInvoking)
	s.child = m.newFrame(s.def.Target, s.id, inputs, caller{step: s})
	s.children = append(s.children, s.child)
	m.armTimeout(s)
	return nil
}

func (f *frame) depth() int {
	depth := 0
	for f = f.above(); f != nil; f = f.above() {
		depth++
	}
	return depth
}

// above returns the frame for which this one runs, or nil.
func (f *frame) above() *frame {
	if f.caller.step != nil {
		return f.caller.step.frame
	}
	return f.caller.frame
}

// inputs returns parameters as the inputs of a workflow.
func (m *Machine) inputs(s *step, parameters []plan.Parameter) (map[string]any, *Failure) {
	inputs := map[string]any{}
	for i := range parameters {
		value, there, failure := m.parameter(s, &parameters[i])
		if failure != nil {
			return nil, failure
		}
		if there {
			inputs[parameters[i].Name] = value
		}
	}
	return inputs, nil
}

// accept judges what a workflow is given.
func accept(flow *plan.Workflow, inputs map[string]any) (map[string]any, *Failure) {
	completed, violations := flow.Accept(inputs)
	if len(violations) == 0 {
		return completed, nil
	}
	text := ""
	for i, v := range violations {
		if i > 0 {
			text += "; "
		}
		text += v.Message
	}
	return nil, &Failure{Code: FailInputs, Message: fmt.Sprintf("the inputs of workflow %s do not fit: %s", flow.Name, text)}
}

// subscribe returns the subscription to an address, and asks for it where
// there is none yet.
func (m *Machine) subscribe(c *plan.Channel, address string) *subscription {
	key := c.Use.Name + "/" + address
	for _, s := range m.subscriptions {
		if s.key == key {
			return s
		}
	}
	s := &subscription{key: key, id: m.run + "/listen/" + key, channel: c, address: address, seen: map[string]bool{}}
	m.subscriptions = append(m.subscriptions, s)
	m.owners[s.id] = &owner{subscription: s}
	m.unarmed++
	m.tell(Happening{Kind: SubscribeBegan, Effect: s.id, Address: address, Text: c.Use.Name})
	m.emit(s.effect())
	return s
}

// armFrame subscribes to the addresses that can be told by now, so that a
// message cannot come before it is listened for (A8). Those that are the same
// for every run were subscribed to when the run began.
func (m *Machine) armFrame(f *frame) {
	for _, s := range f.late {
		if s.state.Settled() {
			continue
		}
		m.quiet = true
		address, failure := m.address(s)
		m.quiet = false
		if failure == nil {
			m.subscribe(s.def.Channel, address)
		}
	}
}

// address returns where a send or receive goes, with the parameters of the
// channel's address filled in.
func (m *Machine) address(s *step) (string, *Failure) {
	c := s.def.Channel
	if c.ReplyTo != nil {
		return m.replyAddress(s)
	}
	if len(c.Parameters) == 0 {
		return c.Address, nil
	}
	given := map[string]any{}
	for i := range s.def.Parameters {
		p := &s.def.Parameters[i]
		if p.In != plan.InAddress {
			continue
		}
		value, there, failure := m.parameter(s, p)
		if failure != nil {
			return "", failure
		}
		if there {
			given[p.Name] = value
		}
	}
	address, err := c.Fill(given)
	if err != nil {
		return "", &Failure{Code: FailValue, Step: s.path(), Message: err.Error()}
	}
	return address, nil
}

// replyAddress returns where the reply to a request comes: at the place in
// the request that the document names (A3). Where the request was not sent
// yet, it is made as it will be.
func (m *Machine) replyAddress(s *step) (string, *Failure) {
	c := s.def.Channel
	var failure *Failure
	for _, other := range s.frame.steps {
		if other.def.Kind != plan.Send || other.def.Does != c.ReplyOf {
			continue
		}
		headers, payload := other.exchange.message.Headers, other.exchange.message.Payload
		if !other.exchange.hasMessage {
			made, f := m.message(other, other.id)
			if failure = f; f != nil {
				continue
			}
			headers, payload = made.Headers, made.Payload
		}
		if value, ok := c.ReplyTo.Get(headers, payload); ok {
			if address, ok := value.(string); ok && address != "" {
				return address, nil
			}
		}
		failure = &Failure{
			Code: FailValue, Step: s.path(),
			Message: fmt.Sprintf("step %s sends no address for its reply at %s", other.path(), c.ReplyTo),
			Help:    "set it with a parameter of that step",
		}
	}
	if failure == nil {
		failure = &Failure{Code: FailValue, Step: s.path(), Message: "no step of the workflow sends the request whose reply is waited for"}
	}
	return "", failure
}

func headersOf(values []Value) map[string]any {
	headers := map[string]any{}
	for _, v := range values {
		if v.In == plan.InHeader {
			headers[v.Name] = v.Value
		}
	}
	return headers
}
