package discover_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/discover"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/embedded"
	_ "github.com/weft-dev/weft/wire/amqp"
	_ "github.com/weft-dev/weft/wire/kafka"
	_ "github.com/weft-dev/weft/wire/mqtt"
	_ "github.com/weft-dev/weft/wire/nats"
	_ "github.com/weft-dev/weft/wire/redis"
	_ "github.com/weft-dev/weft/wire/sqs"
)

func TestEachServerTellsWhatItHasAndWhoReadsIt(t *testing.T) {
	t.Parallel()
	for protocol, scheme := range map[string]string{"kafka": "kafka", "jetstream": "jetstream", "redis-streams": "redis-streams"} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			server, err := embedded.Start(ctx, protocol, embedded.Options{Partitions: 3})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = server.Close() })
			b, err := broker.Open(ctx, server.URL, broker.Config{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = b.Close(context.Background()) })
			if b.Protocol() != scheme {
				t.Fatalf("the server is at %s", b.Server())
			}
			readSome(ctx, t, b)
			finds, err := discover.Look(ctx, b, discover.Options{Sample: 4, Patience: time.Minute})
			if err != nil {
				t.Fatal(err)
			}
			if len(finds) != 1 {
				t.Fatalf("there are %d addresses", len(finds))
			}
			f := finds[0]
			if f.Address != "orders" || f.Messages != 7 || f.Sampled != 4 || f.JSON != 4 || f.Short {
				t.Errorf("found %+v", f)
			}
			if len(f.Groups) != 1 || f.Groups[0].Lag != 5 {
				t.Errorf("read by %+v", f.Groups)
			}
		})
	}
}

// readSome sends seven messages, and has a group settle two of them.
func readSome(ctx context.Context, t *testing.T, b *broker.Broker) {
	t.Helper()
	s, err := b.Sender(ctx, driver.SenderOptions{Address: "orders", Create: &driver.AddressSpec{Partitions: 3}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 7 {
		if err := s.Send(ctx, &driver.Message{Body: fmt.Appendf(nil, `{"n":%d}`, i)}); err != nil {
			t.Fatal(err)
		}
	}
	r, err := b.Receiver(ctx, driver.ReceiverOptions{Address: "orders", Group: "billing", Start: driver.StartBeginning()})
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
