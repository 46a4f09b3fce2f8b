package embedded

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/weft-dev/weft/wire/embedded/rooms"
)

// startWebSocket runs a server of rooms. Its URL tells the driver to have a
// connection for each receiver: who sends to a room does not hear itself.
func startWebSocket(_ context.Context, opts Options) (*Server, error) {
	if opts.DataDir != "" {
		return nil, startError("ws", errors.New("it stores nothing: it has no data directory"))
	}
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(opts.Port)))
	if err != nil {
		return nil, startError("ws", err)
	}
	handler := rooms.New()
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 64 << 10}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	return &Server{
		URL: "ws://" + listener.Addr().String() + "/?ws.share=false",
		close: func() error {
			err := server.Close()
			handler.Close()
			if ended := <-served; !errors.Is(ended, http.ErrServerClosed) {
				return errors.Join(err, ended)
			}
			return err
		},
	}, nil
}
