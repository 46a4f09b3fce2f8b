package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/flow/report"
	"github.com/weft-dev/weft/text/diag"
)

// live is the last line of a terminal: what is under way now, and for how long.
// All of it is done while its trace is locked.
type live struct {
	trace *trace
	open  []underWay
	drawn bool
	frame int
	quiet int // others use the terminal
	begun bool
	done  chan struct{}
}

// underWay is something that a step waits for.
type underWay struct {
	key, step, what string
	since, until    time.Time
}

const (
	liveEvery = 100 * time.Millisecond
	// liveAfter is how long something takes before it is worth a line.
	liveAfter = 400 * time.Millisecond
)

func newLive(t *trace) *live { return &live{trace: t, done: make(chan struct{})} }

// observe notes what begins to be under way, and what no longer is.
func (l *live) observe(h *machine.Happening) {
	if l == nil || h.Step == "" {
		return
	}
	key := h.Workflow + "\x00" + h.Step
	switch h.Kind {
	case machine.WaitBegan:
		l.add(underWay{key, h.Step, strings.TrimPrefix("a message on "+h.Address, " on "), h.At, h.Until})
	case machine.RequestSent:
		l.add(underWay{key, h.Step, "the answer to " + h.Method + " " + report.Address(h.Address), h.At, h.Until})
	case machine.MessageSending:
		l.add(underWay{key, h.Step, "the broker to take a message to " + h.Address, h.At, h.Until})
	case machine.PersonAsked:
		l.add(underWay{key, h.Step, "a person", h.At, h.Until})
	case machine.RetryPlanned:
		l.add(underWay{key, h.Step, "the next attempt", h.At, h.Until})
	case machine.ResponseCame, machine.MessageSent, machine.MessageCame, machine.PersonAnswered, machine.StepEnded:
		l.drop(key)
	}
}

func (l *live) add(u underWay) {
	l.drop(u.key)
	l.open = append(l.open, u)
	if !l.begun {
		l.begun = true
		go l.run()
	}
}

func (l *live) drop(key string) {
	for i := range l.open {
		if l.open[i].key == key {
			l.open = append(l.open[:i], l.open[i+1:]...)
			return
		}
	}
}

func (l *live) run() {
	ticker := time.NewTicker(liveEvery)
	defer ticker.Stop()
	for {
		select {
		case <-l.done:
			return
		case now := <-ticker.C:
			l.trace.mu.Lock()
			l.draw(now)
			l.trace.mu.Unlock()
		}
	}
}

// draw writes the line as it is at a time.
func (l *live) draw(now time.Time) {
	select {
	case <-l.done:
		return
	default:
	}
	if l.quiet > 0 || len(l.open) == 0 || now.Sub(l.open[0].since) < liveAfter {
		l.clear()
		return
	}
	frames := [...]string{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"}
	l.frame = (l.frame + 1) % len(frames)
	out := l.trace.out
	name := fit(l.open[0].step, l.trace.column)
	padding := strings.Repeat(" ", max(l.trace.column-diag.Columns(name), 0))
	text := fit(l.open[0].words(now, len(l.open)-1), out.width-l.trace.column-8)
	fmt.Fprintf(out, "\r\x1b[K  %s  %s%s  %s", out.paint(cyan, frames[l.frame]), out.paint(bold, name), padding, out.paint(dim, text))
	l.drawn = true
}

// words say what is waited for, for how long, and how long it may still take.
func (u *underWay) words(now time.Time, others int) string {
	text := fmt.Sprintf("%s, for %s", u.what, seconds(now.Sub(u.since)))
	if !u.until.IsZero() {
		text += ", at most " + seconds(max(u.until.Sub(now), 0)) + " more"
	}
	if others > 0 {
		text += fmt.Sprintf(" (and %d more)", others)
	}
	return "waits: " + text
}

// seconds is a duration that is looked at while it changes.
func seconds(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%.1fs", d.Seconds())
	}
	return d.Round(time.Second).String()
}

// clear takes the line away, for another to be written.
func (l *live) clear() {
	if l != nil && l.drawn {
		fmt.Fprint(l.trace.out, "\r\x1b[K")
		l.drawn = false
	}
}

// stop ends what moves on the terminal.
func (t *trace) stop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.live == nil {
		return
	}
	t.live.clear()
	select {
	case <-t.live.done:
	default:
		close(t.live.done)
	}
}

// leave leaves the terminal to somebody else, until what it returns is called.
func (t *trace) leave() (back func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.live == nil {
		return func() {}
	}
	t.live.clear()
	t.live.quiet++
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.live.quiet--
	}
}
