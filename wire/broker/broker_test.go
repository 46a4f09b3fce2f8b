package broker_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weft-dev/weft/internal/leaks"
	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/inmem"
)

func TestMain(m *testing.M) { os.Exit(leaks.Run(m)) }

// flaky is the in-memory driver with faults to order. It connects to the
// server of the test's name.
type flaky struct {
	inmem.Driver
	pipelined bool

	mu       sync.Mutex
	connects int
	refuse   []error                       // errors of the next connects
	send     func([]*driver.Message) error // before each send
	broken   map[int]bool                  // connections, by number, that no longer work
	hold     chan struct{}                 // sends wait for it when it is not nil
	batches  []int                         // sizes of the sends
	caps     func(driver.Capabilities) driver.Capabilities
}

func (f *flaky) Capabilities() driver.Capabilities {
	caps := f.Driver.Capabilities()
	caps.Pipelined = f.pipelined
	if f.caps != nil {
		caps = f.caps(caps)
	}
	return caps
}

func (f *flaky) Connect(ctx context.Context, server driver.Server) (driver.Conn, error) {
	f.mu.Lock()
	f.connects++
	number := f.connects
	var err error
	if len(f.refuse) > 0 {
		err, f.refuse = f.refuse[0], f.refuse[1:]
	}
	f.mu.Unlock()
	if err != nil {
		return nil, err
	}
	conn, err := f.Driver.Connect(ctx, server)
	if err != nil {
		return nil, err
	}
	return &flakyConn{Conn: conn, flaky: f, number: number}, nil
}

// breakConnections makes every connection of now fail.
func (f *flaky) breakConnections() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.broken = make(map[int]bool)
	for n := range f.connects {
		f.broken[n+1] = true
	}
}

func (f *flaky) fault(number int) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.broken[number] {
		return unreachable()
	}
	return nil
}

func unreachable() error {
	return &driver.Error{Kind: driver.ErrUnreachable, Op: "try", Retry: true, NotSent: true}
}

// awaits waits until a send is under way.
func (f *flaky) awaits(t *testing.T) {
	t.Helper()
	for limit := time.Now().Add(time.Minute); time.Now().Before(limit); time.Sleep(time.Millisecond) {
		f.mu.Lock()
		begun := len(f.batches) > 0
		f.mu.Unlock()
		if begun {
			return
		}
	}
	t.Fatal("nothing is sent")
}

type flakyConn struct {
	driver.Conn
	flaky  *flaky
	number int
}

func (c *flakyConn) Positions(ctx context.Context, address string) ([]driver.Position, error) {
	if err := c.flaky.fault(c.number); err != nil {
		return nil, err
	}
	return c.Conn.(driver.Positioner).Positions(ctx, address)
}

func (c *flakyConn) Ping(ctx context.Context) error {
	if err := c.flaky.fault(c.number); err != nil {
		return err
	}
	return c.Conn.Ping(ctx)
}

func (c *flakyConn) OpenSender(ctx context.Context, opts driver.SenderOptions) (driver.Sender, error) {
	sender, err := c.Conn.OpenSender(ctx, opts)
	return &flakySender{Sender: sender, conn: c}, err
}

func (c *flakyConn) OpenReceiver(ctx context.Context, opts driver.ReceiverOptions) (driver.Receiver, error) {
	receiver, err := c.Conn.OpenReceiver(ctx, opts)
	return &flakyReceiver{Receiver: receiver, conn: c}, err
}

type flakySender struct {
	driver.Sender
	conn *flakyConn
}

func (s *flakySender) Send(ctx context.Context, messages []*driver.Message) error {
	f := s.conn.flaky
	f.mu.Lock()
	f.batches = append(f.batches, len(messages))
	hold, fault := f.hold, f.send
	f.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if err := f.fault(s.conn.number); err != nil {
		return err
	}
	if fault != nil {
		if err := fault(messages); err != nil {
			return err
		}
	}
	return s.Sender.Send(ctx, messages)
}

type flakyReceiver struct {
	driver.Receiver
	conn *flakyConn
}

// Receive notices a broken connection within a few milliseconds.
func (r *flakyReceiver) Receive(ctx context.Context, max int) ([]*driver.Message, error) {
	for {
		if err := r.conn.flaky.fault(r.conn.number); err != nil {
			return nil, err
		}
		short, cancel := context.WithTimeout(ctx, 2*time.Millisecond)
		messages, err := r.Receiver.Receive(short, max)
		cancel()
		if err == nil || ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
			return messages, err
		}
	}
}

// quick is a Config for tests of faults.
func quick() broker.Config {
	return broker.Config{Backoff: broker.Backoff{First: time.Millisecond, Most: 5 * time.Millisecond}, Timeout: time.Minute}
}

// open opens the test's own in-memory server through a flaky driver. The
// server is kept for the test, so that it outlives broken connections.
func open(t *testing.T, f *flaky, cfg broker.Config) *broker.Broker {
	t.Helper()
	b, err := newMux(f).Open(t.Context(), url(t), cfg)
	if err != nil {
		t.Fatal(err)
	}
	keepServer(t)
	closeLater(t, b)
	return b
}

func keepServer(t *testing.T) {
	server := inmem.NewServer(strings.TrimPrefix(url(t), "inmem://"), inmem.Driver{})
	t.Cleanup(func() { server.Close() })
}

func newMux(d driver.Driver) *broker.Mux {
	mux := &broker.Mux{}
	mux.Register(d)
	return mux
}

func url(t *testing.T) string { return "inmem://" + strings.ReplaceAll(t.Name(), "/", "-") }

func closeLater(t *testing.T, b *broker.Broker) {
	t.Cleanup(func() {
		if err := b.Close(context.Background()); err != nil {
			t.Errorf("close: %v", err)
		}
	})
}

func sender(t *testing.T, b *broker.Broker, opts driver.SenderOptions) *broker.Sender {
	t.Helper()
	opts.Address = "orders"
	s, err := b.Sender(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func receiver(t *testing.T, b *broker.Broker, opts driver.ReceiverOptions) *broker.Receiver {
	t.Helper()
	opts.Address = "orders"
	r, err := b.Receiver(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func text(body string) *driver.Message { return &driver.Message{Body: []byte(body)} }

func send(t *testing.T, s *broker.Sender, bodies ...string) {
	t.Helper()
	for _, body := range bodies {
		if err := s.Send(t.Context(), text(body)); err != nil {
			t.Fatal(err)
		}
	}
}

func expect(t *testing.T, r *broker.Receiver, want ...string) []*driver.Message {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var got []*driver.Message
	for len(got) < len(want) {
		messages, err := r.Receive(ctx, len(want)-len(got))
		if err != nil {
			t.Fatalf("after %d messages: %v", len(got), err)
		}
		got = append(got, messages...)
	}
	for i, m := range got {
		if string(m.Body) != want[i] {
			t.Fatalf("message %d is %q, want %q", i, m.Body, want[i])
		}
	}
	return got
}

func TestOpenRetriesWhatMayGetBetter(t *testing.T) {
	var told []broker.Event
	cfg := quick()
	cfg.OnEvent = func(e broker.Event) { told = append(told, e) }
	f := &flaky{refuse: []error{unreachable(), unreachable()}}
	open(t, f, cfg)
	if f.connects != 3 || len(told) != 2 || told[0].What != "retrying" {
		t.Errorf("connected %d times and told of %v, want 3 and two retries", f.connects, told)
	}
}

func TestOpenGivesUp(t *testing.T) {
	denied := &driver.Error{Kind: driver.ErrAuth, Op: "connect"}
	for name, test := range map[string]struct {
		refuse   []error
		attempts int
		connects int
		kind     error
	}{
		"at once on a wrong password": {[]error{denied}, 4, 1, driver.ErrAuth},
		"after the attempts":          {[]error{unreachable(), unreachable(), unreachable()}, 3, 3, driver.ErrUnreachable},
	} {
		t.Run(name, func(t *testing.T) {
			f := &flaky{refuse: test.refuse}
			cfg := quick()
			cfg.Attempts = test.attempts
			_, err := newMux(f).Open(t.Context(), url(t), cfg)
			if !errors.Is(err, test.kind) || f.connects != test.connects {
				t.Errorf("open: %v after %d connects, want %v after %d", err, f.connects, test.kind, test.connects)
			}
		})
	}
}

func TestOpenEndsWithItsDeadline(t *testing.T) {
	cfg := quick()
	cfg.ConnectTimeout = 50 * time.Millisecond
	start := time.Now()
	_, err := newMux(stuck{}).Open(t.Context(), url(t), cfg)
	if !errors.Is(err, driver.ErrTimeout) {
		t.Errorf("open: %v, want %v", err, driver.ErrTimeout)
	}
	if took := time.Since(start); took > time.Minute {
		t.Errorf("it took %v", took)
	}
}

// stuck connects to servers that never answer.
type stuck struct{ inmem.Driver }

func (stuck) Connect(ctx context.Context, _ driver.Server) (driver.Conn, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestConnectionsAreShared(t *testing.T) {
	f := &flaky{}
	mux := newMux(f)
	openOn := func(cfg broker.Config) *broker.Broker {
		b, err := mux.Open(t.Context(), url(t), cfg)
		if err != nil {
			t.Fatal(err)
		}
		closeLater(t, b)
		return b
	}
	one, two := openOn(quick()), openOn(quick())
	if f.connects != 1 {
		t.Errorf("two brokers to one server made %d connections, want 1", f.connects)
	}
	other := quick()
	other.Client = "another"
	openOn(other)
	if f.connects != 2 {
		t.Errorf("a broker with another name made %d connections in all, want 2", f.connects)
	}
	if err := one.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := two.Ping(t.Context()); err != nil {
		t.Errorf("a broker is dead after the one it shared with was closed: %v", err)
	}
	if err := one.Ping(t.Context()); !errors.Is(err, driver.ErrClosed) {
		t.Errorf("ping after close: %v, want %v", err, driver.ErrClosed)
	}
}

func TestUnknownProtocolNamesThoseThereAre(t *testing.T) {
	_, err := newMux(&flaky{}).Open(t.Context(), "pigeon://loft", broker.Config{})
	if !errors.Is(err, driver.ErrUnsupported) || !strings.Contains(err.Error(), "inmem") {
		t.Errorf("open: %v, want %v and the name inmem", err, driver.ErrUnsupported)
	}
}

func TestSendersBatchWhatArrivesTogether(t *testing.T) {
	const count = 20
	var batches []int
	// The rest waits behind the first, once a busy machine has come to it.
	for wait := 20 * time.Millisecond; wait < 20*time.Second; wait *= 5 {
		t.Run(wait.String(), func(t *testing.T) { batches = together(t, count, wait) })
		if len(batches) < count {
			return
		}
	}
	t.Errorf("%d messages went in %d batches %v, want fewer", count, len(batches), batches)
}

// together sends messages at once, and lets none through for a while. It returns
// the batches.
func together(t *testing.T, count int, wait time.Duration) []int {
	t.Helper()
	f := &flaky{hold: make(chan struct{})}
	b := open(t, f, quick())
	s, r := sender(t, b, driver.SenderOptions{}), receiver(t, b, driver.ReceiverOptions{})
	var sends sync.WaitGroup
	for range count {
		sends.Go(func() {
			if err := s.Send(t.Context(), text("a")); err != nil {
				t.Error(err)
			}
		})
	}
	time.Sleep(wait)
	close(f.hold)
	sends.Wait()
	expect(t, r, strings.Fields(strings.Repeat("a ", count))...)
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.batches
}

func TestBatchesKeepToTheLimit(t *testing.T) {
	for _, pipelined := range []bool{false, true} {
		t.Run(fmt.Sprintf("pipelined %t", pipelined), func(t *testing.T) {
			f := &flaky{pipelined: pipelined, caps: func(c driver.Capabilities) driver.Capabilities {
				c.MaxBatch = 3
				return c
			}}
			b := open(t, f, quick())
			s, r := sender(t, b, driver.SenderOptions{}), receiver(t, b, driver.ReceiverOptions{})
			if err := s.Send(t.Context(), text("a"), text("b"), text("c"), text("d"), text("e")); err != nil {
				t.Fatal(err)
			}
			expect(t, r, "a", "b", "c", "d", "e")
			for _, size := range f.batches {
				if size > 3 {
					t.Errorf("batches of %v, want at most 3", f.batches)
				}
			}
		})
	}
}

func TestEachSendHasItsOwnError(t *testing.T) {
	f := &flaky{hold: make(chan struct{}), send: func(messages []*driver.Message) error {
		errs := make([]error, len(messages))
		for i, m := range messages {
			if string(m.Body) == "bad" {
				errs[i] = &driver.Error{Kind: driver.ErrServer, Op: "send"}
			}
		}
		return driver.JoinBatch(errs)
	}}
	s := sender(t, open(t, f, quick()), driver.SenderOptions{})
	good, bad := make(chan error, 1), make(chan error, 1)
	go func() { good <- s.Send(t.Context(), text("good")) }()
	time.Sleep(5 * time.Millisecond)
	go func() { bad <- s.Send(t.Context(), text("bad")) }()
	other := make(chan error, 1)
	go func() { other <- s.Send(t.Context(), text("other")) }()
	time.Sleep(5 * time.Millisecond)
	close(f.hold)
	if err := errors.Join(<-good); err != nil {
		t.Errorf("the good message: %v", err)
	}
	if err := <-bad; !errors.Is(err, driver.ErrServer) {
		t.Errorf("the bad message: %v, want %v", err, driver.ErrServer)
	}
	<-other
}

// TestSendEndsWithItsContext also wants that what was given up is not sent
// later, when nobody expects it.
func TestSendEndsWithItsContext(t *testing.T) {
	f := &flaky{hold: make(chan struct{})}
	b := open(t, f, quick())
	s, r := sender(t, b, driver.SenderOptions{}), receiver(t, b, driver.ReceiverOptions{})
	first := make(chan error, 1)
	go func() { first <- s.Send(t.Context(), text("held")) }()
	f.awaits(t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := s.Send(ctx, text("withdrawn")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("send: %v, want %v", err, context.DeadlineExceeded)
	}
	close(f.hold)
	if err := <-first; err != nil {
		t.Error(err)
	}
	send(t, s, "next")
	expect(t, r, "held", "next")
}

func TestSendHasADeadlineOfItsOwn(t *testing.T) {
	f := &flaky{hold: make(chan struct{}), pipelined: true}
	cfg := quick()
	cfg.Timeout = 30 * time.Millisecond
	s := sender(t, open(t, f, cfg), driver.SenderOptions{})
	if err := s.Send(context.Background(), text("a")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("send: %v, want %v", err, context.DeadlineExceeded)
	}
	close(f.hold)
}

func TestSendRefusesWhatTheProtocolCannotCarry(t *testing.T) {
	f := &flaky{caps: func(c driver.Capabilities) driver.Capabilities {
		c.Keys, c.Headers, c.Correlation, c.ReplyTo = false, false, false, false
		return c
	}}
	s := sender(t, open(t, f, quick()), driver.SenderOptions{MaxMessageBytes: 10})
	for name, test := range map[string]struct {
		message driver.Message
		kind    error
	}{
		"key":             {driver.Message{Key: []byte("k")}, driver.ErrUnsupported},
		"header":          {driver.Message{Headers: []driver.Header{{Name: "h"}}}, driver.ErrUnsupported},
		"correlation id":  {driver.Message{CorrelationID: "c"}, driver.ErrUnsupported},
		"reply address":   {driver.Message{ReplyTo: "r"}, driver.ErrUnsupported},
		"too large":       {driver.Message{Body: make([]byte, 11)}, driver.ErrTooLarge},
		"another address": {driver.Message{Address: "elsewhere"}, driver.ErrInvalid},
	} {
		if err := s.Send(t.Context(), &test.message); !errors.Is(err, test.kind) {
			t.Errorf("%s: %v, want %v", name, err, test.kind)
		}
	}
	if len(f.batches) != 0 {
		t.Errorf("something was sent all the same: %v", f.batches)
	}
}

func TestReceiverRefusesWhatTheProtocolCannot(t *testing.T) {
	f := &flaky{caps: func(c driver.Capabilities) driver.Capabilities {
		c.AtLeastOnce, c.Groups, c.Replay, c.StartTime, c.Reject = false, false, false, false, false
		return c
	}}
	b := open(t, f, quick())
	for name, opts := range map[string]driver.ReceiverOptions{
		"group":       {Group: "g"},
		"beginning":   {Start: driver.StartBeginning()},
		"positions":   {Start: driver.StartAt("orders@1")},
		"time":        {Start: driver.StartTime(time.Now())},
		"dead letter": {DeadLetter: "dead"},
	} {
		opts.Address = "orders"
		if _, err := b.Receiver(t.Context(), opts); !errors.Is(err, driver.ErrUnsupported) {
			t.Errorf("%s: %v, want %v", name, err, driver.ErrUnsupported)
		}
	}
}

func TestSendGoesOnAfterABrokenConnection(t *testing.T) {
	for _, pipelined := range []bool{false, true} {
		t.Run(fmt.Sprintf("pipelined %t", pipelined), func(t *testing.T) {
			f := &flaky{pipelined: pipelined}
			b := open(t, f, quick())
			s := sender(t, b, driver.SenderOptions{})
			send(t, s, "before")
			f.breakConnections()
			send(t, s, "after")
			expect(t, receiver(t, b, driver.ReceiverOptions{Start: driver.StartBeginning()}), "before", "after")
		})
	}
}

// TestSendIsNotRepeatedWhenItMayHaveArrived keeps duplicates to those who
// decide on them.
func TestSendIsNotRepeatedWhenItMayHaveArrived(t *testing.T) {
	calls := 0
	f := &flaky{send: func([]*driver.Message) error {
		calls++
		return &driver.Error{Kind: driver.ErrTimeout, Op: "send", Retry: true}
	}}
	s := sender(t, open(t, f, quick()), driver.SenderOptions{})
	if err := s.Send(t.Context(), text("a")); !errors.Is(err, driver.ErrTimeout) {
		t.Errorf("send: %v, want %v", err, driver.ErrTimeout)
	}
	if calls != 1 {
		t.Errorf("the message was tried %d times, want once", calls)
	}
}

// TestReceiverMissesNothingOverABrokenConnection breaks the connection before
// the first message and in the middle, and sends while it is broken.
func TestReceiverMissesNothingOverABrokenConnection(t *testing.T) {
	f := &flaky{}
	b := open(t, f, quick())
	send(t, sender(t, b, driver.SenderOptions{}), "before")
	r := receiver(t, b, driver.ReceiverOptions{Start: driver.StartNow()})
	outside := open(t, &flaky{}, quick())
	s := sender(t, outside, driver.SenderOptions{})

	f.breakConnections()
	send(t, s, "one")
	expect(t, r, "one")
	send(t, s, "two", "three")
	expect(t, r, "two")
	f.breakConnections()
	send(t, s, "four")
	expect(t, r, "three", "four")
}

func TestGroupIsRedeliveredWhatABrokenConnectionLeft(t *testing.T) {
	f := &flaky{}
	b := open(t, f, quick())
	r := receiver(t, b, driver.ReceiverOptions{Group: "g"})
	s := sender(t, open(t, &flaky{}, quick()), driver.SenderOptions{})
	send(t, s, "a", "b")
	got := expect(t, r, "a", "b")
	if err := r.Ack(t.Context(), got[0]); err != nil {
		t.Fatal(err)
	}
	f.breakConnections()
	again := expect(t, r, "b")
	if err := r.Ack(t.Context(), got[1]); !errors.Is(err, driver.ErrLost) {
		t.Errorf("settling a message from before the break: %v, want %v", err, driver.ErrLost)
	}
	if err := r.Ack(t.Context(), again...); err != nil {
		t.Error(err)
	}
}

func TestReceiverKnowsWhereItIs(t *testing.T) {
	b := open(t, &flaky{}, quick())
	s := sender(t, b, driver.SenderOptions{})
	send(t, s, "a")
	r := receiver(t, b, driver.ReceiverOptions{})
	began := r.Positions()
	send(t, s, "b", "c")
	expect(t, r, "b")
	expect(t, receiver(t, b, driver.ReceiverOptions{Start: driver.StartAt(began...)}), "b", "c")
	expect(t, receiver(t, b, driver.ReceiverOptions{Start: driver.StartAt(r.Positions()...)}), "c")
}

func TestCloseWaitsForSends(t *testing.T) {
	f := &flaky{hold: make(chan struct{})}
	b := open(t, f, quick())
	s, r := sender(t, b, driver.SenderOptions{}), receiver(t, open(t, &flaky{}, quick()), driver.ReceiverOptions{})
	sent := make(chan error, 1)
	go func() { sent <- s.Send(t.Context(), text("a")) }()
	f.awaits(t)
	closed := make(chan error, 1)
	go func() { closed <- b.Close(context.Background()) }()
	late := func() error { // one that comes before the close is taken back
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		return s.Send(ctx, text("late"))
	}
	err := late()
	for limit := time.Now().Add(time.Minute); errors.Is(err, context.DeadlineExceeded) && time.Now().Before(limit); {
		err = late()
	}
	if !errors.Is(err, driver.ErrClosed) {
		t.Errorf("a send after close: %v, want %v", err, driver.ErrClosed)
	}
	select {
	case err := <-closed:
		t.Errorf("close did not wait for a send: %v", err)
	default:
	}
	close(f.hold)
	if err := errors.Join(<-sent, <-closed); err != nil {
		t.Error(err)
	}
	expect(t, r, "a")
}

func TestCloseEndsWithItsContext(t *testing.T) {
	f := &flaky{hold: make(chan struct{})}
	b := open(t, f, quick())
	s := sender(t, b, driver.SenderOptions{})
	sent := make(chan error, 1)
	go func() { sent <- s.Send(t.Context(), text("a")) }()
	f.awaits(t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := b.Close(ctx); !errors.Is(err, driver.ErrTimeout) {
		t.Errorf("close: %v, want %v", err, driver.ErrTimeout)
	}
	close(f.hold)
	<-sent
}
