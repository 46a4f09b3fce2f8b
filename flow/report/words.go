package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/text/source"
)

// Tone is how a line is meant.
type Tone uint8

// The tones of lines.
const (
	Quiet   Tone = iota // of those who wait and look on
	Traffic             // something was sent or came
	Good
	Attention
	Bad
)

// Line is what people are told of a happening.
type Line struct {
	// Mark is one character that says what kind of line it is.
	Mark string
	Tone Tone
	Text string
	// Payload is what was sent or came, nil where nothing did.
	Payload any
}

// LineOf puts a happening into words; nobody wants to know of every one.
func LineOf(h *machine.Happening) (Line, bool) {
	switch h.Kind {
	case machine.WaitBegan:
		return Line{"…", Quiet, waitsOn(h) + waitsFor(h), nil}, true
	case machine.RequestSent:
		return Line{"→", Traffic, h.Method + " " + Address(h.Address), h.Payload}, true
	case machine.ResponseCame:
		return Line{"←", Traffic, fmt.Sprintf("%d from %s", h.Status, Address(h.Address)), h.Payload}, true
	case machine.MessageSent:
		return Line{"→", Traffic, "sent to " + h.Address, h.Payload}, true
	case machine.MessageCame:
		return Line{"←", Traffic, "received from " + h.Address, h.Payload}, true
	case machine.PersonAsked:
		return Line{"?", Attention, h.Text, h.Payload}, true
	case machine.PersonAnswered:
		return Line{"←", Traffic, "answered", h.Payload}, true
	case machine.CallbackKept:
		return Line{"…", Quiet, "messages of " + h.Text + " will be delivered to " + source.Redact(h.Address), nil}, true
	case machine.RetryPlanned:
		return Line{"!", Attention, h.Text + inAWhile(h), nil}, true
	case machine.MessageDropped, machine.Noted:
		return Line{"!", Attention, h.Text, nil}, true
	case machine.MessagePassed:
		return Line{"·", Quiet, "passed over a message of " + h.Address + ": " + h.Text, nil}, true
	case machine.ActionTaken:
		return Line{"↪", Quiet, h.Text, nil}, true
	case machine.RunResumed:
		return Line{"↻", Traffic, "resumed from its journal", nil}, true
	case machine.StepEnded:
		return stepEnded(h), true
	}
	return Line{}, false
}

func stepEnded(h *machine.Happening) Line {
	if h.Failure == nil {
		return Line{"✓", Good, "done in " + Short(h.Took), nil}
	}
	return Line{"✗", Bad, h.Failure.Message, nil}
}

func waitsOn(h *machine.Happening) string {
	if h.Address == "" { // it waits for others that wait
		return "waits"
	}
	return "waits on " + h.Address
}

func waitsFor(h *machine.Happening) string {
	var b strings.Builder
	if h.Text != "" {
		b.WriteString(" for " + h.Text)
	}
	if !h.Until.IsZero() {
		fmt.Fprintf(&b, ", at most %s", Short(h.Until.Sub(h.At)))
	}
	if h.ByDefault {
		b.WriteString(" by --receive-timeout")
	}
	return b.String()
}

// inAWhile says when the next attempt is, where that is not at once.
func inAWhile(h *machine.Happening) string {
	if !h.Until.After(h.At) {
		return ""
	}
	return ", in " + Short(h.Until.Sub(h.At))
}

// Short writes a duration as a person would say it.
func Short(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return d.Round(10 * time.Microsecond).String()
	case d < time.Second:
		return d.Round(100 * time.Microsecond).String()
	}
	return d.Round(10 * time.Millisecond).String()
}
