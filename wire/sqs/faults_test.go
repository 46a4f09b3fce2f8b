package sqs_test

import (
	"testing"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
)

// TestFaults is what every driver says of servers that nobody should have to do
// with.
func TestFaults(t *testing.T) {
	for _, scheme := range []string{"sqs", "sns"} {
		t.Run(scheme, drivertest.Faults{Scheme: scheme, Query: "?region=eu-west-1", Config: broker.Config{User: "AKID", Password: "env:PATH"}, More: []drivertest.Fault{
			{Name: "sends a web page", Serve: webPage, Kind: driver.ErrProtocol, Says: "check"},
			{Name: "never ends its answer", Serve: endless, Kind: driver.ErrProtocol, Says: "check"},
		}}.Run)
	}
}
