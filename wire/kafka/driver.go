// Package kafka speaks Kafka: topics with partitions, keys, headers, consumer
// groups and offsets. It leaves retries within a connection to its client
// library, which reconnects and follows leaders by itself, and adds what a
// driver promises: settlement of single messages, positions, and errors that
// say what to do.
//
// It must not know AsyncAPI: bindings arrive here as options.
//
// Parameters it understands, all optional:
//
//	to send      client.id
//	to receive   client.id, group.instance.id, session.timeout.ms,
//	             heartbeat.interval.ms, isolation.level (read_committed,
//	             read_uncommitted), partition.assignment.strategy
//	             (cooperative-sticky, sticky, range, roundrobin)
//	to create    any configuration of a topic: retention.ms, cleanup.policy, …
//	of a message partition: the number of the partition to send it to
//
// A position is "topic/partition@offset". A message's As fills a *kgo.Record.
// CorrelationID is the header "correlationId".
package kafka

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
)

// CorrelationHeader is the header that carries a message's CorrelationID.
const CorrelationHeader = "correlationId"

// maxMessage is the largest record that a broker takes by default, with room
// for what the batch around it needs.
const maxMessage = 1_000_000

func init() { broker.Register(Driver{}) }

// Driver is the Kafka driver.
type Driver struct{}

var _ driver.Driver = Driver{}

// Protocols returns the URL schemes: kafka is plain text unless TLS is
// configured, the other two are always TLS.
func (Driver) Protocols() []string { return []string{"kafka", "kafka-secure", "kafkas"} }

// Capabilities returns what Kafka promises.
func (Driver) Capabilities() driver.Capabilities {
	return driver.Capabilities{
		AtLeastOnce: true,
		Reject:      true,
		Requeue:     true,
		Ordered:     true,
		Groups:      true,
		FanOut:      true,
		Headers:     true,
		HeaderOrder: true,
		Keys:        true,
		Timestamps:  true,
		Replay:      true,
		StartTime:   true,
		Correlation: true,
		Create:      true,
		NeedsCreate: true,
		Pipelined:   true,

		MaxMessageBytes: maxMessage,
	}
}

// Connect reaches a cluster through any of its hosts.
func (Driver) Connect(ctx context.Context, server driver.Server) (driver.Conn, error) {
	for name := range server.Params {
		return nil, &driver.Error{
			Kind: driver.ErrInvalid, Op: "connect", Server: server.String(),
			Err: fmt.Errorf("unknown parameter %q in the URL: there are none", name),
		}
	}
	base, err := entrance(server)
	if err != nil {
		return nil, &driver.Error{Kind: driver.ErrInvalid, Op: "connect", Server: server.String(), Err: err}
	}
	c := &conn{server: server, base: base, producers: make(map[producerKind]*kgo.Client)}
	c.main, err = c.newProducer(producerKind{})
	if err != nil {
		return nil, c.fail(err, "connect", "")
	}
	c.admin = kadm.NewClient(c.main)
	if err := ping(ctx, c.main); err != nil {
		c.main.Close() // also ends a ping that still waits
		return nil, c.fail(errors.Join(ctx.Err(), err), "connect", "")
	}
	return c, nil
}
