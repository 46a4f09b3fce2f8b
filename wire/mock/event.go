package mock

import (
	"fmt"
	"time"

	"github.com/weft-dev/weft/wire/endpoint"
)

// Kind is a kind of event.
type Kind string

// The kinds of event.
const (
	Received Kind = "received" // a message arrived
	Answered Kind = "answered" // its reply was sent
	Sent     Kind = "sent"     // a message was sent that nobody asked for
	Rejected Kind = "rejected" // something arrived that the contract does not know
	Failed   Kind = "failed"   // a reply could not be made or sent
	Skipped  Kind = "skipped"  // an operation is not played, and why
	Served   Kind = "served"   // an HTTP request was answered
	Dropped  Kind = "dropped"  // a message or an answer was not sent, on purpose
	Ended    Kind = "ended"    // a scenario was played
	// Of requests that the application sends on its own:
	Replied    Kind = "replied"    // the reply arrived
	Stray      Kind = "stray"      // a reply arrived that belongs to none of them
	Unanswered Kind = "unanswered" // no reply arrived in time
)

// Event is something that a mock did, for display.
type Event struct {
	Kind Kind
	Time time.Time
	// Source is the document's name and Operation the operation's id.
	Source    string
	Operation string
	// Message is what was received or sent.
	Message *endpoint.Message
	// Duplicate says that a received message was received before, by its id.
	Duplicate bool
	// Fault is what was done on purpose to what was sent, in words.
	Fault string
	// Rejected is what was not a message of the contract.
	Rejected *endpoint.Rejected
	// Method, Path and Status are those of an HTTP exchange.
	Method, Path string
	Status       int
	// Text says in words what there is to say besides, as why a request was
	// refused.
	Text string
	Err  error
}

// String says in one line what happened.
func (e Event) String() string {
	head := fmt.Sprintf("%s %s %s", e.Source, e.Operation, e.Kind)
	switch {
	case e.Kind == Dropped && e.Method != "":
		return fmt.Sprintf("%s %s %s: hung up on purpose", e.Source, e.Method, e.Path)
	case e.Kind == Served && e.Fault != "":
		return fmt.Sprintf("%s %s %s: %d, on purpose %s", e.Source, e.Method, e.Path, e.Status, e.Fault)
	case e.Kind == Served && e.Text != "":
		return fmt.Sprintf("%s %s %s: %d, %s", e.Source, e.Method, e.Path, e.Status, e.Text)
	case e.Kind == Served:
		return fmt.Sprintf("%s %s %s: %d", e.Source, e.Method, e.Path, e.Status)
	case e.Rejected != nil:
		return fmt.Sprintf("%s: %s", head, e.Rejected.Explanation)
	case e.Err != nil:
		return fmt.Sprintf("%s: %v", head, e.Err)
	case e.Kind == Stray:
		return fmt.Sprintf("%s reply: %s at %s has the correlation id %v, which no request waits for", head, e.Message.Name, e.Message.Address, e.Message.CorrelationID)
	case e.Message != nil && e.Fault != "":
		return fmt.Sprintf("%s %s, on purpose %s, at %s", head, e.Message.Name, e.Fault, e.Message.Address)
	case e.Message != nil:
		return fmt.Sprintf("%s %s at %s", head, e.Message.Name, e.Message.Address)
	}
	if e.Operation == "" {
		head = fmt.Sprintf("%s %s", e.Source, e.Kind)
	}
	return head + ": " + e.Text
}
