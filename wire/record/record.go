// Package record keeps messages as they were on the wire and puts them back:
// bytes, key, headers and times, of any protocol, without a contract.
//
// A recording is text. Each line is one JSON object: the first says what it is,
// the others are one message each, in the order in which they arrived.
//
//	{"weft":"recording","version":1,"began":"2026-01-31T12:00:00Z"}
//	{"at":"2026-01-31T12:00:00.5Z","address":"orders","key":"azE=","headers":[["content-type","YXBwbGljYXRpb24vanNvbg=="]],"body":"e30="}
//
// key, the values of headers, and body are base64 (RFC 4648, section 4); a key
// or a body that is not there is left out, and an empty one is "". at is when it
// arrived, sent what its sender or server says. Members that a reader does not
// know are passed over; another version is refused.
//
// It must not know contracts, nor where a recording is kept.
package record

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/weft-dev/weft/wire/driver"
)

// Version is that of the format, and kind what the first line calls itself.
const (
	Version = 1
	kind    = "recording"
)

// maxLine is the longest line that is read, in bytes: a message of 64 MiB.
const maxLine = 96 << 20

type head struct {
	Weft    string    `json:"weft"`
	Version int       `json:"version"`
	Began   time.Time `json:"began,omitzero"`
}

// line is a message in the file. Pointers tell what is empty from what is not
// there.
type line struct {
	At            time.Time         `json:"at"`
	Sent          time.Time         `json:"sent,omitzero"`
	Address       string            `json:"address"`
	Key           *[]byte           `json:"key,omitempty"`
	Headers       []header          `json:"headers,omitempty"`
	CorrelationID string            `json:"correlationId,omitempty"`
	ReplyTo       string            `json:"replyTo,omitempty"`
	Params        map[string]string `json:"params,omitempty"`
	Body          *[]byte           `json:"body,omitempty"`
}

// header is a name and a value as a list of two, since names may repeat.
type header struct {
	name  string
	value []byte
}

func (h header) MarshalJSON() ([]byte, error) { return json.Marshal([]any{h.name, h.value}) }

func (h *header) UnmarshalJSON(data []byte) error {
	var pair []json.RawMessage
	if err := json.Unmarshal(data, &pair); err != nil {
		return err
	}
	if len(pair) != 2 {
		return errors.New("a header is a list of its name and its value")
	}
	if err := json.Unmarshal(pair[0], &h.name); err != nil {
		return err
	}
	return json.Unmarshal(pair[1], &h.value)
}

// Entry is one message of a recording.
type Entry struct {
	// At is when it arrived.
	At time.Time
	// Message is what it was. ID, Position and Token are of the server that it
	// came from and are not kept.
	Message *driver.Message
}

// ErrNoRecording means that a file is something else than a recording.
var ErrNoRecording = errors.New("it is no recording")

// Writer writes a recording. It keeps nothing in memory.
type Writer struct {
	out  *json.Encoder
	size int64
	to   io.Writer
}

// NewWriter begins a recording.
func NewWriter(to io.Writer, began time.Time) (*Writer, error) {
	w := &Writer{to: to}
	w.out = json.NewEncoder(counting{w})
	w.out.SetEscapeHTML(false)
	return w, w.out.Encode(head{Weft: kind, Version: Version, Began: began})
}

type counting struct{ w *Writer }

func (c counting) Write(data []byte) (int, error) {
	n, err := c.w.to.Write(data)
	c.w.size += int64(n)
	return n, err
}

// Size returns how many bytes were written.
func (w *Writer) Size() int64 { return w.size }

// Write adds a message.
func (w *Writer) Write(e Entry) error {
	m := e.Message
	l := line{At: e.At.UTC(), Sent: m.Timestamp.UTC(), Address: m.Address, CorrelationID: m.CorrelationID, ReplyTo: m.ReplyTo, Params: m.Params}
	if m.Timestamp.IsZero() {
		l.Sent = time.Time{}
	}
	if m.Key != nil {
		l.Key = &m.Key
	}
	if m.Body != nil {
		l.Body = &m.Body
	}
	for _, h := range m.Headers {
		l.Headers = append(l.Headers, header{h.Name, h.Value})
	}
	return w.out.Encode(l)
}

// Reader reads a recording message by message.
type Reader struct {
	lines  *bufio.Scanner
	number int
	// Began is when the recording was begun.
	Began time.Time
}

// NewReader reads the beginning of a recording.
func NewReader(from io.Reader) (*Reader, error) {
	r := &Reader{lines: bufio.NewScanner(from)}
	r.lines.Buffer(nil, maxLine)
	var first head
	if err := r.next(&first); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%w: it is empty", ErrNoRecording)
		}
		return nil, fmt.Errorf("%w: %w", ErrNoRecording, err)
	}
	if first.Weft != kind {
		return nil, fmt.Errorf(`%w: its first line does not say "weft":"recording"`, ErrNoRecording)
	}
	if first.Version != Version {
		return nil, fmt.Errorf("it is a recording of version %d, and only version %d can be read here", first.Version, Version)
	}
	r.Began = first.Began
	return r, nil
}

// Next reads the next message; io.EOF is the end.
func (r *Reader) Next() (Entry, error) {
	var l line
	if err := r.next(&l); err != nil {
		return Entry{}, err
	}
	m := &driver.Message{Timestamp: l.Sent, Address: l.Address, CorrelationID: l.CorrelationID, ReplyTo: l.ReplyTo, Params: l.Params}
	if l.Key != nil {
		m.Key = filled(*l.Key)
	}
	if l.Body != nil {
		m.Body = filled(*l.Body)
	}
	for _, h := range l.Headers {
		m.Headers = append(m.Headers, driver.Header{Name: h.name, Value: h.value})
	}
	return Entry{At: l.At, Message: m}, nil
}

// filled keeps what is empty from being nothing.
func filled(data []byte) []byte {
	if data == nil {
		return []byte{}
	}
	return data
}

func (r *Reader) next(into any) error {
	if !r.lines.Scan() {
		if err := r.lines.Err(); err != nil {
			return fmt.Errorf("line %d: %w", r.number+1, err)
		}
		return io.EOF
	}
	r.number++
	if err := json.Unmarshal(r.lines.Bytes(), into); err != nil {
		return fmt.Errorf("line %d: %w", r.number, err)
	}
	return nil
}
