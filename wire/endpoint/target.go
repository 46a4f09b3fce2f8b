package endpoint

import (
	"fmt"

	"github.com/weft-dev/weft/spec/asyncapi"
)

// Intent is what a caller wants to do. The document's own action says what the
// application does that it describes, which is usually the other party; the
// caller's intent counts.
type Intent uint8

// The intents.
const (
	Send Intent = iota + 1
	Receive
)

// String returns the intent as AsyncAPI writes actions.
func (i Intent) String() string {
	switch i {
	case Send:
		return "send"
	case Receive:
		return "receive"
	}
	return "nothing"
}

// Target is where messages of an operation go or come from for one intent: a
// channel and the messages that may be there.
type Target struct {
	Operation *asyncapi.Operation
	Intent    Intent
	// Reply says that this is the reply's side of the operation.
	Reply    bool
	Channel  *asyncapi.Channel
	Messages []*asyncapi.Message
	// Bindings are the operation's. A reply has none of its own.
	Bindings asyncapi.Bindings
	// AddressFrom is the runtime expression of where a request says at which
	// address it wants the reply, or "".
	AddressFrom string
	// ClientPerspective says that the document's action equals the intent: it
	// was written from the caller's side (a finding, not a fault).
	ClientPerspective bool
}

// Name says which operation this is, for people.
func (t *Target) Name() string {
	if t.Reply {
		return "the reply of " + t.Operation.ID
	}
	return t.Operation.ID
}

// Resolve says what an intent means for an operation. To receive on an
// operation that has a reply means its reply; all else is the operation's own
// channel.
func Resolve(op *asyncapi.Operation, intent Intent) (*Target, error) {
	switch {
	case intent == Receive && op.Reply != nil:
		return ReplyOf(op, Receive)
	case intent == Send || intent == Receive:
		t := RequestOf(op, intent)
		t.ClientPerspective = string(op.Action) == intent.String()
		return t, nil
	}
	return nil, fmt.Errorf("operation %s: say whether to send or to receive", op.ID)
}

// RequestOf returns the operation's own channel and messages.
func RequestOf(op *asyncapi.Operation, intent Intent) *Target {
	return &Target{Operation: op, Intent: intent, Channel: op.Channel, Messages: op.Messages, Bindings: op.Bindings}
}

// OfChannel returns all that a channel has, whichever operations use it. Its
// operation is one that stands for the channel and is not in the document.
func OfChannel(c *asyncapi.Channel, intent Intent) *Target {
	return RequestOf(&asyncapi.Operation{ID: "channel " + c.Name, Channel: c, Messages: c.Messages}, intent)
}

// ReplyOf returns the reply's channel and messages. A reply without a channel
// goes to an address that only the request knows.
func ReplyOf(op *asyncapi.Operation, intent Intent) (*Target, error) {
	reply := op.Reply
	if reply == nil {
		return nil, fmt.Errorf("operation %s has no reply", op.ID)
	}
	t := &Target{Operation: op, Intent: intent, Reply: true, Channel: reply.Channel, Messages: reply.Messages}
	if reply.Address != nil {
		t.AddressFrom = reply.Address.Location
	}
	if t.Channel == nil && t.AddressFrom == "" {
		return nil, fmt.Errorf("the reply of operation %s has neither a channel nor an address: add one to its document", op.ID)
	}
	return t, nil
}

// AddressOn returns the address of a channel on servers of a protocol, with its
// parameters as written: what a binding names goes before the channel's own. It
// is "" where only a run knows it.
func AddressOn(c *asyncapi.Channel, protocol string) string {
	if bound := protocolOf(protocol).addressOf(c); bound != "" {
		return bound
	}
	return c.Address
}

// ExchangeOf returns the exchange of AMQP on which a channel's address is a
// routing key; "" where the channel is a queue.
func ExchangeOf(c *asyncapi.Channel) string { return amqpChannelOf(c).name }

// GroupID returns the consumer group that the operation's bindings name for
// the application, or "".
func (t *Target) GroupID() string {
	for _, p := range protocols.Get() {
		if name := p.groupOf(t); name != "" {
			return name
		}
	}
	return ""
}
