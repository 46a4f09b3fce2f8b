package contract

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/endpoint"
)

// DriveOptions say how to try consumers.
type DriveOptions struct {
	// Operations are the ids of those to try; none is all that receive.
	Operations []string
	// Parameters are values for the parameters of addresses.
	Parameters map[string]string
	// DeadLetter is where messages go that the consumer refuses; empty takes
	// what the contract says, see DeadLetterOf.
	DeadLetter string
	// Wait is how long to wait for what becomes of the messages.
	Wait time.Duration
	// Seed decides what messages are made.
	Seed uint64
	// Versions are other versions of the document, whose messages the consumer
	// must take as well.
	Versions []*endpoint.Source
}

// DeadLetterOf is the address that the contract declares for messages of an
// operation that are refused: the extension x-dead-letter of the operation or its
// channel, or the dead letter queue of SQS's channel binding; "" is none.
func DeadLetterOf(op *asyncapi.Operation) string {
	if text := op.Node.Get("x-dead-letter").Str(); text != "" {
		return text
	}
	if op.Channel == nil {
		return ""
	}
	if text := op.Channel.Node.Get("x-dead-letter").Str(); text != "" {
		return text
	}
	return op.Channel.Bindings.For("sqs").Get("deadLetterQueue").Get("name").Str()
}

// Drive plays the counterpart of the consumers of a document: it sends what they
// must take and what they must refuse, and judges by replies and dead letters
// what became of it. The consumers must be running.
func Drive(ctx context.Context, hub *endpoint.Hub, source *endpoint.Source, opt DriveOptions) (*Report, error) {
	operations, err := chosen(source, opt.Operations)
	if err != nil {
		return nil, err
	}
	r := newReport(source)
	for _, op := range operations {
		if op.Action != asyncapi.Receive {
			if len(opt.Operations) > 0 {
				return nil, fmt.Errorf("%s: the operation %s sends, so there is no consumer to try: listen to it instead", source.Name, op.ID)
			}
			continue
		}
		d := &drive{hub: hub, source: source, opt: opt, op: op}
		if err := d.run(ctx); err != nil {
			return nil, err
		}
		r.Checks = append(r.Checks, d.checks...)
	}
	if len(r.Checks) == 0 {
		return nil, fmt.Errorf("%s: %w", source.Name, errNothingDriven)
	}
	r.Took = time.Since(r.Began)
	return r, ctx.Err()
}

// drive tries the consumer of one operation.
type drive struct {
	hub    *endpoint.Hub
	source *endpoint.Source
	opt    DriveOptions
	op     *asyncapi.Operation
	trials *trials
	checks []*Check

	replies, letters *endpoint.Receiver // nil where the contract has none

	mu       sync.Mutex
	dead     map[*trial]*driver.Message
	answers  map[*trial]*endpoint.Message
	unfit    map[*trial]bool   // replied to by what is none of the contract's replies
	strange  []*driver.Message // replies that answer nothing
	replying *judge
	stop     func() // ends the waiting
}

func (d *drive) run(ctx context.Context) error {
	d.dead, d.answers, d.unfit = map[*trial]*driver.Message{}, map[*trial]*endpoint.Message{}, map[*trial]bool{}
	if err := d.open(ctx); err != nil {
		return err
	}
	defer d.close()
	if d.replies == nil && d.letters == nil {
		d.failed(CodeUnseen, "it cannot be seen what "+d.op.ID+" makes of a message: the contract declares neither a reply nor a place for dead letters",
			"name the address with --dead-letter, or in the contract as x-dead-letter")
		return nil
	}
	target := endpoint.RequestOf(d.op, endpoint.Send)
	sender, err := d.hub.Sender(ctx, d.source, target, endpoint.SenderOptions{Parameters: ownParameters(d.op.Channel, d.opt.Parameters)})
	if err != nil {
		return err
	}
	d.trials = &trials{target: target, sender: sender, seed: d.opt.Seed}
	d.make()
	if len(d.trials.list) == 0 {
		return nil
	}
	if err := d.send(ctx); err != nil {
		return err
	}
	d.wait(ctx)
	d.judge()
	return nil
}

// failed adds a check that is not about a message.
func (d *drive) failed(code diag.Code, message, help string) {
	c := &Check{Mode: Driven, Operation: d.op.ID, Name: d.op.ID + " takes and refuses what its contract says"}
	c.add(diag.Diagnostic{Code: code, Severity: diag.Error, Message: message, Help: help, Span: spanOf(d.op.Node)}, nil)
	c.settle()
	d.checks = append(d.checks, c)
}

// open subscribes to what tells of outcomes.
func (d *drive) open(ctx context.Context) error {
	var err error
	if d.op.Reply != nil && d.op.Reply.Channel != nil && d.op.Reply.Channel.HasAddress {
		target, err := endpoint.ReplyOf(d.op, endpoint.Receive)
		if err != nil {
			return err
		}
		c := &Check{Mode: Driven, Operation: d.op.ID, Name: "the replies of " + d.op.ID + " are its contract's"}
		d.replying = &judge{check: c, target: target, given: ownParameters(target.Channel, d.opt.Parameters)}
		if d.replying.codec, err = d.source.Codec(target); err != nil {
			return err
		}
		d.replies, err = d.hub.Receiver(ctx, d.source, target, endpoint.ReceiverOptions{Parameters: d.replying.given, OnRejected: d.badReply})
		if err != nil {
			return err
		}
		d.replying.promise = d.replies.Capabilities()
	}
	address := d.opt.DeadLetter
	if address == "" {
		address = DeadLetterOf(d.op)
	}
	if address == "" {
		return nil
	}
	letters := &asyncapi.Channel{Name: "dead letters", Address: address, HasAddress: true}
	d.letters, err = d.hub.Receiver(ctx, d.source, endpoint.OfChannel(letters, endpoint.Receive), endpoint.ReceiverOptions{
		OnRejected: func(r *endpoint.Rejected) { d.letter(r.Raw) },
	})
	return err
}

func (d *drive) close() {
	for _, r := range []*endpoint.Receiver{d.replies, d.letters} {
		if r != nil {
			_ = r.Close() // nothing is left to be settled
		}
	}
}

// make makes the trials. What cannot be made is told.
func (d *drive) make() {
	note := func(what string, err error) {
		c := &Check{Mode: Driven, Operation: d.op.ID, Name: d.op.ID + ": " + what, Note: "the messages to try it with could not be made"}
		c.add(diag.Diagnostic{Code: CodeNotMade, Severity: diag.Warning, Message: err.Error(), Span: spanOf(d.op.Node)}, nil)
		c.settle()
		d.checks = append(d.checks, c)
	}
	for _, m := range d.op.Messages {
		if err := d.trials.of(m); err != nil {
			note(m.Key, err)
		}
	}
	for _, other := range d.opt.Versions {
		if len(d.trials.list) == 0 {
			return
		}
		if err := d.trials.version(other); err != nil {
			note(other.Name, err)
		}
	}
}

// send sends them all, and takes in what comes back meanwhile.
func (d *drive) send(ctx context.Context) error {
	for _, t := range d.trials.list {
		t.check.Address, t.check.Server = t.sent.Address, d.trials.sender.Server()
		if err := d.trials.sender.SendEncoded(ctx, t.sent); err != nil {
			return err
		}
	}
	return nil
}

// wait takes in replies and dead letters until every trial has the outcome that
// it must have, or the time is over.
func (d *drive) wait(ctx context.Context) {
	ctx, stop := context.WithTimeout(ctx, d.opt.Wait)
	defer stop()
	d.stop = stop
	var work sync.WaitGroup
	work.Go(func() { d.listen(ctx, d.replies, d.reply) })
	work.Go(func() { d.listen(ctx, d.letters, func(m *endpoint.Message) { d.letter(m.Raw) }) })
	work.Wait()
}

func (d *drive) listen(ctx context.Context, from *endpoint.Receiver, take func(*endpoint.Message)) {
	if from == nil {
		return
	}
	for ctx.Err() == nil {
		messages, err := from.Receive(ctx, 0)
		if err != nil {
			return // what did not come is told
		}
		for _, m := range messages {
			take(m)
		}
		settling, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleLimit)
		_ = from.Ack(settling, messages...) // what is judged is judged
		cancel()
	}
}

// noted ends the waiting where nothing more can change. It is asked after each
// message, also after those that the receivers keep to themselves.
func (d *drive) noted() {
	if d.decided() {
		d.stop()
	}
}

// decided reports whether waiting longer would change nothing; the caller holds
// d.mu.
func (d *drive) decided() bool {
	for _, t := range d.trials.list {
		switch {
		case t.valid && d.dead[t] != nil: // it was refused
		case d.replies != nil && d.unfit[t]: // it was replied to, though not well
		case t.valid && (d.replies == nil || d.answers[t] == nil): // it may still be refused
			return false
		case !t.valid && (d.letters == nil || d.dead[t] == nil) && d.answers[t] == nil:
			return false
		}
	}
	return true
}

// letter notes a dead letter.
func (d *drive) letter(raw *driver.Message) {
	d.mu.Lock()
	defer d.mu.Unlock()
	defer d.noted()
	id := headerOf(raw, endpoint.HeaderID)
	for _, t := range d.trials.list {
		if t.id == id || id == "" && d.dead[t] == nil && bytes.Equal(t.sent.Raw.Body, raw.Body) {
			d.dead[t] = raw
			return
		}
	}
}

// reply notes a reply.
func (d *drive) reply(m *endpoint.Message) {
	d.mu.Lock()
	defer d.mu.Unlock()
	defer d.noted()
	d.replying.check.Messages++
	d.replying.fits(m)
	if t := d.asked(m.CorrelationID); t != nil {
		d.answers[t] = m
		return
	}
	d.strange = append(d.strange[:min(len(d.strange), maxFindings)], m.Raw)
}

// asked is the trial of a correlation id, or nil.
func (d *drive) asked(correlation any) *trial {
	id := fmt.Sprint(correlation)
	for _, t := range d.trials.list {
		if t.id == id {
			return t
		}
	}
	return nil
}

// badReply notes a reply that is none of the contract's: that is told of the
// replies, and not once more as none.
func (d *drive) badReply(r *endpoint.Rejected) {
	d.mu.Lock()
	defer d.mu.Unlock()
	defer d.noted()
	d.replying.check.Messages++
	d.replying.rejected(r)
	if t := d.asked(d.replying.codec.CorrelationOf(r)); t != nil {
		d.unfit[t] = true
	}
}

// judge judges what became of the trials.
func (d *drive) judge() {
	taken := map[string]bool{} // the replies to what is valid
	for _, t := range d.trials.list {
		if m := d.answers[t]; t.valid && m != nil {
			taken[m.Name] = true
		}
	}
	for _, t := range d.trials.list {
		if t.valid {
			d.mustTake(t)
		} else {
			d.mustRefuse(t, taken)
		}
		t.check.settle()
		if !t.valid && d.mute(t) {
			t.check.Status, t.check.Note = Unproven, "the consumer replied to nothing, so it is not known whether it refused this"
		}
		d.checks = append(d.checks, t.check)
	}
	if d.replying != nil && d.replying.check.Messages > 0 {
		d.replying.check.settle()
		d.checks = append(d.checks, d.replying.check)
	}
}

func (d *drive) mustTake(t *trial) {
	if raw := d.dead[t]; raw != nil {
		d.fault(t, CodeRefused, raw, "a message that fits the contract became a dead letter at "+raw.Address, "")
		return
	}
	if d.replies == nil || d.answers[t] != nil || d.unfit[t] {
		return
	}
	if len(d.strange) > 0 {
		d.fault(t, CodeCorrelation, d.strange[0], "there was no reply with the correlation id of the request; replies came with others",
			"copy the correlation id of the request into its reply")
		return
	}
	d.fault(t, CodeNoReply, t.sent.Raw, fmt.Sprintf("a request that fits the contract was not replied to in %s", d.opt.Wait), "is the consumer running?")
}

func (d *drive) mustRefuse(t *trial, taken map[string]bool) {
	answer := d.answers[t]
	switch {
	case d.dead[t] != nil:
	case answer != nil && !taken[answer.Name]:
		// It was refused by a reply of another kind.
	case answer != nil:
		d.fault(t, CodeAccepted, t.sent.Raw, "a message that breaks the contract was replied to as if it were right: "+d.words(t), "")
	case d.letters != nil:
		d.fault(t, CodeAccepted, t.sent.Raw, fmt.Sprintf("a message that breaks the contract did not become a dead letter at %s in %s: %s", d.letters.Address(), d.opt.Wait, d.words(t)), "")
	}
}

// mute reports whether a trial was met by nothing but silence, from a consumer
// that is silent whatever it is sent: that is no refusal.
func (d *drive) mute(t *trial) bool {
	return d.letters == nil && len(d.answers)+len(d.unfit)+len(d.strange) == 0 && len(t.check.Findings) == 0
}

// words are what the contract says against a trial.
func (d *drive) words(t *trial) string {
	words := make([]string, 0, len(t.broken))
	for _, v := range t.broken[:min(len(t.broken), 3)] {
		words = append(words, v.Message)
	}
	return strings.Join(words, "; ")
}

func (d *drive) fault(t *trial, code diag.Code, raw *driver.Message, message, help string) {
	f := diag.Diagnostic{Code: code, Severity: diag.Error, Message: message, Help: help, Span: spanOf(d.op.Node)}
	for i := range t.broken {
		if t.broken[i].Span.IsValid() {
			f.Span = t.broken[i].Span
			break
		}
	}
	t.check.add(f, func() *Evidence { return evidenceOf(raw, 0) })
}

// errNothingDriven says that a document has no consumer.
var errNothingDriven = errors.New("no operation of the document receives, so there is no consumer to try")
