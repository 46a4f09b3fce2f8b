package mock

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"sync"
	"time"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/endpoint"
)

// Options say how an application is played.
type Options struct {
	// Seed decides what data are made where a document has no example.
	Seed uint64
	// Delay is how long an answer takes.
	Delay time.Duration
	// Every is how long the application waits between two messages that it sends
	// on its own; 0 sends none.
	Every time.Duration
	// Jitter is the share of Every, 0 to 1, by which a pause is longer or
	// shorter, as the seed decides.
	Jitter float64
	// Scenarios say, by the source's name, what applications send on their own.
	// One that has a scenario sends nothing else unasked.
	Scenarios map[string]*Scenario
	// Faults are what goes wrong on purpose.
	Faults Faults
	// Group is the consumer group of operations whose document names none;
	// empty is one of the mock's own.
	Group string
	// ReplyWithin is how long a request that the application sends on its own
	// waits for its reply before it is told as unanswered. Default 30 s.
	ReplyWithin time.Duration
	// OnEvent is told of everything the mock does, from several goroutines. It
	// may be nil.
	OnEvent func(Event)
}

// Mock plays the application of one AsyncAPI document.
type Mock struct {
	source *endpoint.Source
	hub    *endpoint.Hub
	opt    Options
	tally  *tally

	begun  time.Time
	stop   context.CancelFunc
	work   sync.WaitGroup
	parts  []*part
	voices []*voice
	// scripted is the scenario; nil where there is none.
	scripted *script
}

// Start opens what the application receives and begins to play. What is sent
// to it after Start returned is received. The hub stays the caller's.
func Start(ctx context.Context, hub *endpoint.Hub, source *endpoint.Source, opt Options) (*Mock, error) {
	if opt.Group == "" {
		opt.Group = "weft-mock-" + source.Name
	}
	if opt.OnEvent == nil {
		opt.OnEvent = func(Event) {}
	}
	playing, stop := context.WithCancel(context.WithoutCancel(ctx))
	m := &Mock{source: source, hub: hub, opt: opt, tally: newTally(), begun: time.Now(), stop: stop}
	for _, op := range source.Doc.Operations {
		if err := m.add(ctx, op); err != nil {
			return nil, errors.Join(err, m.Close())
		}
	}
	if scenario := opt.Scenarios[source.Name]; scenario != nil {
		if err := m.script(ctx, scenario); err != nil {
			return nil, errors.Join(err, m.Close())
		}
	}
	m.begin(playing)
	return m, nil
}

// begin plays everything that was opened.
func (m *Mock) begin(ctx context.Context) {
	for _, p := range m.parts {
		m.work.Go(func() { p.play(ctx) })
	}
	for _, v := range m.voices {
		if v.asks != nil {
			m.work.Go(func() { v.asks.hear(ctx) })
			m.work.Go(func() { v.asks.watch(ctx) })
		}
	}
	if m.scripted != nil {
		m.work.Go(func() { m.scripted.play(ctx) })
		return
	}
	for _, v := range m.voices {
		m.work.Go(func() { v.speak(ctx) })
	}
}

// add opens what an operation needs.
func (m *Mock) add(ctx context.Context, op *asyncapi.Operation) error {
	switch {
	case op.Action == asyncapi.Receive:
		p, err := m.open(ctx, op)
		if err != nil {
			return err
		}
		m.parts = append(m.parts, p)
	case m.opt.Scenarios[m.source.Name] != nil: // see script
	case m.opt.Every <= 0:
		m.tell(Event{Kind: Skipped, Operation: op.ID, Text: "it sends on its own, which is played where it is said how often"})
	default:
		v, err := m.voice(ctx, op)
		if err != nil {
			return err
		}
		m.voices = append(m.voices, v)
	}
	return nil
}

// Name returns the source's name.
func (m *Mock) Name() string { return m.source.Name }

// Counts returns what the mock saw so far, by operation.
func (m *Mock) Counts() map[string]Count { return m.tally.all() }

// Close stops playing. What has not been answered is left to the next one of
// its group.
func (m *Mock) Close() error {
	m.stop()
	m.work.Wait()
	var errs []error
	for _, p := range m.parts {
		errs = append(errs, p.close())
	}
	for _, v := range m.voices {
		errs = append(errs, v.close())
	}
	m.parts, m.voices = nil, nil
	return errors.Join(errs...)
}

func (m *Mock) tell(e Event) {
	e.Time, e.Source = time.Now(), m.source.Name
	m.opt.OnEvent(e)
}

// part plays one operation.
type part struct {
	outlet
	op       *asyncapi.Operation
	receiver *endpoint.Receiver
	reply    *endpoint.Target // nil where nothing is answered
	busy     chan struct{}    // bounds how many answers are under way

	mu      sync.Mutex
	senders map[string]*endpoint.Sender // by address
}

const (
	// maxBusy bounds how many answers of one operation are under way.
	maxBusy = 64
	// maxSenders bounds how many reply addresses are kept ready.
	maxSenders = 100
	// settleTime bounds one acknowledgement.
	settleTime = 10 * time.Second
)

func (m *Mock) open(ctx context.Context, op *asyncapi.Operation) (*part, error) {
	p := &part{outlet: outlet{mock: m, operation: op.ID, kind: Answered}, op: op, busy: make(chan struct{}, maxBusy), senders: map[string]*endpoint.Sender{}}
	var err error
	if op.Reply != nil {
		if p.reply, err = endpoint.ReplyOf(op, endpoint.Send); err != nil {
			return nil, fmt.Errorf("%s: %w", m.source.Name, err)
		}
		if _, err := m.source.Codec(p.reply); err != nil {
			return nil, err
		}
	}
	target := endpoint.RequestOf(op, endpoint.Receive)
	if p.receiver, err = m.receiver(ctx, target, p.rejected); err != nil {
		return nil, err
	}
	if p.reply != nil && p.reply.AddressFrom == "" {
		if _, err := p.sender(ctx, ""); err != nil {
			return nil, errors.Join(err, p.close())
		}
	}
	return p, nil
}

// receiver shares messages with other mocks of the same application, where the
// protocol has groups; where it has none, each of them answers.
func (m *Mock) receiver(ctx context.Context, t *endpoint.Target, rejected func(*endpoint.Rejected)) (*endpoint.Receiver, error) {
	return m.receiverAt(ctx, t, "", rejected)
}

// receiverAt receives at an address; "" is the contract's.
func (m *Mock) receiverAt(ctx context.Context, t *endpoint.Target, address string, rejected func(*endpoint.Rejected)) (*endpoint.Receiver, error) {
	opt := endpoint.ReceiverOptions{AsApplication: true, Address: address, Group: m.group(t), OnRejected: rejected}
	r, err := m.hub.Receiver(ctx, m.source, t, opt)
	if t.GroupID() == "" && errors.Is(err, driver.ErrUnsupported) {
		opt.Group = ""
		r, err = m.hub.Receiver(ctx, m.source, t, opt)
	}
	return r, err
}

// group is the application's own where its document names one.
func (m *Mock) group(t *endpoint.Target) string {
	if name := t.GroupID(); name != "" {
		return name
	}
	return m.opt.Group
}

func (p *part) rejected(r *endpoint.Rejected) {
	p.mock.tally.rejected(p.op.ID)
	p.mock.tell(Event{Kind: Rejected, Operation: p.op.ID, Rejected: r})
}

// play receives until the mock is closed.
func (p *part) play(ctx context.Context) {
	var answers sync.WaitGroup
	defer answers.Wait()
	for number := uint64(0); ; {
		messages, err := p.receiver.Receive(ctx, maxBusy)
		if err != nil {
			if ctx.Err() == nil && !errors.Is(err, driver.ErrClosed) {
				p.mock.tell(Event{Kind: Failed, Operation: p.op.ID, Err: err})
			}
			return
		}
		for _, request := range messages {
			f := p.fate(number)
			number++
			if p.mock.opt.Delay == 0 {
				p.handle(ctx, request, f) // in order
				continue
			}
			p.busy <- struct{}{}
			answers.Go(func() {
				defer func() { <-p.busy }()
				p.handle(ctx, request, f)
			})
		}
	}
}

func (p *part) handle(ctx context.Context, request *endpoint.Message, f fate) {
	m := p.mock
	repeated := m.tally.received(p.op.ID, request.IdempotencyID)
	m.tell(Event{Kind: Received, Operation: p.op.ID, Message: request, Duplicate: repeated})
	if p.reply != nil {
		if !pause(ctx, m.opt.Delay) {
			return
		}
		err := p.answer(ctx, request, f)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			m.tell(Event{Kind: Failed, Operation: p.op.ID, Message: request, Err: err})
		}
	}
	settling, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	if err := p.receiver.Ack(settling, request); err != nil && !errors.Is(err, driver.ErrLost) && !errors.Is(err, driver.ErrClosed) {
		m.tell(Event{Kind: Failed, Operation: p.op.ID, Message: request, Err: err})
	}
}

func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// answer makes and sends the reply to a request.
func (p *part) answer(ctx context.Context, request *endpoint.Message, f fate) error {
	address := ""
	if p.reply.AddressFrom != "" {
		if address = request.ReplyTo; address == "" && p.reply.Channel == nil {
			return fmt.Errorf("the request says no address for its reply in %s", p.reply.AddressFrom)
		}
	}
	sender, err := p.sender(ctx, address)
	if err != nil {
		return err
	}
	out, err := p.compose(sender.Codec(), request)
	if err != nil {
		return err
	}
	return p.send(ctx, sender, out, f)
}

func (p *part) sender(ctx context.Context, address string) (*endpoint.Sender, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s, ok := p.senders[address]; ok {
		return s, nil
	}
	if len(p.senders) >= maxSenders {
		for old, s := range p.senders { // any will do
			delete(p.senders, old)
			_ = s.Close(ctx)
			break
		}
	}
	s, err := p.mock.hub.Sender(ctx, p.mock.source, p.reply, endpoint.SenderOptions{Address: address, AsApplication: true})
	if err != nil {
		return nil, err
	}
	p.senders[address] = s
	return s, nil
}

func (p *part) close() error {
	var errs []error
	if p.receiver != nil {
		errs = append(errs, p.receiver.Close())
	}
	ctx, cancel := context.WithTimeout(context.Background(), settleTime)
	defer cancel()
	for _, s := range p.senders {
		errs = append(errs, s.Close(ctx))
	}
	return errors.Join(errs...)
}

// seedOf makes a seed that is the same whenever the same request comes again.
func seedOf(seed uint64, text string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text)) // a hash never fails
	return seed ^ h.Sum64()
}
