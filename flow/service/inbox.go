package service

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/weft-dev/weft/flow/journal"
	"github.com/weft-dev/weft/flow/machine"
)

// inbox keeps what came from queues and no run waits for yet, so that the queue
// is rid of it and others can have what comes behind it (A11). A message is in
// the journal before the queue is told, and leaves it when a run has recorded
// it.
type inbox struct {
	keeper journal.Keeper // nil where the journal keeps no values: then nothing is parked
	now    func() time.Time
	ttl    time.Duration

	mu    sync.Mutex
	lines map[string][]*parked // by the line's name, the oldest first
	ids   map[string]bool      // of messages, to know a second delivery
	count int
	bytes int
	last  int64
}

// The bounds of an inbox. What is beyond them stays in the queue.
const (
	mostParked      = 10_000
	mostParkedBytes = 64 << 20
	// DefaultParked is for how long a message is parked.
	DefaultParked = 24 * time.Hour
)

const parkedPrefix = "parked/"

// parked is one message in the inbox.
type parked struct {
	name    string // in the journal
	size    int
	stored  storedParked
	message machine.Message
	unsure  bool // it is not known whether the run that it was offered to has it
	taken   bool // a run has it
	lent    bool // guarded by inbox.mu
}

// storedParked is how the journal keeps it.
type storedParked struct {
	// Run is the one that it was offered to last. After a crash the run's
	// history tells whether it has it.
	Run   string          `json:"run,omitempty"`
	Event json.RawMessage `json:"event"` // machine.Arrived
}

func newInbox(s *Service) *inbox {
	keeper, _ := s.opts.Journal.(journal.Keeper)
	return &inbox{keeper: keeper, now: s.opts.Now, ttl: cmp.Or(s.opts.Parked, DefaultParked), lines: map[string][]*parked{}, ids: map[string]bool{}}
}

// load reads what an earlier process left.
func (b *inbox) load(ctx context.Context) error {
	if b.keeper == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.keeper.KeptUnder(ctx, parkedPrefix, func(name string, value []byte) error {
		p := &parked{name: name, size: len(value)}
		err := json.Unmarshal(value, &p.stored)
		if err != nil {
			return fmt.Errorf("read what was parked as %s: %w", name, err)
		}
		event, err := machine.DecodeEvent(p.stored.Event)
		arrived, ok := event.(machine.Arrived)
		if err != nil || !ok {
			return fmt.Errorf("read what was parked as %s: it is no message: %w", name, err)
		}
		p.message, p.unsure = arrived.Message, p.stored.Run != ""
		b.enter(arrived.Subscription, p)
		return ctx.Err()
	})
}

// enter notes a message; the caller holds b.mu.
func (b *inbox) enter(line string, p *parked) {
	b.lines[line] = append(b.lines[line], p)
	if p.message.ID != "" {
		b.ids[line+"\x00"+p.message.ID] = true
	}
	b.count++
	b.bytes += p.size
}

// of are the messages that are parked for a line, the oldest first.
func (b *inbox) of(line string) []*parked {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.lines[line])
}

// size is how many messages are parked.
func (b *inbox) size() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.count
}

// borrow takes a message that is still there, for one that alone may offer it
// until giveBack.
func (b *inbox) borrow(line string, p *parked) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p.lent || !slices.Contains(b.lines[line], p) {
		return false
	}
	p.lent = true
	return true
}

func (b *inbox) giveBack(p *parked) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p.lent = false
}

// park keeps a message for whoever comes to wait for it, and reports whether it
// did: where there is no room the queue has to keep it.
func (b *inbox) park(ctx context.Context, line string, m *machine.Message) (bool, error) {
	if b.keeper == nil {
		return false, nil
	}
	at := b.now().UTC().Round(0)
	event, err := machine.EncodeEvent(machine.Arrived{Stamp: machine.Stamp{At: at}, Subscription: line, Message: *m})
	if err != nil {
		return false, err
	}
	p := &parked{message: *m, stored: storedParked{Event: event}}
	data, err := json.Marshal(p.stored)
	if err != nil {
		return false, err
	}
	p.size = len(data)
	room, known := b.begin(line, p, at)
	if !room || known {
		return known, nil // it stays in the queue, or is here
	}
	if err := b.keeper.Keep(ctx, p.name, data); err != nil {
		b.leave(line, p)
		if errors.Is(err, journal.ErrTooLarge) {
			return false, nil
		}
		return false, err
	}
	return true, nil
}

// begin makes room for a message. One that is known is a second delivery.
func (b *inbox) begin(line string, p *parked, at time.Time) (room, known bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ids[line+"\x00"+p.message.ID] {
		return true, true
	}
	if b.count >= mostParked || b.bytes+p.size > mostParkedBytes {
		return false, false
	}
	b.last = max(b.last+1, at.UnixNano())
	p.name = fmt.Sprintf("%s%s/%020d", parkedPrefix, line, b.last)
	b.enter(line, p)
	return true, false
}

func (b *inbox) leave(line string, p *parked) {
	b.mu.Lock()
	defer b.mu.Unlock()
	before := len(b.lines[line])
	left := slices.DeleteFunc(b.lines[line], func(other *parked) bool { return other == p })
	if len(left) == before {
		return
	}
	if b.lines[line] = left; len(left) == 0 {
		delete(b.lines, line)
	}
	delete(b.ids, line+"\x00"+p.message.ID)
	b.count--
	b.bytes -= p.size
}

// offered notes which run is about to get a message.
func (b *inbox) offered(ctx context.Context, p *parked, run string) error {
	stored := p.stored
	stored.Run = run
	data, err := json.Marshal(stored)
	if err != nil {
		return err
	}
	if err := b.keeper.Keep(ctx, p.name, data); err != nil {
		return err
	}
	p.stored.Run = run
	return nil
}

// done forgets a message that a run has recorded, or that nobody wanted for too
// long.
func (b *inbox) done(ctx context.Context, line string, p *parked) error {
	if err := b.keeper.Keep(ctx, p.name, nil); err != nil {
		return err
	}
	b.leave(line, p)
	return nil
}

// old are the messages that were parked for too long, by their lines.
func (b *inbox) old() map[string][]*parked {
	b.mu.Lock()
	defer b.mu.Unlock()
	over := map[string][]*parked{}
	before := b.now().Add(-b.ttl).UnixNano()
	for line, list := range b.lines {
		for _, p := range list {
			var at int64
			_, err := fmt.Sscanf(p.name[len(parkedPrefix)+len(line)+1:], "%d", &at)
			if err == nil && at < before {
				over[line] = append(over[line], p)
			}
		}
	}
	return over
}
