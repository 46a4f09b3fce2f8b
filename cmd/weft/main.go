// Command weft is the tool for event-driven APIs: contracts judged, documented
// and run. This package only chooses what the binary is made of; the command
// line itself is ui/cli.
package main

import (
	"os"

	"github.com/weft-dev/weft/internal/thrift"
	"github.com/weft-dev/weft/ui/cli"
	// The brokers that this binary speaks to.
	_ "github.com/weft-dev/weft/wire/amqp"
	_ "github.com/weft-dev/weft/wire/amqp1"
	_ "github.com/weft-dev/weft/wire/kafka"
	_ "github.com/weft-dev/weft/wire/mqtt"
	_ "github.com/weft-dev/weft/wire/nats"
	_ "github.com/weft-dev/weft/wire/redis"
	_ "github.com/weft-dev/weft/wire/sqs"
	_ "github.com/weft-dev/weft/wire/stomp"
	_ "github.com/weft-dev/weft/wire/webhook"
	_ "github.com/weft-dev/weft/wire/websocket"
)

func main() {
	thrift.CollectLater()
	os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
