package server

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"time"

	"github.com/coder/websocket"
)

// maxRequest bounds the request by which a WebSocket begins, in bytes.
const maxRequest = 16 << 10

// overWeb looks how a client begins. One that asks for a WebSocket gets it, and
// what comes after is MQTT in its binary messages (MQTT 5, section 6); all
// others speak MQTT at once, which never begins with a G.
func overWeb(wire net.Conn) (net.Conn, *bufio.Reader, error) {
	_ = wire.SetReadDeadline(time.Now().Add(greeting))
	limited := &io.LimitedReader{R: wire, N: maxRequest}
	in := bufio.NewReaderSize(limited, 32<<10)
	first, err := in.Peek(1)
	if err != nil {
		return wire, in, err
	}
	if first[0] != 'G' {
		limited.N = math.MaxInt64
		return wire, in, nil
	}
	request, err := http.ReadRequest(in)
	if err != nil {
		return wire, in, err
	}
	limited.N = math.MaxInt64
	_ = wire.SetReadDeadline(time.Time{})
	socket, err := websocket.Accept(&answer{wire: wire, in: in, header: http.Header{}}, request, &websocket.AcceptOptions{
		Subprotocols: []string{"mqtt"}, CompressionMode: websocket.CompressionDisabled,
	})
	if err != nil {
		return wire, in, err
	}
	if socket.Subprotocol() != "mqtt" {
		return wire, in, socket.Close(websocket.StatusPolicyViolation, "the subprotocol is mqtt")
	}
	socket.SetReadLimit(-1) // packets are bounded, not the messages that they are in
	web := webConn{websocket.NetConn(context.Background(), socket, websocket.MessageBinary), socket}
	return web, bufio.NewReaderSize(web, 32<<10), nil
}

// webConn is a WebSocket as a connection. It closes at once: MQTT has its own
// goodbye.
type webConn struct {
	net.Conn
	socket *websocket.Conn
}

func (c webConn) Close() error { return c.socket.CloseNow() }

// answer is the answer to a request on a connection that no server of HTTP has.
type answer struct {
	wire   net.Conn
	in     *bufio.Reader
	header http.Header
	begun  bool
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if a.begun {
		return
	}
	a.begun = true
	if status != http.StatusSwitchingProtocols {
		a.header.Set("Connection", "close")
	}
	_ = a.wire.SetWriteDeadline(time.Now().Add(stall))
	fmt.Fprintf(a.wire, "HTTP/1.1 %d %s\r\n", status, http.StatusText(status))
	_ = a.header.Write(a.wire)
	_, _ = io.WriteString(a.wire, "\r\n")
	_ = a.wire.SetWriteDeadline(time.Time{})
}

func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.wire.Write(b)
}

// Hijack implements http.Hijacker.
func (a *answer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return a.wire, bufio.NewReadWriter(a.in, bufio.NewWriter(a.wire)), nil
}
