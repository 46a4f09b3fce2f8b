package webhook_test

import (
	"testing"

	"github.com/weft-dev/weft/wire/drivertest"
)

// TestFaults is what every driver says of servers that nobody should have to do
// with.
func TestFaults(t *testing.T) {
	drivertest.Faults{Scheme: "http", Query: "/?token=hush", Secrets: []string{"hush"}}.Run(t)
}
