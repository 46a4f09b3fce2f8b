package nats

import (
	"slices"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/weft-dev/weft/wire/driver"
)

// slabSize is how many messages share a piece of memory: few enough for a
// message that is kept not to keep many.
const slabSize = 64

// outgoing makes the client's form of a message, but for where a reply goes.
func outgoing(subject string, m *driver.Message) (*nats.Msg, error) {
	if err := driver.CheckParams(m.Params); err != nil {
		return nil, invalidError{err}
	}
	out := &nats.Msg{Subject: subject, Data: m.Body}
	_, correlated := m.Header(CorrelationHeader)
	adds := m.CorrelationID != "" && !correlated
	if len(m.Headers) == 0 && !adds && m.Timestamp.IsZero() {
		return out, nil
	}
	out.Header = make(nats.Header, len(m.Headers)+3)
	list := m.Headers
	if adds {
		list = append(slices.Clip(list), driver.Header{Name: CorrelationHeader, Value: []byte(m.CorrelationID)})
	}
	writeHeaders(out.Header, list, len(m.Body) == 0)
	if !m.Timestamp.IsZero() {
		out.Header[TimestampHeader] = []string{m.Timestamp.UTC().Format(time.RFC3339Nano)}
	}
	return out, nil
}

// incoming fills a message from the client's form, but for its reply address
// and its token. The time is when the message was stored or arrived.
func incoming(m *driver.Message, in *nats.Msg, at time.Time) {
	m.Body, m.Address, m.Timestamp = in.Data, in.Subject, at
	if len(in.Header) == 0 {
		return
	}
	m.Headers = readHeaders(in.Header)
	if value, ok := m.Header(CorrelationHeader); ok {
		m.CorrelationID = string(value)
	}
	if text := in.Header[TimestampHeader]; len(text) == 1 {
		if sent, err := time.Parse(time.RFC3339Nano, text[0]); err == nil {
			m.Timestamp = sent
		}
	}
}

// tooLarge reports whether a message is beyond a sender's own limit.
func tooLarge(m *driver.Message, limit int) error {
	if limit > 0 && m.Size() > limit {
		return nats.ErrMaxPayload
	}
	return nil
}
