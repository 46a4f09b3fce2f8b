package nats_test

import (
	"os"
	"testing"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
)

// TestRealLogins enters nats-server in all the ways it has, and is not let in.
func TestRealLogins(t *testing.T) {
	r := drivertest.RealServer(t, "WEFT_NATS_LOGIN", "nats")
	for _, scheme := range []string{"nats", "jetstream"} {
		t.Run(scheme, func(t *testing.T) {
			url := scheme + "://" + r.Host
			drivertest.Doors(t, append(r.Login(url, ""),
				drivertest.Door{Name: "NKey", URL: url + "?nkey=file:" + os.Getenv("WEFT_NATS_SEED"), Config: broker.Config{TLS: r.TLS(false)}},
				drivertest.Door{Name: "no login", URL: url, Config: broker.Config{TLS: r.TLS(false)}, Kind: driver.ErrAuth},
				drivertest.Door{Name: "NKey and user", URL: url + "?nkey=file:" + os.Getenv("WEFT_NATS_SEED"), Config: broker.Config{User: r.User, Password: r.Password, TLS: r.TLS(false)}, Kind: driver.ErrInvalid, Unnamed: true},
				drivertest.Door{Name: "SCRAM", URL: url, Config: broker.Config{User: r.User, Password: r.Password, SASL: "SCRAM-SHA-256", TLS: r.TLS(false)}, Kind: driver.ErrInvalid, Unnamed: true},
			), "planted-wrong-secret")
		})
	}
}

func TestRealCertificates(t *testing.T) {
	r := drivertest.RealServer(t, "WEFT_NATS_CERT", "nats")
	url := "nats://" + r.Host
	drivertest.Doors(t, append(drivertest.Expired(t, "WEFT_NATS_EXPIRED", "nats", "nats://"),
		drivertest.Door{Name: "with ours and a token", URL: url, Config: broker.Config{Password: r.Password, TLS: r.TLS(true)}},
		drivertest.Door{Name: "without ours", URL: url, Config: broker.Config{Password: r.Password, TLS: r.TLS(false), Attempts: 1}, Kind: driver.ErrAuth, Or: driver.ErrProtocol, Says: "certificate"},
		drivertest.Door{Name: "wrong token", URL: url, Config: broker.Config{Password: r.Wrong, TLS: r.TLS(true)}, Kind: driver.ErrAuth},
	), "planted-wrong-secret")
}
