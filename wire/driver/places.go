package driver

import (
	"strconv"
	"strings"
)

// Places writes positions whose offsets are numbers one after the other into
// shared memory: this is the path of every message. A message that is kept
// keeps at most one such piece. The zero Places is ready.
type Places struct {
	text   *strings.Builder
	line   []byte // "source@offset" of the place that was written last
	source string
	offset uint64 // of line
	next   Position
}

const placesSize = 4096

// Of returns the place of a message and the one after it, which usually is that
// of the next message.
func (p *Places) Of(source string, offset uint64) (here, next Position) {
	if p.offset != offset || p.source != source || p.text == nil {
		p.source, p.offset = source, offset
		p.line = append(append(p.line[:0], source...), '@')
		p.line = strconv.AppendUint(p.line, offset, 10)
		p.next = p.write()
	}
	here = p.next
	p.advance()
	p.next = p.write()
	return here, p.next
}

// advance makes the line that of the next offset. Nine times of ten that is
// another last digit.
func (p *Places) advance() {
	p.offset++
	if last := len(p.line) - 1; p.line[last] < '9' {
		p.line[last]++
		return
	}
	p.line = strconv.AppendUint(p.line[:len(p.source)+1], p.offset, 10)
}

func (p *Places) write() Position {
	if p.text == nil || p.text.Cap()-p.text.Len() < len(p.line) {
		p.text = new(strings.Builder) // what was written stays with its messages
		p.text.Grow(max(placesSize, len(p.line)))
	}
	start := p.text.Len()
	p.text.Write(p.line)
	return Position(p.text.String()[start:])
}
