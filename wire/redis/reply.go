package redis

import (
	"bytes"
	"context"
	"fmt"
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
}

// ask runs a command and returns its answer.
func ask(ctx context.Context, client *goredis.Client, args ...any) (*answer, error) {
	cmd := goredis.NewRawCmd(ctx, args...)
	_ = client.Process(ctx, cmd) // the command has its error
	raw, err := cmd.Result()
	if err != nil {
		return nil, err
	}
	a := &answer{command: cmd.Name(), rest: raw}
	if len(raw) > 0 && raw[0] == '-' {
		_, line, err := a.line()
		if err != nil {
			return nil, err
		}
		return nil, refusal(line)
	}
	return a, nil
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

// stream takes the entries of the one stream that XREAD and XREADGROUP answer
// about; none where nothing came in time.
func (a *answer) stream() ([]entry, error) {
	n, err := a.list()
	if err != nil || n < 1 {
		return nil, err
	}
	if some, err := a.pair(); err != nil || !some || n != 1 {
		return nil, a.strange()
	}
	if _, err := a.value(); err != nil {
		return nil, err
	}
	return a.entries()
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
	list := make([]entry, 0, max(n, 0))
	for range n {
		some, err := a.pair()
		if err != nil {
			return nil, err
		}
		if !some {
			continue // Redis 6 answers so for an entry that was deleted
		}
		e, err := a.entry()
		if err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, nil
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
	a.free = a.free[n:]
	return fields
}
