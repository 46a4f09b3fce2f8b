package kafka_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
)

// TestRealLogins enters Apache Kafka, and is not let in.
func TestRealLogins(t *testing.T) {
	r := drivertest.RealServer(t, "WEFT_KAFKA_LOGIN", "kafka")
	url := "kafka://" + r.Host
	doors := []drivertest.Door{
		{Name: "no login", URL: url, Config: broker.Config{TLS: r.TLS(false), Attempts: 1}, Kind: driver.ErrProtocol, Says: "login"},
		{Name: "no TLS", URL: url, Config: broker.Config{User: r.User, Password: r.Password, SASL: "PLAIN", Attempts: 1}, Kind: driver.ErrProtocol, Says: "TLS"},
		{Name: "unknown mechanism", URL: url, Config: broker.Config{User: r.User, Password: r.Password, SASL: "GSSAPI", TLS: r.TLS(false)}, Kind: driver.ErrInvalid, Says: "OAUTHBEARER", Unnamed: true},
	}
	for _, mechanism := range mechanisms {
		for _, d := range r.Login(url, mechanism) {
			d.Name = mechanism + " " + d.Name
			doors = append(doors, d)
		}
	}
	t.Setenv("WEFT_TEST_TOKEN", unsigned(time.Now().Add(time.Minute)))
	t.Setenv("WEFT_TEST_OLD_TOKEN", unsigned(time.Now().Add(-time.Minute)))
	token := broker.Config{Password: "env:WEFT_TEST_TOKEN", SASL: "OAUTHBEARER", TLS: r.TLS(false)}
	old, both := token, token
	old.Password, both.User = "env:WEFT_TEST_OLD_TOKEN", "ada"
	doors = append(doors,
		drivertest.Door{Name: "token", URL: url, Config: token},
		drivertest.Door{Name: "token that has expired", URL: url, Config: old, Kind: driver.ErrAuth, Says: "token"},
		drivertest.Door{Name: "token with a user", URL: url, Config: both, Kind: driver.ErrInvalid, Unnamed: true},
	)
	drivertest.Doors(t, doors, "secret\"", "planted-wrong-secret", unsigned(time.Time{})[:40])
}

// unsigned is a token that nobody signed, which Kafka takes where it is told so.
func unsigned(until time.Time) string {
	part := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	return part(`{"alg":"none"}`) + "." + part(fmt.Sprintf(`{"sub":"weft","iat":%d,"exp":%d}`, until.Unix()-300, until.Unix())) + "."
}

func TestRealCertificates(t *testing.T) {
	r := drivertest.RealServer(t, "WEFT_KAFKA_CERT", "kafka")
	url := "kafka://" + r.Host
	doors := []drivertest.Door{
		{Name: "with ours", URL: url, Config: broker.Config{TLS: r.TLS(true)}},
		{Name: "without ours", URL: url, Config: broker.Config{TLS: r.TLS(false), Attempts: 1}, Kind: driver.ErrAuth, Or: driver.ErrProtocol, Says: "certificate"},
	}
	drivertest.Doors(t, slices.Concat(doors, drivertest.Expired(t, "WEFT_KAFKA_EXPIRED", "kafka", "kafka://")))
}
