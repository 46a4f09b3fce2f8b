package mqtt

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"

	"github.com/coder/websocket"
)

// subprotocol is what a server of MQTT over WebSockets is asked for (MQTT 5,
// section 6).
const subprotocol = "mqtt"

// webConn is a WebSocket as a connection. It closes at once: MQTT has its own
// goodbye.
type webConn struct {
	net.Conn
	socket *websocket.Conn
}

func (c webConn) Close() error { return c.socket.CloseNow() }

// overWeb asks for a WebSocket on a connection that stands.
func overWeb(ctx context.Context, wire net.Conn, host, path string) (net.Conn, error) {
	transport := &http.Transport{
		DialContext:            func(context.Context, string, string) (net.Conn, error) { return wire, nil },
		MaxResponseHeaderBytes: 16 << 10,
	}
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	socket, answer, err := websocket.Dial(ctx, "ws://"+host+"/"+path, &websocket.DialOptions{
		HTTPClient: client, Subprotocols: []string{subprotocol}, CompressionMode: websocket.CompressionDisabled,
	})
	switch {
	case err != nil && answer != nil && answer.StatusCode != http.StatusSwitchingProtocols:
		return nil, fmt.Errorf("no WebSocket at /%s: the server answers %d", path, answer.StatusCode)
	case err != nil:
		return nil, err
	case socket.Subprotocol() != subprotocol:
		_ = socket.CloseNow()
		return nil, errors.New("the WebSocket at /" + path + " is not for MQTT: the server does not take the subprotocol mqtt")
	}
	socket.SetReadLimit(-1) // packets are bounded, not the messages that they are in
	return webConn{websocket.NetConn(context.Background(), socket, websocket.MessageBinary), socket}, nil
}
