package amqp_test

import (
	"testing"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
)

// TestFaults is what every driver says of servers that nobody should have to do
// with.
func TestFaults(t *testing.T) {
	drivertest.Faults{Scheme: "amqp", More: []drivertest.Fault{
		{Name: "falls silent at the login", Serve: halfway, Kind: driver.ErrTimeout, Says: "check"},
	}}.Run(t)
}
