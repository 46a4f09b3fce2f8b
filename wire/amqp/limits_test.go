package amqp_test

import (
	"testing"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
	"github.com/weft-dev/weft/wire/embedded"
)

// TestLimits is what every driver says of what a server that works does not do.
func TestLimits(t *testing.T) {
	full := map[string]string{"x-max-length": "3", "x-overflow": "reject-publish"}
	drivertest.Limits{
		URL:      newBroker(t, embedded.Options{}).server.URL,
		Missing:  &driver.SenderOptions{Address: "nowhere"},
		Full:     &driver.SenderOptions{Address: "full", Create: &driver.AddressSpec{Params: full}},
		FullSays: "full",
		Silent:   &driver.SenderOptions{Address: "silent", Create: &driver.AddressSpec{}},
		Large:    &driver.SenderOptions{Address: "large", Create: &driver.AddressSpec{}, MaxMessageBytes: 1000}, LargeBytes: 2000,
	}.Run(t)
}
