package mqtt

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"sync"

	"github.com/eclipse/paho.golang/packets"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/mqtt/frame"
)

// contentType is the header that is a property of its own in MQTT 5.
const contentType = "content-type"

// dataURL begins the value of a header that is not text, as a data URL
// (RFC 2397).
const dataURL = "data:;base64,"

// sender sends to one topic through the connection's client.
type sender struct {
	conn  *conn
	topic string
	limit int
	usual style

	mu     sync.Mutex
	closed bool
	busy   sync.WaitGroup
}

// style is how a message is sent, as parameters say.
type style struct {
	qos           byte
	retain        bool
	expiry        *uint32
	format        *byte
	responseTopic string
}

var (
	styleParams  = []string{"qos", "retain"}
	styleParams5 = []string{"message.expiry", "payload.format", "qos", "response.topic", "retain"}
)

// read adds what parameters say.
func (s *style) read(params map[string]string, version3 bool) error {
	known := styleParams5
	if version3 {
		known = styleParams
	}
	if err := driver.CheckParams(params, known...); err != nil {
		return err
	}
	qos, err := number(params, "qos", int64(s.qos), 2)
	if err != nil {
		return err
	}
	s.qos = byte(qos)
	if _, given := params["retain"]; given {
		if s.retain, err = truth(params, "retain"); err != nil {
			return err
		}
	}
	if _, given := params["message.expiry"]; given {
		seconds, err := number(params, "message.expiry", 0, 1<<32-1)
		if err != nil {
			return err
		}
		expiry := uint32(seconds)
		s.expiry = &expiry
	}
	if _, given := params["payload.format"]; given {
		n, err := number(params, "payload.format", 0, 1)
		if err != nil {
			return err
		}
		format := byte(n)
		s.format = &format
	}
	if topic := params["response.topic"]; topic != "" {
		s.responseTopic = topic
		return frame.CheckTopic(topic)
	}
	return nil
}

// OpenSender checks what it can without asking the server: a topic need not be
// made.
func (c *conn) OpenSender(_ context.Context, opts driver.SenderOptions) (driver.Sender, error) {
	const op = "send to"
	s := &sender{conn: c, topic: opts.Address, limit: opts.MaxMessageBytes, usual: style{qos: 1}}
	if opts.Acks == driver.AcksNone {
		s.usual.qos = 0
	}
	if s.limit <= 0 {
		s.limit = maxMessage
	}
	err := s.usual.read(opts.Params, c.version3)
	if err == nil {
		err = frame.CheckTopic(opts.Address)
	}
	if err == nil && opts.Compression != "" && opts.Compression != "none" {
		err = fmt.Errorf("unknown compression %q: MQTT has none", opts.Compression)
	}
	if err != nil {
		return nil, c.fail(invalidError{err}, op, opts.Address)
	}
	if !c.opened.Keep(s) {
		return nil, c.fail(errClosed, op, opts.Address)
	}
	return s, nil
}

// Send hands all messages to the client and waits for their confirmations.
func (s *sender) Send(ctx context.Context, messages []*driver.Message) error {
	if err := s.begin(); err != nil {
		return err
	}
	defer s.busy.Done()
	parcel, err := s.pack(messages)
	if err != nil {
		return s.fail(err)
	}
	if len(messages) == 0 {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return s.fail(err)
	}
	if err := s.conn.main.publish(parcel); err != nil {
		return s.fail(err)
	}
	select {
	case <-parcel.done:
	case <-ctx.Done():
		s.giveUp(parcel, ctx.Err())
	}
	return s.result(parcel)
}

// giveUp ends the messages whose fate is open.
func (s *sender) giveUp(parcel *parcel, why error) {
	untried := s.conn.main.abandon(parcel)
	if untried {
		why = awayError{why, s.conn.main.client.why()}
	}
	for i := range parcel.messages {
		parcel.finish(i, why)
	}
	<-parcel.done
}

func (s *sender) result(parcel *parcel) error {
	parcel.mu.Lock()
	defer parcel.mu.Unlock()
	if parcel.errs == nil {
		return nil
	}
	for i, err := range parcel.errs {
		parcel.errs[i] = s.fail(err)
	}
	return driver.JoinBatch(parcel.errs)
}

func (s *sender) begin() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return s.fail(errClosed)
	}
	s.busy.Add(1)
	return nil
}

func (s *sender) fail(err error) error { return s.conn.fail(err, "send to", s.topic) }

// pack makes packets of messages.
func (s *sender) pack(messages []*driver.Message) (*parcel, error) {
	parcel := newParcel(len(messages))
	limit := s.conn.main.packetMaximum()
	for i, m := range messages {
		o := &parcel.messages[i]
		o.parcel, o.index = parcel, i
		if err := s.fill(&o.publish, m); err != nil {
			return nil, err
		}
		if size := m.Size(); size > s.limit {
			return nil, oversizeError{size, s.limit}
		} else if limit > 0 && size+len(s.topic)+8 > limit {
			return nil, oversizeError{size, limit}
		}
	}
	return parcel, nil
}

func (s *sender) fill(p *packets.Publish, m *driver.Message) error {
	style := s.usual
	if len(m.Params) > 0 {
		if err := style.read(m.Params, s.conn.version3); err != nil {
			return invalidError{err}
		}
	}
	p.Topic, p.Payload, p.QoS, p.Retain = s.topic, m.Body, style.qos, style.retain
	switch {
	case len(m.Key) > 0:
		return unsupportedError{"MQTT has no message keys"}
	case !s.conn.version3:
		return s.describe(p, m, style)
	case len(m.Headers) > 0:
		return unsupportedError{"MQTT 3.1.1 has no headers"}
	case m.CorrelationID != "" || m.ReplyTo != "":
		return unsupportedError{"MQTT 3.1.1 has neither a correlation id nor a reply address"}
	}
	return nil
}

// describe adds the properties of MQTT 5.
func (s *sender) describe(p *packets.Publish, m *driver.Message, style style) error {
	properties := &packets.Properties{MessageExpiry: style.expiry, PayloadFormat: style.format, ResponseTopic: style.responseTopic}
	p.Properties = properties
	if m.ReplyTo != "" {
		if err := frame.CheckTopic(m.ReplyTo); err != nil {
			return invalidError{fmt.Errorf("the reply address: %w", err)}
		}
		properties.ResponseTopic = m.ReplyTo
	}
	if len(m.CorrelationID) > frame.MaxText {
		return invalidError{fmt.Errorf("the correlation id has %d bytes, at most %d are possible", len(m.CorrelationID), frame.MaxText)}
	}
	properties.CorrelationData = []byte(m.CorrelationID)
	for _, h := range m.Headers {
		if properties.ContentType == "" && len(h.Value) > 0 && strings.EqualFold(h.Name, contentType) && frame.CheckText(string(h.Value)) == nil {
			properties.ContentType = string(h.Value)
			continue
		}
		if err := frame.CheckText(h.Name); err != nil {
			return invalidError{fmt.Errorf("the name of a header: %w", err)}
		}
		value, err := headerText(h.Value)
		if err != nil {
			return invalidError{fmt.Errorf("the header %s: %w", h.Name, err)}
		}
		properties.User = append(properties.User, packets.User{Key: h.Name, Value: value})
	}
	return nil
}

// headerText writes the value of a header.
func headerText(value []byte) (string, error) {
	text := string(value)
	if !frame.Carries(text) || strings.HasPrefix(text, dataURL) {
		text = dataURL + base64.StdEncoding.EncodeToString(value)
	}
	if len(text) > frame.MaxText {
		return "", fmt.Errorf("its value has %d bytes as text, at most %d are possible", len(text), frame.MaxText)
	}
	return text, nil
}

// headerValue reads the value of a header.
func headerValue(text string) []byte {
	encoded, ok := strings.CutPrefix(text, dataURL)
	if !ok {
		return []byte(text)
	}
	value, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return []byte(text) // somebody else's, and something else
	}
	return value
}

// Close waits for what is under way.
func (s *sender) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.busy.Wait()
	s.conn.opened.Forget(s)
	return nil
}
