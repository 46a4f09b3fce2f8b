package nats

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// care keeps what the server holds for us alive until ctx ends: it tells of
// messages that are being worked on, and finds consumers again.
func (r *consumer) care(ctx context.Context) {
	tick := time.NewTicker(max(r.set.ackWait/3, 5*time.Millisecond))
	defer tick.Stop()
	wait := firstWait
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-r.kick:
		}
		now := time.Now()
		r.sayAlive(now)
		if r.repair(ctx, now) {
			wait = firstWait
			continue
		}
		// The server may be starting: soon again, but not at once.
		timer := time.AfterFunc(wait, r.look)
		context.AfterFunc(ctx, func() { timer.Stop() })
		wait = min(2*wait, 2*time.Second)
	}
}

const firstWait = 20 * time.Millisecond

// look makes the keeper look now.
func (r *consumer) look() {
	select {
	case r.kick <- struct{}{}:
	default:
	}
}

// renewed is told of a new connection, over which nothing is on its way that
// was asked for over the old one.
func (r *consumer) renewed() {
	for _, s := range r.sources {
		s.doubt()
	}
	r.look()
}

// sayAlive tells the server that messages are being worked on, so that it does
// not give them to others.
func (r *consumer) sayAlive(now time.Time) {
	if r.opts.Group == "" {
		return
	}
	r.mu.Lock()
	r.forget(now)
	var old []string
	for _, d := range r.held {
		if !d.failed && now.Sub(d.alive) >= r.set.ackWait/3 {
			d.alive = now
			old = append(old, d.m.Reply)
		}
	}
	r.mu.Unlock()
	for _, reply := range slices.Concat(old, r.waiting()) {
		if r.client.Publish(reply, ackWorking) != nil {
			return // without a connection; the next turn tries again
		}
	}
}

// forget is for what could not be settled and the server has given up on: it
// delivers it again. The caller holds r.mu.
func (r *consumer) forget(now time.Time) {
	if r.failures == 0 {
		return
	}
	kept := r.held[:0]
	for _, d := range r.held {
		if d.failed && now.Sub(d.alive) > r.set.ackWait {
			r.failures--
			continue
		}
		d.place = len(kept)
		kept = append(kept, d)
	}
	clear(r.held[len(kept):])
	r.held = kept
}

// waiting are the messages that arrived and nobody has asked for yet.
func (r *consumer) waiting() []string {
	r.queue.mu.Lock()
	defer r.queue.mu.Unlock()
	list := make([]string, len(r.queue.items))
	for i, a := range r.queue.items {
		list[i] = a.m.Reply
	}
	return list
}

// repair looks for consumers that may be lost. It reports false when it could
// not find out.
func (r *consumer) repair(ctx context.Context, now time.Time) bool {
	well := true
	for _, s := range r.sources {
		if s.stale(now) {
			s.doubt()
		}
		if !s.isLost() {
			continue
		}
		if err := s.again(ctx); err != nil {
			well = r.verdict(err) && well
		}
	}
	r.refill()
	return well
}

// again finds a group's consumer, or makes one that goes on after the last
// message.
func (s *source) again(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if s.receiver.opts.Group == "" {
		old := s.name()
		if err := s.alone(ctx); err != nil {
			return err
		}
		_ = s.receiver.js.DeleteConsumer(ctx, s.stream, old) // usually it is gone
		return nil
	}
	found, err := s.receiver.js.Consumer(ctx, s.stream, s.receiver.set.durable)
	if err == nil {
		s.joined(found)
	}
	return err
}

// verdict ends the receiver where it can never receive again, and reports
// whether that is so.
func (r *consumer) verdict(err error) bool {
	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound):
		err = missingError{errors.New("the stream was removed")}
	case errors.Is(err, jetstream.ErrConsumerNotFound):
		err = missingError{fmt.Errorf("the consumer %q of the group was removed", r.set.durable)}
	default:
		return false
	}
	r.mu.Lock()
	r.broken = err
	r.mu.Unlock()
	r.queue.wake()
	return true
}
