package drivertest

import (
	"context"
	"time"

	"github.com/weft-dev/weft/wire/driver"
)

func faultChecks() []check {
	return []check{
		{name: "says that an address is missing", needs: func(c driver.Capabilities) string {
			return need(promise{"NeedsCreate", c.NeedsCreate})
		}, run: saysAddressIsMissing},
		{name: "makes a missing address when it may", needs: func(c driver.Capabilities) string {
			return need(promise{"Create", c.Create})
		}, run: makesMissingAddress},
		{name: "leaves an address that is there", needs: func(c driver.Capabilities) string {
			return need(promise{"Create", c.Create})
		}, run: leavesAddress},
		{name: "refuses an empty address", run: refusesEmptyAddress},
		{name: "refuses an unknown compression", run: refusesUnknownCompression},
	}
}

// saysAddressIsMissing wants an answer, and that by itself: who waits for a topic
// that will never be there waits until its time is up, and says so.
func saysAddressIsMissing(s *suite) {
	ctx, cancel := context.WithTimeout(s.ctx, s.h.Patience)
	defer cancel()
	missing := s.name()
	_, err := s.conn.OpenSender(ctx, driver.SenderOptions{Address: missing})
	s.isKind(err, driver.ErrNoSuchAddress, "open a sender")
	_, err = s.conn.OpenReceiver(ctx, driver.ReceiverOptions{Address: missing})
	s.isKind(err, driver.ErrNoSuchAddress, "open a receiver")
	_, err = s.conn.OpenReceiver(ctx, driver.ReceiverOptions{Address: missing, Group: s.name()})
	s.isKind(err, driver.ErrNoSuchAddress, "open a receiver in a group")
	if positioner, ok := s.conn.(driver.Positioner); ok {
		_, err = positioner.Positions(ctx, missing)
		s.isKind(err, driver.ErrNoSuchAddress, "positions")
	}
}

func makesMissingAddress(s *suite) {
	address := s.name()
	create := &driver.AddressSpec{Partitions: 2}
	receiver := s.receiver(driver.ReceiverOptions{Address: address, Create: create})
	s.Cleanup(func() { _ = s.conn.(driver.Admin).Delete(context.Background(), address) })
	s.sendBodies(s.senderWith(driver.SenderOptions{Address: address, Create: create}), "a")
	s.expect(receiver, "a")
}

func leavesAddress(s *suite) {
	address := s.address(1)
	receiver := s.receiver(driver.ReceiverOptions{Address: address})
	s.sendBodies(s.sender(address), "a")
	if err := s.conn.(driver.Admin).Create(s.ctx, address, driver.AddressSpec{Partitions: 3}); err != nil {
		s.Fatalf("create: %v", err)
	}
	s.expect(receiver, "a")
}

func refusesEmptyAddress(s *suite) {
	_, err := s.conn.OpenSender(s.ctx, driver.SenderOptions{})
	s.isKind(err, driver.ErrInvalid, "open a sender")
	_, err = s.conn.OpenReceiver(s.ctx, driver.ReceiverOptions{})
	s.isKind(err, driver.ErrInvalid, "open a receiver")
}

func refusesUnknownCompression(s *suite) {
	_, err := s.conn.OpenSender(s.ctx, driver.SenderOptions{Address: s.address(1), Compression: "no-such-codec"})
	s.isKind(err, driver.ErrInvalid, "open a sender")
}

// sendUntilTaken sends until a send succeeds.
func (s *suite) sendUntilTaken(sender driver.Sender, body string) {
	s.Helper()
	var err error
	for deadline := time.Now().Add(s.h.Patience); time.Now().Before(deadline); {
		ctx, cancel := context.WithTimeout(s.ctx, s.h.Patience/2)
		err = sender.Send(ctx, []*driver.Message{{Body: []byte(body)}})
		cancel()
		if err == nil {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	s.Fatalf("send: %v", err)
}

// receiveUntil receives until a body comes; what was sent may come twice.
func (s *suite) receiveUntil(receiver driver.Receiver, body string) []*driver.Message {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.ctx, 2*s.h.Patience)
	defer cancel()
	var got []*driver.Message
	for {
		messages, err := receiver.Receive(ctx, 1)
		if err != nil {
			s.Fatalf("received %q, want %q: %v", bodies(got), body, err)
		}
		got = append(got, messages...)
		if string(messages[len(messages)-1].Body) == body {
			return got
		}
	}
}
