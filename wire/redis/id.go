package redis

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/weft-dev/weft/wire/driver"
)

// streamID is the id of an entry: a time in milliseconds since 1970, usually
// that of the server when it took the entry, and a number within that time.
type streamID struct{ ms, seq uint64 }

func parseID(text string) (streamID, error) {
	ms, seq, ok := strings.Cut(text, "-")
	a, err1 := strconv.ParseUint(ms, 10, 64)
	b, err2 := strconv.ParseUint(seq, 10, 64)
	if !ok || err1 != nil || err2 != nil {
		return streamID{}, fmt.Errorf("%q is not the id of an entry, such as 1700000000000-0", text)
	}
	return streamID{a, b}, nil
}

// String writes the id as Redis does.
func (id streamID) String() string {
	var text [41]byte
	return string(id.append(text[:0]))
}

func (id streamID) append(text []byte) []byte {
	text = strconv.AppendUint(text, id.ms, 10)
	text = append(text, '-')
	return strconv.AppendUint(text, id.seq, 10)
}

// appendIDs appends ids to the words of a command, in a few pieces of memory.
func appendIDs(words []any, ids []streamID) []any {
	var text strings.Builder
	text.Grow(len(ids) * len("1700000000000-000"))
	list := make([]string, len(ids))
	for i, id := range ids {
		var digits [41]byte
		start := text.Len()
		text.Write(id.append(digits[:0]))
		list[i] = text.String()[start:]
		words = append(words, &list[i])
	}
	return words
}

// next is the first id that may follow.
func (id streamID) next() streamID {
	switch {
	case id.seq < math.MaxUint64:
		return streamID{id.ms, id.seq + 1}
	case id.ms < math.MaxUint64:
		return streamID{id.ms + 1, 0}
	}
	return id
}

// before is the last id that may precede: what is read after it begins with id.
func (id streamID) before() streamID {
	switch {
	case id.seq > 0:
		return streamID{id.ms, id.seq - 1}
	case id.ms > 0:
		return streamID{id.ms - 1, math.MaxUint64}
	}
	return id
}

func (id streamID) less(other streamID) bool { return id.compare(other) < 0 }

func (id streamID) compare(other streamID) int {
	return cmp.Or(cmp.Compare(id.ms, other.ms), cmp.Compare(id.seq, other.seq))
}

// position is the place of an entry.
func position(stream string, id streamID) driver.Position {
	var p places
	return p.write(stream, id)
}

// places writes positions one after the other into shared memory: they are a
// third of what receiving costs. A message that is kept keeps those of its slab.
type places struct{ text strings.Builder }

// of returns the place of an entry and the one after it.
func (p *places) of(stream string, id streamID) (here, next driver.Position) {
	return p.write(stream, id), p.write(stream, id.next())
}

func (p *places) write(stream string, id streamID) driver.Position {
	var digits [41]byte
	start := p.text.Len()
	p.text.WriteString(stream)
	p.text.WriteByte('@')
	p.text.Write(id.append(digits[:0]))
	return driver.Position(p.text.String()[start:])
}

// readPosition returns the id that a position of a stream names.
func readPosition(stream string, p driver.Position) (streamID, error) {
	if p.Source() != stream {
		return streamID{}, fmt.Errorf("position %q is of another address", p)
	}
	id, err := parseID(p.Offset())
	if err != nil {
		return streamID{}, fmt.Errorf("position %q: %w", p, err)
	}
	return id, nil
}
