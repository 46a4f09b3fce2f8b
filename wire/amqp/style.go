package amqp

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/rabbitmq/amqp091-go"

	"github.com/weft-dev/weft/wire/driver"
)

// style is how a message is sent: what a sender's parameters say, and after
// them the message's own.
type style struct {
	mandatory   bool
	undated     bool // without a timestamp
	mode        uint8
	priority    uint8
	expiration  string
	kind        string
	encoding    string
	app         string
	user        string
	id          string
	replyTo     string
	cc, bcc     []string
	headerTypes map[string]string
}

// The parameters of a message, and those that only a sender has.
var (
	messageParams = []string{
		"type", "priority", "expiration", "delivery-mode", "app-id", "user-id", "message-id", "cc", "bcc",
		"content-encoding", "reply-to", "header-types",
	}
	senderParams = append([]string{paramExchange, "mandatory", "timestamp"}, messageParams...)
)

// senderStyle reads a sender's parameters.
func senderStyle(params map[string]string) (style, error) {
	// A queue that went away is to be told; a key nobody listens to is not.
	s := style{mandatory: params[paramExchange] == "", mode: amqp091.Persistent}
	if err := driver.CheckParams(params, senderParams...); err != nil {
		return s, err
	}
	dated := true
	err := errors.Join(readBool(params, "mandatory", &s.mandatory), readBool(params, "timestamp", &dated), s.read(params))
	s.undated = !dated
	return s, err
}

// of returns the style of one message.
func (s style) of(m *driver.Message) (style, error) {
	if len(m.Params) == 0 {
		return s, nil
	}
	if err := driver.CheckParams(m.Params, messageParams...); err != nil {
		return s, err
	}
	return s, s.read(m.Params)
}

func (s *style) read(params map[string]string) error {
	for name, to := range map[string]*string{
		"reply-to": &s.replyTo, "type": &s.kind, "app-id": &s.app, "user-id": &s.user, "message-id": &s.id, "content-encoding": &s.encoding,
	} {
		text, ok := params[name]
		if len(text) > maxName {
			return fmt.Errorf("%s has %d bytes, the limit is %d", name, len(text), maxName)
		}
		if ok {
			*to = text
		}
	}
	return errors.Join(
		s.readNumbers(params), readKeys(params, "cc", &s.cc), readKeys(params, "bcc", &s.bcc), s.readTypes(params))
}

func (s *style) readNumbers(params map[string]string) error {
	if text, ok := params["expiration"]; ok {
		if _, err := strconv.ParseUint(text, 10, 32); err != nil {
			return fmt.Errorf("expiration is %q: write a number of milliseconds", text)
		}
		s.expiration = text
	}
	if text, ok := params["priority"]; ok {
		n, err := strconv.ParseUint(text, 10, 8)
		if err != nil {
			return fmt.Errorf("priority is %q: write a number from 0 to 255", text)
		}
		s.priority = uint8(n)
	}
	switch text, ok := params["delivery-mode"]; {
	case !ok:
	case text == "1":
		s.mode = amqp091.Transient
	case text == "2":
		s.mode = amqp091.Persistent
	default:
		return fmt.Errorf("delivery-mode is %q: write 1 or 2", text)
	}
	return nil
}

func readKeys(params map[string]string, name string, to *[]string) error {
	text, ok := params[name]
	if !ok {
		return nil
	}
	*to = strings.Split(text, ",")
	if slices.ContainsFunc(*to, func(key string) bool { return len(key) > maxName }) {
		return fmt.Errorf("one of the keys of %s has more than %d bytes", name, maxName)
	}
	return nil
}

func (s *style) readTypes(params map[string]string) error {
	text, ok := params["header-types"]
	if !ok {
		return nil
	}
	values, err := url.ParseQuery(text)
	if err != nil {
		return errors.New("header-types cannot be read: write a query of names and letters, as count=l&ok=t")
	}
	s.headerTypes = make(map[string]string, len(values))
	for name := range values {
		s.headerTypes[name] = values.Get(name)
	}
	return nil
}
