package pulsar_test

import (
	"context"
	"crypto/tls"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/extra/pulsar"
	"github.com/weft-dev/weft/extra/pulsar/frame"
	"github.com/weft-dev/weft/extra/pulsar/server"
	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
)

// tooMuch announces a frame that is larger than any.
const tooMuch = "\x7f\xff\xff\xff\x00\x00\x00\x01x"

func TestFaultsOfServersAreTold(t *testing.T) {
	pulsar.Hasty(t)
	web := drivertest.Answers("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
	drivertest.Faults{Scheme: "pulsar", More: []drivertest.Fault{
		{Name: "sends a web page", Serve: web, Kind: driver.ErrProtocol, Says: "check"},
		{Name: "announces too much", Serve: drivertest.Answers(tooMuch), Kind: driver.ErrProtocol, Says: "check"},
	}}.Run(t)
}

// TestABrokerThatSaysNoMoreEndsWithinTheDeadline is about the client library,
// which would wait on.
func TestABrokerThatSaysNoMoreEndsWithinTheDeadline(t *testing.T) {
	welcome := frame.Append(nil, frame.Connected, frame.Body(nil).Text(1, "mute").Uint(2, 19), nil)
	conn := connect(t, driver.Server{Protocol: "pulsar", Hosts: []string{drivertest.Listen(t, drivertest.Answers(string(welcome)))}})
	ctx, cancel := context.WithTimeout(context.Background(), drivertest.Haste)
	defer cancel()
	drivertest.EndByDeadline(t, drivertest.Haste, map[string]func() error{"open a sender": func() error {
		_, err := conn.OpenSender(ctx, driver.SenderOptions{Address: "orders"})
		return err
	}})
}

func TestServersThatCannotBe(t *testing.T) {
	for url, want := range map[string]string{
		"pulsar://127.0.0.1:1/a/b/c":        "more than a tenant and a namespace",
		"pulsar://127.0.0.1:1/a?tenant=b":   "in the path already",
		"pulsar://127.0.0.1:1?tenent=b":     "tenent",
		"pulsar://127.0.0.1:1?tenant=a%2Fb": "is no tenant",
		"pulsar://anna@127.0.0.1:1":         "user without a password",
	} {
		_, err := broker.Open(context.Background(), url, broker.Config{ConnectTimeout: drivertest.Patience})
		if !errors.Is(err, driver.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want one that is invalid and says %q", url, err, want)
		}
	}
}

const (
	token  = "eyJhbGciOiJIUzI1NiJ9.a-token-of-somebody.signature" //nolint:gosec // of nobody
	secret = "s3cret-of-anna"
)

// tryOpen opens a server and sends one message.
func tryOpen(url string, cfg broker.Config) error {
	ctx, cancel := context.WithTimeout(context.Background(), drivertest.Patience)
	defer cancel()
	b, err := broker.Open(ctx, url, cfg)
	if err != nil {
		return err
	}
	defer b.Close(ctx)
	sender, err := b.Sender(ctx, driver.SenderOptions{Address: "orders"})
	if err != nil {
		return err
	}
	return sender.Send(ctx, &driver.Message{Body: []byte("x")})
}

func TestLogin(t *testing.T) {
	s := start(t, server.Options{Authorize: func(method string, data []byte) error {
		if method == "token" && string(data) == token || method == "basic" && string(data) == "anna:"+secret {
			return nil
		}
		return errors.New("who is that")
	}})
	t.Setenv("WEFT_TEST_TOKEN", token)
	t.Setenv("WEFT_TEST_SECRET", secret)
	t.Setenv("WEFT_TEST_WRONG", "a-wrong-secret")
	for name, test := range map[string]struct {
		user     string
		password broker.Ref
		kind     error
	}{
		"token":                {"", "env:WEFT_TEST_TOKEN", nil},
		"user":                 {"anna", "env:WEFT_TEST_SECRET", nil},
		"wrong token":          {"", "env:WEFT_TEST_WRONG", driver.ErrAuth},
		"wrong password":       {"anna", "env:WEFT_TEST_WRONG", driver.ErrAuth},
		"unknown user":         {"berta", "env:WEFT_TEST_SECRET", driver.ErrAuth},
		"nothing":              {"", "", driver.ErrAuth},
		"the secret as it is ": {"", token, driver.ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			if test.kind != nil {
				pulsar.Hasty(t)
			}
			err := tryOpen("pulsar://"+s.server.Addr(), broker.Config{User: test.user, Password: test.password, ConnectTimeout: drivertest.Patience})
			if !errors.Is(err, test.kind) {
				t.Fatalf("open: %v, want %v", err, test.kind)
			}
			for _, hidden := range []string{"token-of-somebody", secret, "a-wrong-secret"} {
				if err != nil && strings.Contains(err.Error(), hidden) {
					t.Errorf("the error shows a secret: %v", err)
				}
			}
		})
	}
}

func TestTLS(t *testing.T) {
	c := drivertest.NewCertificate(t, "broker", time.Now().Add(time.Hour))
	s := start(t, server.Options{TLS: &tls.Config{Certificates: []tls.Certificate{c.Pair}}})
	both := start(t, server.Options{TLS: &tls.Config{Certificates: []tls.Certificate{c.Pair}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: c.Pool}})
	for name, test := range map[string]struct {
		url  string
		tls  *broker.TLS
		kind error
	}{
		"trusted":            {"pulsar+ssl://" + s.server.Addr(), &broker.TLS{CA: c.Cert}, nil},
		"unknown CA":         {"pulsar+ssl://" + s.server.Addr(), nil, driver.ErrAuth},
		"wrong name":         {"pulsar+ssl://" + s.server.Addr(), &broker.TLS{CA: c.Cert, ServerName: "elsewhere"}, driver.ErrAuth},
		"plain text":         {"pulsar://" + s.server.Addr(), nil, driver.ErrProtocol},
		"with certificate":   {"pulsar+ssl://" + both.server.Addr(), &broker.TLS{CA: c.Cert, Cert: c.Cert, Key: c.Key}, nil},
		"without certifcate": {"pulsar+ssl://" + both.server.Addr(), &broker.TLS{CA: c.Cert}, driver.ErrAuth},
	} {
		t.Run(name, func(t *testing.T) {
			if test.kind != nil {
				pulsar.Hasty(t)
			}
			err := tryOpen(test.url, broker.Config{TLS: test.tls, ConnectTimeout: drivertest.Patience, Attempts: 1})
			if !errors.Is(err, test.kind) {
				t.Fatalf("open: %v, want %v", err, test.kind)
			}
		})
	}
}
