package redis

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"

	goredis "github.com/redis/go-redis/v9"
)

// The answers about streams are read here, and not by the client library: that
// puts fields into maps, where order and repeated names are lost, and makes a
// string of each value. What is read here shares the memory of the answer, so
// that a message that is kept keeps those that came with it.

// answer reads what a server sent, in the second version of its protocol.
type answer struct {
	command string
	rest    []byte
	free    [][]byte // memory for the fields of entries
	again   bool     // that of one entry is used for the next
}

// ask runs a command and returns its answer, for which there is room from the
// beginning where one knows how long it will be.
func ask(ctx context.Context, client *goredis.Client, room int, args ...any) (*answer, error) {
	var p paper
	if room > 0 {
		p.text = make([]byte, 0, room)
	}
	cmd := goredis.NewRawWriteToCmd(ctx, &p, args...)
	_ = client.Process(ctx, cmd) // the command has its error
	if err := cmd.Err(); err != nil {
		return nil, err
	}
	if room > 2*len(p.text) {
		p.text = bytes.Clone(p.text) // what is kept of it must not keep so much
	}
	a := &answer{command: cmd.Name(), rest: p.text}
	if len(a.rest) > 0 && a.rest[0] == '-' {
		_, line, err := a.line()
		if err != nil {
			return nil, err
		}
		return nil, refusal(line)
	}
	return a, nil
}

// ask is ask where the answer will be about as long as the one before. It is the
// reader's alone.
func (r *receiver) ask(ctx context.Context, args ...any) (*answer, error) {
	a, err := ask(ctx, r.client, r.room, args...)
	if err != nil {
		return nil, err
	}
	r.room = len(a.rest) + len(a.rest)/16
	return a, nil
}

// paper is what the client library writes an answer on, piece by piece.
type paper struct{ text []byte }

func (p *paper) Write(piece []byte) (int, error) {
	p.text = append(p.text, piece...)
	return len(piece), nil
}

// ReadFrom takes a value, of which the server has said how long it is, straight
// to where it belongs. Room is made for no more than comes.
func (p *paper) ReadFrom(from io.Reader) (int64, error) {
	const piece = 64 << 10
	limited, ok := from.(*io.LimitedReader)
	if !ok {
		limited = &io.LimitedReader{R: from, N: math.MaxInt64}
	}
	before := len(p.text)
	for limited.N > 0 {
		p.text = slices.Grow(p.text, int(min(limited.N, piece)))
		n, err := limited.Read(p.text[len(p.text):cap(p.text)])
		p.text = p.text[:len(p.text)+n]
		switch {
		case err == nil:
		case errors.Is(err, io.EOF):
			limited.N = 0
		default:
			return int64(len(p.text) - before), err
		}
	}
	return int64(len(p.text) - before), nil
}

// refusal is an error that the server answers, as the client library has them.
type refusal string

func (r refusal) Error() string { return string(r) }

// RedisError marks the type as the client library wants it.
func (refusal) RedisError() {}

func (a *answer) strange() error {
	return fmt.Errorf("the answer to %s has an unknown form", a.command)
}

// line takes the next line: what kind it is, and the rest of it.
func (a *answer) line() (kind byte, text []byte, err error) {
	end := bytes.IndexByte(a.rest, '\n')
	if end < 2 || a.rest[end-1] != '\r' {
		return 0, nil, a.strange()
	}
	kind, text = a.rest[0], a.rest[1:end-1]
	a.rest = a.rest[end+1:]
	return kind, text, nil
}

// list takes the beginning of a list and returns its length, -1 for none.
func (a *answer) list() (int, error) {
	kind, text, err := a.line()
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(string(text))
	if (kind != '*' && kind != '$') || err != nil || n < -1 || n > len(a.rest) || kind == '$' && n != -1 {
		return 0, a.strange()
	}
	return n, nil
}

// pair takes the beginning of a list of two; false where there is none.
func (a *answer) pair() (bool, error) {
	n, err := a.list()
	if err == nil && n != 2 && n != -1 {
		err = a.strange()
	}
	return n == 2, err
}

// value takes a text.
func (a *answer) value() ([]byte, error) {
	kind, text, err := a.line()
	if err != nil || kind == '+' || kind == ':' {
		return text, err
	}
	n, err := strconv.Atoi(string(text))
	if kind != '$' || err != nil || n < 0 || n+2 > len(a.rest) {
		return nil, a.strange()
	}
	value := a.rest[:n:n]
	a.rest = a.rest[n+2:]
	return value, nil
}

// stream takes the beginning of what XREAD and XREADGROUP answer about one
// stream, and returns how many entries follow; none where nothing came in time.
func (a *answer) stream() (int, error) {
	n, err := a.list()
	if err != nil || n < 1 {
		return 0, err
	}
	if some, err := a.pair(); err != nil || !some || n != 1 {
		return 0, a.strange()
	}
	if _, err := a.value(); err != nil {
		return 0, err
	}
	n, err = a.list()
	return max(n, 0), err
}

// streamed takes those entries.
func (a *answer) streamed() ([]entry, error) {
	n, err := a.stream()
	if err != nil {
		return nil, err
	}
	return a.some(n)
}

// claimed takes what XAUTOCLAIM answers: where to go on, and entries.
func (a *answer) claimed() (next string, entries []entry, err error) {
	if n, err := a.list(); err != nil || n < 2 {
		return "", nil, a.strange()
	}
	cursor, err := a.value()
	if err != nil {
		return "", nil, err
	}
	entries, err = a.entries()
	return string(cursor), entries, err
}

// entries takes a list of entries.
func (a *answer) entries() ([]entry, error) {
	n, err := a.list()
	if err != nil {
		return nil, err
	}
	return a.some(max(n, 0))
}

// some takes so many entries.
func (a *answer) some(n int) ([]entry, error) {
	list := make([]entry, 0, n)
	for range n {
		e, there, err := a.next()
		if err != nil {
			return nil, err
		}
		if there {
			list = append(list, e)
		}
	}
	return list, nil
}

// next takes the next entry of a list; false where there is none: Redis 6 answers
// so for an entry that was deleted.
func (a *answer) next() (e entry, there bool, err error) {
	if there, err = a.pair(); err != nil || !there {
		return e, false, err
	}
	e, err = a.entry()
	return e, true, err
}

func (a *answer) entry() (e entry, err error) {
	id, err := a.value()
	if err != nil {
		return e, err
	}
	if e.id, err = parseID(string(id)); err != nil {
		return e, a.strange()
	}
	n, err := a.list()
	if err != nil || n < 0 {
		return e, err
	}
	e.fields = a.room(n)
	for i := range e.fields {
		if e.fields[i], err = a.value(); err != nil {
			return e, err
		}
	}
	return e, nil
}

// room returns memory for n fields, shared by some entries.
func (a *answer) room(n int) [][]byte {
	const shared = 256
	if n > len(a.free) {
		a.free = make([][]byte, max(n, min(shared, len(a.rest)/2)))
	}
	fields := a.free[:n:n]
	if !a.again {
		a.free = a.free[n:]
	}
	return fields
}
