package embedded

import (
	"context"
	"errors"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/nats"
)

// startNATS runs one NATS server, without what is stored: subjects are where
// somebody listens, and there is nothing to make.
func startNATS(_ context.Context, opts Options) (*Server, error) {
	return runNATS(opts, nats.Core)
}

// startJetStream runs the same server and makes a stream for each address.
func startJetStream(ctx context.Context, opts Options) (*Server, error) {
	s, err := runNATS(opts, nats.JetStream)
	if err != nil || len(opts.Addresses) == 0 {
		return s, err
	}
	if err := makeStreams(ctx, s, opts.Addresses); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// natsReady bounds how long a server may take to listen.
const natsReady = 30 * time.Second

// runNATS starts a server that serves both protocols, so that a document may
// have channels of both. What it stores without a DataDir is gone with it.
func runNATS(opts Options, protocol string) (*Server, error) {
	if err := portFree(opts.Port); err != nil {
		return nil, startError(protocol, err)
	}
	dir, forget, err := natsDir(opts)
	if err != nil {
		return nil, startError(protocol, err)
	}
	settings := &server.Options{
		ServerName: "weft", Host: "127.0.0.1", Port: opts.Port,
		JetStream: true, StoreDir: dir, NoLog: true, NoSigs: true,
	}
	if opts.Port == 0 {
		settings.Port = server.RANDOM_PORT
	}
	s, err := server.NewServer(settings)
	if err != nil {
		return nil, startError(protocol, errors.Join(err, forget()))
	}
	s.Start()
	stop := func() error {
		s.Shutdown()
		s.WaitForShutdown()
		return forget()
	}
	if !s.ReadyForConnections(natsReady) {
		return nil, startError(protocol, errors.Join(errors.New("it does not listen: the port may be in use"), stop()))
	}
	return &Server{URL: protocol + "://" + strings.TrimPrefix(s.Addr().String(), "tcp://"), close: stop}, nil
}

// portFree finds a port that is in use at once: the server would keep trying.
func portFree(port int) error {
	if port == 0 {
		return nil
	}
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return err
	}
	return listener.Close()
}

// natsDir returns where to store, and what to do at the end.
func natsDir(opts Options) (dir string, forget func() error, err error) {
	if opts.DataDir != "" {
		return opts.DataDir, func() error { return nil }, os.MkdirAll(opts.DataDir, 0o700)
	}
	dir, err = os.MkdirTemp("", "weft-nats-")
	return dir, func() error { return os.RemoveAll(dir) }, err
}

func makeStreams(ctx context.Context, s *Server, addresses []string) error {
	host := strings.TrimPrefix(s.URL, nats.JetStream+"://")
	conn, err := nats.Driver{JetStream: true}.Connect(ctx, driver.Server{Protocol: nats.JetStream, Hosts: []string{host}})
	if err != nil {
		return err
	}
	defer conn.Close()
	for _, address := range addresses {
		if err := conn.(driver.Admin).Create(ctx, address, driver.AddressSpec{}); err != nil {
			return err
		}
	}
	return nil
}
