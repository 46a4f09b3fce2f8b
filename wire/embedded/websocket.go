package embedded

import (
	"context"
	"errors"

	"github.com/weft-dev/weft/wire/embedded/rooms"
)

// startWebSocket runs a server of rooms. Its URL tells the driver to have a
// connection for each receiver: who sends to a room does not hear itself.
func startWebSocket(_ context.Context, opts Options) (*Server, error) {
	if opts.DataDir != "" {
		return nil, startError("ws", errors.New("it stores nothing: it has no data directory"))
	}
	handler := rooms.New()
	return serveHTTP("ws", "/?ws.share=false", opts.Port, handler, handler.Close)
}
