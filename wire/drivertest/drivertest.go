// Package drivertest is the conformance suite of the drivers. It is what makes
// Capabilities worth believing: a promise that a driver makes is tested here,
// and one that it does not make is skipped by name.
//
// It must not know any one protocol: a driver's own tests are beside the
// driver.
package drivertest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/weft-dev/weft/internal/leaks"
	"github.com/weft-dev/weft/wire/driver"
)

// Harness is a driver and a server to try it with.
type Harness struct {
	Driver driver.Driver
	Server driver.Server

	// Restart stops the server and starts it again with what it has stored.
	// Without it reconnecting is not tested.
	Restart func(t *testing.T)

	// Patience is how long a message may take to arrive, and how long joining
	// and leaving groups may take. Default is the constant Patience.
	Patience time.Duration

	// Name makes a name of the suite's into one that the protocol takes for
	// addresses and groups. Default is the name itself, which is made of
	// letters, digits and a dot.
	Name func(string) string

	// Pause is how long to listen before it is believed that nothing comes.
	// Default 150 ms.
	Pause time.Duration

	// Impatient are params of a receiver by which the server waits only a moment
	// for a sign of life of a message, where it gives up on one whose receiver
	// lives.
	Impatient map[string]string

	// OfServer are functions whose goroutines belong to the server, where that
	// runs in this process: it may start some for an address, and keep them.
	OfServer []string
}

// check is one test of the suite.
type check struct {
	name  string
	needs func(driver.Capabilities) string // the first promise that it needs and misses
	run   func(*suite)
}

// promise names a capability.
type promise struct {
	name string
	kept bool
}

// need returns the name of the first promise that is not kept.
func need(promises ...promise) string {
	for _, p := range promises {
		if !p.kept {
			return p.name
		}
	}
	return ""
}

// Run runs the suite. Its checks run in parallel with each other, then it looks
// for goroutines left behind, for which it must not run in parallel with other
// tests of its package. Restart comes last: a restarted server may have
// goroutines of its own here.
func Run(t *testing.T, h Harness) {
	if h.Patience <= 0 {
		h.Patience = Patience
	}
	if h.Pause <= 0 {
		h.Pause = 150 * time.Millisecond
	}
	before := goleak.IgnoreCurrent()
	caps := h.Driver.Capabilities()
	t.Run("checks", func(t *testing.T) {
		for _, c := range checks() {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				if c.needs != nil {
					if missing := c.needs(caps); missing != "" {
						t.Skipf("%s does not promise %s", h.Driver.Protocols()[0], missing)
					}
				}
				c.run(newSuite(t, h))
			})
		}
	})
	ignored := []goleak.Option{before}
	for _, function := range h.OfServer {
		ignored = append(ignored, goleak.IgnoreAnyFunction(function))
	}
	if err := leaks.Find(ignored...); err != nil {
		t.Errorf("goroutines are left after every connection was closed: %v", err)
	}
	t.Run("goes on after a restart of the server", func(t *testing.T) {
		if h.Restart == nil {
			t.Skip("the harness cannot restart its server")
		}
		goesOnAfterRestart(newSuite(t, h))
	})
}

// checks returns the suite in the order in which it is best read.
func checks() []check {
	all := [][]check{connectionChecks(), messageChecks(), orderChecks(), startChecks(), groupChecks(), settleChecks(), faultChecks()}
	var list []check
	for _, checks := range all {
		list = append(list, checks...)
	}
	return list
}

// suite is one check with a connection of its own.
type suite struct {
	*testing.T
	h    Harness
	caps driver.Capabilities
	ctx  context.Context
	conn driver.Conn
}

func newSuite(t *testing.T, h Harness) *suite {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 4*h.Patience)
	s := &suite{T: t, h: h, caps: h.Driver.Capabilities(), ctx: ctx}
	s.conn = s.connect()
	t.Cleanup(cancel)
	return s
}

// connect makes a connection that is closed at the end.
func (s *suite) connect() driver.Conn {
	s.Helper()
	conn, err := s.h.Driver.Connect(s.ctx, s.h.Server)
	if err != nil {
		s.Fatalf("connect: %v", err)
	}
	s.Cleanup(func() {
		if err := conn.Close(); err != nil {
			s.Errorf("close the connection: %v", err)
		}
	})
	return conn
}

// address makes a new address.
func (s *suite) address(partitions int) string {
	s.Helper()
	address := s.name()
	if !s.caps.Create {
		return address
	}
	admin, ok := s.conn.(driver.Admin)
	if !ok {
		s.Fatal("Create is promised, but the connection is no driver.Admin")
	}
	if err := admin.Create(s.ctx, address, driver.AddressSpec{Partitions: partitions}); err != nil {
		s.Fatalf("create %s: %v", address, err)
	}
	s.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), s.h.Patience)
		defer cancel()
		if err := admin.Delete(ctx, address); err != nil {
			s.Errorf("delete %s: %v", address, err)
		}
	})
	return address
}

// name returns a name that nobody has used.
func (s *suite) name() string {
	var random [6]byte
	if _, err := rand.Read(random[:]); err != nil {
		s.Fatal(err)
	}
	name := "drivertest." + hex.EncodeToString(random[:])
	if s.h.Name == nil {
		return name
	}
	return s.h.Name(name)
}

func (s *suite) sender(address string) driver.Sender {
	s.Helper()
	return s.senderWith(driver.SenderOptions{Address: address})
}

func (s *suite) senderWith(opts driver.SenderOptions) driver.Sender {
	s.Helper()
	sender, err := s.conn.OpenSender(s.ctx, opts)
	if err != nil {
		s.Fatalf("open a sender: %v", err)
	}
	s.Cleanup(func() { _ = sender.Close() })
	return sender
}

func (s *suite) receiver(opts driver.ReceiverOptions) driver.Receiver {
	s.Helper()
	return s.receiverOn(s.conn, opts)
}

func (s *suite) receiverOn(conn driver.Conn, opts driver.ReceiverOptions) driver.Receiver {
	s.Helper()
	receiver, err := conn.OpenReceiver(s.ctx, opts)
	if err != nil {
		s.Fatalf("open a receiver: %v", err)
	}
	s.Cleanup(func() { _ = receiver.Close() })
	return receiver
}

func (s *suite) send(sender driver.Sender, messages ...*driver.Message) {
	s.Helper()
	if err := sender.Send(s.ctx, messages); err != nil {
		s.Fatalf("send: %v", err)
	}
}

// sendBodies sends one message for each body, without keys.
func (s *suite) sendBodies(sender driver.Sender, bodies ...string) {
	s.Helper()
	for _, body := range bodies {
		s.send(sender, &driver.Message{Body: []byte(body)})
	}
}

// receive waits for exactly n messages.
func (s *suite) receive(receiver driver.Receiver, n int) []*driver.Message {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.ctx, s.h.Patience)
	defer cancel()
	var got []*driver.Message
	for len(got) < n {
		messages, err := receiver.Receive(ctx, n-len(got))
		if err != nil {
			s.Fatalf("received %d of %d messages (%s), then: %v", len(got), n, bodies(got), err)
		}
		got = append(got, messages...)
	}
	return got
}

// expect receives messages and compares their bodies, in order.
func (s *suite) expect(receiver driver.Receiver, want ...string) []*driver.Message {
	s.Helper()
	got := s.receive(receiver, len(want))
	if text := bodies(got); text != strings.Join(want, " ") {
		s.Fatalf("received %q, want %q", text, strings.Join(want, " "))
	}
	return got
}

// silence fails when a message comes.
func (s *suite) silence(receiver driver.Receiver) {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.ctx, s.h.Pause)
	defer cancel()
	if got, err := receiver.Receive(ctx, 1); err == nil {
		s.Fatalf("received %q, want nothing", bodies(got))
	}
}

func (s *suite) settle(receiver driver.Receiver, outcome driver.Outcome, messages ...*driver.Message) {
	s.Helper()
	if err := receiver.Settle(s.ctx, driver.Settle(outcome, messages...)); err != nil {
		s.Fatalf("%v: %v", outcome, err)
	}
}

func (s *suite) close(x interface{ Close() error }) {
	s.Helper()
	if err := x.Close(); err != nil {
		s.Fatalf("close: %v", err)
	}
}

func bodies(messages []*driver.Message) string {
	list := make([]string, len(messages))
	for i, m := range messages {
		list[i] = string(m.Body)
	}
	return strings.Join(list, " ")
}
