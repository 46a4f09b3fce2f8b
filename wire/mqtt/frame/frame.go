// Package frame is how the packets of MQTT look on the wire, in 5 and in 3.1.1
// and from both sides: the driver's and the embedded server's. A packet is the
// client library's of MQTT 5 in either version; what 3.1.1 has not is left out.
// The library reads and writes those of MQTT 5. What it leaves to chance is done
// here: how much memory a claimed length is worth, and where a body lies.
//
// It must not know connections, sessions or addresses' meaning.
package frame

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/eclipse/paho.golang/packets"
)

// Packet is a pointer to a packet of the client library's: *packets.Publish and
// so on.
type Packet any

// Version is a version of the protocol, by its number in a CONNECT.
type Version byte

// The versions.
const (
	V3 Version = 4 // 3.1.1
	V5 Version = 5
)

// Most is the largest packet that the protocol can have, in bytes.
const Most = 1<<28 - 1

// TooLargeError is a packet that is larger than the reader takes.
type TooLargeError struct{ Size, Limit int }

// Error says both sizes.
func (e TooLargeError) Error() string {
	return fmt.Sprintf("a packet of %d bytes arrived, the limit is %d", e.Size, e.Limit)
}

// piece is how much memory is believed in at once: a length is only a claim.
const piece = 1 << 20

// Read reads one packet's bytes: its first, and what follows its length. A body
// that is larger than limit, in bytes, is a TooLargeError.
func Read(r *bufio.Reader, limit int) (first byte, body []byte, err error) {
	if first, err = r.ReadByte(); err != nil {
		return 0, nil, err
	}
	size, err := readLength(r)
	if err != nil {
		return 0, nil, err
	}
	if size > limit {
		return 0, nil, TooLargeError{size, limit}
	}
	for len(body) < size {
		start := len(body)
		grown := make([]byte, min(size, max(piece, 2*start)))
		copy(grown, body)
		body = grown
		if _, err := io.ReadFull(r, body[start:]); err != nil {
			return 0, nil, unexpected(err)
		}
	}
	return first, body, nil
}

// readLength reads at most four bytes of seven bits each.
func readLength(r io.ByteReader) (int, error) {
	size := 0
	for shift := 0; shift < 28; shift += 7 {
		b, err := r.ReadByte()
		if err != nil {
			return 0, unexpected(err)
		}
		size |= int(b&0x7f) << shift
		if b < 0x80 {
			return size, nil
		}
	}
	return 0, errors.New("the length of a packet has more than four bytes")
}

// unexpected is the end of a stream within a packet.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// Write writes a packet.
func (v Version) Write(w *bufio.Writer, p Packet) error {
	if v != V5 {
		return write3(w, p)
	}
	known, ok := p.(io.WriterTo)
	if !ok {
		return fmt.Errorf("no packet of MQTT 5: %T", p)
	}
	_, err := known.WriteTo(w)
	return err
}

// Parse makes a packet of what Read returned. A message's body and the reasons
// of a SUBACK lie in the same memory.
func (v Version) Parse(first byte, body []byte) (Packet, error) {
	kind := first >> 4
	switch {
	case kind == packets.PUBLISH:
		return v.parsePublish(first, body)
	case v != V5:
		return parse3(first, body)
	case kind == packets.CONNACK && len(body) == 2:
		// A server that only knows 3.1.1 refuses us in its own form.
		return parse3(first, body)
	case kind == packets.DISCONNECT && len(body) == 0:
		return &packets.Disconnect{Properties: &packets.Properties{}}, nil
	}
	p := packets.NewControlPacket(kind)
	if p == nil {
		return nil, fmt.Errorf("there is no packet of type %d", kind)
	}
	if err := p.Content.Unpack(bytes.NewBuffer(body)); err != nil {
		return nil, fmt.Errorf("a packet of type %d cannot be read: %w", kind, unexpected(err))
	}
	return p.Content, nil
}

var errShort = errors.New("a packet ends too early")

// parsePublish leaves the body where it is, which the library copies.
func (v Version) parsePublish(first byte, body []byte) (Packet, error) {
	p := &packets.Publish{
		QoS: first >> 1 & 3, Duplicate: first&8 != 0, Retain: first&1 != 0,
		Properties: &packets.Properties{},
	}
	if p.QoS == 3 {
		return nil, errors.New("a message has a quality of service of 3")
	}
	rest := reader{body: body}
	p.Topic = rest.text()
	if p.QoS > 0 {
		p.PacketID = rest.number()
	}
	switch {
	case rest.short:
		return nil, errShort
	case p.QoS > 0 && p.PacketID == 0:
		return nil, errors.New("a message has the packet identifier 0")
	case v != V5:
		p.Payload = rest.body
		return p, nil
	}
	buffer := bytes.NewBuffer(rest.body)
	if err := p.Properties.Unpack(buffer, packets.PUBLISH); err != nil {
		return nil, fmt.Errorf("the properties of a message cannot be read: %w", unexpected(err))
	}
	p.Payload = buffer.Bytes()
	return p, nil
}

// reader takes a packet apart; short says that it ended before it should.
type reader struct {
	body  []byte
	short bool
}

func (r *reader) bytes(n int) []byte {
	if r.short || n > len(r.body) {
		r.short = true
		return make([]byte, min(n, 2))
	}
	taken := r.body[:n:n]
	r.body = r.body[n:]
	return taken
}

func (r *reader) byte() byte { return r.bytes(1)[0] }

func (r *reader) number() uint16 {
	b := r.bytes(2)
	return uint16(b[0])<<8 | uint16(b[1])
}

func (r *reader) text() string {
	n := int(r.number())
	if r.short {
		return ""
	}
	return string(r.bytes(n))
}
