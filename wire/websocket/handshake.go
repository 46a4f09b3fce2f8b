package websocket

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/coder/websocket"
)

// stay keeps credentials from following to where a server sends them.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// probe asks for a sign of life. A server of WebSocket need not say anything at
// its base, so that any answer will do but one about the credentials.
func (c *conn) probe(ctx context.Context) error {
	if c.settings.tcpProbe {
		return c.probeTCP(ctx)
	}
	base := &place{address: "/"}
	where, err := c.settings.url(base)
	if err != nil {
		return invalidError{err}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, where.String(), nil)
	if err != nil {
		return invalidError{errors.New("the URL cannot be asked for")}
	}
	entered, err := c.settings.enter(request.URL, request.Header)
	if err != nil {
		return err
	}
	client := &http.Client{Transport: c.transport, CheckRedirect: stay}
	response, err := client.Do(request)
	if err != nil {
		return withoutURL(err)
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusUnauthorized && entered {
		return answerError{response.StatusCode}
	}
	return nil
}

func (c *conn) probeTCP(ctx context.Context) error {
	var connection net.Conn
	var err error
	if c.settings.tls != nil {
		connection, err = (&tls.Dialer{Config: c.settings.tls}).DialContext(ctx, "tcp", c.settings.dialAddress())
	} else {
		connection, err = (&net.Dialer{}).DialContext(ctx, "tcp", c.settings.dialAddress())
	}
	if err != nil {
		return err
	}
	return connection.Close()
}

// dial makes a connection with the protocol.
func (c *conn) dial(ctx context.Context, p *place) (*websocket.Conn, error) {
	where, err := c.settings.url(p)
	if err != nil {
		return nil, invalidError{err}
	}
	header := p.header.Clone()
	if _, err := c.settings.enter(where, header); err != nil {
		return nil, err
	}
	ws, response, err := websocket.Dial(ctx, where.String(), &websocket.DialOptions{
		HTTPClient:      &http.Client{Transport: c.transport, CheckRedirect: stay},
		HTTPHeader:      header,
		Subprotocols:    p.subprotocols,
		CompressionMode: p.compression,
	})
	if err != nil {
		if response != nil && response.StatusCode != http.StatusSwitchingProtocols {
			return nil, answerError{response.StatusCode}
		}
		return nil, withoutURL(err)
	}
	if len(p.subprotocols) > 0 && ws.Subprotocol() == "" {
		_ = ws.CloseNow() // we leave without having said anything
		return nil, strangeError{fmt.Errorf("the server takes none of the subprotocols %s", strings.Join(p.subprotocols, ", "))}
	}
	ws.SetReadLimit(c.settings.max)
	return ws, nil
}

// withoutURL drops what a client of HTTP says of the URL: its query may hold
// what is nobody's business.
func withoutURL(err error) error {
	var withURL *url.Error
	if errors.As(err, &withURL) {
		return withURL.Err
	}
	return err
}
