package embedded_test

import (
	"context"
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/internal/freeport"
	"github.com/weft-dev/weft/internal/leaks"
	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/embedded"
	_ "github.com/weft-dev/weft/wire/kafka"
)

func TestMain(m *testing.M) { os.Exit(leaks.Run(m)) }

func start(t *testing.T, protocol string, opts embedded.Options) *embedded.Server {
	t.Helper()
	server, err := embedded.Start(context.Background(), protocol, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return server
}

func open(t *testing.T, url string) *broker.Broker {
	t.Helper()
	b, err := broker.Open(context.Background(), url, broker.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return b
}

func send(t *testing.T, b *broker.Broker, address, body string) {
	t.Helper()
	sender, err := b.Sender(context.Background(), driver.SenderOptions{Address: address})
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.Send(context.Background(), &driver.Message{Body: []byte(body)}); err != nil {
		t.Fatal(err)
	}
}

func receive(t *testing.T, b *broker.Broker, address string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	receiver, err := b.Receiver(ctx, driver.ReceiverOptions{Address: address, Start: driver.StartBeginning()})
	if err != nil {
		t.Fatal(err)
	}
	messages, err := receiver.Receive(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	return string(messages[0].Body)
}

func TestTopicsAreThereFromTheStart(t *testing.T) {
	for _, protocol := range []string{"kafka", "inmem"} {
		t.Run(protocol, func(t *testing.T) {
			b := open(t, start(t, protocol, embedded.Options{Addresses: []string{"orders"}}).URL)
			send(t, b, "orders", "a")
			if got := receive(t, b, "orders"); got != "a" {
				t.Errorf("received %q, want a", got)
			}
		})
	}
}

func TestKafkaListensOnLoopbackAtThePortAskedFor(t *testing.T) {
	port := freeport.Of(t)
	server := start(t, "kafka", embedded.Options{Port: port})
	if want := "kafka://127.0.0.1:" + strconv.Itoa(port); server.URL != want {
		t.Errorf("the server is at %s, want %s", server.URL, want)
	}
	if _, err := embedded.Start(context.Background(), "kafka", embedded.Options{Port: port}); !errors.Is(err, driver.ErrServer) {
		t.Errorf("a second server at the same port: %v, want %v", err, driver.ErrServer)
	}
}

func TestKafkaKeepsMessagesInItsDataDirectory(t *testing.T) {
	dir := t.TempDir()
	first := start(t, "kafka", embedded.Options{DataDir: dir, Addresses: []string{"orders"}})
	b := open(t, first.URL)
	send(t, b, "orders", "kept")
	if err := errors.Join(b.Close(context.Background()), first.Close()); err != nil {
		t.Fatal(err)
	}
	second := start(t, "kafka", embedded.Options{DataDir: dir})
	if got := receive(t, open(t, second.URL), "orders"); got != "kept" {
		t.Errorf("received %q, want kept", got)
	}
}

func TestUnknownProtocolNamesThoseThereAre(t *testing.T) {
	_, err := embedded.Start(context.Background(), "carrier-pigeon", embedded.Options{})
	if !errors.Is(err, driver.ErrUnsupported) {
		t.Fatalf("start: %v, want %v", err, driver.ErrUnsupported)
	}
	for _, want := range append(embedded.Protocols(), "carrier-pigeon") {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not name %q", err, want)
		}
	}
}
