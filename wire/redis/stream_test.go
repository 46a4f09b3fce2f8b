package redis_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	goredis "github.com/redis/go-redis/v9"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
)

// either runs a test on the embedded server, and on the real one if there is one.
func either(t *testing.T, test func(t *testing.T, host string)) {
	t.Run("embedded", func(t *testing.T) {
		m, _ := newServer(t)
		test(t, m.Addr())
	})
	t.Run("real", func(t *testing.T) { test(t, realServer(t)) })
}

// foreign is somebody else's client.
func foreign(t *testing.T, host string) *goredis.Client {
	t.Helper()
	c := goredis.NewClient(&goredis.Options{Addr: host, Protocol: 2, DisableIdentity: true})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// newStream makes a stream of that name, empty, that goes with the test.
func newStream(t *testing.T, c driver.Conn, name string) string {
	t.Helper()
	name = fmt.Sprintf("weft.test.%s.%d", name, time.Now().UnixNano())
	if err := c.(driver.Admin).Create(t.Context(), name, driver.AddressSpec{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.(driver.Admin).Delete(context.Background(), name) })
	return name
}

func openSender(t *testing.T, c driver.Conn, opts driver.SenderOptions) driver.Sender {
	t.Helper()
	s, err := c.OpenSender(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func openReceiver(t *testing.T, c driver.Conn, opts driver.ReceiverOptions) driver.Receiver {
	t.Helper()
	r, err := c.OpenReceiver(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func sendAll(t *testing.T, s driver.Sender, bodies ...string) {
	t.Helper()
	for _, body := range bodies {
		if err := s.Send(t.Context(), []*driver.Message{{Body: []byte(body)}}); err != nil {
			t.Fatal(err)
		}
	}
}

func receive(t *testing.T, r driver.Receiver, n int) []*driver.Message {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), drivertest.Patience)
	defer cancel()
	var got []*driver.Message
	for len(got) < n {
		messages, err := r.Receive(ctx, n-len(got))
		if err != nil {
			t.Fatalf("received %d of %d: %v", len(got), n, err)
		}
		got = append(got, messages...)
	}
	return got
}

func bodies(messages []*driver.Message) string {
	var list []string
	for _, m := range messages {
		list = append(list, string(m.Body))
	}
	return strings.Join(list, " ")
}

// TestOthersReadTheFields is about what a client that knows nothing of us sees.
func TestOthersReadTheFields(t *testing.T) {
	either(t, func(t *testing.T, host string) {
		c := connect(t, streams, host)
		stream := newStream(t, c, "fields")
		s := openSender(t, c, driver.SenderOptions{Address: stream})
		message := &driver.Message{
			Key: []byte("k"), Body: []byte(`{"a":1}`), CorrelationID: "c", ReplyTo: "answers",
			Timestamp: time.UnixMilli(1700000000123),
			Headers:   []driver.Header{{Name: "h", Value: []byte("1")}, {Name: "key", Value: []byte("2")}, {Name: "header.h", Value: []byte("3")}},
		}
		if err := s.Send(t.Context(), []*driver.Message{message}); err != nil {
			t.Fatal(err)
		}
		entries, err := foreign(t, host).XRange(t.Context(), stream, "-", "+").Result()
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]any{
			"body": `{"a":1}`, "key": "k", "timestamp": "1700000000123", "correlation-id": "c", "reply-to": "answers",
			"h": "1", "header.key": "2", "header.header.h": "3",
		}
		if diff := cmp.Diff(want, entries[0].Values); diff != "" {
			t.Error(diff)
		}
		got := receive(t, openReceiver(t, c, driver.ReceiverOptions{Address: stream, Start: driver.StartBeginning()}), 1)[0]
		if diff := cmp.Diff(message.Headers, got.Headers); diff != "" {
			t.Error(diff)
		}
	})
}

func TestWeReadWhatOthersAdd(t *testing.T) {
	either(t, func(t *testing.T, host string) {
		c := connect(t, streams, host)
		stream := newStream(t, c, "foreign")
		other := foreign(t, host)
		for _, values := range [][]string{
			{"id", "7", "total", "9.5"},
			{"tag", "a", "tag", "b", "tag", "c", "raw", "\xff"},
			{"data", "x", "traceparent", "00-1"},
			{"body", "plain", "timestamp", "yesterday"},
		} {
			if err := other.XAdd(t.Context(), &goredis.XAddArgs{Stream: stream, Values: values}).Err(); err != nil {
				t.Fatal(err)
			}
		}
		got := receive(t, openReceiver(t, c, driver.ReceiverOptions{Address: stream, Start: driver.StartBeginning()}), 4)
		want := `{"id":"7","total":"9.5"} {"raw":"�","tag":["a","b","c"]} {"data":"x","traceparent":"00-1"} plain`
		if text := bodies(got); text != want {
			t.Errorf("received %s, want %s", text, want)
		}
		if since := time.Since(got[3].Timestamp); since < -time.Minute || since > time.Minute {
			t.Errorf("a timestamp that is none became %v", got[3].Timestamp)
		}
		data := openReceiver(t, c, driver.ReceiverOptions{Address: stream, Start: driver.StartAt(got[2].Position), Params: map[string]string{"body.field": "data"}})
		if m := receive(t, data, 1)[0]; string(m.Body) != "x" || len(m.Headers) != 1 || m.Headers[0].Name != "traceparent" {
			t.Errorf("received %s with %v", m.Body, m.Headers)
		}
	})
}

// TestAnotherMemberTakesOverFromOneThatCrashed also counts deliveries.
func TestAnotherMemberTakesOverFromOneThatCrashed(t *testing.T) {
	either(t, func(t *testing.T, host string) {
		c := connect(t, streams, host)
		stream := newStream(t, c, "crash")
		opts := driver.ReceiverOptions{Address: stream, Group: "g", Params: map[string]string{"claim.idle.ms": "300"}}
		other := foreign(t, host)
		if err := other.XGroupCreate(t.Context(), stream, "g", "0").Err(); err != nil {
			t.Fatal(err)
		}
		sendAll(t, openSender(t, c, driver.SenderOptions{Address: stream}), "a", "b")
		// The one that crashes is one that reads, and is never heard of again.
		if err := other.XReadGroup(t.Context(), &goredis.XReadGroupArgs{Group: "g", Consumer: "crashed", Streams: []string{stream, ">"}}).Err(); err != nil {
			t.Fatal(err)
		}
		got := receive(t, openReceiver(t, c, opts), 2)
		if text := bodies(got); text != "a b" || !got[0].Redelivered || got[0].Params["deliveries"] != "2" {
			t.Errorf("received %s, delivered before: %t, %v", text, got[0].Redelivered, got[0].Params)
		}
	})
}

// TestAMemberThatWorksKeepsItsMessages is about one that takes longer than
// others wait for one that is silent.
func TestAMemberThatWorksKeepsItsMessages(t *testing.T) {
	t.Parallel()
	either(t, func(t *testing.T, host string) {
		c := connect(t, streams, host)
		stream := newStream(t, c, "slow")
		opts := driver.ReceiverOptions{Address: stream, Group: "g", Params: map[string]string{"claim.idle.ms": "900"}}
		longest := drivertest.Standstill(t)
		slow := openReceiver(t, c, opts)
		sendAll(t, openSender(t, c, driver.SenderOptions{Address: stream}), "a")
		held := receive(t, slow, 1)
		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		defer cancel()
		if stolen, err := openReceiver(t, c, opts).Receive(ctx, 1); err == nil {
			if late := longest(); late > 80*time.Millisecond {
				t.Skipf("another member got %s, but this machine stood still for %s", bodies(stolen), late)
			}
			t.Fatalf("another member got %s", bodies(stolen))
		}
		if err := slow.Settle(t.Context(), driver.Settle(driver.Ack, held...)); err != nil {
			t.Error(err)
		}
	})
}

// TestWhatAnotherTookIsLost settles a message that somebody claimed by force.
func TestWhatAnotherTookIsLost(t *testing.T) {
	either(t, func(t *testing.T, host string) {
		c := connect(t, streams, host)
		stream := newStream(t, c, "lost")
		r := openReceiver(t, c, driver.ReceiverOptions{Address: stream, Group: "g", Params: map[string]string{"claim.idle.ms": "300"}})
		sendAll(t, openSender(t, c, driver.SenderOptions{Address: stream}), "a")
		held := receive(t, r, 1)
		other := foreign(t, host)
		// Where the receiver takes it back before it settles, it is its own again.
		for deadline := time.Now().Add(drivertest.Patience); ; time.Sleep(50 * time.Millisecond) {
			_, id, _ := strings.Cut(held[0].ID, "@")
			claim := &goredis.XClaimArgs{Stream: stream, Group: "g", Consumer: "thief", Messages: []string{id}}
			if err := other.XClaim(t.Context(), claim).Err(); err != nil {
				t.Fatal(err)
			}
			err := r.Settle(t.Context(), driver.Settle(driver.Requeue, held...))
			if errors.Is(err, driver.ErrLost) {
				return
			}
			if err != nil || time.Now().After(deadline) {
				t.Fatalf("settle: %v, want %v", err, driver.ErrLost)
			}
			held = receive(t, r, 1)
		}
	})
}

// TestANameGoesOnWhereItWas is about a process that comes back under its name.
func TestANameGoesOnWhereItWas(t *testing.T) {
	either(t, func(t *testing.T, host string) {
		c := connect(t, streams, host)
		stream := newStream(t, c, "name")
		other := foreign(t, host)
		if err := other.XGroupCreate(t.Context(), stream, "g", "0").Err(); err != nil {
			t.Fatal(err)
		}
		s := openSender(t, c, driver.SenderOptions{Address: stream})
		sendAll(t, s, "a")
		if err := other.XReadGroup(t.Context(), &goredis.XReadGroupArgs{Group: "g", Consumer: "me", Streams: []string{stream, ">"}}).Err(); err != nil {
			t.Fatal(err)
		}
		sendAll(t, s, "b")
		r := openReceiver(t, c, driver.ReceiverOptions{Address: stream, Group: "g", Params: map[string]string{"consumer": "me"}})
		if text := bodies(receive(t, r, 2)); text != "a b" {
			t.Errorf("received %s, want a b", text)
		}
	})
}

func TestClosedMembersLeaveNothing(t *testing.T) {
	host := realServer(t) // the embedded server counts consumers in its own way
	c := connect(t, streams, host)
	stream := newStream(t, c, "leave")
	for range 3 {
		r := openReceiver(t, c, driver.ReceiverOptions{Address: stream, Group: "g"})
		sendAll(t, openSender(t, c, driver.SenderOptions{Address: stream}), "a")
		receive(t, r, 1)
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	consumers, err := foreign(t, host).XInfoConsumers(t.Context(), stream, "g").Result()
	if err != nil {
		t.Fatal(err)
	}
	if len(consumers) != 1 || consumers[0].Name != "weft.returned" || consumers[0].Pending != 3 {
		t.Errorf("the group has %+v, want weft.returned with 3 messages", consumers)
	}
}

func TestMaxLenTrims(t *testing.T) {
	either(t, func(t *testing.T, host string) {
		c := connect(t, streams, host)
		stream := newStream(t, c, "maxlen")
		sendAll(t, openSender(t, c, driver.SenderOptions{Address: stream, Params: map[string]string{"maxlen": "=2"}}), "a", "b", "c", "d")
		got := receive(t, openReceiver(t, c, driver.ReceiverOptions{Address: stream, Start: driver.StartBeginning()}), 2)
		if text := bodies(got); text != "c d" {
			t.Errorf("the stream has %s, want c d", text)
		}
		for _, wrong := range []string{"", "0", "-1", "many", "=x"} {
			_, err := c.OpenSender(t.Context(), driver.SenderOptions{Address: stream, Params: map[string]string{"maxlen": wrong}})
			if !errors.Is(err, driver.ErrInvalid) {
				t.Errorf("maxlen %q: %v, want %v", wrong, err, driver.ErrInvalid)
			}
		}
	})
}

// TestAStreamThatGoesIsMissed sends and receives while it is removed.
func TestAStreamThatGoesIsMissed(t *testing.T) {
	either(t, func(t *testing.T, host string) {
		c := connect(t, streams, host)
		stream := newStream(t, c, "gone")
		s := openSender(t, c, driver.SenderOptions{Address: stream})
		r := openReceiver(t, c, driver.ReceiverOptions{Address: stream, Group: "g"})
		if err := c.(driver.Admin).Delete(t.Context(), stream); err != nil {
			t.Fatal(err)
		}
		if err := s.Send(t.Context(), []*driver.Message{{Body: []byte("a")}}); !errors.Is(err, driver.ErrNoSuchAddress) {
			t.Errorf("send: %v, want %v", err, driver.ErrNoSuchAddress)
		}
		ctx, cancel := context.WithTimeout(t.Context(), drivertest.Patience)
		defer cancel()
		if _, err := r.Receive(ctx, 1); !errors.Is(err, driver.ErrNoSuchAddress) {
			t.Errorf("receive: %v, want %v", err, driver.ErrNoSuchAddress)
		}
	})
}

// TestPatterns subscribes with every wildcard, and with one that is none.
func TestPatterns(t *testing.T) {
	either(t, func(t *testing.T, host string) {
		c := connect(t, channels, host)
		base := fmt.Sprintf("weft.test.%d.", time.Now().UnixNano())
		for pattern, fits := range map[string][2]string{
			"a:*":     {"a:b:c", "b:b"},
			"a?":      {"ab", "abc"},
			"a[bc]":   {"ac", "ad"},
			`lit\*`:   {"lit*", "lit!"},
			`x\*y*`:   {"x*yz", "xay"},
			"literal": {"literal", "literal2"},
		} {
			r := openReceiver(t, c, driver.ReceiverOptions{Address: base + pattern})
			for _, channel := range []string{fits[1], fits[0]} {
				address := strings.ReplaceAll(base+channel, "*", `\*`)
				sendAll(t, openSender(t, c, driver.SenderOptions{Address: address}), channel)
			}
			if got := receive(t, r, 1)[0]; string(got.Body) != fits[0] || got.Address != base+fits[0] {
				t.Errorf("%s received %s from %s, want %s", pattern, got.Body, got.Address, fits[0])
			}
		}
		if _, err := c.OpenSender(t.Context(), driver.SenderOptions{Address: "a*"}); !errors.Is(err, driver.ErrInvalid) {
			t.Errorf("a pattern to send to: %v, want %v", err, driver.ErrInvalid)
		}
		for name, opts := range map[string]driver.ReceiverOptions{
			"group": {Group: "g"}, "beginning": {Start: driver.StartBeginning()}, "dead letters": {DeadLetter: "d"},
		} {
			opts.Address = "a"
			if _, err := c.OpenReceiver(t.Context(), opts); !errors.Is(err, driver.ErrUnsupported) {
				t.Errorf("%s: %v, want %v", name, err, driver.ErrUnsupported)
			}
		}
	})
}
