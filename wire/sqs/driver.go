// Package sqs speaks Amazon SQS and SNS: queues whose messages are hidden while
// somebody works on them, and topics that copy messages into queues. It adds to
// the client library what a driver promises: long polls in the background,
// extension of visibility while messages are unsettled, batches of ten,
// dead letters on rejection, and errors that say what to do.
//
// It must not know AsyncAPI: bindings arrive here as options.
//
// # Servers
//
//	sqs://sqs.eu-west-1.amazonaws.com     queues, over TLS
//	sns://sns.eu-west-1.amazonaws.com     topics, over TLS
//	sqs://127.0.0.1:4566?region=eu-west-1 an emulator, in plain text on loopback
//
// The user is the access key id, the password the secret access key. Parameters
// of the URL, all optional:
//
//	region        where the host does not say it; us-east-1 on loopback
//	sessionToken  reference (env:NAME, file:PATH) to the token of temporary credentials
//	tls           on or off; off without TLS on loopback only, unless it is said
//	queues        SNS: host of SQS in the same region; else it is found from the topic's
//	subscribe     SNS: "allow" lets a receiver make a queue for itself
//
// # Addresses
//
// A queue or topic is addressed by its name or its ARN, a queue also by its URL.
// Names have the characters a-z A-Z 0-9 - _ and may end in ".fifo".
//
// # Messages
//
// A header that SQS can carry is a message attribute of its name (String, or
// Binary where it is not text), the correlation id is the attribute
// "correlationId" and the reply address "replyTo": other programs read and write
// them so. What SQS cannot carry is in one more attribute, "weft", which is JSON:
// the order of headers that are not in the order of their names, headers that
// have no legal name, no value, the same name as another, or are more than the
// ten attributes of a message, the key where it is no message group id, and the
// sender's timestamp. A body that is not text is base64, which {"body":"base64"}
// says; an empty one is a space and {"body":"empty"}. Text is never changed.
//
// # Order
//
// A standard queue promises no order. A FIFO queue keeps the order of messages
// with one key, which is the message group id (messages without a key are in one
// group); while one message of a group is unsettled, SQS delivers no other, so
// that who holds on to messages waits in vain.
//
// # Parameters
//
//	to send      messageGroupId: the group of messages without a key
//	to receive   visibilityTimeout: seconds, else the queue's own;
//	             waitTime: seconds a poll waits at most, 1 to 20, else 20;
//	             pollers: polls at a time, else 1 (more is faster and mixes the order);
//	             envelope: sns, where messages come in the envelope of SNS;
//	             queue: SNS, the name of a queue that is subscribed to the topic
//	to create    any attribute of a queue or topic by its AWS name, as
//	             VisibilityTimeout; tag:NAME; FifoQueue and FifoTopic follow the name;
//	             SQS: deadLetterQueue (made where it is missing), maxReceiveCount,
//	             deadLetterQueue:ATTRIBUTE; SNS: subscription:ANY, as JSON
//	of a message messageGroupId, messageDeduplicationId, delaySeconds
//
// A message's As fills a types.Message of the client library.
package sqs

import (
	"context"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
)

// The protocols.
const (
	Queues = "sqs"
	Topics = "sns"
)

// The attributes with a meaning of their own.
const (
	CorrelationAttribute = "correlationId" // a message's CorrelationID
	ReplyToAttribute     = "replyTo"       // a message's ReplyTo
	PackedAttribute      = "weft"          // what SQS cannot carry, as JSON
)

// maxMessage is the largest message with its attributes, in bytes. Newer queues
// may take up to a mebibyte, for those who ask for it.
const maxMessage = 256 << 10

// maxBatch is how many messages one request carries.
const maxBatch = 10

func init() {
	broker.Register(Driver{})
	broker.Register(Driver{SNS: true})
}

// Driver is the driver for queues or, with SNS, for topics.
type Driver struct{ SNS bool }

var _ driver.Driver = Driver{}

// Protocols returns the driver's only URL scheme.
func (d Driver) Protocols() []string {
	if d.SNS {
		return []string{Topics}
	}
	return []string{Queues}
}

// Capabilities returns what SQS or SNS promises. Order is a promise of FIFO
// queues only, and so none of the protocol's.
func (d Driver) Capabilities() driver.Capabilities {
	return driver.Capabilities{
		AtLeastOnce: true,
		Reject:      true,
		Requeue:     true,
		Queue:       !d.SNS,
		Groups:      d.SNS,
		FanOut:      d.SNS,
		Headers:     true,
		Keys:        true,
		Timestamps:  true,
		Correlation: true,
		ReplyTo:     true,
		Create:      true,
		NeedsCreate: true,

		// What concurrent Sends gather goes in as many requests of ten as there
		// must be, several of them at once: there is no MaxBatch to keep to.
		MaxMessageBytes: maxMessage,
	}
}

// Connect makes sure that the service answers and knows us.
func (d Driver) Connect(ctx context.Context, server driver.Server) (driver.Conn, error) {
	c := &conn{server: server}
	if err := c.enter(d.SNS); err != nil {
		return nil, c.fail(invalidError{err}, "connect", "")
	}
	var dialled driver.Conn = c
	if d.SNS {
		dialled = &topicConn{conn: c}
	}
	if err := dialled.Ping(ctx); err != nil {
		c.transport.CloseIdleConnections()
		return nil, c.fail(err, "connect", "")
	}
	return dialled, nil
}
