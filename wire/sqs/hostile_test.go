package sqs_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
	"github.com/weft-dev/weft/wire/sqs/emulator"
)

func silent(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

func webPage(c net.Conn) {
	_, _ = c.Read(make([]byte, 4096))
	_, _ = c.Write([]byte("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<html></html>"))
	silent(c)
}

// endless answers with a list that never ends.
func endless(c net.Conn) {
	_, _ = c.Read(make([]byte, 4096))
	_, err := c.Write([]byte("HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\n\r\n{\"QueueUrls\":[\""))
	for chunk := []byte(strings.Repeat("a", 64<<10)); err == nil; {
		_, err = c.Write(chunk)
	}
}

const (
	accessKey = "AKIDEXAMPLE"
	secret    = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" //nolint:gosec // the one of Amazon's own examples
	token     = "a-temporary-token"
)

func TestLogin(t *testing.T) {
	s := start(t, emulator.Options{AccessKey: accessKey, Secret: secret, Token: token})
	t.Setenv("WEFT_TEST_SECRET", secret)
	t.Setenv("WEFT_TEST_WRONG", "a-wrong-secret")
	t.Setenv("WEFT_TEST_TOKEN", token)
	for name, test := range map[string]struct {
		user     string
		password broker.Ref
		params   string
		kind     error
	}{
		"right":               {accessKey, "env:WEFT_TEST_SECRET", "?sessionToken=env:WEFT_TEST_TOKEN", nil},
		"wrong secret":        {accessKey, "env:WEFT_TEST_WRONG", "?sessionToken=env:WEFT_TEST_TOKEN", driver.ErrAuth},
		"unknown key":         {"AKIDOTHER", "env:WEFT_TEST_SECRET", "?sessionToken=env:WEFT_TEST_TOKEN", driver.ErrAuth},
		"no token":            {accessKey, "env:WEFT_TEST_SECRET", "", driver.ErrAuth},
		"missing token":       {accessKey, "env:WEFT_TEST_SECRET", "?sessionToken=env:WEFT_TEST_NOTHING", driver.ErrAuth},
		"token in the URL":    {accessKey, "env:WEFT_TEST_SECRET", "?sessionToken=" + token, driver.ErrInvalid},
		"none":                {"", "", "", driver.ErrAuth},
		"user without secret": {accessKey, "", "", driver.ErrInvalid},
	} {
		for _, protocol := range []string{"sqs", "sns"} {
			t.Run(protocol+" "+name, func(t *testing.T) {
				cfg := broker.Config{User: test.user, Password: test.password, ConnectTimeout: drivertest.Patience}
				b, err := broker.Open(context.Background(), protocol+"://"+s.server.Host()+test.params, cfg)
				if !errors.Is(err, test.kind) {
					t.Fatalf("open: %v, want %v", err, test.kind)
				}
				if err == nil {
					if err := b.Close(context.Background()); err != nil {
						t.Error(err)
					}
					return
				}
				for _, hidden := range []string{secret, token, "a-wrong-secret"} {
					if strings.Contains(err.Error(), hidden) {
						t.Errorf("the error shows a secret: %v", err)
					}
				}
			})
		}
	}
}

func TestServersThatCannotBe(t *testing.T) {
	for url, want := range map[string]string{
		"sqs://queues.example.com":                            "region",
		"sqs://sqs.eu-west-1.amazonaws.com":                   "credentials",
		"sqs://127.0.0.1:1/path":                              "path",
		"sqs://127.0.0.1:1,127.0.0.1:2":                       "one host",
		"sqs://127.0.0.1:1?regoin=x":                          "regoin",
		"sqs://127.0.0.1:1?tls=maybe":                         "on, off",
		"sns://127.0.0.1:1?subscribe=perhaps":                 "allow, never",
		"sqs://127.0.0.1:1?subscribe=allow":                   "subscribe",
		"sqs://queue.example.com?region=eu-west-1&tls=absent": "on, off",
	} {
		_, err := broker.Open(context.Background(), url, broker.Config{ConnectTimeout: drivertest.Patience})
		if !errors.Is(err, driver.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want one that is invalid and says %q", url, err, want)
		}
	}
}

func TestTLS(t *testing.T) {
	certificate := drivertest.NewCertificate(t, "service", time.Now().Add(time.Hour))
	s := start(t, emulator.Options{TLS: &tls.Config{Certificates: []tls.Certificate{certificate.Pair}}})
	for name, test := range map[string]struct {
		params string
		tls    *broker.TLS
		kind   error
	}{
		"trusted":    {"", &broker.TLS{CA: certificate.Cert}, nil},
		"unknown CA": {"?tls=on", nil, driver.ErrAuth},
		"wrong name": {"", &broker.TLS{CA: certificate.Cert, ServerName: "elsewhere"}, driver.ErrAuth},
		"plain text": {"", nil, driver.ErrProtocol},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := broker.Open(context.Background(), "sqs://"+s.server.Host()+test.params, broker.Config{TLS: test.tls, ConnectTimeout: drivertest.Patience, Attempts: 1})
			if !errors.Is(err, test.kind) {
				t.Fatalf("open: %v, want %v", err, test.kind)
			}
			if err == nil {
				if err := b.Close(context.Background()); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// TestClientCertificate is about a server, or a proxy before it, that wants one.
func TestClientCertificate(t *testing.T) {
	certificate := drivertest.NewCertificate(t, "service", time.Now().Add(time.Hour))
	s := start(t, emulator.Options{TLS: &tls.Config{Certificates: []tls.Certificate{certificate.Pair}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: certificate.Pool}})
	for name, config := range map[string]*broker.TLS{"with": {CA: certificate.Cert, Cert: certificate.Cert, Key: certificate.Key}, "without": {CA: certificate.Cert}} {
		b, err := broker.Open(context.Background(), "sqs://"+s.server.Host(), broker.Config{TLS: config, ConnectTimeout: drivertest.Patience, Attempts: 1})
		if (err == nil) != (name == "with") {
			t.Errorf("%s a certificate: %v", name, err)
		}
		if err == nil {
			_ = b.Close(context.Background())
		}
	}
}
