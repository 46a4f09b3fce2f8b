package frame

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Limits bound what one frame may be.
type Limits struct {
	Headers int // how many
	Head    int // the command and all headers, in bytes
	Body    int // in bytes
}

// DefaultLimits are those of a peer that nothing is known of.
var DefaultLimits = Limits{Headers: 1000, Head: 256 << 10, Body: 64 << 20}

// SyntaxError is what is no frame.
type SyntaxError struct{ Text string }

func (e *SyntaxError) Error() string { return e.Text }

// TooLargeError is a frame that is larger than it may be.
type TooLargeError struct{ Text string }

func (e *TooLargeError) Error() string { return e.Text }

func wrong(format string, args ...any) error { return &SyntaxError{fmt.Sprintf(format, args...)} }

// Reader reads frames. Its version may be changed between them.
type Reader struct {
	Version Version
	from    *bufio.Reader
	limits  Limits
	head    []byte // of the frame that is being read
}

// NewReader makes a reader. Before anything was agreed on, the version is 1.2,
// whose first frames are those of all versions.
func NewReader(from io.Reader, limits Limits) *Reader {
	return &Reader{Version: V12, from: bufio.NewReaderSize(from, 32<<10), limits: limits}
}

// More reports whether at least the beginning of another frame has been read
// already. What servers write behind a frame is none.
func (r *Reader) More() bool {
	for r.from.Buffered() > 0 {
		next, err := r.from.Peek(1)
		if err != nil || next[0] != '\n' && next[0] != '\r' {
			return err == nil
		}
		_, _ = r.from.Discard(1) // it is there
	}
	return false
}

// Next returns the next frame, whose memory is its own. Signs of life before it
// are passed over. At the end of what is read it returns io.EOF, within a frame
// io.ErrUnexpectedEOF.
func (r *Reader) Next() (*Frame, error) {
	if err := r.skipBeats(); err != nil {
		return nil, err
	}
	f, err := r.next()
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return f, err
}

func (r *Reader) skipBeats() error {
	for {
		b, err := r.from.ReadByte()
		if err != nil {
			return err
		}
		if b != '\n' && b != '\r' {
			return r.from.UnreadByte()
		}
	}
}

func (r *Reader) next() (*Frame, error) {
	if err := r.readHead(); err != nil {
		return nil, err
	}
	// One string for all: what is cut from it costs nothing.
	f, err := r.parseHead(string(r.head))
	if err != nil {
		return nil, err
	}
	f.Body, err = r.readBody(f)
	return f, err
}

// readHead reads up to the empty line, which it leaves out.
func (r *Reader) readHead() error {
	r.head = r.head[:0]
	for start := 0; ; start = len(r.head) {
		for {
			part, err := r.from.ReadSlice('\n')
			if len(r.head)+len(part) > r.limits.Head {
				return &TooLargeError{fmt.Sprintf("a frame's headers have more than %d bytes", r.limits.Head)}
			}
			r.head = append(r.head, part...)
			if err == nil {
				break
			}
			if !errors.Is(err, bufio.ErrBufferFull) {
				return err
			}
		}
		if start == 0 {
			if err := checkCommand(r.head); err != nil {
				return err
			}
		}
		if line := r.head[start:]; len(line) == 1 || len(line) == 2 && line[0] == '\r' {
			r.head = r.head[:start]
			return nil
		}
	}
}

// longestCommand is longer than any, so that what is no STOMP at all is known
// for it by its first line.
const longestCommand = 32

func checkCommand(line []byte) error {
	line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
	if len(line) > longestCommand {
		return wrong("the command of a frame has %d bytes", len(line))
	}
	for _, b := range line {
		if b < 'A' || b > 'Z' {
			return wrong("%q is no command of a frame", line)
		}
	}
	return nil
}

func (r *Reader) parseHead(head string) (*Frame, error) {
	line, rest, _ := strings.Cut(head, "\n")
	f := &Frame{Command: strings.TrimSuffix(line, "\r")}
	count := strings.Count(rest, "\n")
	if count > r.limits.Headers {
		return nil, &TooLargeError{fmt.Sprintf("a frame has %d headers, the limit is %d", count, r.limits.Headers)}
	}
	f.Headers = make([]Header, 0, count)
	for rest != "" {
		line, rest, _ = strings.Cut(rest, "\n")
		h, err := r.parseHeader(f.Command, line)
		if err != nil {
			return nil, err
		}
		f.Headers = append(f.Headers, h)
	}
	return f, nil
}

func (r *Reader) parseHeader(command, line string) (Header, error) {
	if r.Version == V12 || !r.Version.escapes(command) {
		line = strings.TrimSuffix(line, "\r")
	}
	name, value, ok := strings.Cut(line, ":")
	if !ok {
		return Header{}, wrong("the header %.40q has no colon", line)
	}
	if r.Version == V10 {
		return Header{strings.TrimSpace(name), strings.TrimSpace(value)}, nil
	}
	if !r.Version.escapes(command) || strings.IndexByte(line, '\\') < 0 {
		return Header{name, value}, nil
	}
	name, err := r.unescape(name)
	if err != nil {
		return Header{}, err
	}
	value, err = r.unescape(value)
	return Header{name, value}, err
}

func (r *Reader) unescape(text string) (string, error) {
	if strings.IndexByte(text, '\\') < 0 {
		return text, nil
	}
	var b strings.Builder
	b.Grow(len(text))
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			b.WriteByte(text[i])
			continue
		}
		if i++; i == len(text) {
			return "", wrong("a header ends within an escape")
		}
		plain, ok := r.escaped(text[i])
		if !ok {
			return "", wrong("a header has the unknown escape \\%c", text[i])
		}
		b.WriteByte(plain)
	}
	return b.String(), nil
}

func (r *Reader) escaped(b byte) (plain byte, ok bool) {
	switch b {
	case 'n':
		return '\n', true
	case 'c':
		return ':', true
	case '\\':
		return '\\', true
	case 'r':
		return '\r', r.Version == V12
	}
	return 0, false
}

// readBody reads a body and the zero byte behind it.
func (r *Reader) readBody(f *Frame) ([]byte, error) {
	text, ok := f.Lookup("content-length")
	if !ok {
		return r.readToZero()
	}
	length, err := strconv.Atoi(text)
	if err != nil || length < 0 {
		return nil, wrong("content-length is %.40q", text)
	}
	if length > r.limits.Body {
		return nil, &TooLargeError{fmt.Sprintf("a body of %d bytes, the limit is %d", length, r.limits.Body)}
	}
	body, err := r.readLength(length)
	if err != nil {
		return nil, err
	}
	if end, err := r.from.ReadByte(); err != nil {
		return nil, err
	} else if end != 0 {
		return nil, wrong("a frame does not end where its content-length says")
	}
	return body, nil
}

// chunk is how much is allocated ahead of what has arrived, in bytes.
const chunk = 64 << 10

func (r *Reader) readLength(length int) ([]byte, error) {
	body := make([]byte, 0, min(length, chunk))
	for len(body) < length {
		if len(body) == cap(body) {
			// Twice as much at most, as that much has arrived.
			body = append(make([]byte, 0, min(length, 2*cap(body))), body...)
		}
		end := min(cap(body), length)
		n, err := io.ReadFull(r.from, body[len(body):end])
		body = body[:len(body)+n]
		if err != nil {
			return nil, err
		}
	}
	return body, nil
}

func (r *Reader) readToZero() ([]byte, error) {
	var body []byte
	for {
		part, err := r.from.ReadSlice(0)
		if len(body)+len(part) > r.limits.Body+1 {
			return nil, &TooLargeError{fmt.Sprintf("a body of more than %d bytes", r.limits.Body)}
		}
		if err == nil && body == nil && len(part) == 1 {
			return nil, nil
		}
		body = append(body, part...)
		if err == nil {
			return body[:len(body)-1], nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return nil, err
		}
	}
}
