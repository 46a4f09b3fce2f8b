// Package websocket speaks WebSocket (RFC 6455) as a client: an address is the
// path of a connection, and each message is one frame of text or bytes.
//
// WebSocket has no broker in it. What a server does with a message is its own
// business: the driver promises that messages leave in order and that what
// arrives is handed on, and says in its capabilities what nobody can promise.
// The embedded server is one of rooms: what one connection sends to a path goes
// to all others at that path.
//
// It must not know AsyncAPI: bindings arrive here as options.
//
// The URL is that of the server, ws://HOST/BASE or wss://HOST/BASE; the path of
// an address is added to the base. Its query is sent to the server with each
// handshake, but for these, which are the driver's own, all optional:
//
//	ws.subprotocols  names to propose, with commas; the server must take one
//	ws.frame         auto (default: text where the body is UTF-8), text or binary
//	ws.confirm       ping (default: a Send ends when the server has answered a
//	                 ping that follows its messages) or none (when they are written)
//	ws.share         true (default: senders and receivers of one address share a
//	                 connection, as requests and their answers do) or false (each
//	                 receiver has its own: for servers of rooms)
//	ws.compression   none (default) or deflate (RFC 7692, where the server can)
//	ws.ping          seconds between signs of life, 0 to 3600 (default 30; 0 none)
//	ws.max           largest message that is received, in bytes (default 33554432)
//	ws.probe         how Connect sees that a server is there: http (default: a GET
//	                 of the base, any answer will do), or tcp
//
// Parameters of senders and receivers, all optional:
//
//	query.NAME       a value in the query of the handshake
//	header.NAME      a header of the handshake
//	subprotocols     as in the URL, instead of it
//	frame            as in the URL, instead of it; also of each message that is
//	                 sent. A received message has text or binary.
//
// The compression of a sender is none or deflate. Who enters with a user and a
// password uses Basic, with a password alone Bearer; API keys go into the
// header, the query or the cookie that they name.
//
// A connection that breaks is made again, also while nobody sends; what the
// server sent meanwhile is lost. A receiver fails when that takes too long, or
// when the server has closed the connection for a reason that does not go away.
// As fills nothing.
package websocket

import (
	"context"
	"net/http"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/web"
)

// maxMessage is the largest message that is sent unless somebody allows more;
// the protocol has no limit worth the name.
const maxMessage = 16 << 20

func init() { broker.Register(Driver{}) }

// Driver is the WebSocket driver.
type Driver struct{}

var _ driver.Driver = Driver{}

// TakesAPIKeys says that keys go with each handshake.
func (Driver) TakesAPIKeys() {}

// Protocols returns the URL schemes: ws is plain text unless TLS is configured,
// wss is always TLS.
func (Driver) Protocols() []string { return []string{"ws", "wss"} }

// Capabilities returns what WebSocket promises: order within a connection, and
// a copy for each connection as far as the server gives copies. There are no
// acknowledgements, so that a message is delivered at most once; no groups, no
// headers, no keys, and nothing stored to read again.
func (Driver) Capabilities() driver.Capabilities {
	return driver.Capabilities{
		Ordered: true,
		FanOut:  true,

		MaxBatch:        1000,
		MaxMessageBytes: maxMessage,
	}
}

// Connect sees that a server is there. Connections with the protocol itself are
// made for each address.
func (Driver) Connect(ctx context.Context, server driver.Server) (driver.Conn, error) {
	c := &conn{server: server, lines: make(map[string]*line)}
	settings, err := readSettings(server)
	if err != nil {
		return nil, c.fail(web.InvalidError{Err: err}, "connect", "")
	}
	c.settings = settings
	c.transport = &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		TLSClientConfig:     settings.TLS,
		DisableKeepAlives:   true,
		TLSHandshakeTimeout: handshakeTimeout,
	}
	c.client = web.Client(c.transport)
	if err := c.probe(ctx); err != nil {
		return nil, c.fail(err, "connect", "")
	}
	return c, nil
}
