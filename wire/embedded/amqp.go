package embedded

import (
	"context"
	"os"
	"path/filepath"

	"github.com/weft-dev/weft/wire/embedded/amqpserver"
)

// startAMQP runs a server of AMQP 0-9-1. What is durable is kept in the data
// directory when the server is closed.
func startAMQP(_ context.Context, opts Options) (*Server, error) {
	settings := amqpserver.Options{Port: opts.Port, Queues: opts.Addresses}
	if opts.DataDir != "" {
		if err := os.MkdirAll(opts.DataDir, 0o700); err != nil {
			return nil, startError("amqp", err)
		}
		settings.File = filepath.Join(opts.DataDir, "amqp.jsonl")
	}
	server, err := amqpserver.Start(settings)
	if err != nil {
		return nil, startError("amqp", err)
	}
	return &Server{URL: "amqp://" + server.Addr(), close: server.Close}, nil
}
