// Package redis speaks Redis, in its two ways of passing messages, as two
// drivers. Publish/subscribe hands a message to whoever listens at that moment
// and forgets it. Streams are logs with consumer groups, positions and
// acknowledgement. Which of the two a URL means is its scheme.
//
// It must not know AsyncAPI: what a contract says arrives here as options.
//
// # Publish/subscribe: redis, rediss, redis-secure
//
// An address is a channel. A receiver's address with one of * ? [ is a pattern
// (PSUBSCRIBE); a backslash before them makes them ordinary. A message is its
// body and nothing else, as every other client expects it. What is sent while
// nobody listens is lost, also while a receiver is connecting again. The
// timestamp of a received message is when it arrived. Databases do not divide
// channels: that is how Redis does it.
//
// # Streams: redis-streams, rediss-streams, redis-streams-secure
//
// An address is the key of a stream, which needs Redis 6.2 or later. An entry
// has these fields, in this order, and nothing of ours in them is encoded:
//
//	body            the body
//	key             the message's key, if it has one
//	timestamp       the sender's, in milliseconds since 1970, if it was given;
//	                else that of the entry's id holds
//	correlation-id  if there is one
//	reply-to        if there is one
//	others          each header by its name, in order, repeated ones repeated;
//	                one that is called as a field above, or begins with
//	                "header.", has "header." before it
//
// An entry of somebody else that has no body field is read as a JSON object of
// all its fields, each a string, or an array of strings where a name repeats.
//
// Parameters, all optional:
//
//	to send     maxlen      trim the stream to about so many entries; "=1000" to exactly so many
//	            body.field  the field of the body, "body" by default
//	to receive  body.field  the same
//	            consumer    the name in the group, by default one of its own
//	            claim.idle.ms  how long a member may be silent before others take what it
//	                        has not settled, 30000 by default
//
// A received message that was delivered before has the parameter "deliveries":
// how often, this time included, as the server counts.
//
// A position is "stream@id". A group's members that close give back what they
// have not settled at once, under the name of the consumer weft.returned;
// those that crash lose it to the others after claim.idle.ms. A partition
// count means nothing: a stream is one.
//
// The path of the URL is the number of the database, 0 by default. A message
// that Redis confirmed is as safe as its appendonly setting makes it.
package redis

import (
	"context"
	"fmt"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
)

// maxMessage is the largest message by default. Redis itself takes up to
// 512 MB: a sender may be opened with another limit.
const maxMessage = 16 << 20

func init() {
	broker.Register(Driver{})
	broker.Register(Driver{Streams: true})
}

// Driver is the driver of publish/subscribe or, with Streams, of streams.
type Driver struct{ Streams bool }

var _ driver.Driver = Driver{}

// Protocols returns the URL schemes: the first is plain text unless TLS is
// configured, the others are always TLS.
func (d Driver) Protocols() []string {
	if d.Streams {
		return []string{"redis-streams", "rediss-streams", "redis-streams-secure"}
	}
	return []string{"redis", "rediss", "redis-secure"}
}

// Capabilities returns what publish/subscribe or streams promise.
func (d Driver) Capabilities() driver.Capabilities {
	if !d.Streams {
		return driver.Capabilities{
			Ordered:         true,
			FanOut:          true,
			MaxBatch:        maxBatch,
			MaxMessageBytes: maxMessage,
		}
	}
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
		ReplyTo:     true,
		Create:      true,
		NeedsCreate: true,

		MaxBatch:        maxBatch,
		MaxMessageBytes: maxMessage,
	}
}

// maxBatch is how many commands go to the server in one piece: it holds all
// their answers in memory until they are sent.
const maxBatch = 1000

// Connect reaches a server and logs in.
func (d Driver) Connect(ctx context.Context, server driver.Server) (driver.Conn, error) {
	for name := range server.Params {
		return nil, invalidServer(server, fmt.Errorf("unknown parameter %q in the URL: there are none", name))
	}
	c, err := newConn(server)
	if err != nil {
		return nil, invalidServer(server, err)
	}
	if err := c.greet(ctx); err != nil {
		return nil, err
	}
	if d.Streams {
		return &streamConn{conn: c}, nil
	}
	return &channelConn{conn: c}, nil
}

func invalidServer(server driver.Server, err error) error {
	return &driver.Error{Kind: driver.ErrInvalid, Op: "connect", Server: server.String(), Err: err, NotSent: true}
}
