package embedded

import (
	"context"
	"os"
	"path/filepath"

	"github.com/weft-dev/weft/wire/embedded/amqp1server"
)

// startAMQP1 runs a server of AMQP 1.0. Queues, durable subscriptions and durable
// messages are kept in the data directory when the server is closed.
func startAMQP1(_ context.Context, opts Options) (*Server, error) {
	settings := amqp1server.Options{Port: opts.Port, Queues: opts.Addresses}
	if opts.DataDir != "" {
		if err := os.MkdirAll(opts.DataDir, 0o700); err != nil {
			return nil, startError("amqp1", err)
		}
		settings.File = filepath.Join(opts.DataDir, "amqp1.jsonl")
	}
	server, err := amqp1server.Start(settings)
	if err != nil {
		return nil, startError("amqp1", err)
	}
	return &Server{URL: "amqp1://" + server.Addr(), close: server.Close}, nil
}
