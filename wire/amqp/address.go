package amqp

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/rabbitmq/amqp091-go"

	"github.com/weft-dev/weft/wire/driver"
)

const paramExchange = "exchange"

// maxName is the longest name of anything in the protocol, in bytes.
const maxName = 255

// checkAddress refuses what cannot be an address; what the library cannot write
// would end the connection.
func checkAddress(address string) error {
	switch {
	case address == "":
		return errors.New("the address is empty")
	case len(address) > maxName:
		return fmt.Errorf("the address has %d bytes, the protocol's names have at most %d", len(address), maxName)
	}
	return nil
}

// Create makes a queue or, where the parameters name one, an exchange.
func (c *conn) Create(ctx context.Context, address string, spec driver.AddressSpec) error {
	const op = "create"
	if err := checkAddress(address); err != nil {
		return c.fail(invalidError{err}, op, address)
	}
	if c.opened.IsClosed() {
		return c.fail(errClosed, op, address)
	}
	return c.fail(c.create(ctx, address, spec.Params), op, address)
}

// create makes what is missing. What is there is left as it is, so that it is
// looked for first: declaring it otherwise would be an error.
func (c *conn) create(ctx context.Context, address string, params map[string]string) error {
	s, err := readSpec(address, params)
	if err != nil {
		return invalidError{err}
	}
	l := c.out
	if s.exclusive {
		l = c.in // only the connection that declared it can receive from it
	}
	err = l.on(ctx, s.look)
	if !isMissing(err) {
		return err
	}
	return l.on(ctx, s.declare)
}

// Delete removes a queue with what is stored in it.
func (c *conn) Delete(ctx context.Context, address string) error {
	const op = "delete"
	if err := checkAddress(address); err != nil {
		return c.fail(invalidError{err}, op, address)
	}
	err := c.out.on(ctx, func(ch *amqp091.Channel) error {
		_, err := ch.QueueDelete(address, false, false, false)
		return err
	})
	if isMissing(err) {
		return nil
	}
	return c.fail(err, op, address)
}

func isMissing(err error) bool {
	var answer *amqp091.Error
	return errors.As(err, &answer) && answer.Server && answer.Code == amqp091.NotFound
}

func isLocked(err error) bool {
	var answer *amqp091.Error
	return errors.As(err, &answer) && answer.Server && answer.Code == amqp091.ResourceLocked
}

// exists makes sure that an address can be used: its queue or its exchange is
// there, or is made where that is allowed.
func (c *conn) exists(ctx context.Context, address, exchange string, spec *driver.AddressSpec) error {
	s := thing{name: address}
	if exchange != "" {
		s = thing{name: exchange, isExchange: true}
	}
	if spec != nil {
		params := spec.Params
		if exchange != "" && params[paramExchange] != exchange {
			params = withParam(params, paramExchange, exchange)
		}
		return c.create(ctx, address, params)
	}
	err := c.out.on(ctx, s.look)
	if !s.isExchange && isLocked(err) {
		return nil // another connection receives from it: it is there
	}
	return err
}

func withParam(params map[string]string, name, value string) map[string]string {
	all := map[string]string{name: value}
	for k, v := range params {
		if k != name {
			all[k] = v
		}
	}
	return all
}

// thing is a queue or an exchange.
type thing struct {
	name       string
	isExchange bool
	kind       string // of an exchange
	durable    bool
	exclusive  bool
	autoDelete bool
	arguments  amqp091.Table
}

// look is an error of the server where the thing is not there.
func (t thing) look(ch *amqp091.Channel) error {
	if t.isExchange {
		return ch.ExchangeDeclarePassive(t.name, "direct", true, false, false, false, nil)
	}
	_, err := ch.QueueDeclarePassive(t.name, true, false, false, false, nil)
	return err
}

func (t thing) declare(ch *amqp091.Channel) error {
	if t.isExchange {
		return ch.ExchangeDeclare(t.name, t.kind, t.durable, t.autoDelete, false, false, t.arguments)
	}
	_, err := ch.QueueDeclare(t.name, t.durable, t.autoDelete, t.exclusive, false, t.arguments)
	return err
}

// readSpec reads what is to be made from parameters.
func readSpec(address string, params map[string]string) (thing, error) {
	if exchange := params[paramExchange]; exchange != "" {
		return readExchange(exchange, params)
	}
	t := thing{name: address, durable: true}
	var err error
	if t.arguments, params, err = takeArguments(params); err != nil {
		return t, err
	}
	if err := driver.CheckParams(params, paramExchange, "durable", "exclusive", "auto-delete", "x-..."); err != nil {
		return t, err
	}
	err = errors.Join(
		readBool(params, "durable", &t.durable),
		readBool(params, "exclusive", &t.exclusive),
		readBool(params, "auto-delete", &t.autoDelete),
	)
	return t, err
}

func readExchange(name string, params map[string]string) (thing, error) {
	t := thing{name: name, isExchange: true, kind: "topic", durable: true}
	if err := driver.CheckParams(params, paramExchange, "exchange.type", "exchange.durable", "exchange.auto-delete"); err != nil {
		return t, err
	}
	if kind := params["exchange.type"]; kind != "" {
		t.kind = kind
	}
	switch t.kind {
	case "topic", "direct", "fanout", "headers":
	default:
		return t, fmt.Errorf("unknown exchange.type %q: there is topic, direct, fanout, headers", t.kind)
	}
	return t, errors.Join(
		checkAddress(name),
		readBool(params, "exchange.durable", &t.durable),
		readBool(params, "exchange.auto-delete", &t.autoDelete),
	)
}

func readBool(params map[string]string, name string, to *bool) error {
	switch text, ok := params[name]; {
	case !ok:
	case text == "true" || text == "false":
		*to = text == "true"
	default:
		return fmt.Errorf("%s is %q: write true or false", name, text)
	}
	return nil
}

// takeArguments takes the arguments of a queue, x-..., from parameters. Whole
// numbers and true and false are sent as such.
func takeArguments(params map[string]string) (amqp091.Table, map[string]string, error) {
	var arguments amqp091.Table
	rest := make(map[string]string, len(params))
	for name, text := range params {
		if !strings.HasPrefix(name, "x-") {
			rest[name] = text
			continue
		}
		if len(name) > maxName {
			return nil, nil, fmt.Errorf("the name of an argument has %d bytes, the limit is %d", len(name), maxName)
		}
		if arguments == nil {
			arguments = amqp091.Table{}
		}
		arguments[name] = argument(text)
	}
	return arguments, rest, nil
}
