package mqtt_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/eclipse/paho.golang/packets"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
	"github.com/weft-dev/weft/wire/embedded"
	mqttserver "github.com/weft-dev/weft/wire/mqtt/server"
)

// everywhere runs a test with the embedded server, and with a real one where
// there is one.
func everywhere(t *testing.T, test func(t *testing.T, host string)) {
	t.Helper()
	t.Run("embedded", func(t *testing.T) { test(t, serve(t, mqttserver.Options{})) })
	if host := os.Getenv("WEFT_MOSQUITTO"); host != "" {
		t.Run("real", func(t *testing.T) { test(t, host) })
	}
}

func open(t *testing.T, url string) *broker.Broker {
	t.Helper()
	b, err := broker.Open(t.Context(), url, broker.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return b
}

func receiver(t *testing.T, b *broker.Broker, opts driver.ReceiverOptions) *broker.Receiver {
	t.Helper()
	r, err := b.Receiver(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func send(t *testing.T, b *broker.Broker, address string, params map[string]string, bodies ...string) {
	t.Helper()
	s, err := b.Sender(t.Context(), driver.SenderOptions{Address: address, Params: params})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close(context.Background())
	for _, body := range bodies {
		if err := s.Send(t.Context(), &driver.Message{Body: []byte(body)}); err != nil {
			t.Fatal(err)
		}
	}
}

// receive returns n messages as "topic=body".
func receive(t *testing.T, r *broker.Receiver, n int) []string {
	t.Helper()
	var got []string
	for _, m := range receiveRaw(t, r, n) {
		got = append(got, m.Address+"="+string(m.Body))
	}
	return got
}

func receiveRaw(t *testing.T, r *broker.Receiver, n int) []*driver.Message {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), drivertest.Patience)
	defer cancel()
	var got []*driver.Message
	for len(got) < n {
		messages, err := r.Receive(ctx, n-len(got))
		if err != nil {
			t.Fatalf("received %d messages, then: %v", len(got), err)
		}
		got = append(got, messages...)
	}
	return got
}

func nothing(t *testing.T, r *broker.Receiver) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 40*time.Millisecond)
	defer cancel()
	if got, err := r.Receive(ctx, 1); err == nil {
		t.Errorf("received %s, want nothing", got[0].Body)
	}
}

// fresh is a topic that no other run uses.
func fresh(t *testing.T) string {
	return fmt.Sprintf("weft-test/%d/%s", time.Now().UnixNano(), strings.ReplaceAll(t.Name(), "/", "-"))
}

func TestWildcards(t *testing.T) {
	everywhere(t, func(t *testing.T, host string) {
		for _, scheme := range []string{"mqtt://", "mqtt3://"} {
			b, root := open(t, scheme+host), fresh(t)
			one := receiver(t, b, driver.ReceiverOptions{Address: root + "/+/light"})
			all := receiver(t, b, driver.ReceiverOptions{Address: root + "/#", Group: "all"})
			send(t, b, root+"/kitchen/light", nil, "on")
			send(t, b, root+"/kitchen/light/left", nil, "off")
			send(t, b, root, nil, "root")
			send(t, b, root+"/hall/light", nil, "on")
			want := []string{root + "/kitchen/light=on", root + "/hall/light=on"}
			if got := receive(t, one, 2); !slices.Equal(got, want) {
				t.Errorf("by + came %q, want %q", got, want)
			}
			nothing(t, one)
			if got := receive(t, all, 4); got[2] != root+"=root" {
				t.Errorf("by # came %q", got)
			}
		}
	})
}

func TestRetained(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, host string) {
		for _, scheme := range []string{"mqtt://", "mqtt3://"} {
			b, topic := open(t, scheme+host), fresh(t)
			send(t, b, topic, map[string]string{"retain": "true"}, "state")
			now := receiver(t, b, driver.ReceiverOptions{Address: topic})
			nothing(t, now)
			late := receiver(t, b, driver.ReceiverOptions{Address: topic, Params: map[string]string{"retained": "true"}})
			m := receiveRaw(t, late, 1)[0]
			if string(m.Body) != "state" || m.Params["retain"] != "true" {
				t.Errorf("received %q with %v, want what was retained", m.Body, m.Params)
			}
			send(t, b, topic, map[string]string{"retain": "true"}, "")
			receiveRaw(t, now, 1)
			nothing(t, receiver(t, b, driver.ReceiverOptions{Address: topic, Params: map[string]string{"retained": "true"}}))
		}
	})
}

// TestQualityOfService sends many at once, with each quality to each.
func TestQualityOfService(t *testing.T) {
	t.Parallel()
	const count = 300
	everywhere(t, func(t *testing.T, host string) {
		for _, scheme := range []string{"mqtt://", "mqtt3://"} {
			b := open(t, scheme+host)
			for _, sent := range []string{"0", "1", "2"} {
				for _, taken := range []string{"0", "1", "2"} {
					topic := fresh(t) + sent + taken
					r := receiver(t, b, driver.ReceiverOptions{Address: topic, Params: map[string]string{"qos": taken}})
					s, err := b.Sender(t.Context(), driver.SenderOptions{Address: topic, Params: map[string]string{"qos": sent}})
					if err != nil {
						t.Fatal(err)
					}
					batch := make([]*driver.Message, count)
					for i := range batch {
						batch[i] = &driver.Message{Body: fmt.Append(nil, i)}
					}
					if err := s.Send(t.Context(), batch...); err != nil {
						t.Fatal(err)
					}
					for i, m := range receiveRaw(t, r, count) {
						var p *packets.Publish
						if !m.As(&p) || string(m.Body) != fmt.Sprint(i) || fmt.Sprint(p.QoS) != min(sent, taken) {
							t.Fatalf("%s to %s: message %d is %q with %v", sent, taken, i, m.Body, p)
						}
					}
					nothing(t, r)
				}
			}
		}
	})
}

// TestProperties is about what only MQTT 5 has.
func TestProperties(t *testing.T) {
	everywhere(t, func(t *testing.T, host string) {
		b, topic := open(t, "mqtt://"+host), fresh(t)
		r := receiver(t, b, driver.ReceiverOptions{Address: topic})
		s, err := b.Sender(t.Context(), driver.SenderOptions{Address: topic, Params: map[string]string{"message.expiry": "60"}})
		if err != nil {
			t.Fatal(err)
		}
		tricky := []driver.Header{
			{Name: "content-type", Value: []byte("application/json")},
			{Name: "looks", Value: []byte("data:;base64,AAAA")},
			{Name: "line", Value: []byte("a\nb")},
			{Name: "none", Value: []byte{}},
			{Name: "bytes", Value: []byte{0, 0xff}},
		}
		m := &driver.Message{
			Body: []byte("{}"), Headers: tricky, CorrelationID: "7\x00\xff", ReplyTo: "answers",
			Params: map[string]string{"payload.format": "1"},
		}
		if err := s.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		got := receiveRaw(t, r, 1)[0]
		for i, h := range tricky {
			if g := got.Headers[i]; g.Name != h.Name || string(g.Value) != string(h.Value) {
				t.Errorf("header %d is %s: %q, want %s: %q", i, g.Name, g.Value, h.Name, h.Value)
			}
		}
		if got.CorrelationID != m.CorrelationID || got.ReplyTo != "answers" {
			t.Errorf("correlation id %q, reply to %q", got.CorrelationID, got.ReplyTo)
		}
		if got.Params["payload.format"] != "1" || got.Params["message.expiry"] == "" {
			t.Errorf("parameters %v", got.Params)
		}
		var p *packets.Publish
		if !got.As(&p) || p.Properties.ContentType != "application/json" || len(p.Properties.User) != len(tricky)-1 {
			t.Errorf("on the wire it is %v", p)
		}
	})
}

// proxy passes connections on until it cuts them.
type proxy struct {
	t        *testing.T
	listener net.Listener
	to       string

	mu     sync.Mutex
	open   map[net.Conn]struct{}
	closed bool
}

func newProxy(t *testing.T, to string) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{t: t, listener: listener, to: to, open: make(map[net.Conn]struct{})}
	var work sync.WaitGroup
	work.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			work.Go(func() { p.pass(c) })
		}
	})
	t.Cleanup(func() {
		p.stop()
		work.Wait()
	})
	return p
}

func (p *proxy) url(scheme string) string { return scheme + "://" + p.listener.Addr().String() }

func (p *proxy) pass(a net.Conn) {
	b, err := net.Dial("tcp", p.to)
	if err != nil {
		a.Close()
		return
	}
	p.mu.Lock()
	p.open[a], p.open[b] = struct{}{}, struct{}{}
	if p.closed {
		a.Close()
		b.Close()
	}
	p.mu.Unlock()
	var both sync.WaitGroup
	for _, way := range [][2]net.Conn{{a, b}, {b, a}} {
		both.Go(func() {
			_, _ = io.Copy(way[0], way[1])
			way[0].Close()
			way[1].Close()
		})
	}
	both.Wait()
}

// cut ends all connections at once, without a goodbye.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.open {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		c.Close()
	}
	clear(p.open)
}

// await waits until so many ends of connections are open.
func (p *proxy) await(ends int) {
	p.t.Helper()
	for deadline := time.Now().Add(drivertest.Patience); ; time.Sleep(time.Millisecond) {
		p.mu.Lock()
		open := len(p.open)
		p.mu.Unlock()
		switch {
		case open >= ends:
			return
		case time.Now().After(deadline):
			p.t.Fatalf("%d ends of connections are open, want %d", open, ends)
		}
	}
}

// stop cuts, and lets nobody in any more.
func (p *proxy) stop() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.listener.Close()
	p.cut()
}

// TestGoesOnThroughBrokenConnections cuts all connections again and again while
// messages are sent and settled. None may be lost, and of quality 2 none may
// come twice.
func TestGoesOnThroughBrokenConnections(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, host string) {
		for _, qos := range []string{"1", "2"} {
			t.Run("qos "+qos, func(t *testing.T) {
				t.Parallel()
				p := newProxy(t, host)
				disturbAndCount(t, p.url("mqtt"), qos, p.cut)
			})
		}
	})
}

// TestGoesOnThroughRestarts stops the embedded server and starts it again while
// messages are sent and settled: it keeps its sessions.
func TestGoesOnThroughRestarts(t *testing.T) {
	t.Parallel()
	server := newBroker(t, embedded.Options{DataDir: t.TempDir()})
	disturbAndCount(t, server.server.URL, "1", func() {
		server.stop(t)
		server.start(t)
	})
}

func disturbAndCount(t *testing.T, url, qos string, disturb func()) {
	const times, between = 3, 200 // messages that come between two disturbances
	topic := fresh(t)
	b := open(t, url)
	params := map[string]string{"qos": qos}
	r := receiver(t, b, driver.ReceiverOptions{Address: topic, Group: "g" + fmt.Sprint(time.Now().UnixNano()), Params: params})
	s, err := b.Sender(t.Context(), driver.SenderOptions{Address: topic, Params: params})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var through atomic.Int64
	// more waits for messages on new connections.
	more := func() {
		before := through.Load()
		for deadline := time.Now().Add(drivertest.Patience); through.Load() < before+between && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond)
		}
	}
	var cutting sync.WaitGroup
	cutting.Go(func() {
		defer stop()
		for range times {
			more()
			disturb()
		}
		more()
	})
	sent := make(chan int, 1)
	go func() {
		n := 0
		for ; ctx.Err() == nil; n++ {
			if err := s.Send(t.Context(), &driver.Message{Body: fmt.Append(nil, n)}); err != nil {
				t.Errorf("send %d: %v", n, err)
			}
		}
		sent <- n
	}()
	seen := countUntil(t, r, sent, &through)
	cutting.Wait()
	for body, times := range seen {
		if qos == "2" && times > 1 {
			t.Errorf("message %s came %d times", body, times)
		}
	}
}

// countUntil receives and settles until all that was sent has come.
func countUntil(t *testing.T, r *broker.Receiver, sent <-chan int, through *atomic.Int64) map[string]int {
	t.Helper()
	seen, want := map[string]int{}, -1
	for deadline := time.Now().Add(5 * drivertest.Patience); want < 0 || len(seen) < want; {
		select {
		case want = <-sent:
		default:
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		messages, err := r.Receive(ctx, 10)
		cancel()
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("receive: %v", err)
		}
		for _, m := range messages {
			seen[string(m.Body)]++
		}
		through.Store(int64(len(seen)))
		if err := r.Ack(t.Context(), messages...); err != nil {
			t.Fatalf("settle: %v", err)
		}
		if time.Now().After(deadline) {
			t.Fatalf("received %d of %d messages", len(seen), want)
		}
	}
	t.Logf("%d messages", want)
	return seen
}

// TestCrash: what a receiver had not settled when it died is delivered to the
// next of its group, and what it had settled is not. An acknowledgement has no
// answer: where the receiver died too soon for it, it dies later.
func TestCrash(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, host string) {
		for _, scheme := range []string{"mqtt", "mqtt3"} {
			again := ""
			for after := 50 * time.Millisecond; after < time.Minute; after *= 5 {
				if again = crash(t, scheme, host, after); again == "b c d" {
					break
				}
			}
			if again != "b c d" {
				t.Errorf("%s: received %s, want b and c again, and d", scheme, again)
			}
		}
	})
}

// crash returns what the next one receives of a, b, c, of which the first has
// settled a some time before it died, and of d.
func crash(t *testing.T, scheme, host string, after time.Duration) string {
	t.Helper()
	p, topic := newProxy(t, host), fresh(t)
	group := "g" + fmt.Sprint(time.Now().UnixNano())
	doomed, err := broker.Open(t.Context(), p.url(scheme), broker.Config{})
	if err != nil {
		t.Fatal(err)
	}
	first := receiver(t, doomed, driver.ReceiverOptions{Address: topic, Group: group})
	b := open(t, scheme+"://"+host)
	send(t, b, topic, nil, "a", "b", "c")
	got := receiveRaw(t, first, 3)
	if err := first.Ack(t.Context(), got[0]); err != nil {
		t.Fatal(err)
	}
	time.Sleep(after)
	p.stop()
	second := receiver(t, b, driver.ReceiverOptions{Address: topic, Group: group})
	send(t, b, topic, nil, "d")
	var bodies []string
	for !slices.Contains(bodies, "d") {
		m := receiveRaw(t, second, 1)[0]
		if body := string(m.Body); body != "d" && !m.Redelivered {
			t.Errorf("%s: %s is not marked as delivered before", scheme, body)
		}
		bodies = append(bodies, string(m.Body))
	}
	if err := doomed.Close(context.Background()); err != nil {
		t.Error(err)
	}
	return strings.Join(bodies, " ")
}

// TestGroupKeepsItsSession: a receiver whose connection breaks again and again as
// soon as it is there keeps to its session, and to what the server keeps there.
func TestGroupKeepsItsSession(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, host string) {
		p, topic := newProxy(t, host), fresh(t)
		opts := driver.ReceiverOptions{Address: topic, Group: "g" + fmt.Sprint(time.Now().UnixNano())}
		r := receiver(t, open(t, p.url("mqtt")), opts)
		b := open(t, "mqtt://"+host)
		send(t, b, topic, nil, "a", "b", "c")
		held := receiveRaw(t, r, 3)
		for range 5 {
			p.cut()
			p.await(4)                        // both sides of the receiver and of its sender
			time.Sleep(10 * time.Millisecond) // until they are through
		}
		if err := r.Ack(t.Context(), held...); err != nil {
			t.Errorf("settle what came before: %v", err)
		}
		send(t, b, topic, nil, "d")
		for seen := ""; seen != topic+"=d"; { // the server may send again what it has no word of
			seen = receive(t, r, 1)[0]
		}
		// Whoever comes next has the first session, whose messages are all settled.
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		next := receiver(t, open(t, "mqtt://"+host), opts)
		send(t, b, topic, nil, "e")
		for _, m := range receiveRaw(t, next, 2) {
			if body := string(m.Body); body != "d" && body != "e" {
				t.Errorf("the next receiver got %s: it was settled", body)
			}
		}
	})
}

// TestGroupGrows lets receivers come while messages are sent. Each takes the
// session of the one before, and nothing is lost.
func TestGroupGrows(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, host string) {
		topic, group := fresh(t), "g"+fmt.Sprint(time.Now().UnixNano())
		var mu sync.Mutex
		seen, by := map[string]bool{}, map[int]int{}
		ctx, stop := context.WithCancel(t.Context())
		var work sync.WaitGroup
		join := func(n int) {
			r := receiver(t, open(t, "mqtt://"+host), driver.ReceiverOptions{Address: topic, Group: group, Prefetch: 5})
			work.Go(func() {
				for {
					messages, err := r.Receive(ctx, 1)
					if err != nil {
						if ctx.Err() == nil {
							t.Errorf("receiver %d: %v", n, err)
						}
						return
					}
					mu.Lock()
					by[n]++
					for _, m := range messages {
						seen[string(m.Body)] = true
					}
					mu.Unlock()
					if err := r.Ack(ctx, messages...); err != nil && !errors.Is(err, driver.ErrLost) && ctx.Err() == nil {
						t.Errorf("settle: %v", err)
					}
				}
			})
		}
		const each = 150 // at least: each shall have some
		b := open(t, "mqtt://"+host)
		holds := func(what func() bool) bool {
			mu.Lock()
			defer mu.Unlock()
			return what()
		}
		sent := 0
		for n := range 3 {
			join(n)
			late := time.Now().Add(drivertest.Patience)
			for i := 0; i < each || holds(func() bool { return by[n] == 0 }) && time.Now().Before(late); i++ {
				send(t, b, topic, nil, fmt.Sprint(sent))
				sent++
				time.Sleep(2 * time.Millisecond)
			}
		}
		for deadline := time.Now().Add(drivertest.Patience); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
			if holds(func() bool { return len(seen) == sent }) {
				break
			}
		}
		stop()
		work.Wait()
		if len(seen) != sent || by[0] == 0 || by[1] == 0 || by[2] == 0 {
			t.Errorf("received %d of %d messages, by receiver %v", len(seen), sent, by)
		}
	})
}

// TestGroupShrinks: a receiver that goes leaves its share to the one that stays,
// also on servers that give absent members theirs.
func TestGroupShrinks(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, host string) {
		topic, group := fresh(t), "g"+fmt.Sprint(time.Now().UnixNano())
		opts := driver.ReceiverOptions{Address: topic, Group: group}
		b := open(t, "mqtt://"+host)
		older, newer := receiver(t, b, opts), receiver(t, open(t, "mqtt://"+host), opts)
		got := make(chan string, 100)
		take := func(r *broker.Receiver) {
			for {
				messages, err := r.Receive(t.Context(), 1)
				if err != nil {
					return
				}
				got <- string(messages[0].Body)
				if err := r.Ack(t.Context(), messages...); err != nil {
					t.Errorf("settle: %v", err)
				}
			}
		}
		var work sync.WaitGroup
		defer work.Wait()
		work.Go(func() { take(older) })
		work.Go(func() { take(newer) })
		defer newer.Close()
		for n := range 10 {
			send(t, b, topic, nil, fmt.Sprint(n))
			time.Sleep(50 * time.Millisecond) // until the older has moved on
		}
		for range 10 {
			<-got
		}
		if err := older.Close(); err != nil {
			t.Fatal(err)
		}
		for n := range 10 {
			send(t, b, topic, nil, fmt.Sprint(n))
		}
		for n := range 10 {
			select {
			case <-got:
			case <-time.After(drivertest.Patience):
				t.Fatalf("received %d of 10 messages after the older had gone", n)
			}
		}
	})
}

// TestOneReceiverInGroupsOf3: where a group cannot share, two that meet take the
// session from each other until one of them is told, which is the first one
// unless the machine is busy. The other goes on.
func TestOneReceiverInGroupsOf3(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, host string) {
		topic, group := fresh(t), "g"+fmt.Sprint(time.Now().UnixNano())
		opts := driver.ReceiverOptions{Address: topic, Group: group}
		b := open(t, "mqtt3://"+host)
		ctx, cancel := context.WithTimeout(t.Context(), drivertest.Patience)
		defer cancel()
		told, came := make(chan error, 2), make(chan string, 2)
		for _, r := range []*broker.Receiver{receiver(t, b, opts), receiver(t, open(t, "mqtt3://"+host), opts)} {
			go func() {
				messages, err := r.Receive(ctx, 1)
				if err != nil {
					told <- err
					return
				}
				came <- string(messages[0].Body)
			}()
		}
		if err := <-told; !errors.Is(err, driver.ErrServer) || !strings.Contains(err.Error(), "took the session over") {
			t.Errorf("receive: %v, want that another took the session over", err)
		}
		send(t, b, topic, nil, "a")
		select {
		case body := <-came:
			if body != "a" {
				t.Errorf("received %s", body)
			}
		case err := <-told:
			t.Errorf("the other one was told as well: %v", err)
		}
	})
}

func TestLastWill(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, host string) {
		for _, scheme := range []string{"mqtt", "mqtt3"} {
			topic, p := fresh(t), newProxy(t, host)
			r := receiver(t, open(t, scheme+"://"+host), driver.ReceiverOptions{Address: topic})
			will := "?will.topic=" + topic + "&will.payload=gone&will.qos=1"
			polite, err := broker.Open(t.Context(), p.url(scheme)+will, broker.Config{})
			if err != nil {
				t.Fatal(err)
			}
			if err := polite.Close(context.Background()); err != nil {
				t.Fatal(err)
			}
			nothing(t, r)
			open(t, p.url(scheme)+will)
			p.stop()
			if got := receive(t, r, 1); got[0] != topic+"=gone" {
				t.Errorf("%s: received %s, want the last will", scheme, got)
			}
		}
	})
}

// TestSendGivesUpInTime: with the server away a send ends with its deadline,
// says that nothing was sent, and nothing is sent later.
func TestSendGivesUpInTime(t *testing.T) {
	t.Parallel()
	host := serve(t, mqttserver.Options{})
	p := newProxy(t, host)
	b := open(t, p.url("mqtt"))
	s, err := b.Sender(t.Context(), driver.SenderOptions{Address: "orders"})
	if err != nil {
		t.Fatal(err)
	}
	r := receiver(t, open(t, "mqtt://"+host), driver.ReceiverOptions{Address: "orders"})
	p.stop()
	// One that is sent before the connection is known to be broken may have been sent.
	for limit := time.Now().Add(drivertest.Patience); !driver.NotSent(err) && time.Now().Before(limit); {
		ctx, cancel := context.WithTimeout(t.Context(), drivertest.Haste)
		drivertest.Within(t, drivertest.Haste, func() { err = s.Send(ctx, &driver.Message{Body: []byte("late")}) })
		cancel()
	}
	// A machine that is busy does not get to try within the deadline.
	if !errors.Is(err, driver.ErrUnreachable) && !errors.Is(err, driver.ErrTimeout) || !driver.NotSent(err) {
		t.Errorf("send: %v, want %v, and that nothing was sent", err, driver.ErrUnreachable)
	}
	nothing(t, r)
}
