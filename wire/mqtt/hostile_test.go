package mqtt_test

import (
	"context"
	"crypto/tls"
	"errors"
	"math"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
	mqttserver "github.com/weft-dev/weft/wire/mqtt/server"
)

func TestABusyServerIsAskedAgain(t *testing.T) {
	t.Parallel()
	host := drivertest.Listen(t, drivertest.Answers("\x20\x03\x00\x89\x00"))
	_, err := broker.Open(t.Context(), "mqtt://"+host, broker.Config{ConnectTimeout: 30 * time.Second, Attempts: 2})
	if !errors.Is(err, driver.ErrServer) || !driver.Retryable(err) || !strings.Contains(err.Error(), host) {
		t.Errorf("open: %v, want %v, that it may pass, and where", err, driver.ErrServer)
	}
}

// serve starts a server with what a test wants of it.
func serve(t *testing.T, opts mqttserver.Options) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return serveOn(t, listener, opts)
}

func serveOn(t *testing.T, listener net.Listener, opts mqttserver.Options) string {
	t.Helper()
	server, err := mqttserver.Serve(listener, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return listener.Addr().String()
}

// TestServerThatFallsSilent answers like a good server, and then no more.
func TestServerThatFallsSilent(t *testing.T) {
	t.Parallel()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener := &silenceable{Listener: inner}
	host := serveOn(t, listener, mqttserver.Options{})
	b, err := broker.Open(t.Context(), "mqtt://"+host, broker.Config{Timeout: drivertest.Haste})
	if err != nil {
		t.Fatal(err)
	}
	var sender *broker.Sender
	drivertest.Insist(t, func() (err error) {
		sender, err = b.Sender(t.Context(), driver.SenderOptions{Address: "orders"})
		return err
	})
	listener.quiet.Store(math.MaxInt64)
	drivertest.EndByDeadline(t, drivertest.Haste, map[string]func() error{
		"send": func() error { return sender.Send(context.Background(), &driver.Message{Body: []byte("a")}) },
		"ping": func() error { return b.Ping(context.Background()) },
		"receiver": func() error {
			_, err := b.Receiver(context.Background(), driver.ReceiverOptions{Address: "orders"})
			return err
		},
	})
	if err := b.Close(context.Background()); err != nil {
		t.Error(err)
	}
}

// TestHalfOpenConnectionIsNoticed: the keep-alive finds out that nobody is
// there any more, and the receiver goes on when somebody is.
func TestHalfOpenConnectionIsNoticed(t *testing.T) {
	t.Parallel()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener := &silenceable{Listener: inner}
	host := serveOn(t, listener, mqttserver.Options{})
	b, err := broker.Open(t.Context(), "mqtt://"+host+"?keep.alive=1", broker.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close(context.Background())
	receiver, err := b.Receiver(t.Context(), driver.ReceiverOptions{Address: "orders"})
	if err != nil {
		t.Fatal(err)
	}
	listener.quiet.Store(listener.count.Load()) // what is written to these is lost
	ctx, cancel := context.WithTimeout(t.Context(), drivertest.Patience)
	defer cancel()
	sender, err := open(t, "mqtt://"+host).Sender(ctx, driver.SenderOptions{Address: "orders"})
	if err != nil {
		t.Fatal(err)
	}
	for came := false; !came; { // what is sent before the receiver is back is lost
		if err := sender.Send(ctx, &driver.Message{Body: []byte("a")}); err != nil {
			t.Fatal(err)
		}
		brief, done := context.WithTimeout(ctx, 200*time.Millisecond)
		_, err := receiver.Receive(brief, 1)
		done()
		if came = err == nil; !came && (ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded)) {
			t.Fatal(err)
		}
	}
}

// silenceable is a listener whose connections can be made to say nothing more:
// the first so many, in the order in which they came.
type silenceable struct {
	net.Listener
	count, quiet atomic.Int64
}

func (l *silenceable) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return &silenceableConn{c, l, l.count.Add(1)}, err
}

type silenceableConn struct {
	net.Conn
	listener *silenceable
	number   int64
}

func (c *silenceableConn) Write(b []byte) (int, error) {
	if c.number <= c.listener.quiet.Load() {
		return len(b), nil
	}
	return c.Conn.Write(b)
}

const password = "correct-horse-battery"

func authenticate(user, given string) bool { return user == "ada" && given == password }

func TestLogin(t *testing.T) {
	t.Setenv("WEFT_TEST_PASSWORD", password)
	t.Setenv("WEFT_TEST_WRONG", "wrong-secret-value")
	t.Setenv("WEFT_TEST_USER", "ada")
	host := serve(t, mqttserver.Options{Authenticate: authenticate})
	for name, test := range map[string]struct {
		cfg  broker.Config
		kind error
	}{
		"right":             {broker.Config{User: "ada", Password: "env:WEFT_TEST_PASSWORD"}, nil},
		"user by reference": {broker.Config{User: "env:WEFT_TEST_USER", Password: "env:WEFT_TEST_PASSWORD"}, nil},
		"by its name":       {broker.Config{User: "ada", Password: "env:WEFT_TEST_PASSWORD", SASL: "PLAIN"}, nil},
		"wrong":             {broker.Config{User: "ada", Password: "env:WEFT_TEST_WRONG"}, driver.ErrAuth},
		"none":              {broker.Config{}, driver.ErrAuth},
		"of another kind":   {broker.Config{User: "ada", Password: "env:WEFT_TEST_PASSWORD", SASL: "SCRAM-SHA-256"}, driver.ErrInvalid},
	} {
		for _, scheme := range []string{"mqtt", "mqtt3"} {
			t.Run(name+" "+scheme, func(t *testing.T) {
				b, err := broker.Open(t.Context(), scheme+"://"+host, test.cfg)
				if !errors.Is(err, test.kind) {
					t.Fatalf("open: %v, want %v", err, test.kind)
				}
				if err == nil {
					drivertest.RoundTrip(t, b, nil)
					return
				}
				if strings.Contains(err.Error(), password) || strings.Contains(err.Error(), "wrong-secret") {
					t.Errorf("the error shows a secret: %v", err)
				}
				if test.kind == driver.ErrAuth && !strings.Contains(err.Error(), "check user and password") { //nolint:errorlint // a row of the table
					t.Errorf("%q does not say what to check", err)
				}
			})
		}
	}
}

// TestLoginReal is the same with a server that others wrote.
func TestLoginReal(t *testing.T) {
	host := os.Getenv("WEFT_MOSQUITTO_SECURE")
	if host == "" {
		t.Skip("no real MQTT server with a password: WEFT_MOSQUITTO_SECURE and WEFT_MOSQUITTO_PASSWORD are not set")
	}
	t.Setenv("WEFT_TEST_WRONG", "wrong-secret-value")
	for _, scheme := range []string{"mqtt", "mqtt3"} {
		b, err := broker.Open(t.Context(), scheme+"://weft@"+host, broker.Config{Password: "env:WEFT_MOSQUITTO_PASSWORD"})
		if err != nil {
			t.Fatal(err)
		}
		drivertest.RoundTrip(t, b, nil)
		if _, err := broker.Open(t.Context(), scheme+"://weft@"+host, broker.Config{Password: "env:WEFT_TEST_WRONG"}); !errors.Is(err, driver.ErrAuth) {
			t.Errorf("%s with a wrong password: %v, want %v", scheme, err, driver.ErrAuth)
		}
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	certificate := drivertest.NewCertificate(t, "server", time.Now().Add(time.Hour))
	expired := drivertest.NewCertificate(t, "expired", time.Now().Add(-time.Minute))
	open := serve(t, mqttserver.Options{TLS: &tls.Config{Certificates: []tls.Certificate{certificate.Pair}}})
	mutual := serve(t, mqttserver.Options{TLS: &tls.Config{
		Certificates: []tls.Certificate{certificate.Pair}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: certificate.Pool,
	}})
	late := serve(t, mqttserver.Options{TLS: &tls.Config{Certificates: []tls.Certificate{expired.Pair}}})
	for name, test := range map[string]struct {
		url  string
		tls  *broker.TLS
		kind error
	}{
		"trusted":                      {"mqtt://" + open, &broker.TLS{CA: certificate.Cert}, nil},
		"by protocol name":             {"secure-mqtt://" + open, &broker.TLS{CA: certificate.Cert}, nil},
		"3.1.1":                        {"mqtt3s://" + open, &broker.TLS{CA: certificate.Cert}, nil},
		"with a certificate of ours":   {"mqtts://" + mutual, &broker.TLS{CA: certificate.Cert, Cert: certificate.Cert, Key: certificate.Key}, nil},
		"without one":                  {"mqtts://" + mutual, &broker.TLS{CA: certificate.Cert}, driver.ErrAuth},
		"unknown CA":                   {"mqtts://" + open, nil, driver.ErrAuth},
		"wrong name":                   {"mqtt://" + open, &broker.TLS{CA: certificate.Cert, ServerName: "elsewhere"}, driver.ErrAuth},
		"expired certificate":          {"mqtt://" + late, &broker.TLS{CA: certificate.Cert}, driver.ErrAuth},
		"plain text where TLS is":      {"mqtt://" + open, nil, driver.ErrProtocol},
		"TLS where only plain text is": {"mqtts://" + serve(t, mqttserver.Options{}), &broker.TLS{CA: certificate.Cert}, driver.ErrProtocol},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := broker.Config{TLS: test.tls, ConnectTimeout: drivertest.Patience, Attempts: 1}
			b, err := broker.Open(t.Context(), test.url, cfg)
			if !errors.Is(err, test.kind) {
				t.Fatalf("open: %v, want %v", err, test.kind)
			}
			if err == nil {
				drivertest.RoundTrip(t, b, nil)
			}
		})
	}
}

// TestOversized is about a server's own limit, which it tells when it lets us in.
func TestOversized(t *testing.T) {
	b, err := broker.Open(t.Context(), "mqtt://"+serve(t, mqttserver.Options{MaxPacket: 10_000}), broker.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close(context.Background())
	sender, err := b.Sender(t.Context(), driver.SenderOptions{Address: "orders"})
	if err != nil {
		t.Fatal(err)
	}
	err = sender.Send(t.Context(), &driver.Message{Body: make([]byte, 10_000)})
	if !errors.Is(err, driver.ErrTooLarge) || !strings.Contains(err.Error(), "orders") {
		t.Errorf("send: %v, want %v that names the topic", err, driver.ErrTooLarge)
	}
	if err := sender.Send(t.Context(), &driver.Message{Body: make([]byte, 9_000)}); err != nil {
		t.Errorf("a message within the limit: %v", err)
	}
}

// TestFullQueue is about a session that has as much as the server keeps.
func TestFullQueue(t *testing.T) {
	b, err := broker.Open(t.Context(), "mqtt://"+serve(t, mqttserver.Options{MaxQueue: 3}), broker.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close(context.Background())
	receiver, err := b.Receiver(t.Context(), driver.ReceiverOptions{Address: "orders", Group: "slow"})
	if err != nil {
		t.Fatal(err)
	}
	if err := receiver.Close(); err != nil {
		t.Fatal(err)
	}
	sender, err := b.Sender(t.Context(), driver.SenderOptions{Address: "orders"})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := sender.Send(t.Context(), &driver.Message{Body: []byte("a")}); err != nil {
			t.Fatal(err)
		}
	}
	err = sender.Send(t.Context(), &driver.Message{Body: []byte("a")})
	if !errors.Is(err, driver.ErrServer) || !strings.Contains(err.Error(), "quota exceeded") {
		t.Errorf("send: %v, want %v that speaks of the quota", err, driver.ErrServer)
	}
}

// TestOldServer: there is no falling back, and the error says how to go on.
func TestOldServer(t *testing.T) {
	host := serve(t, mqttserver.Options{Only3: true})
	_, err := broker.Open(t.Context(), "mqtt://"+host, broker.Config{})
	if !errors.Is(err, driver.ErrUnsupported) || !strings.Contains(err.Error(), "mqtt3://") {
		t.Errorf("open: %v, want %v that names mqtt3://", err, driver.ErrUnsupported)
	}
	b, err := broker.Open(t.Context(), "mqtt3://"+host, broker.Config{})
	if err != nil {
		t.Fatal(err)
	}
	drivertest.RoundTrip(t, b, nil)
}

// TestWrongOptions: each is told before anything is sent.
func TestWrongOptions(t *testing.T) {
	host := serve(t, mqttserver.Options{})
	for _, query := range []string{"keep.alive=x", "keep.alive=70000", "client.id=%00", "will.topic=a/%2B", "will.qos=1", "nonsense=1", "session.expiry=-1", "client.id=a&client.id=b"} {
		if _, err := broker.Open(t.Context(), "mqtt://"+host+"?"+query, broker.Config{}); !errors.Is(err, driver.ErrInvalid) {
			t.Errorf("%s: %v, want %v", query, err, driver.ErrInvalid)
		}
	}
	b, err := broker.Open(t.Context(), "mqtt://"+host, broker.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close(context.Background())
	for _, address := range []string{"a/+/b", "a/#", "a\x00b"} {
		if _, err := b.Sender(t.Context(), driver.SenderOptions{Address: address}); !errors.Is(err, driver.ErrInvalid) {
			t.Errorf("send to %q: %v, want %v", address, err, driver.ErrInvalid)
		}
	}
	for _, opts := range []driver.ReceiverOptions{
		{Address: "a/#/b"},
		{Address: "a+"},
		{Address: "$share/g/a"},
		{Address: "a", Group: "a/b"},
		{Address: "a", Params: map[string]string{"qos": "3"}},
		{Address: "a", Group: "g", Params: map[string]string{"qos": "0"}},
	} {
		if _, err := b.Receiver(t.Context(), opts); !errors.Is(err, driver.ErrInvalid) {
			t.Errorf("receive with %+v: %v, want %v", opts, err, driver.ErrInvalid)
		}
	}
}
