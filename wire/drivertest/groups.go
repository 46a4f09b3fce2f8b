package drivertest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/weft-dev/weft/wire/driver"
)

func groupChecks() []check {
	return []check{
		{name: "gives each group its own copy", needs: func(c driver.Capabilities) string {
			return need(promise{"FanOut", c.FanOut}, promise{"Groups", c.Groups})
		}, run: groupsHaveCopies},
		{name: "gives each receiver without a group its own copy", needs: func(c driver.Capabilities) string {
			return need(promise{"FanOut", c.FanOut})
		}, run: receiversHaveCopies},
		{name: "shares messages within a group", needs: func(c driver.Capabilities) string {
			return need(promise{"Groups", c.Groups})
		}, run: groupShares},
		{name: "shares messages of a queue", needs: func(c driver.Capabilities) string {
			return need(promise{"Queue", c.Queue})
		}, run: queueShares},
	}
}

func groupsHaveCopies(s *suite) {
	address := s.address(2)
	one := s.receiver(driver.ReceiverOptions{Address: address, Group: s.name()})
	two := s.receiver(driver.ReceiverOptions{Address: address, Group: s.name()})
	none := s.receiver(driver.ReceiverOptions{Address: address})
	s.sendBodies(s.sender(address), "a")
	for _, receiver := range []driver.Receiver{one, two, none} {
		s.settle(receiver, driver.Ack, s.expect(receiver, "a")...)
		s.silence(receiver)
	}
}

func receiversHaveCopies(s *suite) {
	address := s.address(1)
	one := s.receiver(driver.ReceiverOptions{Address: address})
	two := s.receiverOn(s.connect(), driver.ReceiverOptions{Address: address})
	s.sendBodies(s.sender(address), "a", "b")
	s.expect(one, "a", "b")
	s.expect(two, "a", "b")
}

func groupShares(s *suite) {
	address, group := s.address(4), s.name()
	s.share(address, driver.ReceiverOptions{Address: address, Group: group, Start: driver.StartNow()})
}

func queueShares(s *suite) {
	address := s.address(1)
	s.share(address, driver.ReceiverOptions{Address: address})
}

// share opens two receivers and sends until both have had something. Every
// message must reach one of them.
func (s *suite) share(address string, opts driver.ReceiverOptions) {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.ctx, 2*s.h.Patience)
	defer cancel()
	counts := &tally{seen: make(map[string]int)}
	var readers sync.WaitGroup
	for n, conn := range []driver.Conn{s.conn, s.connect()} {
		receiver := s.receiverOn(conn, opts)
		readers.Go(func() { s.drain(ctx, receiver, n, counts) })
	}
	sender := s.sender(address)
	sent := 0
	for !counts.both() && ctx.Err() == nil {
		body := fmt.Sprint(sent)
		s.send(sender, &driver.Message{Key: s.keyOf(body), Body: []byte(body)})
		sent++
		time.Sleep(2 * time.Millisecond)
	}
	for counts.total() < sent && ctx.Err() == nil {
		time.Sleep(5 * time.Millisecond)
	}
	cancel()
	readers.Wait()
	if !counts.both() {
		s.Errorf("one of the two receivers never received any of %d messages", sent)
	}
	if got := counts.total(); got != sent {
		s.Errorf("received %d different messages, want %d", got, sent)
	}
}

func (s *suite) keyOf(text string) []byte {
	if !s.caps.Keys {
		return nil
	}
	return []byte(text)
}

// drain receives and settles one message at a time.
func (s *suite) drain(ctx context.Context, receiver driver.Receiver, n int, counts *tally) {
	for {
		messages, err := receiver.Receive(ctx, 1)
		if err != nil {
			return
		}
		for _, m := range messages {
			counts.add(n, string(m.Body))
		}
		// A message that the group took away meanwhile goes to the other one.
		_ = receiver.Settle(ctx, driver.Settle(driver.Ack, messages...))
	}
}

// tally counts what two receivers have received.
type tally struct {
	mu   sync.Mutex
	seen map[string]int
	had  [2]bool
}

func (c *tally) add(receiver int, body string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen[body]++
	c.had[receiver] = true
}

func (c *tally) both() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.had[0] && c.had[1]
}

func (c *tally) total() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.seen)
}
