package websocket

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/coder/websocket"

	"github.com/weft-dev/weft/wire/web"
)

// dial makes a connection with the protocol.
func (c *conn) dial(ctx context.Context, p *place) (*websocket.Conn, error) {
	where, err := c.settings.URL(p.address, p.extra.Query)
	if err != nil {
		return nil, web.InvalidError{Err: err}
	}
	header := p.extra.Header.Clone()
	if _, err := c.settings.Enter(where, header); err != nil {
		return nil, err
	}
	ws, response, err := websocket.Dial(ctx, where.String(), &websocket.DialOptions{
		HTTPClient:      c.client,
		HTTPHeader:      header,
		Subprotocols:    p.subprotocols,
		CompressionMode: p.compression,
	})
	if err != nil {
		if response != nil && response.StatusCode != http.StatusSwitchingProtocols {
			return nil, web.AnswerError{Status: response.StatusCode}
		}
		return nil, web.WithoutURL(err)
	}
	if len(p.subprotocols) > 0 && ws.Subprotocol() == "" {
		_ = ws.CloseNow() // we leave without having said anything
		return nil, strangeError{fmt.Errorf("the server takes none of the subprotocols %s", strings.Join(p.subprotocols, ", "))}
	}
	ws.SetReadLimit(c.settings.max)
	return ws, nil
}
