package kafka_test

import (
	"testing"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
	"github.com/weft-dev/weft/wire/embedded"
)

// TestLimits is what every driver says of what a server that works does not do.
func TestLimits(t *testing.T) {
	s, err := embedded.Start(t.Context(), "kafka", embedded.Options{Addresses: []string{"orders"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	drivertest.Limits{
		URL:     s.URL,
		Missing: &driver.SenderOptions{Address: "nowhere"},
		Large:   &driver.SenderOptions{Address: "orders"}, LargeBytes: 2 << 20,
	}.Run(t)
}
