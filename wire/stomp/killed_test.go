package stomp_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
	"github.com/weft-dev/weft/wire/embedded"
)

func TestKilledConsumer(t *testing.T) {
	drivertest.KilledConsumer(t, func(t *testing.T) drivertest.Killed {
		return killedAt(newBroker(t, embedded.Options{}).host())
	})
}

func TestKilledConsumerReal(t *testing.T) {
	address := os.Getenv("WEFT_RABBITMQ_STOMP")
	if address == "" {
		t.Skip(`no real RabbitMQ: run eval "$(scripts/brokers up rabbitmq)", which sets WEFT_RABBITMQ_STOMP=host:port`)
	}
	drivertest.KilledConsumer(t, func(*testing.T) drivertest.Killed { return killedAt(address) })
}

// killedAt is a queue of a name of its own, which is made when it is used.
func killedAt(host string) drivertest.Killed {
	return drivertest.Killed{URL: "stomp://" + host, Receiver: driver.ReceiverOptions{
		Address: fmt.Sprintf("/queue/killed-%d", os.Getpid()), Prefetch: 50,
	}}
}
