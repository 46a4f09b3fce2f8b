// Package amqp speaks AMQP 0-9-1, as RabbitMQ does. An address is a queue; with
// the parameter "exchange" it is a routing key on that exchange, where a group
// is a durable queue bound to it, and a receiver without a group has a queue of
// its own that goes with it. The two promise different things, so that the
// Driver is a driver.Varied.
//
// Send returns when the server has confirmed, a prefetch is what holds a server
// back, and connections that break are made again with all that stood on them.
// A receiver without a group misses what is sent while its connection is down.
//
// It must not know AsyncAPI: bindings arrive here as options.
//
// URLs are amqp://user@host:5672/vhost, amqps:// with TLS; without a path the
// virtual host is "/", and "%2F" in a path is a slash. Without a user it is
// guest with the password guest, as everywhere with this protocol; with a
// client certificate and no user the login is EXTERNAL where the server has
// it. A password without a user is a token. Parameters of the URL, both
// optional, are heartbeat, in seconds, and management, the URL of RabbitMQ's
// management API: over AMQP a server does not tell what it has.
//
// Parameters it understands, all optional:
//
//	to send      exchange, mandatory (true, false; for queues it is true by
//	             itself), timestamp (false sends none), and those of a message
//	to receive   exchange, queue (the name of the group's queue; by itself it
//	             is exchange/address/group), ack (false takes messages without
//	             acknowledging them), dead-letter.exchange (where the dead
//	             letter address is a routing key; by itself that of the
//	             receiver, empty for a queue), and arguments of the receiver's
//	             queue, x-...
//	to create    durable (true), exclusive (false), auto-delete (false) and
//	             arguments of a queue, x-...; or exchange, exchange.type
//	             (topic, direct, fanout, headers; by itself topic),
//	             exchange.durable (true), exchange.auto-delete (false)
//	of a message type, priority, expiration (milliseconds), delivery-mode (2 is
//	             persistent, 1 is not), app-id, user-id, message-id, cc and
//	             bcc (routing keys with commas between them), reply-to (for
//	             those without a ReplyTo), content-encoding (gzip packs and
//	             unpacks the body; others are only said), and header-types
//
// Headers are a table of typed values without an order, and one value for each
// name. A value that is UTF-8 is sent as a string, another as bytes; a name that
// repeats is sent as a list. What arrives becomes text: numbers in decimals,
// true and false, times by RFC 3339, tables and lists of lists as JSON; a list of
// plain values becomes a name that repeats. The types of values that are neither
// strings nor bytes are in a message's parameter header-types, written as a
// query of names and the protocol's letters ("count=l&ok=t"): with it a value
// can be sent as what it was, or as something other than a string.
//
// The header "content-type" is the property of that name. A timestamp has whole
// seconds in the protocol; the milliseconds are in the header timestamp_in_ms, as
// RabbitMQ's own plugin writes them. ID is the message-id, which is made where a
// message brings none. A message's As fills an *amqp091.Delivery.
package amqp

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

// maxMessage is the largest body that RabbitMQ takes by default in all of its
// versions, in bytes.
const maxMessage = 16 << 20

// maxBatch bounds how many messages wait for their confirms at one time.
const maxBatch = 1000

func init() { broker.Register(Driver{}) }

// Driver is the driver for AMQP 0-9-1.
type Driver struct{}

var _ driver.Varied = Driver{}

// Protocols returns the URL schemes: amqp is plain text unless TLS is
// configured, amqps is always TLS.
func (Driver) Protocols() []string { return []string{"amqp", "amqps"} }

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
		Create:      true,
		NeedsCreate: true,

		MaxBatch:        maxBatch,
		MaxMessageBytes: maxMessage,
	}
}

// CapabilitiesFor returns what queues promise or, for an address on an
// exchange, what routing keys do: groups and copies for each of them. A routing
// key needs no making, only its exchange does.
func (d Driver) CapabilitiesFor(params map[string]string) driver.Capabilities {
	caps := d.Capabilities()
	if params[paramExchange] == "" {
		return caps
	}
	caps.Queue, caps.NeedsCreate = false, false
	caps.Groups, caps.FanOut = true, true
	return caps
}

// Connect reaches the first of the hosts that lets us in.
func (Driver) Connect(ctx context.Context, server driver.Server) (driver.Conn, error) {
	e, err := newEntrance(server)
	if err != nil {
		return nil, &driver.Error{Kind: driver.ErrInvalid, Op: "connect", Server: server.String(), Err: err}
	}
	c := newConn(server, e)
	if _, err := c.out.get(ctx); err != nil {
		return nil, errors.Join(c.fail(err, "connect", ""), c.Close())
	}
	return c, nil
}

// heartbeat is how often both sides give a sign of life.
const heartbeat = 10 * time.Second

// settings reads what a URL says beside the hosts.
func settings(server driver.Server) (vhost string, beat time.Duration, err error) {
	vhost, beat = "/", heartbeat
	if server.Path != "" {
		if vhost, err = url.PathUnescape(server.Path); err != nil {
			return "", 0, errors.New("the virtual host in the URL cannot be read")
		}
	}
	for name, values := range server.Params {
		if name == paramManagement {
			if _, err := managementOf(server); err != nil {
				return "", 0, err
			}
			continue
		}
		if name != "heartbeat" || len(values) != 1 {
			return "", 0, fmt.Errorf("unknown parameter %q in the URL: there are heartbeat and management", name)
		}
		n, err := strconv.Atoi(values[0])
		if err != nil || n < 1 || n > 3600 {
			return "", 0, errors.New("heartbeat in the URL must be a number of seconds from 1 to 3600")
		}
		beat = time.Duration(n) * time.Second
	}
	return vhost, beat, nil
}
