package webhook_test

import (
	"context"
	"net"
	"net/url"
	"strconv"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
	"github.com/weft-dev/weft/wire/embedded"
	"github.com/weft-dev/weft/wire/webhook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testServer is an embedded server that can be stopped and started again.
type testServer struct {
	opts   embedded.Options
	server *embedded.Server
}

func newServer(t testing.TB) *testServer {
	t.Helper()
	s := &testServer{}
	s.start(t)
	t.Cleanup(func() { s.stop(t) })
	return s
}

func (s *testServer) start(t testing.TB) {
	t.Helper()
	server, err := embedded.Start(context.Background(), "http", s.opts)
	if err != nil {
		t.Fatal(err)
	}
	s.server = server
	_, port, err := net.SplitHostPort(s.host(t))
	if err != nil {
		t.Fatal(err)
	}
	if s.opts.Port, err = strconv.Atoi(port); err != nil {
		t.Fatal(err)
	}
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
	return driver.Server{Protocol: "http", Hosts: []string{s.host(t)}, Params: map[string][]string{"http.hub": {"true"}}}
}

func TestConformsEmbedded(t *testing.T) {
	s := newServer(t)
	drivertest.Run(t, drivertest.Harness{
		Driver: webhook.Driver{},
		Server: s.to(t),
		Restart: func(t *testing.T) {
			s.stop(t)
			time.Sleep(200 * time.Millisecond)
			s.start(t)
		},
		OfServer: []string{"net/http.(*conn).serve"},
	})
}
