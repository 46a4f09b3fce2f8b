package driver

// Capabilities is what a protocol promises through its driver. A promise that
// is made is tested by wire/drivertest; one that is not made is skipped there
// by name. Callers choose what to do by it, never by the protocol's name.
//
// With AtLeastOnce, but neither Groups nor Queue, a group is one receiver at a
// time: it remembers, and shares nothing.
type Capabilities struct {
	AtLeastOnce bool // a message that was not settled is delivered again to its group
	Reject      bool // a rejected message goes to the dead letter address
	Requeue     bool // a requeued message is delivered again
	Ordered     bool // messages of one key arrive in the order they were sent
	Groups      bool // receivers of one group share the messages
	Queue       bool // a message waits for, and goes to, one receiver; Start and Group mean nothing
	FanOut      bool // each group, and each receiver without one, has its own copy
	Headers     bool // headers with binary values and repeated names
	HeaderOrder bool // headers of different names arrive in the order they were sent
	Keys        bool // messages have keys
	Timestamps  bool // the sender's timestamp arrives, to the millisecond
	Replay      bool // stored messages can be read again; the Conn is a Positioner
	StartTime   bool // a receiver can start at a time
	Correlation bool // CorrelationID is carried
	ReplyTo     bool // ReplyTo is carried
	Create      bool // addresses can be made; the Conn is an Admin
	NeedsCreate bool // an address that was never made is an error, not an empty one

	// Pipelined says that concurrent Sends on one Sender are batched by the
	// client library, so that batching them above would only add delay.
	Pipelined bool

	MaxBatch        int // most messages in one Send; 0 is no limit
	MaxMessageBytes int // largest message by default, in bytes; 0 is no limit known
}

// Promise is one row of the table that people are shown.
type Promise struct {
	Name    string // the field's name in Capabilities
	Meaning string
	Kept    bool
}

// Promises returns the yes-or-no capabilities as rows, in a fixed order.
func (c Capabilities) Promises() []Promise {
	return []Promise{
		{"AtLeastOnce", "a message that was not settled is delivered again", c.AtLeastOnce},
		{"Reject", "a rejected message goes to the dead letter address", c.Reject},
		{"Requeue", "a requeued message is delivered again", c.Requeue},
		{"Ordered", "messages of one key arrive in order", c.Ordered},
		{"Groups", "receivers of one group share the messages", c.Groups},
		{"Queue", "a message waits for one receiver and goes to it alone", c.Queue},
		{"FanOut", "each group has its own copy of every message", c.FanOut},
		{"Headers", "headers with binary values and repeated names", c.Headers},
		{"HeaderOrder", "headers of different names keep their order", c.HeaderOrder},
		{"Keys", "messages have keys", c.Keys},
		{"Timestamps", "the sender's timestamp arrives", c.Timestamps},
		{"Replay", "stored messages can be read again from a position", c.Replay},
		{"StartTime", "a receiver can start at a time", c.StartTime},
		{"Correlation", "the protocol carries a correlation id", c.Correlation},
		{"ReplyTo", "the protocol carries a reply address", c.ReplyTo},
		{"Create", "addresses can be created", c.Create},
		{"NeedsCreate", "an address must exist before it is used", c.NeedsCreate},
	}
}
