package stomp_test

import (
	"testing"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
	"github.com/weft-dev/weft/wire/embedded/stompserver"
)

// TestLimits is what every driver says of what a server that works does not do.
func TestLimits(t *testing.T) {
	start := func(opts stompserver.Options) string {
		s, err := stompserver.Start(opts)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return "stomp://" + s.Addr()
	}
	drivertest.Limits{
		URL:  start(stompserver.Options{MaxMemory: 1 << 20}),
		Full: &driver.SenderOptions{Address: "/queue/full"}, FullBytes: 200 << 10,
		FullSays: "full",
	}.Run(t)
	drivertest.Limits{
		URL:    start(stompserver.Options{MaxBody: 1000}),
		Silent: &driver.SenderOptions{Address: "/queue/silent"},
		// Who sends there is not told.
		MissingSource: &driver.ReceiverOptions{Address: "/amq/queue/none"},
		Large:         &driver.SenderOptions{Address: "/queue/large"}, LargeBytes: 2000,
	}.Run(t)
}
