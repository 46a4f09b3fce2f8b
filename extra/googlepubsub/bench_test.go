package googlepubsub_test

import (
	"bytes"
	"context"
	"sync"
	"testing"

	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/weft-dev/weft/extra/googlepubsub/emulator"
	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/duel"
)

// The driver beside Google's own client, as programs use it: both batch what
// concurrent senders give them, and acknowledge each message.
//
//	CGO_ENABLED=0 go test -tags grpcnotrace -run '^$' -bench . -count 6 ./googlepubsub

const (
	bodySize = 200
	turnSize = 2000 // messages in one turn
	atOnce   = 1000 // messages that one call hands over
)

type rivals struct {
	broker *broker.Broker
	client *pubsub.Client
}

func newRivals(b *testing.B) *rivals {
	b.Helper()
	s := start(b, emulator.Options{})
	opened, err := broker.Open(context.Background(), "googlepubsub://"+s.server.Addr()+"/shop?subscribe=allow", broker.Config{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = opened.Close(context.Background()) })
	client, err := pubsub.NewClient(context.Background(), "shop", option.WithEndpoint(s.server.Addr()), option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { client.Close() })
	for _, topic := range []string{"weft", "library"} {
		if err := opened.Create(context.Background(), topic, driver.AddressSpec{}); err != nil {
			b.Fatal(err)
		}
	}
	_, err = client.SubscriptionAdminClient.CreateSubscription(context.Background(), &pubsubpb.Subscription{
		Name: "projects/shop/subscriptions/library", Topic: "projects/shop/topics/library",
	})
	if err != nil {
		b.Fatal(err)
	}
	return &rivals{opened, client}
}

func (r *rivals) sendByWeft(b *testing.B, sender *broker.Sender, body []byte) {
	for range turnSize / atOnce {
		messages := make([]*driver.Message, atOnce)
		for i := range messages {
			messages[i] = &driver.Message{Body: body}
		}
		if err := sender.Send(context.Background(), messages...); err != nil {
			b.Fatal(err)
		}
	}
}

func (r *rivals) sendByGoogle(b *testing.B, publisher *pubsub.Publisher, body []byte) {
	results := make([]*pubsub.PublishResult, turnSize)
	for i := range results {
		results[i] = publisher.Publish(context.Background(), &pubsub.Message{Data: body})
	}
	for _, result := range results {
		if _, err := result.Get(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
}

func (r *rivals) sender(b *testing.B) *broker.Sender {
	sender, err := r.broker.Sender(context.Background(), driver.SenderOptions{Address: "weft"})
	if err != nil {
		b.Fatal(err)
	}
	return sender
}

func BenchmarkSend(b *testing.B) {
	r, body := newRivals(b), bytes.Repeat([]byte("x"), bodySize)
	sender, publisher := r.sender(b), r.client.Publisher("library")
	defer publisher.Stop()
	duel.Race(b, turnSize, func() { r.sendByWeft(b, sender, body) }, func() { r.sendByGoogle(b, publisher, body) })
}

// BenchmarkSendAndReceive sends and receives, since a turn that only receives must be
// filled before.
func BenchmarkSendAndReceive(b *testing.B) {
	r, body := newRivals(b), bytes.Repeat([]byte("x"), bodySize)
	sender, publisher := r.sender(b), r.client.Publisher("library")
	defer publisher.Stop()
	receiver, err := r.broker.Receiver(context.Background(), driver.ReceiverOptions{Address: "weft", Group: "bench"})
	if err != nil {
		b.Fatal(err)
	}
	got := make(chan struct{}, turnSize)
	ctx, stop := context.WithCancel(context.Background())
	var receiving sync.WaitGroup
	receiving.Go(func() {
		_ = r.client.Subscriber("library").Receive(ctx, func(_ context.Context, m *pubsub.Message) {
			m.Ack()
			got <- struct{}{}
		})
	})
	defer receiving.Wait()
	defer stop()
	duel.Race(b, turnSize, func() {
		r.sendByWeft(b, sender, body)
		for n := 0; n < turnSize; {
			messages, err := receiver.Receive(context.Background(), 0)
			if err == nil {
				err = receiver.Ack(context.Background(), messages...)
			}
			if err != nil {
				b.Fatal(err)
			}
			n += len(messages)
		}
	}, func() {
		r.sendByGoogle(b, publisher, body)
		for range turnSize {
			<-got
		}
	})
}
