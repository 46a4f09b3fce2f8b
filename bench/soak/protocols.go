package main

import (
	"strings"

	_ "github.com/weft-dev/weft/wire/amqp"
	"github.com/weft-dev/weft/wire/driver"
	_ "github.com/weft-dev/weft/wire/kafka"
	_ "github.com/weft-dev/weft/wire/nats"
)

// protocol is one that can be soaked, and the broker that it needs.
type protocol struct {
	scheme   string
	broker   string // a name that scripts/brokers knows
	variable string // in which scripts/brokers says where it is
	port     string // the variable for its first port
	ports    int    // how many it has, in a row
	number   int    // the first of those, in this run
	// spec makes an address that keeps a bounded piece of what was sent, so that
	// an hour fits on a disk. It is minutes more than a receiver may be behind.
	spec  driver.AddressSpec
	group bool // whether receivers share an address by a group
}

var protocols = []protocol{
	{
		scheme: "kafka", broker: "kafka", variable: "WEFT_KAFKA", port: "WEFT_KAFKA_PORT", ports: 5, group: true,
		spec: driver.AddressSpec{Partitions: 4, Params: map[string]string{"retention.bytes": "268435456", "segment.bytes": "67108864"}},
	},
	{
		scheme: "amqp", broker: "rabbitmq", variable: "WEFT_RABBITMQ", port: "WEFT_RABBITMQ_PORT", ports: 7,
	},
	{
		scheme: "jetstream", broker: "nats", variable: "WEFT_NATS", port: "WEFT_NATS_PORT", ports: 4, group: true,
		spec: driver.AddressSpec{Params: map[string]string{"max_bytes": "536870912"}},
	},
}

func known() string {
	names := make([]string, len(protocols))
	for i, p := range protocols {
		names[i] = p.scheme
	}
	return strings.Join(names, ", ")
}
