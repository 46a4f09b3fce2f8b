package driver

import "time"

// Message is one message as it is on the wire: nothing in it is decoded.
type Message struct {
	// Key decides which messages keep their order, where the protocol has
	// keys. A nil key is no key; an empty one is a key.
	Key     []byte
	Headers []Header
	Body    []byte // nil is a message without a body, where the protocol has that

	// Timestamp is when the message was produced. When it is zero on sending,
	// the driver or the server sets it.
	Timestamp time.Time

	// Address is where a received message came from. When sending it is empty
	// or the sender's own.
	Address string

	// CorrelationID is the protocol's own field for it (AMQP correlation-id,
	// MQTT 5 correlation data, the Kafka header correlationId). ReplyTo is the
	// address an answer is expected at, where the protocol has such a field.
	CorrelationID string
	ReplyTo       string

	// ID identifies a received message on its server for as long as it is
	// stored: a message that is delivered twice has the same ID both times.
	// It is empty where the protocol cannot tell.
	ID string

	// Position is the place of a received message and Next the place after
	// it, for receivers that go on where they were. Both are empty where there
	// is no Replay.
	Position Position
	Next     Position

	// Redelivered says that the message was delivered before. Where it is
	// false the server may merely not know.
	Redelivered bool

	// Params is what only this protocol has (Kafka: "partition"). Each driver
	// documents its names; when sending, an unknown one is an error.
	Params map[string]string

	// Token belongs to the driver, which settles the message by it.
	Token any
}

// As fills *T where T is a type that the driver documents, for those who need
// the client library's own message. It reports false when there is none. A
// driver offers it by an As method of its tokens, so that nobody pays for it
// who does not ask.
func (m *Message) As(target any) bool {
	token, ok := m.Token.(interface{ As(target any) bool })
	return ok && token.As(target)
}

// Header is one header of a message. Names may repeat and order is kept.
type Header struct {
	Name  string
	Value []byte
}

// Header returns the value of the first header of that name.
func (m *Message) Header(name string) (value []byte, ok bool) {
	for _, h := range m.Headers {
		if h.Name == name {
			return h.Value, true
		}
	}
	return nil, false
}

// Size returns how many bytes the message carries: key, headers and body.
func (m *Message) Size() int {
	size := len(m.Key) + len(m.Body)
	for _, h := range m.Headers {
		size += len(h.Name) + len(h.Value)
	}
	return size
}

// Outcome is what became of a message.
type Outcome int

// The outcomes.
const (
	Ack     Outcome = iota // done: do not deliver it again
	Reject                 // not wanted: to the dead letter address, or gone if there is none
	Requeue                // not now: deliver it again
)

// String returns the outcome's name.
func (o Outcome) String() string {
	switch o {
	case Ack:
		return "ack"
	case Reject:
		return "reject"
	case Requeue:
		return "requeue"
	}
	return "unknown outcome"
}

// Settlement says what became of one message.
type Settlement struct {
	Message *Message
	Outcome Outcome
}

// Settle gives all messages one outcome.
func Settle(outcome Outcome, messages ...*Message) []Settlement {
	settlements := make([]Settlement, len(messages))
	for i, m := range messages {
		settlements[i] = Settlement{Message: m, Outcome: outcome}
	}
	return settlements
}
