// Package nats speaks NATS, in two protocols that share everything but what
// they promise. At "nats://" a message goes to whoever listens at that moment,
// at most once; queue groups share messages, and nothing is stored. At
// "jetstream://" the same server stores messages in streams: publishing is
// confirmed, groups are durable consumers that get what was not settled again,
// and what is stored can be read again from a position or a time.
//
// It must not know AsyncAPI: bindings arrive here as options.
//
// An address is a subject; receivers may use the wildcards * and >, and a
// message's Address is the subject that it was sent to. A URL's parameters, all
// optional:
//
//	creds   a reference (env:NAME, file:PATH) to credentials: a JWT and its seed
//	nkey    a reference to the seed of an NKey
//	tls     "first" begins TLS before the server has said anything
//	inbox   what the subjects begin with that the client makes for answers
//	domain  the JetStream domain, of jetstream alone
//
// A password without a user is a token. Parameters to receive from jetstream:
//
//	durable          the name of the group's consumer instead of one made of
//	                 group and subject
//	ack_wait         how long the server waits for a sign of life of whoever
//	                 has a message, as 30s; it is told while a receiver lives
//	max_deliver      how often a message is delivered at most; -1 is for ever
//	max_ack_pending  how many messages of a group may be unsettled, over all
//	                 of its members; -1 is any number
//
// and to create a stream for an address, named as in NATS: stream (its name),
// subject (what it stores, where that is more than the address), storage (file,
// memory), retention (limits, interest, workqueue), discard (old, new), max_msgs,
// max_msgs_per_subject, max_bytes, max_msg_size, max_age, duplicate_window. A stream is one ordered source: partitions mean nothing.
//
// What NATS has no field for is a header: "correlationId", "Weft-Timestamp" (the
// sender's), and at jetstream "Weft-Reply-To". A header that NATS cannot carry,
// such as a binary one, is in "Weft-Headers". A position is "stream@sequence". A message's As fills a
// *nats.Msg of the client library.
package nats

import (
	"context"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
)

// The protocols.
const (
	Core      = "nats"
	JetStream = "jetstream"
)

// maxMessage is what a server takes by default (1 MiB) less room for what the
// headers of a message need beside their names and values.
const maxMessage = 1_000_000

func init() {
	broker.Register(Driver{})
	broker.Register(Driver{JetStream: true})
}

// Driver is the driver for NATS alone or, with JetStream, for its streams.
type Driver struct{ JetStream bool }

var _ driver.Driver = Driver{}

// Protocols returns the URL schemes: the second of each is always TLS.
func (d Driver) Protocols() []string {
	if d.JetStream {
		return []string{JetStream, JetStream + "-secure"}
	}
	return []string{Core, Core + "-secure"}
}

// Capabilities returns what is promised. NATS alone forgets a message as soon
// as it was handed on, so that there is nothing to settle. There are no keys:
// a subject is what keeps its order.
func (d Driver) Capabilities() driver.Capabilities {
	return driver.Capabilities{
		AtLeastOnce: d.JetStream,
		Reject:      d.JetStream,
		Requeue:     d.JetStream,
		Ordered:     true,
		Groups:      true,
		FanOut:      true,
		Headers:     true,
		Timestamps:  true,
		Replay:      d.JetStream,
		StartTime:   d.JetStream,
		Correlation: true,
		ReplyTo:     true,
		Create:      d.JetStream,
		NeedsCreate: d.JetStream,
		Pipelined:   true,

		MaxMessageBytes: maxMessage,
	}
}

// Connect reaches a server, or a cluster through any of its hosts, and enters.
func (d Driver) Connect(ctx context.Context, server driver.Server) (driver.Conn, error) {
	l := newLink(server)
	opts, err := l.entrance(d.JetStream)
	if err != nil {
		return nil, l.fail(invalidError{err}, "connect", "")
	}
	if err := l.dial(ctx, opts); err != nil {
		return nil, l.fail(err, "connect", "")
	}
	if !d.JetStream {
		return &conn{link: l}, nil
	}
	c, err := newStreams(ctx, l)
	if err != nil {
		l.client.Close()
		return nil, l.fail(err, "connect", "")
	}
	return c, nil
}
