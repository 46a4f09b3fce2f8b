package pulsar_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weft-dev/weft/extra/pulsar/frame"
	"github.com/weft-dev/weft/extra/pulsar/server"
	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
)

// listen serves connections with a behaviour that no broker should have.
func listen(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var open []net.Conn
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open = append(open, c)
			mu.Unlock()
			serving.Go(func() { serve(c) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		mu.Lock()
		for _, c := range open {
			c.Close()
		}
		mu.Unlock()
		serving.Wait()
	})
	return listener.Addr().String()
}

func silent(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

func webPage(c net.Conn) {
	_, _ = c.Read(make([]byte, 4096))
	_, _ = c.Write([]byte("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"))
	silent(c)
}

// greedy announces a frame that is larger than any.
func greedy(c net.Conn) {
	_, _ = c.Read(make([]byte, 4096))
	_, _ = c.Write([]byte("\x7f\xff\xff\xff\x00\x00\x00\x01x"))
	silent(c)
}

// mute lets everybody in, and says no more.
func mute(c net.Conn) {
	_, _ = c.Read(make([]byte, 4096))
	_, _ = c.Write(frame.Append(nil, frame.Connected, frame.Body(nil).Text(1, "mute").Uint(2, 19), nil))
	silent(c)
}

func hangup(c net.Conn) { c.Close() }

func refusedPort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

func TestHostileServersEndWithinTheDeadline(t *testing.T) {
	for name, test := range map[string]struct {
		host string
		kind error
	}{
		"accepts and never answers": {listen(t, silent), driver.ErrTimeout},
		"sends a web page":          {listen(t, webPage), driver.ErrProtocol},
		"announces too much":        {listen(t, greedy), driver.ErrProtocol},
		"hangs up":                  {listen(t, hangup), driver.ErrProtocol},
		"refuses":                   {refusedPort(t), driver.ErrUnreachable},
		"has no such name":          {"no-such-host.invalid:6650", driver.ErrUnreachable},
	} {
		t.Run(name, func(t *testing.T) {
			const deadline = 2 * time.Second
			begun := time.Now()
			_, err := broker.Open(context.Background(), "pulsar://"+test.host, broker.Config{ConnectTimeout: deadline, Attempts: 2})
			if took := time.Since(begun); took > deadline+time.Second {
				t.Errorf("it took %v, the deadline is %v", took, deadline)
			}
			if !errors.Is(err, test.kind) {
				t.Fatalf("open: %v, want %v", err, test.kind)
			}
			for _, want := range []string{test.host, "check"} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
		})
	}
}

// TestABrokerThatSaysNoMoreEndsWithinTheDeadline is about the client library,
// which would wait on.
func TestABrokerThatSaysNoMoreEndsWithinTheDeadline(t *testing.T) {
	conn := connect(t, driver.Server{Protocol: "pulsar", Hosts: []string{listen(t, mute)}})
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	begun := time.Now()
	_, err := conn.OpenSender(ctx, driver.SenderOptions{Address: "orders"})
	if took := time.Since(begun); took > 3*time.Second {
		t.Errorf("it took %v", took)
	}
	if !errors.Is(err, driver.ErrTimeout) {
		t.Errorf("open a sender: %v, want %v", err, driver.ErrTimeout)
	}
}

func TestServersThatCannotBe(t *testing.T) {
	for url, want := range map[string]string{
		"pulsar://127.0.0.1:1/a/b/c":        "more than a tenant and a namespace",
		"pulsar://127.0.0.1:1/a?tenant=b":   "in the path already",
		"pulsar://127.0.0.1:1?tenent=b":     "tenent",
		"pulsar://127.0.0.1:1?tenant=a%2Fb": "is no tenant",
		"pulsar://anna@127.0.0.1:1":         "user without a password",
	} {
		_, err := broker.Open(context.Background(), url, broker.Config{ConnectTimeout: time.Second})
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
	ctx, cancel := context.WithTimeout(context.Background(), 8*time.Second)
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
			err := tryOpen("pulsar://"+s.server.Addr(), broker.Config{User: test.user, Password: test.password, ConnectTimeout: 3 * time.Second})
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
	certificate, ca, key, pool := selfSigned(t)
	s := start(t, server.Options{TLS: &tls.Config{Certificates: []tls.Certificate{certificate}}})
	both := start(t, server.Options{TLS: &tls.Config{Certificates: []tls.Certificate{certificate}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool}})
	for name, test := range map[string]struct {
		url  string
		tls  *broker.TLS
		kind error
	}{
		"trusted":            {"pulsar+ssl://" + s.server.Addr(), &broker.TLS{CA: ca}, nil},
		"unknown CA":         {"pulsar+ssl://" + s.server.Addr(), nil, driver.ErrAuth},
		"wrong name":         {"pulsar+ssl://" + s.server.Addr(), &broker.TLS{CA: ca, ServerName: "elsewhere"}, driver.ErrAuth},
		"plain text":         {"pulsar://" + s.server.Addr(), nil, driver.ErrProtocol},
		"with certificate":   {"pulsar+ssl://" + both.server.Addr(), &broker.TLS{CA: ca, Cert: ca, Key: key}, nil},
		"without certifcate": {"pulsar+ssl://" + both.server.Addr(), &broker.TLS{CA: ca}, driver.ErrAuth},
	} {
		t.Run(name, func(t *testing.T) {
			err := tryOpen(test.url, broker.Config{TLS: test.tls, ConnectTimeout: 3 * time.Second, Attempts: 1})
			if !errors.Is(err, test.kind) {
				t.Fatalf("open: %v, want %v", err, test.kind)
			}
		})
	}
}

// selfSigned makes a certificate for loopback, and references to it, as its own
// CA, and to its key.
func selfSigned(t *testing.T) (certificate tls.Certificate, ca, private broker.Ref, pool *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name, kind string, data []byte) broker.Ref {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: data}), 0o600); err != nil {
			t.Fatal(err)
		}
		return broker.Ref("file:" + path)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool = x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, write("ca.pem", "CERTIFICATE", der), write("key.pem", "PRIVATE KEY", plain), pool
}
