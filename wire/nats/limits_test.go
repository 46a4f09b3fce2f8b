package nats_test

import (
	"testing"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
	"github.com/weft-dev/weft/wire/embedded"
)

// TestLimits is what every driver says of what a server that works does not do.
func TestLimits(t *testing.T) {
	full := map[string]string{"max_msgs": "3", "discard": "new"}
	host := newServer(t, embedded.Options{DataDir: t.TempDir()}).host
	t.Run("jetstream", drivertest.Limits{
		URL:      "jetstream://" + host,
		Missing:  &driver.SenderOptions{Address: "nowhere"},
		Full:     &driver.SenderOptions{Address: "full", Create: &driver.AddressSpec{Params: full}},
		FullSays: "maximum messages exceeded",
		Silent:   &driver.SenderOptions{Address: "silent", Create: &driver.AddressSpec{}},
		Large:    &driver.SenderOptions{Address: "large", Create: &driver.AddressSpec{}}, LargeBytes: 2 << 20,
	}.Run)
	t.Run("nats", drivertest.Limits{
		URL:    "nats://" + host,
		Silent: &driver.SenderOptions{Address: "silent"},
		Large:  &driver.SenderOptions{Address: "large"}, LargeBytes: 2 << 20,
	}.Run)
}
