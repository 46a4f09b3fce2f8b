package redis_test

import (
	"testing"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
)

// TestLimits is what every driver says of what a server that works does not do.
func TestLimits(t *testing.T) {
	m, _ := newServer(t)
	here := &driver.AddressSpec{}
	drivertest.Limits{
		URL:     "redis-streams://" + m.Addr(),
		Missing: &driver.SenderOptions{Address: "nowhere"},
		Full:    &driver.SenderOptions{Address: "full", Create: here},
		Fill: func(t *testing.T) {
			m.SetError("OOM command not allowed when used memory > 'maxmemory'.")
			t.Cleanup(func() { m.SetError("") })
		},
		FullSays: "maxmemory",
		Silent:   &driver.SenderOptions{Address: "silent", Create: here},
		Large:    &driver.SenderOptions{Address: "large", Create: here, MaxMessageBytes: 1000}, LargeBytes: 2000,
	}.Run(t)
	drivertest.Limits{
		URL:    "redis://" + m.Addr(),
		Silent: &driver.SenderOptions{Address: "silent"},
		Large:  &driver.SenderOptions{Address: "large", MaxMessageBytes: 1000}, LargeBytes: 2000,
	}.Run(t)
}
