package drivertest

import (
	"context"
	"errors"
	"strings"

	"github.com/weft-dev/weft/wire/driver"
)

func settleChecks() []check {
	atLeastOnce := func(c driver.Capabilities) string { return need(promise{"AtLeastOnce", c.AtLeastOnce}) }
	return []check{
		{name: "delivers again what was not settled", needs: atLeastOnce, run: redelivers},
		{name: "delivers again to a group that has settled nothing", needs: atLeastOnce, run: redeliversToNewGroup},
		{name: "delivers again what was not settled before what was", needs: atLeastOnce, run: redeliversEarlier},
		{name: "does not deliver again what was settled", needs: atLeastOnce, run: settledIsDone},
		{name: "keeps unsettled messages within the prefetch", needs: atLeastOnce, run: keepsPrefetch},
		{name: "delivers again what was requeued", needs: func(c driver.Capabilities) string { return need(promise{"Requeue", c.Requeue}) }, run: requeues},
		{name: "moves what was rejected to the dead letters", needs: func(c driver.Capabilities) string { return need(promise{"Reject", c.Reject}) }, run: rejectsToDeadLetters},
		{name: "lets go what was rejected without dead letters", needs: func(c driver.Capabilities) string { return need(promise{"Reject", c.Reject}) }, run: rejectsForGood},
		{name: "leaves open what it failed to settle", needs: atLeastOnce, run: leavesOpen},
		{name: "delivers again what it failed to settle", needs: atLeastOnce, run: redeliversFailed},
		{name: "settles twice without harm", run: settlesTwice},
		{name: "refuses to settle another receiver's message", run: refusesForeign},
	}
}

// members returns the options by which receivers come one after the other:
// members of a group, or those of a queue.
func (s *suite) members(address string) driver.ReceiverOptions {
	opts := driver.ReceiverOptions{Address: address, Start: driver.StartNow()}
	if !s.caps.Queue {
		opts.Group = s.name()
	}
	return opts
}

func redelivers(s *suite) {
	address := s.address(1)
	opts := s.members(address)
	first := s.receiver(opts)
	s.sendBodies(s.sender(address), "a", "b", "c")
	got := s.expect(first, "a", "b", "c")
	s.settle(first, driver.Ack, got[0])
	s.close(first)
	again := s.expect(s.receiverOn(s.connect(), opts), "b", "c")
	if got[1].ID != again[0].ID {
		s.Errorf("a message was delivered with the id %q, and again with %q", got[1].ID, again[0].ID)
	}
}

// redeliversToNewGroup is about a group's first member that goes before it has
// settled anything: where the group began must be known to the server by then,
// or the next member, which starts now, begins after the message.
func redeliversToNewGroup(s *suite) {
	address := s.address(1)
	opts := s.members(address)
	sender := s.sender(address)
	if !s.caps.Queue {
		s.sendBodies(sender, "before")
	}
	first := s.receiver(opts)
	s.sendBodies(sender, "a")
	s.expect(first, "a")
	s.close(first)
	s.expect(s.receiver(opts), "a")
}

// redeliversEarlier settles out of order: whatever the driver stores, it must
// not lose the message that was left out.
func redeliversEarlier(s *suite) {
	address := s.address(1)
	opts := s.members(address)
	first := s.receiver(opts)
	s.sendBodies(s.sender(address), "a", "b", "c", "d")
	got := s.expect(first, "a", "b", "c", "d")
	s.settle(first, driver.Ack, got[3], got[0], got[2])
	s.close(first)
	if again := s.receive(s.receiver(opts), 1); string(again[0].Body) != "b" {
		s.Errorf("received %s first, want b", again[0].Body)
	}
}

func settledIsDone(s *suite) {
	address := s.address(1)
	opts := s.members(address)
	sender := s.sender(address)
	first := s.receiver(opts)
	s.sendBodies(sender, "a", "b")
	for _, m := range s.expect(first, "a", "b") {
		s.settle(first, driver.Ack, m)
	}
	s.close(first)
	second := s.receiver(opts)
	s.sendBodies(sender, "c")
	s.expect(second, "c")
}

func keepsPrefetch(s *suite) {
	address := s.address(1)
	opts := s.members(address)
	opts.Prefetch = 2
	receiver := s.receiver(opts)
	s.sendBodies(s.sender(address), strings.Fields("a b c d")...)
	got := s.expect(receiver, "a", "b")
	s.silence(receiver)
	s.settle(receiver, driver.Ack, got[0])
	s.expect(receiver, "c")
	s.silence(receiver)
}

func requeues(s *suite) {
	address := s.address(1)
	receiver := s.receiver(s.members(address))
	s.sendBodies(s.sender(address), "a")
	first := s.expect(receiver, "a")
	s.settle(receiver, driver.Requeue, first...)
	again := s.expect(receiver, "a")
	if again[0].ID != first[0].ID {
		s.Errorf("a message was delivered with the id %q, and again with %q", first[0].ID, again[0].ID)
	}
	s.settle(receiver, driver.Ack, again...)
	s.silence(receiver)
}

func rejectsToDeadLetters(s *suite) {
	address, dead := s.address(1), s.address(1)
	opts := s.members(address)
	opts.DeadLetter = dead
	receiver := s.receiver(opts)
	burial := s.receiver(driver.ReceiverOptions{Address: dead})
	sender := s.sender(address)
	message := &driver.Message{Key: s.keyOf("k"), Body: []byte("bad")}
	if s.caps.Headers {
		message.Headers = []driver.Header{{Name: "h", Value: []byte("v")}}
	}
	s.send(sender, message)
	s.settle(receiver, driver.Reject, s.expect(receiver, "bad")...)
	got := s.expect(burial, "bad")[0]
	if string(got.Key) != string(message.Key) || len(got.Headers) < len(message.Headers) {
		s.Errorf("the dead letter has key %q and headers %v", got.Key, got.Headers)
	}
	s.close(receiver)
	s.sendBodies(sender, "good")
	s.expect(s.receiver(opts), "good")
}

func rejectsForGood(s *suite) {
	address := s.address(1)
	opts := s.members(address)
	receiver := s.receiver(opts)
	sender := s.sender(address)
	s.sendBodies(sender, "bad")
	s.settle(receiver, driver.Reject, s.expect(receiver, "bad")...)
	s.close(receiver)
	s.sendBodies(sender, "good")
	s.expect(s.receiver(opts), "good")
}

// failToSettle settles in no time, which cannot succeed.
func (s *suite) failToSettle(receiver driver.Receiver, messages ...*driver.Message) {
	s.Helper()
	over, cancel := context.WithCancel(s.ctx)
	cancel()
	if err := receiver.Settle(over, driver.Settle(driver.Ack, messages...)); !errors.Is(err, context.Canceled) {
		s.Fatalf("settle: %v, want %v", err, context.Canceled)
	}
}

// leavesOpen wants that a settlement that failed may be tried again, and that
// what is not comes again once its receiver is gone.
func leavesOpen(s *suite) {
	address := s.address(1)
	opts := s.members(address)
	first := s.receiver(opts)
	s.sendBodies(s.sender(address), "a", "b")
	got := s.expect(first, "a", "b")
	s.failToSettle(first, got...)
	s.settle(first, driver.Ack, got[0])
	s.close(first)
	s.expect(s.receiver(opts), "b")
}

// redeliversFailed is about servers that give a message to somebody else when
// they have not heard of it for a while: a receiver that keeps telling them of
// one that it failed to settle keeps it from everybody.
func redeliversFailed(s *suite) {
	if s.h.Impatient == nil {
		s.Skip("the server waits until the receiver is gone")
	}
	address := s.address(1)
	opts := s.members(address)
	opts.Prefetch, opts.Params = 1, s.h.Impatient
	receiver := s.receiver(opts)
	s.sendBodies(s.sender(address), "a")
	first := s.expect(receiver, "a")
	s.failToSettle(receiver, first...)
	again := s.expect(receiver, "a")
	if again[0].ID != first[0].ID || !again[0].Redelivered {
		s.Errorf("after %s came %s, delivered before: %t", first[0].ID, again[0].ID, again[0].Redelivered)
	}
	s.settle(receiver, driver.Ack, again...)
}

func settlesTwice(s *suite) {
	address := s.address(1)
	receiver := s.receiver(driver.ReceiverOptions{Address: address})
	s.sendBodies(s.sender(address), "a", "b")
	got := s.expect(receiver, "a", "b")
	for range 2 {
		s.settle(receiver, driver.Ack, got...)
	}
}

func refusesForeign(s *suite) {
	address, elsewhere := s.address(1), s.address(1)
	receiver := s.receiver(driver.ReceiverOptions{Address: address})
	other := s.receiver(driver.ReceiverOptions{Address: elsewhere})
	s.sendBodies(s.sender(address), "a")
	got := s.expect(receiver, "a")
	if err := other.Settle(s.ctx, driver.Settle(driver.Ack, got...)); !errors.Is(err, driver.ErrLost) {
		s.Errorf("settle: %v, want %v", err, driver.ErrLost)
	}
}
