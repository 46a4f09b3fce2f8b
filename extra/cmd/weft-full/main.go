// Command weft-full is weft with more drivers: those whose client libraries
// weigh more than all else together. This package only chooses what the binary
// is made of; the command line itself is ui/cli.
package main

import (
	"os"

	"github.com/weft-dev/weft/extra/googlepubsub"
	"github.com/weft-dev/weft/extra/pulsar"
	"github.com/weft-dev/weft/extra/temporal"
	"github.com/weft-dev/weft/flow/service"
	"github.com/weft-dev/weft/internal/thrift"
	"github.com/weft-dev/weft/ui/cli"
	// The brokers that weft speaks to as well.
	_ "github.com/weft-dev/weft/wire/amqp"
	_ "github.com/weft-dev/weft/wire/amqp1"
	"github.com/weft-dev/weft/wire/embedded"
	_ "github.com/weft-dev/weft/wire/kafka"
	_ "github.com/weft-dev/weft/wire/mqtt"
	_ "github.com/weft-dev/weft/wire/nats"
	_ "github.com/weft-dev/weft/wire/redis"
	_ "github.com/weft-dev/weft/wire/sqs"
	_ "github.com/weft-dev/weft/wire/stomp"
	_ "github.com/weft-dev/weft/wire/webhook"
	_ "github.com/weft-dev/weft/wire/websocket"
)

func main() { os.Exit(run()) }

func run() int {
	thrift.CollectLater()
	embedded.Register("googlepubsub", googlepubsub.StartEmbedded)
	embedded.Register("pulsar", pulsar.StartEmbedded)
	embedded.Register("pulsar+ssl", pulsar.StartEmbedded)
	service.RegisterHost("temporal", temporal.Open)
	return cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
}
