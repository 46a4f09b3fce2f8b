package googlepubsub

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/weft-dev/weft/extra/googlepubsub/emulator"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/embedded"
)

// embeddedProject is the project of embedded servers.
const embeddedProject = "weft"

// StartEmbedded runs the emulator, for embedded.Register. Receivers make
// themselves subscriptions there, where nobody minds.
func StartEmbedded(_ context.Context, opts embedded.Options) (*embedded.Server, error) {
	failed := func(err error) error {
		return &driver.Error{Kind: driver.ErrServer, Op: "start an embedded server", Err: fmt.Errorf("googlepubsub: %w", err)}
	}
	if opts.DataDir != "" {
		return nil, failed(errors.New("it keeps messages in memory: it has no data directory"))
	}
	server, err := emulator.Start(emulator.Options{Port: opts.Port})
	if err != nil {
		return nil, failed(err)
	}
	place := &conn{project: embeddedProject, server: driver.Server{Hosts: []string{server.Addr()}}}
	for _, address := range opts.Addresses {
		name, err := place.topicName(address)
		if err == nil {
			err = server.MakeTopic(name)
		}
		if err != nil {
			return nil, failed(errors.Join(err, server.Close()))
		}
	}
	_, port, err := net.SplitHostPort(server.Addr())
	if err != nil {
		return nil, failed(errors.Join(err, server.Close()))
	}
	return embedded.NewServer("googlepubsub://127.0.0.1:"+port+"/"+embeddedProject+"?subscribe=allow", server.Close), nil
}
