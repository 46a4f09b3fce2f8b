package amqp1_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/Azure/go-amqp"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/duel"
	"github.com/weft-dev/weft/wire/embedded"
)

// What users hold, wire/broker, beside the client library. The two take turns
// within one benchmark; the ratio is the median of all rounds: 1 is as fast as
// the client, 0.5 half as fast.
//
//	go test -run '^$' -bench . -benchtime 7x ./wire/amqp1

const (
	batchSize = 1000
	bodySize  = 200
	turnSize  = 20 * batchSize // messages in one turn
)

// bench is both sides at one server.
type bench struct {
	*testing.B
	broker  *broker.Broker
	session *amqp.Session
	sender  *amqp.Sender
}

const benchQueue = "bench"

func newBench(b *testing.B) *bench {
	b.Helper()
	host := newBroker(b, embedded.Options{}).host()
	opened, err := broker.Open(context.Background(), "amqp1://"+host, broker.Config{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { opened.Close(context.Background()) })
	conn, err := amqp.Dial(b.Context(), "amqp://"+host, &amqp.ConnOptions{SASLType: amqp.SASLTypeAnonymous()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close() })
	session, err := conn.NewSession(b.Context(), nil)
	if err != nil {
		b.Fatal(err)
	}
	sender, err := session.NewSender(b.Context(), "/queue/"+benchQueue, nil)
	if err != nil {
		b.Fatal(err)
	}
	return &bench{b, opened, session, sender}
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
	receipts := make([]amqp.SendReceipt, len(batch))
	for i, m := range batch {
		now := time.Now()
		out := amqp.NewMessage(m.Body)
		out.Header = &amqp.MessageHeader{Durable: true, Priority: 4}
		out.Properties = &amqp.MessageProperties{MessageID: "id", CreationTime: &now}
		var err error
		if receipts[i], err = b.sender.SendWithReceipt(b.Context(), out, nil); err != nil {
			b.Fatal(err)
		}
	}
	for i := range receipts {
		if state, err := receipts[i].Wait(b.Context()); err != nil {
			b.Fatal(state, err)
		}
	}
}

func (b *bench) fill() {
	batch := benchBatch(batchSize)
	for range turnSize / batchSize {
		b.clientSend(batch)
	}
}

func BenchmarkSend(t *testing.B) {
	b := newBench(t)
	sender, err := b.broker.Sender(b.Context(), driver.SenderOptions{Address: benchQueue})
	if err != nil {
		b.Fatal(err)
	}
	batch := benchBatch(batchSize)
	ours := func() {
		for range turnSize / batchSize {
			if err := sender.Send(b.Context(), batch...); err != nil {
				b.Fatal(err)
			}
		}
	}
	client := func() {
		for range turnSize / batchSize {
			b.clientSend(batch)
		}
	}
	duel.Run(t, turnSize, duel.Side{Turn: ours, After: b.clientTurn}, duel.Side{Turn: client, After: b.clientTurn})
}

// BenchmarkReceive reads and accepts what is in a queue.
func BenchmarkReceive(t *testing.B) {
	b := newBench(t)
	duel.Run(t, turnSize, duel.Side{Before: b.fill, Turn: b.receiveTurn}, duel.Side{Before: b.fill, Turn: b.clientTurn})
}

func (b *bench) receiveTurn() {
	receiver, err := b.broker.Receiver(b.Context(), driver.ReceiverOptions{Address: benchQueue})
	if err != nil {
		b.Fatal(err)
	}
	for got := 0; got < turnSize; {
		messages, err := receiver.Receive(b.Context(), 100)
		if err != nil {
			b.Fatal(err)
		}
		got += len(messages)
		if err := receiver.Ack(b.Context(), messages...); err != nil {
			b.Fatal(err)
		}
	}
	if err := receiver.Close(); err != nil {
		b.Fatal(err)
	}
}

// clientTurn does the same with the client.
func (b *bench) clientTurn() {
	receiver, err := b.session.NewReceiver(b.Context(), "/queue/"+benchQueue, &amqp.ReceiverOptions{Credit: 1024})
	if err != nil {
		b.Fatal(err)
	}
	for range turnSize {
		m, err := receiver.Receive(b.Context(), nil)
		if err != nil {
			b.Fatal(err)
		}
		if err := receiver.AcceptMessage(b.Context(), m); err != nil {
			b.Fatal(err)
		}
	}
	if err := receiver.Close(b.Context()); err != nil {
		b.Fatal(err)
	}
}
