package contract

import (
	"crypto/rand"
	"fmt"
	"maps"
	"slices"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/endpoint"
)

// trial is one message that a consumer is tried with.
type trial struct {
	check *Check
	// valid says that the contract allows it; else broken says what it forbids.
	valid  bool
	broken []schema.Violation
	sent   *endpoint.Message
	id     string // the idempotency id, by which it is known again
}

// invented is how many messages are made from the schemas of a message.
const invented = 3

// trials makes the messages that a consumer is tried with.
type trials struct {
	target *endpoint.Target
	sender *endpoint.Sender
	seed   uint64
	list   []*trial
}

// of makes those of one message of the contract.
func (t *trials) of(m *asyncapi.Message) error {
	codec := t.sender.Codec()
	for _, e := range m.Examples {
		if e.Name == "" || !codec.HasExample(m.Key, e.Name) {
			continue
		}
		out, err := codec.Sample(m.Key, e.Name, t.seed)
		if err := t.valid(m, "the example "+e.Name, out, err); err != nil {
			return err
		}
	}
	for n := range uint64(invented) {
		out, err := codec.Invent(m.Key, t.seed+n)
		if err := t.valid(m, fmt.Sprintf("a message made from its schema, %d", n+1), out, err); err != nil {
			return err
		}
	}
	base, err := codec.Sample(m.Key, "", t.seed)
	if err != nil {
		return err
	}
	if codec.IsBinary(m.Key) {
		return t.damaged(m, base)
	}
	if err := t.varied(m, base); err != nil {
		return err
	}
	if err := t.headless(m, base); err != nil {
		return err
	}
	return t.damaged(m, base)
}

// encoded makes a message ready under ids of its own.
func (t *trials) encoded(out endpoint.Outgoing) (*endpoint.Message, string, error) {
	id := "weft-test-" + rand.Text()
	out.IdempotencyID, out.GeneratedID = id, id
	out.CorrelationID, out.Overwrite = id, t.sender.Codec().DeclaresCorrelation(out.Message)
	if !out.Overwrite {
		out.CorrelationID = nil
	}
	sent, err := t.sender.Encode(out)
	return sent, id, err
}

func (t *trials) valid(m *asyncapi.Message, what string, out endpoint.Outgoing, err error) error {
	if err != nil {
		return err
	}
	sent, id, err := t.encoded(out)
	if err != nil {
		return err
	}
	t.add(m, what, sent, id, nil)
	return nil
}

// add notes a trial; one of which nothing is broken is valid.
func (t *trials) add(m *asyncapi.Message, what string, sent *endpoint.Message, id string, broken []schema.Violation) {
	verb := "takes "
	if len(broken) > 0 {
		verb = "refuses "
	}
	t.list = append(t.list, &trial{
		check: &Check{Mode: Driven, Operation: t.target.Operation.ID, Name: t.target.Operation.ID + " " + verb + m.Key + ": " + what, Messages: 1},
		valid: len(broken) == 0, broken: broken, sent: sent, id: id,
	})
}

// varied adds payloads at and beyond the limits of the schema.
func (t *trials) varied(m *asyncapi.Message, base endpoint.Outgoing) error {
	first, _, err := t.encoded(base)
	if err != nil {
		return err
	}
	judge := func(payload any) []schema.Violation {
		broken, _ := t.sender.Codec().Violations(m.Key, payload, first.Headers)
		return broken
	}
	for _, v := range variants(base.Payload, judge) {
		if len(v.broken) == 0 {
			out := base
			out.Payload = v.payload
			sent, id, err := t.encoded(out)
			if err != nil {
				continue // the correlation id has no place in it
			}
			t.add(m, v.what, sent, id, nil)
			continue
		}
		body, err := schema.EncodeJSON(v.payload)
		if err != nil {
			return err
		}
		if err := t.broken(m, base, v.what, v.broken, func(raw *driver.Message) { raw.Body = body }); err != nil {
			return err
		}
	}
	return nil
}

// broken adds a message that was changed on its way to the wire.
func (t *trials) broken(m *asyncapi.Message, base endpoint.Outgoing, what string, broken []schema.Violation, change func(*driver.Message)) error {
	sent, id, err := t.encoded(base)
	if err != nil {
		return err
	}
	raw := *sent.Raw
	raw.Headers = slices.Clone(raw.Headers)
	change(&raw)
	sent.Raw = &raw
	t.add(m, what, sent, id, broken)
	return nil
}

// headless adds messages that lack a header which the contract requires.
func (t *trials) headless(m *asyncapi.Message, base endpoint.Outgoing) error {
	first, _, err := t.encoded(base)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(first.Headers)) {
		headers := maps.Clone(first.Headers)
		delete(headers, name)
		_, broken := t.sender.Codec().Violations(m.Key, first.Payload, headers)
		if len(broken) == 0 {
			continue
		}
		err := t.broken(m, base, "without the header "+name, broken, func(raw *driver.Message) {
			raw.Headers = slices.DeleteFunc(raw.Headers, func(h driver.Header) bool { return h.Name == name })
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// damaged adds messages whose bytes or content type nobody can read.
func (t *trials) damaged(m *asyncapi.Message, base endpoint.Outgoing) error {
	because := func(message string) []schema.Violation { return []schema.Violation{{Message: message}} }
	first, _, err := t.encoded(base)
	if err != nil {
		return err
	}
	half := len(first.Raw.Body) / 2
	if half > 0 && !t.reads(first.Raw, half) {
		if err := t.broken(m, base, "cut off in the middle", because("its body is cut off"), func(raw *driver.Message) { raw.Body = raw.Body[:half] }); err != nil {
			return err
		}
	}
	if t.sender.Codec().IsBinary(m.Key) {
		text, err := schema.EncodeJSON(base.Payload)
		if err != nil {
			return err
		}
		return t.broken(m, base, "as JSON, and not in the bytes of its schema", because("its body is JSON"), func(raw *driver.Message) { raw.Body = text })
	}
	return t.broken(m, base, "with bytes that are no UTF-8", because("its body is not UTF-8"), func(raw *driver.Message) { raw.Body = append([]byte{0xff}, raw.Body...) })
}

// reads reports whether the beginning of a message is one, too, as of numbers
// and plain text.
func (t *trials) reads(whole *driver.Message, length int) bool {
	raw := *whole
	raw.Body = raw.Body[:length]
	_, rejected := t.sender.Codec().Decode(&raw)
	return rejected == nil
}

// version adds messages that another version of the contract allows.
func (t *trials) version(other *endpoint.Source) error {
	op, err := other.Operation(t.target.Operation.ID)
	if err != nil {
		return err
	}
	codec, err := other.Codec(endpoint.RequestOf(op, endpoint.Send))
	if err != nil {
		return err
	}
	for _, m := range op.Messages {
		out, err := codec.Sample(m.Key, "", t.seed)
		if err != nil {
			return err
		}
		id := "weft-test-" + rand.Text()
		out.IdempotencyID, out.GeneratedID = id, id
		raw, sent, err := codec.Encode(out)
		if err != nil {
			return err
		}
		sent.Address, sent.Raw = t.list[0].sent.Address, raw
		raw.Address = sent.Address
		t.add(m, fmt.Sprintf("a message of version %s (%s)", other.Doc.Info.Version, other.Name), sent, id, nil)
	}
	return nil
}
