package stomp_test

import (
	"context"
	"maps"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/weft-dev/weft/internal/freeport"
	"github.com/weft-dev/weft/internal/leaks"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
	"github.com/weft-dev/weft/wire/embedded"
	"github.com/weft-dev/weft/wire/stomp"
)

func TestMain(m *testing.M) { os.Exit(leaks.Run(m)) }

// testBroker is an embedded server that can be stopped and started again.
type testBroker struct {
	opts   embedded.Options
	server *embedded.Server
}

func newBroker(t testing.TB, opts embedded.Options) *testBroker {
	t.Helper()
	opts.Port = freeport.Of(t) // or another may have it while it is away
	b := &testBroker{opts: opts}
	b.start(t)
	t.Cleanup(func() { b.stop(t) })
	return b
}

func (b *testBroker) start(t testing.TB) {
	t.Helper()
	server, err := embedded.Start(context.Background(), "stomp", b.opts)
	if err != nil {
		t.Fatal(err)
	}
	b.server = server
}

func (b *testBroker) stop(t testing.TB) {
	t.Helper()
	if err := b.server.Close(); err != nil {
		t.Error(err)
	}
}

func (b *testBroker) restart(t *testing.T) {
	b.stop(t)
	time.Sleep(100 * time.Millisecond)
	b.start(t)
}

func (b *testBroker) host() string { return b.server.URL[len("stomp://"):] }

func server(host string) driver.Server {
	return driver.Server{Protocol: "stomp", Hosts: []string{host}}
}

// kinds is the driver with every address of one kind, so that the suite tests
// what that promises. Queues of tests go when they have been unused for a while.
type kinds struct {
	stomp.Driver
	kind    string
	expires bool
}

func (k kinds) Capabilities() driver.Capabilities {
	return k.CapabilitiesFor(map[string]string{"kind": k.kind})
}

func (k kinds) Connect(ctx context.Context, server driver.Server) (driver.Conn, error) {
	conn, err := k.Driver.Connect(ctx, server)
	if err != nil {
		return nil, err
	}
	return kindConn{conn, k}, nil
}

type kindConn struct {
	driver.Conn
	kinds kinds
}

// with adds what a test of ours gives to what it asks for.
func (c kindConn) with(params map[string]string, receive bool) map[string]string {
	all := map[string]string{"kind": c.kinds.kind}
	if c.kinds.expires && (receive || c.kinds.kind == "queue") {
		all["x-expires"] = "60000"
		if receive && c.kinds.kind == "queue" {
			all["dead-letter.x-expires"] = "60000"
		}
	}
	maps.Copy(all, params)
	return all
}

func (c kindConn) OpenSender(ctx context.Context, opts driver.SenderOptions) (driver.Sender, error) {
	opts.Params = c.with(opts.Params, false)
	return c.Conn.OpenSender(ctx, opts)
}

func (c kindConn) OpenReceiver(ctx context.Context, opts driver.ReceiverOptions) (driver.Receiver, error) {
	opts.Params = c.with(opts.Params, true)
	if opts.DeadLetter != "" && c.kinds.kind == "topic" {
		opts.DeadLetter = "/topic/" + opts.DeadLetter
	}
	return c.Conn.OpenReceiver(ctx, opts)
}

func TestConformsEmbedded(t *testing.T) {
	for _, kind := range []string{"queue", "topic"} {
		t.Run(kind, func(t *testing.T) {
			b := newBroker(t, embedded.Options{DataDir: t.TempDir()})
			drivertest.Run(t, drivertest.Harness{Driver: kinds{kind: kind, expires: true}, Server: server(b.host()), Restart: b.restart})
		})
	}
}

// TestConformsReal runs the same suite against a real broker.
func TestConformsReal(t *testing.T) {
	address := os.Getenv("WEFT_RABBITMQ_STOMP")
	if address == "" {
		t.Skip(`no real RabbitMQ: run eval "$(scripts/brokers up rabbitmq)", which sets WEFT_RABBITMQ_STOMP=host:port`)
	}
	for _, kind := range []string{"queue", "topic"} {
		t.Run(kind, func(t *testing.T) {
			drivertest.Run(t, drivertest.Harness{Driver: kinds{kind: kind, expires: true}, Server: server(address), Restart: restarter("WEFT_RABBITMQ_RESTART")})
		})
	}
}

// restarter restarts a real broker by the command that a variable holds.
func restarter(variable string) func(*testing.T) {
	command := os.Getenv(variable)
	if command == "" {
		return nil
	}
	return func(t *testing.T) {
		if out, err := exec.Command("sh", "-c", command).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", variable, err, out)
		}
	}
}
