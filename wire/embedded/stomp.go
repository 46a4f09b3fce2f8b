package embedded

import (
	"context"
	"os"
	"path/filepath"

	"github.com/weft-dev/weft/wire/embedded/stompserver"
)

// startSTOMP runs a server of STOMP in plain text. What is durable is kept in
// the data directory when the server is closed. Addresses are queues; those that
// begin with a slash are made when they are used.
func startSTOMP(_ context.Context, opts Options) (*Server, error) {
	settings := stompserver.Options{Port: opts.Port}
	for _, address := range opts.Addresses {
		if address != "" && address[0] != '/' {
			settings.Queues = append(settings.Queues, address)
		}
	}
	if opts.DataDir != "" {
		if err := os.MkdirAll(opts.DataDir, 0o700); err != nil {
			return nil, startError("stomp", err)
		}
		settings.File = filepath.Join(opts.DataDir, "stomp.jsonl")
	}
	server, err := stompserver.Start(settings)
	if err != nil {
		return nil, startError("stomp", err)
	}
	return &Server{URL: "stomp://" + server.Addr(), close: server.Close}, nil
}
