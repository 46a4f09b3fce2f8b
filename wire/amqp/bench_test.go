package amqp_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/rabbitmq/amqp091-go"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/duel"
	"github.com/weft-dev/weft/wire/embedded"
)

// What users hold, wire/broker, beside the client library. The two take turns
// within one benchmark, so that what else the machine does hits both; the ratio
// is the median of all rounds: 1 is as fast as the client, 0.5 half as fast.
//
//	go test -run '^$' -bench . -benchtime 7x ./wire/amqp

const (
	batchSize = 1000
	bodySize  = 200
	turnSize  = 20 * batchSize // messages in one turn
)

// bench is both sides at one server.
type bench struct {
	*testing.B
	broker  *broker.Broker
	channel *amqp091.Channel
	host    string
	queue   string
}

func newBench(b *testing.B) *bench {
	b.Helper()
	host := duel.Host(b, "WEFT_RABBITMQ", func() string { return newBroker(b, embedded.Options{}).host() })
	opened, err := broker.Open(context.Background(), "amqp://"+host, broker.Config{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { opened.Close(context.Background()) })
	conn, err := amqp091.Dial("amqp://guest:guest@" + host + "/")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close() })
	channel, err := conn.Channel()
	if err != nil {
		b.Fatal(err)
	}
	if err := channel.Confirm(false); err != nil {
		b.Fatal(err)
	}
	x := &bench{b, opened, channel, host, duel.Address()}
	if err := opened.Create(context.Background(), x.queue, driver.AddressSpec{}); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = opened.Delete(context.Background(), x.queue) })
	return x
}

func (b *bench) purge() {
	if _, err := b.channel.QueuePurge(b.queue, false); err != nil {
		b.Fatal(err)
	}
}

func benchBatch(n int) []*driver.Message {
	batch := make([]*driver.Message, n)
	for i := range batch {
		batch[i] = &driver.Message{Body: bytes.Repeat([]byte("x"), bodySize)}
	}
	return batch
}

// clientSend is what somebody with messages in hand would do without us.
func (b *bench) clientSend(batch []*driver.Message) {
	confirms := make([]*amqp091.DeferredConfirmation, len(batch))
	for i, m := range batch {
		var err error
		confirms[i], err = b.channel.PublishWithDeferredConfirm("", b.queue, true, false, amqp091.Publishing{
			Body: m.Body, DeliveryMode: amqp091.Persistent, Timestamp: time.Now(), MessageId: "id",
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	for _, confirm := range confirms {
		if !confirm.Wait() {
			b.Fatal("not confirmed")
		}
	}
}

func BenchmarkSend(t *testing.B) {
	b := newBench(t)
	sender, err := b.broker.Sender(b.Context(), driver.SenderOptions{Address: b.queue})
	if err != nil {
		b.Fatal(err)
	}
	batch := benchBatch(batchSize)
	duel.Race(t, turnSize, func() {
		for range turnSize / batchSize {
			if err := sender.Send(b.Context(), batch...); err != nil {
				b.Fatal(err)
			}
		}
		b.purge()
	}, func() {
		for range turnSize / batchSize {
			b.clientSend(batch)
		}
		b.purge()
	})
}

// BenchmarkReceive reads and acknowledges what is in a queue, a batch at a time.
func BenchmarkReceive(t *testing.B) {
	b := newBench(t)
	batch := benchBatch(batchSize)
	fill := func() {
		for range turnSize / batchSize {
			b.clientSend(batch)
		}
	}
	duel.Run(t, turnSize, duel.Side{Before: fill, Turn: b.receiveTurn}, duel.Side{Before: fill, Turn: b.clientTurn})
}

func (b *bench) receiveTurn() {
	receiver, err := b.broker.Receiver(b.Context(), driver.ReceiverOptions{Address: b.queue})
	if err != nil {
		b.Fatal(err)
	}
	var unsettled []*driver.Message
	for got := 0; got < turnSize; {
		messages, err := receiver.Receive(b.Context(), 100)
		if err != nil {
			b.Fatal(err)
		}
		got += len(messages)
		if unsettled = append(unsettled, messages...); len(unsettled) < 100 && got < turnSize {
			continue
		}
		if err := receiver.Ack(b.Context(), unsettled...); err != nil {
			b.Fatal(err)
		}
		unsettled = unsettled[:0]
	}
	if err := receiver.Close(); err != nil {
		b.Fatal(err)
	}
}

// clientTurn does the same with the client.
func (b *bench) clientTurn() {
	if err := b.channel.Qos(1024, 0, false); err != nil {
		b.Fatal(err)
	}
	deliveries, err := b.channel.Consume(b.queue, "bench", false, false, false, false, nil)
	if err != nil {
		b.Fatal(err)
	}
	for got := 1; got <= turnSize; got++ {
		d := <-deliveries
		if got%100 > 0 && got < turnSize {
			continue
		}
		if err := d.Ack(true); err != nil {
			b.Fatal(err)
		}
	}
	if err := b.channel.Cancel("bench", false); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkRoundTrip is a message through an idle server.
func BenchmarkRoundTrip(t *testing.B) {
	b := newBench(t)
	sender, err := b.broker.Sender(b.Context(), driver.SenderOptions{Address: b.queue})
	if err != nil {
		b.Fatal(err)
	}
	receiver, err := b.broker.Receiver(b.Context(), driver.ReceiverOptions{Address: b.queue})
	if err != nil {
		b.Fatal(err)
	}
	message := benchBatch(1)[0]
	for b.Loop() {
		if err := sender.Send(b.Context(), message); err != nil {
			b.Fatal(err)
		}
		messages, err := receiver.Receive(b.Context(), 1)
		if err != nil {
			b.Fatal(err)
		}
		if err := receiver.Ack(b.Context(), messages...); err != nil {
			b.Fatal(err)
		}
	}
}
