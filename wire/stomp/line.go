package stomp

import (
	"context"
	"sync"
)

// line is a link that is made anew when it is broken.
type line struct {
	entrance *entrance
	turn     chan struct{} // held by who is connecting

	mu     sync.Mutex
	link   *link
	closed bool
}

func newLine(e *entrance) *line { return &line{entrance: e, turn: make(chan struct{}, 1)} }

// live returns the link, or nil where there is none that works.
func (l *line) live() (*link, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, errClosed
	}
	if l.link == nil || !l.link.alive() {
		return nil, nil
	}
	return l.link, nil
}

// get returns a link that works, as far as is known.
func (l *line) get(ctx context.Context) (*link, error) {
	if known, err := l.live(); known != nil || err != nil {
		return known, err
	}
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if known, err := l.live(); known != nil || err != nil {
		return known, err
	}
	made, err := l.entrance.dial(ctx, nil)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		made.goodbye()
		return nil, errClosed
	}
	old := l.link
	l.link = made
	l.mu.Unlock()
	if old != nil {
		old.work.Wait() // it has ended
	}
	return made, nil
}

func (l *line) close() {
	l.mu.Lock()
	l.closed = true
	last := l.link
	l.mu.Unlock()
	if last != nil {
		last.goodbye()
	}
}
