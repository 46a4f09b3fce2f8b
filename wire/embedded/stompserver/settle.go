package stompserver

import (
	"strconv"

	"github.com/weft-dev/weft/wire/stomp/frame"
)

// find returns the deliveries that an ACK or NACK is about: one, or all up to
// it where the subscription says client. What is settled already, or was given
// back, is none.
func (c *conn) find(f *frame.Frame) ([]*delivery, *failure) {
	d := c.named(f)
	if d == nil {
		return nil, fail("%s of a message that is not unsettled here", f.Command)
	}
	if d.subscription.mode != "client" {
		return []*delivery{d}, nil
	}
	open := d.subscription.open()
	for i, other := range open {
		if other == d {
			return open[:i+1], nil
		}
	}
	return nil, fail("%s of a message that is not unsettled here", f.Command)
}

// named returns the delivery that a frame names: by its ack in 1.2, by the
// message before.
func (c *conn) named(f *frame.Frame) *delivery {
	if c.version == frame.V12 {
		tag, err := strconv.ParseUint(f.Get("id"), 10, 64)
		if err != nil {
			return nil
		}
		return c.unsettled[tag]
	}
	message := f.Get("message-id")
	if s := c.subscriptions[f.Get("subscription")]; s != nil {
		return s.of(message)
	}
	if c.version == frame.V11 {
		return nil
	}
	for _, s := range c.subscriptions {
		if d := s.of(message); d != nil {
			return d
		}
	}
	return nil
}

// of returns the delivery of a message. It is nearly always the first.
func (s *subscription) of(message string) *delivery {
	for _, d := range s.held {
		if !d.done && d.entry.Message.id == message {
			return d
		}
	}
	return nil
}

func (c *conn) ack(f *frame.Frame) *failure {
	list, problem := c.find(f)
	if problem != nil {
		return problem
	}
	c.settle(list)
	for _, d := range list {
		c.server.release(d.entry)
	}
	c.more(list)
	return nil
}

// nack gives messages back or, where it says so, lets them go.
func (c *conn) nack(f *frame.Frame) *failure {
	list, problem := c.find(f)
	if problem != nil {
		return problem
	}
	if f.Get("requeue") != "false" {
		c.requeue(list)
		return nil
	}
	c.settle(list)
	for _, d := range list {
		c.server.bury(d.subscription.queue, d.entry)
	}
	c.more(list)
	return nil
}

// more lets a subscription go on that had all it may hold.
func (c *conn) more(list []*delivery) {
	if len(list) > 0 {
		c.server.dispatch(list[0].subscription.queue)
	}
}
