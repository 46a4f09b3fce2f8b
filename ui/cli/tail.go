package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/endpoint"
)

// tailFlags are what the user of "weft tail" said.
type tailFlags struct {
	contractFlags
	operations, channels []string
	from                 string
	filter               string
	limit                int
	duration             time.Duration
	group                string
	take                 bool
	format               string
}

func newTail() *cobra.Command {
	f := &tailFlags{}
	cmd := &cobra.Command{
		Use:   "tail FILE",
		Short: "show the messages of a contract as they arrive",
		Long: `Show the messages on the channels of an AsyncAPI document as they arrive, decoded
and judged as it says, until Ctrl-C. Without --operation and --channel these are
all of its channels. A message that is none of the contract's is shown, too, with
the reason.

Whoever else receives is not disturbed: without --group every message is seen and
no server keeps a position. What would be taken away from others, as from a queue,
is only watched with --take.

--filter is a condition as in Arazzo, over $message.payload#/POINTER,
$message.header.NAME and $message.timestamp.`,
		Example: `  weft tail orders.yaml
  weft tail orders.yaml --channel orders --from 10m --filter '$message.payload#/quantity > 5'
  weft tail orders.yaml --server kafka://127.0.0.1:9092 --from beginning --limit 3 --format json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("name one contract, as in: weft tail orders.yaml")
			}
			return nil
		},
		RunE: action(f.run),
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.operations, "operation", nil, "watch the channel and the reply of the operation of this `ID`; repeat it for more")
	flags.StringArrayVar(&f.channels, "channel", nil, "watch the channel of this `NAME` or address; repeat it for more")
	flags.StringVar(&f.from, "from", "now", "where to begin, where messages are kept: beginning, now, a time as 2026-01-31T12:00:00Z, or how long ago as `10m`")
	flags.StringVar(&f.filter, "filter", "", "show only messages for which this `CONDITION` holds")
	flags.IntVar(&f.limit, "limit", 0, "end after this many messages")
	flags.DurationVar(&f.duration, "for", 0, "end after this time")
	flags.StringVar(&f.group, "group", "", "be one of the consumer group of this `NAME`: the group's messages are shared, and go on where it was")
	flags.BoolVar(&f.take, "take", false, "watch queues, too: what is shown is taken out of them, and nobody else gets it")
	f.contractFlags.flags(cmd)
	formatFlag(cmd, &f.format, "table", "pretty", "json", "raw")
	return cmd
}

func (f *tailFlags) run(cmd *cobra.Command, args []string) error {
	t := &tailing{flags: f, talk: newTalk(cmd.ErrOrStderr()), arrivals: make(chan arrival), failures: make(chan error, 1)}
	var err error
	if f.limit < 0 || f.duration < 0 {
		return usage("--limit and --for are not negative")
	}
	if t.start, err = parseFrom(f.from, time.Now()); err != nil {
		return err
	}
	if t.filter, err = parseFilter(f.filter); err != nil {
		return err
	}
	if t.contract, err = f.open(cmd, args[0], t.talk.event); err != nil {
		return err
	}
	defer t.contract.close()
	targets, err := f.targets(t.contract)
	if err != nil {
		return err
	}
	ctx := cmd.Context()
	if err := t.open(ctx, targets); err != nil {
		if ctx.Err() != nil {
			return nil // Ctrl-C while it connects
		}
		return err
	}
	t.view = newTailView(cmd, f, t.watches)
	return t.watch(ctx)
}

// maxWatched bounds how many channels are watched at once: each has a
// subscription of its own.
const maxWatched = 200

// targets are what the user wants to watch.
func (f *tailFlags) targets(c *wiring) ([]*endpoint.Target, error) {
	var targets []*endpoint.Target
	for _, id := range f.operations {
		op, err := c.operation(id)
		if err != nil {
			return nil, err
		}
		targets = append(targets, endpoint.RequestOf(op, endpoint.Receive))
		if op.Reply != nil && op.Reply.Channel != nil {
			reply, err := endpoint.ReplyOf(op, endpoint.Receive)
			if err != nil {
				return nil, err
			}
			targets = append(targets, reply)
		}
	}
	for _, name := range f.channels {
		channel, err := c.channel(name)
		if err != nil {
			return nil, err
		}
		targets = append(targets, endpoint.OfChannel(channel, endpoint.Receive))
	}
	if len(targets) == 0 {
		for _, channel := range c.doc.Channels {
			targets = append(targets, endpoint.OfChannel(channel, endpoint.Receive))
		}
	}
	switch {
	case len(targets) == 0:
		return nil, usage("%s has no channels, so there is nothing to watch", c.source.Name)
	case len(targets) > maxWatched:
		return nil, usage("%s has %d channels, and at most %d are watched at once: choose some with --channel", c.source.Name, len(targets), maxWatched)
	}
	return targets, nil
}

// all reports whether the user named nothing, so that what cannot be watched is
// left out and told.
func (f *tailFlags) all() bool { return len(f.operations)+len(f.channels) == 0 }

// tailing is one run of "weft tail".
type tailing struct {
	flags    *tailFlags
	contract *wiring
	talk     *talk
	view     *tailView
	start    driver.Start
	filter   *filter
	watches  []*subscription
	arrivals chan arrival
	failures chan error      // the first that ends it
	over     <-chan struct{} // closed when nothing more is shown

	shown, others, passed int // messages shown, of which none of the contract's; and passed over
}

// subscription is one channel that is watched.
type subscription struct {
	target   *endpoint.Target
	channel  string
	receiver *endpoint.Receiver
}

// arrival is a message of a watch. Exactly one of the messages is set.
type arrival struct {
	watch    *subscription
	time     time.Time
	message  *endpoint.Message
	rejected *endpoint.Rejected
}

// open subscribes. What cannot be watched ends the command where it was named,
// and is told where it was not.
func (t *tailing) open(ctx context.Context, targets []*endpoint.Target) error {
	var first error
	for _, target := range targets {
		w, err := t.subscribe(ctx, target)
		if err == nil {
			t.watches = append(t.watches, w)
			continue
		}
		if !t.flags.all() || len(targets) == 1 || ctx.Err() != nil || !leavesOthers(err) {
			return err
		}
		t.talk.say(yellow, "channel %s is not watched: %v", target.Channel.Name, err)
		if first == nil {
			first = err
		}
	}
	if len(t.watches) == 0 {
		return fmt.Errorf("none of the channels can be watched; the first: %w", first)
	}
	return nil
}

// leavesOthers reports whether an error is about one channel and not about its
// server.
func leavesOthers(err error) bool {
	var wire *driver.Error
	if !errors.As(err, &wire) {
		return true
	}
	return errors.Is(err, driver.ErrNoSuchAddress) || errors.Is(err, driver.ErrInvalid) || errors.Is(err, driver.ErrUnsupported)
}

func (t *tailing) subscribe(ctx context.Context, target *endpoint.Target) (*subscription, error) {
	hub, source := t.contract.hub, t.contract.source
	promise, err := hub.Capabilities(source, target)
	if err != nil {
		return nil, t.contract.failed(target, err)
	}
	if err := t.refuse(target, promise); err != nil {
		return nil, err
	}
	w := &subscription{target: target, channel: target.Channel.Name}
	w.receiver, err = hub.Receiver(ctx, source, target, endpoint.ReceiverOptions{
		Parameters: t.parametersOf(target), Group: t.flags.group, Start: t.start,
		OnRejected: func(r *endpoint.Rejected) { t.arrive(arrival{watch: w, rejected: r}) },
	})
	if err != nil {
		return nil, t.contract.failed(target, err)
	}
	return w, nil
}

// parametersOf are the values that were given for a channel: with several
// channels not each has every parameter.
func (t *tailing) parametersOf(target *endpoint.Target) map[string]string {
	if !t.flags.all() {
		return t.contract.params
	}
	values := map[string]string{}
	for _, p := range target.Channel.Parameters {
		if value, ok := t.contract.params[p.Name]; ok {
			values[p.Name] = value
		}
	}
	return values
}

// refuse says what the protocol cannot do of what was asked for.
func (t *tailing) refuse(target *endpoint.Target, promise driver.Capabilities) error {
	name := "channel " + target.Channel.Name
	kind := t.start.Kind
	switch {
	case promise.Queue && !t.flags.take:
		return usage("%s is a queue: what is shown of it nobody else would get; --take does it all the same", name)
	case promise.Queue && kind != driver.Now:
		return usage("--from: %s is a queue: it holds what nobody has taken yet, and begins there in any case; leave out --from", name)
	case kind == driver.Beginning && !promise.Replay:
		return usage("--from beginning: %s keeps no messages that could be read again; leave out --from to see those that come", name)
	case kind == driver.AtTime && !promise.StartTime:
		return usage("--from: %s cannot be read from a time on, its protocol has no such start%s", name, insteadOfTime(promise))
	case t.flags.group != "" && !promise.Groups && !promise.Queue:
		return usage("--group: the protocol of %s has no consumer groups; leave out --group", name)
	}
	return nil
}

func insteadOfTime(promise driver.Capabilities) string {
	if promise.Replay {
		return "; --from beginning shows everything, and --filter '$message.timestamp >= \"…\"' less of it"
	}
	return "; leave out --from to see what comes"
}

// watch shows what arrives until it is enough.
func (t *tailing) watch(ctx context.Context) error {
	begun := time.Now()
	stopped, stop := context.WithCancel(ctx)
	if t.flags.duration > 0 {
		stopped, stop = context.WithTimeout(ctx, t.flags.duration)
	}
	defer stop()
	t.over = stopped.Done() // nobody receives before this
	t.view.begins(t)
	var readers sync.WaitGroup
	for _, w := range t.watches {
		readers.Go(func() { t.read(stopped, w) })
	}
	err := t.show(stopped)
	stop()
	readers.Wait()
	t.view.ends(t, time.Since(begun))
	return err
}

// read hands on what arrives at one channel. One message at a time, so that
// order is kept and none is settled that is not shown.
func (t *tailing) read(ctx context.Context, w *subscription) {
	for {
		messages, err := w.receiver.Receive(ctx, 1)
		if err != nil {
			if ctx.Err() == nil {
				select {
				case t.failures <- t.contract.failed(w.target, err):
				default:
				}
			}
			return
		}
		for _, m := range messages {
			t.arrive(arrival{watch: w, message: m})
		}
	}
}

// arrive hands on one message, unless nobody shows any more.
func (t *tailing) arrive(a arrival) {
	a.time = time.Now()
	select {
	case t.arrivals <- a:
	case <-t.over:
	}
}

// show shows arrivals until ctx ends, the limit is reached, or a watch fails.
func (t *tailing) show(ctx context.Context) error {
	for t.flags.limit == 0 || t.shown < t.flags.limit {
		select {
		case <-ctx.Done():
			return nil
		case err := <-t.failures:
			return err
		case a := <-t.arrivals:
			if err := t.one(ctx, a); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *tailing) one(ctx context.Context, a arrival) error {
	if t.filter.passes(a) {
		t.shown++
		if a.rejected != nil {
			t.others++
		}
		if err := t.view.arrived(a); err != nil {
			return err
		}
	} else {
		t.passed++
	}
	return settled(ctx, a)
}

// settled settles what was shown or kept.
func settled(ctx context.Context, a arrival) error {
	if a.message == nil {
		return nil // settled where it was rejected
	}
	settling, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeLimit)
	defer cancel()
	if err := a.watch.receiver.Ack(settling, a.message); err != nil && !errors.Is(err, driver.ErrLost) && !errors.Is(err, driver.ErrClosed) {
		return err
	}
	return nil
}

// parseFrom reads where to begin.
func parseFrom(text string, now time.Time) (driver.Start, error) {
	switch text {
	case "now", "":
		return driver.StartNow(), nil
	case "beginning":
		return driver.StartBeginning(), nil
	}
	ago := strings.TrimSpace(strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(text, "-"), "ago"), "-"))
	if d, err := durationOf(ago); err == nil && d >= 0 {
		return driver.StartTime(now.Add(-d)), nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04", time.DateOnly} {
		if at, err := time.ParseInLocation(layout, text, now.Location()); err == nil {
			return driver.StartTime(at), nil
		}
	}
	return driver.Start{}, usage("--from %q is no place to begin: write beginning, now, a time as 2026-01-31T12:00:00Z, or how long ago as 10m, 2h or 1d", text)
}

// durationOf reads a duration, with days beside what Go has.
func durationOf(text string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		d, err := time.ParseDuration(days + "h")
		if err == nil && d > 100*365*time.Hour {
			return 0, errors.New("that is longer ago than any message")
		}
		return 24 * d, err
	}
	return time.ParseDuration(text)
}
