package embedded

import (
	"context"
	"errors"

	"github.com/weft-dev/weft/wire/sqs/emulator"
)

// startSQS and startSNS run one and the same: an emulator of both services. The
// URL says which of them the addresses are of.
func startSQS(_ context.Context, opts Options) (*Server, error) {
	return startEmulator("sqs", "", opts, (*emulator.Server).MakeQueue)
}

// Receivers of topics make themselves queues there, where nobody minds.
func startSNS(_ context.Context, opts Options) (*Server, error) {
	return startEmulator("sns", "?subscribe=allow", opts, (*emulator.Server).MakeTopic)
}

func startEmulator(protocol, params string, opts Options, create func(*emulator.Server, string) error) (*Server, error) {
	if opts.DataDir != "" {
		return nil, startError(protocol, errors.New("it keeps messages in memory: it has no data directory"))
	}
	server, err := emulator.Start(emulator.Options{Port: opts.Port})
	if err != nil {
		return nil, startError(protocol, err)
	}
	for _, address := range opts.Addresses {
		if err := create(server, address); err != nil {
			return nil, startError(protocol, errors.Join(err, server.Close()))
		}
	}
	return &Server{URL: protocol + "://" + server.Host() + params, close: server.Close}, nil
}
