package nats_test

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/weft-dev/weft/internal/freeport"
	"github.com/weft-dev/weft/internal/leaks"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
	"github.com/weft-dev/weft/wire/embedded"
	"github.com/weft-dev/weft/wire/nats"
)

func TestMain(m *testing.M) { os.Exit(leaks.Run(m)) }

// drivers are both, for what holds of both.
var drivers = map[string]nats.Driver{nats.Core: {}, nats.JetStream: {JetStream: true}}

// impatient has the server wait less for a sign of life, where it waits at all.
var impatient = map[string]map[string]string{nats.JetStream: {"ack_wait": "1s"}}

// testServer is an embedded server that can be stopped and started again.
type testServer struct {
	opts   embedded.Options
	server *embedded.Server
	host   string
}

func newServer(t testing.TB, opts embedded.Options) *testServer {
	t.Helper()
	opts.Port = freeport.Of(t) // or another may have it while it is away
	s := &testServer{opts: opts}
	s.start(t)
	t.Cleanup(func() { s.stop(t) })
	return s
}

func (s *testServer) start(t testing.TB) {
	t.Helper()
	server, err := embedded.Start(context.Background(), nats.JetStream, s.opts)
	if err != nil {
		t.Fatal(err)
	}
	s.server, s.host = server, server.URL[len("jetstream://"):]
}

func (s *testServer) stop(t testing.TB) {
	t.Helper()
	if err := s.server.Close(); err != nil {
		t.Error(err)
	}
}

func server(protocol, host string) driver.Server {
	return driver.Server{Protocol: protocol, Hosts: []string{host}}
}

func TestConformsEmbedded(t *testing.T) {
	for protocol, d := range drivers {
		t.Run(protocol, func(t *testing.T) {
			s := newServer(t, embedded.Options{DataDir: t.TempDir()})
			drivertest.Run(t, drivertest.Harness{
				OfServer:  []string{"github.com/nats-io/nats-server/v2/server.(*stream).internalLoop"},
				Driver:    d,
				Server:    server(protocol, s.host),
				Impatient: impatient[protocol],
				Restart: func(t *testing.T) {
					s.stop(t)
					time.Sleep(200 * time.Millisecond)
					s.start(t)
				},
			})
		})
	}
}

// TestConformsReal runs the same suite against a real server.
func TestConformsReal(t *testing.T) {
	address := os.Getenv("WEFT_NATS")
	if address == "" {
		t.Skip(`no real NATS: run eval "$(scripts/brokers up nats)", which sets WEFT_NATS=host:port`)
	}
	for protocol, d := range drivers {
		t.Run(protocol, func(t *testing.T) {
			h := drivertest.Harness{Driver: d, Server: server(protocol, address), Patience: 30 * time.Second, Impatient: impatient[protocol]}
			if command := os.Getenv("WEFT_NATS_RESTART"); command != "" {
				h.Restart = func(t *testing.T) {
					if out, err := exec.Command("sh", "-c", command).CombinedOutput(); err != nil {
						t.Fatalf("restart: %v\n%s", err, out)
					}
				}
			}
			drivertest.Run(t, h)
		})
	}
}
