package nats_test

import (
	"testing"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
)

// TestFaults is what every driver says of servers that nobody should have to do
// with.
func TestFaults(t *testing.T) {
	const greeting = `INFO {"server_id": "x", "version": "2.11.0", "proto": 1, "headers": true, "max_payload": 1048576, "tls_required": true}` + "\r\n"
	for _, scheme := range []string{"nats", "jetstream"} {
		t.Run(scheme, drivertest.Faults{Scheme: scheme, Greeting: greeting, More: []drivertest.Fault{
			{Name: "greets and never answers", Serve: greets, Kind: driver.ErrTimeout, Says: "check"},
		}}.Run)
	}
}
