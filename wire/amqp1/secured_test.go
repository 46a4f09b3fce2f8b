package amqp1_test

import (
	"testing"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
)

// TestRealLogins enters RabbitMQ, and is not let in.
func TestRealLogins(t *testing.T) {
	r := drivertest.RealServer(t, "WEFT_RABBITMQ_LOGIN", "rabbitmq")
	url := "amqp1s://" + r.Host
	drivertest.Doors(t, append(r.Login(url, ""),
		drivertest.Door{Name: "by certificate", URL: url, Config: broker.Config{TLS: r.TLS(true), SASL: "EXTERNAL"}},
		drivertest.Door{Name: "no such vhost", URL: url + "/nowhere", Config: broker.Config{User: r.User, Password: r.Password, TLS: r.TLS(false)}, Kind: driver.ErrAuth},
		drivertest.Door{Name: "SCRAM", URL: url, Config: broker.Config{User: r.User, Password: r.Password, SASL: "SCRAM-SHA-256", TLS: r.TLS(false)}, Kind: driver.ErrInvalid, Unnamed: true},
	), "planted-wrong-secret")
}

// TestExpiredCertificate is what RabbitMQ shows who calls it localhost.
func TestExpiredCertificate(t *testing.T) {
	drivertest.Doors(t, drivertest.Expired(t, "WEFT_RABBITMQ_EXPIRED", "rabbitmq", "amqp1s://"))
}
