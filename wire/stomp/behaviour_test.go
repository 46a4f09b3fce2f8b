package stomp_test

import (
	"bufio"
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
	"github.com/weft-dev/weft/wire/embedded"
	"github.com/weft-dev/weft/wire/stomp"
	"github.com/weft-dev/weft/wire/stomp/frame"
)

func connect(t *testing.T, host string) driver.Conn {
	t.Helper()
	conn, err := stomp.Driver{}.Connect(t.Context(), server(host))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func receive(t *testing.T, r driver.Receiver) *driver.Message {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), drivertest.Patience)
	defer cancel()
	got, err := r.Receive(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	return got[0]
}

func openReceiver(t *testing.T, conn driver.Conn, opts driver.ReceiverOptions) driver.Receiver {
	t.Helper()
	r, err := conn.OpenReceiver(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func send(t *testing.T, conn driver.Conn, opts driver.SenderOptions, m *driver.Message) {
	t.Helper()
	s, err := conn.OpenSender(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Send(t.Context(), []*driver.Message{m}); err != nil {
		t.Fatal(err)
	}
}

// eachServer runs a test on the embedded server and, where there is one, on RabbitMQ.
func eachServer(t *testing.T, run func(*testing.T, string)) {
	hosts := map[string]string{"embedded": newBroker(t, embedded.Options{}).host()}
	if real := os.Getenv("WEFT_RABBITMQ_STOMP"); real != "" {
		hosts["RabbitMQ"] = real
	}
	for name, host := range hosts {
		t.Run(name, func(t *testing.T) { run(t, host) })
	}
}

// TestTemporaryQueues: who answers needs no name for where the answer goes.
func TestTemporaryQueues(t *testing.T) {
	eachServer(t, func(t *testing.T, host string) {
		asker, answerer := connect(t, host), connect(t, host)
		name := "temporary." + time.Now().Format("150405.000000")
		queue := map[string]string{"x-expires": "60000"}
		questions := openReceiver(t, answerer, driver.ReceiverOptions{Address: name, Params: queue})
		answers := openReceiver(t, asker, driver.ReceiverOptions{Address: "/temp-queue/answers"})
		send(t, asker, driver.SenderOptions{Address: name, Params: queue}, &driver.Message{Body: []byte("how much"), ReplyTo: "/temp-queue/answers", CorrelationID: "7"})
		question := receive(t, questions)
		if question.ReplyTo == "" || strings.HasPrefix(question.ReplyTo, "/temp-queue/") {
			t.Fatalf("the answer is to go to %q", question.ReplyTo)
		}
		send(t, answerer, driver.SenderOptions{Address: question.ReplyTo}, &driver.Message{Body: []byte("120"), CorrelationID: question.CorrelationID})
		if got := receive(t, answers); string(got.Body) != "120" || got.CorrelationID != "7" || got.Address != "/temp-queue/answers" {
			t.Errorf("the answer is %q for %q at %s", got.Body, got.CorrelationID, got.Address)
		}
		s, err := answerer.OpenSender(t.Context(), driver.SenderOptions{Address: name, Params: queue})
		if err != nil {
			t.Fatal(err)
		}
		err = s.Send(t.Context(), []*driver.Message{{ReplyTo: "/temp-queue/answers"}})
		if !errors.Is(err, driver.ErrInvalid) {
			t.Errorf("a reply address that nobody listens at: %v, want %v", err, driver.ErrInvalid)
		}
	})
}

func TestDestinationsAreOpenedAsWhatTheyAre(t *testing.T) {
	conn := connect(t, newBroker(t, embedded.Options{}).host())
	for _, c := range []struct {
		address, kind string
		want          error
	}{
		{"/topic/a", "", driver.ErrInvalid},
		{"/topic/a", "topic", nil},
		{"/queue/a", "topic", driver.ErrInvalid},
		{"/queue/a", "queue", nil},
		{"a", "topic", nil},
		{"a", "", nil},
		{"a", "stream", driver.ErrInvalid},
		{"a\nb", "", driver.ErrInvalid},
		{"/nowhere/a", "", driver.ErrNoSuchAddress},
		{"/amq/queue/missing", "", driver.ErrNoSuchAddress},
	} {
		params := map[string]string{}
		if c.kind != "" {
			params["kind"] = c.kind
		}
		r, err := conn.OpenReceiver(t.Context(), driver.ReceiverOptions{Address: c.address, Params: params})
		if !errors.Is(err, c.want) {
			t.Errorf("%q as %q: %v, want %v", c.address, c.kind, err, c.want)
		}
		if err == nil {
			r.Close()
		}
	}
}

// TestServersDeadLetters: without an address of ours the queue's own is used.
func TestServersDeadLetters(t *testing.T) {
	eachServer(t, func(t *testing.T, host string) {
		conn := connect(t, host)
		name := "dying." + time.Now().Format("150405.000000")
		params := map[string]string{"x-expires": "60000", "x-dead-letter-exchange": "", "x-dead-letter-routing-key": name + ".dead"}
		burial := openReceiver(t, conn, driver.ReceiverOptions{Address: name + ".dead", Params: map[string]string{"x-expires": "60000"}})
		r := openReceiver(t, conn, driver.ReceiverOptions{Address: name, Params: params})
		send(t, conn, driver.SenderOptions{Address: name, Params: params}, &driver.Message{Body: []byte("bad"), Headers: []driver.Header{{Name: "h", Value: []byte("v")}}})
		if err := r.Settle(t.Context(), driver.Settle(driver.Reject, receive(t, r))); err != nil {
			t.Fatal(err)
		}
		if got := receive(t, burial); string(got.Body) != "bad" {
			t.Errorf("the dead letter is %q", got.Body)
		} else if h, _ := got.Header("h"); string(h) != "v" {
			t.Errorf("its headers are %v", got.Headers)
		}
	})
}

func TestMessageParams(t *testing.T) {
	eachServer(t, func(t *testing.T, host string) {
		conn := connect(t, host)
		queue := map[string]string{"x-expires": "60000"}
		name := "params." + time.Now().Format("150405.000000")
		r := openReceiver(t, conn, driver.ReceiverOptions{Address: name, Params: queue})
		params := map[string]string{"priority": "3", "type": "order", "expiration": "60000"}
		send(t, conn, driver.SenderOptions{Address: name, Params: queue}, &driver.Message{Body: []byte("x"), Params: params})
		got := receive(t, r)
		for param, want := range params {
			if got.Params[param] != want {
				t.Errorf("%s is %q, want %q", param, got.Params[param], want)
			}
		}
		var f frame.Frame
		if !got.As(&f) || f.Command != "MESSAGE" {
			t.Error("the frame cannot be had")
		}
		s, err := conn.OpenSender(t.Context(), driver.SenderOptions{Address: name, Params: queue})
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range map[string]string{"priority": "high", "persistent": "yes", "expiration": "-1", "content-length": "no"} {
			if err := s.Send(t.Context(), []*driver.Message{{Params: map[string]string{name: value}}}); !errors.Is(err, driver.ErrInvalid) {
				t.Errorf("%s %q: %v, want %v", name, value, err, driver.ErrInvalid)
			}
		}
	})
}

// TestOlderVersions talks to servers that know no more.
func TestOlderVersions(t *testing.T) {
	for _, version := range []string{"1.0", "1.1", "1.2"} {
		t.Run(version, func(t *testing.T) {
			host := newBroker(t, embedded.Options{}).host()
			conn := connect(t, drivertest.Listen(t, func(c net.Conn) { downgrade(c, host, version) }))
			r := openReceiver(t, conn, driver.ReceiverOptions{Address: "q"})
			for _, body := range []string{"a", "b", "c"} {
				send(t, conn, driver.SenderOptions{Address: "q"}, &driver.Message{Body: []byte(body), Headers: []driver.Header{{Name: "h", Value: []byte("1:2\r\n")}}})
			}
			a, b, c := receive(t, r), receive(t, r), receive(t, r)
			if h, _ := a.Header("h"); string(h) != "1:2\r\n" {
				t.Errorf("the header is %q", h)
			}
			// b stays unsettled although c, behind it, is done.
			if err := r.Settle(t.Context(), driver.Settle(driver.Ack, a, c)); err != nil {
				t.Fatal(err)
			}
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			again := openReceiver(t, conn, driver.ReceiverOptions{Address: "q"})
			if got := receive(t, again); string(got.Body) != string(b.Body) || !got.Redelivered {
				t.Errorf("received %q again, want %q", got.Body, b.Body)
			}
		})
	}
}

// downgrade passes a connection on, and lets neither side know of a later version.
func downgrade(c net.Conn, host, version string) {
	defer c.Close()
	up, err := net.Dial("tcp", host)
	if err != nil {
		return
	}
	defer up.Close()
	from := bufio.NewReader(c)
	hello, err := from.ReadString(0)
	if err != nil {
		return
	}
	_, _ = up.Write([]byte(strings.Replace(hello, "accept-version:1.0,1.1,1.2", "accept-version:"+version, 1)))
	go func() {
		_, _ = from.WriteTo(up)
		up.Close()
	}()
	_, _ = bufio.NewReader(up).WriteTo(c)
}

// TestServerThatFallsSilent: every call ends by its deadline.
func TestServerThatFallsSilent(t *testing.T) {
	over := make(chan struct{})
	host := drivertest.Listen(t, func(c net.Conn) {
		_, _ = c.Write([]byte("CONNECTED\nversion:1.2\nheart-beat:0,0\n\n\x00\n"))
		buf := make([]byte, 4096)
		_, _ = c.Read(buf)
		<-over // and takes nothing
		_ = c.Close()
	})
	b, err := broker.Open(t.Context(), "stomp://"+host, broker.Config{Timeout: drivertest.Haste})
	if err != nil {
		t.Fatal(err)
	}
	var s *broker.Sender
	drivertest.Insist(t, func() (err error) {
		s, err = b.Sender(t.Context(), driver.SenderOptions{Address: "q"})
		return err
	})
	drivertest.EndByDeadline(t, drivertest.Haste, map[string]func() error{
		"send": func() error { return s.Send(t.Context(), &driver.Message{Body: make([]byte, 3<<20)}) },
		"receive": func() error {
			_, err := b.Receiver(t.Context(), driver.ReceiverOptions{Address: "q"})
			return err
		},
	})
	close(over)
	if err := b.Close(context.Background()); err != nil {
		t.Error(err)
	}
}
