package amqp1_test

import (
	"context"
	"maps"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/rabbitmq/amqp091-go"

	"github.com/weft-dev/weft/internal/freeport"
	"github.com/weft-dev/weft/internal/leaks"
	"github.com/weft-dev/weft/wire/amqp1"
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
	server, err := embedded.Start(context.Background(), "amqp1", b.opts)
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

func (b *testBroker) host() string { return b.server.URL[len("amqp1://"):] }

func server(host string) driver.Server {
	return driver.Server{Protocol: "amqp1", Hosts: []string{host}}
}

// topics is the driver with every address a topic, so that the suite tests what
// those promise.
type topics struct {
	amqp1.Driver
	params map[string]string

	// without are promises that the server at hand cannot keep.
	without func(*driver.Capabilities)
}

func (k topics) Capabilities() driver.Capabilities {
	caps := k.CapabilitiesFor(k.params)
	if k.without != nil {
		k.without(&caps)
	}
	return caps
}

func (k topics) Connect(ctx context.Context, server driver.Server) (driver.Conn, error) {
	conn, err := k.Driver.Connect(ctx, server)
	if err != nil {
		return nil, err
	}
	return topicsConn{conn, k.params}, nil
}

type topicsConn struct {
	driver.Conn
	params map[string]string
}

// with adds what a test gives to what makes an address a topic.
func (c topicsConn) with(params map[string]string) map[string]string {
	all := maps.Clone(c.params)
	maps.Copy(all, params)
	return all
}

func (c topicsConn) OpenSender(ctx context.Context, opts driver.SenderOptions) (driver.Sender, error) {
	opts.Params = c.with(opts.Params)
	return c.Conn.OpenSender(ctx, opts)
}

func (c topicsConn) OpenReceiver(ctx context.Context, opts driver.ReceiverOptions) (driver.Receiver, error) {
	opts.Params = c.with(opts.Params)
	return c.Conn.OpenReceiver(ctx, opts)
}

func TestConformsEmbedded(t *testing.T) {
	for name, d := range map[string]driver.Driver{
		"queues":    amqp1.Driver{},
		"topics":    topics{params: map[string]string{"kind": "topic"}},
		"exchanges": topics{params: map[string]string{"exchange": "shop"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBroker(t, embedded.Options{DataDir: t.TempDir()})
			drivertest.Run(t, drivertest.Harness{Driver: d, Server: server(b.host()), Restart: b.restart})
		})
	}
}

// TestConformsReal runs the suite against a real broker. RabbitMQ 3 has no
// shared subscriptions, so that what needs groups on topics is not among what is
// tested there.
func TestConformsReal(t *testing.T) {
	address := os.Getenv("WEFT_RABBITMQ")
	if address == "" {
		t.Skip(`no real RabbitMQ: run eval "$(scripts/brokers up rabbitmq)", which sets WEFT_RABBITMQ=host:port`)
	}
	noGroups := func(c *driver.Capabilities) {
		c.Groups, c.AtLeastOnce, c.Reject, c.Requeue = false, false, false, false
	}
	for name, d := range map[string]driver.Driver{
		"queues":    amqp1.Driver{},
		"topics":    topics{params: map[string]string{"kind": "topic"}, without: noGroups},
		"exchanges": topics{params: map[string]string{"exchange": "amq.topic"}, without: noGroups},
	} {
		t.Run(name, func(t *testing.T) {
			used := &names{}
			t.Cleanup(func() { used.remove(t, address) })
			h := drivertest.Harness{Driver: d, Server: server(address), Patience: 30 * time.Second, Name: used.add}
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

// names are the queues that a test made on a broker where they stay.
type names struct {
	mu  sync.Mutex
	all []string
}

func (n *names) add(name string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.all = append(n.all, name)
	return name
}

// remove removes them by the broker's other protocol, as this one has no word
// for it.
func (n *names) remove(t *testing.T, address string) {
	conn, err := amqp091.Dial("amqp://guest:guest@" + address + "/")
	if err != nil {
		t.Error(err)
		return
	}
	defer conn.Close()
	ch, err := conn.Channel()
	if err != nil {
		t.Error(err)
		return
	}
	for _, name := range n.all {
		if _, err := ch.QueueDelete(name, false, false, false); err != nil {
			t.Error(err)
			return
		}
	}
}
