package drivertest

import (
	"context"
	"errors"
	"time"

	"github.com/weft-dev/weft/wire/driver"
)

func connectionChecks() []check {
	return []check{
		{name: "keeps the promises that go together", run: promisesGoTogether},
		{name: "answers a ping until it is closed", run: answersPing},
		{name: "ends a receive with its context", run: receiveEndsWithContext},
		{name: "loses nothing when a receive is cancelled", run: cancelLosesNothing},
		{name: "ends a receive when it is closed", run: closeEndsReceive},
		{name: "refuses work after it is closed", run: refusesAfterClose},
		{name: "can be closed twice", run: closesTwice},
		{name: "refuses parameters that it does not know", run: refusesUnknownParams},
	}
}

func promisesGoTogether(s *suite) {
	if _, ok := s.conn.(driver.Positioner); ok != s.caps.Replay {
		s.Errorf("Replay is %t, but that the connection is a driver.Positioner is %t", s.caps.Replay, ok)
	}
	if _, ok := s.conn.(driver.Admin); ok != s.caps.Create {
		s.Errorf("Create is %t, but that the connection is a driver.Admin is %t", s.caps.Create, ok)
	}
	if s.caps.Queue && (s.caps.FanOut || s.caps.Groups) {
		s.Error("a queue has neither groups nor fan-out")
	}
	if len(s.h.Driver.Protocols()) == 0 {
		s.Error("the driver has no protocol")
	}
}

func answersPing(s *suite) {
	conn, err := s.h.Driver.Connect(s.ctx, s.h.Server)
	if err != nil {
		s.Fatal(err)
	}
	if err := conn.Ping(s.ctx); err != nil {
		s.Errorf("ping: %v", err)
	}
	s.close(conn)
	if err := conn.Ping(s.ctx); err == nil {
		s.Error("a closed connection answers a ping")
	}
}

func receiveEndsWithContext(s *suite) {
	receiver := s.receiver(driver.ReceiverOptions{Address: s.address(1)})
	ctx, cancel := context.WithTimeout(s.ctx, 50*time.Millisecond)
	defer cancel()
	var err error
	Within(s.T, 50*time.Millisecond, func() { _, err = receiver.Receive(ctx, 1) })
	if !errors.Is(err, context.DeadlineExceeded) {
		s.Errorf("receive: %v, want %v", err, context.DeadlineExceeded)
	}
	cancelled, cancel := context.WithCancel(s.ctx)
	cancel()
	if _, err := receiver.Receive(cancelled, 1); !errors.Is(err, context.Canceled) {
		s.Errorf("receive: %v, want %v", err, context.Canceled)
	}
}

// cancelLosesNothing gives up receiving again and again while messages come.
func cancelLosesNothing(s *suite) {
	const count = 200
	address := s.address(1)
	receiver := s.receiver(driver.ReceiverOptions{Address: address})
	sent := make(chan error, 1)
	sender := s.sender(address)
	go func() {
		for i := range count {
			if err := sender.Send(s.ctx, []*driver.Message{{Body: number(i)}}); err != nil {
				sent <- err
				return
			}
		}
		sent <- nil
	}()
	var got []*driver.Message
	deadline := time.Now().Add(s.h.Patience)
	for wait := time.Duration(0); len(got) < count && time.Now().Before(deadline); wait = (wait + 70*time.Microsecond) % (3 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(s.ctx, wait)
		messages, err := receiver.Receive(ctx, 3)
		cancel()
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			s.Fatalf("receive: %v", err)
		}
		got = append(got, messages...)
	}
	if err := <-sent; err != nil {
		s.Fatalf("send: %v", err)
	}
	s.inOrder(got, count)
}

func closeEndsReceive(s *suite) {
	receiver := s.receiver(driver.ReceiverOptions{Address: s.address(1)})
	ended := make(chan error, 1)
	go func() {
		_, err := receiver.Receive(s.ctx, 1)
		ended <- err
	}()
	time.Sleep(50 * time.Millisecond) // so that it waits; when it does not yet, the check still holds
	s.close(receiver)
	select {
	case err := <-ended:
		if !errors.Is(err, driver.ErrClosed) {
			s.Errorf("receive: %v, want %v", err, driver.ErrClosed)
		}
	case <-time.After(s.h.Patience):
		s.Error("a receive waits on after its receiver was closed")
	}
}

func refusesAfterClose(s *suite) {
	address := s.address(1)
	conn, err := s.h.Driver.Connect(s.ctx, s.h.Server)
	if err != nil {
		s.Fatal(err)
	}
	sender, err := conn.OpenSender(s.ctx, driver.SenderOptions{Address: address})
	if err != nil {
		s.Fatal(err)
	}
	receiver := s.receiverOn(conn, driver.ReceiverOptions{Address: address})
	s.close(conn)
	if err := sender.Send(s.ctx, []*driver.Message{{Body: []byte("late")}}); !errors.Is(err, driver.ErrClosed) {
		s.Errorf("send: %v, want %v", err, driver.ErrClosed)
	}
	if _, err := receiver.Receive(s.ctx, 1); !errors.Is(err, driver.ErrClosed) {
		s.Errorf("receive: %v, want %v", err, driver.ErrClosed)
	}
	if _, err := conn.OpenReceiver(s.ctx, driver.ReceiverOptions{Address: address}); err == nil {
		s.Error("a closed connection opens a receiver")
	}
	if _, err := conn.OpenSender(s.ctx, driver.SenderOptions{Address: address}); err == nil {
		s.Error("a closed connection opens a sender")
	}
}

func closesTwice(s *suite) {
	address := s.address(1)
	conn, err := s.h.Driver.Connect(s.ctx, s.h.Server)
	if err != nil {
		s.Fatal(err)
	}
	sender, err := conn.OpenSender(s.ctx, driver.SenderOptions{Address: address})
	if err != nil {
		s.Fatal(err)
	}
	receiver := s.receiverOn(conn, driver.ReceiverOptions{Address: address})
	for range 2 {
		s.close(sender)
		s.close(receiver)
		s.close(conn)
	}
}

func refusesUnknownParams(s *suite) {
	address := s.address(1)
	params := map[string]string{"no.such.parameter": "1"}
	_, err := s.conn.OpenSender(s.ctx, driver.SenderOptions{Address: address, Params: params})
	s.isKind(err, driver.ErrInvalid, "open a sender")
	_, err = s.conn.OpenReceiver(s.ctx, driver.ReceiverOptions{Address: address, Params: params})
	s.isKind(err, driver.ErrInvalid, "open a receiver")
	err = s.sender(address).Send(s.ctx, []*driver.Message{{Body: []byte("x"), Params: params}})
	s.isKind(err, driver.ErrInvalid, "send")
}

// isKind checks an error's kind and that it says where it happened.
func (s *suite) isKind(err, kind error, op string) {
	s.Helper()
	if !errors.Is(err, kind) {
		s.Errorf("%s: %v, want %v", op, err, kind)
		return
	}
	var e *driver.Error
	if !errors.As(err, &e) || e.Server == "" {
		s.Errorf("%s: the error does not say at which server: %v", op, err)
	}
}

// goesOnAfterRestart is the hook of those who can restart their server.
func goesOnAfterRestart(s *suite) {
	address := s.address(1)
	sender := s.sender(address)
	opts := driver.ReceiverOptions{Address: address, Start: driver.StartNow()}
	if s.caps.Groups || s.caps.AtLeastOnce && !s.caps.Queue {
		opts.Group = s.name()
	}
	receiver := s.receiver(opts)
	s.sendBodies(sender, "before")
	s.settle(receiver, driver.Ack, s.expect(receiver, "before")...)
	s.h.Restart(s.T)
	s.sendUntilTaken(sender, "after")
	if !s.caps.AtLeastOnce {
		defer s.keepSending(sender, "after")()
	}
	s.settle(receiver, driver.Ack, s.receiveUntil(receiver, "after")...)
}

// keepSending sends again and again: without AtLeastOnce what is sent before
// the receiver is back may be lost, and only that it comes back is tested. The
// result stops it.
func (s *suite) keepSending(sender driver.Sender, body string) (stop func()) {
	ctx, cancel := context.WithCancel(s.ctx)
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		for ctx.Err() == nil {
			_ = sender.Send(ctx, []*driver.Message{{Body: []byte(body)}}) // the next one may succeed
			time.Sleep(50 * time.Millisecond)
		}
	}()
	return func() { cancel(); <-stopped }
}
