package discover

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
)

// Options say how closely to look. The zero Options take the defaults.
type Options struct {
	// Sample is how many messages of each address are read at most; default
	// 100, none when it is negative.
	Sample int
	// Patience is how long to wait for the sample of one address; default 10 s.
	// What came until then is the sample.
	Patience time.Duration
	// Listen is how long to listen where a server does not tell what it has;
	// default 10 s. There what nobody sends meanwhile is not found.
	Listen time.Duration
	// Only says which addresses are looked at; nil is all.
	Only func(address string) bool
	// Enough ends listening once so many addresses were heard; 0 never does.
	Enough int
}

const (
	// maxBody is the largest body, in bytes, whose data are looked at, and
	// maxHeld what the bodies of one sample are together at most.
	maxBody = 1 << 20
	maxHeld = 64 << 20
	// maxHeard bounds how many addresses are told that were merely heard.
	maxHeard = 10_000
)

// Find is an address that a server has, and what its messages are like.
type Find struct {
	driver.Holding

	Sampled int  // messages that were read
	JSON    int  // of them, JSON
	Framed  int  // of them, framed by the id of a schema of the registry
	Binary  int  // of them, neither that nor text
	Keyed   int  // of them, with a key
	Short   bool // the sample was not whole in time
	Heard   bool // nobody told of it: it was heard

	// SchemaIDs are the ids that framed messages named, in the order seen.
	SchemaIDs []int
	// Types are what the messages say of themselves, in order.
	Types []string

	kinds []*kind
}

// Look surveys a server and samples what it keeps. One that tells nothing is
// listened to.
func Look(ctx context.Context, b *broker.Broker, opt Options) ([]*Find, error) {
	opt.Sample = cmp.Or(opt.Sample, 100)
	if opt.Patience <= 0 {
		opt.Patience = 10 * time.Second
	}
	if opt.Listen <= 0 {
		opt.Listen = 10 * time.Second
	}
	holdings, err := b.Survey(ctx, max(opt.Sample, 1))
	if errors.Is(err, driver.ErrUnsupported) {
		if everything, ok := b.Everything(); ok {
			return listen(ctx, b, everything, nil, opt)
		}
	}
	if err != nil {
		return nil, err
	}
	if opt.Only != nil {
		holdings = slices.DeleteFunc(holdings, func(h driver.Holding) bool { return !opt.Only(h.Address) })
	}
	if everything, ok := b.Everything(); ok {
		return listen(ctx, b, everything, holdings, opt)
	}
	finds := make([]*Find, 0, len(holdings))
	for _, h := range holdings {
		f := &Find{Holding: h}
		held, err := f.sample(ctx, b, opt)
		if err != nil {
			return nil, err
		}
		f.describe(held)
		finds = append(finds, f)
	}
	return finds, nil
}

// sample reads as many messages as the server said that there are, at most so
// many as were asked for. It has no group, so nobody's position moves.
func (f *Find) sample(ctx context.Context, b *broker.Broker, opt Options) ([]*driver.Message, error) {
	want := min(f.Sample, opt.Sample)
	if want <= 0 {
		return nil, nil
	}
	patient, cancel := context.WithTimeout(ctx, opt.Patience)
	defer cancel()
	r, err := b.Receiver(patient, driver.ReceiverOptions{Address: f.Address, Start: f.Start})
	if errors.Is(err, driver.ErrNoSuchAddress) {
		return nil, nil // it went since
	}
	if err != nil {
		return nil, fmt.Errorf("sample %s: %w", f.Address, err)
	}
	defer func() { _ = r.Close() }()
	var held []*driver.Message
	for bytes := 0; len(held) < want; {
		list, err := r.Receive(patient, want-len(held))
		if err != nil && patient.Err() != nil {
			f.Short = true
			return held, ctx.Err()
		}
		if err != nil {
			return nil, fmt.Errorf("sample %s: %w", f.Address, err)
		}
		for _, m := range list {
			bytes += m.Size()
		}
		if held = append(held, list...); bytes > maxHeld {
			f.Short = true
			break
		}
	}
	return held, nil
}

// listener gathers what is heard.
type listener struct {
	opt   Options
	finds map[string]*Find
	held  map[string][]*driver.Message
	bytes int
}

// listen hears what is sent for a while, beside what the server told of.
func listen(ctx context.Context, b *broker.Broker, everything driver.ReceiverOptions, told []driver.Holding, opt Options) ([]*Find, error) {
	l := &listener{opt: opt, finds: map[string]*Find{}, held: map[string][]*driver.Message{}}
	for _, h := range told {
		l.finds[h.Address] = &Find{Holding: h}
	}
	patient, cancel := context.WithTimeout(ctx, opt.Listen)
	defer cancel()
	r, err := b.Receiver(patient, everything)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	for l.goesOn() {
		list, err := r.Receive(patient, 100)
		if err == nil {
			l.hear(list)
			err = r.Ack(patient, list...)
		}
		if err != nil && patient.Err() != nil {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	for address, f := range l.finds {
		f.describe(l.held[address])
	}
	return slices.SortedFunc(maps.Values(l.finds), func(a, b *Find) int { return cmp.Compare(a.Address, b.Address) }), ctx.Err()
}

func (l *listener) goesOn() bool {
	return l.bytes < maxHeld && (l.opt.Enough <= 0 || len(l.held) < l.opt.Enough)
}

// hear notes messages by their addresses.
func (l *listener) hear(list []*driver.Message) {
	for _, m := range list {
		if isInner(m.Address) || l.opt.Only != nil && !l.opt.Only(m.Address) || len(l.finds) >= maxHeard && l.finds[m.Address] == nil {
			continue
		}
		if l.finds[m.Address] == nil {
			l.finds[m.Address] = &Find{Holding: driver.Holding{Address: m.Address, Messages: -1}, Heard: true}
		}
		sample := l.held[m.Address]
		if len(sample) < l.opt.Sample {
			sample = append(sample, m)
			l.bytes += m.Size()
		}
		l.held[m.Address] = sample
	}
}

// isInner reports whether an address is of the protocol's own: where servers
// tell of themselves, or where a request waits for its reply.
func isInner(address string) bool {
	return strings.HasPrefix(address, "$") || strings.HasPrefix(address, "_INBOX.")
}
