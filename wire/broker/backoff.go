package broker

import (
	"context"
	"math/rand/v2"
	"time"
)

// Backoff is how long to wait between attempts: First, then twice as long each
// time up to Most, each shortened by up to a fifth by chance, so that many
// clients do not come back at the same instant.
type Backoff struct {
	First time.Duration // default 100 ms
	Most  time.Duration // default 5 s
}

func (b Backoff) withDefaults() Backoff {
	if b.First <= 0 {
		b.First = 100 * time.Millisecond
	}
	if b.Most <= 0 {
		b.Most = 5 * time.Second
	}
	return b
}

// wait returns how long to wait after the failed attempt of that number, which
// counts from 0.
func (b Backoff) wait(attempt int) time.Duration {
	wait := b.First
	for range attempt {
		if wait >= b.Most {
			break
		}
		wait *= 2
	}
	wait = min(wait, b.Most)
	return wait - time.Duration(rand.Int64N(int64(wait)/5+1))
}

// sleep waits, and reports false when ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
