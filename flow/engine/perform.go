package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/weft-dev/weft/flow/machine"
)

func (r *runner) performAll(ctx context.Context, effects []machine.Effect) {
	alone := r.besides == 0 && onlyCall(effects)
	for _, effect := range effects {
		if call, ok := effect.(machine.CallHTTP); ok && alone {
			r.next = func(ctx context.Context) machine.Event { return r.call(ctx, call) }
			continue
		}
		r.perform(ctx, effect)
	}
}

// onlyCall reports whether one call is all that there is to do, so that
// nothing can happen before its answer.
func onlyCall(effects []machine.Effect) bool {
	calls := 0
	for _, effect := range effects {
		switch effect.(type) {
		case machine.Tell:
		case machine.CallHTTP:
			calls++
		default:
			return false
		}
	}
	return calls == 1
}

func (r *runner) perform(ctx context.Context, effect machine.Effect) {
	switch e := effect.(type) {
	case machine.Tell:
		r.observe(e.Happening)
	case machine.Complete:
		r.end = &e.Result
	case machine.SetTimer:
		r.setTimer(ctx, e)
	case machine.CancelTimer:
		if timer := r.timers[e.ID]; timer != nil && timer.Stop() {
			r.besides--
		}
		delete(r.timers, e.ID)
	case machine.Abandon:
		if cancel := r.cancel[e.ID]; cancel != nil {
			cancel()
			delete(r.cancel, e.ID)
		}
		r.asked(e.ID)
	case machine.AskPerson:
		r.ask(e) // the answer comes from outside: see Running.Answer
	case machine.CallHTTP:
		r.beside(ctx, e.ID, func(ctx context.Context) machine.Event { return r.call(ctx, e) })
	case machine.SendMessage:
		r.beside(ctx, e.ID, func(ctx context.Context) machine.Event { return r.send(ctx, e) })
	case machine.KeepCallback:
		r.beside(ctx, e.ID, func(ctx context.Context) machine.Event { return r.keepCallback(ctx, e) })
	case machine.Subscribe:
		r.besides += 2 // its outcome, and what may arrive until the run ends
		interest := r.machine.Interest(e.ID)
		r.work.Go(func() { r.subscribe(ctx, e, interest) })
	}
}

// beside performs an effect beside the loop and posts its outcome.
func (r *runner) beside(ctx context.Context, id string, do func(context.Context) machine.Event) {
	own, cancel := context.WithCancel(ctx)
	r.cancel[id] = cancel
	r.besides++
	r.work.Go(func() {
		defer cancel()
		event := do(own)
		if ctx.Err() != nil {
			// The process is being stopped: how it went was not awaited, so it
			// must not be recorded as a failure.
			return
		}
		r.post(ctx, event)
	})
}

func (r *runner) call(ctx context.Context, e machine.CallHTTP) machine.Event {
	if r.opts.Wire.Caller == nil {
		return machine.CallFailed{Stamp: r.stamp(), ID: e.ID, Error: "this run has no way to make HTTP calls"}
	}
	answer, err := r.opts.Wire.Caller.Call(ctx, e)
	if err != nil {
		return machine.CallFailed{Stamp: r.stamp(), ID: e.ID, URL: answer.URL, Error: err.Error()}
	}
	answer.Stamp, answer.ID = r.stamp(), e.ID
	return answer
}

func (r *runner) send(ctx context.Context, e machine.SendMessage) machine.Event {
	if r.opts.Wire.Sender == nil {
		return machine.SendFailed{Stamp: r.stamp(), ID: e.ID, Error: "this run has no way to send messages"}
	}
	sent, err := r.opts.Wire.Sender.Send(ctx, e)
	if err != nil {
		return machine.SendFailed{Stamp: r.stamp(), ID: e.ID, Error: err.Error()}
	}
	sent.Stamp, sent.ID = r.stamp(), e.ID
	return sent
}

func (r *runner) stamp() machine.Stamp { return machine.Stamp{At: r.now()} }

func (r *runner) subscribe(ctx context.Context, e machine.Subscribe, interest machine.Interest) {
	if r.opts.Wire.Subscriber == nil {
		r.post(ctx, machine.SubscribeFailed{Stamp: r.stamp(), ID: e.ID, Error: "this run has no way to receive messages"})
		return
	}
	subscription, err := r.listen(ctx, e, interest)
	switch {
	case err == nil && r.keep(ctx, e.ID, subscription):
		r.post(ctx, machine.Subscribed{Stamp: r.stamp(), ID: e.ID, Positions: subscription.Positions()})
	case err == nil || ctx.Err() != nil:
	case r.resumed:
		// The run is not to blame: recorded as failed it could never go on.
		r.postFault(ctx, fmt.Errorf("run %s cannot go on now: cannot listen to %s: %w", r.opts.RunID, e.Address, err))
	default:
		r.post(ctx, machine.SubscribeFailed{Stamp: r.stamp(), ID: e.ID, Error: err.Error()})
	}
}

func (r *runner) listen(ctx context.Context, e machine.Subscribe, interest machine.Interest) (Subscription, error) {
	deliver := func(ctx context.Context, d Delivery) error { return r.deliver(ctx, e.ID, d) }
	if selector, ok := r.opts.Wire.Subscriber.(Selector); ok {
		return selector.SubscribeFor(ctx, e, interest, deliver)
	}
	return r.opts.Wire.Subscriber.Subscribe(ctx, e, deliver)
}

// keep notes a subscription to be closed with the run. Where the run has ended
// meanwhile it closes it at once and reports false.
func (r *runner) keep(ctx context.Context, id string, s Subscription) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if ctx.Err() != nil {
		_ = s.Close()
		return false
	}
	r.subscriptions = append(r.subscriptions, listening{id, s})
	return true
}

func (r *runner) postFault(ctx context.Context, err error) {
	select {
	case r.queue <- posted{fault: err}:
	case <-ctx.Done():
	}
}

// deliver brings a message to the loop and waits until it is recorded. A run
// may end while the message is on its way: whoever brings it to many runs must
// not wait for one that is gone.
func (r *runner) deliver(ctx context.Context, subscription string, d Delivery) error {
	answer := make(chan error, 1)
	select {
	case r.queue <- posted{delivery: &delivery{subscription: subscription, delivery: d, answer: answer}}:
	case <-r.gone:
		return r.parting()
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-answer:
		return err
	case <-r.gone:
	case <-ctx.Done():
		return errors.Join(ErrInterrupted, ctx.Err())
	}
	select {
	case err := <-answer: // it came first
		return err
	default:
		return r.parting()
	}
}

func (r *runner) setTimer(ctx context.Context, e machine.SetTimer) {
	r.besides++
	r.timers[e.ID] = time.AfterFunc(e.At.Sub(r.opts.Now()), func() { r.fire(ctx, e) })
}

// fire posts that a time has come. The clock may have been set back since the
// timer was set; the machine is told only what is true.
func (r *runner) fire(ctx context.Context, e machine.SetTimer) {
	for {
		left := e.At.Sub(r.opts.Now())
		if left <= 0 {
			break
		}
		select {
		case <-time.After(left):
		case <-ctx.Done():
			return
		}
	}
	r.post(ctx, machine.TimerFired{Stamp: r.stamp(), ID: e.ID})
}
