package pulsar_test

import (
	"os"
	"testing"
	"time"

	"github.com/weft-dev/weft/extra/pulsar"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
)

// TestConformsReal runs the suite against Apache's own.
func TestConformsReal(t *testing.T) {
	host := os.Getenv("WEFT_PULSAR")
	if host == "" {
		t.Skip("no Apache Pulsar: set WEFT_PULSAR=host:port")
	}
	drivertest.Run(t, drivertest.Harness{Driver: pulsar.Driver{}, Server: driver.Server{Protocol: "pulsar", Hosts: []string{host}}, Patience: 60 * time.Second})
}
