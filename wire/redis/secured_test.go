package redis_test

import (
	"testing"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
)

// TestRealLogins enters Redis as a user of its ACL, and is not let in.
func TestRealLogins(t *testing.T) {
	r := drivertest.RealServer(t, "WEFT_REDIS_LOGIN", "redis")
	for _, scheme := range []string{"redis", "redis-streams"} {
		t.Run(scheme, func(t *testing.T) {
			url := scheme + "://" + r.Host
			drivertest.Doors(t, append(append(r.Login(url, ""), drivertest.Expired(t, "WEFT_REDIS_EXPIRED", "redis", scheme+"://")...),
				drivertest.Door{Name: "with our certificate", URL: url, Config: broker.Config{User: r.User, Password: r.Password, TLS: r.TLS(true)}},
				drivertest.Door{Name: "no login", URL: url, Config: broker.Config{TLS: r.TLS(false)}, Kind: driver.ErrAuth},
				drivertest.Door{Name: "password without a user", URL: url, Config: broker.Config{Password: r.Password, TLS: r.TLS(false)}, Kind: driver.ErrAuth},
				drivertest.Door{Name: "no TLS", URL: url, Config: broker.Config{User: r.User, Password: r.Password, Attempts: 1}, Kind: driver.ErrProtocol, Says: "TLS"},
				drivertest.Door{Name: "SCRAM", URL: url, Config: broker.Config{User: r.User, Password: r.Password, SASL: "SCRAM-SHA-256", TLS: r.TLS(false)}, Kind: driver.ErrInvalid, Unnamed: true},
			), "planted-wrong-secret")
		})
	}
}
