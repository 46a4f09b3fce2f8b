// Package mqtt speaks MQTT 5 and MQTT 3.1.1: topics in levels, wildcards,
// quality of service, sessions that outlive a connection, last wills. The
// packets of MQTT 5 are written and read by its client library; the session
// around them is kept here, since a driver must send many messages before the
// first of them is confirmed, acknowledge them when they were processed, and
// keep an eye on deadlines and sizes.
//
// It must not know AsyncAPI: bindings arrive here as options.
//
// The version is chosen by the URL, and there is no falling back: mqtt, mqtts,
// secure-mqtt, mqtt5 and mqtt5s are MQTT 5, mqtt3 and mqtt3s are 3.1.1. A server
// that knows only the older one says so, and the error how to reach it: what
// the two promise differs (see Capabilities).
//
// A path in the URL is that of a WebSocket which MQTT goes over, as in
// mqtt://broker:8083/mqtt; over TLS with the schemes that are TLS.
//
// Parameters of the URL, all optional:
//
//	client.id       the name of the connection that sends; those that receive
//	                without a group add a number to it
//	keep.alive      seconds between signs of life, 0 to 65535 (default 30)
//	session.expiry  seconds for which the server keeps the session of a group
//	                while none of its receivers is connected (default 86400)
//	packet.max      largest packet that is received, in bytes (default 33554432)
//	will.topic, will.payload, will.qos, will.retain
//	                the message that the server sends when this connection
//	                breaks without a goodbye
//
// Parameters of senders and of messages that are sent, all optional:
//
//	qos             0 (no confirmation), 1 (default) or 2
//	retain          true makes the server keep the message for those who come later
//	message.expiry  seconds after which it is no longer delivered (not in 3.1.1)
//	payload.format  1 says that the body is UTF-8 text (not in 3.1.1)
//	response.topic  the reply address of messages that have none (not in 3.1.1)
//
// Parameters of receivers, all optional:
//
//	qos             the highest to receive with, 0, 1 (default) or 2
//	retained        true also delivers the message that a topic has retained,
//	                which was sent before the receiver was there
//	session.expiry  as in the URL
//
// The address of a receiver may have the wildcards + and #; a message's Address
// is the topic it was sent to. Params of a received message has retain,
// message.expiry and payload.format where they are set. Its Timestamp is when
// it arrived: MQTT carries none. As fills a *packets.Publish of the client
// library's MQTT 5.
//
// Headers are user properties, which are text: a value that is not (or begins
// so itself) is sent as "data:;base64,…" and comes back as the bytes it was. The
// header content-type is the property Content Type.
//
// A group is a session that the server keeps, named after group and address. In
// MQTT 5 its receivers share a subscription, and each has a session of its own:
// a new one takes the first over, whose receiver moves on to the second, and so
// on. What a receiver had not settled is delivered again to the next one that
// has its session. A receiver that closes and has settled everything gives its
// session up, unless it is the first; what a crash leaves behind waits for
// another receiver, or for session.expiry. A receiver moves on only when the
// server says that its session was taken over: one whose connection merely
// breaks, however often, keeps to it. In 3.1.1, which has no word for it, a group
// has one receiver at a time, and one whose connection ends three times in a row
// as soon as it is there gives up with an error; its session stays.
package mqtt

import (
	"context"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
)

// maxMessage is the largest message that is sent unless somebody allows more.
// The protocol's own limit is 256 MiB.
const maxMessage = 16 << 20

func init() {
	broker.Register(Driver{})
	broker.Register(Driver{Version3: true})
}

// Driver is the driver for MQTT 5 or, with Version3, for MQTT 3.1.1.
type Driver struct{ Version3 bool }

var _ driver.Driver = Driver{}

// Protocols returns the URL schemes; those that end in s, and secure-mqtt, are
// always TLS, the others when TLS is configured.
func (d Driver) Protocols() []string {
	if d.Version3 {
		return []string{"mqtt3", "mqtt3s"}
	}
	return []string{"mqtt", "mqtts", "secure-mqtt", "mqtt5", "mqtt5s"}
}

// Capabilities returns what MQTT promises. 3.1.1 has no headers, no reply
// address and no correlation id, and a group there has one receiver at a time.
// Neither version has keys (a topic is ordered), timestamps, or stored messages
// to read again; a topic need not be made.
func (d Driver) Capabilities() driver.Capabilities {
	return driver.Capabilities{
		AtLeastOnce: true,
		Reject:      true,
		Requeue:     true,
		Ordered:     true,
		Groups:      !d.Version3,
		FanOut:      true,
		Headers:     !d.Version3,
		HeaderOrder: !d.Version3,
		Correlation: !d.Version3,
		ReplyTo:     !d.Version3,
		Pipelined:   true,

		MaxMessageBytes: maxMessage,
	}
}

// Connect reaches the first of the hosts that answers.
func (d Driver) Connect(ctx context.Context, server driver.Server) (driver.Conn, error) {
	c := &conn{server: server, version3: d.Version3}
	settings, err := readSettings(server, d.Version3)
	if err != nil {
		return nil, c.fail(invalidError{err}, "connect", "")
	}
	c.settings = settings
	c.main = c.newSender()
	if err := c.main.client.start(ctx); err != nil {
		return nil, c.fail(err, "connect", "")
	}
	return c, nil
}
