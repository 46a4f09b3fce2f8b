package amqp1_test

import (
	"testing"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
)

// TestFaults is what every driver says of servers that nobody should have to do
// with.
func TestFaults(t *testing.T) {
	drivertest.Faults{Scheme: "amqp1", More: []drivertest.Fault{
		{Name: "falls silent at the login", Serve: drivertest.FallsSilent("AMQP\x03\x01\x00\x00"), Kind: driver.ErrTimeout, Says: "check"},
	}}.Run(t)
}
