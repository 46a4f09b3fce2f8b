package sqs_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
	"github.com/weft-dev/weft/wire/sqs"
	"github.com/weft-dev/weft/wire/sqs/emulator"
)

func openSender(t testing.TB, conn driver.Conn, opts driver.SenderOptions) driver.Sender {
	t.Helper()
	s, err := conn.OpenSender(context.Background(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func openReceiver(t testing.TB, conn driver.Conn, opts driver.ReceiverOptions) driver.Receiver {
	t.Helper()
	r, err := conn.OpenReceiver(context.Background(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func send(t testing.TB, s driver.Sender, messages ...*driver.Message) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), drivertest.Patience)
	defer cancel()
	if err := s.Send(ctx, messages); err != nil {
		t.Fatal(err)
	}
}

func receive(t testing.TB, r driver.Receiver, max int) []*driver.Message {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), drivertest.Patience)
	defer cancel()
	messages, err := r.Receive(ctx, max)
	if err != nil {
		t.Fatal(err)
	}
	return messages
}

func settle(t testing.TB, r driver.Receiver, outcome driver.Outcome, messages ...*driver.Message) {
	t.Helper()
	if err := r.Settle(context.Background(), driver.Settle(outcome, messages...)); err != nil {
		t.Fatal(err)
	}
}

func silence(t testing.TB, r driver.Receiver, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	if got, err := r.Receive(ctx, 1); err == nil {
		t.Fatalf("received %q, want nothing", got[0].Body)
	}
}

// TestFIFOKeepsTheOrderOfKeys sends batches of many keys and has several
// receivers work on them.
func TestFIFOKeepsTheOrderOfKeys(t *testing.T) {
	const keys, each = 7, 30
	conn := connect(t, start(t, emulator.Options{}).queues())
	s := openSender(t, conn, driver.SenderOptions{Address: "orders.fifo", Create: &driver.AddressSpec{}})
	for i := range each {
		var batch []*driver.Message
		for k := range keys {
			batch = append(batch, &driver.Message{Key: fmt.Appendf(nil, "key %d", k), Body: fmt.Append(nil, i)})
		}
		send(t, s, batch...)
	}
	got := make(chan *driver.Message)
	for range 3 {
		r := openReceiver(t, conn, driver.ReceiverOptions{Address: "orders.fifo"})
		go func() {
			for {
				messages, err := r.Receive(context.Background(), 4)
				if err != nil {
					return // closed with the connection
				}
				for _, m := range messages {
					select {
					case got <- m:
					case <-t.Context().Done(): // one that was given back when another closed
						return
					}
					_ = r.Settle(context.Background(), driver.Settle(driver.Ack, m))
				}
			}
		}()
	}
	next := map[string]int{}
	for range keys * each {
		select {
		case m := <-got:
			if string(m.Body) != fmt.Sprint(next[string(m.Key)]) {
				t.Fatalf("%s of %s came before %d", m.Body, m.Key, next[string(m.Key)])
			}
			next[string(m.Key)]++
		case <-time.After(drivertest.Patience):
			t.Fatalf("only %v came", next)
		}
	}
}

// TestFIFODeliversNothingPastAnUnsettledMessage is what keeps the order when one
// is given back.
func TestFIFODeliversNothingPastAnUnsettledMessage(t *testing.T) {
	conn := connect(t, start(t, emulator.Options{}).queues())
	s := openSender(t, conn, driver.SenderOptions{Address: "q.fifo", Create: &driver.AddressSpec{}})
	r := openReceiver(t, conn, driver.ReceiverOptions{Address: "q.fifo", Prefetch: 1})
	for _, body := range []string{"a", "b"} {
		send(t, s, &driver.Message{Key: []byte("k"), Body: []byte(body)})
	}
	send(t, s, &driver.Message{Key: []byte("other"), Body: []byte("c")})
	first := receive(t, r, 1)
	other := openReceiver(t, conn, driver.ReceiverOptions{Address: "q.fifo"})
	if got := receive(t, other, 1)[0]; string(got.Body) != "c" {
		t.Fatalf("received %s beside an unsettled message of its group, want c", got.Body)
	}
	settle(t, r, driver.Requeue, first...)
	if got := receive(t, r, 1)[0]; string(got.Body) != "a" || !got.Redelivered {
		t.Errorf("received %s (again: %t), want a again", got.Body, got.Redelivered)
	}
}

func TestFIFODropsCopies(t *testing.T) {
	conn := connect(t, start(t, emulator.Options{}).queues())
	for address, params := range map[string]map[string]string{
		"by-id.fifo":      nil,
		"by-content.fifo": {"ContentBasedDeduplication": "true"},
	} {
		s := openSender(t, conn, driver.SenderOptions{Address: address, Create: &driver.AddressSpec{Params: params}})
		for range 2 {
			m := &driver.Message{Body: []byte("once")}
			if params == nil {
				m.Params = map[string]string{"messageDeduplicationId": "one"}
			}
			send(t, s, m)
		}
		r := openReceiver(t, conn, driver.ReceiverOptions{Address: address})
		settle(t, r, driver.Ack, receive(t, r, 10)...)
		silence(t, r, 150*time.Millisecond)
	}
}

// TestUnsettledMessagesStayHidden works on a message for longer than its
// visibility lasts; who has it crashes only then.
func TestUnsettledMessagesStayHidden(t *testing.T) {
	t.Parallel()
	service := start(t, emulator.Options{})
	conn := connect(t, service.queues())
	longest := drivertest.Standstill(t)
	send(t, openSender(t, conn, driver.SenderOptions{Address: "q", Create: &driver.AddressSpec{}}), &driver.Message{Body: []byte("a")})
	r := openReceiver(t, conn, driver.ReceiverOptions{Address: "q", Params: map[string]string{"visibilityTimeout": "1"}})
	got := receive(t, r, 1)
	other := openReceiver(t, connect(t, service.queues()), driver.ReceiverOptions{Address: "q"})
	hears := func(within time.Duration) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), within)
		defer cancel()
		stolen, err := other.Receive(ctx, 1)
		if err != nil {
			return
		}
		if late := longest(); late > 80*time.Millisecond {
			t.Skipf("another receiver got %s, but this machine stood still for %s", stolen[0].Body, late)
		}
		t.Fatalf("another receiver got %s", stolen[0].Body)
	}
	hears(2500 * time.Millisecond)
	if err := r.Settle(t.Context(), driver.Settle(driver.Ack, got...)); err != nil {
		if late := longest(); late > 80*time.Millisecond {
			t.Skipf("settle: %v, but this machine stood still for %s", err, late)
		}
		t.Fatal(err)
	}
	hears(100 * time.Millisecond)
}

// TestWhatCouldNotBeSettledComesAgain, or it would keep its message group from
// everybody for as long as its receiver lives.
func TestWhatCouldNotBeSettledComesAgain(t *testing.T) {
	t.Parallel()
	service := start(t, emulator.Options{})
	var refuses atomic.Bool
	inner := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: service.server.Host()})
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if refuses.Load() && strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".DeleteMessageBatch") {
			w.WriteHeader(http.StatusBadRequest) // which the client library does not try again
			_, _ = io.WriteString(w, `{"__type": "com.amazonaws.sqs#OverLimit"}`)
			return
		}
		inner.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	send(t, openSender(t, connect(t, service.queues()), driver.SenderOptions{Address: "q.fifo", Create: &driver.AddressSpec{}}),
		&driver.Message{Key: []byte("k"), Body: []byte("a")}, &driver.Message{Key: []byte("k"), Body: []byte("b")})
	conn := connect(t, driver.Server{Protocol: sqs.Queues, Hosts: []string{front.Listener.Addr().String()}})
	r := openReceiver(t, conn, driver.ReceiverOptions{Address: "q.fifo", Prefetch: 1, Params: map[string]string{"visibilityTimeout": "1"}})
	first := receive(t, r, 1)
	refuses.Store(true)
	if err := r.Settle(t.Context(), driver.Settle(driver.Ack, first...)); err == nil {
		t.Error("it was settled where nothing is deleted")
	}
	refuses.Store(false)
	again := receive(t, r, 1)
	if again[0].ID != first[0].ID || !again[0].Redelivered {
		t.Errorf("%s comes after %s, again %t", again[0].Body, first[0].Body, again[0].Redelivered)
	}
	if err := r.Settle(t.Context(), driver.Settle(driver.Ack, first...)); !errors.Is(err, driver.ErrLost) {
		t.Errorf("the first delivery is settled after all: %v", err)
	}
}

func TestRejectedMessagesGoToTheQueuesOwnDeadLetters(t *testing.T) {
	conn := connect(t, start(t, emulator.Options{}).queues())
	create := &driver.AddressSpec{Params: map[string]string{"deadLetterQueue": "dead", "maxReceiveCount": "2", "deadLetterQueue:MessageRetentionPeriod": "1000", "VisibilityTimeout": "60"}}
	s := openSender(t, conn, driver.SenderOptions{Address: "q", Create: create})
	r := openReceiver(t, conn, driver.ReceiverOptions{Address: "q"})
	dead := openReceiver(t, conn, driver.ReceiverOptions{Address: "dead"})
	send(t, s, &driver.Message{Body: []byte("bad"), Headers: []driver.Header{{Name: "h", Value: []byte("v")}}})
	settle(t, r, driver.Reject, receive(t, r, 1)...)
	got := receive(t, dead, 1)
	if h, _ := got[0].Header("h"); string(got[0].Body) != "bad" || string(h) != "v" {
		t.Errorf("the dead letter is %s with %v", got[0].Body, got[0].Headers)
	}
	settle(t, dead, driver.Ack, got...)

	// One that is received too often goes there by itself.
	send(t, s, &driver.Message{Body: []byte("again")})
	for range 2 {
		settle(t, r, driver.Requeue, receive(t, r, 1)...)
	}
	go func() { _, _ = r.Receive(context.Background(), 1) }()
	if got := receive(t, dead, 1); string(got[0].Body) != "again" {
		t.Errorf("the dead letter is %s", got[0].Body)
	}
}

// TestForeignMessages is about what other programs write, and what they see.
func TestForeignMessages(t *testing.T) {
	conn := connect(t, start(t, emulator.Options{}).queues())
	s := openSender(t, conn, driver.SenderOptions{Address: "q", Create: &driver.AddressSpec{}})
	r := openReceiver(t, conn, driver.ReceiverOptions{Address: "q"})
	var headers []driver.Header
	for i := range 14 {
		headers = append(headers, driver.Header{Name: fmt.Sprintf("h%02d", i), Value: fmt.Appendf(nil, "v%d", i)})
	}
	send(t, s, &driver.Message{Body: []byte(`{"a":1}`), Headers: headers, CorrelationID: "c-1", ReplyTo: "answers"})
	got := receive(t, r, 1)[0]
	var raw types.Message
	if !got.As(&raw) {
		t.Fatal("there is no message of the client library")
	}
	if *raw.Body != `{"a":1}` || len(raw.MessageAttributes) != 10 || *raw.MessageAttributes["h00"].StringValue != "v0" || *raw.MessageAttributes["correlationId"].StringValue != "c-1" {
		t.Errorf("others see %s with %v", *raw.Body, raw.MessageAttributes)
	}
	for _, h := range headers {
		if value, _ := got.Header(h.Name); !bytes.Equal(value, h.Value) {
			t.Errorf("%s is %q, want %q", h.Name, value, h.Value)
		}
	}
	if got.CorrelationID != "c-1" || got.ReplyTo != "answers" {
		t.Errorf("correlation %q, reply to %q", got.CorrelationID, got.ReplyTo)
	}
	err := s.Send(context.Background(), []*driver.Message{{CorrelationID: "a", Headers: []driver.Header{{Name: "correlationId", Value: []byte("b")}}}})
	if !errors.Is(err, driver.ErrInvalid) {
		t.Errorf("two correlation ids: %v", err)
	}
}

func TestNamesThatAreNone(t *testing.T) {
	conn := connect(t, start(t, emulator.Options{}).queues())
	for _, address := range []string{"a.b", "a b", strings.Repeat("a", 81), ".fifo", "größe"} {
		_, err := conn.OpenSender(context.Background(), driver.SenderOptions{Address: address, Create: &driver.AddressSpec{}})
		if !errors.Is(err, driver.ErrInvalid) || !strings.Contains(err.Error(), "characters") {
			t.Errorf("%q: %v", address, err)
		}
	}
	arn := "arn:aws:sqs:us-east-1:" + emulator.Account + ":q"
	s := openSender(t, conn, driver.SenderOptions{Address: arn, Create: &driver.AddressSpec{}})
	send(t, s, &driver.Message{Body: []byte("by arn")})
	if got := receive(t, openReceiver(t, conn, driver.ReceiverOptions{Address: "q"}), 1); string(got[0].Body) != "by arn" {
		t.Errorf("received %s", got[0].Body)
	}
}

// TestServiceIsAwayForAMoment restarts it while a receive waits.
func TestServiceIsAwayForAMoment(t *testing.T) {
	service := start(t, emulator.Options{})
	conn := connect(t, service.queues())
	s := openSender(t, conn, driver.SenderOptions{Address: "q", Create: &driver.AddressSpec{}})
	r := openReceiver(t, conn, driver.ReceiverOptions{Address: "q"})
	got := make(chan string, 1)
	go func() {
		messages, err := r.Receive(context.Background(), 1)
		if err != nil {
			got <- err.Error()
			return
		}
		got <- string(messages[0].Body)
	}()
	time.Sleep(50 * time.Millisecond)
	service.restart(t)
	send(t, s, &driver.Message{Body: []byte("after")})
	if text := <-got; text != "after" {
		t.Errorf("received %s", text)
	}
}

// TestTopicsWithSubscriptions is about a topic that is made with what a contract
// says is subscribed to it: a filter, and the envelope of SNS.
func TestTopicsWithSubscriptions(t *testing.T) {
	service := start(t, emulator.Options{})
	topics, queues := connect(t, service.topics()), connect(t, service.queues())
	create := &driver.AddressSpec{Params: map[string]string{
		"subscription:0": `{"protocol":"sqs","endpoint":"raw","attributes":{"RawMessageDelivery":"true","FilterPolicy":"{\"kind\":[\"wanted\"]}"}}`,
		"subscription:1": `{"protocol":"sqs","endpoint":"folded"}`,
	}}
	s := openSender(t, topics, driver.SenderOptions{Address: "news", Create: create})
	kind := func(k string) []driver.Header { return []driver.Header{{Name: "kind", Value: []byte(k)}} }
	send(t, s, &driver.Message{Body: []byte("1"), Headers: kind("other")}, &driver.Message{Body: []byte("2"), Headers: kind("wanted")})

	raw := openReceiver(t, queues, driver.ReceiverOptions{Address: "raw"})
	if got := receive(t, raw, 1)[0]; string(got.Body) != "2" {
		t.Errorf("received %s, want 2", got.Body)
	}
	silence(t, raw, 100*time.Millisecond)

	folded := openReceiver(t, topics, driver.ReceiverOptions{Address: "news", Params: map[string]string{"queue": "folded", "envelope": "sns"}})
	seen := map[string]string{}
	for len(seen) < 2 {
		for _, m := range receive(t, folded, 10) {
			h, _ := m.Header("kind")
			seen[string(m.Body)] = string(h)
		}
	}
	if seen["1"] != "other" || seen["2"] != "wanted" {
		t.Errorf("received %v", seen)
	}
}

// TestTopicsNeedLeaveToMakeQueues: nobody's account gets queues unasked.
func TestTopicsNeedLeaveToMakeQueues(t *testing.T) {
	server := start(t, emulator.Options{}).topics()
	server.Params = nil
	conn := connect(t, server)
	openSender(t, conn, driver.SenderOptions{Address: "news", Create: &driver.AddressSpec{}})
	_, err := conn.OpenReceiver(context.Background(), driver.ReceiverOptions{Address: "news"})
	if !errors.Is(err, driver.ErrInvalid) || !strings.Contains(err.Error(), "subscribe=allow") {
		t.Errorf("receive: %v", err)
	}
}

func TestFIFOTopics(t *testing.T) {
	conn := connect(t, start(t, emulator.Options{}).topics())
	s := openSender(t, conn, driver.SenderOptions{Address: "news.fifo", Create: &driver.AddressSpec{}})
	r := openReceiver(t, conn, driver.ReceiverOptions{Address: "news.fifo"})
	for i := range 5 {
		send(t, s, &driver.Message{Key: []byte("k"), Body: fmt.Append(nil, i)})
	}
	for i := 0; i < 5; {
		for _, m := range receive(t, r, 1) {
			if string(m.Body) != fmt.Sprint(i) || string(m.Key) != "k" {
				t.Fatalf("received %s of %s, want %d", m.Body, m.Key, i)
			}
			settle(t, r, driver.Ack, m)
			i++
		}
	}
}
