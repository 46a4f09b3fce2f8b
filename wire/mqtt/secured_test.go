package mqtt_test

import (
	"slices"
	"testing"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
)

// TestRealLogins enters Mosquitto in both versions, and is not let in.
func TestRealLogins(t *testing.T) {
	r := drivertest.RealServer(t, "WEFT_MOSQUITTO_LOGIN", "mosquitto")
	var doors []drivertest.Door
	for _, version := range []string{"mqtt", "mqtt3"} {
		url := version + "://" + r.Host
		for _, d := range append(r.Login(url, ""),
			drivertest.Door{Name: "no login", URL: url, Config: broker.Config{TLS: r.TLS(false)}, Kind: driver.ErrAuth},
			drivertest.Door{Name: "no TLS", URL: url, Config: broker.Config{User: r.User, Password: r.Password, Attempts: 1}, Kind: driver.ErrProtocol, Says: "TLS"},
			drivertest.Door{Name: "SCRAM", URL: url, Config: broker.Config{User: r.User, Password: r.Password, SASL: "SCRAM-SHA-256", TLS: r.TLS(false)}, Kind: driver.ErrInvalid, Unnamed: true},
		) {
			d.Name = version + " " + d.Name
			doors = append(doors, d)
		}
	}
	drivertest.Doors(t, doors, "planted-wrong-secret")
}

func TestRealCertificates(t *testing.T) {
	r := drivertest.RealServer(t, "WEFT_MOSQUITTO_CERT", "mosquitto")
	url := "mqtt://" + r.Host
	doors := []drivertest.Door{
		{Name: "with ours", URL: url, Config: broker.Config{TLS: r.TLS(true)}},
		{Name: "without ours", URL: url, Config: broker.Config{TLS: r.TLS(false), Attempts: 1}, Kind: driver.ErrAuth, Or: driver.ErrProtocol, Says: "certificate"},
	}
	drivertest.Doors(t, slices.Concat(doors, drivertest.Expired(t, "WEFT_MOSQUITTO_EXPIRED", "mosquitto", "mqtt://")))
}
