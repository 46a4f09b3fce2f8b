package amqp1server

import (
	"bytes"
	"net"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/internal/cputime"
	"github.com/weft-dev/weft/internal/leaks"
)

func TestMain(m *testing.M) { os.Exit(leaks.Run(m)) }

// everyValue has a value of each type.
func everyValue() any {
	return []any{
		nil, true, false, uint8(1), uint16(2), uint32(0), uint32(3), uint32(1 << 30), uint64(4), uint64(1 << 60), int8(-1), int16(-2), int32(-3), int64(-4),
		float32(1.5), 2.5, char('ä'), timestamp(1),
		uuid{1, 2},
		[]byte{0, 255},
		"text", strings.Repeat("long", 100), symbol("sym"),
		[]any{},
		[]any{"in", []any{"in"}},
		dict{{"key", uint8(1)}, {symbol("other"), nil}},
		[]symbol{"a", "b"},
		described{uint64(codeAccepted), []any{}},
		described{symbol("x:y"), "value"},
		opaque{[]byte{0x74, 1, 2, 3, 4}},
		opaque{append([]byte{0x94}, make([]byte, 16)...)},
		opaque{[]byte{0xe0, 4, 2, 0x50, 1, 2}},
	}
}

func TestValuesComeBack(t *testing.T) {
	want := everyValue()
	r := &reader{data: appendValue(nil, want)}
	if got := r.value(); r.err != nil || len(r.data) > 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("got %#v\n%v, %d bytes left, want\n%#v", got, r.err, len(r.data), want)
	}
}

func TestHostileValuesCostLittle(t *testing.T) {
	for name, data := range map[string][]byte{
		"deep lists":       bytes.Repeat([]byte{0xc0, 0xff, 1}, 20_000),
		"deep descriptors": make([]byte, 64<<10),
		"a huge count":     {0xd0, 0, 0, 0, 8, 0xff, 0xff, 0xff, 0xff, 0x40, 0x40, 0x40, 0x40},
		"a huge length":    {0xb1, 0xff, 0xff, 0xff, 0xff},
		"many symbols":     {0xf0, 0, 0, 0, 5, 0xff, 0xff, 0xff, 0xff, 0xb3},
		"an unknown type":  {0x9f},
	} {
		start := cputime.Start(t)
		r := &reader{data: data}
		if r.value(); r.err == nil {
			t.Errorf("%s: it is read", name)
		}
		if took := start(); took > time.Second {
			t.Errorf("%s took %v", name, took)
		}
	}
}

// FuzzValue: what can be read is written as the same value again.
func FuzzValue(f *testing.F) {
	f.Add(appendValue(nil, everyValue()))
	f.Add([]byte{0, 0x53, 0x10, 0xc0, 4, 1, 0xa1, 1, 'x'})
	f.Fuzz(func(t *testing.T, data []byte) {
		r := &reader{data: data}
		first := r.value()
		if r.err != nil {
			return
		}
		written := appendValue(nil, first)
		again := &reader{data: written}
		second := again.value()
		if again.err != nil || len(again.data) > 0 || !bytes.Equal(written, appendValue(nil, second)) {
			t.Errorf("%#v is written as %x, which is %#v (%v)", first, written, second, again.err)
		}
	})
}

// FuzzMessage: a message that can be read is delivered with its own sections.
func FuzzMessage(f *testing.F) {
	f.Add(section(codeHeader, []any{true, uint8(9), uint32(1000)}))
	f.Add(append(section(codeMessageAnnotations, dict{{symbol("x-opt-a"), "b"}}), section(codeProperties, []any{"id", nil, "/topic/x", "subject"})...))
	f.Add(append(section(codeDeliveryAnnotations, dict{}), section(0x75, []byte("body"))...))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, _, err := readMessage(data)
		if err != nil {
			return
		}
		for _, m := range []*message{m, m.annotated(dict{{symbol("x-opt-new"), true}})} {
			again, _, err := readMessage(m.payload(true, 3, time.Second))
			if err != nil || !bytes.Equal(again.rest, m.rest) || again.durable != m.durable {
				t.Errorf("it comes back as %+v, %v, want %+v", again, err, m)
			}
		}
	})
}

func section(code uint64, value any) []byte { return appendValue(nil, described{code, value}) }

// conversation is what a client says, from the beginning.
func conversation(performatives ...any) []byte {
	b := append([]byte{}, headerAMQP...)
	for _, p := range performatives {
		b = appendFrame(b, frameAMQP, 0, p, nil)
	}
	return b
}

func opened(more ...any) []byte {
	return conversation(append([]any{composite(codeOpen, "fuzz"), composite(codeBegin, nil, uint32(0), uint32(10), uint32(10))}, more...)...)
}

func attachOf(name string, handle uint32, receiver bool, address string) any {
	return composite(codeAttach, name, handle, receiver, nil, nil, composite(codeSource, address), composite(codeTarget, address), nil, nil, uint32(0))
}

// FuzzConversation: no client can make the server panic, or leave anything of it
// behind.
func FuzzConversation(f *testing.F) {
	transfer := composite(codeTransfer, uint32(0), uint32(0), []byte("t"), uint32(0), false, false)
	flow := composite(codeFlow, uint32(0), uint32(10), uint32(0), uint32(10), uint32(1), uint32(0), uint32(5), nil, true, true)
	f.Add(opened(attachOf("a", 0, false, "/queue/q"), transfer, attachOf("b", 1, true, "/queue/q"), flow, composite(codeDisposition, true, uint32(0), nil, true, composite(codeReleased))))
	f.Add(opened(attachOf("a", 0, true, "/topic/#"), composite(codeDetach, uint32(0), true), composite(codeEnd), composite(codeClose)))
	f.Add(opened(attachOf("a", 0, false, ""), transfer, flow))
	f.Add(append(append([]byte{}, headerSASL...), appendFrame(nil, frameSASL, 0, composite(codeInit, symbol("PLAIN"), []byte("\x00guest\x00guest")), nil)...))
	s, err := Start(Options{MaxMessage: 1 << 20, MaxMemory: 4 << 20})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		if err := s.Close(); err != nil {
			f.Error(err)
		}
	})
	f.Fuzz(func(t *testing.T, data []byte) {
		here, there := net.Pipe()
		c := newConn(s, there)
		s.mu.Lock()
		s.conns[c] = struct{}{}
		s.mu.Unlock()
		ended := make(chan struct{})
		go func() { defer close(ended); c.serve() }()
		go func() {
			_, _ = here.Write(data) // it may hang up before the end
			time.Sleep(time.Millisecond)
			_ = here.Close()
		}()
		_, _ = bytes.NewBuffer(nil).ReadFrom(here)
		select {
		case <-ended:
		case <-time.After(time.Minute):
			t.Fatal("the connection does not end")
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		for q := range s.topics {
			if len(q.consumers) > 0 {
				t.Errorf("the subscription %q has %d consumers", q.name, len(q.consumers))
			}
			s.remove(q) // so that it does not fill up
		}
		for _, q := range s.queues {
			if len(q.consumers) > 0 {
				t.Errorf("the queue %q has %d consumers", q.name, len(q.consumers))
			}
			s.remove(q)
		}
		if held := s.memory.Load(); held != 0 {
			t.Errorf("%d bytes are held without a message", held)
		}
	})
}
