package amqp1_test

import (
	"testing"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
	"github.com/weft-dev/weft/wire/embedded/amqp1server"
)

// TestLimits is what every driver says of what a server that works does not do.
func TestLimits(t *testing.T) {
	drivertest.Limits{
		URL:     "amqp1://" + serve(t, amqp1server.Options{MaxMemory: 1 << 20}),
		Missing: &driver.SenderOptions{Address: "/queues/none"}, MissingSource: &driver.ReceiverOptions{Address: "/queues/none"},
		Full: &driver.SenderOptions{Address: "orders"}, FullBytes: 200 << 10,
		FullSays: "full",
	}.Run(t)
	drivertest.Limits{
		URL:    "amqp1://" + serve(t, amqp1server.Options{}),
		Silent: &driver.SenderOptions{Address: "orders"},
		Large:  &driver.SenderOptions{Address: "orders", MaxMessageBytes: 1000}, LargeBytes: 2000,
	}.Run(t)
}
