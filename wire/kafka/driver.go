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
// The URL of a server takes session.timeout.ms, too: the usual one of receivers
// that do not say.
//
// A position is "topic/partition@offset". A message's As fills a *kgo.Record.
// CorrelationID is the header "correlationId".
package kafka

import (
	"context"
	"errors"
	"fmt"
	"time"

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
	session, err := usualSession(server)
	if err != nil {
		return nil, &driver.Error{Kind: driver.ErrInvalid, Op: "connect", Server: server.String(), Err: err}
	}
	base, err := entrance(server)
	if err != nil {
		return nil, &driver.Error{Kind: driver.ErrInvalid, Op: "connect", Server: server.String(), Err: err}
	}
	c := &conn{server: server, base: base, session: session, producers: make(map[producerKind]*kgo.Client)}
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

// usualSession is how long a member of a group may be silent before the others
// take its partitions, by the URL's parameter or without one.
func usualSession(server driver.Server) (time.Duration, error) {
	said := make(map[string]string, len(server.Params))
	for name, values := range server.Params {
		if len(values) != 1 {
			return 0, fmt.Errorf("the URL has %d values for %q: give one", len(values), name)
		}
		said[name] = values[0]
	}
	if err := driver.CheckParams(said, sessionParam); err != nil {
		return 0, err
	}
	return millis(said, sessionParam, sessionTimeout)
}
