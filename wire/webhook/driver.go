// Package webhook carries messages in requests of HTTP: a message that is sent is
// the body of a POST, confirmed by an answer of 2xx. Messages come in two ways,
// and each is a protocol:
//
//	http, https        a receiver subscribes: it asks the server for a stream of
//	                   server-sent events (package sse) and goes on after the
//	                   last one when the connection breaks
//	webhook, webhooks  a receiver listens: the host of the URL is ours, on
//	                   loopback, and others post to it
//
// A webhook without a group is answered when it is there (202). In a group it is
// answered when it has been settled: 204 when it was done, 422 when it was
// rejected, 503 with Retry-After when it was requeued, when nobody settled it in
// time, when its receiver closed, or when too many wait. So it is the sender of
// the webhook that delivers again; ours does.
//
// It must not know AsyncAPI: bindings arrive here as options.
//
// The path of an address is added to that of the URL, whose query is sent with
// each request, but for these, which are the driver's own, all optional:
//
//	http.method     how messages are sent: POST (default), PUT, PATCH, DELETE or
//	                GET; listening, the only method that is taken
//	http.attempts   how often a message is sent at most that the server does not
//	                take now: 408, 425, 429 and 5xx, waiting as Retry-After says
//	                (1 to 100, default 4)
//	http.max        largest message that is received, in bytes (default 33554432)
//	http.idle       seconds of silence after which a stream is taken for broken,
//	                for servers that send signs of life (default 0: never)
//	http.secret     a reference (env:NAME, file:PATH) to the secret by which
//	                webhooks are signed, and must be when they come in, as the
//	                Standard Webhooks have it; several with spaces between them
//	                sign all, and any will do
//	http.tolerance  how old a signature may be, in seconds (default 300)
//	http.wait       listening: seconds until a webhook that nobody settles is
//	                answered with 503 (1 to 600, default 30)
//	http.private    allow: the host's name may lead to a private address. One that
//	                is written as an address, or is localhost, always may.
//	http.hub        true: what is posted to an address is offered there as events,
//	                so that answers come that way too
//	http.probe      how Connect sees that a server is there: http (default: a HEAD
//	                of the base, any answer will do), tcp or none
//
// Parameters of senders and of receivers that subscribe, all optional:
//
//	query.NAME   a value in the query
//	header.NAME  a header
//	method       as in the URL, instead of it; senders, and receivers that listen
//
// A message that is sent may have method and header.NAME, which its headers
// overrule. Of receivers that subscribe:
//
//	events       the only types of events, with commas
//	answers      true: what comes are the answers to what senders of
//	             this connection send to the address
//
// A received message has "event", the type of its event where it has one, "method"
// where it was a webhook, or "status" where it was an answer. The address of a
// receiver that listens may have * for a segment of the path. The compression of
// a sender is none or gzip. Who enters with a user and a password uses Basic,
// with a password alone Bearer; API keys go into the header, the query or the
// cookie that they name. Listening, it is the others who must enter so.
//
// As fills nothing.
package webhook

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

func init() {
	broker.Register(Driver{})
	broker.Register(Driver{Listen: true})
}

// Driver is the driver whose receivers subscribe or, with Listen, listen.
type Driver struct{ Listen bool }

var _ driver.Keyed = Driver{}

// TakesAPIKeys says that keys go with each request.
func (Driver) TakesAPIKeys() {}

// Protocols returns the URL schemes: http and webhook are plain text unless TLS
// is configured, https and webhooks are always TLS.
func (d Driver) Protocols() []string {
	if d.Listen {
		return []string{"webhook", "webhooks"}
	}
	return []string{"http", "https"}
}

// Capabilities returns what HTTP promises. A stream of events is read at most
// once: nobody says what became of one. Who posts a webhook is told, and posts
// it again. Groups do not share: a group's webhooks are one receiver's.
func (d Driver) Capabilities() driver.Capabilities {
	return driver.Capabilities{
		AtLeastOnce: d.Listen,
		Reject:      d.Listen,
		Requeue:     d.Listen,

		Ordered:     true,
		FanOut:      true,
		Headers:     true,
		Keys:        true,
		Timestamps:  true,
		Correlation: true,
		ReplyTo:     true,

		Pipelined:       true,
		MaxBatch:        1000,
		MaxMessageBytes: maxMessage,
	}
}

// Connect sees that a server is there; one at which we may listen need not be.
func (d Driver) Connect(ctx context.Context, server driver.Server) (driver.Conn, error) {
	c := &conn{listens: d.Listen, server: server, answers: make(map[string][]*stream)}
	settings, err := readSettings(server)
	if err != nil {
		return nil, c.fail(web.InvalidError{Err: err}, "connect", "")
	}
	c.settings = settings
	c.transport = newTransport(settings)
	c.client = web.Client(c.transport)
	if err := c.probe(ctx); err != nil {
		return nil, c.fail(err, "connect", "")
	}
	return c, nil
}

// newTransport speaks HTTP/1.1, and HTTP/2 where TLS finds that the server does.
func newTransport(s *settings) *http.Transport {
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         s.dial,
		TLSClientConfig:     s.TLS.Clone(),
		ForceAttemptHTTP2:   true,
		DisableCompression:  true, // a stream of events would wait in it
		MaxIdleConnsPerHost: 64,
		IdleConnTimeout:     idleTimeout,
		TLSHandshakeTimeout: handshakeTimeout,
		HTTP2:               &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingAfter},
	}
}
