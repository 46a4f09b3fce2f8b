package bridge

import (
	"fmt"
	"strings"
	"time"

	"github.com/weft-dev/weft/wire/endpoint"
)

// Kind says what happened.
type Kind string

// The kinds.
const (
	Buried    Kind = "dead letter" // a message was made a dead letter
	Skipped   Kind = "skipped"     // a message is gone
	Retrying  Kind = "retrying"    // the target did not take messages; they are sent again
	Unsettled Kind = "unsettled"   // the source may deliver messages once more
	Promise   Kind = "promise"     // what a protocol does not promise
)

// Event is something that deserves a person's attention.
type Event struct {
	Kind Kind
	// Message or Rejected is the message that it is about, if it is one.
	Message  *endpoint.Message
	Rejected *endpoint.Rejected
	Err      error
	Text     string
	// Count is how many messages it is about, and Wait how long until they are
	// sent again.
	Count int
	Wait  time.Duration
}

// settled notes that the source could not be told.
func (e *Event) settled(err error) {
	if err != nil {
		e.Text = "; the source was not told, and may deliver it once more: " + err.Error()
	}
}

// ID is what tells the message from others at its source, or "".
func (e Event) ID() string {
	switch {
	case e.Message != nil:
		return e.Message.Identity()
	case e.Rejected != nil && e.Rejected.ID != "":
		return e.Rejected.ID
	case e.Rejected != nil:
		return string(e.Rejected.Position)
	}
	return ""
}

// String says it in one line, for people.
func (e Event) String() string {
	var b strings.Builder
	switch e.Kind {
	case Retrying:
		fmt.Fprintf(&b, "%d waiting, next try in %s: %v", e.Count, e.Wait, e.Err)
	case Unsettled:
		fmt.Fprintf(&b, "%d may come once more, since the source was not told: %v", e.Count, e.Err)
	case Promise:
		return e.Text
	default:
		fmt.Fprintf(&b, "%s: message %s: %v%s", e.Kind, e.ID(), e.Err, e.Text)
	}
	return b.String()
}
