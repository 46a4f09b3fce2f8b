package stomp

import (
	"iter"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/stomp/frame"
)

// The headers that mean something to us.
const (
	headerPacked      = "weft-headers"
	headerMillis      = "timestamp_in_ms"
	headerTimestamp   = "timestamp"
	headerContentType = "content-type"
	headerMessageID   = "message-id"
	headerAMQPID      = "amqp-message-id"
	headerCorrelation = "correlation-id"
	headerReplyTo     = "reply-to"
)

func sorted(names iter.Seq[string]) []string { return slices.Sorted(names) }

// taken reports whether a name is the protocol's, a server's or ours, so that
// no header of the application can have it.
func taken(name string) bool {
	switch name {
	case "destination", "subscription", "ack", "id", "receipt", "receipt-id", "transaction", "content-length", "redelivered", "selector",
		"login", "passcode", "host", "heart-beat", "session", "server", "version", "accept-version",
		headerPacked, headerMillis, headerTimestamp, headerMessageID, headerAMQPID, headerCorrelation, headerReplyTo,
		"persistent", "priority", "expiration", "expires", "type", "requeue", "app-id", "user-id",
		"content-encoding", "cluster-id", "prefetch-count", "transformation", "amq-msg-type", "browser":
		return true
	}
	return ofQueue(name)
}

// ofQueue reports whether a header says how a queue is made.
func ofQueue(name string) bool {
	switch name {
	case "durable", "auto-delete", "exclusive":
		return true
	}
	for _, prefix := range []string{"x-message-ttl", "x-expires", "x-max-", "x-dead-letter-", "x-overflow", "x-queue-", "x-single-active-consumer", "x-stream-"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// addHeaders adds the application's headers: as they are where they can be, the
// others together in one.
func addHeaders(f *frame.Frame, v frame.Version, headers []driver.Header) {
	var packed []string
	for i := range headers {
		h := &headers[i]
		if carried(headers, i, v) {
			f.Add(h.Name, string(h.Value))
			continue
		}
		packed = append(packed, url.QueryEscape(h.Name)+"="+url.QueryEscape(string(h.Value)))
	}
	if len(packed) > 0 {
		f.Add(headerPacked, strings.Join(packed, "&"))
	}
}

// carried reports whether a header goes as it is. Of a name that repeats none
// does, so that all keep their order.
func carried(headers []driver.Header, i int, v frame.Version) bool {
	h := &headers[i]
	if taken(h.Name) || !utf8.ValidString(h.Name) || !utf8.Valid(h.Value) || !v.CanCarry(h.Name, string(h.Value)) {
		return false
	}
	for j := range headers {
		if j != i && headers[j].Name == h.Name {
			return false
		}
	}
	return true
}

// readHeaders are the application's headers of a message. What is in a header
// of ours that cannot be read stays as it is.
func readHeaders(f *frame.Frame) []driver.Header {
	var headers []driver.Header
	for _, h := range f.Headers {
		switch {
		case h.Name == headerPacked:
			if packed, ok := unpackHeaders(h.Value); ok {
				headers = append(headers, packed...)
				continue
			}
			headers = append(headers, driver.Header{Name: h.Name, Value: []byte(h.Value)})
		case !ofDelivery(h.Name):
			headers = append(headers, driver.Header{Name: h.Name, Value: []byte(h.Value)})
		}
	}
	return headers
}

// ofDelivery reports whether a header of a MESSAGE is shown in another place
// than among the headers, or is about the delivery alone.
func ofDelivery(name string) bool {
	switch name {
	case "destination", "subscription", "ack", "content-length", "redelivered", "receipt", "transaction", headerMillis, headerTimestamp,
		headerMessageID, headerAMQPID, headerCorrelation, headerReplyTo, "persistent", "priority", "expiration", "expires", "type":
		return true
	}
	return ofQueue(name)
}

func unpackHeaders(text string) ([]driver.Header, bool) {
	var headers []driver.Header
	for pair := range strings.SplitSeq(text, "&") {
		name, value, ok := strings.Cut(pair, "=")
		plainName, err := url.QueryUnescape(name)
		plainValue, err2 := url.QueryUnescape(value)
		if !ok || err != nil || err2 != nil {
			return nil, false
		}
		headers = append(headers, driver.Header{Name: plainName, Value: []byte(plainValue)})
	}
	return headers, true
}

// addTimestamp says when a message was sent, as the server has it and, to the
// millisecond, as we have it.
func addTimestamp(f *frame.Frame, flavour flavour, when time.Time) {
	if when.IsZero() {
		when = time.Now()
	}
	ms := strconv.FormatInt(when.UnixMilli(), 10)
	if flavour.seconds {
		f.Add(headerTimestamp, strconv.FormatInt(when.Unix(), 10))
	} else {
		f.Add(headerTimestamp, ms)
	}
	f.Add(headerMillis, ms)
}

// timestamp reads when a message was sent; zero is unknown. A number that would
// be seconds in a far future is milliseconds.
func timestamp(f *frame.Frame) time.Time {
	if ms, err := strconv.ParseInt(f.Get(headerMillis), 10, 64); err == nil {
		return time.UnixMilli(ms)
	}
	n, err := strconv.ParseInt(f.Get(headerTimestamp), 10, 64)
	switch {
	case err != nil || n <= 0:
		return time.Time{}
	case n > 1e11:
		return time.UnixMilli(n)
	}
	return time.Unix(n, 0)
}
