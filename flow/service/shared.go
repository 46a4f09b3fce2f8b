package service

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/journal"
	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/spec/asyncapi"
)

// shared serves the subscriptions of all runs with one receiver for each
// channel: a line. Runs that wait are found by the correlation id that they
// wait for, and need not be in the process.
//
// It implements engine.Subscriber and engine.Selector.
type shared struct {
	service *Service
	inner   engine.Subscriber
	name    string // of the first workflow that has it

	mu     sync.Mutex
	lines  map[lineKey]*line
	queues map[*plan.Channel]bool // those it is known of, to be asked once
}

// lineKey tells channels apart: one server, one address, one contract.
type lineKey struct {
	source   *plan.Source
	channel  *asyncapi.Channel
	address  string
	messages string
}

func newShared(s *Service, name string, inner engine.Subscriber) *shared {
	return &shared{service: s, inner: inner, name: name, lines: map[lineKey]*line{}, queues: map[*plan.Channel]bool{}}
}

// isQueue reports whether each message of a channel goes to one receiver alone.
func (s *shared) isQueue(e machine.Subscribe) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	queue, known := s.queues[e.Channel]
	if !known {
		queuer, ok := s.inner.(engine.Queuer)
		queue = ok && queuer.Queue(e)
		s.queues[e.Channel] = queue
	}
	return queue
}

// keyOf tells which line a subscription is at. A queue has one for all: of two
// each would take what is for the other.
func keyOf(e machine.Subscribe, queue bool) lineKey {
	if queue {
		return lineKey{e.Channel.Use.Source, e.Channel.Spec, e.Address, ""}
	}
	names := make([]string, len(e.Messages))
	for i, m := range e.Messages {
		names[i] = m.Name
	}
	return lineKey{e.Channel.Use.Source, e.Channel.Spec, e.Address, strings.Join(names, "\x00")}
}

// line returns the line of a subscription, and makes it where there is none.
func (s *shared) line(e machine.Subscribe) *line {
	queue := s.isQueue(e)
	key := keyOf(e, queue)
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.lines[key]
	if l == nil {
		l = newLine(s, key, s.nameOf(e, &key, queue), e)
		l.queue = queue
		s.lines[key] = l
	}
	l.users++
	return l
}

// nameOf names a line in the journal. That of a queue is the same in all
// documents that call it the same, since what is parked is for all of them.
func (s *shared) nameOf(e machine.Subscribe, key *lineKey, queue bool) string {
	parts := []string{s.name, e.Channel.Use.Name, e.Channel.Spec.Name, e.Address, key.messages}
	if queue {
		parts[0] = "queue"
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return "listen/" + hex.EncodeToString(sum[:12])
}

// release lets a line go that nobody uses. One whose address is always the same
// stays, since the next run will want it.
func (s *shared) release(l *line, failed bool) {
	s.mu.Lock()
	l.users--
	gone := l.users == 0 && (failed || !l.subscribe.Channel.Fixed()) && s.lines[l.key] == l
	if gone {
		delete(s.lines, l.key)
	}
	s.mu.Unlock()
	if gone {
		l.close(true)
	}
}

// Subscribe implements engine.Subscriber.
func (s *shared) Subscribe(ctx context.Context, e machine.Subscribe, deliver func(context.Context, engine.Delivery) error) (engine.Subscription, error) {
	return s.SubscribeFor(ctx, e, machine.Interest{Any: true}, deliver)
}

// SubscribeFor implements engine.Selector.
func (s *shared) SubscribeFor(ctx context.Context, e machine.Subscribe, interest machine.Interest, deliver func(context.Context, engine.Delivery) error) (engine.Subscription, error) {
	l := s.line(e)
	if standing := l.attach(e.ID, deliver); standing != nil {
		s.release(l, false)
		return standing, nil
	}
	again := len(e.Positions) > 0
	if !again && !e.Channel.Fixed() {
		// Steps go on meanwhile, and may come to want more, until the run says
		// otherwise. Channels that are always the same come before any step.
		interest = machine.Interest{Any: true}
	}
	m := &member{line: l, id: e.ID, deliver: deliver}
	m.run, m.outside = runOfListen(e.ID)
	l.add(m, interest)
	open := l.begin
	if m.outside {
		open = l.open // a trigger is refused when the service begins
	}
	err := open(ctx)
	if err == nil && again {
		err = l.catchUp(ctx, m, e.Positions)
	}
	if err != nil {
		l.remove(m)
		s.release(l, true)
		return nil, err
	}
	return m, nil
}

// runOfListen is the run that a subscription is of: its id begins with it. That
// of a trigger is none's.
func runOfListen(id string) (run string, none bool) {
	run, _, of := strings.Cut(id, "/listen/")
	return run, !of
}

// resting registers what a run listens to that is not in the process.
func (s *shared) resting(run string, d *engine.Dormant) {
	for _, listens := range d.Listens {
		l := s.line(listens.Subscribe)
		l.add(&member{line: l, run: run, id: listens.Subscribe.ID, positions: listens.Subscribe.Positions}, listens.Interest)
	}
}

// forget removes what a run listens to that cannot go on. When it can, it is
// given what it has missed.
func (s *shared) forget(run string) {
	for _, l := range s.all() {
		for _, m := range l.of(run) {
			_ = m.Close() // it cannot fail
		}
	}
}

// openAll opens every line that somebody waits at.
func (s *shared) openAll(ctx context.Context) {
	var work sync.WaitGroup
	for _, l := range s.all() {
		work.Go(func() {
			if err := l.open(ctx); err != nil && ctx.Err() == nil {
				s.service.opts.Log(fmt.Sprintf("cannot listen to %s yet: %s", l.subscribe.Address, err))
				s.service.work.Go(l.keepOpening)
			}
		})
	}
	work.Wait()
}

func (s *shared) all() []*line {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]*line, 0, len(s.lines))
	for _, l := range s.lines {
		list = append(list, l)
	}
	return list
}

func (s *shared) close() {
	for _, l := range s.all() {
		l.close(false)
	}
}

// give brings a message to a run, which may have to be woken for it. It returns
// when the run has recorded it or has no use for it. Where the run cannot go on
// that is noted, so that the next process gives it all that it has missed.
func (s *shared) give(ctx context.Context, m *member, d engine.Delivery) error {
	for ctx.Err() == nil {
		deliver := m.current()
		if deliver == nil {
			if err := s.service.wake(m.run); err != nil {
				return s.missed(ctx, m, err)
			}
			continue
		}
		err := deliver(ctx, d)
		if err == nil {
			return nil
		}
		if !errors.Is(err, engine.ErrDormant) {
			return s.missed(ctx, m, err)
		}
		m.Leave()
	}
	return ctx.Err()
}

// missed voids what a run has noted: it has not got all that came since. Only
// then may the message be done with.
func (s *shared) missed(ctx context.Context, m *member, err error) error {
	if errors.Is(err, errOver) || ctx.Err() != nil {
		return ctx.Err()
	}
	if m.outside {
		return err
	}
	noter, ok := s.service.opts.Journal.(journal.Noter)
	if !ok {
		return nil
	}
	err = noter.Note(ctx, m.run, 0, []byte("{}"))
	if errors.Is(err, journal.ErrUnknownRun) {
		return nil
	}
	return err
}
