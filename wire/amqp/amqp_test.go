package amqp_test

import (
	"context"
	"maps"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/weft-dev/weft/internal/freeport"
	"github.com/weft-dev/weft/internal/leaks"
	"github.com/weft-dev/weft/wire/amqp"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
	"github.com/weft-dev/weft/wire/embedded"
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
	server, err := embedded.Start(context.Background(), "amqp", b.opts)
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

func (b *testBroker) host() string { return b.server.URL[len("amqp://"):] }

func server(host string) driver.Server {
	return driver.Server{Protocol: "amqp", Hosts: []string{host}}
}

// keys is the driver with every address a routing key of one exchange, so that
// the suite tests what those promise.
type keys struct{ amqp.Driver }

const keysExchange = "drivertest.keys"

func (keys) params() map[string]string { return map[string]string{"exchange": keysExchange} }

func (k keys) Capabilities() driver.Capabilities { return k.CapabilitiesFor(k.params()) }

func (k keys) Connect(ctx context.Context, server driver.Server) (driver.Conn, error) {
	conn, err := k.Driver.Connect(ctx, server)
	if err != nil {
		return nil, err
	}
	return keysConn{conn, k.params()}, nil
}

type keysConn struct {
	driver.Conn
	params map[string]string
}

// with adds what a test of ours gives to what it asks for.
func (c keysConn) with(params map[string]string, more ...string) map[string]string {
	all := maps.Clone(c.params)
	maps.Copy(all, params)
	for i := 0; i < len(more); i += 2 {
		all[more[i]] = more[i+1]
	}
	return all
}

func (c keysConn) OpenSender(ctx context.Context, opts driver.SenderOptions) (driver.Sender, error) {
	opts.Params = c.with(opts.Params)
	return c.Conn.OpenSender(ctx, opts)
}

// OpenReceiver lets the queues of groups go when the test is over.
func (c keysConn) OpenReceiver(ctx context.Context, opts driver.ReceiverOptions) (driver.Receiver, error) {
	opts.Params = c.with(opts.Params, "x-expires", "60000")
	return c.Conn.OpenReceiver(ctx, opts)
}

func (c keysConn) Create(ctx context.Context, address string, spec driver.AddressSpec) error {
	spec.Params = c.with(spec.Params)
	return c.Conn.(driver.Admin).Create(ctx, address, spec)
}

func (c keysConn) Delete(ctx context.Context, address string) error {
	return c.Conn.(driver.Admin).Delete(ctx, address)
}

func TestConformsEmbedded(t *testing.T) {
	for name, d := range map[string]driver.Driver{"queues": amqp.Driver{}, "routing keys": keys{}} {
		t.Run(name, func(t *testing.T) {
			b := newBroker(t, embedded.Options{DataDir: t.TempDir()})
			drivertest.Run(t, drivertest.Harness{Driver: d, Server: server(b.host()), Restart: b.restart})
		})
	}
}

// TestConformsReal runs the same suite against a real broker.
func TestConformsReal(t *testing.T) {
	address := os.Getenv("WEFT_RABBITMQ")
	if address == "" {
		t.Skip(`no real RabbitMQ: run eval "$(scripts/brokers up rabbitmq)", which sets WEFT_RABBITMQ=host:port`)
	}
	for name, d := range map[string]driver.Driver{"queues": amqp.Driver{}, "routing keys": keys{}} {
		t.Run(name, func(t *testing.T) {
			h := drivertest.Harness{Driver: d, Server: server(address), Patience: 30 * time.Second}
			if command := os.Getenv("WEFT_RABBITMQ_RESTART"); command != "" {
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
