// Package amqp1 speaks AMQP 1.0, as RabbitMQ (with its plugin), ActiveMQ, Artemis,
// Qpid, Solace, IBM MQ and Azure's brokers do. An address is a queue; with the
// parameter kind=topic, or with an exchange, it is a topic: a group is then a
// shared subscription that the server keeps, and a receiver without one has a
// copy of its own. The two promise different things, so that the Driver is a
// driver.Varied.
//
// AMQP 1.0 says how messages move and nothing about how queues and topics are
// called, nor how they are made. So a plain address is written in the form of the
// server that says who it is: /queue/NAME, /topic/KEY and /exchange/NAME/KEY for
// RabbitMQ 3 and the embedded server, /queues/NAME and /exchanges/NAME/KEY for
// RabbitMQ 4, queue://NAME and topic://NAME for ActiveMQ; others get it as it is,
// with the capability queue or topic. An address that begins with a slash or has
// a scheme is sent as it stands. RabbitMQ 3 makes queues when they are first
// used; what is missing elsewhere is an error of the server.
//
// Send returns when the server has accepted, credit is what holds a server back,
// and connections that break are made again with what stood on them. RabbitMQ 3
// accepts what goes to no queue at all, and knows no shared subscriptions: a
// group on a topic is an error there. A receiver of a topic without a group misses
// what is sent while its connection is down.
//
// It must not know AsyncAPI: bindings arrive here as options.
//
// URLs are amqp1://user@host:5672/vhost, amqp1s:// with TLS (5671); solace://,
// solaces://, ibmmq:// and ibmmqs:// are other names for them, since those brokers
// are reached by AMQP 1.0, at the port of that. The path is a virtual host of
// RabbitMQ. Without a user the login is ANONYMOUS, or EXTERNAL where there is a
// client certificate and the server has it; SASL "XOAUTH2" sends the password as
// a token. The URL's parameters are idle.timeout, in seconds, and container.id.
//
// Parameters it understands, all optional:
//
//	to send      kind (queue, topic), exchange, node (a queue or topic to use
//	             instead of the address), timestamp (false sends none), and those
//	             of a message
//	to receive   kind, exchange, node, ack (false takes messages settled), selector (a
//	             filter of JMS, where the server has them), dead-letter.kind (by
//	             itself queue)
//	of a message subject, to, priority (0 to 9), ttl (milliseconds), durable (by
//	             itself true), user-id, message-id, message-id-type and
//	             correlation-id-type (string, ulong, uuid, binary), group-id,
//	             group-sequence, reply-to-group-id, expires (RFC 3339), reply-to
//	             (for those without a ReplyTo), content-encoding (gzip packs and
//	             unpacks the body; others are only said), and header-types
//
// Headers are application properties: typed values without an order, and one for
// each name. A value that is UTF-8 is sent as a string, another as binary. What
// arrives becomes text: numbers in decimals, true and false, times by RFC 3339.
// The types of values that are neither are in a message's parameter header-types,
// written as a query of names and the protocol's types ("count=long&ok=boolean"):
// with it a value can be sent as what it was. Further values of a name that
// repeats are in the message annotation x-opt-repeated, since application
// properties cannot be lists. Headers that begin with x-opt- are message
// annotations, which can be lists and maps, written as JSON. Symbols arrive as
// strings. A message with a value of type decimal or char cannot be read by the
// client library: receiving says so.
//
// The header "content-type" is the property of that name. ID is the message-id,
// which is made where a message brings none. Bodies are sent as data; a value or
// a sequence arrives as text or JSON. A message's As fills a *amqp.Message of the
// client library.
package amqp1

import (
	"context"
	"errors"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
)

// maxMessage is the largest body that is sent where nobody says otherwise, in
// bytes. Servers have limits of their own and say them.
const maxMessage = 16 << 20

// maxBatch bounds how many messages wait for their outcome at one time.
const maxBatch = 1000

func init() { broker.Register(Driver{}) }

// Driver is the driver for AMQP 1.0.
type Driver struct{}

var _ driver.Varied = Driver{}

// Protocols returns the URL schemes: those with an s at the end are always TLS,
// the others where it is configured.
func (Driver) Protocols() []string {
	return []string{"amqp1", "amqp1s", "solace", "solaces", "ibmmq", "ibmmqs"}
}

// Capabilities returns what queues promise. Keys are not among it: a queue is in
// order as a whole, and group-id is for servers that share it by groups.
func (Driver) Capabilities() driver.Capabilities {
	return driver.Capabilities{
		AtLeastOnce: true,
		Reject:      true,
		Requeue:     true,
		Ordered:     true,
		Queue:       true,
		Headers:     true,
		Timestamps:  true,
		Correlation: true,
		ReplyTo:     true,

		MaxBatch:        maxBatch,
		MaxMessageBytes: maxMessage,
	}
}

// CapabilitiesFor returns what queues promise or, for topics, what those do:
// groups, where the server shares subscriptions, and copies for each of them.
func (d Driver) CapabilitiesFor(params map[string]string) driver.Capabilities {
	caps := d.Capabilities()
	if isTopic(params) {
		caps.Queue = false
		caps.Groups, caps.FanOut = true, true
	}
	return caps
}

// Connect reaches the first of the hosts that lets us in.
func (Driver) Connect(ctx context.Context, server driver.Server) (driver.Conn, error) {
	e, err := newEntrance(server)
	if err != nil {
		return nil, &driver.Error{Kind: driver.ErrInvalid, Op: "connect", Server: server.String(), Err: err}
	}
	c := newConn(server, e)
	if err := c.ping(ctx); err != nil {
		return nil, errors.Join(c.fail(err, "connect", ""), c.Close())
	}
	return c, nil
}
