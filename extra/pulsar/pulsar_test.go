package pulsar_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/weft-dev/weft/extra/pulsar"
	"github.com/weft-dev/weft/extra/pulsar/server"
	"github.com/weft-dev/weft/internal/freeport"
	"github.com/weft-dev/weft/internal/leaks"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
)

func TestMain(m *testing.M) { os.Exit(leaks.Run(m)) }

// service is a server that can be stopped and started again.
type service struct {
	opts   server.Options
	server *server.Server
}

func start(t testing.TB, opts server.Options) *service {
	t.Helper()
	opts.Port = freeport.Of(t) // or another may have it while it is away
	s := &service{opts: opts}
	s.start(t)
	t.Cleanup(func() { s.stop(t) })
	return s
}

func (s *service) start(t testing.TB) {
	t.Helper()
	started, err := server.Start(s.opts)
	if err != nil {
		t.Fatal(err)
	}
	s.server, s.opts.State = started, started.State
}

func (s *service) stop(t testing.TB) {
	t.Helper()
	if err := s.server.Close(); err != nil {
		t.Error(err)
	}
}

func (s *service) restart(t *testing.T) {
	s.stop(t)
	time.Sleep(200 * time.Millisecond)
	s.start(t)
}

func (s *service) place() driver.Server {
	return driver.Server{Protocol: "pulsar", Hosts: []string{s.server.Addr()}}
}

func TestConforms(t *testing.T) {
	s := start(t, server.Options{})
	drivertest.Run(t, drivertest.Harness{Driver: pulsar.Driver{}, Server: s.place(), Restart: s.restart})
}

// TestConformsReal runs the suite against Apache's own.
func TestConformsReal(t *testing.T) {
	host := os.Getenv("WEFT_PULSAR")
	if host == "" {
		t.Skip("no Apache Pulsar: set WEFT_PULSAR=host:port")
	}
	drivertest.Run(t, drivertest.Harness{Driver: pulsar.Driver{}, Server: driver.Server{Protocol: "pulsar", Hosts: []string{host}}, Patience: 60 * time.Second})
}

func connect(t testing.TB, at driver.Server) driver.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), drivertest.Patience)
	defer cancel()
	conn, err := pulsar.Driver{}.Connect(ctx, at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	})
	return conn
}
