// Package sse is the format of server-sent events (WHATWG HTML, 9.2), read and
// written. Streams may come from anybody: lines and events are bounded, and what
// is wrong in them is left out as the standard has clients do.
//
// Two fields are weft's own, which every other client ignores, as the standard
// asks for: "header" is a header of the message, as HTTP writes it, and may
// repeat; "encoding: base64" says that the data are bytes that no text could
// carry.
//
// It must not know connections or messages.
package sse

import (
	"bytes"
	"encoding/base64"
	"errors"
	"unicode/utf8"
)

// ContentType is the media type of a stream of events.
const ContentType = "text/event-stream"

// ErrTooLarge is an event that is larger than its reader allows.
var ErrTooLarge = errors.New("an event is too large")

// Event is one event.
type Event struct {
	ID     string   // what a client says to go on after it; "" for none of its own
	Name   string   // its type; "" is "message"
	Header []Header // weft's own field
	Data   []byte
}

// Header is a header of the message that an event carries.
type Header struct{ Name, Value string }

// Append writes an event. ID, Name and headers must be without line breaks.
func Append(to []byte, e *Event) []byte {
	to = appendField(to, "id", e.ID)
	to = appendField(to, "event", e.Name)
	for _, h := range e.Header {
		to = append(to, "header: "...)
		to = append(to, h.Name...)
		to = append(to, ": "...)
		to = append(to, h.Value...)
		to = append(to, '\n')
	}
	return append(appendData(to, e.Data), '\n')
}

// AppendMark writes an event that nobody sees, and that tells a client after
// which one it is.
func AppendMark(to []byte, id string) []byte {
	return append(appendField(to, "id", id), '\n')
}

// AppendComment writes a comment: a sign of life.
func AppendComment(to []byte, text string) []byte {
	to = append(to, ": "...)
	to = append(to, text...)
	return append(to, "\n\n"...)
}

func appendField(to []byte, name, value string) []byte {
	if value == "" {
		return to
	}
	to = append(to, name...)
	to = append(to, ": "...)
	to = append(to, value...)
	return append(to, '\n')
}

// appendData writes text as it is, line by line. A carriage return would end a
// line, and bytes are no text.
func appendData(to, data []byte) []byte {
	if !utf8.Valid(data) || bytes.IndexByte(data, '\r') >= 0 {
		to = append(to, "encoding: base64\ndata: "...)
		to = base64.StdEncoding.AppendEncode(to, data)
		return append(to, '\n')
	}
	for line := range bytes.SplitSeq(data, []byte{'\n'}) {
		to = append(to, "data: "...)
		to = append(to, line...)
		to = append(to, '\n')
	}
	return to
}
