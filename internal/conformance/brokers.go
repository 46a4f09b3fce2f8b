package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/inmem"
)

// sending is a message that was sent.
type sending struct {
	to      string
	message *driver.Message
	at      time.Time
}

// tap is a driver of topics in memory that notes what is sent.
type tap struct {
	inmem.Driver
	sent func(sending)
}

// Connect implements driver.Driver.
func (t *tap) Connect(ctx context.Context, server driver.Server) (driver.Conn, error) {
	conn, err := t.Driver.Connect(ctx, server)
	if err != nil {
		return nil, err
	}
	return &tapConn{wholeConn: conn.(wholeConn), tap: t}, nil
}

// wholeConn is what a connection to topics in memory offers.
type wholeConn interface {
	driver.Conn
	driver.Admin
	driver.Positioner
}

type tapConn struct {
	wholeConn
	tap *tap
}

// OpenSender implements driver.Conn.
func (c *tapConn) OpenSender(ctx context.Context, options driver.SenderOptions) (driver.Sender, error) {
	sender, err := c.wholeConn.OpenSender(ctx, options)
	if err != nil {
		return nil, err
	}
	return &tapSender{Sender: sender, tap: c.tap, address: options.Address}, nil
}

type tapSender struct {
	driver.Sender
	tap     *tap
	address string
}

// Send implements driver.Sender.
func (s *tapSender) Send(ctx context.Context, messages []*driver.Message) error {
	if err := s.Sender.Send(ctx, messages); err != nil {
		return err
	}
	for _, m := range messages {
		s.tap.sent(sending{to: s.address, message: m, at: time.Now()})
	}
	return nil
}

// brokers is a broker in memory on which others publish by a script.
type brokers struct {
	list []Publication
	name string

	mu   sync.Mutex
	sent []sending
	ctx  context.Context
	wait sync.WaitGroup
}

func newBrokers(ctx context.Context, name string, list []Publication) *brokers {
	return &brokers{ctx: ctx, name: name, list: list}
}

// seen are the messages so far.
func (b *brokers) seen() []sending {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.sent)
}

// begin publishes what does not follow anything.
func (b *brokers) begin() {
	for _, p := range b.list {
		if p.Sent == "" && p.Called == "" {
			b.later(p, p.At, nil)
		}
	}
}

// onSent notes a message and publishes what follows it.
func (b *brokers) onSent(s sending) {
	b.mu.Lock()
	b.sent = append(b.sent, s)
	b.mu.Unlock()
	for _, p := range b.list {
		if p.Sent == s.to {
			b.later(p, p.After, s.message)
		}
	}
}

// onCalled publishes what follows a request.
func (b *brokers) onCalled(on string) {
	for _, p := range b.list {
		if p.Called == on {
			b.later(p, p.After, nil)
		}
	}
}

func (b *brokers) later(p Publication, after int, cause *driver.Message) {
	b.wait.Go(func() {
		select {
		case <-time.After(time.Duration(after) * time.Millisecond):
			_ = b.publish(p, cause) // what comes after the run has no receiver
		case <-b.ctx.Done():
		}
	})
}

func (b *brokers) publish(p Publication, cause *driver.Message) error {
	message, err := p.Message.wire(cause)
	if err != nil {
		return err
	}
	conn, err := inmem.Driver{}.Connect(b.ctx, driver.Server{Protocol: inmem.Topics, Hosts: []string{b.name}})
	if err != nil {
		return err
	}
	defer conn.Close()
	sender, err := conn.OpenSender(b.ctx, driver.SenderOptions{Address: p.To})
	if err != nil {
		return err
	}
	return sender.Send(b.ctx, []*driver.Message{message})
}

// wire makes the bytes of a message; an object {$copy: POINTER} is what the
// message that it follows has there.
func (m Message) wire(cause *driver.Message) (*driver.Message, error) {
	seen := map[string]any{}
	if cause != nil {
		seen = decoded(cause)
	}
	out := &driver.Message{Body: []byte(m.Raw)}
	if m.Raw == "" {
		body, err := json.Marshal(copied(m.Payload, seen))
		if err != nil {
			return nil, err
		}
		out.Body = body
	}
	headers := m.Headers
	if headers["content-type"] == nil {
		out.Headers = append(out.Headers, driver.Header{Name: "content-type", Value: []byte("application/json")})
	}
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		out.Headers = append(out.Headers, driver.Header{Name: name, Value: []byte(plainText(copied(headers[name], seen)))})
	}
	if m.CorrelationID != nil {
		out.CorrelationID = plainText(copied(m.CorrelationID, seen))
	}
	return out, nil
}

// decoded is a message as fixtures see it.
func decoded(m *driver.Message) map[string]any {
	headers := map[string]any{}
	for _, h := range m.Headers {
		headers[h.Name] = string(h.Value)
	}
	var payload any = string(m.Body)
	var parsed any
	if strictly(m.Body, &parsed) == nil {
		payload = parsed
	}
	return map[string]any{"headers": headers, "payload": payload, "correlationId": m.CorrelationID, "replyTo": m.ReplyTo}
}

func copied(value any, from map[string]any) any {
	switch v := value.(type) {
	case map[string]any:
		if pointer, ok := v["$copy"].(string); ok && len(v) == 1 {
			return at(from, pointer)
		}
		out := make(map[string]any, len(v))
		for name, member := range v {
			out[name] = copied(member, from)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = copied(item, from)
		}
		return out
	}
	return value
}

// at follows a JSON Pointer through objects.
func at(value any, pointer string) any {
	for name := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		object, _ := value.(map[string]any)
		value = object[strings.NewReplacer("~1", "/", "~0", "~").Replace(name)]
	}
	return value
}

func plainText(value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	data, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(data)
}
