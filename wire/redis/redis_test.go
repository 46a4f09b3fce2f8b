package redis_test

import (
	"context"
	"net"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"github.com/weft-dev/weft/internal/freeport"
	"github.com/weft-dev/weft/internal/leaks"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
	"github.com/weft-dev/weft/wire/redis"
)

func TestMain(m *testing.M) { os.Exit(leaks.Run(m)) }

var (
	channels = redis.Driver{}
	streams  = redis.Driver{Streams: true}
)

// newServer starts an embedded server; restart stops it and starts it again
// with what it holds.
func newServer(t testing.TB) (m *miniredis.Miniredis, restart func(*testing.T)) {
	t.Helper()
	m = miniredis.NewMiniRedis()
	// At a port that nobody else is given while it is away.
	if err := m.StartAddr(net.JoinHostPort("127.0.0.1", strconv.Itoa(freeport.Of(t)))); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	return m, func(t *testing.T) {
		m.Close()
		time.Sleep(200 * time.Millisecond)
		m.Ctx, m.CtxCancel = context.WithCancel(context.Background()) // Restart forgets it
		if err := m.Restart(); err != nil {
			t.Fatal(err)
		}
	}
}

func server(d redis.Driver, host string) driver.Server {
	return driver.Server{Protocol: d.Protocols()[0], Hosts: []string{host}}
}

func connect(t testing.TB, d redis.Driver, host string) driver.Conn {
	t.Helper()
	c, err := d.Connect(t.Context(), server(d, host))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func TestStreamsConformEmbedded(t *testing.T)  { conformsEmbedded(t, streams) }
func TestChannelsConformEmbedded(t *testing.T) { conformsEmbedded(t, channels) }
func TestStreamsConformReal(t *testing.T)      { conformsReal(t, streams) }
func TestChannelsConformReal(t *testing.T)     { conformsReal(t, channels) }

// impatient has other members of a group wait less for one that is silent.
func impatient(d redis.Driver) map[string]string {
	if !d.Streams {
		return nil
	}
	return map[string]string{"claim.idle.ms": "900"}
}

func conformsEmbedded(t *testing.T, d redis.Driver) {
	m, restart := newServer(t)
	drivertest.Run(t, drivertest.Harness{Driver: d, Server: server(d, m.Addr()), Restart: restart, Impatient: impatient(d)})
}

// realServer returns where a real server is, whose data tests may change.
func realServer(t testing.TB) string {
	t.Helper()
	address := os.Getenv("WEFT_REDIS")
	if address == "" {
		t.Skip(`no real Redis: run eval "$(scripts/brokers up redis)", which sets WEFT_REDIS=host:port`)
	}
	if _, _, err := net.SplitHostPort(address); err != nil {
		t.Fatalf("WEFT_REDIS: %v", err)
	}
	return address
}

func conformsReal(t *testing.T, d redis.Driver) {
	h := drivertest.Harness{Driver: d, Server: server(d, realServer(t)), Patience: 30 * time.Second, Impatient: impatient(d)}
	if command := os.Getenv("WEFT_REDIS_RESTART"); command != "" {
		h.Restart = func(t *testing.T) {
			if out, err := exec.Command("sh", "-c", command).CombinedOutput(); err != nil {
				t.Fatalf("restart: %v\n%s", err, out)
			}
		}
	}
	drivertest.Run(t, h)
}
