// Package stomp speaks STOMP 1.2, 1.1 and 1.0, as RabbitMQ, ActiveMQ and the
// embedded server do. It exists because no maintained library can be had.
//
// An address that begins with a slash is a destination as the server knows it:
// /queue/NAME, /topic/NAME, and on RabbitMQ /exchange/NAME/KEY, /amq/queue/NAME
// and /temp-queue/NAME. Any other is the name of a queue or, with the parameter
// kind, of a topic. Queues and topics promise different things, so that the
// Driver is a driver.Varied; a destination that is one of the two and is opened
// as the other is refused.
//
// Send returns when the server has given a receipt, which RabbitMQ does when it
// has confirmed the message. Each receiver has a connection of its own, since
// only the end of one gives unsettled messages back in all servers; connections
// that break are made again with all that stood on them. A receiver of a topic
// without a group misses what is sent while its connection is down. What the
// protocol leaves to servers is done as the server does it that names itself
// when we connect: see the type flavour.
//
// It must not know AsyncAPI: bindings arrive here as options.
//
// URLs are stomp://user@host:61613/vhost, stomps:// with TLS (port 61614);
// without a path the virtual host is "/". Without a user it is guest with the
// passcode guest, which servers that ask for no login take as well; with a
// client certificate and no user there is no login. A password without a user is
// a token. The URL's only parameter is heartbeat, in seconds; 0 is none.
//
// Parameters it understands, all optional:
//
//	of both      kind (queue, topic; by itself queue), durable, auto-delete
//	             and x-..., which are what a queue is made with that the server
//	             makes when it is used (RabbitMQ): whoever uses it must give the
//	             same
//	to send      those of a message
//	to receive   ack (false takes messages without acknowledging them), queue
//	             (the name of the group's queue; by itself it is
//	             destination/group), selector (ActiveMQ), dead-letter.NAME
//	             (a header of what is sent to the dead letter address, such as
//	             dead-letter.durable)
//	of a message persistent (by itself true), priority, expiration
//	             (milliseconds), type, content-length (false sends none, by which
//	             ActiveMQ takes a body for text; it may have no zero byte then)
//
// A group of a topic is a durable queue on RabbitMQ and the embedded server,
// and on ActiveMQ the consumer queue of a virtual topic, whose name must begin
// with VirtualTopic.; other servers have none. A group never loses what was
// rejected without a dead letter address on ActiveMQ, which has one of its own.
//
// Headers are text of one value each, and some names are the protocol's or the
// server's own. Those that cannot be carried so (bytes that are no UTF-8, names
// that repeat or are taken) are in one header, weft-headers, as a query of names
// and values. The header "content-type" is the protocol's. Timestamps are in the
// header timestamp, in seconds on RabbitMQ and else in milliseconds, which are
// always in timestamp_in_ms as well. ID is the message-id or, on RabbitMQ, the
// amqp-message-id, since the message-id is another with each delivery there. A
// message's As fills a *frame.Frame.
package stomp

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
)

// maxMessage is the largest message by default, in bytes: newer RabbitMQ takes
// frames of 4 MiB, with their headers.
const maxMessage = 4_000_000

// maxBatch bounds how many messages wait for their receipts at one time.
const maxBatch = 1000

func init() { broker.Register(Driver{}) }

// Driver is the driver for STOMP.
type Driver struct{}

var _ driver.Varied = Driver{}

// Protocols returns the URL schemes: stomp is plain text unless TLS is
// configured, stomps is always TLS.
func (Driver) Protocols() []string { return []string{"stomp", "stomps"} }

// Capabilities returns what queues promise.
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

// CapabilitiesFor returns what queues promise or, with kind topic, what topics
// do: groups and copies for each of them.
func (d Driver) CapabilitiesFor(params map[string]string) driver.Capabilities {
	caps := d.Capabilities()
	if params[paramKind] == kindTopic {
		caps.Queue, caps.Groups, caps.FanOut = false, true, true
	}
	return caps
}

// Connect reaches the first of the hosts that lets us in.
func (Driver) Connect(ctx context.Context, server driver.Server) (driver.Conn, error) {
	e, err := newEntrance(server)
	if err != nil {
		return nil, &driver.Error{Kind: driver.ErrInvalid, Op: "connect", Server: server.String(), Err: err, NotSent: true}
	}
	c := newConn(server, e)
	if _, err := c.out.get(ctx); err != nil {
		return nil, errors.Join(c.fail(err, "connect", ""), c.Close())
	}
	return c, nil
}

// heartbeat is how often both sides give a sign of life, by itself.
const heartbeat = 10 * time.Second

// urlSettings reads what a URL says beside the hosts.
func urlSettings(server driver.Server) (vhost string, beat time.Duration, err error) {
	vhost, beat = "/", heartbeat
	if server.Path != "" {
		if vhost, err = url.PathUnescape(server.Path); err != nil {
			return "", 0, errors.New("the virtual host in the URL cannot be read")
		}
	}
	for name, values := range server.Params {
		if name != "heartbeat" || len(values) != 1 {
			return "", 0, fmt.Errorf("unknown parameter %q in the URL: there is heartbeat", name)
		}
		n, err := strconv.Atoi(values[0])
		if err != nil || n < 0 || n > 3600 {
			return "", 0, errors.New("heartbeat in the URL must be a number of seconds from 0 to 3600")
		}
		beat = time.Duration(n) * time.Second
	}
	return vhost, beat, nil
}
