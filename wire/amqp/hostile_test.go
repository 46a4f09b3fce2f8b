package amqp_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/wire/amqp"
	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
	"github.com/weft-dev/weft/wire/embedded"
	"github.com/weft-dev/weft/wire/embedded/amqpserver"
)

// halfway greets like a good server and then says nothing more.
func halfway(c net.Conn) {
	_, _ = c.Write([]byte("\x01\x00\x00\x00\x00\x00\x1c\x00\x0a\x00\x0a\x00\x09\x00\x00\x00\x00\x00\x00\x00\x05PLAIN\x00\x00\x00\x05en_US\xce"))
	drivertest.FallsSilent("")(c)
}

func fallsSilent(t *testing.T) (*drivertest.Silenceable, string) {
	t.Helper()
	l := drivertest.NewSilenceable(t)
	return l, serve(t, amqpserver.Options{Listener: l, Queues: []string{"orders"}})
}

// serve starts a server of its own kind.
func serve(t *testing.T, opts amqpserver.Options) (host string) {
	t.Helper()
	if opts.Queues == nil {
		opts.Queues = []string{"orders"}
	}
	s, err := amqpserver.Start(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s.Addr()
}

func TestServerThatFallsSilent(t *testing.T) {
	l, host := fallsSilent(t)
	b, err := broker.Open(t.Context(), "amqp://"+host, broker.Config{Timeout: drivertest.Haste})
	if err != nil {
		t.Fatal(err)
	}
	var sender *broker.Sender
	drivertest.Insist(t, func() (err error) {
		sender, err = b.Sender(t.Context(), driver.SenderOptions{Address: "orders"})
		return err
	})
	l.Silent.Store(true)
	drivertest.EndByDeadline(t, drivertest.Haste, map[string]func() error{
		"send":   func() error { return sender.Send(t.Context(), &driver.Message{Body: []byte("a")}) },
		"ping":   func() error { return b.Ping(t.Context()) },
		"create": func() error { return b.Create(t.Context(), "more", driver.AddressSpec{}) },
		"receiver": func() error {
			_, err := b.Receiver(t.Context(), driver.ReceiverOptions{Address: "orders"})
			return err
		},
	})
	l.Silent.Store(false)
	closeBroker(t, b)
}

// TestServerThatTakesNothing is a connection that is open at one end only: a
// send that cannot even be written ends by its deadline, too.
func TestServerThatTakesNothing(t *testing.T) {
	l, host := fallsSilent(t)
	b, err := broker.Open(t.Context(), "amqp://"+host, broker.Config{Timeout: drivertest.Haste})
	if err != nil {
		t.Fatal(err)
	}
	var sender *broker.Sender
	drivertest.Insist(t, func() (err error) {
		sender, err = b.Sender(t.Context(), driver.SenderOptions{Address: "orders"})
		return err
	})
	l.Deaf.Store(true)
	large := &driver.Message{Body: make([]byte, 12<<20)}
	drivertest.EndByDeadline(t, drivertest.Haste, map[string]func() error{
		"send": func() error { return sender.Send(t.Context(), large) },
	})
	l.Deaf.Store(false)
	closeBroker(t, b)
}

func closeBroker(t *testing.T, b *broker.Broker) {
	t.Helper()
	if err := b.Close(context.Background()); err != nil {
		t.Error(err)
	}
}

const password = "correct-horse-battery"

func TestLogin(t *testing.T) {
	t.Setenv("WEFT_TEST_PASSWORD", password)
	t.Setenv("WEFT_TEST_USER", "ada")
	t.Setenv("WEFT_TEST_WRONG", "wrong-secret-value")
	host := serve(t, amqpserver.Options{Users: map[string]string{"ada": password, "": password}})
	for name, c := range map[string]struct {
		cfg  broker.Config
		kind error
	}{
		"user and password":       {broker.Config{User: "ada", Password: "env:WEFT_TEST_PASSWORD"}, nil},
		"user by reference":       {broker.Config{User: "env:WEFT_TEST_USER", Password: "env:WEFT_TEST_PASSWORD", SASL: "PLAIN"}, nil},
		"token":                   {broker.Config{Password: "env:WEFT_TEST_PASSWORD"}, nil},
		"wrong password":          {broker.Config{User: "ada", Password: "env:WEFT_TEST_WRONG"}, driver.ErrAuth},
		"nobody":                  {broker.Config{}, driver.ErrAuth},
		"no password":             {broker.Config{User: "ada"}, driver.ErrInvalid},
		"unknown login":           {broker.Config{User: "ada", Password: "env:WEFT_TEST_PASSWORD", SASL: "SCRAM-SHA-256"}, driver.ErrInvalid},
		"login it does not offer": {broker.Config{SASL: "EXTERNAL"}, driver.ErrAuth},
	} {
		t.Run(name, func(t *testing.T) {
			c.cfg.ConnectTimeout = drivertest.Patience
			b, err := broker.Open(t.Context(), "amqp://"+host, c.cfg)
			if !errors.Is(err, c.kind) {
				t.Fatalf("open: %v, want %v", err, c.kind)
			}
			if err == nil {
				drivertest.RoundTrip(t, b, nil)
				return
			}
			if strings.Contains(err.Error(), password) || strings.Contains(err.Error(), "wrong-secret-value") {
				t.Errorf("the error shows a secret: %v", err)
			}
			if !strings.Contains(err.Error(), "login") && !strings.Contains(err.Error(), "password") {
				t.Errorf("%q does not speak of the login", err)
			}
		})
	}
}

func TestTLS(t *testing.T) {
	ca := drivertest.NewCertificate(t, "127.0.0.1", time.Now().Add(time.Hour))
	expired := drivertest.NewCertificate(t, "127.0.0.1", time.Now().Add(-time.Minute))
	host := serve(t, amqpserver.Options{TLS: &tls.Config{Certificates: []tls.Certificate{ca.Pair}}})
	old := serve(t, amqpserver.Options{TLS: &tls.Config{Certificates: []tls.Certificate{expired.Pair}}})
	for name, c := range map[string]struct {
		url  string
		tls  *broker.TLS
		kind error
	}{
		"trusted":          {"amqps://" + host, &broker.TLS{CA: ca.Cert}, nil},
		"by configuration": {"amqp://" + host, &broker.TLS{CA: ca.Cert}, nil},
		"unknown CA":       {"amqps://" + host, nil, driver.ErrAuth},
		"wrong name":       {"amqps://" + host, &broker.TLS{CA: ca.Cert, ServerName: "elsewhere"}, driver.ErrAuth},
		"expired":          {"amqps://" + old, &broker.TLS{CA: expired.Cert}, driver.ErrAuth},
		"plain text":       {"amqp://" + host, nil, driver.ErrProtocol},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := broker.Open(t.Context(), c.url, broker.Config{TLS: c.tls, ConnectTimeout: drivertest.Patience, Attempts: 1})
			if !errors.Is(err, c.kind) {
				t.Fatalf("open: %v, want %v", err, c.kind)
			}
			if err == nil {
				drivertest.RoundTrip(t, b, nil)
			}
		})
	}
}

func TestClientCertificates(t *testing.T) {
	ca := drivertest.NewCertificate(t, "127.0.0.1", time.Now().Add(time.Hour))
	client := drivertest.NewCertificate(t, "ada", time.Now().Add(time.Hour))
	host := serve(t, amqpserver.Options{
		Users: map[string]string{},
		TLS:   &tls.Config{Certificates: []tls.Certificate{ca.Pair}, ClientCAs: client.Pool, ClientAuth: tls.RequireAndVerifyClientCert},
	})
	b, err := broker.Open(t.Context(), "amqps://"+host, broker.Config{TLS: &broker.TLS{CA: ca.Cert, Cert: client.Cert, Key: client.Key}})
	if err != nil {
		t.Fatal(err)
	}
	drivertest.RoundTrip(t, b, nil)
	_, err = broker.Open(t.Context(), "amqps://"+host, broker.Config{TLS: &broker.TLS{CA: ca.Cert}, Attempts: 1})
	if !errors.Is(err, driver.ErrAuth) {
		t.Errorf("without a certificate: %v, want %v", err, driver.ErrAuth)
	}
}

func TestURLs(t *testing.T) {
	host := newBroker(t, embedded.Options{Addresses: []string{"orders"}}).host()
	for url, kind := range map[string]error{
		"amqp://" + host:                                nil,
		"amqp://" + host + "/":                          nil,
		"amqp://" + host + "/%2F?heartbeat=5":           nil,
		"amqp://" + drivertest.Refusing(t) + "," + host: nil,
		"amqp://" + host + "/nowhere":                   driver.ErrAuth,
		"amqp://" + host + "?heartbeat=never":           driver.ErrInvalid,
		"amqp://" + host + "?no.such.parameter=1":       driver.ErrInvalid,
		"amqp://" + host + "/%zz":                       driver.ErrInvalid,
		"amqp://guest@" + host + "?heartbeat=1":         driver.ErrInvalid,
	} {
		b, err := broker.Open(t.Context(), url, broker.Config{Attempts: 1})
		if !errors.Is(err, kind) {
			t.Errorf("%s: %v, want %v", url, err, kind)
		}
		if err == nil {
			drivertest.RoundTrip(t, b, nil)
		}
	}
}

// TestWhatCannotBeWrittenIsRefused: the library ends the connection when it
// comes upon a name that is too long.
func TestWhatCannotBeWrittenIsRefused(t *testing.T) {
	host := newBroker(t, embedded.Options{Addresses: []string{"orders"}}).host()
	conn, err := amqp.Driver{}.Connect(t.Context(), server(host))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	sender, err := conn.OpenSender(t.Context(), driver.SenderOptions{Address: "orders"})
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", 256)
	many := make([]driver.Header, 3)
	for i := range many {
		many[i] = driver.Header{Name: "h" + string(rune('a'+i)), Value: bytes.Repeat([]byte("x"), 50<<10)}
	}
	for name, c := range map[string]struct {
		message driver.Message
		kind    error
	}{
		"correlation id":    {driver.Message{CorrelationID: long}, driver.ErrInvalid},
		"reply address":     {driver.Message{ReplyTo: long}, driver.ErrInvalid},
		"header name":       {driver.Message{Headers: []driver.Header{{Name: long}}}, driver.ErrInvalid},
		"type":              {driver.Message{Params: map[string]string{"type": long}}, driver.ErrInvalid},
		"cc":                {driver.Message{Params: map[string]string{"cc": long}}, driver.ErrInvalid},
		"expiration":        {driver.Message{Params: map[string]string{"expiration": "soon"}}, driver.ErrInvalid},
		"priority":          {driver.Message{Params: map[string]string{"priority": "256"}}, driver.ErrInvalid},
		"delivery mode":     {driver.Message{Params: map[string]string{"delivery-mode": "3"}}, driver.ErrInvalid},
		"header types":      {driver.Message{Params: map[string]string{"header-types": "%"}}, driver.ErrInvalid},
		"type of a header":  {driver.Message{Headers: []driver.Header{{Name: "n", Value: []byte("x")}}, Params: map[string]string{"header-types": "n=l"}}, driver.ErrInvalid},
		"unknown type":      {driver.Message{Headers: []driver.Header{{Name: "n"}}, Params: map[string]string{"header-types": "n=Z"}}, driver.ErrInvalid},
		"headers too large": {driver.Message{Headers: many}, driver.ErrTooLarge},
	} {
		if err := sender.Send(t.Context(), []*driver.Message{&c.message}); !errors.Is(err, c.kind) {
			t.Errorf("%s: %v, want %v", name, err, c.kind)
		}
	}
	if err := sender.Send(t.Context(), []*driver.Message{{Body: []byte("a")}, {CorrelationID: long}, {Body: []byte("b")}}); err == nil {
		t.Error("a batch with a message that cannot be written is fine")
	} else if errs := driver.SplitBatch(err, 3); errs[0] != nil || errs[1] == nil || errs[2] != nil {
		t.Errorf("a batch with a message that cannot be written: %v", err)
	}
	for _, address := range []string{long, ""} {
		if _, err := conn.OpenSender(t.Context(), driver.SenderOptions{Address: address}); !errors.Is(err, driver.ErrInvalid) {
			t.Errorf("an address of %d bytes: %v", len(address), err)
		}
	}
}
