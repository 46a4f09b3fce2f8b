package mqtt

import (
	"net"
	"syscall"
)

// prompt is a connection that confirms at once what it has read. Servers that
// hold small packets back until the last one is confirmed (Mosquitto does, by
// default) would otherwise wait for the 40 ms after which the system confirms
// of its own accord, and every batch with them.
type prompt struct {
	*net.TCPConn
	raw syscall.RawConn
}

func newPrompt(c net.Conn) net.Conn {
	inner, ok := c.(*net.TCPConn)
	if !ok {
		return c
	}
	raw, err := inner.SyscallConn()
	if err != nil {
		return c
	}
	return &prompt{inner, raw}
}

// Read reads, then confirms. Where the system does not allow that it is slow.
func (p *prompt) Read(b []byte) (int, error) {
	n, err := p.TCPConn.Read(b)
	_ = p.raw.Control(func(fd uintptr) {
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 1)
	})
	return n, err
}
