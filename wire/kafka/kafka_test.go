package kafka_test

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
	"github.com/weft-dev/weft/wire/kafka"
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
	server, err := embedded.Start(context.Background(), "kafka", b.opts)
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

func (b *testBroker) host() string { return b.server.URL[len("kafka://"):] }

func server(hosts ...string) driver.Server {
	return driver.Server{Protocol: "kafka", Hosts: hosts}
}

func TestConformsEmbedded(t *testing.T) {
	b := newBroker(t, embedded.Options{DataDir: t.TempDir()})
	drivertest.Run(t, drivertest.Harness{
		Driver: kafka.Driver{},
		Server: server(b.host()),
		Restart: func(t *testing.T) {
			b.stop(t)
			time.Sleep(200 * time.Millisecond)
			b.start(t)
		},
	})
}

// TestConformsReal runs the same suite against a real broker.
func TestConformsReal(t *testing.T) {
	address := os.Getenv("WEFT_KAFKA")
	if address == "" {
		t.Skip(`no real Kafka: run eval "$(scripts/brokers up kafka)", which sets WEFT_KAFKA=host:port`)
	}
	h := drivertest.Harness{Driver: kafka.Driver{}, Server: server(address), Patience: 30 * time.Second}
	if command := os.Getenv("WEFT_KAFKA_RESTART"); command != "" {
		h.Restart = func(t *testing.T) {
			if out, err := exec.Command("sh", "-c", command).CombinedOutput(); err != nil {
				t.Fatalf("restart: %v\n%s", err, out)
			}
		}
	}
	drivertest.Run(t, h)
}
