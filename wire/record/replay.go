package record

import (
	"context"
	"errors"
	"io"
	"time"
)

// Pace says how fast a recording is put back.
type Pace struct {
	// Speed is how many times as fast as it was recorded; 0 is without waiting.
	Speed float64
}

// longestWait bounds the pause between two messages of a recording.
const longestWait = 24 * time.Hour

// Replay reads a recording and hands on its messages, each when it is due:
// counted from the first that passes. keep decides which are handed on; nil takes
// all. It ends with the recording, with ctx, or with an error of send.
func Replay(ctx context.Context, r *Reader, pace Pace, keep func(Entry) bool, send func(context.Context, Entry) error) (sent, passed int, err error) {
	var first, begun time.Time
	for {
		e, err := r.Next()
		if errors.Is(err, io.EOF) {
			return sent, passed, nil
		}
		if err != nil {
			return sent, passed, err
		}
		if keep != nil && !keep(e) {
			passed++
			continue
		}
		if first.IsZero() {
			first, begun = e.At, time.Now()
		}
		if err := wait(ctx, begun, e.At.Sub(first), pace); err != nil {
			return sent, passed, err
		}
		if err := send(ctx, e); err != nil {
			return sent, passed, err
		}
		sent++
	}
}

// wait waits until a message is due that arrived so long after the first.
func wait(ctx context.Context, begun time.Time, after time.Duration, pace Pace) error {
	if err := ctx.Err(); err != nil || pace.Speed <= 0 || after <= 0 {
		return err
	}
	due := longestWait
	if scaled := float64(after) / pace.Speed; scaled < float64(longestWait) {
		due = time.Duration(scaled)
	}
	timer := time.NewTimer(time.Until(begun.Add(due)))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
