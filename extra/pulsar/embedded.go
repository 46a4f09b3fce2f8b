package pulsar

import (
	"context"
	"errors"
	"fmt"

	"github.com/weft-dev/weft/extra/pulsar/server"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/embedded"
)

// StartEmbedded runs our server, for embedded.Register. Topics need not be made.
func StartEmbedded(_ context.Context, opts embedded.Options) (*embedded.Server, error) {
	failed := func(err error) error {
		return &driver.Error{Kind: driver.ErrServer, Op: "start an embedded server", Err: fmt.Errorf("pulsar: %w", err)}
	}
	if opts.DataDir != "" {
		return nil, failed(errors.New("it keeps messages in memory: it has no data directory"))
	}
	s, err := server.Start(server.Options{Port: opts.Port})
	if err != nil {
		return nil, failed(err)
	}
	return embedded.NewServer("pulsar://"+s.Addr(), s.Close), nil
}
