package amqpserver

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

// conversation is what a client says to get in, without frames around it.
func method(channel uint16, id uint32, arguments func(*writer)) []byte {
	return appendMethod(nil, channel, id, arguments)
}

func entering() []byte {
	b := bytes.Clone(protocol)
	b = append(b, method(0, connectionStartOK, func(w *writer) {
		w.table(table{{"product", "fuzz"}})
		w.shortString("PLAIN")
		w.longString([]byte("\x00guest\x00guest"))
		w.shortString("en_US")
	})...)
	b = append(b, method(0, connectionTuneOK, func(w *writer) { w.short(10); w.long(minFrame); w.short(0) })...)
	b = append(b, method(0, connectionOpen, func(w *writer) { w.shortString("/"); w.shortString(""); w.octet(0) })...)
	return append(b, method(1, channelOpen, func(w *writer) { w.shortString("") })...)
}

// FuzzServer says anything to a server after a good beginning. It must neither
// fall over nor keep what it was given, and must hang up when the client does.
func FuzzServer(f *testing.F) {
	declare := method(1, queueDeclare, func(w *writer) {
		w.short(0)
		w.shortString("q")
		w.octet(0)
		w.table(table{{"x-message-ttl", int32(5)}, {"x-dead-letter-exchange", ""}, {"x-max-length", int32(1)}})
	})
	publish := method(1, basicPublish, func(w *writer) { w.short(0); w.shortString(""); w.shortString("q"); w.octet(1) })
	publish = appendFrame(publish, frameHeader, 1, func(w *writer) {
		w.short(classBasic)
		w.short(0)
		w.longLong(3)
		p := properties{flags: flagHeaders | flagExpiration, expiration: "9", headers: table{{"CC", []any{"q"}}, {"t", table{{"n", nil}}}}}
		w.properties(&p)
	})
	publish = appendBody(publish, 1, []byte("abc"))
	consume := method(1, basicConsume, func(w *writer) {
		w.short(0)
		w.shortString("q")
		w.shortString("t")
		w.octet(0)
		w.table(nil)
	})
	nack := method(1, basicNack, func(w *writer) { w.longLong(0); w.octet(3) })
	bind := method(1, queueBind, func(w *writer) {
		w.short(0)
		w.shortString("q")
		w.shortString("amq.topic")
		w.shortString("a.#.b")
		w.octet(0)
		w.table(nil)
	})
	f.Add(bytes.Join([][]byte{declare, publish, consume, nack, bind}, nil))
	f.Add(bytes.Join([][]byte{declare, method(1, confirmSelect, func(w *writer) { w.octet(0) }), publish, publish}, nil))
	f.Add([]byte("\x01\x00\x01\xff\xff\xff\xff"))
	f.Add(append(bytes.Clone(publish), nack...))
	s, err := Start(Options{MaxMemory: 1 << 20, MaxBody: 64 << 10})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = s.Close() })
	f.Fuzz(func(t *testing.T, data []byte) {
		socket, err := net.Dial("tcp", s.Addr())
		if err != nil {
			t.Fatal(err)
		}
		defer socket.Close()
		_ = socket.SetDeadline(time.Now().Add(time.Minute))
		done := make(chan error, 1)
		go func() {
			_, err := io.Copy(io.Discard, socket)
			done <- err
		}()
		_, _ = socket.Write(append(entering(), data...)) // it may hang up before
		_ = socket.(*net.TCPConn).CloseWrite()
		if err := <-done; errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal("the server does not hang up")
		}
		reset(t, s)
	})
}

// reset empties the server, and finds that nothing is left that nobody holds.
func reset(t *testing.T, s *Server) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		s.mu.Lock()
		left := len(s.conns)
		s.mu.Unlock()
		if left == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("a connection is left")
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, q := range s.queues {
		if q.unsettled != 0 || len(q.consumers) != 0 {
			t.Errorf("queue %q has %d unsettled messages and %d consumers", q.name, q.unsettled, len(q.consumers))
		}
		s.removeQueue(q)
	}
	for name, e := range s.exchanges {
		if predeclared()[name] == nil {
			s.removeExchange(e)
		}
	}
	for _, e := range s.exchanges {
		for len(e.bindings) > 0 {
			s.unbind(e.bindings[0])
		}
	}
	if held := s.memory.Load(); held != 0 || s.bindings != 0 {
		t.Errorf("%d bytes and %d bindings are left", held, s.bindings)
		s.memory.Store(0)
	}
}

// FuzzTable reads tables, writes them, and reads them again.
func FuzzTable(f *testing.F) {
	f.Add(encodedTable(table{
		{"t", true},
		{"b", int8(1)},
		{"B", uint8(1)},
		{"s", int16(1)},
		{"u", uint16(1)},
		{"I", int32(1)},
		{"i", uint32(1)},
		{"l", int64(1)},
		{"f", float32(1)},
		{"d", 1.5},
		{"D", decimal{}},
		{"S", "s"},
		{"x", []byte{1}},
		{"A", []any{"a", nil}},
		{"T", timestamp(1)},
		{"F", table{{"n", nil}}},
	}))
	f.Add([]byte("\x00\x00\x00\x06\x01aF\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := &reader{data: data}
		first := r.table()
		if r.err != nil {
			return
		}
		text := encodedTable(first)
		again := &reader{data: text}
		second := again.table()
		if again.err != nil || !bytes.Equal(text, encodedTable(second)) {
			t.Errorf("%x is written as %x, which is %v", data, text, again.err)
		}
	})
}
