package pulsar_test

import (
	"bytes"
	"context"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/apache/pulsar-client-go/pulsar"
	"github.com/apache/pulsar-client-go/pulsar/log"

	"github.com/weft-dev/weft/extra/pulsar/server"
	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/duel"
)

// The driver beside its own client library, as a program would use it. At
// WEFT_PULSAR, where that is set, else at our own server.
//
//	CGO_ENABLED=0 go test -tags grpcnotrace -run '^$' -bench . -count 6 ./pulsar

const (
	bodySize = 200
	turnSize = 5000 // messages in one turn
	atOnce   = 500  // messages that one call hands over
)

type rivals struct {
	broker *broker.Broker
	client pulsar.Client
	suffix string
}

func newRivals(b *testing.B) *rivals {
	b.Helper()
	host := os.Getenv("WEFT_PULSAR")
	if host == "" {
		host = start(b, server.Options{}).server.Addr()
	}
	opened, err := broker.Open(context.Background(), "pulsar://"+host, broker.Config{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = opened.Close(context.Background()) })
	client, err := pulsar.NewClient(pulsar.ClientOptions{URL: "pulsar://" + host, Logger: log.DefaultNopLogger()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(client.Close)
	return &rivals{opened, client, time.Now().Format("150405.000000")}
}

func (r *rivals) senders(b *testing.B) (*broker.Sender, pulsar.Producer) {
	sender, err := r.broker.Sender(context.Background(), driver.SenderOptions{Address: "weft" + r.suffix})
	if err != nil {
		b.Fatal(err)
	}
	producer, err := r.client.CreateProducer(pulsar.ProducerOptions{
		Topic: "library" + r.suffix, BatchingMaxPublishDelay: time.Millisecond, BatcherBuilderType: pulsar.KeyBasedBatchBuilder, SendTimeout: -1,
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(producer.Close)
	return sender, producer
}

func sendByWeft(b *testing.B, sender *broker.Sender, body []byte) {
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

func sendByLibrary(b *testing.B, producer pulsar.Producer, body []byte) {
	for range turnSize / atOnce {
		var sent sync.WaitGroup
		for range atOnce {
			sent.Add(1)
			producer.SendAsync(context.Background(), &pulsar.ProducerMessage{Payload: body}, func(_ pulsar.MessageID, _ *pulsar.ProducerMessage, err error) {
				if err != nil {
					b.Error(err)
				}
				sent.Done()
			})
		}
		sent.Wait()
	}
}

func BenchmarkSend(b *testing.B) {
	r, body := newRivals(b), bytes.Repeat([]byte("x"), bodySize)
	sender, producer := r.senders(b)
	duel.Race(b, turnSize, func() { sendByWeft(b, sender, body) }, func() { sendByLibrary(b, producer, body) })
}

// BenchmarkSendAndReceive does both, since a turn that only receives must be
// filled before.
func BenchmarkSendAndReceive(b *testing.B) {
	r, body := newRivals(b), bytes.Repeat([]byte("x"), bodySize)
	sender, producer := r.senders(b)
	receiver, err := r.broker.Receiver(context.Background(), driver.ReceiverOptions{Address: "weft" + r.suffix, Group: "bench"})
	if err != nil {
		b.Fatal(err)
	}
	consumer, err := r.client.Subscribe(pulsar.ConsumerOptions{Topic: "library" + r.suffix, SubscriptionName: "bench", Type: pulsar.KeyShared})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(consumer.Close)
	duel.Race(b, turnSize, func() {
		sendByWeft(b, sender, body)
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
		sendByLibrary(b, producer, body)
		for range turnSize {
			m, err := consumer.Receive(context.Background())
			if err == nil {
				err = consumer.Ack(m)
			}
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}
