package mock

import (
	"context"
	"math/rand/v2"
	"time"
)

// pace says when the next message is due. What was late for a moment is caught
// up with; what fell behind further is not, or a server that comes back would be
// flooded.
type pace struct {
	every  time.Duration
	jitter float64 // share of every by which a pause is longer or shorter
	draw   *rand.Rand
	due    time.Time
}

// maxBehind is how far behind is caught up with.
const maxBehind = time.Second

func newPace(every time.Duration, jitter float64, seed uint64) *pace {
	return &pace{every: every, jitter: jitter, draw: rand.New(rand.NewPCG(seed, 0))} //nolint:gosec // it must be the same again
}

// step is the next pause.
func (p *pace) step() time.Duration {
	return time.Duration(float64(p.every) * (1 + p.jitter*(2*p.draw.Float64()-1)))
}

// wait waits until the next message is due; false where ctx ended first.
func (p *pace) wait(ctx context.Context) bool {
	now := time.Now()
	if p.due.IsZero() || now.Sub(p.due) > maxBehind {
		p.due = now
	}
	p.due = p.due.Add(p.step())
	return pause(ctx, p.due.Sub(now))
}
