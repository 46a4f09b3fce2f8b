package bridge

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/weft-dev/weft/spec/expr"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/wire/endpoint"
)

// Mapping says what a message becomes on the other side. It is a template: an
// object whose strings may be runtime expressions over the message that was
// received.
//
//	when: $message.payload#/total > 100      only these are carried
//	message: OrderPlaced                     which of the target's messages it is
//	key: $message.payload#/customer
//	headers: {region: $message.header.region}
//	payload:
//	  id: $message.payload#/order_id
//	  total: {$text: $message.payload#/total}
//	  at: {$time: $message.payload#/created_at}
//	  lines: {$each: $message.payload#/items, item: {sku: $inputs.item#/product_id}}
//
// What it leaves out is kept as it was received; headers: {} keeps none. A
// member without a value is left out. $inputs.key, $inputs.address, $inputs.id
// and $inputs.message are what else is known of the message. A nil Mapping keeps
// everything.
type Mapping struct {
	source  map[string]any
	when    *expr.Condition
	message string
	key     template
	headers template
	payload template
}

// The names of what else is known of a message.
const (
	inputKey     = "key"
	inputAddress = "address"
	inputID      = "id"
	inputMessage = "message"
	inputItem    = "item"
	inputIndex   = "index"
)

func inputs() []string {
	return []string{inputAddress, inputID, inputIndex, inputItem, inputKey, inputMessage}
}

// ParseMapping reads a mapping of plain data. A text alone is an expression for
// the payload.
func ParseMapping(value any) (*Mapping, error) {
	if text, ok := value.(string); ok {
		value = map[string]any{"payload": text}
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, errors.New("a mapping is an object with payload, headers, key, message and when, or an expression for the payload")
	}
	m := &Mapping{source: object}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if err := m.set(name, object[name]); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *Mapping) set(name string, value any) (err error) {
	switch name {
	case "payload":
		m.payload, err = compile(value, "payload", 0)
	case "headers":
		if _, ok := value.(map[string]any); !ok {
			return errors.New("headers is an object: the header's name, and its value")
		}
		m.headers, err = compile(value, "headers", 0)
	case "key":
		m.key, err = compile(value, "key", 0)
	case "message":
		text, ok := value.(string)
		if !ok {
			return errors.New("message is the name of one of the target's messages")
		}
		m.message = text
	case "when":
		text, ok := value.(string)
		if !ok {
			return errors.New("when is a condition, as in: $message.payload#/total > 100")
		}
		m.when, err = parseWhen(text)
	default:
		return fmt.Errorf("a mapping has no %q%s", name, orThese(name, []string{"payload", "headers", "key", "message", "when"}))
	}
	return err
}

func parseWhen(text string) (*expr.Condition, error) {
	condition, problems := expr.ParseCondition(text)
	for _, p := range problems {
		if p.Severity == diag.Error {
			return nil, fmt.Errorf("when: %s", told(p))
		}
	}
	for _, ref := range condition.Refs() {
		if err := known(ref); err != nil {
			return nil, fmt.Errorf("when: %w", err)
		}
	}
	return condition, nil
}

// known refuses what no message has.
func known(ref expr.Ref) error {
	switch {
	case ref.Root == expr.Message && slices.Contains([]expr.Part{expr.Body, expr.Header, expr.Timestamp}, ref.Part):
		return nil
	case ref.Root == expr.Inputs:
		name, _, _ := strings.Cut(ref.Name, ".")
		if slices.Contains(inputs(), name) {
			return nil
		}
		return fmt.Errorf("there is no $inputs.%s%s", name, orThese(name, inputs()))
	}
	return fmt.Errorf("%s is not known here: there is $message.payload#/POINTER, $message.header.NAME, $message.timestamp and $inputs.%s", ref, strings.Join(inputs(), ", $inputs."))
}

// Message returns the name of the target's message that it asks for, or "".
func (m *Mapping) Message() string {
	if m == nil {
		return ""
	}
	return m.message
}

// apply makes the outgoing message; false says that it is not to be carried.
func (m *Mapping) apply(in *endpoint.Message) (endpoint.Outgoing, bool, error) {
	out := endpoint.Outgoing{
		Message: m.Message(), Payload: in.Payload, Headers: kept(in.Headers), CorrelationID: in.CorrelationID,
		IdempotencyID: idOf(in), TraceParent: in.TraceParent, TraceState: in.TraceState, Timestamp: in.Timestamp,
	}
	if in.Raw != nil && in.Raw.Key != nil {
		out.Key = in.Key
	}
	if m == nil {
		return out, true, nil
	}
	env := envOf(in)
	if m.when != nil {
		switch seen := m.when.Explain(env); {
		case seen.Passed:
		case seen.Err != nil && !isMissing(seen.Err):
			return out, false, fmt.Errorf("when: %w", seen.Err)
		default:
			return out, false, nil
		}
	}
	return out, true, m.fill(&out, env)
}

func isMissing(err error) bool {
	_, ok := errors.AsType[*expr.MissingError](err)
	return ok
}

func (m *Mapping) fill(out *endpoint.Outgoing, env expr.Env) error {
	if m.key != nil {
		value, ok, err := m.key.eval(env)
		if err != nil {
			return err
		}
		if out.Key = nil; ok {
			out.Key = value
		}
	}
	if m.headers != nil {
		value, _, err := m.headers.eval(env)
		if err != nil {
			return err
		}
		out.Headers, _ = value.(map[string]any) // compiled from an object
	}
	if m.payload == nil {
		return nil
	}
	value, ok, err := m.payload.eval(env)
	if err != nil {
		return err
	}
	if !ok {
		return errors.New("payload: the mapping's expression finds nothing in the message")
	}
	out.Payload = value
	return nil
}

// envOf is what expressions see of a message.
func envOf(in *endpoint.Message) expr.Env {
	return expr.EnvFunc(func(ref expr.Ref) (any, bool) {
		if ref.Root == expr.Inputs {
			return inputOf(in, ref.Name)
		}
		switch ref.Part {
		case expr.Body:
			return in.Payload, true
		case expr.Timestamp:
			return in.Timestamp.UTC().Format(time.RFC3339Nano), !in.Timestamp.IsZero()
		case expr.Header:
			return headerOf(in.Headers, ref.Name)
		}
		return nil, false
	})
}

func headerOf(headers map[string]any, name string) (any, bool) {
	if name == "" {
		return kept(headers), true
	}
	if value, ok := headers[name]; ok {
		return value, true
	}
	for _, k := range slices.Sorted(maps.Keys(headers)) {
		if strings.EqualFold(k, name) {
			return headers[k], true
		}
	}
	return nil, false
}

func inputOf(in *endpoint.Message, name string) (any, bool) {
	switch name {
	case inputKey:
		return in.Key, in.Raw == nil || in.Raw.Key != nil
	case inputAddress:
		return in.Address, true
	case inputID:
		return idOf(in), true
	case inputMessage:
		return in.Name, true
	}
	return nil, false
}

// kept are the headers that the application gave a message, without those that
// say how it was on its wire: on another wire that is different.
func kept(headers map[string]any) map[string]any {
	out := make(map[string]any, len(headers))
	for name, value := range headers {
		if !ofTheWire(name) {
			out[name] = value
		}
	}
	return out
}

func ofTheWire(name string) bool {
	switch strings.ToLower(name) {
	case endpoint.HeaderContentType, endpoint.HeaderID, endpoint.HeaderMessage, endpoint.HeaderTraceParent, endpoint.HeaderTraceState,
		endpoint.HeaderSchemaID, endpoint.HeaderKeySchemaID:
		return true
	}
	return false
}

// idOf is the id of a message on both sides: its own, else one that is the same
// whenever its server delivers it.
func idOf(in *endpoint.Message) string {
	if in.IdempotencyID != "" {
		return in.IdempotencyID
	}
	id := in.Address + "@" + in.Identity()
	if len(id) > maxID {
		return in.Identity()
	}
	return id
}

// maxID is the longest id that is made of an address and a place, in bytes.
const maxID = 200
