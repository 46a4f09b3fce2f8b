package embedded_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/weft-dev/weft/internal/freeport"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/embedded"
)

func TestJetStreamKeepsMessagesInItsDataDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made")
	first := start(t, "jetstream", embedded.Options{DataDir: dir, Addresses: []string{"orders.new"}})
	b := open(t, first.URL)
	send(t, b, "orders.new", "kept")
	if err := errors.Join(b.Close(context.Background()), first.Close()); err != nil {
		t.Fatal(err)
	}
	second := start(t, "jetstream", embedded.Options{DataDir: dir})
	if got := receive(t, open(t, second.URL), "orders.new"); got != "kept" {
		t.Errorf("received %q, want kept", got)
	}
}

func TestNATSForgetsWithoutADataDirectory(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	server := start(t, "jetstream", embedded.Options{Addresses: []string{"orders"}})
	send(t, open(t, server.URL), "orders", "a")
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
		t.Errorf("%v is left behind, %v", left, err)
	}
}

func TestNATSListensOnLoopbackAtThePortAskedFor(t *testing.T) {
	port := freeport.Of(t)
	for _, protocol := range []string{"nats", "jetstream"} {
		server := start(t, protocol, embedded.Options{Port: port})
		if want := protocol + "://127.0.0.1:" + strconv.Itoa(port); server.URL != want {
			t.Errorf("the server is at %s, want %s", server.URL, want)
		}
		// It says so at once, and not after it has waited until it listens.
		_, err := embedded.Start(context.Background(), protocol, embedded.Options{Port: port})
		if !errors.Is(err, driver.ErrServer) || strings.Contains(err.Error(), "does not listen") {
			t.Errorf("a second server at the same port: %v, want %v", err, driver.ErrServer)
		}
		if err := server.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
