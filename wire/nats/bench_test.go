package nats_test

import (
	"bytes"
	"context"
	"strconv"
	"testing"
	"time"

	client "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
	"github.com/weft-dev/weft/wire/duel"
	"github.com/weft-dev/weft/wire/embedded"
	"github.com/weft-dev/weft/wire/nats"
)

// The driver, through wire/broker, beside its own client library. The two take
// turns within one benchmark, so that what else the machine does hits both; the
// ratio is the median of all rounds: 1 is as fast as the client, 0.5 half as fast.
//
//	go test -run '^$' -bench . -benchtime 7x ./wire/nats

const (
	batchSize = 1000
	bodySize  = 200
	turnSize  = 50 * batchSize // messages in one turn
)

// bench is what one benchmark has: a broker, and the client beside it.
type bench struct {
	*testing.B
	broker  *broker.Broker
	nc      *client.Conn
	js      jetstream.JetStream
	host    string
	subject string
}

func newBench(b *testing.B, protocol string) *bench {
	b.Helper()
	host := duel.Host(b, "WEFT_NATS", func() string { return newServer(b, embedded.Options{}).host })
	opened, err := broker.Open(context.Background(), protocol+"://"+host, broker.Config{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = opened.Close(context.Background()) })
	subject := duel.Address()
	if protocol == nats.JetStream {
		if err := opened.Create(context.Background(), subject, driver.AddressSpec{Params: map[string]string{"stream": subject}}); err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = opened.Delete(context.Background(), subject) })
	}
	nc, err := client.Connect("nats://" + host)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(nc.Close)
	js, err := jetstream.New(nc, jetstream.WithPublishAsyncMaxPending(32<<10))
	if err != nil {
		b.Fatal(err)
	}
	return &bench{B: b, broker: opened, nc: nc, js: js, host: host, subject: subject}
}

func (b *bench) ok(err error) {
	b.Helper()
	if err != nil {
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

func (b *bench) sender() *broker.Sender {
	s, err := b.broker.Sender(context.Background(), driver.SenderOptions{Address: b.subject})
	b.ok(err)
	return s
}

func (b *bench) send(s *broker.Sender, batch []*driver.Message) {
	for range turnSize / len(batch) {
		b.ok(s.Send(context.Background(), batch...))
	}
}

func BenchmarkSendNATS(b *testing.B) {
	x := newBench(b, nats.Core)
	s, batch := x.sender(), benchBatch(batchSize)
	duel.Race(b, turnSize, func() { x.send(s, batch) }, func() {
		for range turnSize / batchSize {
			for _, m := range batch {
				x.ok(x.nc.Publish(x.subject, m.Body))
			}
			x.ok(x.nc.Flush())
		}
	})
}

// BenchmarkSendJetStream gives each message of the client an id too: without it
// nobody can send again what was not confirmed.
func BenchmarkSendJetStream(b *testing.B) {
	x := newBench(b, nats.JetStream)
	s, batch := x.sender(), benchBatch(batchSize)
	id := 0
	duel.Race(b, turnSize, func() { x.send(s, batch) }, func() {
		for range turnSize / batchSize {
			futures := make([]jetstream.PubAckFuture, len(batch))
			for i, m := range batch {
				id++
				future, err := x.js.PublishAsync(x.subject, m.Body, jetstream.WithMsgID(strconv.Itoa(id)))
				x.ok(err)
				futures[i] = future
			}
			for _, future := range futures {
				select {
				case <-future.Ok():
				case err := <-future.Err():
					x.Fatal(err)
				}
			}
		}
	})
}

// BenchmarkReceiveNATS listens while somebody else sends.
func BenchmarkReceiveNATS(b *testing.B) {
	x := newBench(b, nats.Core)
	batch := benchBatch(batchSize)
	publish := func() {
		for range turnSize / batchSize {
			for _, m := range batch {
				x.ok(x.nc.Publish(x.subject, m.Body))
			}
		}
		x.ok(x.nc.Flush())
	}
	own, err := client.Connect(x.nc.ConnectedUrl())
	x.ok(err)
	b.Cleanup(own.Close)
	duel.Race(b, turnSize, func() {
		r, err := x.broker.Receiver(context.Background(), driver.ReceiverOptions{Address: x.subject})
		x.ok(err)
		publish()
		x.receive(r, false)
	}, func() {
		sub, err := own.SubscribeSync(x.subject)
		x.ok(err)
		x.ok(own.Flush())
		publish()
		for range turnSize {
			_, err := sub.NextMsg(10 * time.Second)
			x.ok(err)
		}
		x.ok(sub.Unsubscribe())
	})
}

func (b *bench) receive(r *broker.Receiver, settles bool) {
	for got := 0; got < turnSize; {
		messages, err := r.Receive(context.Background(), batchSize)
		b.ok(err)
		got += len(messages)
		if settles {
			b.ok(r.Ack(context.Background(), messages...))
		}
	}
	b.ok(r.Close())
}

func BenchmarkReceiveJetStream(b *testing.B) {
	for name, group := range map[string]string{"alone": "", "in a group, settling": "group"} {
		b.Run(name, func(b *testing.B) {
			x := newBench(b, nats.JetStream)
			x.send(x.sender(), benchBatch(batchSize))
			turn, other := 0, 0 // each its own: who begins changes
			duel.Race(b, turnSize, func() {
				turn++
				opts := driver.ReceiverOptions{Address: x.subject, Start: driver.StartBeginning()}
				if group != "" {
					opts.Group = group + strconv.Itoa(turn)
				}
				r, err := x.broker.Receiver(context.Background(), opts)
				x.ok(err)
				x.receive(r, group != "")
			}, func() {
				other++
				x.consume(group, other)
			})
		})
	}
}

// consume does the same with the client.
func (b *bench) consume(group string, turn int) {
	config := jetstream.ConsumerConfig{AckPolicy: jetstream.AckNonePolicy, MemoryStorage: true}
	if group != "" {
		config = jetstream.ConsumerConfig{Durable: "client-" + strconv.Itoa(turn), AckPolicy: jetstream.AckExplicitPolicy, MaxAckPending: -1}
	}
	consumer, err := b.js.CreateConsumer(context.Background(), b.subject, config)
	b.ok(err)
	done := make(chan struct{})
	got := 0
	consuming, err := consumer.Consume(func(m jetstream.Msg) {
		if group != "" {
			b.ok(m.Ack())
		}
		if got++; got == turnSize {
			close(done)
		}
	}, jetstream.PullMaxMessages(batchSize))
	b.ok(err)
	<-done
	consuming.Stop()
}

// TestIdleServerAnswersSoon guards against waits for a poll: a message must
// arrive when it is sent. The bound is wide of the usual tenth of a
// millisecond.
func TestIdleServerAnswersSoon(t *testing.T) {
	s := newServer(t, embedded.Options{Addresses: []string{"idle"}})
	for protocol := range drivers {
		c := connect(t, protocol, s.host)
		for _, group := range []string{"", "group"} {
			r := openReceiver(t, c, driver.ReceiverOptions{Address: "idle", Group: group})
			drivertest.Prompt(t, 20*time.Millisecond, func() {
				send(t, c, driver.SenderOptions{Address: "idle"}, texts("a")...)
				receive(t, r, 1)
			})
		}
	}
}
