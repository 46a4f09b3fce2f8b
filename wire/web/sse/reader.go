package sse

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"io"
	"strconv"
	"strings"
	"time"
)

// maxRetry bounds how long a server may make its clients wait.
const maxRetry = time.Minute

// Reader reads a stream of events.
type Reader struct {
	in     *bufio.Reader
	limit  int
	begun  bool
	skipLF bool // the last line ended with a carriage return
	text   []byte

	lastID string
	nextID string
	retry  time.Duration
}

// NewReader reads events of at most limit bytes each, headers and all. lastID is
// what it goes on after, or "".
func NewReader(in io.Reader, limit int, lastID string) *Reader {
	return &Reader{in: bufio.NewReaderSize(in, 16<<10), limit: limit, lastID: lastID, nextID: lastID}
}

// LastID is what the server wants to be told to go on after what was read.
func (r *Reader) LastID() string { return r.lastID }

// Retry is how long the server wants us to wait before we connect again; 0 when
// it has not said.
func (r *Reader) Retry() time.Duration { return r.retry }

// partial is an event that is being read.
type partial struct {
	Event
	lines  int
	size   int
	base64 bool
}

// Next waits for the next event. The error is io.EOF when the stream ends; what
// had begun of an event then is lost, as the standard wants it.
func (r *Reader) Next() (*Event, error) {
	var p partial
	for {
		line, err := r.line()
		if err != nil {
			return nil, err
		}
		if len(line) > 0 {
			if p.size += len(line) + 1; p.size > r.limit {
				return nil, ErrTooLarge
			}
			r.field(&p, line)
			continue
		}
		r.lastID = r.nextID
		if e := p.finish(r.lastID); e != nil {
			return e, nil
		}
		p = partial{}
	}
}

// finish returns the event when there is one: without data there is none.
func (p *partial) finish(id string) *Event {
	if p.lines == 0 {
		return nil
	}
	e := p.Event
	e.ID = id
	if p.base64 {
		data, err := base64.StdEncoding.DecodeString(string(e.Data))
		if err != nil {
			return &e // somebody else's field of that name
		}
		e.Data = data
	}
	return &e
}

// field takes one line of an event.
func (r *Reader) field(p *partial, line []byte) {
	name, value, _ := bytes.Cut(line, []byte{':'})
	value = bytes.TrimPrefix(value, []byte{' '})
	switch string(name) {
	case "data":
		if p.lines++; p.lines > 1 {
			p.Data = append(p.Data, '\n')
		}
		p.Data = append(p.Data, value...)
	case "event":
		p.Name = string(value)
	case "id":
		if bytes.IndexByte(value, 0) < 0 {
			r.nextID = string(value)
		}
	case "retry":
		r.wait(string(value))
	case "header":
		if name, text, ok := strings.Cut(string(value), ":"); ok {
			p.Header = append(p.Header, Header{name, strings.TrimPrefix(text, " ")})
		}
	case "encoding":
		p.base64 = string(value) == "base64"
	}
}

func (r *Reader) wait(digits string) {
	for _, c := range digits {
		if c < '0' || c > '9' {
			return
		}
	}
	if ms, err := strconv.ParseInt(digits, 10, 32); err == nil {
		r.retry = min(time.Duration(ms)*time.Millisecond, maxRetry)
	}
}

// line returns the next line, which is valid until the one after it. A line ends
// with a carriage return, a line feed or both.
func (r *Reader) line() ([]byte, error) {
	r.text = r.text[:0]
	for {
		if _, err := r.in.Peek(1); err != nil {
			return nil, err
		}
		there, _ := r.in.Peek(r.in.Buffered())
		if r.skipLF {
			r.skipLF = false
			if there[0] == '\n' {
				r.discard(1)
				continue
			}
		}
		end := endOfLine(there)
		if end < 0 {
			r.text = append(r.text, there...)
			r.discard(len(there))
			if len(r.text) > r.limit {
				return nil, ErrTooLarge
			}
			continue
		}
		r.text = append(r.text, there[:end]...)
		r.skipLF = there[end] == '\r'
		r.discard(end + 1)
		return r.unmarked(), nil
	}
}

// endOfLine is where the first line ends, or -1.
func endOfLine(text []byte) int {
	end := bytes.IndexByte(text, '\n')
	if end >= 0 {
		text = text[:end]
	}
	if early := bytes.IndexByte(text, '\r'); early >= 0 {
		return early
	}
	return end
}

// discard forgets bytes that are in the buffer, which cannot fail.
func (r *Reader) discard(n int) { _, _ = r.in.Discard(n) }

// unmarked is the line without the mark of byte order that may begin a stream.
func (r *Reader) unmarked() []byte {
	if r.begun {
		return r.text
	}
	r.begun = true
	return bytes.TrimPrefix(r.text, []byte("\xef\xbb\xbf"))
}
