package amqp_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rabbitmq/amqp091-go"

	"github.com/weft-dev/weft/wire/amqp"
	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
	"github.com/weft-dev/weft/wire/embedded"
)

// side is a connection of the driver to one of the servers.
type side struct {
	*testing.T
	conn   driver.Conn
	host   string
	suffix string
}

// eachServer runs a test with the embedded server, and with RabbitMQ where
// there is one.
func eachServer(t *testing.T, run func(s *side)) {
	hosts := map[string]string{"embedded": newBroker(t, embedded.Options{}).host()}
	if real := os.Getenv("WEFT_RABBITMQ"); real != "" {
		hosts["RabbitMQ"] = real
	}
	for name, host := range hosts {
		t.Run(name, func(t *testing.T) {
			conn, err := amqp.Driver{}.Connect(t.Context(), server(host))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := conn.Close(); err != nil {
					t.Error(err)
				}
			})
			run(&side{t, conn, host, fmt.Sprintf(".%d", time.Now().UnixNano())})
		})
	}
}

func (s *side) name(base string) string { return "behaviour." + base + s.suffix }

// queue makes a queue that goes with the test.
func (s *side) queue(base string, params map[string]string) string {
	s.Helper()
	name := s.name(base)
	admin := s.conn.(driver.Admin)
	if err := admin.Create(s.Context(), name, driver.AddressSpec{Params: params}); err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() {
		if err := admin.Delete(context.Background(), name); err != nil {
			s.Error(err)
		}
	})
	return name
}

// exchange makes an exchange that goes with its last queue.
func (s *side) exchange(base, kind string) map[string]string {
	s.Helper()
	name := s.name(base)
	params := map[string]string{"exchange": name, "exchange.type": kind, "exchange.auto-delete": "true", "exchange.durable": "false"}
	if err := s.conn.(driver.Admin).Create(s.Context(), "any", driver.AddressSpec{Params: params}); err != nil {
		s.Fatal(err)
	}
	return map[string]string{"exchange": name}
}

func (s *side) sender(opts driver.SenderOptions) driver.Sender {
	s.Helper()
	sender, err := s.conn.OpenSender(s.Context(), opts)
	if err != nil {
		s.Fatal(err)
	}
	return sender
}

func (s *side) receiver(opts driver.ReceiverOptions) driver.Receiver {
	s.Helper()
	receiver, err := s.conn.OpenReceiver(s.Context(), opts)
	if err != nil {
		s.Fatal(err)
	}
	return receiver
}

func (s *side) send(sender driver.Sender, messages ...*driver.Message) {
	s.Helper()
	if err := sender.Send(s.Context(), messages); err != nil {
		s.Fatal(err)
	}
}

func (s *side) one(receiver driver.Receiver) *driver.Message {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), drivertest.Patience)
	defer cancel()
	messages, err := receiver.Receive(ctx, 1)
	if err != nil {
		s.Fatal(err)
	}
	return messages[0]
}

func (s *side) quiet(receiver driver.Receiver) {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), 150*time.Millisecond)
	defer cancel()
	if messages, err := receiver.Receive(ctx, 1); err == nil {
		s.Errorf("received %q, want nothing", messages[0].Body)
	}
}

func (s *side) settle(receiver driver.Receiver, outcome driver.Outcome, messages ...*driver.Message) {
	s.Helper()
	if err := receiver.Settle(s.Context(), driver.Settle(outcome, messages...)); err != nil {
		s.Fatal(err)
	}
}

// raw is a channel beside the driver.
func (s *side) raw() *amqp091.Channel {
	s.Helper()
	conn, err := amqp091.Dial("amqp://guest:guest@" + s.host + "/")
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { conn.Close() })
	ch, err := conn.Channel()
	if err != nil {
		s.Fatal(err)
	}
	return ch
}

// TestHeadersOfEveryType publishes typed values beside the driver, reads them,
// and sends what was read on: it must come out as it went in.
func TestHeadersOfEveryType(t *testing.T) {
	eachServer(t, func(s *side) {
		q, again := s.queue("q", nil), s.queue("again", nil)
		at := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
		sent := amqp091.Table{
			"t": true, "b": int8(-1), "B": uint8(200), "s": int16(-300), "u": uint16(60000), "I": int32(-70000), "i": uint32(4e9), "l": int64(-5e12),
			"f": float32(1.5), "d": 2.25, "D": amqp091.Decimal{Scale: 2, Value: -5}, "S": "Größe", "x": []byte{0, 255}, "T": at, "V": nil,
			"F":    amqp091.Table{"n": int64(1), "s": "x", "l": []any{"a", int64(2)}},
			"A":    []any{"a", int64(2)},
			"many": []any{"1", "2"}, "counts": []any{int32(1), int32(2)},
		}
		if err := s.raw().Publish("", q, false, false, amqp091.Publishing{Headers: sent, ContentType: "text/x"}); err != nil {
			t.Fatal(err)
		}
		m := s.one(s.receiver(driver.ReceiverOptions{Address: q}))
		var got []string
		for _, h := range m.Headers {
			got = append(got, fmt.Sprintf("%s=%q", h.Name, h.Value))
		}
		want := `A="[\"a\",2]" B="200" D="-0.05" F="{\"l\":[\"a\",2],\"n\":1,\"s\":\"x\"}" I="-70000" S="Größe" T="2024-05-06T07:08:09Z" V="" ` +
			`b="-1" counts="1" counts="2" d="2.25" f="1.5" i="4000000000" l="-5000000000000" many="1" many="2" s="-300" t="true" u="60000" x="\x00\xff" content-type="text/x"`
		if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
			s.Error(diff)
		}
		s.send(s.sender(driver.SenderOptions{Address: again}), &driver.Message{Headers: m.Headers, Params: m.Params})
		var d amqp091.Delivery
		if !s.one(s.receiver(driver.ReceiverOptions{Address: again})).As(&d) {
			s.Fatal("a message has no delivery")
		}
		for name, value := range sent {
			if fmt.Sprintf("%T %v", d.Headers[name], utc(d.Headers[name])) != fmt.Sprintf("%T %v", value, utc(value)) {
				s.Errorf("%s was %T %v and is %T %v", name, value, value, d.Headers[name], d.Headers[name])
			}
		}
		if d.ContentType != "text/x" {
			s.Errorf("the content type is %q", d.ContentType)
		}
	})
}

func utc(value any) any {
	if at, ok := value.(time.Time); ok {
		return at.UTC()
	}
	return value
}

func TestPropertiesOfAMessage(t *testing.T) {
	eachServer(t, func(s *side) {
		q, copied, hidden := s.queue("q", nil), s.queue("copied", nil), s.queue("hidden", nil)
		sender := s.sender(driver.SenderOptions{Address: q, Params: map[string]string{"priority": "3", "app-id": "shop", "reply-to": "answers", "timestamp": "false"}})
		params := map[string]string{
			"type": "order.placed", "priority": "4", "expiration": "60000", "delivery-mode": "1", "user-id": "guest", "message-id": "m-1",
			"cc": copied, "bcc": hidden, "content-encoding": "gzip",
		}
		body := strings.Repeat("text ", 1000)
		s.send(sender, &driver.Message{Body: []byte(body), Params: params})
		for _, address := range []string{q, copied, hidden} {
			m := s.one(s.receiver(driver.ReceiverOptions{Address: address}))
			want := map[string]string{
				"type": "order.placed", "priority": "4", "expiration": "60000", "delivery-mode": "1", "user-id": "guest",
				"app-id": "shop", "content-encoding": "gzip",
			}
			if diff := cmp.Diff(want, m.Params); diff != "" || m.ID != "m-1" || m.ReplyTo != "answers" || !m.Timestamp.IsZero() || string(m.Body) != body {
				s.Errorf("%s: id %s, reply to %s, at %v, %d bytes; %s", address, m.ID, m.ReplyTo, m.Timestamp, len(m.Body), diff)
			}
			if _, secret := m.Header("BCC"); secret {
				s.Error("the receivers see BCC")
			}
			var d amqp091.Delivery
			if m.As(&d); len(d.Body) > len(body)/2 {
				s.Errorf("a packed body has %d bytes", len(d.Body))
			}
		}
	})
}

func TestExpiredMessagesDoNotArrive(t *testing.T) {
	eachServer(t, func(s *side) {
		q := s.queue("q", map[string]string{"x-message-ttl": "40"})
		s.send(s.sender(driver.SenderOptions{Address: q}), &driver.Message{Body: []byte("old")})
		time.Sleep(200 * time.Millisecond)
		receiver := s.receiver(driver.ReceiverOptions{Address: q})
		s.quiet(receiver)
	})
}

func TestFullQueueRefuses(t *testing.T) {
	eachServer(t, func(s *side) {
		q := s.queue("q", map[string]string{"x-max-length": "1", "x-overflow": "reject-publish"})
		sender := s.sender(driver.SenderOptions{Address: q})
		s.send(sender, &driver.Message{Body: []byte("a")})
		err := sender.Send(s.Context(), []*driver.Message{{Body: []byte("b")}})
		if !errors.Is(err, driver.ErrServer) || !strings.Contains(err.Error(), "full") || !strings.Contains(err.Error(), q) || !driver.Retryable(err) {
			s.Errorf("a full queue: %v", err)
		}
	})
}

func TestMandatoryMessagesMustReachSomebody(t *testing.T) {
	eachServer(t, func(s *side) {
		params := s.exchange("x", "topic")
		keep := s.receiver(driver.ReceiverOptions{Address: "heard.*", Params: params})
		optional := s.sender(driver.SenderOptions{Address: "unheard", Params: params})
		s.send(optional, &driver.Message{Body: []byte("nobody minds")})
		must := map[string]string{"exchange": params["exchange"], "mandatory": "true"}
		err := s.sender(driver.SenderOptions{Address: "unheard", Params: must}).Send(s.Context(), []*driver.Message{{Body: []byte("x")}})
		if !errors.Is(err, driver.ErrNoSuchAddress) || !strings.Contains(err.Error(), "unheard") {
			s.Errorf("a mandatory message that nobody takes: %v", err)
		}
		s.send(s.sender(driver.SenderOptions{Address: "heard.of", Params: must}), &driver.Message{Body: []byte("y")})
		if m := s.one(keep); string(m.Body) != "y" || m.Address != "heard.of" {
			s.Errorf("received %s from %s", m.Body, m.Address)
		}
		// A queue that goes while there is a sender is found out by its next message.
		q := s.queue("q", nil)
		sender := s.sender(driver.SenderOptions{Address: q})
		if err := s.conn.(driver.Admin).Delete(s.Context(), q); err != nil {
			s.Fatal(err)
		}
		errs := driver.SplitBatch(sender.Send(s.Context(), []*driver.Message{{Body: []byte("1")}, {Body: []byte("2")}}), 2)
		for i, err := range errs {
			if !errors.Is(err, driver.ErrNoSuchAddress) {
				s.Errorf("message %d to a queue that is gone: %v", i, err)
			}
		}
	})
}

// TestDeadLettersGoWhereTheyAreSent: by the driver where it is told to, and
// else by the server, if the queue says so.
func TestDeadLettersGoWhereTheyAreSent(t *testing.T) {
	eachServer(t, func(s *side) {
		grave, other := s.queue("grave", nil), s.queue("other", nil)
		q := s.queue("q", map[string]string{"x-dead-letter-exchange": "", "x-dead-letter-routing-key": grave})
		s.send(s.sender(driver.SenderOptions{Address: q}),
			&driver.Message{Body: []byte("by the server")},
			&driver.Message{Body: []byte("by us"), CorrelationID: "c", Headers: []driver.Header{{Name: "h", Value: []byte("v")}}})
		byServer := s.receiver(driver.ReceiverOptions{Address: q, Prefetch: 1})
		s.settle(byServer, driver.Reject, s.one(byServer))
		if m := s.one(s.receiver(driver.ReceiverOptions{Address: grave})); string(m.Body) != "by the server" {
			s.Errorf("the server buried %s", m.Body)
		}
		if err := byServer.Close(); err != nil {
			s.Fatal(err)
		}
		byUs := s.receiver(driver.ReceiverOptions{Address: q, DeadLetter: other})
		m := s.one(byUs)
		s.settle(byUs, driver.Reject, m)
		dead := s.one(s.receiver(driver.ReceiverOptions{Address: other}))
		reason, _ := dead.Header("x-first-death-reason")
		queue, _ := dead.Header("x-first-death-queue")
		h, _ := dead.Header("h")
		if string(dead.Body) != "by us" || dead.ID != m.ID || dead.CorrelationID != "c" || string(reason) != "rejected" || string(queue) != q || string(h) != "v" {
			s.Errorf("the dead letter is %s with the headers %v", dead.Body, dead.Headers)
		}
	})
}

// TestDeadLettersAreNotLost: where there is no queue for them, the message
// stays unsettled.
func TestDeadLettersAreNotLost(t *testing.T) {
	eachServer(t, func(s *side) {
		params := s.exchange("x", "topic")
		receiver := s.receiver(driver.ReceiverOptions{Address: "k", Group: "g", Params: map[string]string{
			"exchange": params["exchange"], "queue": s.name("group"), "x-expires": "60000",
		}, DeadLetter: "nobody"})
		s.send(s.sender(driver.SenderOptions{Address: "k", Params: params}), &driver.Message{Body: []byte("x")})
		m := s.one(receiver)
		if err := receiver.Settle(s.Context(), driver.Settle(driver.Reject, m)); !errors.Is(err, driver.ErrNoSuchAddress) || !strings.Contains(err.Error(), "nobody") {
			s.Errorf("reject: %v", err)
		}
		s.settle(receiver, driver.Requeue, m)
		s.settle(receiver, driver.Ack, s.one(receiver))
		// The group's queue has the name it was given.
		if q, err := s.raw().QueueDeclarePassive(s.name("group"), true, false, false, false, nil); err != nil || q.Messages != 0 {
			s.Errorf("the group's queue: %+v, %v", q, err)
		}
		_, err := s.conn.OpenReceiver(s.Context(), driver.ReceiverOptions{Address: s.name("none"), DeadLetter: s.name("no.grave")})
		if !errors.Is(err, driver.ErrNoSuchAddress) {
			s.Errorf("no queue for dead letters: %v", err)
		}
	})
}

func TestDeadLettersOfKeysMayGoToAQueue(t *testing.T) {
	eachServer(t, func(s *side) {
		params := s.exchange("x", "direct")
		grave := s.queue("grave", nil)
		receiver := s.receiver(driver.ReceiverOptions{Address: "k", DeadLetter: grave, Params: map[string]string{
			"exchange": params["exchange"], "dead-letter.exchange": "",
		}})
		s.send(s.sender(driver.SenderOptions{Address: "k", Params: params}), &driver.Message{Body: []byte("bad")})
		s.settle(receiver, driver.Reject, s.one(receiver))
		if m := s.one(s.receiver(driver.ReceiverOptions{Address: grave})); string(m.Body) != "bad" {
			s.Errorf("buried %s", m.Body)
		}
	})
}

func TestReceiverWithoutAcknowledgement(t *testing.T) {
	eachServer(t, func(s *side) {
		q := s.queue("q", nil)
		receiver := s.receiver(driver.ReceiverOptions{Address: q, Params: map[string]string{"ack": "false"}})
		s.send(s.sender(driver.SenderOptions{Address: q}), &driver.Message{Body: []byte("a")})
		m := s.one(receiver)
		s.settle(receiver, driver.Requeue, m)
		s.settle(receiver, driver.Ack, s.one(receiver))
		if err := receiver.Close(); err != nil {
			s.Fatal(err)
		}
		next := s.receiver(driver.ReceiverOptions{Address: q})
		s.quiet(next) // it was gone when it was delivered
	})
}

func TestExclusiveQueueBelongsToOneConnection(t *testing.T) {
	eachServer(t, func(s *side) {
		q := s.name("q")
		create := &driver.AddressSpec{Params: map[string]string{"exclusive": "true", "durable": "false", "auto-delete": "true"}}
		sender := s.sender(driver.SenderOptions{Address: q, Create: create})
		receiver := s.receiver(driver.ReceiverOptions{Address: q, Create: create})
		s.send(sender, &driver.Message{Body: []byte("a")})
		s.settle(receiver, driver.Ack, s.one(receiver))
		other, err := amqp.Driver{}.Connect(s.Context(), server(s.host))
		if err != nil {
			s.Fatal(err)
		}
		defer other.Close()
		_, err = other.OpenReceiver(s.Context(), driver.ReceiverOptions{Address: q})
		if !errors.Is(err, driver.ErrServer) || !strings.Contains(err.Error(), "exclusively") {
			s.Errorf("another receives from it: %v", err)
		}
		if _, err := other.OpenSender(s.Context(), driver.SenderOptions{Address: q}); err != nil {
			s.Errorf("another sends to it: %v", err)
		}
	})
}

func TestDeletedQueueEndsItsReceivers(t *testing.T) {
	eachServer(t, func(s *side) {
		q := s.queue("q", nil)
		receiver := s.receiver(driver.ReceiverOptions{Address: q})
		ended := make(chan error, 1)
		go func() {
			_, err := receiver.Receive(s.Context(), 1)
			ended <- err
		}()
		time.Sleep(20 * time.Millisecond)
		if err := s.conn.(driver.Admin).Delete(s.Context(), q); err != nil {
			s.Fatal(err)
		}
		select {
		case err := <-ended:
			if !errors.Is(err, driver.ErrNoSuchAddress) {
				s.Errorf("receive: %v", err)
			}
		case <-time.After(drivertest.Patience):
			s.Error("it waits for a queue that is gone")
		}
	})
}

// TestNothingIsLostWhenTheServerRestarts sends and receives while the server
// goes down and comes back, several times.
func TestNothingIsLostWhenTheServerRestarts(t *testing.T) {
	b := newBroker(t, embedded.Options{DataDir: t.TempDir(), Addresses: []string{"orders"}})
	opened, err := broker.Open(t.Context(), "amqp://"+b.host(), broker.Config{Timeout: drivertest.Patience, Attempts: 50})
	if err != nil {
		t.Fatal(err)
	}
	receiver, err := opened.Receiver(t.Context(), driver.ReceiverOptions{Address: "orders"})
	if err != nil {
		t.Fatal(err)
	}
	sender, err := opened.Sender(t.Context(), driver.SenderOptions{Address: "orders"})
	if err != nil {
		t.Fatal(err)
	}
	sent := make(chan int, 1)
	stop := make(chan struct{})
	var through atomic.Int64
	var work sync.WaitGroup
	work.Go(func() {
		n := 0
		for ; ; n++ {
			for sender.Send(t.Context(), &driver.Message{Body: fmt.Append(nil, n)}) != nil {
				time.Sleep(5 * time.Millisecond)
			}
			through.Add(1)
			select {
			case <-stop:
				sent <- n + 1
				return
			default:
			}
		}
	})
	seen := make(map[string]bool)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	work.Go(func() {
		total := -1
		for total < 0 || len(seen) < total {
			brief, done := context.WithTimeout(ctx, 100*time.Millisecond) // then there may be a total
			messages, err := receiver.Receive(brief, 10)
			done()
			if err != nil && (ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded)) {
				t.Errorf("received %d of %d: %v", len(seen), total, err)
				return
			}
			for _, m := range messages {
				seen[string(m.Body)] = true
			}
			_ = receiver.Ack(ctx, messages...) // what is lost comes again
			select {
			case total = <-sent:
			default:
			}
		}
	})
	some := func() {
		enough := through.Load() + 20
		for until := time.Now().Add(drivertest.Patience); through.Load() < enough; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(until) {
				t.Errorf("only %d messages went through", through.Load())
				return
			}
		}
	}
	for range 3 {
		some()
		b.restart(t)
	}
	some()
	close(stop)
	work.Wait()
	closeBroker(t, opened)
}

// TestReceiverWithoutAGroupGoesOnAfterARestart: its queue is another one then.
func TestReceiverWithoutAGroupGoesOnAfterARestart(t *testing.T) {
	b := newBroker(t, embedded.Options{})
	conn, err := amqp.Driver{}.Connect(t.Context(), server(b.host()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	s := &side{T: t, conn: conn, host: b.host()}
	params := map[string]string{"exchange": "amq.topic"}
	receiver := s.receiver(driver.ReceiverOptions{Address: "#", Params: params})
	sender := s.sender(driver.SenderOptions{Address: "k", Params: params})
	s.send(sender, &driver.Message{Body: []byte("before")})
	s.one(receiver)
	b.restart(t)
	got := make(chan string, 1)
	go func() {
		ctx, cancel := context.WithTimeout(t.Context(), drivertest.Patience)
		defer cancel()
		messages, err := receiver.Receive(ctx, 1)
		if err != nil {
			got <- err.Error()
			return
		}
		got <- string(messages[0].Body)
	}()
	for deadline := time.Now().Add(drivertest.Patience); ; {
		_ = sender.Send(t.Context(), []*driver.Message{{Body: []byte("after")}}) // until the receiver is there again
		select {
		case body := <-got:
			if body != "after" {
				t.Errorf("received %s", body)
			}
			return
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			t.Fatal("nothing came after the restart")
		}
	}
}

func TestMessagesFromBeforeARestartAreLost(t *testing.T) {
	b := newBroker(t, embedded.Options{DataDir: t.TempDir(), Addresses: []string{"orders"}})
	conn, err := amqp.Driver{}.Connect(t.Context(), server(b.host()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	s := &side{T: t, conn: conn, host: b.host()}
	receiver := s.receiver(driver.ReceiverOptions{Address: "orders", Prefetch: 2})
	s.send(s.sender(driver.SenderOptions{Address: "orders"}), &driver.Message{Body: []byte("a")}, &driver.Message{Body: []byte("b")}, &driver.Message{Body: []byte("c")})
	first, second := s.one(receiver), s.one(receiver)
	s.settle(receiver, driver.Ack, first)
	s.one(receiver) // an acknowledgement has no answer, but makes room for this
	b.restart(t)
	again := s.one(receiver)
	if string(again.Body) != "b" || !again.Redelivered || again.ID != second.ID {
		t.Errorf("received %s again, redelivered %t", again.Body, again.Redelivered)
	}
	if err := receiver.Settle(t.Context(), driver.Settle(driver.Ack, second)); !errors.Is(err, driver.ErrLost) {
		t.Errorf("settle what was delivered before: %v, want %v", err, driver.ErrLost)
	}
	s.settle(receiver, driver.Ack, first) // it was settled, which stays so
	s.settle(receiver, driver.Ack, again)
}

// TestSettlesInAnyOrder acknowledges in all ways at once; what is left comes
// back, and nothing else.
func TestSettlesInAnyOrder(t *testing.T) {
	eachServer(t, func(s *side) {
		q := s.queue("q", nil)
		const count = 300
		batch := make([]*driver.Message, count)
		for i := range batch {
			batch[i] = &driver.Message{Body: fmt.Append(nil, i)}
		}
		s.send(s.sender(driver.SenderOptions{Address: q}), batch...)
		receiver := s.receiver(driver.ReceiverOptions{Address: q})
		var got []*driver.Message
		for len(got) < count {
			got = append(got, s.one(receiver))
		}
		left := make(map[string]bool)
		var last []*driver.Message
		for i, m := range got {
			switch {
			case i%7 == 3:
				left[string(m.Body)] = true
			case i%3 == 0:
				last = append(last, m)
			case i%5 == 0:
				s.settle(receiver, driver.Reject, m)
			default:
				s.settle(receiver, driver.Ack, m)
			}
		}
		s.settle(receiver, driver.Ack, last...)
		if err := receiver.Close(); err != nil {
			s.Fatal(err)
		}
		next := s.receiver(driver.ReceiverOptions{Address: q})
		for range len(left) {
			m := s.one(next)
			if !left[string(m.Body)] {
				s.Errorf("%s came again", m.Body)
			}
			s.settle(next, driver.Ack, m)
		}
		s.quiet(next)
	})
}
