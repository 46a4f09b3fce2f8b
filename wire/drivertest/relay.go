package drivertest

import (
	"context"
	"io"
	"net"
	"sync/atomic"
	"testing"
)

// Relay stands between clients and a server. Once it is silent, what either
// sends goes nowhere, as on a line that is open at one end only.
type Relay struct {
	Host   string
	Silent atomic.Bool

	hangUp context.CancelFunc
}

// NewRelay listens on loopback.
func NewRelay(t *testing.T, server string) *Relay {
	t.Helper()
	over, hangUp := context.WithCancel(context.Background())
	t.Cleanup(hangUp)
	r := &Relay{hangUp: hangUp}
	r.Host = Listen(t, func(client net.Conn) {
		up, err := (&net.Dialer{}).DialContext(over, "tcp", server)
		if err != nil {
			_ = client.Close()
			return
		}
		context.AfterFunc(over, func() {
			_ = client.Close()
			_ = up.Close()
		})
		go func() {
			r.pass(client, up)
			_ = client.Close()
		}()
		r.pass(up, client)
		_ = up.Close()
	})
	return r
}

// HangUp ends every connection, and those that come.
func (r *Relay) HangUp() { r.hangUp() }

func (r *Relay) pass(to io.Writer, from io.Reader) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		if r.Silent.Load() {
			continue
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}
