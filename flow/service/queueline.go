package service

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/machine"
)

// offers are what a line of a queue has to do beside: messages that are parked
// are offered to those that come to wait for something else.
type offers struct {
	// one is held while messages are offered, so that what came first is
	// offered first (A12).
	one   sync.Mutex
	again chan struct{}
	late  map[*member]bool // whom what is parked is to be offered; guarded by line.mu
}

func newOffers() offers { return offers{again: make(chan struct{}, 1), late: map[*member]bool{}} }

// mayWant notes that a member may want what is parked; the caller holds l.mu.
func (l *line) mayWant(m *member) {
	if !l.queue {
		return
	}
	l.late[m] = true
	select {
	case l.again <- struct{}{}:
	default: // it is known
	}
}

// allMayWant notes that of every member.
func (l *line) allMayWant() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range l.members {
		l.mayWant(m)
	}
}

// arrivedFromQueue offers each message to those that wait, one after the other,
// until one has recorded it. What nobody wants is parked, if that is its fate:
// then the queue may forget it.
func (l *line) arrivedFromQueue(ctx context.Context, list []engine.Delivery) error {
	l.one.Lock()
	defer l.one.Unlock()
	if err := l.offerParked(ctx); err != nil {
		return err
	}
	candidates := make([][]*member, len(list))
	for i := range list {
		candidates[i] = l.wanted(&list[i])
	}
	if err := l.offerEach(ctx, list, candidates); err != nil {
		return err
	}
	return l.park(ctx, list)
}

// offerEach offers messages in their order. Where no two runs may want one of
// them, the order matters to each run alone, and they share the journal's
// commits.
func (l *line) offerEach(ctx context.Context, list []engine.Delivery, candidates [][]*member) error {
	byMember := map[*member][]engine.Delivery{}
	for i, members := range candidates {
		if len(members) > 1 {
			return l.oneByOne(ctx, list, candidates)
		}
		for _, m := range members {
			byMember[m] = append(byMember[m], list[i])
		}
	}
	return l.giveEach(ctx, byMember)
}

func (l *line) oneByOne(ctx context.Context, list []engine.Delivery, candidates [][]*member) error {
	for i, members := range candidates {
		for _, m := range members {
			if list[i].Claim.Taken() {
				break
			}
			if err := l.shared.give(ctx, m, list[i]); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

func (l *line) park(ctx context.Context, list []engine.Delivery) error {
	box := l.shared.service.inbox
	parked := false
	for i := range list {
		d := &list[i]
		if d.Claim.Taken() || d.Rejected != "" || d.Claim.Unmatched != engine.Park {
			continue
		}
		kept, err := box.park(ctx, l.name, &d.Message)
		if err != nil {
			return err
		}
		if kept {
			d.Claim.Take()
			parked = true
		}
	}
	if parked {
		l.shared.service.tellOthers(l)
	}
	return nil
}

// tellOthers lets those have what is parked who listen to the same queue by
// another document.
func (s *Service) tellOthers(from *line) {
	for _, shared := range s.wires {
		for _, l := range shared.all() {
			if l != from && l.name == from.name {
				l.allMayWant()
			}
		}
	}
}

// keepOffering offers what is parked again and again, until the context ends.
func (l *line) keepOffering(ctx context.Context) {
	for {
		select {
		case <-l.again:
		case <-ctx.Done():
			return
		}
		l.one.Lock()
		err := l.offerParked(ctx)
		l.one.Unlock()
		if err != nil && ctx.Err() == nil {
			l.shared.service.opts.Log(fmt.Sprintf("what is parked for %s cannot be given to runs yet: %s", l.subscribe.Address, err))
			l.allMayWant()
			pause(ctx, offerPause)
		}
	}
}

// offerPause is how long to wait after an offer that failed.
const offerPause = time.Second

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// offerParked offers what is parked to those that may want it since they wait
// for something else now.
func (l *line) offerParked(ctx context.Context) error {
	l.mu.Lock()
	late := l.late
	l.late = map[*member]bool{}
	l.mu.Unlock()
	if len(late) == 0 {
		return nil
	}
	for _, p := range l.shared.service.inbox.of(l.name) {
		for _, m := range l.among(late, &p.message) {
			if err := l.offerOne(ctx, p, m); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

// among are those of some members that a message may matter to.
func (l *line) among(some map[*member]bool, message *machine.Message) []*member {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.DeleteFunc(l.inOrder(message), func(m *member) bool { return !some[m] })
}

// inOrder finds who may want a message of a queue: first those that wait for
// its correlation id, then those that take any; who came first is first. The
// caller holds l.mu.
func (l *line) inOrder(message *machine.Message) []*member {
	found := l.find(message)
	slices.SortFunc(found, func(a, b *member) int {
		if a.interest.Any != b.interest.Any {
			if a.interest.Any {
				return 1
			}
			return -1
		}
		return a.number - b.number
	})
	return found
}

// offerOne offers a parked message to a run. Which one is noted before, so that
// after a crash it is known whom to ask whether it was recorded.
func (l *line) offerOne(ctx context.Context, p *parked, m *member) error {
	s := l.shared.service
	if !s.inbox.borrow(l.name, p) {
		return nil // another has it
	}
	defer s.inbox.giveBack(p)
	if p.taken {
		return s.inbox.done(ctx, l.name, p)
	}
	if p.unsure {
		recorded, err := s.recorded(ctx, p.stored.Run, p.message.ID)
		if err != nil {
			return err
		}
		if p.unsure = false; recorded {
			p.taken = true
			return s.inbox.done(ctx, l.name, p)
		}
	}
	if p.stored.Run != m.run {
		if err := s.inbox.offered(ctx, p, m.run); err != nil {
			return err
		}
	}
	claim := &engine.Claim{Unmatched: engine.Park}
	if err := l.shared.give(ctx, m, engine.Delivery{Message: p.message, Claim: claim}); err != nil {
		p.unsure = true
		return err
	}
	if p.taken = claim.Taken(); !p.taken {
		return nil
	}
	return s.inbox.done(ctx, l.name, p)
}

// recorded reports whether a run has a message in its history.
func (s *Service) recorded(ctx context.Context, run, message string) (bool, error) {
	if run == "" || message == "" {
		return false, nil
	}
	entries, err := s.opts.Journal.Read(ctx, run, 0)
	if err != nil {
		return false, err
	}
	for _, entry := range entries[min(1, len(entries)):] {
		event, err := machine.DecodeEvent(entry)
		if err != nil {
			return false, fmt.Errorf("read the history of run %s: %w", run, err)
		}
		if arrived, ok := event.(machine.Arrived); ok && arrived.Message.ID == message {
			return true, nil
		}
	}
	return false, nil
}

// sweepPause is how often it is looked for what was parked for too long.
const sweepPause = time.Minute

// sweep forgets what was parked for too long, and says so.
func (s *Service) sweep() {
	for s.ctx.Err() == nil {
		for name, list := range s.inbox.old() {
			for _, p := range list {
				s.drop(name, p)
			}
		}
		pause(s.ctx, sweepPause)
	}
}

func (s *Service) drop(line string, p *parked) {
	if !s.inbox.borrow(line, p) {
		return
	}
	defer s.inbox.giveBack(p)
	if err := s.inbox.done(context.WithoutCancel(s.ctx), line, p); err != nil {
		return // the next time may do
	}
	s.stats.add(metricParkedDropped, "address", p.message.Address)
	s.opts.Log(fmt.Sprintf("a message from %s was parked for %s and no run waited for it: it is forgotten", p.message.Address, s.inbox.ttl))
}
