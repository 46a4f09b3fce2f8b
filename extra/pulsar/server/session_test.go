package server

import (
	"bytes"
	"net"
	"os"
	"testing"
	"time"

	"github.com/weft-dev/weft/extra/pulsar/frame"
	"github.com/weft-dev/weft/internal/leaks"
)

func TestMain(m *testing.M) { os.Exit(leaks.Run(m)) }

// FuzzSession says anything to a server, which must go on serving others.
func FuzzSession(f *testing.F) {
	say := func(kind int, body frame.Body, rest []byte) []byte { return frame.Append(nil, kind, body, rest) }
	subscribe := func(kind uint64) []byte {
		return say(frame.Subscribe, frame.Body(nil).Text(1, "persistent://a/b/c").Text(2, "s").Uint(3, kind).Uint(4, kind).Uint(5, 1), nil)
	}
	produce := say(frame.Producer, frame.Body(nil).Text(1, "persistent://a/b/c").Uint(2, 1).Uint(3, 2), nil)
	send := say(frame.Send, frame.Body(nil).Uint(1, 1).Uint(2, 3).Uint(3, 2), []byte("\x00\x00\x00\x03\x32\x01kbody"))
	flow := say(frame.Flow, frame.Body(nil).Uint(1, 3).Uint(2, 1000), nil)
	id := frame.Body(nil).Uint(1, 1).Uint(2, 0)
	redeliver := say(frame.Redeliver, frame.Body(nil).Uint(1, 3), nil)
	ack := say(frame.Ack, frame.Body(nil).Uint(1, 3).Uint(2, 1).Bytes(3, id), nil)
	f.Add(bytes.Join([][]byte{subscribe(3), produce, send, send, flow, redeliver, ack}, nil))
	f.Add(bytes.Join([][]byte{subscribe(0), subscribe(1), say(frame.Seek, frame.Body(nil).Uint(1, 0).Uint(2, 9).Bytes(3, id), nil), produce, send}, nil))
	f.Add(bytes.Join([][]byte{subscribe(2), say(frame.Unsubscribe, frame.Body(nil).Uint(1, 2).Uint(2, 9), nil), say(99, nil, nil), flow}, nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Start(Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		socket, err := net.Dial("tcp", s.Addr())
		if err != nil {
			t.Fatal(err)
		}
		defer socket.Close()
		_ = socket.SetDeadline(time.Now().Add(time.Minute))
		hello := say(frame.Connect, frame.Body(nil).Text(1, "fuzz").Uint(4, 19), nil)
		ping := say(frame.Ping, nil, nil)
		// The server may hang up in the middle.
		_, _ = socket.Write(append(append(hello, data...), ping...))
		other, err := net.Dial("tcp", s.Addr())
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		_ = other.SetDeadline(time.Now().Add(time.Minute))
		if _, err := other.Write(append(say(frame.Connect, frame.Body(nil).Text(1, "other").Uint(4, 19), nil), ping...)); err != nil {
			t.Fatal(err)
		}
		for _, want := range []int{frame.Connected, frame.Pong} {
			if c, err := frame.Read(other); err != nil || c.Type != want {
				t.Fatalf("another client is told %+v, %v, want type %d", c, err, want)
			}
		}
	})
}
