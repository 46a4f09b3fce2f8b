package machine

import "time"

// Event is something that happened, with the time at which it did. Events are
// the only way in; their order is the run's history.
type Event interface {
	// When is the time at which it happened.
	When() time.Time
	kind() string
}

// Stamp is the time of an event. It is part of each.
type Stamp struct {
	At time.Time `json:"at"`
}

// When implements Event.
func (s Stamp) When() time.Time { return s.At }

// Started begins a run. Nothing can happen before it, and it happens once.
type Started struct {
	Stamp
	// Run is the run's name: unique in its journal, and the beginning of the
	// id of each effect.
	Run string `json:"run"`
	// Inputs are those of the plan's root workflow, judged and completed.
	Inputs map[string]any `json:"inputs,omitempty"`
	// More are inputs for workflows that the root depends on, by their names
	// (A33).
	More    map[string]map[string]any `json:"more,omitempty"`
	Options Options                   `json:"options"`
	// Trigger are headers of the message that began the run, those that say
	// where in a trace it is; none where no message did.
	Trigger map[string]any `json:"trigger,omitempty"`
}

// Options are what may differ between runs of one plan. They are part of the
// history, so that a run goes on as it began.
type Options struct {
	// Parallel is how many steps of a graph may be under way at once, receives
	// aside; 0 means 1 (A15).
	Parallel int `json:"parallel,omitempty"`
	// ReceiveTimeout is the timeout of a receive that states none; 0 lets it
	// wait for ever (A13).
	ReceiveTimeout time.Duration `json:"receiveTimeout,omitempty"`
	// MaxSteps is how many steps may be begun, repetitions counted; 0 means
	// DefaultMaxSteps (A28).
	MaxSteps int `json:"maxSteps,omitempty"`
	// InboxMessages, InboxBytes and InboxTTL bound the messages that arrived
	// and that nobody waited for yet (A8); 0 means the defaults.
	InboxMessages int           `json:"inboxMessages,omitempty"`
	InboxBytes    int           `json:"inboxBytes,omitempty"`
	InboxTTL      time.Duration `json:"inboxTTL,omitempty"`
}

// The bounds of a run that states none.
const (
	DefaultMaxSteps      = 10_000
	DefaultInboxMessages = 1_000
	DefaultInboxBytes    = 16 << 20
	DefaultInboxTTL      = 24 * time.Hour
)

// Subscribed says that a subscription stands.
type Subscribed struct {
	Stamp
	ID string `json:"id"`
	// Positions are where it began, in the driver's words, so that it can be
	// taken up there again; none where the broker cannot do that.
	Positions []string `json:"positions,omitempty"`
}

// SubscribeFailed says that a subscription could not be made, or ended.
type SubscribeFailed struct {
	Stamp
	ID    string `json:"id"`
	Error string `json:"error"`
}

// Responded says what an HTTP service answered.
type Responded struct {
	Stamp
	ID      string              `json:"id"`
	Method  string              `json:"method,omitempty"`
	URL     string              `json:"url,omitempty"`
	Status  int                 `json:"status"`
	Headers map[string][]string `json:"headers,omitempty"`
	// Body is plain data where the answer is JSON, otherwise a text, or nil.
	Body any `json:"body,omitempty"`
	// Problem says what is wrong with the body, such as that it is not the
	// JSON it claims to be. The step fails with it.
	Problem string `json:"problem,omitempty"`
}

// CallFailed says that a call got no answer.
type CallFailed struct {
	Stamp
	ID    string `json:"id"`
	URL   string `json:"url,omitempty"`
	Error string `json:"error"`
}

// Sent says that the broker has a message.
type Sent struct {
	Stamp
	ID string `json:"id"`
	// Address and Position are where it went, as far as is known.
	Address  string `json:"address,omitempty"`
	Position string `json:"position,omitempty"`
	// Message is the message's name in its channel.
	Message string `json:"message,omitempty"`
	// Headers and Payload are the message as it was sent, where that differs
	// from the effect; nil otherwise.
	Headers map[string]any `json:"headers,omitempty"`
	Payload any            `json:"payload,omitempty"`
}

// SendFailed says that the broker has not confirmed a message.
type SendFailed struct {
	Stamp
	ID    string `json:"id"`
	Error string `json:"error"`
}

// Arrived is a message that came in on a subscription.
type Arrived struct {
	Stamp
	// Subscription is the id of the Subscribe effect.
	Subscription string  `json:"subscription"`
	Message      Message `json:"message"`
}

// Message is a message that was received and decoded.
type Message struct {
	// ID names the message on its broker; two deliveries of one message have
	// the same (A11).
	ID      string `json:"id,omitempty"`
	Address string `json:"address,omitempty"`
	// Names are the candidates that it is valid as, by their names in the
	// channel (A10).
	Names   []string       `json:"names,omitempty"`
	Headers map[string]any `json:"headers,omitempty"`
	Payload any            `json:"payload,omitempty"`
	// Correlation is the protocol's own correlation id, or "".
	Correlation string    `json:"correlation,omitempty"`
	Timestamp   time.Time `json:"timestamp,omitzero"`
	// Size is how many bytes it counts for.
	Size int `json:"size,omitempty"`
}

// Answer makes the event of a person's answer to an AskPerson. It is recorded
// as a message that arrived: a run that waits for a person waits as for any
// other message. By is who answered, or "".
func Answer(at time.Time, ask string, answer any, by string) Arrived {
	message := Message{ID: ask, Payload: answer, Timestamp: at}
	if by != "" {
		message.Headers = map[string]any{"by": by}
	}
	return Arrived{Stamp: Stamp{At: at}, Subscription: ask, Message: message}
}

// Kept says that a callback is registered, durably where the run is.
type Kept struct {
	Stamp
	ID string `json:"id"`
	// Positions are where the watching of its channel began, in the driver's
	// words, so that it can be taken up there again.
	Positions []string `json:"positions,omitempty"`
}

// KeepFailed says that a callback could not be registered.
type KeepFailed struct {
	Stamp
	ID    string `json:"id"`
	Error string `json:"error"`
}

// TimerFired says that a time that was asked for has come. It may come late,
// as after a crash, but never early.
type TimerFired struct {
	Stamp
	ID string `json:"id"`
	// Passed is what arrived meanwhile and was not for this run, so that a
	// timeout can say so.
	Passed []Passed `json:"passed,omitempty"`
}

// Passed counts messages on a subscription that the run had no use for.
type Passed struct {
	Subscription string `json:"subscription"`
	Count        int    `json:"count"`
	// Last says why the last one was not taken.
	Last string `json:"last,omitempty"`
}

// Cancelled ends a run from outside.
type Cancelled struct {
	Stamp
	Reason string `json:"reason,omitempty"`
}

// Resumed says that another process has taken the run up. The effects that
// were under way are asked for again.
type Resumed struct{ Stamp }

// Retried takes a run up again that has failed or was cancelled, from a step of
// the run's workflow on.
type Retried struct {
	Stamp
	// From is the id of the step to begin at.
	From string `json:"from"`
}

func (Started) kind() string         { return "started" }
func (Subscribed) kind() string      { return "subscribed" }
func (SubscribeFailed) kind() string { return "subscribeFailed" }
func (Responded) kind() string       { return "responded" }
func (CallFailed) kind() string      { return "callFailed" }
func (Sent) kind() string            { return "sent" }
func (SendFailed) kind() string      { return "sendFailed" }
func (Arrived) kind() string         { return "arrived" }
func (Kept) kind() string            { return "kept" }
func (KeepFailed) kind() string      { return "keepFailed" }
func (TimerFired) kind() string      { return "timerFired" }
func (Cancelled) kind() string       { return "cancelled" }
func (Resumed) kind() string         { return "resumed" }
func (Retried) kind() string         { return "retried" }
