package sqs_test

import (
	"testing"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
	"github.com/weft-dev/weft/wire/sqs/emulator"
)

// TestLimits is what every driver says of what a server that works does not do.
// Queues of SQS are never full.
func TestLimits(t *testing.T) {
	host := start(t, emulator.Options{}).server.Host()
	login := broker.Config{User: "AKID", Password: "env:PATH"}
	for _, scheme := range []string{"sqs", "sns"} {
		t.Run(scheme, drivertest.Limits{
			URL: scheme + "://" + host + "?region=eu-west-1", Config: login,
			Missing: &driver.SenderOptions{Address: "nowhere"},
			Silent:  &driver.SenderOptions{Address: "silent", Create: &driver.AddressSpec{}},
			Large:   &driver.SenderOptions{Address: "large", Create: &driver.AddressSpec{}}, LargeBytes: 2 << 20,
		}.Run)
	}
}
