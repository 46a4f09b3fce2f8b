package contract

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/endpoint"
)

// TapOptions say how to listen.
type TapOptions struct {
	// Operations are the ids of those to listen to; none is all.
	Operations []string
	// Parameters are values for the parameters of addresses.
	Parameters map[string]string
	// Start is where to begin; the zero Start is now.
	Start driver.Start
	// Limit ends the tap of an operation after so many messages, of one with a
	// reply after so many requests and their replies; 0 is no limit.
	Limit int
	// OnReady is called once all subscriptions stand. It may be nil.
	OnReady func()
}

// Tap listens at the operations of a document until ctx ends, or until each has
// as many messages as the limit says, and judges what comes. Whoever else
// receives is not disturbed, except at queues, which the caller must have
// allowed. An error says that a server could not be listened to.
func Tap(ctx context.Context, hub *endpoint.Hub, source *endpoint.Source, opt TapOptions) (*Report, error) {
	operations, err := chosen(source, opt.Operations)
	if err != nil {
		return nil, err
	}
	r := newReport(source)
	var taps []*tap
	defer func() {
		for _, t := range taps {
			t.close()
		}
	}()
	for _, op := range operations {
		list, err := tapsOf(op)
		if err != nil {
			return nil, err
		}
		for _, t := range list {
			t.must = op.Action == asyncapi.Send != t.target.Reply || len(opt.Operations) > 0
			if err := t.open(ctx, hub, source, opt); err != nil {
				return nil, err
			}
			taps = append(taps, t)
			r.Checks = append(r.Checks, t.judge.check)
		}
		pairUp(list)
	}
	if opt.OnReady != nil {
		opt.OnReady()
	}
	ready := time.Now()
	err = listen(ctx, taps, opt.Limit)
	for _, t := range taps {
		t.end(time.Since(ready))
	}
	r.Took = time.Since(r.Began)
	return r, err
}

func newReport(source *endpoint.Source) *Report {
	return &Report{Contract: source.Name, Title: source.Doc.Info.Title, Began: time.Now()}
}

// chosen are the operations of these ids, or all.
func chosen(source *endpoint.Source, ids []string) ([]*asyncapi.Operation, error) {
	if len(ids) == 0 {
		return source.Doc.Operations, nil
	}
	var list []*asyncapi.Operation
	for _, id := range ids {
		op, err := source.Operation(id)
		if err != nil {
			return nil, err
		}
		list = append(list, op)
	}
	return list, nil
}

// tap listens at one side of an operation.
type tap struct {
	target   *endpoint.Target
	judge    *judge
	receiver *endpoint.Receiver // nil where nothing can be heard
	// must says that silence is a fault: it is the application that sends here.
	must     bool
	exchange *exchange // of a request and its reply; nil without
	answer   *tap      // of a request: the tap of its reply, where both are heard
	// mu guards the check: rejections come in the goroutine of the receiver,
	// findings on an exchange in that of either side.
	mu sync.Mutex
	// enough ends a receive under way where there were enough messages.
	enough func()
}

// tapsOf are the sides of an operation that have an address in the contract.
func tapsOf(op *asyncapi.Operation) ([]*tap, error) {
	verb := "receives from"
	if op.Action == asyncapi.Send {
		verb = "sends to"
	}
	list := []*tap{newTap(endpoint.RequestOf(op, endpoint.Receive), op.ID+" "+verb+" ")}
	if op.Reply == nil || op.Reply.Channel == nil || !op.Reply.Channel.HasAddress {
		return list, nil
	}
	reply, err := endpoint.ReplyOf(op, endpoint.Receive)
	if err != nil {
		return nil, err
	}
	return append(list, newTap(reply, "the reply of "+op.ID+" at ")), nil
}

func newTap(target *endpoint.Target, name string) *tap {
	check := &Check{Mode: Tapped, Operation: target.Operation.ID, Name: name + target.Channel.Name}
	return &tap{target: target, judge: &judge{check: check, target: target}}
}

// open subscribes. What the contract makes impossible is a finding, and what is
// wrong with the server an error.
func (t *tap) open(ctx context.Context, hub *endpoint.Hub, source *endpoint.Source, opt TapOptions) error {
	j := t.judge
	j.given = ownParameters(t.target.Channel, opt.Parameters)
	if url, err := hub.ServerOf(source, t.target); err == nil {
		j.protocol, _, _ = strings.Cut(url, "://")
	}
	codec, err := source.Codec(t.target)
	if err != nil {
		j.unread(err)
		return nil
	}
	j.codec = codec
	t.receiver, err = hub.Receiver(ctx, source, t.target, endpoint.ReceiverOptions{
		Parameters: j.given, Start: opt.Start, OnRejected: func(r *endpoint.Rejected) { t.rejected(r) },
	})
	switch {
	case errors.Is(err, driver.ErrNoSuchAddress):
		j.check.add(diag.Diagnostic{Code: CodeNoAddress, Severity: diag.Error, Message: err.Error(), Span: spanOf(channelNode(t.target.Channel))}, nil)
		return nil
	case err != nil:
		return err
	}
	j.promise = t.receiver.Capabilities()
	j.check.Address, j.check.Server = t.receiver.Address(), t.receiver.Server()
	j.limit = declaredSize(t.target.Channel, source.Doc)
	return nil
}

// unread says that the messages of a target cannot be judged.
func (j *judge) unread(err error) {
	at := channelNode(j.target.Channel)
	if len(j.target.Messages) > 0 {
		at = j.target.Messages[0].Node
	}
	j.found(CodeUnreadable, diag.Error, nil, at, 0, "its messages cannot be judged: "+err.Error(), "")
}

func ownParameters(c *asyncapi.Channel, given map[string]string) map[string]string {
	own := map[string]string{}
	for _, p := range c.Parameters {
		if value, ok := given[p.Name]; ok {
			own[p.Name] = value
		}
	}
	return own
}

// sizes are where bindings say how large a message may be, in bytes.
var sizes = []struct {
	protocol string
	path     []string
}{
	{"kafka", []string{"topicConfiguration", "max.message.bytes"}},
	{"ibmmq", []string{"maxMsgLength"}},
}

// declaredSize is how large a message on a channel may be, in bytes; 0 where
// the contract does not say.
func declaredSize(c *asyncapi.Channel, doc *asyncapi.Document) int {
	least := 0
	take := func(n *tree.Node) {
		if size := numberOf(n); size > 0 && (least == 0 || size < least) {
			least = size
		}
	}
	for _, s := range sizes {
		n := c.Bindings.For(s.protocol)
		for _, name := range s.path {
			n = n.Get(name)
		}
		take(n)
	}
	servers := c.Servers
	if len(servers) == 0 {
		servers = doc.Servers
	}
	for _, s := range servers {
		take(s.Bindings.For("mqtt").Get("maximumPacketSize"))
	}
	return least
}

func numberOf(n *tree.Node) int {
	if n == nil {
		return 0
	}
	var size int
	if _, err := fmt.Sscan(n.Text, &size); err != nil {
		return 0
	}
	return size
}

// listen receives at all taps until ctx ends.
func listen(ctx context.Context, taps []*tap, limit int) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var work sync.WaitGroup
	failures := make(chan error, len(taps))
	for _, t := range taps {
		work.Go(func() {
			if err := t.listen(ctx, limit); err != nil {
				failures <- err
				stop()
			}
		})
	}
	work.Wait()
	close(failures)
	return <-failures
}

func (t *tap) listen(ctx context.Context, limit int) error {
	if t.receiver == nil {
		return nil
	}
	for !t.done(limit) {
		messages, err := t.receive(ctx, limit)
		if errors.Is(err, errEnough) || ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		for _, m := range messages {
			t.fits(m)
		}
		if err := t.settle(ctx, messages); err != nil {
			return err
		}
	}
	return nil
}

var errEnough = errors.New("there were enough messages")

// receive waits for messages that fit, or until there were enough: the receiver
// keeps rejected ones to itself, and a reply may be enough by its request.
func (t *tap) receive(ctx context.Context, limit int) ([]*endpoint.Message, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	t.mu.Lock()
	t.enough = func() {
		if t.done(limit) {
			stop(errEnough)
		}
	}
	t.mu.Unlock()
	t.enough()
	messages, err := t.receiver.Receive(ctx, 0)
	if err != nil && errors.Is(context.Cause(ctx), errEnough) {
		return nil, errEnough
	}
	return messages, err
}

// done reports whether there were as many messages as the limit says.
func (t *tap) done(limit int) bool {
	switch {
	case limit == 0:
		return false
	case t.target.Reply && t.exchange != nil:
		return t.exchange.over(limit)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.judge.check.Messages >= limit
}

// look lets whoever waits look whether there were enough.
func (t *tap) look() {
	if t == nil {
		return
	}
	t.mu.Lock()
	enough := t.enough
	t.mu.Unlock()
	if enough != nil {
		enough()
	}
}

// settleLimit bounds how long settling what was judged may take.
const settleLimit = 5 * time.Second

func (t *tap) settle(ctx context.Context, messages []*endpoint.Message) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleLimit)
	defer cancel()
	err := t.receiver.Ack(ctx, messages...)
	if errors.Is(err, driver.ErrLost) || errors.Is(err, driver.ErrClosed) {
		return nil
	}
	return err
}

func (t *tap) fits(m *endpoint.Message) {
	t.note(func() {
		t.judge.fits(m)
		t.exchange.heard(t.target.Reply, m.CorrelationID, m.Raw)
	})
}

func (t *tap) rejected(r *endpoint.Rejected) {
	t.note(func() {
		t.judge.rejected(r)
		t.exchange.heard(t.target.Reply, t.judge.codec.CorrelationOf(r), r.Raw)
	})
}

// note counts a message and judges it.
func (t *tap) note(judge func()) {
	t.mu.Lock()
	t.judge.check.Messages++
	judge()
	t.mu.Unlock()
	t.look()
	t.answer.look()
}

// end says what only the end tells: that nothing came, and which replies
// answer nothing.
func (t *tap) end(took time.Duration) {
	c := t.judge.check
	if t.target.Reply && t.exchange != nil {
		t.exchange.end(t.judge)
	}
	if c.Messages == 0 && t.receiver != nil {
		t.silent(took)
	}
	c.settle()
}

func (t *tap) silent(took time.Duration) {
	c := t.judge.check
	took = took.Round(100 * time.Millisecond)
	if !t.must || t.target.Reply && !t.exchange.asked() {
		c.Note = fmt.Sprintf("nobody sent anything in %s, so nothing was judged", took)
		return
	}
	at := cmp.Or(t.target.Operation.Node, channelNode(t.target.Channel))
	t.judge.found(CodeSilent, diag.Error, nil, at, 0, fmt.Sprintf("there was no message at %s in %s", c.Address, took),
		"make the service send, listen longer with --for, or begin earlier with --from")
}

func (t *tap) close() {
	if t.receiver != nil {
		_ = t.receiver.Close() // nothing is left to be settled
	}
}
