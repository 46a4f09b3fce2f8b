package endpoint

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/wire/driver"
)

// Outgoing is a message that somebody wants to send.
type Outgoing struct {
	// Message names one of the operation's messages by key or name. Empty
	// means the only one, or else the first that payload and headers fit.
	Message string
	// Payload is plain data. With a content type of text it is a string.
	Payload any
	// Headers are plain data by name, the application's own.
	Headers map[string]any
	// Key is the message's key where the protocol has keys: a string, or plain
	// data that is written as JSON. Nil takes the contract's, where its key is
	// a constant.
	Key any
	// ContentType overrides the contract's. Empty is the usual.
	ContentType string
	// CorrelationID is put where the contract says, unless Headers or Payload
	// have a value there already: what the author wrote there wins.
	CorrelationID any
	// Overwrite puts CorrelationID there in any case: for answers that are made
	// from examples, which have a value of their own there.
	Overwrite bool
	// GeneratedID is put there when the contract declares a place and neither
	// the author nor CorrelationID fills it. Empty generates nothing.
	GeneratedID string
	// IdempotencyID is the same for every attempt to send this message.
	IdempotencyID string
	// TraceParent and TraceState are where in a trace its cause is (W3C Trace
	// Context): those of the message that it answers, or of whatever else made
	// somebody send it. The message belongs to that trace. Without a cause, or
	// with one that is not well-formed, a trace begins with it. The id that it
	// has there is made of IdempotencyID, else of GeneratedID.
	TraceParent, TraceState string
	// ReplyTo is the address at which a reply is wanted. It is put where the
	// operation's reply says, and into the protocol's own field.
	ReplyTo string
	// Timestamp is when the message was produced; the zero time leaves it to
	// the server.
	Timestamp time.Time
}

// Message is one message as the contract sees it, sent or received.
type Message struct {
	// Name is the key, in its channel, of the message of the contract.
	Name    string         `json:"name"`
	Payload any            `json:"payload"`
	Headers map[string]any `json:"headers,omitempty"`
	// Key is the message's key as text, or "".
	Key         string `json:"key,omitempty"`
	ContentType string `json:"contentType,omitempty"`
	// CorrelationID is the value at the place that the contract declares, else
	// the protocol's own; nil where there is none.
	CorrelationID any `json:"correlationId,omitempty"`
	// Also are the other messages of the contract that a received message fits
	// as well, with the correlation id it has as those.
	Also      []Reading `json:"also,omitempty"`
	Timestamp time.Time `json:"timestamp"`
	// Address is the topic or queue it went to or came from.
	Address string `json:"address"`
	// ReplyTo is the address at which it wants its reply, or "".
	ReplyTo string `json:"replyTo,omitempty"`
	// IdempotencyID is the sender's weft-id, or "".
	IdempotencyID string `json:"idempotencyId,omitempty"`
	// TraceParent and TraceState are where in a trace it is; "" where it does
	// not say, or not in W3C's form.
	TraceParent string `json:"traceparent,omitempty"`
	TraceState  string `json:"tracestate,omitempty"`
	// ID identifies a received message at its server; see Identity.
	ID string `json:"id,omitempty"`
	// Position is where it is stored and Next what to read after it, for
	// protocols that can read again; else empty.
	Position driver.Position `json:"position,omitempty"`
	Next     driver.Position `json:"next,omitempty"`
	// Redelivered says that it was, or may have been, delivered before.
	Redelivered bool `json:"redelivered,omitempty"`
	// Raw is the message as it was on the wire.
	Raw *driver.Message `json:"-"`
}

// Reading is what a received message is, taken as one message of the contract.
type Reading struct {
	Name          string `json:"name"`
	CorrelationID any    `json:"correlationId,omitempty"`
}

// Identity returns what tells one delivery of this message from another
// message: the server's id, else its position, else a hash of its bytes. It
// recognises a redelivery, within one address.
func (m *Message) Identity() string {
	switch {
	case m.ID != "":
		return m.ID
	case m.Position != "":
		return string(m.Position)
	case m.Raw == nil:
		return ""
	}
	h := sha256.New()
	h.Write(m.Raw.Key)
	for _, header := range m.Raw.Headers {
		fmt.Fprintf(h, "\x00%s\x01%s", header.Name, header.Value)
	}
	h.Write([]byte{2})
	h.Write(m.Raw.Body)
	return "sha256:" + hex.EncodeToString(h.Sum(nil)[:16])
}

// Reason says why a message that arrived is none that the contract knows.
type Reason string

// The reasons.
const (
	TooLarge     Reason = "too large"
	NotDecodable Reason = "not decodable" // not JSON, not UTF-8
	WrongType    Reason = "content type"
	OtherMessage Reason = "another message"
	Invalid      Reason = "invalid"
	// UnknownSchema is a message whose frame names a schema that the schema
	// registry does not have.
	UnknownSchema Reason = "unknown schema"
)

// Rejected is a message that arrived and is no candidate: it is counted and
// reported, and never taken for the one somebody waits for.
type Rejected struct {
	Reason Reason
	// Explanation says it in plain words.
	Explanation string
	// Violations are those against the candidate that comes nearest, which
	// Candidate names.
	Violations []schema.Violation
	Candidate  string
	// Part is what of the message is wrong, where that is known: "payload",
	// "headers", or "frame" for what says its schema.
	Part string
	// Body is the beginning of the body, at most MaxRejectedBody bytes of it;
	// Size is its whole length.
	Body      []byte
	Size      int
	Address   string
	ID        string
	Position  driver.Position
	Timestamp time.Time
	// CorrelationID is the protocol's own, where it could be read.
	CorrelationID string
	// Server names the server, for people.
	Server string
	// Raw is the message as it was on the wire.
	Raw *driver.Message
	// untold says that it may be a message of the contract all the same: the
	// schema registry did not tell what its schema is.
	untold *driver.Error
}

// MaxRejectedBody is how much of a rejected message's body is kept, in bytes.
const MaxRejectedBody = 1024

// Error implements error, so that a rejection can be returned where one message
// is decoded on its own.
func (r *Rejected) Error() string {
	where := ""
	if r.Address != "" {
		where = fmt.Sprintf(" from %q", r.Address)
	}
	return fmt.Sprintf("the message%s is none that the contract knows (%s): %s", where, r.Reason, r.Explanation)
}

// InvalidError says that what was to be sent breaks the contract. Nothing was
// sent.
type InvalidError struct {
	// Operation and Message name what was to be sent.
	Operation string
	Message   string
	// Part is "payload", "headers" or "key".
	Part       string
	Violations []schema.Violation
}

// Error implements error.
func (e *InvalidError) Error() string {
	name := e.Operation
	if e.Message != "" {
		name += ", message " + e.Message
	}
	return fmt.Sprintf("%s: the %s%s the contract: %s", name, e.Part, fits(e.Part), wordsOf(e.Violations))
}

func wordsOf(list []schema.Violation) string {
	const shown = 5
	words := make([]string, 0, shown)
	for _, v := range list[:min(shown, len(list))] {
		words = append(words, v.Message)
	}
	if more := len(list) - len(words); more > 0 {
		words = append(words, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(words, "; ")
}

// Matches reports whether a correlation id is the expected one. Strings compare
// exactly and numbers by value; a number also matches its decimal text, since
// many protocols carry nothing but text.
func Matches(expected, got any) bool {
	if expected == nil || got == nil {
		return false
	}
	a, aNumber := numeric(expected)
	b, bNumber := numeric(got)
	if aNumber && bNumber {
		return a.Cmp(b) == 0
	}
	x, ok1 := scalarText(expected)
	y, ok2 := scalarText(got)
	return ok1 && ok2 && x == y
}

// numeric reads numbers only, never numeric strings.
func numeric(v any) (*big.Rat, bool) {
	text := ""
	switch v := v.(type) {
	case json.Number:
		text = string(v)
	case float64, int, int64:
		text = fmt.Sprint(v)
	default:
		return nil, false
	}
	// A fraction of an enormous exponent would fill the memory.
	if len(text) > 64 || hugeExponent(text) {
		return nil, false
	}
	return new(big.Rat).SetString(text)
}

func hugeExponent(text string) bool {
	i := strings.IndexAny(text, "eE")
	return i >= 0 && len(strings.TrimLeft(text[i+1:], "+-0")) > 3
}

func scalarText(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return string(v), true
	case bool, int, int64, float64:
		return fmt.Sprint(v), true
	}
	return "", false
}
