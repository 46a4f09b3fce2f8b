package main

import (
	"strconv"
	"strings"
	"time"

	_ "github.com/weft-dev/weft/wire/amqp"
	"github.com/weft-dev/weft/wire/driver"
	_ "github.com/weft-dev/weft/wire/kafka"
	_ "github.com/weft-dev/weft/wire/nats"
)

// protocol is one that can be soaked, and the broker that it needs.
type protocol struct {
	scheme   string
	broker   string                            // a name that scripts/brokers knows
	variable string                            // in which scripts/brokers says where it is
	port     string                            // the variable for its first port
	ports    int                               // how many it has, in a row
	number   int                               // the first of those, in this run
	spec     func(kept int) driver.AddressSpec // of an address that keeps so many bytes
	group    bool                              // whether receivers share an address by a group
}

var protocols = []protocol{
	{
		scheme: "kafka", broker: "kafka", variable: "WEFT_KAFKA", port: "WEFT_KAFKA_PORT", ports: 5, group: true,
		spec: kafkaTopic,
	},
	{
		scheme: "amqp", broker: "rabbitmq", variable: "WEFT_RABBITMQ", port: "WEFT_RABBITMQ_PORT", ports: 7,
		spec: queue,
	},
	{
		scheme: "jetstream", broker: "nats", variable: "WEFT_NATS", port: "WEFT_NATS_PORT", ports: 4, group: true,
		spec: stream,
	},
}

const (
	// keptFor is longer than a receiver may be behind.
	keptFor = 5 * time.Minute
	// framing is at least what a broker stores beside a body, in bytes.
	framing    = 128
	partitions = 4
	segments   = 4 // of a partition, so that it can forget its oldest piece
)

// kept is how many bytes of what is sent an address keeps: a bounded piece, so
// that an hour fits on a disk, and no more than the whole, so that minutes fit
// on one that is nearly full.
func kept(rate int, lasting time.Duration, size int) int {
	return int(float64(rate) * min(lasting, keptFor).Seconds() * float64(size+framing))
}

func kafkaTopic(kept int) driver.AddressSpec {
	partition := max(kept/partitions, segments<<20)
	return driver.AddressSpec{Partitions: partitions, Params: map[string]string{
		"retention.bytes": strconv.Itoa(partition), "segment.bytes": strconv.Itoa(partition / segments),
	}}
}

func stream(kept int) driver.AddressSpec {
	return driver.AddressSpec{Params: map[string]string{"max_bytes": strconv.Itoa(kept)}}
}

// queue forgets what was taken from it.
func queue(int) driver.AddressSpec { return driver.AddressSpec{} }

func known() string {
	names := make([]string, len(protocols))
	for i, p := range protocols {
		names[i] = p.scheme
	}
	return strings.Join(names, ", ")
}
