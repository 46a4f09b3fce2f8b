package googlepubsub_test

import (
	"context"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/weft-dev/weft/extra/googlepubsub"
	"github.com/weft-dev/weft/extra/googlepubsub/emulator"
	"github.com/weft-dev/weft/internal/freeport"
	"github.com/weft-dev/weft/internal/leaks"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
)

// TestMain looks for goroutines that are left. Google's own client, which only
// tests use, starts one when the program does, and leaves one behind.
func TestMain(m *testing.M) {
	os.Exit(leaks.Run(m,
		goleak.IgnoreTopFunction("go.opencensus.io/stats/view.(*worker).start"),
		goleak.IgnoreTopFunction("cloud.google.com/go/pubsub/v2.(*messageIterator).streamKeepAliveHandler")))
}

// service is an emulator that can be stopped and started again.
type service struct {
	opts   emulator.Options
	server *emulator.Server
}

func start(t testing.TB, opts emulator.Options) *service {
	t.Helper()
	opts.Port = freeport.Of(t) // or another may have it while it is away
	s := &service{opts: opts}
	s.start(t)
	t.Cleanup(func() { s.stop(t) })
	return s
}

func (s *service) start(t testing.TB) {
	t.Helper()
	server, err := emulator.Start(s.opts)
	if err != nil {
		t.Fatal(err)
	}
	s.server, s.opts.State = server, server.State
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
	return driver.Server{Protocol: "googlepubsub", Hosts: []string{s.server.Addr()}, Path: "shop", Params: map[string][]string{"subscribe": {"allow"}}}
}

func TestConforms(t *testing.T) {
	s := start(t, emulator.Options{})
	drivertest.Run(t, drivertest.Harness{
		Driver: googlepubsub.Driver{}, Server: s.place(), Restart: s.restart,
		OfServer: []string{
			"google.golang.org/grpc/internal/transport.(*http2Server).keepalive",
			"google.golang.org/grpc/internal/transport.(*controlBuffer).get",
			"google.golang.org/grpc/internal/transport.(*http2Server).HandleStreams",
			"google.golang.org/grpc.(*Server).serveStreams",
			"google.golang.org/grpc.(*Server).handleRawConn",
		},
	})
}

func connect(t testing.TB, server driver.Server) driver.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), drivertest.Patience)
	defer cancel()
	conn, err := googlepubsub.Driver{}.Connect(ctx, server)
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
