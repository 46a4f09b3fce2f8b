package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/expr"
	"github.com/weft-dev/weft/spec/openapi"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/endpoint"
	"github.com/weft-dev/weft/wire/http"
)

// World says where the plan's sources are. Sources are named as in plan.Use.
type World struct {
	// Hub opens message servers; its Choices say which. It is needed where the
	// plan sends or receives, and closed by whoever made it, after the run.
	Hub *endpoint.Hub
	// Schemas compiles the schemas of messages, in every language that a
	// contract may use (languages.In).
	Schemas *schema.Set

	// HTTP makes calls. It is needed where the plan calls, and closed by
	// whoever made it.
	HTTP *http.Client
	// Servers says by source which HTTP server to use.
	Servers map[string]http.Choice
	// Credentials are by source and security scheme.
	Credentials map[string]map[string]http.Credential
	// Anonymous sends no credentials: mocks check none.
	Anonymous bool

	// Unmatched is what becomes of messages of queues that no run waits for;
	// "" is Park.
	Unmatched Unmatched
	// DeadLetter is the address, beside the queue, that Bury needs.
	DeadLetter string
}

// OverWire performs effects on real servers, or embedded ones that speak the
// same protocols.
func OverWire(w World) Wire {
	o := newOverWire(w)
	wire := Wire{}
	if w.HTTP != nil {
		wire.Caller = o
	}
	if w.Hub != nil {
		wire.Sender, wire.Subscriber = o, o
	}
	return wire
}

func newOverWire(w World) *overWire {
	return &overWire{world: w, sources: map[*plan.Use]*endpoint.Source{}, senders: map[senderKey]*endpoint.Sender{}, bases: map[*openapi.Operation]string{}}
}

type overWire struct {
	world World

	mu      sync.Mutex
	sources map[*plan.Use]*endpoint.Source
	senders map[senderKey]*endpoint.Sender
	bases   map[*openapi.Operation]string
}

type senderKey struct {
	step    *plan.Step
	address string
}

// httpLocations maps where a parameter goes.
var httpLocations = lazy.Of[map[plan.Location]openapi.Location]{Make: func() map[plan.Location]openapi.Location {
	return map[plan.Location]openapi.Location{
		plan.InPath: openapi.InPath, plan.InQuery: openapi.InQuery, plan.InQueryString: openapi.InQueryString,
		plan.InHeader: openapi.InHeader, plan.InCookie: openapi.InCookie,
	}
}}

// Call implements Caller.
func (o *overWire) Call(ctx context.Context, call machine.CallHTTP) (machine.Responded, error) {
	answer, err := o.call(ctx, call)
	hidden := o.veil()
	return hidden.responded(answer), hidden.error(err)
}

func (o *overWire) call(ctx context.Context, call machine.CallHTTP) (machine.Responded, error) {
	base, err := o.base(call.Step)
	if err != nil {
		return machine.Responded{}, err
	}
	request := http.Request{
		Operation: call.Step.Operation, BaseURL: base, Body: call.Body, HasBody: call.HasBody,
		Credentials: o.world.Credentials[call.Step.Use.Name], Anonymous: o.world.Anonymous,
		Parameters: make([]http.Parameter, len(call.Parameters)), Headers: traceHeaders(call),
	}
	if call.HasBody {
		request.ContentType = call.ContentType
	}
	for i, v := range call.Parameters {
		request.Parameters[i] = http.Parameter{Name: v.Name, In: httpLocations.Get()[v.In], Value: v.Value}
	}
	if repeatable := call.Step.Operation.Method; repeatable == "POST" || repeatable == "PATCH" {
		// The methods that HTTP does not define as idempotent.
		request.Headers["Idempotency-Key"] = call.ID
	}
	if !call.Deadline.IsZero() {
		// The run's own deadline rules; the client's must not come before it.
		request.Timeout = noTimeout
	}
	response, record, err := o.world.HTTP.Call(ctx, request)
	answer := machine.Responded{}
	if record != nil {
		answer.Method, answer.URL = record.Method, record.URL
	}
	if err != nil {
		var failed *http.Error
		if errors.As(err, &failed) {
			err = failed.Err // the machine says which call it was
		}
		return answer, err
	}
	answer.Status, answer.Body, answer.Problem = response.Status, response.Body, response.Problem
	answer.Headers = make(map[string][]string, len(response.Headers))
	for name, value := range response.Headers {
		answer.Headers[name] = []string{value}
	}
	return answer, nil
}

// noTimeout is longer than any run waits for one call.
const noTimeout = 365 * 24 * time.Hour

func (o *overWire) base(s *plan.Step) (string, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if base, ok := o.bases[s.Operation]; ok {
		return base, nil
	}
	base, err := http.BaseURL(s.Use.Name, s.Use.Source.OpenAPI, s.Operation, o.world.Servers[s.Use.Name])
	if err == nil {
		o.bases[s.Operation] = base
	}
	return base, err
}

// Send implements Sender.
func (o *overWire) Send(ctx context.Context, m machine.SendMessage) (machine.Sent, error) {
	sender, err := o.sender(ctx, m)
	if err != nil {
		return machine.Sent{}, err
	}
	at := traceOf(m.Cause)
	out := endpoint.Outgoing{
		Payload: m.Payload, Headers: m.Headers, IdempotencyID: m.ID, ReplyTo: m.ReplyTo,
		TraceParent: at.Parent, TraceState: at.State,
	}
	if body := m.Step.Spec.RequestBody; body != nil {
		out.ContentType = body.ContentType
	}
	if m.Step.Correlation != nil && m.Correlation != "" {
		out.CorrelationID = m.Correlation
	}
	sent, err := sender.Send(ctx, out)
	if err != nil {
		return machine.Sent{}, o.veil().error(err)
	}
	return machine.Sent{Address: sent.Address, Message: sent.Name, Position: string(sent.Position)}, nil
}

func (o *overWire) sender(ctx context.Context, m machine.SendMessage) (*endpoint.Sender, error) {
	key := senderKey{m.Step, m.Address}
	o.mu.Lock()
	sender, ok := o.senders[key]
	o.mu.Unlock()
	if ok {
		return sender, nil
	}
	options := endpoint.SenderOptions{}
	if !m.Step.Channel.Fixed() {
		options.Address = m.Address
	}
	sender, err := o.world.Hub.Sender(ctx, o.source(m.Step.Use), targetOf(m.Step), options)
	if err != nil {
		return nil, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.senders[key] = sender // two may have opened it; the hub closes both
	return sender, nil
}

func (o *overWire) source(u *plan.Use) *endpoint.Source {
	o.mu.Lock()
	defer o.mu.Unlock()
	source, ok := o.sources[u]
	if !ok {
		source = endpoint.NewSource(u.Name, u.Source.AsyncAPI, o.world.Schemas)
		o.sources[u] = source
	}
	return source
}

// targetOf is what a send step sends to.
func targetOf(s *plan.Step) *endpoint.Target {
	t := &endpoint.Target{Operation: s.Does, Intent: endpoint.Send, Channel: s.Channel.Spec}
	for _, m := range s.Messages {
		t.Messages = append(t.Messages, m.Spec)
	}
	if s.Does == nil {
		t.Operation = unnamed(s.Channel, asyncapi.Send)
	} else {
		t.Bindings = s.Does.Bindings
	}
	return t
}

// listenerOf is what a subscription listens to.
func listenerOf(e machine.Subscribe) *endpoint.Target {
	t := &endpoint.Target{Operation: unnamed(e.Channel, asyncapi.Receive), Intent: endpoint.Receive, Channel: e.Channel.Spec}
	for _, m := range e.Messages {
		t.Messages = append(t.Messages, m.Spec)
	}
	return t
}

// unnamed stands in for the operation of a step that names only a channel.
func unnamed(c *plan.Channel, action asyncapi.Action) *asyncapi.Operation {
	return &asyncapi.Operation{ID: "channel " + c.Spec.Name, Action: action, Channel: c.Spec, Messages: c.Spec.Messages}
}

// subscription is a receiver and the goroutine that reads it.
type subscription struct {
	receiver *endpoint.Receiver
	deliver  func(context.Context, []Delivery) error
	together int // how many messages are delivered at once; 0 is all there are
	stop     context.CancelFunc
	done     chan struct{}

	mu        sync.Mutex
	positions []string // of what was delivered
}

// Positions implements Subscription: where to go on after what was delivered.
func (s *subscription) Positions() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.positions
}

// note notes where the receiver is, once what it gave has been delivered.
func (s *subscription) note() {
	var positions []string
	for _, p := range s.receiver.Positions() {
		positions = append(positions, string(p))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.positions = positions
}

// Close implements Subscription.
func (s *subscription) Close() error {
	s.stop()
	err := s.receiver.Close()
	<-s.done
	return err
}

// Subscribe implements Subscriber.
func (o *overWire) Subscribe(ctx context.Context, e machine.Subscribe, deliver func(context.Context, Delivery) error) (Subscription, error) {
	return o.subscribe(ctx, e, 1, func(ctx context.Context, list []Delivery) error {
		for _, d := range list {
			if err := deliver(ctx, d); err != nil {
				return err
			}
		}
		return nil
	})
}

// SubscribeBatch implements Batcher.
func (o *overWire) SubscribeBatch(ctx context.Context, e machine.Subscribe, deliver func(context.Context, []Delivery) error) (Subscription, error) {
	return o.subscribe(ctx, e, 0, deliver)
}

func (o *overWire) subscribe(ctx context.Context, e machine.Subscribe, together int, deliver func(context.Context, []Delivery) error) (Subscription, error) {
	deliver = o.veiled(deliver)
	queue, err := o.isQueue(e)
	if err != nil {
		return nil, err
	}
	if queue {
		return o.subscribeQueue(ctx, e, deliver)
	}
	target := listenerOf(e)
	own, stop := context.WithCancel(ctx)
	options := endpoint.ReceiverOptions{OnRejected: func(r *endpoint.Rejected) {
		_ = deliver(own, []Delivery{{
			Message:  machine.Message{Address: r.Address, Timestamp: r.Timestamp, Size: r.Size},
			Rejected: fmt.Sprintf("%s: %s", r.Reason, r.Explanation),
		}}) // where the run has ended nobody wants to know
	}}
	if !e.Channel.Fixed() {
		options.Address = e.Address
	}
	source := o.source(e.Channel.Use)
	var ends []driver.Position
	if len(e.Positions) > 0 {
		var err error
		if ends, err = o.ends(ctx, source, target, options); err != nil {
			stop()
			return nil, err
		}
		options.Start = driver.StartAt(positionsOf(e.Positions)...)
	}
	receiver, err := o.world.Hub.Receiver(ctx, source, target, options)
	if err != nil {
		stop()
		return nil, err
	}
	s := &subscription{receiver: receiver, deliver: deliver, together: together, stop: stop, done: make(chan struct{})}
	s.note()
	if err := s.catchUp(own, ends); err != nil {
		stop()
		return nil, errors.Join(err, receiver.Close())
	}
	go s.read(own)
	return s, nil
}

func positionsOf(texts []string) []driver.Position {
	list := make([]driver.Position, len(texts))
	for i, text := range texts {
		list[i] = driver.Position(text)
	}
	return list
}

// ends returns where the channel ends now.
func (o *overWire) ends(ctx context.Context, source *endpoint.Source, target *endpoint.Target, options endpoint.ReceiverOptions) ([]driver.Position, error) {
	options.OnRejected = nil
	probe, err := o.world.Hub.Receiver(ctx, source, target, options)
	if err != nil {
		return nil, err
	}
	ends := probe.Positions()
	return ends, probe.Close()
}

// The patience with what was stored while nobody listened: a broker that is
// slower than this gives the rest later.
const (
	catchUpLimit = 10 * time.Second
	catchUpPause = 200 * time.Millisecond
)

// catchUp delivers what was stored between where the receiver began and ends.
func (s *subscription) catchUp(ctx context.Context, ends []driver.Position) error {
	limit, cancel := context.WithTimeout(ctx, catchUpLimit)
	defer cancel()
	for limit.Err() == nil && !reached(s.receiver.Positions(), ends) {
		// What is none of the contract's comes to an end in Receive without
		// returning, so each turn is bounded.
		turn, done := context.WithTimeout(limit, catchUpPause)
		err := s.take(turn, ctx)
		done()
		if err != nil && turn.Err() == nil {
			return err
		}
	}
	return ctx.Err()
}

// reached reports whether every source is at its end or beyond.
func reached(at, ends []driver.Position) bool {
	for _, end := range ends {
		for _, p := range at {
			if p.Source() == end.Source() && before(p.Offset(), end.Offset()) {
				return false
			}
		}
	}
	return true
}

func before(a, b string) bool {
	x, y, numbers := offsets(a, b)
	if !numbers {
		return a != b // offsets without an order: only the end itself is the end
	}
	return x < y
}

// offsets reads offsets that are numbers.
func offsets(a, b string) (x, y int64, numbers bool) {
	x, errX := strconv.ParseInt(a, 10, 64)
	y, errY := strconv.ParseInt(b, 10, 64)
	return x, y, errX == nil && errY == nil
}

// take receives and delivers once.
func (s *subscription) take(receive, deliverCtx context.Context) error {
	messages, err := s.receiver.Receive(receive, 0)
	if err != nil {
		return err
	}
	together := s.together
	if together == 0 {
		together = len(messages)
	}
	for part := range slices.Chunk(messages, max(together, 1)) {
		list := make([]Delivery, len(part))
		for i, m := range part {
			list[i] = Delivery{Message: messageOf(m)}
		}
		if err := s.deliver(deliverCtx, list); err != nil {
			return err
		}
		// Only now may the broker forget them.
		if err := s.receiver.Ack(deliverCtx, part...); err != nil {
			return err
		}
	}
	s.note()
	return nil
}

// read delivers until the subscription is closed. The broker mends its own
// connections; what still fails is tried again, since the run's own deadline
// ends a wait that is in vain.
func (s *subscription) read(ctx context.Context) {
	defer close(s.done)
	for ctx.Err() == nil {
		if err := s.take(ctx, ctx); err != nil && ctx.Err() == nil {
			select {
			case <-time.After(catchUpPause):
			case <-ctx.Done():
			}
		}
	}
}

func messageOf(m *endpoint.Message) machine.Message {
	out := machine.Message{
		ID: m.Identity(), Address: m.Address, Names: []string{m.Name}, Headers: m.Headers, Payload: m.Payload,
		Timestamp: m.Timestamp.UTC().Round(0),
	}
	if m.CorrelationID != nil {
		out.Correlation = expr.Text(m.CorrelationID)
	}
	if m.Raw != nil {
		out.Size = m.Raw.Size()
	}
	return out
}
