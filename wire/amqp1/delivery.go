package amqp1

import (
	"bytes"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/Azure/go-amqp"

	"github.com/weft-dev/weft/wire/driver"
)

// token is a delivered message as its receiver knows it. All but the delivery
// is guarded by the receiver's lock.
type token struct {
	receiver *receiver
	inlet    *inlet
	delivery *amqp.Message
	settled  bool
	message  driver.Message
}

// As gives the library's own message.
func (t *token) As(target any) bool {
	m, ok := target.(**amqp.Message)
	if ok {
		*m = t.delivery
	}
	return ok
}

// fill makes the message of a delivery. Its memory is the token's.
func (t *token) fill(address string, wild bool) *driver.Message {
	d, m := t.delivery, &t.message
	m.Token = t
	m.Address = address
	m.Body = bodyOf(d)
	m.Redelivered = t.inlet.link.dialect.redelivered(d.Header)
	p := params{}
	p.readHeader(d.Header)
	types := url.Values{}
	m.Headers = readHeaders(d, types)
	p.add("header-types", types.Encode())
	if d.Properties != nil {
		t.readProperties(d.Properties, p)
		if wild {
			m.Address = t.inlet.link.dialect.origin(d.Properties, address)
		}
	}
	if len(p) > 0 {
		m.Params = p
	}
	return m
}

func (t *token) readProperties(d *amqp.MessageProperties, p params) {
	m := &t.message
	var kind string
	if m.ID, kind = identifierText(d.MessageID); kind != typeString {
		p.add("message-id-type", kind)
	}
	if m.CorrelationID, kind = identifierText(d.CorrelationID); kind != typeString {
		p.add("correlation-id-type", kind)
	}
	if d.ReplyTo != nil {
		m.ReplyTo = *d.ReplyTo
	}
	if d.CreationTime != nil {
		m.Timestamp = *d.CreationTime
	}
	if d.ContentType != nil && *d.ContentType != "" {
		m.Headers = append(m.Headers, driver.Header{Name: headerContentType, Value: []byte(*d.ContentType)})
	}
	if d.ContentEncoding != nil && *d.ContentEncoding == encodingGzip {
		m.Body = unpack(m.Body)
	}
	p.readProperties(d)
}

// redelivered reports what a header says of earlier deliveries.
func (d dialect) redelivered(h *amqp.MessageHeader) bool {
	return h != nil && (h.DeliveryCount > 0 || d.marks && !h.FirstAcquirer)
}

// origin is the address that a message was sent to, which a subscription with
// wildcards does not know. RabbitMQ says it as the subject where the sender
// spoke another protocol.
func (d dialect) origin(p *amqp.MessageProperties, otherwise string) string {
	if p.To != nil {
		if address := d.read(*p.To); address != "" {
			return address
		}
	}
	if d.rabbit && p.Subject != nil && *p.Subject != "" {
		return *p.Subject
	}
	return otherwise
}

// bodyOf is a message's body: data as it is, a value or a sequence as text.
func bodyOf(d *amqp.Message) []byte {
	switch {
	case len(d.Data) == 1:
		return d.Data[0]
	case len(d.Data) > 1:
		return bytes.Join(d.Data, nil)
	case len(d.Sequence) > 0:
		all := make([]any, 0, len(d.Sequence))
		for _, list := range d.Sequence {
			all = append(all, list...)
		}
		return asJSON(all)
	case d.Value != nil:
		text, _ := textOf(d.Value)
		return text
	}
	return nil
}

// readHeaders makes headers of application properties and annotations, sorted
// by name as they have no order, and notes those that are neither strings nor
// binary.
func readHeaders(d *amqp.Message, types url.Values) []driver.Header {
	repeats := repeatsOf(d.Annotations)
	headers := make([]driver.Header, 0, len(d.ApplicationProperties)+len(d.Annotations)+1)
	add := func(name string, value any) {
		text, kind := textOf(value)
		headers = append(headers, driver.Header{Name: name, Value: text})
		if kind != typeString && kind != typeBinary {
			types.Set(name, kind)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(d.ApplicationProperties)) {
		add(name, d.ApplicationProperties[name])
		for _, value := range repeats[name] {
			add(name, value)
		}
	}
	for _, name := range annotationNames(d.Annotations) {
		add(name, d.Annotations[name])
		for _, value := range repeats[name] {
			add(name, value)
		}
	}
	return headers
}

func annotationNames(annotations amqp.Annotations) []string {
	var names []string
	for key := range annotations {
		if name, ok := key.(string); ok && name != annotationRepeats && strings.HasPrefix(name, annotationPrefix) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// repeatsOf are the further values of names that repeat.
func repeatsOf(annotations amqp.Annotations) map[string][]any {
	repeats := make(map[string][]any)
	switch all := annotations[annotationRepeats].(type) {
	case map[string]any:
		for name, value := range all {
			repeats[name], _ = value.([]any)
		}
	case map[any]any:
		for name, value := range all {
			repeats[fmt.Sprint(name)], _ = value.([]any)
		}
	}
	return repeats
}

// params is what only this protocol has, in the form in which it is sent.
type params map[string]string

func (p params) add(name, value string) {
	if value != "" {
		p[name] = value
	}
}

func (p params) addText(name string, value *string) {
	if value != nil {
		p.add(name, *value)
	}
}

func (p params) readHeader(h *amqp.MessageHeader) {
	if h == nil {
		return
	}
	if h.Priority != usualPriority {
		p.add("priority", strconv.Itoa(int(h.Priority)))
	}
	if !h.Durable {
		p.add("durable", "false")
	}
	if h.TTL > 0 {
		p.add("ttl", strconv.FormatInt(h.TTL.Milliseconds(), 10))
	}
}

func (p params) readProperties(d *amqp.MessageProperties) {
	p.addText("subject", d.Subject)
	p.addText("group-id", d.GroupID)
	p.addText("reply-to-group-id", d.ReplyToGroupID)
	p.addText("content-encoding", d.ContentEncoding)
	p.add("user-id", string(d.UserID))
	if d.GroupSequence != nil {
		p.add("group-sequence", strconv.FormatUint(uint64(*d.GroupSequence), 10))
	}
	if d.AbsoluteExpiryTime != nil {
		p.add("expires", d.AbsoluteExpiryTime.UTC().Format(time.RFC3339Nano))
	}
}
