package stomp_test

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"testing"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
	"github.com/weft-dev/weft/wire/embedded/stompserver"
)

const wrong = "planted-wrong-secret"

// TestRealLogins enters RabbitMQ, and is not let in.
func TestRealLogins(t *testing.T) {
	r := drivertest.RealServer(t, "WEFT_RABBITMQ_STOMP_LOGIN", "rabbitmq")
	url := "stomps://" + r.Host
	drivertest.Doors(t, append(r.Login(url, "PLAIN"),
		drivertest.Door{Name: "no such vhost", URL: url + "/nowhere", Config: broker.Config{User: r.User, Password: r.Password, TLS: r.TLS(false)}, Kind: driver.ErrAuth},
		drivertest.Door{Name: "no TLS", URL: "stomp://" + r.Host, Config: broker.Config{User: r.User, Password: r.Password, Attempts: 1}, Kind: driver.ErrProtocol, Says: "TLS"},
		drivertest.Door{Name: "SCRAM", URL: url, Config: broker.Config{User: r.User, Password: r.Password, SASL: "SCRAM-SHA-256", TLS: r.TLS(false)}, Kind: driver.ErrInvalid, Unnamed: true},
	), wrong)
}

// TestExpiredCertificate is what RabbitMQ shows who calls it localhost.
func TestExpiredCertificate(t *testing.T) {
	drivertest.Doors(t, drivertest.Expired(t, "WEFT_RABBITMQ_STOMP_EXPIRED", "rabbitmq", "stomps://"))
}

func serve(t *testing.T, opts stompserver.Options) string {
	t.Helper()
	s, err := stompserver.Start(opts)
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

func TestLogins(t *testing.T) {
	t.Setenv("WEFT_TEST_PASSWORD", "correct: horse\\battery")
	t.Setenv("WEFT_TEST_TOKEN", "planted-token")
	t.Setenv("WEFT_TEST_WRONG", wrong)
	url := "stomp://" + serve(t, stompserver.Options{Users: map[string]string{"ada": os.Getenv("WEFT_TEST_PASSWORD"), "": "planted-token"}})
	drivertest.Doors(t, []drivertest.Door{
		{Name: "user and password", URL: url, Config: broker.Config{User: "ada", Password: "env:WEFT_TEST_PASSWORD"}},
		{Name: "PLAIN", URL: url, Config: broker.Config{User: "ada", Password: "env:WEFT_TEST_PASSWORD", SASL: "PLAIN"}},
		{Name: "token", URL: url, Config: broker.Config{Password: "env:WEFT_TEST_TOKEN"}},
		{Name: "wrong password", URL: url, Config: broker.Config{User: "ada", Password: "env:WEFT_TEST_WRONG"}, Kind: driver.ErrAuth, Says: "ada"},
		{Name: "nobody", URL: url, Kind: driver.ErrAuth},
		{Name: "no password", URL: url, Config: broker.Config{User: "ada"}, Kind: driver.ErrInvalid, Unnamed: true},
		{Name: "heartbeat", URL: url + "?heartbeat=never", Config: broker.Config{Password: "env:WEFT_TEST_TOKEN"}, Kind: driver.ErrInvalid, Unnamed: true},
	}, os.Getenv("WEFT_TEST_PASSWORD"), "planted-token", wrong)
}

// TestClientCertificates are of the brokers that are for tests.
func TestClientCertificates(t *testing.T) {
	r := drivertest.RealServer(t, "WEFT_RABBITMQ_STOMP_LOGIN", "rabbitmq")
	dir := os.Getenv("WEFT_BROKERS_TLS")
	pair, err := tls.LoadX509KeyPair(dir+"/server.pem", dir+"/server-key.pem")
	if err != nil {
		t.Fatal(err)
	}
	ca, err := os.ReadFile(dir + "/ca.pem")
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	url := "stomps://" + serve(t, stompserver.Options{
		Users: map[string]string{},
		TLS:   &tls.Config{Certificates: []tls.Certificate{pair}, ClientCAs: pool, ClientAuth: tls.VerifyClientCertIfGiven, MinVersion: tls.VersionTLS12},
	})
	drivertest.Doors(t, []drivertest.Door{
		{Name: "by certificate alone", URL: url, Config: broker.Config{TLS: r.TLS(true)}},
		{Name: "without a certificate", URL: url, Config: broker.Config{TLS: r.TLS(false)}, Kind: driver.ErrAuth},
		{Name: "unknown CA", URL: url, Config: broker.Config{TLS: r.Stranger()}, Kind: driver.ErrAuth, Says: "CA"},
	}, wrong)
}

func TestFaults(t *testing.T) { drivertest.Faults{Scheme: "stomp"}.Run(t) }
