package amqp1server

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
)

// The kinds of frames.
const (
	frameAMQP = 0
	frameSASL = 1
)

const (
	minFrame  = 512       // what everybody takes, in bytes
	maxFrame  = 128 << 10 // what we take
	frameHead = 8
)

// frame is one frame. Its body is valid until the next is read.
type frame struct {
	kind    byte
	channel uint16
	body    []byte // empty for a sign of life
}

// frameReader reads frames into one buffer.
type frameReader struct {
	from *bufio.Reader
	buf  []byte
}

func newFrameReader(from io.Reader) *frameReader {
	return &frameReader{from: bufio.NewReaderSize(from, 64<<10)}
}

// malformed marks what a client did wrong, against a connection that broke.
type malformed struct{ error }

func (r *frameReader) next() (frame, error) {
	head, err := r.from.Peek(frameHead)
	if err != nil {
		return frame{}, err
	}
	size, offset := binary.BigEndian.Uint32(head), int(head[4])*4
	f := frame{kind: head[5], channel: binary.BigEndian.Uint16(head[6:])}
	if size > maxFrame || offset < frameHead || uint64(offset) > uint64(size) {
		return frame{}, malformed{fmt.Errorf("a frame of %d bytes with its body at %d; the limit is %d", size, offset, maxFrame)}
	}
	if cap(r.buf) < int(size) {
		r.buf = make([]byte, size)
	}
	r.buf = r.buf[:size]
	if _, err := io.ReadFull(r.from, r.buf); err != nil {
		return frame{}, err
	}
	f.body = r.buf[offset:]
	return f, nil
}

// appendFrame adds a frame with a performative and a payload.
func appendFrame(b []byte, kind byte, channel uint16, performative any, payload []byte) []byte {
	start := len(b)
	b = append(b, 0, 0, 0, 0, 2, kind)
	b = binary.BigEndian.AppendUint16(b, channel)
	if performative != nil {
		b = appendValue(b, performative)
	}
	b = append(b, payload...)
	binary.BigEndian.PutUint32(b[start:], uint32(len(b)-start))
	return b
}

func signOfLife(b []byte) []byte { return appendFrame(b, frameAMQP, 0, nil, nil) }
