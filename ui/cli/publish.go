package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/endpoint"
)

// publishFlags are what the user of "weft publish" said.
type publishFlags struct {
	contractFlags
	operation, channel string
	outgoing
	count  int
	rate   string
	dryRun bool
	format string
}

func newPublish() *cobra.Command {
	f := &publishFlags{}
	cmd := &cobra.Command{
		Use:   "publish FILE",
		Short: "send a message of a contract",
		Long: `Send a message of an AsyncAPI document, encoded and validated as it says.

The operation or the channel is chosen where there is only one. The message is
--data, or is made from the document: an example, or data that fit the schemas.
One that breaks the contract is not sent, and the command ends with 1; --raw sends
bytes as they are, to see what receivers do with them.`,
		Example: `  weft publish orders.yaml --channel orders --data '{"id":7,"quantity":2}'
  weft publish orders.yaml --channel orders --server kafka://127.0.0.1:9092 --create
  weft publish orders.yaml --operation placeOrder --data @order.json --key 7 --dry-run`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("name one contract, as in: weft publish orders.yaml --channel orders")
			}
			return nil
		},
		RunE: action(f.run),
	}
	flags := cmd.Flags()
	flags.StringVar(&f.operation, "operation", "", "the `ID` of the operation whose message is sent, whoever sends it there")
	flags.StringVar(&f.channel, "channel", "", "the `NAME` or the address of the channel to send to")
	f.outgoing.flags(cmd)
	flags.IntVar(&f.count, "count", 1, "how many to send")
	flags.StringVar(&f.rate, "rate", "", "at most how many in which time, as `10/s` or 90/m (default: as fast as it goes)")
	flags.BoolVar(&f.dryRun, "dry-run", false, "print what would be sent and call nobody")
	f.contractFlags.flags(cmd)
	formatFlag(cmd, &f.format, "text", "json")
	return cmd
}

func (f *publishFlags) run(cmd *cobra.Command, args []string) error {
	pause, err := f.check(args[0])
	if err != nil {
		return err
	}
	talk := newTalk(cmd.ErrOrStderr())
	c, err := f.open(cmd, args[0], talk.event)
	if err != nil {
		return err
	}
	defer c.close()
	target, err := f.target(c)
	if err != nil {
		return err
	}
	if err := c.judge(cmd, target); err != nil {
		return err
	}
	composer, err := c.hub.Composer(c.source, target, endpoint.SenderOptions{Parameters: c.params})
	if err != nil {
		return c.failed(target, err)
	}
	p := &publishing{flags: f, contract: c, target: target, composer: composer, show: newPublishView(cmd, f.format), pause: pause}
	if p.data, err = f.read(cmd.InOrStdin()); err != nil {
		return err
	}
	first, err := p.compose(0)
	if invalid, ok := errors.AsType[*endpoint.InvalidError](err); ok {
		return p.show.invalid(invalid)
	}
	if err != nil {
		return err
	}
	if f.dryRun {
		return p.dryRun(first)
	}
	return p.send(cmd.Context(), first)
}

// check looks at the flags before anything is read.
func (f *publishFlags) check(name string) (time.Duration, error) {
	switch {
	case f.operation != "" && f.channel != "":
		return 0, usage("--operation and --channel say the same twice: an operation has its channel")
	case f.count < 1:
		return 0, usage("--count is at least 1")
	case name == "-" && f.data == "-":
		return 0, usage("standard input cannot be the contract and the data")
	}
	if err := f.outgoing.check(); err != nil {
		return 0, err
	}
	return pauseOf(f.rate)
}

// pauseOf reads "10/s": how long there is between two messages.
func pauseOf(rate string) (time.Duration, error) {
	if rate == "" {
		return 0, nil
	}
	number, unit, _ := strings.Cut(rate, "/")
	n, err := strconv.ParseFloat(number, 64)
	units := map[string]time.Duration{"": time.Second, "s": time.Second, "m": time.Minute, "min": time.Minute, "h": time.Hour}
	per, ok := units[unit]
	if err != nil || !ok || !(n > 0) || n > 1e9 || n < 1e-6 {
		return 0, usage("--rate %q is not a number in a time: write 10/s, 90/m or 5/h", rate)
	}
	return time.Duration(float64(per) / n), nil
}

// target finds what to send to: what was named, or the only one there is.
func (f *publishFlags) target(c *wiring) (*endpoint.Target, error) {
	switch {
	case f.operation != "":
		op, err := c.operation(f.operation)
		if err != nil {
			return nil, err
		}
		return endpoint.RequestOf(op, endpoint.Send), nil
	case f.channel != "":
		channel, err := c.channel(f.channel)
		if err != nil {
			return nil, err
		}
		return endpoint.OfChannel(channel, endpoint.Send), nil
	case len(c.doc.Operations) == 1:
		return endpoint.RequestOf(c.doc.Operations[0], endpoint.Send), nil
	case len(c.doc.Channels) == 1:
		return endpoint.OfChannel(c.doc.Channels[0], endpoint.Send), nil
	}
	if channel := onlyChannelWith(c.doc, f.message); channel != nil {
		return endpoint.OfChannel(channel, endpoint.Send), nil
	}
	return nil, usage("%s has several channels (%s): choose one with --channel NAME, or an operation with --operation ID",
		c.source.Name, someOf(channelNames(c.doc)))
}

// judge tells what the contract asks for and this wire cannot give, before
// anything is sent.
func (c *wiring) judge(cmd *cobra.Command, target *endpoint.Target) error {
	findings := atLeast(c.hub.Check(c.source, target), diag.Warning)
	if err := printFindings(cmd, findings); err != nil {
		return err
	}
	if diag.Worst(findings) == diag.Error {
		return &outcome{code: exitFindings, err: fmt.Errorf("nothing was sent: %s", diag.Summary(findings))}
	}
	return nil
}

// onlyChannelWith returns the one channel that has a message, or nil.
func onlyChannelWith(doc *asyncapi.Document, message string) *asyncapi.Channel {
	var found *asyncapi.Channel
	for _, channel := range doc.Channels {
		for _, m := range channel.Messages {
			if message == "" || (m.Key != message && m.Name != message) {
				continue
			}
			if found != nil {
				return nil
			}
			found = channel
		}
	}
	return found
}

func channelNames(doc *asyncapi.Document) []string {
	names := make([]string, len(doc.Channels))
	for i, channel := range doc.Channels {
		names[i] = channel.Name
	}
	return names
}

// publishing is one run of "weft publish".
type publishing struct {
	flags    *publishFlags
	contract *wiring
	target   *endpoint.Target
	composer *endpoint.Composer
	data     []byte // nil where the message is made from the contract
	show     *publishView
	pause    time.Duration
}

// compose makes the message of a number, from 0.
func (p *publishing) compose(number int) (*endpoint.Message, error) {
	if p.flags.raw {
		return p.composer.Bare(p.flags.bytes(p.data))
	}
	out, err := p.flags.outgoing.compose(p.composer.Codec(), p.target, p.data, number)
	if err != nil {
		return nil, err
	}
	out.GeneratedID, out.IdempotencyID = rand.Text(), rand.Text()
	sent, err := p.composer.Encode(out)
	if err != nil {
		return nil, err
	}
	return sent, p.fits(sent)
}

// fits refuses what the server would have to leave out.
func (p *publishing) fits(sent *endpoint.Message) error {
	promise, err := p.contract.hub.Capabilities(p.contract.source, p.target)
	if err != nil {
		return err
	}
	if sent.Raw.Key != nil && !promise.Keys && p.flags.messageKey != "" {
		url, _ := p.contract.hub.ServerOf(p.contract.source, p.target)
		return usage("--key: the protocol of %s has no keys", shown(url))
	}
	return nil
}

func (p *publishing) dryRun(first *endpoint.Message) error {
	url, err := p.contract.hub.ServerOf(p.contract.source, p.target)
	if err != nil {
		return err
	}
	return p.show.sent(p.place(shown(url)), first, true)
}

func (p *publishing) place(server string) publishPlace {
	place := publishPlace{Server: server}
	if p.target.Channel != nil {
		place.Channel = p.target.Channel.Name
	}
	if p.flags.channel == "" && p.target.Operation.HasID {
		place.Operation = p.target.Operation.ID
	}
	return place
}

// How much is sent at once, where nothing slows it: messages, and bytes.
const (
	mostInBatch      = 500
	mostBytesInBatch = 1 << 20
)

func (p *publishing) send(ctx context.Context, first *endpoint.Message) error {
	sender, err := p.contract.hub.Sender(ctx, p.contract.source, p.target, endpoint.SenderOptions{Parameters: p.contract.params})
	if err != nil {
		return p.contract.failed(p.target, err)
	}
	place, begun := p.place(sender.Server()), time.Now()
	for sent := 0; sent < p.flags.count; first = nil {
		if !waitUntil(ctx, begun.Add(time.Duration(sent)*p.pause)) {
			return p.interrupted(sent)
		}
		batch, wrong := p.batch(first, sent, p.due(begun))
		done, err := p.sendBatch(ctx, sender, place, batch)
		if sent += done; err != nil {
			if ctx.Err() != nil {
				return p.interrupted(sent)
			}
			return p.stopped(sent, p.contract.failed(p.target, err))
		}
		if wrong != nil {
			return wrong
		}
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeLimit)
	defer cancel()
	if err := sender.Close(closing); err != nil && !errors.Is(err, driver.ErrClosed) {
		return p.contract.failed(p.target, err)
	}
	p.show.ended(p.flags.count, time.Since(begun))
	return nil
}

// due is how many messages should have been sent by now.
func (p *publishing) due(begun time.Time) int {
	if p.pause == 0 {
		return p.flags.count
	}
	return min(p.flags.count, 1+int(time.Since(begun)/p.pause))
}

// batch makes the messages that are sent next: from a number to what is due, at
// least one. The first may be made already. Where one cannot be made, those
// before it are returned with the error.
func (p *publishing) batch(first *endpoint.Message, from, due int) ([]*endpoint.Message, error) {
	var list []*endpoint.Message
	bytes := 0
	for number := from; number < max(due, from+1) && len(list) < mostInBatch && bytes < mostBytesInBatch; number++ {
		next := first
		if number > 0 {
			var err error
			if next, err = p.compose(number); err != nil {
				return list, err
			}
		}
		list, bytes = append(list, next), bytes+next.Raw.Size()
	}
	return list, nil
}

// sendBatch sends messages, shows those that were sent, and counts them.
func (p *publishing) sendBatch(ctx context.Context, sender *endpoint.Sender, place publishPlace, list []*endpoint.Message) (done int, err error) {
	if len(list) == 0 {
		return 0, nil
	}
	failed := sender.SendAll(ctx, list)
	for i, err := range driver.SplitBatch(failed, len(list)) {
		if err != nil {
			continue
		}
		done++
		if err := p.show.sent(place, list[i], false); err != nil {
			return done, err
		}
	}
	return done, failed
}

// stopped says how many were sent before one could not be.
func (p *publishing) stopped(sent int, err error) error {
	if sent == 0 {
		return err
	}
	return fmt.Errorf("%w (%d of %d were sent)", err, sent, p.flags.count)
}

func (p *publishing) interrupted(sent int) error {
	return &outcome{code: exitBroken, err: fmt.Errorf("interrupted: %d of %d were sent", sent, p.flags.count)}
}

// waitUntil waits for a moment; false says that ctx ended first.
func waitUntil(ctx context.Context, moment time.Time) bool {
	wait := time.Until(moment)
	if wait <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
