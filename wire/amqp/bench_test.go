package amqp_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/rabbitmq/amqp091-go"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/embedded"
)

// What users hold, wire/broker, beside the client library. The two take turns
// within one benchmark, so that what else the machine does hits both; the ratio
// is of their best turns: 1 is as fast as the client, 0.5 half as fast.
//
//	go test -run '^$' -bench . -count 6 ./wire/amqp

const (
	batchSize = 1000
	bodySize  = 200
	turnSize  = 20 * batchSize // messages in one turn
)

// race lets ours and the client take turns and reports the ratio.
func race(b *testing.B, ours, client func()) {
	b.Helper()
	bestOurs, bestClient := time.Hour, time.Hour
	for b.Loop() {
		bestOurs = min(bestOurs, timed(ours))
		bestClient = min(bestClient, timed(client))
	}
	b.ReportMetric(float64(bestClient)/float64(bestOurs), "ratio")
	b.ReportMetric(float64(bestOurs.Nanoseconds())/turnSize, "driver-ns/msg")
	b.ReportMetric(float64(bestClient.Nanoseconds())/turnSize, "client-ns/msg")
	b.ReportMetric(0, "ns/op") // a turn of both says nothing
}

func timed(f func()) time.Duration {
	start := time.Now()
	f()
	return time.Since(start)
}

// bench is both sides at one server.
type bench struct {
	*testing.B
	broker  *broker.Broker
	channel *amqp091.Channel
}

func newBench(b *testing.B) *bench {
	b.Helper()
	host := newBroker(b, embedded.Options{Addresses: []string{"bench"}}).host()
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
	return &bench{b, opened, channel}
}

func (b *bench) purge() {
	if _, err := b.channel.QueuePurge("bench", false); err != nil {
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
		confirms[i], err = b.channel.PublishWithDeferredConfirm("", "bench", true, false, amqp091.Publishing{
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
	sender, err := b.broker.Sender(b.Context(), driver.SenderOptions{Address: "bench"})
	if err != nil {
		b.Fatal(err)
	}
	batch := benchBatch(batchSize)
	race(t, func() {
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
	var ours, client time.Duration
	ours, client = time.Hour, time.Hour
	for b.Loop() {
		fill()
		ours = min(ours, timed(b.receiveTurn))
		fill()
		client = min(client, timed(b.clientTurn))
	}
	b.ReportMetric(float64(client)/float64(ours), "ratio")
	b.ReportMetric(float64(ours.Nanoseconds())/turnSize, "driver-ns/msg")
	b.ReportMetric(float64(client.Nanoseconds())/turnSize, "client-ns/msg")
	b.ReportMetric(0, "ns/op")
}

func (b *bench) receiveTurn() {
	receiver, err := b.broker.Receiver(b.Context(), driver.ReceiverOptions{Address: "bench"})
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
	deliveries, err := b.channel.Consume("bench", "bench", false, false, false, false, nil)
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
	sender, err := b.broker.Sender(b.Context(), driver.SenderOptions{Address: "bench"})
	if err != nil {
		b.Fatal(err)
	}
	receiver, err := b.broker.Receiver(b.Context(), driver.ReceiverOptions{Address: "bench"})
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
