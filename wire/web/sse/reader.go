package sse

import (
	"bytes"
	"encoding/base64"
	"io"
	"strconv"
	"strings"
	"time"
)

// maxRetry bounds how long a server may make its clients wait.
const maxRetry = time.Minute

// longestField is the length of the longest name of a field that says anything.
const longestField = len("encoding")

// buffered is how much is read at once, in bytes, emptyReads how often there may
// be nothing, and sharedSize how large a piece of memory is that several events
// share.
const (
	buffered   = 64 << 10
	emptyReads = 100
	sharedSize = 4 << 10
)

// Reader reads a stream of events. It reads on only when all that came is
// taken: whoever is asked for more knows that no event is left.
type Reader struct {
	in     io.Reader
	there  []byte // what came and is not taken yet, in buffer
	buffer []byte
	feeds  bool // there are line feeds only, no carriage returns
	limit  int
	begun  bool
	skipLF bool   // the last line ended with a carriage return
	text   []byte // a line that is longer than what was there of it at first

	event  string           // the name of the event before, which usually is the next one's
	shared []byte           // what is left of a piece of memory for data
	texts  *strings.Builder // a piece of memory for the values of headers

	lastID string
	nextID string
	retry  time.Duration
}

// NewReader reads events of at most limit bytes each, headers and all. lastID is
// what it goes on after, or "".
func NewReader(in io.Reader, limit int, lastID string) *Reader {
	return &Reader{in: in, buffer: make([]byte, buffered), limit: limit, lastID: lastID, nextID: lastID}
}

// LastID is what the server wants to be told to go on after what was read.
func (r *Reader) LastID() string { return r.lastID }

// Retry is how long the server wants us to wait before we connect again; 0 when
// it has not said.
func (r *Reader) Retry() time.Duration { return r.retry }

// partial is an event that is being read.
type partial struct {
	*Event
	lines  int
	size   int
	base64 bool
}

// Next waits for the next event. The error is io.EOF when the stream ends; what
// had begun of an event then is lost, as the standard wants it.
func (r *Reader) Next() (*Event, error) {
	e := new(Event)
	if err := r.Read(e); err != nil {
		return nil, err
	}
	return e, nil
}

// Read is Next into memory that is there already: that of the headers is used
// again, that of the data is not.
func (r *Reader) Read(e *Event) error {
	*e = Event{Header: e.Header[:0]}
	p := partial{Event: e}
	for {
		line, err := r.line()
		if err != nil {
			return err
		}
		if len(line) > 0 {
			if p.size += len(line) + 1; p.size > r.limit {
				return ErrTooLarge
			}
			r.field(&p, line)
			continue
		}
		r.lastID = r.nextID
		if p.lines > 0 { // without data there is no event
			p.finish(r.lastID)
			return nil
		}
		*e = Event{Header: e.Header[:0]}
		p = partial{Event: e}
	}
}

func (p *partial) finish(id string) {
	p.ID = id
	if !p.base64 {
		return
	}
	if data, err := base64.StdEncoding.DecodeString(string(p.Data)); err == nil {
		p.Data = data // otherwise it was somebody else's field of that name
	}
}

// usual is how most servers begin most lines.
const usual = "data: "

// field takes one line of an event.
func (r *Reader) field(p *partial, line []byte) {
	if len(line) >= len(usual) && string(line[:len(usual)]) == usual {
		r.data(p, line[len(usual):])
		return
	}
	name, value := line, []byte(nil)
	if colon := bytes.IndexByte(line[:min(len(line), longestField+1)], ':'); colon >= 0 {
		name, value = line[:colon], line[colon+1:]
		if len(value) > 0 && value[0] == ' ' {
			value = value[1:]
		}
	}
	switch string(name) {
	case "data":
		r.data(p, value)
	case "event":
		if string(value) != r.event {
			r.event = string(value)
		}
		p.Name = r.event
	case "id":
		if string(value) != r.nextID && bytes.IndexByte(value, 0) < 0 {
			r.nextID = string(value)
		}
	case "retry":
		r.wait(string(value))
	case "header":
		if name, text, ok := bytes.Cut(value, []byte{':'}); ok {
			p.addHeader(name, r.keep(bytes.TrimPrefix(text, []byte{' '})))
		}
	case "encoding":
		p.base64 = string(value) == "base64"
	}
}

func (r *Reader) data(p *partial, text []byte) {
	if p.lines++; p.lines > 1 {
		p.Data = append(p.Data, '\n')
	} else {
		p.Data = r.room(len(text))
	}
	p.Data = append(p.Data, text...)
}

// addHeader keeps a name that the event before had at the same place, as most do.
func (p *partial) addHeader(name []byte, value string) {
	n := len(p.Header)
	if n < cap(p.Header) {
		if known := p.Header[:n+1][n].Name; known == string(name) {
			p.Header = append(p.Header, Header{known, value})
			return
		}
	}
	p.Header = append(p.Header, Header{string(name), value})
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

// room is memory for data. Where more has come already, small data lie side by
// side; one that is kept keeps at most one such piece.
func (r *Reader) room(size int) []byte {
	if size == 0 || size > sharedSize/8 || len(r.there) < sharedSize {
		return nil
	}
	if len(r.shared) < size {
		r.shared = make([]byte, sharedSize)
	}
	room := r.shared[:0:size]
	r.shared = r.shared[size:]
	return room
}

// keep makes a string, as room makes room for data.
func (r *Reader) keep(text []byte) string {
	if len(text) > sharedSize/8 || len(r.there) < sharedSize {
		return string(text)
	}
	if r.texts == nil || r.texts.Cap()-r.texts.Len() < len(text) {
		r.texts = new(strings.Builder)
		r.texts.Grow(sharedSize)
	}
	start := r.texts.Len()
	r.texts.Write(text)
	return r.texts.String()[start:]
}

// line returns the next line, which is valid until the one after it. A line ends
// with a carriage return, a line feed or both.
func (r *Reader) line() ([]byte, error) {
	r.text = r.text[:0]
	for {
		if len(r.there) == 0 {
			if err := r.more(); err != nil {
				return nil, err
			}
		}
		if r.skipLF {
			r.skipLF = false
			if r.there[0] == '\n' {
				r.there = r.there[1:]
				continue
			}
		}
		end := r.endOfLine()
		if end < 0 {
			r.text = append(r.text, r.there...)
			r.there = nil
			if len(r.text) > r.limit {
				return nil, ErrTooLarge
			}
			continue
		}
		line := r.there[:end]
		r.skipLF = r.there[end] == '\r'
		r.there = r.there[end+1:]
		if len(r.text) > 0 {
			r.text = append(r.text, line...)
			line = r.text
		}
		return r.unmarked(line), nil
	}
}

// more reads into the buffer, of which all is taken.
func (r *Reader) more() error {
	for range emptyReads {
		n, err := r.in.Read(r.buffer)
		if n > 0 {
			r.there = r.buffer[:n] // an error comes again
			r.feeds = bytes.IndexByte(r.there, '\r') < 0
			return nil
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}

// endOfLine is where the first line of what is there ends, or -1.
func (r *Reader) endOfLine() int {
	end := bytes.IndexByte(r.there, '\n')
	if r.feeds {
		return end
	}
	line := r.there
	if end >= 0 {
		line = line[:end]
	}
	if early := bytes.IndexByte(line, '\r'); early >= 0 {
		return early
	}
	return end
}

// unmarked is the line without the mark of byte order that may begin a stream.
func (r *Reader) unmarked(line []byte) []byte {
	if r.begun {
		return line
	}
	r.begun = true
	return bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
}
