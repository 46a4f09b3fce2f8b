package amqp

import (
	"context"
	"errors"

	"github.com/rabbitmq/amqp091-go"

	"github.com/weft-dev/weft/wire/driver"
)

// source is where a receiver's messages come from: a queue, or a queue that is
// bound to an exchange for it.
type source struct {
	address      string
	exchange     string // empty where the address is a queue
	group        string
	name         string // of the group's queue
	noAck        bool
	arguments    amqp091.Table
	deadExchange string
}

func newSource(opts driver.ReceiverOptions) (source, error) {
	s := source{address: opts.Address, exchange: opts.Params[paramExchange], group: opts.Group}
	s.deadExchange = s.exchange
	if err := errors.Join(checkAddress(opts.Address), checkLength(s.exchange), opts.Start.Check()); err != nil {
		return s, err
	}
	arguments, params, err := takeArguments(opts.Params)
	if err != nil {
		return s, err
	}
	s.arguments = arguments
	known := []string{paramExchange, "ack", "dead-letter.exchange"}
	if s.exchange != "" {
		known = append(known, "queue", "x-...")
	} else if len(arguments) > 0 {
		return s, errors.New("arguments of a queue that is there cannot be changed: give them where it is created")
	}
	if err := driver.CheckParams(params, known...); err != nil {
		return s, err
	}
	if name, ok := params["dead-letter.exchange"]; ok {
		s.deadExchange = name
	}
	ack := true
	if err := readBool(params, "ack", &ack); err != nil {
		return s, err
	}
	s.noAck = !ack
	return s, s.nameQueue(params["queue"])
}

func (s *source) nameQueue(given string) error {
	if s.exchange == "" || s.group == "" {
		if given != "" {
			return errors.New("a receiver without a group has a queue of its own, without a name")
		}
		return nil
	}
	if s.name = given; s.name == "" {
		s.name = s.exchange + "/" + s.address + "/" + s.group
	}
	if len(s.name) > maxName {
		return errors.New("the name of the group's queue would be too long: give one as the parameter queue")
	}
	return nil
}

// queue returns the queue to consume, which is made where it belongs to the
// receiver alone.
func (s *source) queue(ch *amqp091.Channel) (string, error) {
	switch {
	case s.exchange == "":
		return s.address, nil
	case s.group == "":
		q, err := ch.QueueDeclare("", false, true, true, false, s.arguments)
		if err != nil {
			return "", err
		}
		return q.Name, ch.QueueBind(q.Name, s.address, s.exchange, false, nil)
	}
	return s.name, ch.QueueBind(s.name, s.address, s.exchange, false, nil)
}

// prepare makes the group's queue unless there is one, which is left as it is.
func (s *source) prepare(ctx context.Context, l *line) error {
	if s.name == "" {
		return nil
	}
	q := thing{name: s.name, durable: true, arguments: s.arguments}
	err := l.on(ctx, q.look)
	if !isMissing(err) {
		return err
	}
	return l.on(ctx, q.declare)
}

// addressOf is where a message came from: the queue, or the routing key that
// it was sent with, which a subscription with wildcards does not know.
func (s *source) addressOf(d *amqp091.Delivery) string {
	if s.exchange == "" {
		return s.address
	}
	return d.RoutingKey
}

// unsettled reports whether nobody will settle: the receiver is alone, and has
// not asked for a limit to what it holds.
func (s *source) unsettled(opts driver.ReceiverOptions) bool {
	return s.exchange != "" && s.group == "" && opts.Prefetch < 1
}

// deadSpec says how the dead letters' address is made, where it may be.
func (s *source) deadSpec(create *driver.AddressSpec) *driver.AddressSpec {
	if create == nil || s.deadExchange == s.exchange {
		return create
	}
	return &driver.AddressSpec{} // of another kind than the receiver's own
}
