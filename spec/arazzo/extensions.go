package arazzo

import (
	"time"

	"github.com/weft-dev/weft/text/tree"
)

// The extensions in this file are those of the public discussion that led to
// the asynchronous steps of Arazzo 1.1. Documents that use them exist, so they
// are typed here and not lost; each gets the finding "arazzo/draft-extension".

// AsyncOperation is the step extension "x-async-operation". It says what a
// step does in place of its operationId, which is a placeholder then.
type AsyncOperation struct {
	Node *tree.Node
	Type Direction
	// Channel is the address of the channel.
	Channel *tree.Node
	// Operation is the target of "operationId"; TargetNone where absent.
	Operation Target
	// FireAndForget says that nobody waits for an answer.
	FireAndForget bool
	// CorrelationID is the id that a sent message carries ("correlationId"),
	// and TrackingID the one by which callbacks know it ("trackingId").
	CorrelationID *Value
	TrackingID    *Value
	// CorrelationKey is the field of the message that holds the id
	// ("x-correlation-key"), or "".
	CorrelationKey string
	// Correlation says which message is waited for, or nil.
	Correlation *AsyncCorrelation
	// Timeout is how long to wait; the extension counts seconds.
	Timeout    time.Duration
	HasTimeout bool
	// Group is the name of "x-track-for-aggregation", or "".
	Group string
	// Callbacks is "x-callback-registration", or nil.
	Callbacks *CallbackRegistration
}

// AsyncCorrelation is "correlation" of "x-async-operation".
type AsyncCorrelation struct {
	Node *tree.Node
	// ID is the value expected, Match the expression that finds it in a
	// message.
	ID    *Value
	Match *tree.Node
}

// CallbackRegistration is "x-callback-registration": channels that are watched
// after the workflow has ended.
type CallbackRegistration struct {
	Node   *tree.Node
	Events []*CallbackEvent
}

// CallbackEvent is one channel that is watched, the condition that a message
// has to meet, and the webhook that gets it.
type CallbackEvent struct {
	Node    *tree.Node
	Event   *tree.Node
	Webhook *tree.Node
	Filter  *tree.Node
}

// Strategy says when an aggregation is complete.
type Strategy uint8

// The strategies of "x-async-aggregate".
const (
	StrategyNone Strategy = iota
	StrategyAll
	StrategyAny
	StrategyQuorum
)

// String returns the strategy's name, or "".
func (s Strategy) String() string {
	switch s {
	case StrategyAll:
		return "all"
	case StrategyAny:
		return "any"
	case StrategyQuorum:
		return "quorum"
	}
	return ""
}

// AsyncAggregate is the step extension "x-async-aggregate": it waits for the
// answers to a group of messages that were sent before.
type AsyncAggregate struct {
	Node *tree.Node
	// Group is "wait-for-group": the name that senders gave in
	// "x-track-for-aggregation".
	Group string
	// Timeout is how long to wait; the extension counts seconds.
	Timeout    time.Duration
	HasTimeout bool
	Strategy   Strategy
	// Quorum is how many answers are enough, for StrategyQuorum.
	Quorum   int
	Channels []*AggregateChannel
}

// AggregateChannel is one channel on which an answer is awaited.
type AggregateChannel struct {
	Node             *tree.Node
	Channel          *tree.Node
	CorrelationMatch *tree.Node
	OutputAs         string
}

// AsyncCallbacks is the workflow extension "x-async-callbacks".
type AsyncCallbacks struct {
	Node    *tree.Node
	Enabled bool
	// CorrelationStore is the address of the store, or "" for the process's own.
	CorrelationStore string
	WebhookBase      *tree.Node
}

// Interaction is the step extension "x-interaction": a person is asked, and
// the step waits for the answer. It is shaped after the open proposal for
// Arazzo 1.2.
type Interaction struct {
	Node *tree.Node
	// Prompt is what the person is asked, Context what they have to know, nil
	// where absent; both may have expressions inside.
	Prompt  *tree.Node
	Context *tree.Node
	// Schema is the JSON Schema of the answer, or nil.
	Schema *tree.Node
	// Acknowledge says that the person only takes notice ("mode").
	Acknowledge bool
	// Timeout is how long to wait; the extension counts seconds.
	Timeout    time.Duration
	HasTimeout bool
	// Continue says that the step succeeds without an answer when the time is
	// over ("onTimeout"); otherwise it fails.
	Continue bool
}

// FinalResponse is the step extension "x-final-response".
type FinalResponse struct {
	Node *tree.Node
	// Immediate says that the run ends here and does not wait for what is
	// still under way.
	Immediate bool
}
