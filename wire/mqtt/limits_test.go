package mqtt_test

import (
	"testing"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
	mqttserver "github.com/weft-dev/weft/wire/mqtt/server"
)

// TestLimits is what every driver says of what a server that works does not do.
func TestLimits(t *testing.T) {
	for _, scheme := range []string{"mqtt", "mqtt3"} {
		t.Run(scheme, drivertest.Limits{
			URL:    scheme + "://" + serve(t, mqttserver.Options{MaxPacket: 10_000}),
			Silent: &driver.SenderOptions{Address: "silent"},
			Large:  &driver.SenderOptions{Address: "large", MaxMessageBytes: 9_000}, LargeBytes: 10_000,
		}.Run)
	}
}
