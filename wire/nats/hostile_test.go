package nats_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
	"github.com/weft-dev/weft/wire/embedded"
)

// greets says hello like a server and then nothing more.
func greets(c net.Conn) {
	drivertest.FallsSilent(`INFO {"server_id":"x","version":"2.9.10","max_payload":1048576,"headers":true}` + "\r\n")(c)
}

func TestServerThatFallsSilent(t *testing.T) {
	s := newServer(t, embedded.Options{Addresses: []string{"orders"}})
	for protocol := range drivers {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			m := drivertest.NewRelay(t, s.host)
			b, err := broker.Open(context.Background(), protocol+"://"+m.Host, broker.Config{Timeout: drivertest.Haste})
			if err != nil {
				t.Fatal(err)
			}
			var sender *broker.Sender
			drivertest.Insist(t, func() (err error) {
				sender, err = b.Sender(context.Background(), driver.SenderOptions{Address: "orders"})
				return err
			})
			m.Silent.Store(true)
			drivertest.EndByDeadline(t, drivertest.Haste, map[string]func() error{
				"send": func() error { return sender.Send(context.Background(), &driver.Message{Body: []byte("a")}) },
				"ping": func() error { return b.Ping(context.Background()) },
				"receiver": func() error {
					_, err := b.Receiver(context.Background(), driver.ReceiverOptions{Address: "orders"})
					return err
				},
			})
			drivertest.Within(t, 0, func() { closeBroker(t, b) })
		})
	}
}

// TestServerThatIsGone is about a server that does not come back: a call ends
// at its deadline, and says that there is nobody.
func TestServerThatIsGone(t *testing.T) {
	for protocol := range drivers {
		t.Run(protocol, func(t *testing.T) {
			s := newServer(t, embedded.Options{Addresses: []string{"orders"}})
			b, err := broker.Open(context.Background(), protocol+"://"+s.host, broker.Config{Timeout: drivertest.Haste})
			if err != nil {
				t.Fatal(err)
			}
			defer closeBroker(t, b)
			var sender *broker.Sender
			drivertest.Insist(t, func() (err error) {
				sender, err = b.Sender(context.Background(), driver.SenderOptions{Address: "orders"})
				return err
			})
			s.stop(t)
			send := func() error { return sender.Send(context.Background(), &driver.Message{Body: []byte("a")}) }
			// Until the client has noticed, nobody answers.
			drivertest.Insist(t, func() error {
				var err error
				drivertest.Within(t, drivertest.Haste, func() { err = send() })
				switch {
				case err == nil:
					return errors.New("it was sent to nobody")
				case errors.Is(err, driver.ErrUnreachable) && strings.Contains(err.Error(), s.host):
					return nil
				}
				return err
			})
		})
	}
}

func closeBroker(t *testing.T, b *broker.Broker) {
	t.Helper()
	if err := b.Close(context.Background()); err != nil {
		t.Error(err)
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
