package amqp

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/rabbitmq/amqp091-go"
)

// closing bounds what a goodbye may take from a server that no longer answers.
const closing = 5 * time.Second

// line is a connection that is made anew when it is broken.
type line struct {
	entrance *entrance
	work     *sync.WaitGroup // calls that somebody gave up on
	turn     chan struct{}   // held by who is connecting

	mu     sync.Mutex
	link   *link
	closed bool
}

func newLine(e *entrance, work *sync.WaitGroup) *line {
	return &line{entrance: e, work: work, turn: make(chan struct{}, 1)}
}

// live returns the connection, or nil where there is none that works.
func (l *line) live() (*link, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, errClosed
	}
	if l.link == nil || l.link.IsClosed() {
		return nil, nil
	}
	return l.link, nil
}

// get returns a connection that works, as far as is known.
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
	made, err := l.entrance.dial(ctx)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, errors.Join(errClosed, made.goodbye())
	}
	l.link = made
	return made, nil
}

// channel opens a channel, on a link that is returned too. A connection that
// turns out to be broken is made anew once.
func (l *line) channel(ctx context.Context) (*amqp091.Channel, *link, error) {
	for attempt := 0; ; attempt++ {
		known, err := l.get(ctx)
		if err != nil {
			return nil, nil, err
		}
		ch, err := await(ctx, l.work, known.Channel, dispose)
		if err == nil || attempt > 0 || !known.IsClosed() {
			return ch, known, err
		}
	}
}

// on runs do on a channel of its own.
func (l *line) on(ctx context.Context, do func(*amqp091.Channel) error) error {
	ch, _, err := l.channel(ctx)
	if err != nil {
		return err
	}
	_, err = await(ctx, l.work, func() (struct{}, error) {
		defer dispose(ch)
		return struct{}{}, do(ch)
	}, nil)
	return err
}

// dispose closes a channel that nobody needs; one that is broken is closed.
func dispose(ch *amqp091.Channel) { _ = ch.Close() }

func (l *line) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	if l.link == nil {
		return nil
	}
	return l.link.goodbye()
}

// goodbye ends a connection in bounded time. That one which is broken, or breaks
// meanwhile, cannot say it is no news.
func (k *link) goodbye() error {
	until := time.Now().Add(closing)
	k.socket.sayGoodbye(until)
	_ = k.CloseDeadline(until)
	_ = k.socket.Close()
	return nil
}

// await runs a call of the library that does not end with ctx. When ctx ends
// first, the call goes on, and late is given what comes of it.
func await[T any](ctx context.Context, work *sync.WaitGroup, do func() (T, error), late func(T)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	answers, gone := make(chan answer), make(chan struct{})
	work.Go(func() {
		value, err := do()
		select {
		case answers <- answer{value, err}:
		case <-gone:
			if err == nil && late != nil {
				late(value)
			}
		}
	})
	select {
	case a := <-answers:
		return a.value, a.err
	case <-ctx.Done():
		close(gone)
		var none T
		return none, ctx.Err()
	}
}
