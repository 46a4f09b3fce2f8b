package bridge

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"sync"
	"time"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/endpoint"
)

// End is one end of a bridge: an operation of a document.
type End struct {
	Source *endpoint.Source
	Target *endpoint.Target
	// Parameters are values for the parameters of the channel's address.
	Parameters map[string]string
}

// Name says which operation of which document it is.
func (e End) Name() string { return e.Source.Name + "#" + e.Target.Name() }

// Failure says what becomes of a message that cannot be carried: one that is
// none of its contract's, that the mapping cannot change, or that is then none of
// the target's.
type Failure uint8

// The ways.
const (
	// Stop ends the bridge. The message stays where it is.
	Stop Failure = iota
	// Bury makes it a dead letter at its source.
	Bury
	// Skip settles it as done. It is counted and told, and then gone.
	Skip
)

// Options say how messages are carried.
type Options struct {
	Mapping *Mapping
	// Group is what bridges share that share the work, where the source's
	// protocol has groups. It must not be empty.
	Group string
	// Start is where a new group begins.
	Start driver.Start
	// OnFailure is what becomes of messages that cannot be carried, and
	// DeadLetter the address they go to with Bury.
	OnFailure  Failure
	DeadLetter string
	// Lanes is how many batches are under way at the same time; 0 is 8. Messages
	// of one key are always in one lane.
	Lanes int
	// Limit ends the bridge after so many messages were dealt with; 0 is never.
	Limit int
	// OnEvent is told of what deserves a person's attention, and OnCarried of
	// each message once its target has confirmed it. Both are called from several
	// goroutines and may be nil.
	OnEvent   func(Event)
	OnCarried func(from, to *endpoint.Message)
}

// Bridge carries messages from one end to another.
type Bridge struct {
	from, to End
	opt      Options
	receiver *endpoint.Receiver
	sender   *endpoint.Sender
	writer   *writer
	lanes    []*lane
	room     *room
	seed     maphash.Seed
	turn     int // of messages without a key, where no order is promised
	counts   counters

	mu    sync.Mutex
	first error // the first that ended it
	stop  context.CancelFunc
}

const (
	defaultLanes = 8
	// What is received and not settled yet, at most.
	maxWaiting      = 8192
	maxWaitingBytes = 64 << 20
	// readBatch is how many messages are received at once.
	readBatch = 1000
	// settleTime bounds one settlement, and the end of what is under way when
	// the bridge is to stop.
	settleTime = 10 * time.Second
)

// Open opens both ends. The hub stays the caller's. What is sent to the source
// after Open returned is carried, and before it what the group has not had.
func Open(ctx context.Context, hub *endpoint.Hub, from, to End, opt Options) (*Bridge, error) {
	if opt.Group == "" {
		return nil, errors.New("a bridge needs a group: whoever carries after it goes on where it was")
	}
	if opt.Lanes < 1 {
		opt.Lanes = defaultLanes
	}
	if opt.OnEvent == nil {
		opt.OnEvent = func(Event) {}
	}
	b := &Bridge{from: from, to: to, opt: opt, room: newRoom(maxWaiting, maxWaitingBytes), seed: maphash.MakeSeed()}
	var err error
	if b.writer, err = newWriter(hub, to, opt.Mapping); err != nil {
		return nil, err
	}
	b.sender, err = hub.Sender(ctx, to.Source, to.Target, endpoint.SenderOptions{Parameters: to.Parameters})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", to.Name(), err)
	}
	if b.receiver, err = b.receive(ctx, hub); err != nil {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
		defer cancel()
		return nil, errors.Join(fmt.Errorf("%s: %w", from.Name(), err), b.sender.Close(closing))
	}
	return b, nil
}

func (b *Bridge) receive(ctx context.Context, hub *endpoint.Hub) (*endpoint.Receiver, error) {
	promise, err := hub.Capabilities(b.from.Source, b.from.Target)
	if err != nil {
		return nil, err
	}
	opt := endpoint.ReceiverOptions{
		Parameters: b.from.Parameters, Group: b.opt.Group, Start: b.opt.Start, OnRejected: b.rejected, KeepRejected: true,
	}
	if b.opt.OnFailure == Bury {
		opt.DeadLetter = b.opt.DeadLetter
	}
	switch {
	case promise.Queue:
		opt.Start = driver.StartNow()
	case !promise.Groups && !promise.AtLeastOnce:
		b.opt.OnEvent(Event{Kind: Promise, Text: "the protocol of " + b.from.Name() + " keeps no messages for a bridge: what is sent while none runs is not carried"})
		opt.Group, opt.Start = "", driver.StartNow()
	case !promise.Replay && opt.Start.Kind != driver.AtTime:
		opt.Start = driver.StartNow()
	}
	return hub.Receiver(ctx, b.from.Source, b.from.Target, opt)
}

// From and To are where the ends are, for people.
func (b *Bridge) From() (server, address string) { return b.receiver.Server(), b.receiver.Address() }

// To is where messages are sent to, for people: a server.
func (b *Bridge) To() string { return b.sender.Server() }

// Group is the group that it shares with other bridges, or "".
func (b *Bridge) Group() string { return b.receiver.Group() }

// Counts returns what was carried so far.
func (b *Bridge) Counts() Counts { return b.counts.now() }

// Run carries messages until ctx ends or it cannot go on; then it finishes what
// is under way and closes both ends. What is not confirmed by then is carried
// by the next bridge of its group. Run is called once.
func (b *Bridge) Run(ctx context.Context) error {
	carrying, stop := context.WithCancel(ctx)
	defer stop()
	b.stop = stop
	working, abandon := context.WithCancel(context.WithoutCancel(ctx))
	defer abandon()
	release := context.AfterFunc(carrying, func() {
		if sleep(working, settleTime) {
			abandon()
		}
	})
	defer release()

	var work sync.WaitGroup
	for range b.opt.Lanes {
		l := &lane{bridge: b, in: make(chan *endpoint.Message, maxWaiting)}
		b.lanes = append(b.lanes, l)
		work.Go(func() { l.run(carrying, working) })
	}
	b.read(carrying)
	for _, l := range b.lanes {
		close(l.in)
	}
	work.Wait()
	return errors.Join(b.failure(), b.close())
}

func (b *Bridge) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), settleTime)
	defer cancel()
	err := errors.Join(b.receiver.Close(), b.sender.Close(ctx))
	if errors.Is(err, driver.ErrClosed) {
		return nil
	}
	return err
}

// fail ends the bridge with an error; the first counts.
func (b *Bridge) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.first == nil {
		b.first = err
	}
	b.stop()
}

func (b *Bridge) failure() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.first
}

// read hands what arrives to the lanes.
func (b *Bridge) read(ctx context.Context) {
	read := 0
	for b.opt.Limit == 0 || read < b.opt.Limit {
		limit := readBatch
		if b.opt.Limit > 0 {
			limit = min(limit, b.opt.Limit-read)
		}
		messages, err := b.receiver.Receive(ctx, limit)
		if err != nil {
			if ctx.Err() == nil {
				b.fail(fmt.Errorf("%s: %w", b.from.Name(), err))
			}
			return
		}
		read += len(messages)
		for _, m := range messages {
			b.counts.received.Add(1)
			if !b.room.enter(ctx, m.Raw.Size()) {
				return
			}
			b.laneOf(m).in <- m // as much room as there is in all lanes together
		}
	}
}

// laneOf keeps messages of one key in one lane. Those without a key follow the
// part of their source that keeps an order, where there is one.
func (b *Bridge) laneOf(m *endpoint.Message) *lane {
	n := uint64(len(b.lanes))
	switch {
	case m.Raw.Key != nil:
		return b.lanes[maphash.Bytes(b.seed, m.Raw.Key)%n]
	case m.Position != "":
		return b.lanes[maphash.String(b.seed, m.Position.Source())%n]
	case b.receiver.Capabilities().Ordered:
		return b.lanes[0]
	}
	b.turn++
	return b.lanes[uint64(b.turn)%n]
}

// rejected deals with a message that is none of the source's contract.
func (b *Bridge) rejected(no *endpoint.Rejected) {
	b.counts.received.Add(1)
	settling, cancel := context.WithTimeout(context.Background(), settleTime)
	defer cancel()
	e := Event{Rejected: no, Err: no}
	switch b.opt.OnFailure {
	case Bury:
		e.Kind = Buried
		b.counts.buried.Add(1)
		e.settled(b.receiver.SettleRejected(settling, driver.Reject, no))
	case Skip:
		e.Kind = Skipped
		b.counts.skipped.Add(1)
		e.settled(b.receiver.SettleRejected(settling, driver.Ack, no))
	default:
		b.fail(&StoppedError{At: b.from.Name(), ID: no.ID, Err: no})
		return
	}
	b.opt.OnEvent(e)
}

// unfit deals with a message that cannot be carried.
func (b *Bridge) unfit(m *endpoint.Message, why error) {
	settling, cancel := context.WithTimeout(context.Background(), settleTime)
	defer cancel()
	e := Event{Message: m, Err: why}
	switch b.opt.OnFailure {
	case Bury:
		e.Kind = Buried
		b.counts.buried.Add(1)
		e.settled(b.receiver.Settle(settling, driver.Reject, m))
	case Skip:
		e.Kind = Skipped
		b.counts.skipped.Add(1)
		e.settled(b.receiver.Ack(settling, m))
	default:
		b.fail(&StoppedError{At: b.from.Name(), ID: m.Identity(), Err: why})
		return
	}
	b.opt.OnEvent(e)
}

// StoppedError says which message stopped a bridge.
type StoppedError struct {
	// At is the end it was received at, and ID what tells it from others there.
	At, ID string
	Err    error
}

// Error says what to do, too.
func (e *StoppedError) Error() string {
	return fmt.Sprintf("%s: message %s cannot be carried: %v", e.At, e.ID, e.Err)
}

// Unwrap returns the reason.
func (e *StoppedError) Unwrap() error { return e.Err }
