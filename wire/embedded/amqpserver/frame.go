package amqpserver

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The kinds of frames, and the byte that each ends with.
const (
	frameMethod    = 1
	frameHeader    = 2
	frameBody      = 3
	frameHeartbeat = 8
	frameEnd       = 0xCE
)

// frameRoom is what a frame has beside its payload.
const frameRoom = 8

// minFrame is the largest frame that both sides take before they have agreed.
const minFrame = 4096

// frame is one frame. The payload is valid until the next is read.
type frame struct {
	kind    byte
	channel uint16
	payload []byte
}

// frameReader reads frames into one buffer, which grows up to the limit that
// was agreed on.
type frameReader struct {
	from *bufio.Reader
	most int // payload, in bytes
	buf  []byte
}

func newFrameReader(from io.Reader) *frameReader {
	return &frameReader{from: bufio.NewReaderSize(from, 32<<10), most: minFrame - frameRoom}
}

var errFrameEnd = errors.New("a frame does not end where it says")

func (r *frameReader) next() (frame, error) {
	head, err := r.from.Peek(7)
	if err != nil {
		return frame{}, err
	}
	f := frame{kind: head[0], channel: binary.BigEndian.Uint16(head[1:])}
	size := binary.BigEndian.Uint32(head[3:])
	if uint64(size) > uint64(r.most) {
		return frame{}, malformed{fmt.Errorf("a frame of %d bytes, the limit is %d", size, r.most)}
	}
	_, _ = r.from.Discard(7) // they are in the buffer
	if cap(r.buf) <= int(size) {
		r.buf = make([]byte, size+1)
	}
	f.payload = r.buf[:size+1]
	if _, err := io.ReadFull(r.from, f.payload); err != nil {
		return frame{}, err
	}
	if f.payload[size] != frameEnd {
		return frame{}, malformed{errFrameEnd}
	}
	f.payload = f.payload[:size]
	return f, nil
}

// malformed marks what a client did wrong, against a connection that broke.
type malformed struct{ error }

// appendFrame adds a frame whose payload is written by write.
func appendFrame(out []byte, kind byte, channel uint16, write func(*writer)) []byte {
	w := writer{data: out}
	w.octet(kind)
	w.short(channel)
	w.sized(func() { write(&w) })
	w.octet(frameEnd)
	return w.data
}

func appendBody(out []byte, channel uint16, body []byte) []byte {
	w := writer{data: out}
	w.octet(frameBody)
	w.short(channel)
	w.longString(body)
	w.octet(frameEnd)
	return w.data
}
