package redis_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
)

// boastful announces an answer of a size that nobody has memory for.
func boastful(c net.Conn) {
	drivertest.FallsSilent("*2147483647\r\n")(c)
}

func TestABoastfulServerCostsNoMemory(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), drivertest.Haste)
	defer cancel()
	if _, err := channels.Connect(ctx, server(channels, drivertest.Listen(t, boastful))); err == nil {
		t.Error("it was taken for a server")
	}
}

func TestConnectEndsWhenItIsCancelled(t *testing.T) {
	host := drivertest.Listen(t, drivertest.FallsSilent(""))
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	drivertest.Within(t, 0, func() {
		if _, err := streams.Connect(ctx, server(streams, host)); !errors.Is(err, context.Canceled) {
			t.Errorf("connect: %v, want %v", err, context.Canceled)
		}
	})
}

// TestServerThatFallsSilent answers like a good server, and then no more, as
// one does whose connection is half open.
func TestServerThatFallsSilent(t *testing.T) {
	m, _ := newServer(t)
	for _, scheme := range []string{"redis", "redis-streams"} {
		relay := drivertest.NewRelay(t, m.Addr())
		b, err := broker.Open(t.Context(), scheme+"://"+relay.Host, broker.Config{Timeout: drivertest.Haste})
		if err != nil {
			t.Fatal(err)
		}
		create := &driver.AddressSpec{}
		var sender *broker.Sender
		drivertest.Insist(t, func() (err error) {
			sender, err = b.Sender(t.Context(), driver.SenderOptions{Address: "orders", Create: create})
			return err
		})
		relay.Silent.Store(true)
		drivertest.EndByDeadline(t, drivertest.Haste, map[string]func() error{
			"send": func() error { return sender.Send(t.Context(), &driver.Message{Body: []byte("a")}) },
			"ping": func() error { return b.Ping(t.Context()) },
			"receiver": func() error {
				_, err := b.Receiver(t.Context(), driver.ReceiverOptions{Address: "orders", Create: create})
				return err
			},
		})
		if err := b.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

const password = "correct-horse-battery"

func TestLogin(t *testing.T) {
	t.Setenv("WEFT_TEST_PASSWORD", password)
	t.Setenv("WEFT_TEST_WRONG", "wrong-secret-value")
	m, _ := newServer(t)
	m.RequireUserAuth("ada", password)
	for name, test := range map[string]struct {
		cfg  broker.Config
		kind error
	}{
		"right":              {broker.Config{User: "ada", Password: "env:WEFT_TEST_PASSWORD"}, nil},
		"named":              {broker.Config{User: "ada", Password: "env:WEFT_TEST_PASSWORD", SASL: "PLAIN"}, nil},
		"wrong password":     {broker.Config{User: "ada", Password: "env:WEFT_TEST_WRONG"}, driver.ErrAuth},
		"unknown user":       {broker.Config{User: "eve", Password: "env:WEFT_TEST_PASSWORD"}, driver.ErrAuth},
		"no login":           {broker.Config{}, driver.ErrAuth},
		"another login":      {broker.Config{User: "ada", Password: "env:WEFT_TEST_PASSWORD", SASL: "SCRAM-SHA-256"}, driver.ErrInvalid},
		"user, no password":  {broker.Config{User: "ada"}, driver.ErrInvalid},
		"password, no user":  {broker.Config{Password: "env:WEFT_TEST_PASSWORD"}, driver.ErrAuth},
		"password not there": {broker.Config{User: "ada", Password: "env:WEFT_TEST_NOT_SET"}, driver.ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := broker.Open(t.Context(), "redis-streams://"+m.Addr(), test.cfg)
			if !errors.Is(err, test.kind) {
				t.Fatalf("open: %v, want %v", err, test.kind)
			}
			if err == nil {
				drivertest.RoundTrip(t, b, &driver.AddressSpec{})
				return
			}
			if text := err.Error(); strings.Contains(text, password) || strings.Contains(text, "wrong-secret") {
				t.Errorf("the error shows a secret: %v", err)
			}
		})
	}
}

// TestThePasswordIsAskedAtEachLogin is about passwords that change.
func TestThePasswordIsAskedAtEachLogin(t *testing.T) {
	m, _ := newServer(t)
	m.RequireAuth(password)
	var asked atomic.Int32
	s := server(channels, m.Addr())
	s.Password = func() (string, error) { asked.Add(1); return password, nil }
	c, err := channels.Connect(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.OpenReceiver(t.Context(), driver.ReceiverOptions{Address: "a"}); err != nil {
		t.Fatal(err)
	}
	if asked.Load() < 2 {
		t.Errorf("the password was asked for %d times, want once for each connection", asked.Load())
	}
}

func TestTLS(t *testing.T) {
	certificate := drivertest.NewCertificate(t, "server", time.Now().Add(time.Hour))
	open := newTLSServer(t, &tls.Config{Certificates: []tls.Certificate{certificate.Pair}})
	strict := newTLSServer(t, &tls.Config{Certificates: []tls.Certificate{certificate.Pair}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: certificate.Pool})
	for name, test := range map[string]struct {
		url  string
		tls  *broker.TLS
		kind error
	}{
		"trusted":                    {"redis://" + open, &broker.TLS{CA: certificate.Cert}, nil},
		"by protocol name":           {"rediss://" + open, &broker.TLS{CA: certificate.Cert}, nil},
		"streams by protocol name":   {"redis-streams-secure://" + open, &broker.TLS{CA: certificate.Cert}, nil},
		"unknown CA":                 {"rediss-streams://" + open, nil, driver.ErrAuth},
		"wrong name":                 {"redis://" + open, &broker.TLS{CA: certificate.Cert, ServerName: "elsewhere"}, driver.ErrAuth},
		"plain text":                 {"redis://" + open, nil, driver.ErrProtocol},
		"with a client certificate":  {"rediss://" + strict, &broker.TLS{CA: certificate.Cert, Cert: certificate.Cert, Key: certificate.Key}, nil},
		"wants a client certificate": {"rediss://" + strict, &broker.TLS{CA: certificate.Cert}, driver.ErrAuth},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := broker.Config{TLS: test.tls, ConnectTimeout: drivertest.Patience, Attempts: 3}
			b, err := broker.Open(t.Context(), test.url, cfg)
			if !errors.Is(err, test.kind) {
				t.Fatalf("open: %v, want %v", err, test.kind)
			}
			if err == nil {
				drivertest.RoundTrip(t, b, &driver.AddressSpec{})
			}
		})
	}
}

func newTLSServer(t *testing.T, config *tls.Config) string {
	t.Helper()
	m := miniredis.NewMiniRedis()
	if err := m.StartTLS(config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	return m.Addr()
}

func TestWrongURLs(t *testing.T) {
	m, _ := newServer(t)
	for url, want := range map[string]string{
		"redis://" + m.Addr() + "/x":           "number of a database",
		"redis://" + m.Addr() + "/-1":          "number of a database",
		"redis-streams://" + m.Addr() + "?a=b": `unknown parameter "a"`,
		"redis://" + m.Addr() + "," + m.Addr(): "clusters",
	} {
		_, err := broker.Open(t.Context(), url, broker.Config{Attempts: 1})
		if !errors.Is(err, driver.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want one that says %q", url, err, want)
		}
	}
}

// TestDatabasesDivideStreams opens one key in two databases.
func TestDatabasesDivideStreams(t *testing.T) {
	m, _ := newServer(t)
	s := server(streams, m.Addr())
	s.Path = "3"
	third, err := streams.Connect(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	defer third.Close()
	if err := third.(driver.Admin).Create(t.Context(), "orders", driver.AddressSpec{}); err != nil {
		t.Fatal(err)
	}
	zero := connect(t, streams, m.Addr())
	if _, err := zero.OpenSender(t.Context(), driver.SenderOptions{Address: "orders"}); !errors.Is(err, driver.ErrNoSuchAddress) {
		t.Errorf("a stream of database 3 in database 0: %v, want %v", err, driver.ErrNoSuchAddress)
	}
}

// TestErrorsOfTheServer are told apart, and say what to do.
func TestErrorsOfTheServer(t *testing.T) {
	m, _ := newServer(t)
	c := connect(t, streams, m.Addr())
	sender, err := c.OpenSender(t.Context(), driver.SenderOptions{Address: "orders", Create: &driver.AddressSpec{}})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]error{
		"OOM command not allowed when used memory > 'maxmemory'.":       driver.ErrServer,
		"NOPERM this user has no permissions to run the 'xadd' command": driver.ErrAuth,
		"LOADING Redis is loading the dataset in memory":                driver.ErrServer,
		"MOVED 1234 127.0.0.1:7001":                                     driver.ErrUnsupported,
		"ERR Protocol error: invalid bulk length":                       driver.ErrTooLarge,
	} {
		m.SetError(text)
		err := sender.Send(t.Context(), []*driver.Message{{Body: []byte("a")}})
		var e *driver.Error
		if !errors.Is(err, want) || !errors.As(err, &e) || e.Hint == "" || e.Address != "orders" {
			t.Errorf("%s: %v, want %v with a hint", text, err, want)
		}
	}
	m.SetError("")
	if err := m.Set("text", "x"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.OpenSender(t.Context(), driver.SenderOptions{Address: "text"}); !errors.Is(err, driver.ErrInvalid) {
		t.Errorf("a key that is no stream: %v, want %v", err, driver.ErrInvalid)
	}
}
