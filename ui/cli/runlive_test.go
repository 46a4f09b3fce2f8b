package cli

import (
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/flow/machine"
)

// On a terminal the last line says what is waited for, for how long, and how
// long it may still take; it makes room for what happens, and goes with the run.
func TestTheLineOfWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	shown := &trace{out: &screen{Writer: &b, width: 120}, column: 5}
	l := &live{trace: shown, done: make(chan struct{}), begun: true} // nothing draws but we
	shown.live = l
	now := time.Now()
	draw := func(after time.Duration) string {
		b.Reset()
		l.draw(now.Add(after))
		return b.String()
	}
	if got := draw(time.Hour); got != "" {
		t.Errorf("nothing is under way: %q", got)
	}
	wait := machine.Happening{Kind: machine.WaitBegan, Step: "hear", Address: "orders", At: now, Until: now.Add(time.Minute)}
	shown.Observe(wait)
	call := machine.Happening{Kind: machine.RequestSent, Step: "call", Method: "GET\x1b[2J", Address: "/a?token=geheim", At: now}
	shown.Observe(call)
	if got := draw(liveAfter / 2); got != "" {
		t.Errorf("what is soon over needs no line: %q", got)
	}
	if got := draw(3 * time.Second); !strings.Contains(got, "hear   waits: a message on orders, for 3.0s, at most 57.0s more (and 1 more)") || strings.Contains(got, "\n") {
		t.Errorf("got %q", got)
	}
	b.Reset()
	shown.Observe(machine.Happening{Kind: machine.StepEnded, Step: "hear", At: now})
	if got := b.String(); !strings.HasPrefix(got, "\r\x1b[K  ✓") {
		t.Errorf("the line does not make room: %q", got)
	}
	if got := draw(4 * time.Second); !strings.Contains(got, `the answer to GET\x1b[2J /a?token=***`) || strings.Contains(got, "\x1b[2J") {
		t.Errorf("got %q", got)
	}
	back := shown.leave()
	if got := draw(5 * time.Second); got != "" {
		t.Errorf("the terminal is somebody else's: %q", got)
	}
	back()
	if draw(6*time.Second) == "" {
		t.Error("the line does not come back")
	}
	b.Reset()
	shown.stop()
	if got := b.String(); got != "\r\x1b[K" {
		t.Errorf("the end leaves %q", got)
	}
	if got := draw(7 * time.Second); got != "" {
		t.Errorf("after the end comes %q", got)
	}
}
