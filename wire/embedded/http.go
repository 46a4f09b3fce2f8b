package embedded

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/weft-dev/weft/wire/embedded/streams"
)

// startHTTP runs a server of streams. Its URL tells the driver that answers come
// as events, as all that is posted.
func startHTTP(_ context.Context, opts Options) (*Server, error) {
	if opts.DataDir != "" {
		return nil, startError("http", errors.New("it stores nothing: it has no data directory"))
	}
	handler := streams.New()
	return serveHTTP("http", "/?http.hub=true", opts.Port, handler, handler.Close)
}

// serveHTTP runs a handler that ends its requests when it is closed.
func serveHTTP(protocol, path string, port int, handler http.Handler, end func()) (*Server, error) {
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return nil, startError(protocol, err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 256 << 10}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	return &Server{
		URL: protocol + "://" + listener.Addr().String() + path,
		close: func() error {
			err := server.Close()
			end()
			if ended := <-served; !errors.Is(ended, http.ErrServerClosed) {
				return errors.Join(err, ended)
			}
			return err
		},
	}, nil
}
