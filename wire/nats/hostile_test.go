package nats_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
	"github.com/weft-dev/weft/wire/embedded"
)

// greets says hello like a server and then nothing more.
func greets(c net.Conn) {
	drivertest.FallsSilent(`INFO {"server_id":"x","version":"2.9.10","max_payload":1048576,"headers":true}` + "\r\n")(c)
}

// muffle stands between client and server and can be made to pass nothing on,
// which is how a connection looks whose other end is gone without a word.
type muffle struct {
	host   string
	silent atomic.Bool
}

func newMuffle(t *testing.T, to string) *muffle {
	t.Helper()
	m := &muffle{}
	m.host = drivertest.Listen(t, func(c net.Conn) {
		inner, err := net.Dial("tcp", to)
		if err != nil {
			c.Close()
			return
		}
		var both sync.WaitGroup
		pass := func(from, to net.Conn) {
			defer to.Close()
			buffer := make([]byte, 32<<10)
			for {
				n, err := from.Read(buffer)
				if err != nil {
					return
				}
				if m.silent.Load() {
					continue
				}
				if _, err := to.Write(buffer[:n]); err != nil {
					return
				}
			}
		}
		both.Go(func() { pass(c, inner) })
		both.Go(func() { pass(inner, c) })
		both.Wait()
	})
	return m
}

func TestServerThatFallsSilent(t *testing.T) {
	s := newServer(t, embedded.Options{Addresses: []string{"orders"}})
	for protocol := range drivers {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			m := newMuffle(t, s.host)
			b, err := broker.Open(context.Background(), protocol+"://"+m.host, broker.Config{Timeout: 300 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			sender, err := b.Sender(context.Background(), driver.SenderOptions{Address: "orders"})
			if err != nil {
				t.Fatal(err)
			}
			m.silent.Store(true)
			for name, call := range map[string]func() error{
				"send": func() error { return sender.Send(context.Background(), &driver.Message{Body: []byte("a")}) },
				"ping": func() error { return b.Ping(context.Background()) },
				"receiver": func() error {
					_, err := b.Receiver(context.Background(), driver.ReceiverOptions{Address: "orders"})
					return err
				},
			} {
				start := time.Now()
				if err := call(); !errors.Is(err, driver.ErrTimeout) {
					t.Errorf("%s: %v, want %v", name, err, driver.ErrTimeout)
				}
				if took := time.Since(start); took > 2*time.Second {
					t.Errorf("%s took %v, its deadline is 300ms", name, took)
				}
			}
			start := time.Now()
			if err := b.Close(context.Background()); err != nil {
				t.Error(err)
			}
			if took := time.Since(start); took > 12*time.Second {
				t.Errorf("closing took %v", took)
			}
		})
	}
}

// TestServerThatIsGone is about a server that does not come back: a call ends
// at its deadline, and says that there is nobody.
func TestServerThatIsGone(t *testing.T) {
	for protocol := range drivers {
		t.Run(protocol, func(t *testing.T) {
			s := newServer(t, embedded.Options{Addresses: []string{"orders"}})
			b, err := broker.Open(context.Background(), protocol+"://"+s.host, broker.Config{Timeout: time.Second})
			if err != nil {
				t.Fatal(err)
			}
			sender, err := b.Sender(context.Background(), driver.SenderOptions{Address: "orders"})
			if err != nil {
				t.Fatal(err)
			}
			s.stop(t)
			time.Sleep(50 * time.Millisecond)
			start := time.Now()
			err = sender.Send(context.Background(), &driver.Message{Body: []byte("a")})
			if !errors.Is(err, driver.ErrUnreachable) || !strings.Contains(err.Error(), s.host) {
				t.Errorf("send: %v, want %v at %s", err, driver.ErrUnreachable, s.host)
			}
			if took := time.Since(start); took > 3*time.Second {
				t.Errorf("it took %v, the deadline is 1s", took)
			}
			if err := b.Close(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestMistakesInTheURLAreTold(t *testing.T) {
	s := newServer(t, embedded.Options{})
	for url, want := range map[string]string{
		"nats://" + s.host + "/path":               `the path "path"`,
		"nats://" + s.host + "?domain=x":           `unknown parameter "domain"`,
		"nats://" + s.host + "?tls=first":          "nats-secure://",
		"nats://" + s.host + "?tls=last":           "there is first",
		"nats://" + s.host + "?creds=/etc/x":       "not a reference",
		"nats://" + s.host + "?nkey=env:NO_SUCH_X": "not set",
		"nats://" + s.host + "?inbox=a&inbox=b":    "2 times",
		"jetstream://" + s.host + "?domain=a.b":    "domain",
	} {
		_, err := broker.Open(context.Background(), url, broker.Config{Attempts: 1})
		if !errors.Is(err, driver.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %v that says %q", url, err, driver.ErrInvalid, want)
		}
	}
}
