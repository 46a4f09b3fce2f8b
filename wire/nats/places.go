package nats

import (
	"strconv"
	"strings"

	"github.com/weft-dev/weft/wire/driver"
)

// places writes positions one after the other into shared memory: this is the
// path of every message. A message that is kept keeps at most one such piece.
type places struct {
	text   *strings.Builder
	stream string
	last   uint64          // sequence that next follows; 0 is none
	next   driver.Position // the place after last, usually that of the next message
}

const placesSize = 4096

// of returns the place of a message and the one after it.
func (p *places) of(stream string, sequence uint64) (here, next driver.Position) {
	if p.last == 0 || p.stream != stream || p.last+1 != sequence {
		p.stream = stream
		p.next = p.write(sequence)
	}
	here = p.next
	p.last, p.next = sequence, p.write(sequence+1)
	return here, p.next
}

func (p *places) write(sequence uint64) driver.Position {
	var digits [20]byte
	number := strconv.AppendUint(digits[:0], sequence, 10)
	most := len(p.stream) + 1 + len(number)
	if p.text == nil || p.text.Cap()-p.text.Len() < most {
		p.text = new(strings.Builder) // what was written stays with its messages
		p.text.Grow(max(placesSize, most))
	}
	start := p.text.Len()
	p.text.WriteString(p.stream)
	p.text.WriteByte('@')
	p.text.Write(number)
	return driver.Position(p.text.String()[start:])
}
