package embedded

import (
	"cmp"
	"context"
	"errors"

	"github.com/weft-dev/weft/wire/inmem"
)

func startTopics(_ context.Context, opts Options) (*Server, error) {
	return startInMemory(inmem.Driver{}, opts)
}

func startQueues(_ context.Context, opts Options) (*Server, error) {
	return startInMemory(inmem.Driver{Queue: true}, opts)
}

// startInMemory needs no port: its clients are in this process. Addresses are
// made when they are first used.
func startInMemory(d inmem.Driver, opts Options) (*Server, error) {
	if opts.DataDir != "" || opts.Port != 0 {
		return nil, startError(d.Protocols()[0], errors.New("it is in memory: it has neither a port nor a data directory"))
	}
	server := inmem.NewServer(cmp.Or(opts.Name, "default"), d)
	return &Server{URL: server.URL(), close: server.Close}, nil
}
