package engine

import (
	"fmt"
	"strings"
	"sync/atomic"
)

// Unmatched is what becomes of a message of a queue that no run waits for
// (A11).
type Unmatched string

// The fates. A queue gives a message to one receiver alone, so that somebody
// has to decide.
const (
	// Park keeps it for a run that comes to wait for it. Where nothing keeps
	// messages, as in a run on its own, it is Requeue.
	Park Unmatched = "park"
	// Requeue gives it back to the queue, after a pause that grows each time.
	Requeue Unmatched = "requeue"
	// Bury brings it to the dead letter address.
	Bury Unmatched = "deadletter"
)

// ParseUnmatched reads what somebody wants: park, requeue or
// deadletter=ADDRESS.
func ParseUnmatched(text string) (fate Unmatched, address string, err error) {
	word, address, has := strings.Cut(text, "=")
	switch fate = Unmatched(word); {
	case fate == Bury && address == "":
		return "", "", fmt.Errorf("%q names no address; write deadletter=ADDRESS", text)
	case fate == Bury, !has && (fate == Park || fate == Requeue):
		return fate, address, nil
	}
	return "", "", fmt.Errorf("%q is not known; write park, requeue or deadletter=ADDRESS", text)
}

// Claim is whose a message of a queue is: whoever has recorded it says so, and
// only then is the queue told that it is done with.
type Claim struct {
	// Unmatched is what becomes of it where nobody takes it.
	Unmatched Unmatched

	again bool // it was offered before
	taken atomic.Bool
}

// Take says that somebody has recorded the message. With nil, which is one of a
// topic, it does nothing.
func (c *Claim) Take() {
	if c != nil {
		c.taken.Store(true)
	}
}

// Taken reports whether somebody has.
func (c *Claim) Taken() bool { return c.taken.Load() }

// wants reports whether a delivery is to be recorded. A message of a queue that
// was recorded before, and came again since the queue was not told, is taken
// without.
func (r *runner) wants(d *delivery) (bool, string) {
	claim, message := d.delivery.Claim, &d.delivery.Message
	switch {
	case claim == nil:
		return r.machine.Wants(d.subscription, message)
	case r.machine.Seen(d.subscription, message):
		claim.Take()
		return false, "it was delivered before"
	}
	return r.machine.Claims(d.subscription, message)
}
