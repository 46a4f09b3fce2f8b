package amqpserver

import (
	"encoding/binary"
	"errors"
)

var errSyntax = errors.New("an argument ends before its length")

// reader takes the arguments of a method apart. After the first mistake it
// gives zero values; err says whether there was one.
type reader struct {
	data []byte
	err  error
}

func (r *reader) take(n int) []byte {
	if r.err != nil || n < 0 || n > len(r.data) {
		r.err = errSyntax
		r.data = nil
		return nil
	}
	head := r.data[:n:n]
	r.data = r.data[n:]
	return head
}

func (r *reader) octet() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) short() uint16 {
	if b := r.take(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func (r *reader) long() uint32 {
	if b := r.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (r *reader) longLong() uint64 {
	if b := r.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (r *reader) shortString() string { return string(r.take(int(r.octet()))) }

func (r *reader) longString() []byte {
	n := r.long()
	if uint64(n) > uint64(len(r.data)) {
		return r.take(-1)
	}
	return r.take(int(n))
}

// writer puts arguments together.
type writer struct{ data []byte }

func (w *writer) octet(v byte)      { w.data = append(w.data, v) }
func (w *writer) short(v uint16)    { w.data = binary.BigEndian.AppendUint16(w.data, v) }
func (w *writer) long(v uint32)     { w.data = binary.BigEndian.AppendUint32(w.data, v) }
func (w *writer) longLong(v uint64) { w.data = binary.BigEndian.AppendUint64(w.data, v) }

// shortString writes at most 255 bytes: what is longer was made by us, for
// people, and is cut.
func (w *writer) shortString(s string) {
	s = s[:min(len(s), 255)]
	w.octet(byte(len(s)))
	w.data = append(w.data, s...)
}

func (w *writer) longString(s []byte) {
	w.long(uint32(len(s)))
	w.data = append(w.data, s...)
}

func (w *writer) flag(v bool) {
	if v {
		w.octet(1)
		return
	}
	w.octet(0)
}
