package amqp

import (
	"context"
	"errors"
	"fmt"

	"github.com/rabbitmq/amqp091-go"

	"github.com/weft-dev/weft/wire/driver"
)

// sent is what became of a window of messages so far.
type sent struct {
	outlet   *outlet
	list     []amqp091.Publishing
	confirms []*amqp091.DeferredConfirmation // nil for those that did not leave
	any      bool                            // at least one has left
	broken   bool                            // the channel was closed before the last had
	failure  error                           // why
	gaveUp   bool                            // the context ended while a message was being written
}

// publish writes the messages that have no error. It ends with ctx, although
// a server that takes no bytes can hold the library for longer.
func (o *outlet) publish(ctx context.Context, s *sender, list []amqp091.Publishing, errs []error) *sent {
	r := &sent{outlet: o, list: list, confirms: make([]*amqp091.DeferredConfirmation, len(list))}
	skip := make([]bool, len(errs))
	for i, err := range errs {
		skip[i] = err != nil
	}
	done := make(chan struct{})
	s.conn.work.Go(func() {
		defer close(done)
		if len(list) > 1 {
			o.link.socket.cork()
			defer o.link.socket.uncork()
		}
		for i := range list {
			if skip[i] {
				continue
			}
			if ctx.Err() != nil {
				r.broken, r.failure = true, ctx.Err()
				return
			}
			confirm, err := o.channel.PublishWithDeferredConfirm(s.exchange, s.address, s.style.mandatory, false, list[i])
			if err != nil {
				r.broken, r.failure = true, err
				return
			}
			r.confirms[i], r.any = confirm, true
		}
	})
	select {
	case <-done:
		return r
	case <-ctx.Done():
	}
	select {
	case <-done:
		return r
	default:
		// The messages are the goroutine's now.
		return &sent{outlet: o, gaveUp: true}
	}
}

// wait waits for the confirms and gives errors to those that have none. The
// error that it returns is that of all.
func (r *sent) wait(ctx context.Context, s *sender, errs []error) error {
	if r.gaveUp {
		s.drop()
		return ctx.Err()
	}
	late := false
	for _, confirm := range r.confirms {
		if confirm == nil || late {
			continue
		}
		select {
		case <-confirm.Done():
		case <-ctx.Done():
			late = true
		}
	}
	returned := r.outlet.takeReturned()
	cause := r.outlet.cause()
	for i, confirm := range r.confirms {
		switch {
		case errs[i] != nil:
		case confirm == nil:
			errs[i] = r.unsent(cause)
		case !isDone(confirm):
			errs[i] = ctx.Err()
		case !confirm.Acked() && cause != nil:
			errs[i] = cause
		case !confirm.Acked():
			errs[i] = refused()
		default:
			errs[i] = noRoute(returned, r.list[i].MessageId)
		}
	}
	if late || r.broken {
		s.drop()
	}
	return nil
}

func isDone(confirm *amqp091.DeferredConfirmation) bool {
	select {
	case <-confirm.Done():
		return true
	default:
		return false
	}
}

// unsent is the error of a message that did not leave.
func (r *sent) unsent(cause error) error {
	switch {
	case cause == nil:
		return r.failure
	case errors.Is(cause, errBroke):
		return brokenError{cause, true}
	}
	return cause
}

func (o *outlet) takeReturned() map[string]amqp091.Return {
	var all map[string]amqp091.Return
	for {
		select {
		case r, ok := <-o.returned:
			if !ok {
				return all
			}
			if all == nil {
				all = make(map[string]amqp091.Return)
			}
			all[r.MessageId] = r
		default:
			return all
		}
	}
}

var errBroke = errors.New("the connection ended")

// cause is why the channel was closed, or nil when it was not.
func (o *outlet) cause() error {
	if !o.channel.IsClosed() {
		return nil
	}
	return reason(o.ended)
}

// reason is what the library says why a channel ended.
func reason(ended <-chan *amqp091.Error) error {
	e, ok := <-ended // one that is closed has said it, or is about to
	switch {
	case ok && e.Server:
		return e
	case ok:
		return brokenError{fmt.Errorf("%w: %s", errBroke, e.Reason), false}
	}
	return brokenError{errBroke, false}
}

// refused is the error of a message that the server would not take.
func refused() error {
	return &driver.Error{
		Kind: driver.ErrServer, Err: errors.New("the server did not take the message"),
		Hint: "see whether a queue is full (x-max-length with reject-publish), or the server out of memory or disk", Retry: true,
	}
}

func noRoute(returned map[string]amqp091.Return, id string) error {
	r, ok := returned[id]
	if !ok {
		return nil
	}
	return &driver.Error{
		Kind: driver.ErrNoSuchAddress, Err: fmt.Errorf("no queue took the message (%d %s)", r.ReplyCode, r.ReplyText),
		Hint: "create the queue, or bind one to the exchange with this routing key",
	}
}
