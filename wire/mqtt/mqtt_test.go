package mqtt_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/internal/freeport"
	"github.com/weft-dev/weft/internal/leaks"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
	"github.com/weft-dev/weft/wire/embedded"
	"github.com/weft-dev/weft/wire/mqtt"
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
	server, err := embedded.Start(context.Background(), "mqtt", b.opts)
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

func (b *testBroker) host() string { return strings.TrimPrefix(b.server.URL, "mqtt://") }

// versions are the drivers by their proper names.
var versions = map[string]mqtt.Driver{"mqtt": {}, "mqtt3": {Version3: true}}

func server(version string, hosts ...string) driver.Server {
	return driver.Server{Protocol: version, Hosts: hosts}
}

func TestConformsEmbedded(t *testing.T) {
	for version, d := range versions {
		t.Run(version, func(t *testing.T) {
			b := newBroker(t, embedded.Options{DataDir: t.TempDir()})
			drivertest.Run(t, drivertest.Harness{
				Driver: d,
				Server: server(version, b.host()),
				Restart: func(t *testing.T) {
					b.stop(t)
					time.Sleep(200 * time.Millisecond)
					b.start(t)
				},
			})
		})
	}
}

// TestConformsReal runs the same suite against a real server.
func TestConformsReal(t *testing.T) {
	address := os.Getenv("WEFT_MOSQUITTO")
	if address == "" {
		t.Skip(`no real MQTT server: run eval "$(scripts/brokers up mosquitto)", which sets WEFT_MOSQUITTO=host:port`)
	}
	for version, d := range versions {
		t.Run(version, func(t *testing.T) {
			h := drivertest.Harness{Driver: d, Server: server(version, address)}
			if command := os.Getenv("WEFT_MOSQUITTO_RESTART"); command != "" {
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
