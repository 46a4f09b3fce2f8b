package redis_test

import (
	"testing"

	"github.com/weft-dev/weft/wire/drivertest"
)

// TestFaults is what every driver says of servers that nobody should have to do
// with.
func TestFaults(t *testing.T) {
	for _, scheme := range []string{"redis", "redis-streams"} {
		t.Run(scheme, drivertest.Faults{Scheme: scheme}.Run)
	}
}
