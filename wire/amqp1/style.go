package amqp1

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/weft-dev/weft/wire/driver"
)

// style is how a message is sent: what a sender's parameters say, and after
// them the message's own.
type style struct {
	undated bool // without a creation time

	durable       bool
	priority      uint8
	ttl           time.Duration
	expires       time.Time
	groupSequence *uint32
	text          map[string]string // the properties that are text, by parameter
	headerTypes   map[string]string
}

// plainProperties are the parameters of a message that are sent as they are.
var plainProperties = []string{
	"subject", "to", "user-id", "message-id", "message-id-type", "correlation-id-type", "group-id", "reply-to-group-id",
	"reply-to", "content-encoding",
}

// The parameters of a message, and those that only a sender has.
var (
	messageParams = append([]string{"priority", "ttl", "durable", "group-sequence", "expires", "header-types"}, plainProperties...)
	senderParams  = append([]string{paramKind, paramExchange, paramNode, "timestamp"}, messageParams...)
)

// senderStyle reads a sender's parameters.
func senderStyle(params map[string]string) (style, error) {
	s := style{durable: true, priority: usualPriority}
	if err := driver.CheckParams(params, senderParams...); err != nil {
		return s, err
	}
	dated := true
	err := errors.Join(readBool(params, "timestamp", &dated), s.read(params))
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
	text := make(map[string]string, len(s.text)+len(params))
	for name, value := range s.text {
		text[name] = value
	}
	for _, name := range plainProperties {
		if value, ok := params[name]; ok {
			text[name] = value
		}
	}
	s.text = text
	return errors.Join(readBool(params, "durable", &s.durable), s.readNumbers(params), s.readTimes(params), s.readTypes(params))
}

func (s *style) readNumbers(params map[string]string) error {
	if text, ok := params["priority"]; ok {
		n, err := strconv.ParseUint(text, 10, 8)
		if err != nil {
			return fmt.Errorf("priority is %q: write a number from 0 to 255", text)
		}
		s.priority = uint8(n)
	}
	if text, ok := params["group-sequence"]; ok {
		n, err := strconv.ParseUint(text, 10, 32)
		if err != nil {
			return fmt.Errorf("group-sequence is %q: write a whole number", text)
		}
		short := uint32(n)
		s.groupSequence = &short
	}
	return nil
}

func (s *style) readTimes(params map[string]string) error {
	if text, ok := params["ttl"]; ok {
		n, err := strconv.ParseUint(text, 10, 32)
		if err != nil {
			return fmt.Errorf("ttl is %q: write a number of milliseconds", text)
		}
		s.ttl = time.Duration(n) * time.Millisecond
	}
	if text, ok := params["expires"]; ok {
		var err error
		if s.expires, err = time.Parse(time.RFC3339, text); err != nil {
			return fmt.Errorf("expires is %q: write a time as 2006-01-02T15:04:05Z", text)
		}
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
		return errors.New("header-types cannot be read: write a query of names and types, as count=long&ok=boolean")
	}
	s.headerTypes = make(map[string]string, len(values))
	for name := range values {
		s.headerTypes[name] = values.Get(name)
	}
	return nil
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

// identifier is a message id or a correlation id as the protocol has them: a
// string by itself, or one of the other types. Binary ones are written in
// hexadecimal digits.
func identifier(name, text, kind string) (any, error) {
	var value any
	var err error
	switch kind {
	case "", typeString:
		return text, nil
	case "ulong":
		value, err = strconv.ParseUint(text, 10, 64)
	case "uuid":
		value, err = parseUUID(text)
	case typeBinary:
		value, err = hex.DecodeString(text)
	default:
		return nil, fmt.Errorf("unknown %s-type %q: there is string, ulong, uuid, binary", name, kind)
	}
	if err != nil {
		return nil, fmt.Errorf("%s %q is no %s", name, text, kind)
	}
	return value, nil
}

// identifierText is the reverse of identifier.
func identifierText(value any) (text, kind string) {
	switch v := value.(type) {
	case nil:
		return "", ""
	case []byte:
		return hex.EncodeToString(v), typeBinary
	}
	written, kind := textOf(value)
	return string(written), kind
}
