package nats_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	client "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
	"github.com/weft-dev/weft/wire/embedded"
	"github.com/weft-dev/weft/wire/nats"
)

// connect returns a connection of the driver.
func connect(t *testing.T, protocol, host string) driver.Conn {
	t.Helper()
	c, err := drivers[protocol].Connect(t.Context(), server(protocol, host))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// foreign is the client library on its own, as somebody else uses it.
func foreign(t *testing.T, host string) (*client.Conn, jetstream.JetStream) {
	t.Helper()
	nc, err := client.Connect("nats://" + host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	return nc, js
}

func openReceiver(t *testing.T, c driver.Conn, opts driver.ReceiverOptions) driver.Receiver {
	t.Helper()
	r, err := c.OpenReceiver(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func send(t *testing.T, c driver.Conn, opts driver.SenderOptions, messages ...*driver.Message) {
	t.Helper()
	s, err := c.OpenSender(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Send(t.Context(), messages); err != nil {
		t.Fatal(err)
	}
}

func texts(bodies ...string) []*driver.Message {
	var list []*driver.Message
	for _, body := range bodies {
		list = append(list, &driver.Message{Body: []byte(body)})
	}
	return list
}

func receive(t *testing.T, r driver.Receiver, n int) []*driver.Message {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), drivertest.Patience)
	defer cancel()
	var got []*driver.Message
	for len(got) < n {
		list, err := r.Receive(ctx, n-len(got))
		if err != nil {
			t.Fatalf("received %d of %d, then %v", len(got), n, err)
		}
		got = append(got, list...)
	}
	return got
}

func silence(t *testing.T, r driver.Receiver, pause time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), pause)
	defer cancel()
	if got, err := r.Receive(ctx, 1); err == nil {
		t.Fatalf("received %q, want nothing", got[0].Body)
	}
}

func bodies(list []*driver.Message) string {
	var b []string
	for _, m := range list {
		b = append(b, string(m.Body))
	}
	return strings.Join(b, " ")
}

// TestCrashedMembersMessagesGoToOthers cuts a member off instead of closing it:
// the server's patience must end, and only then has another one the message.
func TestCrashedMembersMessagesGoToOthers(t *testing.T) {
	t.Parallel()
	s := newServer(t, embedded.Options{Addresses: []string{"orders"}})
	m := drivertest.NewRelay(t, s.host)
	opts := driver.ReceiverOptions{Address: "orders", Group: "clerks", Params: map[string]string{"ack_wait": "300ms"}}
	cut, err := nats.Driver{JetStream: true}.Connect(t.Context(), server(nats.JetStream, m.Host))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		m.HangUp() // nobody hears it say goodbye
		_ = cut.Close()
	})
	first := openReceiver(t, cut, opts)
	c := connect(t, nats.JetStream, s.host)
	send(t, c, driver.SenderOptions{Address: "orders"}, texts("a")...)
	receive(t, first, 1)
	m.Silent.Store(true)
	second := openReceiver(t, c, opts)
	got := receive(t, second, 1)
	if string(got[0].Body) != "a" || !got[0].Redelivered {
		t.Errorf("received %q, redelivered: %t", got[0].Body, got[0].Redelivered)
	}
}

// TestSlowWorkIsNotGivenToOthers works for longer than the server's patience.
// A second delivery is a fault only when no sign of life was late: a machine
// that stood still for so long has lost its claim.
func TestSlowWorkIsNotGivenToOthers(t *testing.T) {
	t.Parallel()
	const patience, enough = 300 * time.Millisecond, 8
	stood := drivertest.Standstill(t)
	s := newServer(t, embedded.Options{Addresses: []string{"orders"}})
	c := connect(t, nats.JetStream, s.host)
	signs := signsOfLife(t, s.host)
	opts := driver.ReceiverOptions{Address: "orders", Group: "clerks", Params: map[string]string{"ack_wait": patience.String()}}
	first, second := openReceiver(t, c, opts), openReceiver(t, c, opts)
	send(t, c, driver.SenderOptions{Address: "orders"}, texts("a")...)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var count atomic.Int64
	var both sync.WaitGroup
	for _, r := range []driver.Receiver{first, second} {
		both.Go(func() {
			for {
				list, err := r.Receive(ctx, 1)
				if err != nil {
					return
				}
				count.Add(int64(len(list)))
			}
		})
	}
	longest := longestGap(t, signs, enough)
	cancel()
	both.Wait()
	got := count.Load()
	longest = max(longest, stood())
	if got > 1 && longest >= patience/6 { // several goroutines must each be in time
		t.Skipf("delivered %d times, but this machine stood still for %s", got, longest)
	}
	if got != 1 {
		t.Errorf("delivered %d times with signs of life every %s at most, want once", got, longest)
	}
}

// signsOfLife tells of everything that receivers say of messages they hold.
func signsOfLife(t *testing.T, host string) chan *client.Msg {
	t.Helper()
	nc, _ := foreign(t, host)
	signs := make(chan *client.Msg, 64)
	if _, err := nc.ChanSubscribe("$JS.ACK.>", signs); err != nil {
		t.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	return signs
}

// longestGap waits for a number of signs and returns the longest time between
// two of them.
func longestGap(t *testing.T, signs <-chan *client.Msg, enough int) time.Duration {
	t.Helper()
	var longest time.Duration
	last := time.Now()
	for range enough {
		select {
		case <-signs:
		case <-time.After(time.Minute):
			t.Fatal("no sign of life")
		}
		now := time.Now()
		longest = max(longest, now.Sub(last))
		last = now
	}
	return longest
}

// TestNothingIsLostOrTwiceWhenTheServerRestarts sends and receives through
// several restarts.
func TestNothingIsLostOrTwiceWhenTheServerRestarts(t *testing.T) {
	t.Parallel()
	s := newServer(t, embedded.Options{DataDir: t.TempDir(), Addresses: []string{"orders"}})
	b, err := broker.Open(t.Context(), "jetstream://"+s.host, broker.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := b.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	const count = 3000
	alone, err := b.Receiver(t.Context(), driver.ReceiverOptions{Address: "orders"})
	if err != nil {
		t.Fatal(err)
	}
	group, err := b.Receiver(t.Context(), driver.ReceiverOptions{Address: "orders", Group: "clerks"})
	if err != nil {
		t.Fatal(err)
	}
	sender, err := b.Sender(t.Context(), driver.SenderOptions{Address: "orders"})
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for i := 0; i < count; i += 10 {
			var batch []*driver.Message
			for n := range 10 {
				batch = append(batch, &driver.Message{Body: fmt.Appendf(nil, "%05d", i+n)})
			}
			if err := sender.Send(t.Context(), batch...); err != nil {
				t.Errorf("send: %v", err)
				return
			}
			time.Sleep(time.Millisecond)
		}
	})
	all.Go(func() {
		for range 2 {
			time.Sleep(80 * time.Millisecond)
			s.stop(t)
			s.start(t)
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 3*drivertest.Patience)
	defer cancel()
	all.Go(func() {
		for i := 0; i < count; {
			list, err := alone.Receive(ctx, 0)
			if err != nil {
				t.Errorf("receive alone, after %d: %v", i, err)
				return
			}
			for _, m := range list {
				if want := fmt.Sprintf("%05d", i); string(m.Body) != want {
					t.Errorf("alone: received %s, want %s", m.Body, want)
					return
				}
				i++
			}
		}
	})
	all.Go(func() {
		seen := make(map[string]bool)
		for len(seen) < count {
			list, err := group.Receive(ctx, 100)
			if err != nil {
				t.Errorf("receive in a group, after %d: %v", len(seen), err)
				return
			}
			for _, m := range list {
				seen[string(m.Body)] = true
			}
			if err := group.Ack(ctx, list...); err != nil && !driver.Retryable(err) {
				t.Errorf("ack: %v", err)
			}
		}
	})
	all.Wait()
	if t.Failed() {
		return
	}
	positions, err := b.Positions(t.Context(), "orders")
	if want := driver.Position(fmt.Sprintf("orders@%d", count+1)); err != nil || positions[0] != want {
		t.Errorf("the stream ends at %v, %v, want %s: something is stored twice", positions, err, want)
	}
}

// TestWildcardsReachOverStreams receives from a stream for each subject.
func TestWildcardsReachOverStreams(t *testing.T) {
	t.Parallel()
	s := newServer(t, embedded.Options{Addresses: []string{"orders.eu", "orders.us"}})
	c := connect(t, nats.JetStream, s.host)
	send(t, c, driver.SenderOptions{Address: "orders.eu"}, texts("a")...)
	positions, err := c.(driver.Positioner).Positions(t.Context(), "orders.*")
	if err != nil || len(positions) != 2 {
		t.Fatalf("positions: %v, %v", positions, err)
	}
	send(t, c, driver.SenderOptions{Address: "orders.us"}, texts("b")...)
	send(t, c, driver.SenderOptions{Address: "orders.eu"}, texts("c")...)
	for name, opts := range map[string]driver.ReceiverOptions{
		"positions": {Start: driver.StartAt(positions...)},
		"group":     {Start: driver.StartAt(positions...), Group: "clerks"},
		"prefetch":  {Start: driver.StartAt(positions...), Group: "slow", Prefetch: 2},
	} {
		opts.Address = "orders.*"
		r := openReceiver(t, c, opts)
		got := receive(t, r, 2)
		addresses := []string{got[0].Address, got[1].Address}
		if slices.Sort(addresses); strings.Join(addresses, " ") != "orders.eu orders.us" {
			t.Errorf("%s: received from %v", name, addresses)
		}
		if err := r.Settle(t.Context(), driver.Settle(driver.Ack, got...)); err != nil {
			t.Error(err)
		}
		silence(t, r, 50*time.Millisecond)
	}
	if _, err := c.OpenSender(t.Context(), driver.SenderOptions{Address: "orders.*"}); !errors.Is(err, driver.ErrInvalid) {
		t.Errorf("a sender to a wildcard: %v, want %v", err, driver.ErrInvalid)
	}
}

// TestOneStreamOfManySubjects is a stream that somebody made for all orders:
// dead letters and forwarded messages lie in it too.
func TestOneStreamOfManySubjects(t *testing.T) {
	t.Parallel()
	s := newServer(t, embedded.Options{})
	_, js := foreign(t, s.host)
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "ORDERS", Subjects: []string{"orders.>"}}); err != nil {
		t.Fatal(err)
	}
	c := connect(t, nats.JetStream, s.host)
	r := openReceiver(t, c, driver.ReceiverOptions{Address: "orders.new", Group: "clerks", DeadLetter: "orders.dead"})
	dead := openReceiver(t, c, driver.ReceiverOptions{Address: "orders.dead"})
	id := []driver.Header{{Name: nats.IDHeader, Value: []byte("run-1")}, {Name: "note", Value: []byte{0, 1}}}
	for range 2 { // the second is a repetition, which the stream knows
		send(t, c, driver.SenderOptions{Address: "orders.new"}, &driver.Message{Headers: id, Body: []byte("bad"), ReplyTo: "answers"})
	}
	got := receive(t, r, 1)
	silence(t, r, 50*time.Millisecond)
	if err := r.Settle(t.Context(), driver.Settle(driver.Reject, got...)); err != nil {
		t.Fatal(err)
	}
	letter := receive(t, dead, 1)[0]
	if string(letter.Body) != "bad" || letter.ReplyTo != "answers" || len(letter.Headers) != 2 {
		t.Errorf("the dead letter is %q with %v and reply address %q", letter.Body, letter.Headers, letter.ReplyTo)
	}
	if err := c.(driver.Admin).Delete(t.Context(), "orders.dead"); err != nil {
		t.Fatal(err)
	}
	stream, err := js.Stream(t.Context(), "ORDERS")
	if err != nil {
		t.Fatalf("deleting one subject removed the stream of others: %v", err)
	}
	if n := stream.CachedInfo().State.Msgs; n != 1 {
		t.Errorf("the stream holds %d messages, want that of orders.new", n)
	}
}

// TestForeignMessages is about what clients of other makes send.
func TestForeignMessages(t *testing.T) {
	t.Parallel()
	s := newServer(t, embedded.Options{Addresses: []string{"orders"}})
	nc, _ := foreign(t, s.host)
	for protocol := range drivers {
		r := openReceiver(t, connect(t, protocol, s.host), driver.ReceiverOptions{Address: "orders"})
		if err := nc.PublishMsg(&client.Msg{
			Subject: "orders", Data: []byte("x"),
			Header: client.Header{"b": {"1", "2"}, "a": {"ü"}, nats.CorrelationHeader: {"7"}, nats.ListHeader: {"%zz,a,=,gone"}},
		}); err != nil {
			t.Fatal(err)
		}
		m := receive(t, r, 1)[0]
		var names []string
		for _, h := range m.Headers {
			names = append(names, h.Name+"="+string(h.Value))
		}
		if got := strings.Join(names, " "); got != "a=ü = b=1 b=2 correlationId=7" || m.CorrelationID != "7" {
			t.Errorf("%s: received headers %q and correlation id %q", protocol, got, m.CorrelationID)
		}
		var theirs *client.Msg
		if !m.As(&theirs) || theirs.Subject != "orders" {
			t.Errorf("%s: the client's own message is %v", protocol, theirs)
		}
		if m.As(new(string)) {
			t.Errorf("%s: a message is a string", protocol)
		}
	}
}

// TestFullStream is about a stream that takes no more, which was made by us.
func TestFullStream(t *testing.T) {
	t.Parallel()
	s := newServer(t, embedded.Options{})
	c := connect(t, nats.JetStream, s.host)
	spec := &driver.AddressSpec{Params: map[string]string{"max_msgs": "2", "discard": "new", "max_msg_size": "100", "storage": "memory", "stream": "FULL"}}
	sender, err := c.OpenSender(t.Context(), driver.SenderOptions{Address: "orders", Create: spec})
	if err != nil {
		t.Fatal(err)
	}
	err = sender.Send(t.Context(), []*driver.Message{{Body: make([]byte, 200)}})
	if !errors.Is(err, driver.ErrTooLarge) || !strings.Contains(err.Error(), "max_msg_size") {
		t.Errorf("too large for the stream: %v", err)
	}
	err = sender.Send(t.Context(), texts("a", "b", "c"))
	errs := driver.SplitBatch(err, 3)
	if errs[0] != nil || errs[1] != nil || !errors.Is(errs[2], driver.ErrServer) || !strings.Contains(errs[2].Error(), "full") {
		t.Errorf("the third of two: %v", errs)
	}
	for name, params := range map[string]map[string]string{
		"unknown": {"max_mgs": "1"}, "value": {"storage": "tape"}, "number": {"max_msgs": "many"}, "elsewhere": {"subject": "others.>"},
	} {
		err := c.(driver.Admin).Create(t.Context(), "orders.x", driver.AddressSpec{Params: params})
		if !errors.Is(err, driver.ErrInvalid) {
			t.Errorf("%s: %v, want %v", name, err, driver.ErrInvalid)
		}
	}
	if err := c.(driver.Admin).Create(t.Context(), "others", driver.AddressSpec{Params: map[string]string{"stream": "FULL"}}); !errors.Is(err, driver.ErrServer) || !strings.Contains(err.Error(), "another name") {
		t.Errorf("a name that is taken: %v", err)
	}
}

// TestRemovedStreamsAndGroupsAreTold is about what somebody removes while it
// is received from.
func TestRemovedStreamsAndGroupsAreTold(t *testing.T) {
	t.Parallel()
	s := newServer(t, embedded.Options{Addresses: []string{"orders", "others"}})
	c := connect(t, nats.JetStream, s.host)
	_, js := foreign(t, s.host)
	group := openReceiver(t, c, driver.ReceiverOptions{Address: "orders", Group: "clerks"})
	alone := openReceiver(t, c, driver.ReceiverOptions{Address: "others"})
	if err := js.DeleteConsumer(t.Context(), "orders", "clerks-orders"); err != nil {
		t.Fatal(err)
	}
	if err := js.DeleteStream(t.Context(), "others"); err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]driver.Receiver{"clerks-orders": group, "stream": alone} {
		ctx, cancel := context.WithTimeout(t.Context(), drivertest.Patience)
		_, err := r.Receive(ctx, 1)
		cancel()
		if !errors.Is(err, driver.ErrNoSuchAddress) || !strings.Contains(err.Error(), name) {
			t.Errorf("receive: %v, want %v that names %q", err, driver.ErrNoSuchAddress, name)
		}
	}
}

// TestLostConsumerIsMadeAnew is about a receiver without a group whose consumer
// the server forgets: it goes on after the last message.
func TestLostConsumerIsMadeAnew(t *testing.T) {
	t.Parallel()
	s := newServer(t, embedded.Options{Addresses: []string{"orders"}})
	c := connect(t, nats.JetStream, s.host)
	_, js := foreign(t, s.host)
	r := openReceiver(t, c, driver.ReceiverOptions{Address: "orders"})
	send(t, c, driver.SenderOptions{Address: "orders"}, texts("a")...)
	receive(t, r, 1)
	stream, err := js.Stream(t.Context(), "orders")
	if err != nil {
		t.Fatal(err)
	}
	for name := range stream.ConsumerNames(t.Context()).Name() {
		if err := stream.DeleteConsumer(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	send(t, c, driver.SenderOptions{Address: "orders"}, texts("b", "c")...)
	if got := bodies(receive(t, r, 2)); got != "b c" {
		t.Errorf("received %q, want b c", got)
	}
}

// TestDurableNames keeps groups on different subjects of one stream apart, and
// lets somebody name the consumer.
func TestDurableNames(t *testing.T) {
	t.Parallel()
	s := newServer(t, embedded.Options{})
	c := connect(t, nats.JetStream, s.host)
	if err := c.(driver.Admin).Create(t.Context(), "orders.>", driver.AddressSpec{}); err != nil {
		t.Fatal(err)
	}
	eu := openReceiver(t, c, driver.ReceiverOptions{Address: "orders.eu", Group: "clerks"})
	us := openReceiver(t, c, driver.ReceiverOptions{Address: "orders.us", Group: "clerks"})
	send(t, c, driver.SenderOptions{Address: "orders.eu"}, texts("e")...)
	send(t, c, driver.SenderOptions{Address: "orders.us"}, texts("u")...)
	if got := bodies(receive(t, eu, 1)) + bodies(receive(t, us, 1)); got != "eu" {
		t.Errorf("received %q, want eu", got)
	}
	named := driver.ReceiverOptions{Address: "orders.eu", Group: "clerks", Params: map[string]string{"durable": "mine"}}
	openReceiver(t, c, named)
	named.Address = "orders.us"
	if _, err := c.OpenReceiver(t.Context(), named); !errors.Is(err, driver.ErrInvalid) || !strings.Contains(err.Error(), "mine") {
		t.Errorf("one consumer for two subjects: %v, want %v", err, driver.ErrInvalid)
	}
	for name, value := range map[string]string{"ack_wait": "soon", "max_deliver": "0", "max_ack_pending": "x"} {
		opts := driver.ReceiverOptions{Address: "orders.eu", Group: "g", Params: map[string]string{name: value}}
		if _, err := c.OpenReceiver(t.Context(), opts); !errors.Is(err, driver.ErrInvalid) {
			t.Errorf("%s %s: %v, want %v", name, value, err, driver.ErrInvalid)
		}
	}
}

func TestRequeueWithoutAGroupComesAgain(t *testing.T) {
	t.Parallel()
	s := newServer(t, embedded.Options{Addresses: []string{"orders"}})
	c := connect(t, nats.JetStream, s.host)
	r := openReceiver(t, c, driver.ReceiverOptions{Address: "orders", Prefetch: 1})
	send(t, c, driver.SenderOptions{Address: "orders"}, texts("a")...)
	first := receive(t, r, 1)
	if err := r.Settle(t.Context(), driver.Settle(driver.Requeue, first...)); err != nil {
		t.Fatal(err)
	}
	again := receive(t, r, 1)
	if again[0].ID != first[0].ID || !again[0].Redelivered {
		t.Errorf("received %q again as %q, redelivered: %t", first[0].ID, again[0].ID, again[0].Redelivered)
	}
}

// TestManyLargeMessages passes the bytes that are asked for at once.
func TestManyLargeMessages(t *testing.T) {
	t.Parallel()
	s := newServer(t, embedded.Options{Addresses: []string{"orders"}})
	c := connect(t, nats.JetStream, s.host)
	r := openReceiver(t, c, driver.ReceiverOptions{Address: "orders"})
	const count = 150
	for i := range count {
		body := make([]byte, 900<<10)
		copy(body, fmt.Sprint(i))
		send(t, c, driver.SenderOptions{Address: "orders"}, &driver.Message{Body: body})
	}
	for i, m := range receive(t, r, count) {
		if want := fmt.Sprint(i); !strings.HasPrefix(string(m.Body), want) {
			t.Fatalf("message %d begins with %q", i, m.Body[:4])
		}
	}
}

// TestAcknowledgementLevels sends without waiting.
func TestAcknowledgementLevels(t *testing.T) {
	t.Parallel()
	s := newServer(t, embedded.Options{Addresses: []string{"orders"}})
	for protocol := range drivers {
		c := connect(t, protocol, s.host)
		r := openReceiver(t, c, driver.ReceiverOptions{Address: "orders"})
		for _, acks := range []driver.Acks{driver.AcksAll, driver.AcksLeader, driver.AcksNone} {
			send(t, c, driver.SenderOptions{Address: "orders", Acks: acks}, texts("a")...)
			receive(t, r, 1)
		}
	}
}

// TestServerWithoutJetStream says so when it is entered.
func TestServerWithoutJetStream(t *testing.T) {
	s := startJetless(t)
	_, err := broker.Open(t.Context(), "jetstream://"+s, broker.Config{Attempts: 1})
	if !errors.Is(err, driver.ErrUnsupported) || !strings.Contains(err.Error(), "nats://") {
		t.Errorf("open: %v, want %v", err, driver.ErrUnsupported)
	}
}
