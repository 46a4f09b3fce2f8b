package websocket_test

import (
	"context"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/weft-dev/weft/internal/freeport"
	"github.com/weft-dev/weft/internal/leaks"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
	"github.com/weft-dev/weft/wire/embedded"
	"github.com/weft-dev/weft/wire/websocket"
)

func TestMain(m *testing.M) { os.Exit(leaks.Run(m)) }

// testServer is an embedded server that can be stopped and started again.
type testServer struct {
	opts   embedded.Options
	server *embedded.Server
}

func newServer(t testing.TB) *testServer {
	t.Helper()
	s := &testServer{opts: embedded.Options{Port: freeport.Of(t)}} // or another may have it while it is away
	s.start(t)
	t.Cleanup(func() { s.stop(t) })
	return s
}

func (s *testServer) start(t testing.TB) {
	t.Helper()
	server, err := embedded.Start(context.Background(), "ws", s.opts)
	if err != nil {
		t.Fatal(err)
	}
	s.server = server
}

func (s *testServer) stop(t testing.TB) {
	t.Helper()
	if err := s.server.Close(); err != nil {
		t.Error(err)
	}
}

func (s *testServer) host(t testing.TB) string {
	t.Helper()
	u, err := url.Parse(s.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}

// to is how the driver is told of the embedded server.
func (s *testServer) to(t testing.TB) driver.Server {
	t.Helper()
	return driver.Server{Protocol: "ws", Hosts: []string{s.host(t)}, Params: map[string][]string{"ws.share": {"false"}}}
}

func TestConformsEmbedded(t *testing.T) {
	s := newServer(t)
	drivertest.Run(t, drivertest.Harness{
		Driver: websocket.Driver{},
		Server: s.to(t),
		Restart: func(t *testing.T) {
			s.stop(t)
			time.Sleep(200 * time.Millisecond)
			s.start(t)
		},
	})
}
