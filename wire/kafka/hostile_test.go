package kafka_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
)

// TestBrokerThatFallsSilent answers like a good broker, and then no more.
func TestBrokerThatFallsSilent(t *testing.T) {
	var l drivertest.Silenceable
	host := secured(t, kfake.ListenFn(func(network, address string) (net.Listener, error) {
		var err error
		l.Listener, err = net.Listen(network, address)
		return &l, err
	}))
	b, err := broker.Open(context.Background(), "kafka://"+host, broker.Config{Timeout: drivertest.Haste})
	if err != nil {
		t.Fatal(err)
	}
	var sender *broker.Sender
	drivertest.Insist(t, func() (err error) {
		sender, err = b.Sender(context.Background(), driver.SenderOptions{Address: "orders"})
		return err
	})
	l.Silent.Store(true)
	drivertest.EndByDeadline(t, drivertest.Haste, map[string]func() error{
		"send":      func() error { return sender.Send(context.Background(), &driver.Message{Body: []byte("a")}) },
		"ping":      func() error { return b.Ping(context.Background()) },
		"positions": func() error { _, err := b.Positions(context.Background(), "orders"); return err },
		"receiver": func() error {
			_, err := b.Receiver(context.Background(), driver.ReceiverOptions{Address: "orders"})
			return err
		},
	})
	if err := b.Close(context.Background()); err != nil {
		t.Error(err)
	}
}

// secured starts a broker that wants TLS, a login, or both.
func secured(t *testing.T, opts ...kfake.Opt) string {
	t.Helper()
	return securedCluster(t, opts...).ListenAddrs()[0]
}

func securedCluster(t *testing.T, opts ...kfake.Opt) *kfake.Cluster {
	t.Helper()
	cluster, err := kfake.NewCluster(append(opts, kfake.NumBrokers(1), kfake.SeedTopics(1, "orders"))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	return cluster
}

const password = "correct-horse-battery"

var mechanisms = []string{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"}

func TestLogin(t *testing.T) {
	t.Setenv("WEFT_TEST_PASSWORD", password)
	t.Setenv("WEFT_TEST_USER", "ada")
	for _, mechanism := range mechanisms {
		host := secured(t, kfake.EnableSASL(), kfake.Superuser(mechanism, "ada", password))
		for _, user := range []string{"ada", "env:WEFT_TEST_USER"} {
			t.Run(mechanism+" "+user, func(t *testing.T) {
				cfg := broker.Config{User: user, Password: "env:WEFT_TEST_PASSWORD", SASL: mechanism}
				b, err := broker.Open(context.Background(), "kafka://"+host, cfg)
				if err != nil {
					t.Fatal(err)
				}
				drivertest.RoundTrip(t, b, nil)
			})
		}
	}
}

// TestWrongLogin is about two ways to say no: the one of Apache Kafka, which
// answers, and the one of brokers that hang up, as the embedded one does.
func TestWrongLogin(t *testing.T) {
	const wrong = "wrong-secret-value"
	t.Setenv("WEFT_TEST_WRONG", wrong)
	for _, mechanism := range mechanisms {
		for name, kind := range map[string]error{"answers": driver.ErrAuth, "hangs up": driver.ErrProtocol} {
			t.Run(mechanism+" "+name, func(t *testing.T) {
				cluster := securedCluster(t, kfake.EnableSASL(), kfake.Superuser(mechanism, "ada", password))
				if name == "answers" {
					refuseLogins(cluster)
				}
				cfg := broker.Config{User: "ada", Password: "env:WEFT_TEST_WRONG", SASL: mechanism, ConnectTimeout: drivertest.Patience}
				_, err := broker.Open(context.Background(), "kafka://"+cluster.ListenAddrs()[0], cfg)
				if !errors.Is(err, kind) {
					t.Fatalf("open: %v, want %v", err, kind)
				}
				if !strings.Contains(err.Error(), "login") {
					t.Errorf("%q does not speak of the login", err)
				}
				if strings.Contains(err.Error(), password) || strings.Contains(err.Error(), wrong) {
					t.Errorf("the error shows a secret: %v", err)
				}
			})
		}
	}
}

// refuseLogins makes a cluster answer logins as Apache Kafka answers wrong ones.
func refuseLogins(cluster *kfake.Cluster) {
	cluster.ControlKey(kmsg.SASLAuthenticate.Int16(), func(request kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		answer := request.ResponseKind().(*kmsg.SASLAuthenticateResponse)
		answer.ErrorCode = kerr.SaslAuthenticationFailed.Code
		return answer, nil, true
	})
}

func TestMissingLoginSaysSo(t *testing.T) {
	host := secured(t, kfake.EnableSASL(), kfake.Superuser("PLAIN", "ada", password))
	_, err := broker.Open(context.Background(), "kafka://"+host, broker.Config{ConnectTimeout: drivertest.Patience, Attempts: 1})
	if err == nil || !strings.Contains(err.Error(), "login") {
		t.Errorf("open: %v, want an error that speaks of a login", err)
	}
}

func TestTLS(t *testing.T) {
	certificate := drivertest.NewCertificate(t, "broker", time.Now().Add(time.Hour))
	host := secured(t, kfake.TLS(&tls.Config{Certificates: []tls.Certificate{certificate.Pair}}))
	for name, test := range map[string]struct {
		url  string
		tls  *broker.TLS
		kind error
	}{
		"trusted":          {"kafka://", &broker.TLS{CA: certificate.Cert}, nil},
		"by protocol name": {"kafka-secure://", &broker.TLS{CA: certificate.Cert}, nil},
		"unknown CA":       {"kafka-secure://", nil, driver.ErrAuth},
		"wrong name":       {"kafka://", &broker.TLS{CA: certificate.Cert, ServerName: "elsewhere"}, driver.ErrAuth},
		"plain text":       {"kafka://", nil, driver.ErrProtocol},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := broker.Config{TLS: test.tls, ConnectTimeout: drivertest.Patience, Attempts: 1}
			b, err := broker.Open(context.Background(), test.url+host, cfg)
			if !errors.Is(err, test.kind) {
				t.Fatalf("open: %v, want %v", err, test.kind)
			}
			if err == nil {
				drivertest.RoundTrip(t, b, nil)
			}
		})
	}
}
