package sqs_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
	"github.com/weft-dev/weft/wire/sqs/emulator"
)

func TestKilledConsumer(t *testing.T) {
	t.Parallel()
	drivertest.KilledConsumer(t, func(t *testing.T) drivertest.Killed { return killedAt(start(t, emulator.Options{}).server.Host()) })
}

func TestKilledConsumerReal(t *testing.T) {
	host := os.Getenv("WEFT_SQS")
	if host == "" {
		t.Skip(`no other SQS: run eval "$(scripts/brokers up moto)", which sets WEFT_SQS=host:port`)
	}
	drivertest.KilledConsumer(t, func(*testing.T) drivertest.Killed { return killedAt(host) })
}

// killedAt is a queue whose messages are hidden for a second only: nobody else
// tells the service that a consumer is gone.
func killedAt(host string) drivertest.Killed {
	return drivertest.Killed{
		URL: "sqs://" + host + "?region=eu-west-1", User: "AKID", Password: "env:PATH",
		Receiver: driver.ReceiverOptions{
			Address: fmt.Sprintf("killed-%d", os.Getpid()), Prefetch: 50, Create: &driver.AddressSpec{},
			Params: map[string]string{"visibilityTimeout": "1"},
		},
	}
}
