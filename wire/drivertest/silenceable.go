package drivertest

import (
	"net"
	"sync/atomic"
	"testing"
	"time"
)

// Silenceable is a listener for a server that works, whose connections can be
// made to say nothing more, and to take nothing more, as on a line that is open
// at one end only.
type Silenceable struct {
	net.Listener
	Silent, Deaf atomic.Bool
}

// NewSilenceable listens on loopback.
func NewSilenceable(t *testing.T) *Silenceable {
	t.Helper()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return &Silenceable{Listener: inner}
}

// Accept implements net.Listener.
func (l *Silenceable) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return &silenceableConn{c, l}, err
}

type silenceableConn struct {
	net.Conn
	of *Silenceable
}

func (c *silenceableConn) Write(b []byte) (int, error) {
	if c.of.Silent.Load() {
		return len(b), nil
	}
	return c.Conn.Write(b)
}

func (c *silenceableConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	for c.of.Deaf.Load() {
		time.Sleep(time.Millisecond)
	}
	return n, err
}
