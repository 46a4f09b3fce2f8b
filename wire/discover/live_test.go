package discover_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	_ "github.com/weft-dev/weft/wire/amqp"
	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/discover"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/embedded"
	_ "github.com/weft-dev/weft/wire/kafka"
	_ "github.com/weft-dev/weft/wire/mqtt"
	_ "github.com/weft-dev/weft/wire/nats"
	_ "github.com/weft-dev/weft/wire/redis"
	_ "github.com/weft-dev/weft/wire/sqs"
)

func TestEachServerTellsWhatItHasAndWhoReadsIt(t *testing.T) {
	t.Parallel()
	for _, protocol := range []string{"kafka", "jetstream", "redis-streams"} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			tells(t, embeddedAt(t, protocol), "orders")
		})
	}
}

// embeddedAt is the URL of an embedded server.
func embeddedAt(t *testing.T, protocol string) string {
	t.Helper()
	server, err := embedded.Start(t.Context(), protocol, embedded.Options{Partitions: 3})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return server.URL
}

func TestRealServersTellWhatTheyHaveAndWhoReadsIt(t *testing.T) {
	for protocol, variable := range map[string]string{"kafka": "WEFT_KAFKA", "jetstream": "WEFT_NATS", "redis-streams": "WEFT_REDIS"} {
		t.Run(protocol, func(t *testing.T) {
			host := os.Getenv(variable)
			if host == "" {
				t.Skip(variable + " names no server")
			}
			tells(t, protocol+"://"+host, fmt.Sprintf("discover%d", time.Now().UnixNano()))
		})
	}
}

func opened(ctx context.Context, t *testing.T, url string) *broker.Broker {
	t.Helper()
	b, err := broker.Open(ctx, url, broker.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close(context.Background()) })
	return b
}

// tells sends to an address, and fails where the server does not tell of it.
func tells(t *testing.T, url, address string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	b := opened(ctx, t, url)
	readSome(ctx, t, b, address)
	finds, err := discover.Look(ctx, b, discover.Options{Sample: 4, Patience: time.Minute, Only: func(a string) bool { return a == address }})
	if err != nil {
		t.Fatal(err)
	}
	if len(finds) != 1 {
		t.Fatalf("there are %d addresses", len(finds))
	}
	f := finds[0]
	if f.Address != address || f.Messages != 7 || f.Sampled != 4 || f.JSON != 4 || f.Short {
		t.Errorf("found %+v", f)
	}
	if len(f.Groups) != 1 || f.Groups[0].Lag != 5 {
		t.Errorf("read by %+v", f.Groups)
	}
	if err := b.Delete(ctx, address); err != nil {
		t.Error(err)
	}
}

func TestWhoTellsNothingIsListenedTo(t *testing.T) {
	t.Parallel()
	for _, protocol := range []string{"mqtt", "nats", "redis"} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			heard(t, embeddedAt(t, protocol), "door")
		})
	}
}

func TestRealServersAreListenedTo(t *testing.T) {
	for protocol, variable := range map[string]string{"mqtt": "WEFT_MOSQUITTO", "nats": "WEFT_NATS", "redis": "WEFT_REDIS"} {
		t.Run(protocol, func(t *testing.T) {
			host := os.Getenv(variable)
			if host == "" {
				t.Skip(variable + " names no server")
			}
			heard(t, protocol+"://"+host, fmt.Sprintf("discover%d", time.Now().UnixNano()))
		})
	}
}

// heard sends to an address until somebody who listens has heard of it.
func heard(t *testing.T, url, address string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	b, speaker := opened(ctx, t, url), opened(ctx, t, url)
	s, err := speaker.Sender(ctx, driver.SenderOptions{Address: address})
	if err != nil {
		t.Fatal(err)
	}
	speaking, stop := context.WithCancel(ctx)
	said := make(chan error, 1)
	go func() {
		for {
			if err := s.Send(ctx, &driver.Message{Body: []byte(`{"open":true}`)}); err != nil {
				said <- err
				return
			}
			select {
			case <-speaking.Done():
				said <- nil
				return
			case <-time.After(10 * time.Millisecond):
			}
		}
	}()
	finds, err := discover.Look(ctx, b, discover.Options{Listen: time.Minute, Enough: 1, Only: func(a string) bool { return a == address }})
	stop()
	if err := errors.Join(err, <-said); err != nil {
		t.Fatal(err)
	}
	if len(finds) != 1 || finds[0].Address != address || !finds[0].Heard || finds[0].JSON == 0 || finds[0].Messages != -1 {
		t.Errorf("heard %+v", finds)
	}
}

func TestQueuesAreCountedAndNotRead(t *testing.T) {
	t.Parallel()
	counted(t, embeddedAt(t, "sqs"), embeddedAt(t, "sns"), "jobs")
}

func TestRealQueuesAreCountedAndNotRead(t *testing.T) {
	host := os.Getenv("WEFT_SQS")
	if host == "" {
		t.Skip("WEFT_SQS names no server")
	}
	counted(t, "sqs://"+host, "sns://"+host, fmt.Sprintf("discover%d", time.Now().UnixNano()))
}

func counted(t *testing.T, queues, topics, address string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	b, news := opened(ctx, t, queues), opened(ctx, t, topics)
	opt := discover.Options{Only: func(a string) bool { return a == address }}
	s, err := b.Sender(ctx, driver.SenderOptions{Address: address, Create: &driver.AddressSpec{}})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := s.Send(ctx, &driver.Message{Body: []byte(`{}`)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := news.Create(ctx, address, driver.AddressSpec{Params: map[string]string{"subscription:1": `{"protocol":"sqs","endpoint":"` + address + `"}`}}); err != nil {
		t.Fatal(err)
	}
	finds, err := discover.Look(ctx, b, opt)
	if err != nil {
		t.Fatal(err)
	}
	if len(finds) != 1 || finds[0].Messages != 3 || finds[0].Sampled != 0 {
		t.Errorf("found %+v", finds)
	}
	finds, err = discover.Look(ctx, news, opt)
	if err != nil {
		t.Fatal(err)
	}
	if len(finds) != 1 || len(finds[0].Groups) != 1 || finds[0].Groups[0].Group != "sqs "+address {
		t.Errorf("found %+v", finds)
	}
	for _, one := range []*broker.Broker{news, b} {
		if err := one.Delete(ctx, address); err != nil {
			t.Error(err)
		}
	}
}

// readSome sends seven messages, and has a group settle two of them.
func readSome(ctx context.Context, t *testing.T, b *broker.Broker, address string) {
	t.Helper()
	s, err := b.Sender(ctx, driver.SenderOptions{Address: address, Create: &driver.AddressSpec{Partitions: 3}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 7 {
		if err := s.Send(ctx, &driver.Message{Body: fmt.Appendf(nil, `{"n":%d}`, i)}); err != nil {
			t.Fatal(err)
		}
	}
	r, err := b.Receiver(ctx, driver.ReceiverOptions{Address: address, Group: "billing", Start: driver.StartBeginning()})
	if err != nil {
		t.Fatal(err)
	}
	for got := 0; got < 2; {
		list, err := r.Receive(ctx, 2-got)
		if err != nil {
			t.Fatal(err)
		}
		got += len(list)
		if err := r.Ack(ctx, list...); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
}
