package inmem_test

import (
	"testing"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
	"github.com/weft-dev/weft/wire/inmem"
)

func TestTopics(t *testing.T) { conforms(t, inmem.Driver{}) }

func TestQueues(t *testing.T) { conforms(t, inmem.Driver{Queue: true}) }

func conforms(t *testing.T, d inmem.Driver) {
	drivertest.Run(t, drivertest.Harness{
		Driver: d,
		Server: driver.Server{Protocol: d.Protocols()[0], Hosts: []string{"conformance"}},
	})
}
