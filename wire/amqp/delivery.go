package amqp

import (
	"strconv"
	"time"

	"github.com/rabbitmq/amqp091-go"

	"github.com/weft-dev/weft/wire/driver"
)

// token is a delivered message as its receiver knows it. All but the delivery
// is guarded by the receiver's lock.
type token struct {
	receiver *receiver
	inlet    *inlet
	delivery amqp091.Delivery
	state    state
	taken    bool // given out by a receiver whom nobody asks to settle
	message  driver.Message
}

// state is how far a token is settled.
type state uint8

const (
	open    state = iota
	decided       // done with, and the server has not been told
	told          // and the server knows
)

// As gives the library's own delivery.
func (t *token) As(target any) bool {
	d, ok := target.(*amqp091.Delivery)
	if ok {
		*d = t.delivery
	}
	return ok
}

// fill makes the message of a delivery. Its memory is the token's.
func (t *token) fill(address string) *driver.Message {
	d, m := &t.delivery, &t.message
	m.Token = t
	m.Address = address
	m.Body = d.Body
	m.CorrelationID, m.ReplyTo, m.ID = d.CorrelationId, d.ReplyTo, d.MessageId
	m.Redelivered = d.Redelivered
	var ours, types string
	m.Timestamp, ours = timestamp(d)
	if m.Headers, types = readHeaders(d.Headers, ours); d.ContentType != "" {
		m.Headers = append(m.Headers, driver.Header{Name: headerContentType, Value: []byte(d.ContentType)})
	}
	if d.ContentEncoding == encodingGzip {
		m.Body = unpack(d.Body)
	}
	m.Params = paramsOf(d, types)
	return m
}

// timestamp is when a message was sent, to the millisecond where a header says
// it and agrees with the property. That header is then none of the application's.
func timestamp(d *amqp091.Delivery) (at time.Time, header string) {
	if ms, ok := d.Headers[headerMillis].(int64); ok && ms/1000 == d.Timestamp.Unix() {
		return time.UnixMilli(ms), headerMillis
	}
	return d.Timestamp, ""
}

// paramsOf is what only this protocol has, in the form in which it is sent.
func paramsOf(d *amqp091.Delivery, types string) map[string]string {
	var params map[string]string
	add := func(name, value string) {
		if value == "" {
			return
		}
		if params == nil {
			params = make(map[string]string)
		}
		params[name] = value
	}
	add("type", d.Type)
	add("app-id", d.AppId)
	add("user-id", d.UserId)
	add("expiration", d.Expiration)
	add("content-encoding", d.ContentEncoding)
	add("header-types", types)
	if d.Priority > 0 {
		add("priority", strconv.Itoa(int(d.Priority)))
	}
	if d.DeliveryMode == amqp091.Transient {
		add("delivery-mode", "1")
	}
	return params
}
