package drivertest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/wire/driver"
)

func messageChecks() []check {
	return []check{
		{name: "carries binary bodies", run: carriesBodies},
		{name: "carries keys", needs: func(c driver.Capabilities) string { return need(promise{"Keys", c.Keys}) }, run: carriesKeys},
		{name: "carries headers", needs: func(c driver.Capabilities) string { return need(promise{"Headers", c.Headers}) }, run: carriesHeaders},
		{name: "carries timestamps", needs: func(c driver.Capabilities) string { return need(promise{"Timestamps", c.Timestamps}) }, run: carriesTimestamps},
		{name: "carries the correlation id", needs: func(c driver.Capabilities) string { return need(promise{"Correlation", c.Correlation}) }, run: carriesCorrelation},
		{name: "carries the reply address", needs: func(c driver.Capabilities) string { return need(promise{"ReplyTo", c.ReplyTo}) }, run: carriesReplyTo},
		{name: "carries large messages", run: carriesLarge},
		{name: "refuses messages that are too large", needs: func(c driver.Capabilities) string {
			return need(promise{"MaxMessageBytes", c.MaxMessageBytes > 0})
		}, run: refusesTooLarge},
		{name: "says where a message came from", run: saysWhere},
		{name: "keeps what it was given apart from what it gives", run: keepsApart},
	}
}

// roundTrip sends a message and returns what arrives.
func (s *suite) roundTrip(m *driver.Message) *driver.Message {
	s.Helper()
	address := s.address(1)
	receiver := s.receiver(driver.ReceiverOptions{Address: address})
	s.send(s.sender(address), m)
	return s.receive(receiver, 1)[0]
}

func carriesBodies(s *suite) {
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	for name, body := range map[string][]byte{"every byte": every, "not UTF-8": {0xff, 0xfe, 0}, "one zero": {0}, "text": []byte("häß\n"), "empty": {}} {
		s.Run(name, func(t *testing.T) {
			s := s.on(t)
			if got := s.roundTrip(&driver.Message{Body: body}); !bytes.Equal(got.Body, body) {
				t.Errorf("received %x, want %x", got.Body, body)
			}
		})
	}
}

// on returns the suite for a test within the check.
func (s *suite) on(t *testing.T) *suite {
	inner := *s
	inner.T = t
	return &inner
}

func carriesKeys(s *suite) {
	for name, key := range map[string][]byte{"text": []byte("order-1"), "binary": {0, 0xff, 1}, "none": nil} {
		s.Run(name, func(t *testing.T) {
			got := s.on(t).roundTrip(&driver.Message{Key: key, Body: []byte("x")})
			if !bytes.Equal(got.Key, key) || (got.Key == nil) != (key == nil) {
				t.Errorf("received key %#v, want %#v", got.Key, key)
			}
		})
	}
}

func carriesHeaders(s *suite) {
	want := []driver.Header{
		{Name: "b", Value: []byte("1")},
		{Name: "a", Value: []byte{0, 0xff, '\n'}},
		{Name: "b", Value: []byte("2")},
		{Name: "empty", Value: []byte{}},
		{Name: "Größe", Value: []byte("groß")},
		{Name: "long", Value: bytes.Repeat([]byte("x"), 8<<10)},
	}
	got := s.roundTrip(&driver.Message{Headers: want, Body: []byte("x")})
	if len(got.Headers) != len(want) {
		s.Fatalf("received %d headers, want %d: %v", len(got.Headers), len(want), got.Headers)
	}
	received := got.Headers
	if !s.caps.HeaderOrder { // those of one name keep theirs
		received = slices.SortedStableFunc(slices.Values(received), byName)
		want = slices.SortedStableFunc(slices.Values(want), byName)
	}
	for i, h := range want {
		if g := received[i]; g.Name != h.Name || !bytes.Equal(g.Value, h.Value) {
			s.Errorf("header %d is %q: %x, want %q: %x", i, g.Name, g.Value, h.Name, h.Value)
		}
	}
	if value, ok := got.Header("b"); !ok || string(value) != "1" {
		s.Errorf("the first header b is %q, want 1", value)
	}
}

func byName(a, b driver.Header) int { return strings.Compare(a.Name, b.Name) }

func carriesTimestamps(s *suite) {
	want := time.Date(2024, 2, 29, 13, 14, 15, 167_000_000, time.UTC)
	if got := s.roundTrip(&driver.Message{Timestamp: want, Body: []byte("x")}); !got.Timestamp.Equal(want) {
		s.Errorf("received timestamp %v, want %v", got.Timestamp, want)
	}
	if got := s.roundTrip(&driver.Message{Body: []byte("x")}); time.Since(got.Timestamp).Abs() > time.Hour {
		s.Errorf("a message without a timestamp got %v, want about now", got.Timestamp)
	}
}

func carriesCorrelation(s *suite) {
	got := s.roundTrip(&driver.Message{CorrelationID: "order-7", Body: []byte("x")})
	if got.CorrelationID != "order-7" {
		s.Errorf("received correlation id %q, want order-7", got.CorrelationID)
	}
	if got := s.roundTrip(&driver.Message{Body: []byte("x")}); got.CorrelationID != "" {
		s.Errorf("received correlation id %q, want none", got.CorrelationID)
	}
}

func carriesReplyTo(s *suite) {
	if got := s.roundTrip(&driver.Message{ReplyTo: "answers", Body: []byte("x")}); got.ReplyTo != "answers" {
		s.Errorf("received reply address %q, want answers", got.ReplyTo)
	}
}

// carriesLarge goes to nine tenths of what the protocol takes.
func carriesLarge(s *suite) {
	size := 1 << 20
	if most := s.caps.MaxMessageBytes; most > 0 {
		size = min(size, most*9/10)
	}
	body := bytes.Repeat([]byte("0123456789abcdef"), size/16)
	if got := s.roundTrip(&driver.Message{Body: body}); !bytes.Equal(got.Body, body) {
		s.Errorf("received %d bytes that differ from the %d sent", len(got.Body), len(body))
	}
}

func refusesTooLarge(s *suite) {
	address := s.address(1)
	receiver := s.receiver(driver.ReceiverOptions{Address: address})
	sender := s.sender(address)
	huge := &driver.Message{Body: make([]byte, s.caps.MaxMessageBytes+(64<<10))}
	s.isKind(sender.Send(s.ctx, []*driver.Message{huge}), driver.ErrTooLarge, "send")
	s.sendBodies(sender, "next")
	s.expect(receiver, "next")

	small := s.senderWith(driver.SenderOptions{Address: address, MaxMessageBytes: 4096})
	big := &driver.Message{Body: make([]byte, 16<<10)}
	s.isKind(small.Send(s.ctx, []*driver.Message{big}), driver.ErrTooLarge, "send with a limit of its own")
}

func saysWhere(s *suite) {
	address := s.address(1)
	receiver := s.receiver(driver.ReceiverOptions{Address: address})
	sender := s.sender(address)
	s.sendBodies(sender, "a", "b")
	got := s.expect(receiver, "a", "b")
	for _, m := range got {
		if m.Address != address {
			s.Errorf("received from %q, want %q", m.Address, address)
		}
		if !s.caps.Replay {
			continue
		}
		if err := errors.Join(m.Position.Check(), m.Next.Check()); err != nil {
			s.Errorf("position: %v", err)
		}
		if m.Position.Source() != m.Next.Source() || m.Position == m.Next {
			s.Errorf("a message at %q is followed by %q", m.Position, m.Next)
		}
	}
	if s.caps.Replay && (got[0].ID == "" || got[0].ID == got[1].ID) {
		s.Errorf("the ids of two messages are %q and %q", got[0].ID, got[1].ID)
	}
}

// keepsApart changes a message after it was sent.
func keepsApart(s *suite) {
	address := s.address(1)
	sender := s.sender(address)
	receiver := s.receiver(driver.ReceiverOptions{Address: address})
	body := []byte("before")
	s.send(sender, &driver.Message{Body: body})
	copy(body, "after!")
	s.expect(receiver, "before")
}

func orderChecks() []check {
	ordered := func(c driver.Capabilities) string { return need(promise{"Ordered", c.Ordered}) }
	return []check{
		{name: "keeps the order of a batch", needs: ordered, run: keepsBatchOrder},
		{name: "keeps the order per key", needs: func(c driver.Capabilities) string {
			return need(promise{"Ordered", c.Ordered}, promise{"Keys", c.Keys})
		}, run: keepsKeyOrder},
		{name: "takes sends from many at once", run: takesConcurrentSends},
		{name: "gives no more than was asked for", run: givesAtMost},
	}
}

func number(i int) []byte { return fmt.Appendf(nil, "%05d", i) }

// inOrder checks that the bodies are the numbers below count, each once.
func (s *suite) inOrder(got []*driver.Message, count int) {
	s.Helper()
	if len(got) != count {
		s.Fatalf("received %d messages, want %d", len(got), count)
	}
	for i, m := range got {
		if string(m.Body) != string(number(i)) {
			s.Fatalf("message %d is %s, want %s", i, m.Body, number(i))
		}
	}
}

// batchSize is what a check of batches sends at once.
func (s *suite) batchSize(want int) int {
	if s.caps.MaxBatch > 0 {
		return min(want, s.caps.MaxBatch)
	}
	return want
}

func keepsBatchOrder(s *suite) {
	address := s.address(1)
	receiver := s.receiver(driver.ReceiverOptions{Address: address})
	batch := make([]*driver.Message, s.batchSize(1000))
	for i := range batch {
		batch[i] = &driver.Message{Body: number(i)}
	}
	s.send(s.sender(address), batch...)
	s.inOrder(s.receive(receiver, len(batch)), len(batch))
}

func keepsKeyOrder(s *suite) {
	const keys, each = 10, 50
	address := s.address(4)
	receiver := s.receiver(driver.ReceiverOptions{Address: address})
	sender := s.sender(address)
	for i := range each {
		batch := make([]*driver.Message, keys)
		for k := range batch {
			batch[k] = &driver.Message{Key: fmt.Appendf(nil, "key-%d", k), Body: number(i)}
		}
		s.send(sender, batch...)
	}
	byKey := make(map[string][]*driver.Message)
	for _, m := range s.receive(receiver, keys*each) {
		byKey[string(m.Key)] = append(byKey[string(m.Key)], m)
	}
	for _, messages := range byKey {
		s.inOrder(messages, each)
	}
}

func takesConcurrentSends(s *suite) {
	const senders, each = 8, 50
	address := s.address(2)
	receiver := s.receiver(driver.ReceiverOptions{Address: address})
	shared := s.sender(address)
	failures := make(chan error, senders)
	for n := range senders {
		go func() {
			for i := range each {
				body := fmt.Appendf(nil, "%d-%d", n, i)
				if err := shared.Send(s.ctx, []*driver.Message{{Body: body}}); err != nil {
					failures <- err
					return
				}
			}
			failures <- nil
		}()
	}
	for range senders {
		if err := <-failures; err != nil {
			s.Fatalf("send: %v", err)
		}
	}
	seen := make(map[string]bool)
	for _, m := range s.receive(receiver, senders*each) {
		seen[string(m.Body)] = true
	}
	if len(seen) != senders*each {
		s.Errorf("received %d different messages, want %d", len(seen), senders*each)
	}
}

func givesAtMost(s *suite) {
	address := s.address(1)
	receiver := s.receiver(driver.ReceiverOptions{Address: address})
	s.sendBodies(s.sender(address), strings.Fields("a b c d e f g")...)
	var got []*driver.Message
	for len(got) < 7 {
		messages, err := receiver.Receive(s.ctx, 3)
		if err != nil {
			s.Fatal(err)
		}
		if len(messages) == 0 || len(messages) > 3 {
			s.Fatalf("received %d messages, want 1 to 3", len(messages))
		}
		got = append(got, messages...)
	}
	if text := bodies(got); text != "a b c d e f g" {
		s.Errorf("received %q", text)
	}
}
