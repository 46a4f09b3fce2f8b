package amqp1_test

import (
	"context"
	"crypto/tls"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/wire/amqp1"
	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
	"github.com/weft-dev/weft/wire/embedded"
	"github.com/weft-dev/weft/wire/embedded/amqp1server"
)

func fallsSilent(t *testing.T) (*drivertest.Silenceable, string) {
	t.Helper()
	l := drivertest.NewSilenceable(t)
	return l, serve(t, amqp1server.Options{Listener: l, Queues: []string{"orders"}})
}

// serve starts a server of its own kind.
func serve(t *testing.T, opts amqp1server.Options) (host string) {
	t.Helper()
	if opts.Queues == nil {
		opts.Queues = []string{"orders"}
	}
	s, err := amqp1server.Start(opts)
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
	b, err := broker.Open(t.Context(), "amqp1://"+host, broker.Config{Timeout: drivertest.Haste})
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
		"send": func() error { return sender.Send(t.Context(), &driver.Message{Body: []byte("a")}) },
		"ping": func() error { return b.Ping(t.Context()) },
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
	b, err := broker.Open(t.Context(), "amqp1://"+host, broker.Config{Timeout: drivertest.Haste})
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
	host := serve(t, amqp1server.Options{Users: map[string]string{"ada": password}, Tokens: []string{password}})
	for name, c := range map[string]struct {
		cfg  broker.Config
		kind error
	}{
		"user and password":       {broker.Config{User: "ada", Password: "env:WEFT_TEST_PASSWORD"}, nil},
		"user by reference":       {broker.Config{User: "env:WEFT_TEST_USER", Password: "env:WEFT_TEST_PASSWORD", SASL: "PLAIN"}, nil},
		"token":                   {broker.Config{Password: "env:WEFT_TEST_PASSWORD"}, nil},
		"token of OAuth":          {broker.Config{Password: "env:WEFT_TEST_PASSWORD", SASL: "XOAUTH2"}, nil},
		"wrong token":             {broker.Config{Password: "env:WEFT_TEST_WRONG", SASL: "XOAUTH2"}, driver.ErrAuth},
		"no token":                {broker.Config{SASL: "XOAUTH2"}, driver.ErrInvalid},
		"wrong password":          {broker.Config{User: "ada", Password: "env:WEFT_TEST_WRONG"}, driver.ErrAuth},
		"nobody":                  {broker.Config{}, driver.ErrAuth},
		"no password":             {broker.Config{User: "ada"}, driver.ErrInvalid},
		"unknown login":           {broker.Config{User: "ada", Password: "env:WEFT_TEST_PASSWORD", SASL: "SCRAM-SHA-256"}, driver.ErrInvalid},
		"login it does not offer": {broker.Config{SASL: "EXTERNAL"}, driver.ErrAuth},
	} {
		t.Run(name, func(t *testing.T) {
			c.cfg.ConnectTimeout = drivertest.Patience
			b, err := broker.Open(t.Context(), "amqp1://"+host, c.cfg)
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
	host := serve(t, amqp1server.Options{TLS: &tls.Config{Certificates: []tls.Certificate{ca.Pair}}})
	old := serve(t, amqp1server.Options{TLS: &tls.Config{Certificates: []tls.Certificate{expired.Pair}}})
	for name, c := range map[string]struct {
		url  string
		tls  *broker.TLS
		kind error
	}{
		"trusted":          {"amqp1s://" + host, &broker.TLS{CA: ca.Cert}, nil},
		"by configuration": {"amqp1://" + host, &broker.TLS{CA: ca.Cert}, nil},
		"unknown CA":       {"amqp1s://" + host, nil, driver.ErrAuth},
		"wrong name":       {"amqp1s://" + host, &broker.TLS{CA: ca.Cert, ServerName: "elsewhere"}, driver.ErrAuth},
		"expired":          {"amqp1s://" + old, &broker.TLS{CA: expired.Cert}, driver.ErrAuth},
		"plain text":       {"amqp1://" + host, nil, driver.ErrProtocol},
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
	host := serve(t, amqp1server.Options{
		Users: map[string]string{},
		TLS:   &tls.Config{Certificates: []tls.Certificate{ca.Pair}, ClientCAs: client.Pool, ClientAuth: tls.RequireAndVerifyClientCert},
	})
	b, err := broker.Open(t.Context(), "amqp1s://"+host, broker.Config{TLS: &broker.TLS{CA: ca.Cert, Cert: client.Cert, Key: client.Key}})
	if err != nil {
		t.Fatal(err)
	}
	drivertest.RoundTrip(t, b, nil)
	_, err = broker.Open(t.Context(), "amqp1s://"+host, broker.Config{TLS: &broker.TLS{CA: ca.Cert}, Attempts: 1})
	if !errors.Is(err, driver.ErrAuth) {
		t.Errorf("without a certificate: %v, want %v", err, driver.ErrAuth)
	}
}

func TestURLs(t *testing.T) {
	host := newBroker(t, embedded.Options{Addresses: []string{"orders"}}).host()
	for url, kind := range map[string]error{
		"amqp1://" + host:                                nil,
		"solace://" + host:                               nil,
		"ibmmq://" + host:                                nil,
		"amqp1://" + host + "/%2F?idle.timeout=5":        nil,
		"amqp1://" + host + "?container.id=ada":          nil,
		"amqp1://" + drivertest.Refusing(t) + "," + host: nil,
		"amqp1://" + host + "/nowhere":                   driver.ErrAuth,
		"amqp1://" + host + "?idle.timeout=never":        driver.ErrInvalid,
		"amqp1://" + host + "?no.such.parameter=1":       driver.ErrInvalid,
		"amqp1://" + host + "/%zz":                       driver.ErrInvalid,
		"amqp1://guest@" + host:                          driver.ErrInvalid,
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

// TestWhatCannotBeWrittenIsRefused is about options and messages that the
// protocol has no form for.
func TestWhatCannotBeWrittenIsRefused(t *testing.T) {
	host := newBroker(t, embedded.Options{}).host()
	conn, err := amqp1.Driver{}.Connect(t.Context(), server(host))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	sender, err := conn.OpenSender(t.Context(), driver.SenderOptions{Address: "orders"})
	if err != nil {
		t.Fatal(err)
	}
	one := []driver.Header{{Name: "n", Value: []byte("x")}}
	with := func(name, value string) driver.Message { return driver.Message{Params: map[string]string{name: value}} }
	for name, message := range map[string]driver.Message{
		"priority":             with("priority", "256"),
		"ttl":                  with("ttl", "soon"),
		"durable":              with("durable", "yes"),
		"expires":              with("expires", "tomorrow"),
		"group sequence":       with("group-sequence", "-1"),
		"header types":         with("header-types", "%"),
		"message id":           {Params: map[string]string{"message-id": "x", "message-id-type": "ulong"}},
		"type of message id":   {Params: map[string]string{"message-id": "x", "message-id-type": "word"}},
		"correlation id":       {CorrelationID: "x", Params: map[string]string{"correlation-id-type": "uuid"}},
		"type of a header":     {Headers: one, Params: map[string]string{"header-types": "n=long"}},
		"unknown type":         {Headers: one, Params: map[string]string{"header-types": "n=word"}},
		"list":                 {Headers: []driver.Header{{Name: "n", Value: []byte("[1]")}}, Params: map[string]string{"header-types": "n=list"}},
		"name that is no text": {Headers: []driver.Header{{Name: "\xff"}}},
	} {
		if err := sender.Send(t.Context(), []*driver.Message{&message}); !errors.Is(err, driver.ErrInvalid) {
			t.Errorf("%s: %v, want %v", name, err, driver.ErrInvalid)
		}
	}
	bad := with("priority", "256")
	if err := sender.Send(t.Context(), []*driver.Message{{Body: []byte("a")}, &bad, {Body: []byte("b")}}); err == nil {
		t.Error("a batch with a message that cannot be written is fine")
	} else if errs := driver.SplitBatch(err, 3); errs[0] != nil || errs[1] == nil || errs[2] != nil {
		t.Errorf("a batch with a message that cannot be written: %v", err)
	}
	for name, params := range map[string]map[string]string{
		"kind":           {"kind": "stack"},
		"exchange queue": {"kind": "queue", "exchange": "x"},
		"ack":            {"ack": "no"},
	} {
		if _, err := conn.OpenReceiver(t.Context(), driver.ReceiverOptions{Address: "a", Params: params}); !errors.Is(err, driver.ErrInvalid) {
			t.Errorf("%s: %v, want %v", name, err, driver.ErrInvalid)
		}
	}
	for _, address := range []string{strings.Repeat("x", 2000), ""} {
		if _, err := conn.OpenSender(t.Context(), driver.SenderOptions{Address: address}); !errors.Is(err, driver.ErrInvalid) {
			t.Errorf("an address of %d bytes: %v", len(address), err)
		}
	}
}

// TestAnAddressThatIsRefusedDisturbsNoOther: what it says is among the limits that
// all drivers have.
func TestAnAddressThatIsRefusedDisturbsNoOther(t *testing.T) {
	host := newBroker(t, embedded.Options{}).host()
	conn, err := amqp1.Driver{}.Connect(t.Context(), server(host))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err = conn.OpenSender(t.Context(), driver.SenderOptions{Address: "/amq/queue/none"}); !errors.Is(err, driver.ErrNoSuchAddress) {
		t.Errorf("send: %v", err)
	}
	if _, err = conn.OpenSender(t.Context(), driver.SenderOptions{Address: "/nonsense"}); !errors.Is(err, driver.ErrServer) {
		t.Errorf("an address that is none: %v", err)
	}
	for range 3 { // what was refused must not disturb what comes after
		if _, err = conn.OpenSender(t.Context(), driver.SenderOptions{Address: "fine"}); err != nil {
			t.Error(err)
		}
	}
}
