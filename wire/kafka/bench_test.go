package kafka_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strconv"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
	"github.com/weft-dev/weft/wire/duel"
	"github.com/weft-dev/weft/wire/embedded"
	"github.com/weft-dev/weft/wire/endpoint"
	"github.com/weft-dev/weft/wire/kafka"
)

// What users hold, wire/broker, beside the client library, at the embedded
// server or, with WEFT_KAFKA=host:port, at that one.
//
//	go test -run '^$' -bench . -benchtime 7x ./wire/kafka

const (
	batchSize = 1000
	bodySize  = 200
	turnSize  = 50 * batchSize // messages in one turn
)

// bench is both sides at one server, with a topic of its own.
type bench struct {
	*testing.B
	host, topic string
	broker      *broker.Broker
}

// newBench opens the server, with a new topic.
func newBench(b *testing.B) *bench {
	b.Helper()
	host := duel.Host(b, "WEFT_KAFKA", func() string { return newBroker(b, embedded.Options{}).host() })
	opened, err := broker.Open(context.Background(), "kafka://"+host, broker.Config{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = opened.Close(context.Background()) })
	x := &bench{b, host, duel.Address(), opened}
	x.ok(opened.Create(context.Background(), x.topic, driver.AddressSpec{Partitions: 1}))
	b.Cleanup(func() { _ = opened.Delete(context.Background(), x.topic) })
	return x
}

func (b *bench) ok(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func (b *bench) sender() *broker.Sender {
	sender, err := b.broker.Sender(context.Background(), driver.SenderOptions{Address: b.topic})
	b.ok(err)
	return sender
}

func benchBatch(n int) []*driver.Message {
	batch := make([]*driver.Message, n)
	for i := range batch {
		batch[i] = &driver.Message{Key: []byte("key"), Body: bytes.Repeat([]byte("x"), bodySize)}
	}
	return batch
}

func BenchmarkSend(t *testing.B) {
	b := newBench(t)
	sender, batch, client := b.sender(), benchBatch(batchSize), b.client()
	duel.Race(b.B, turnSize, func() { b.send(sender, batch) }, func() {
		for range turnSize / batchSize {
			b.ok(client.ProduceSync(context.Background(), b.records(batch)...).FirstErr())
		}
	})
}

// BenchmarkSendJSON encodes and validates, beside the client that sends bytes it
// has, and beside one that encodes orders of a type of its own and judges nothing.
func BenchmarkSendJSON(t *testing.B) {
	t.Run("bytes", func(t *testing.B) {
		benchSendJSON(t, func(b *bench, bodies [][]byte) []*kgo.Record {
			records := make([]*kgo.Record, len(bodies))
			for i, body := range bodies {
				records[i] = &kgo.Record{Topic: b.topic, Value: body}
			}
			return records
		})
	})
	t.Run("encoding", func(t *testing.B) {
		var orders []duel.Native
		benchSendJSON(t, func(b *bench, bodies [][]byte) []*kgo.Record {
			if orders == nil {
				orders = duel.Natives(b.B, bodies)
			}
			records := make([]*kgo.Record, len(orders))
			for i := range orders {
				body, err := json.Marshal(&orders[i])
				b.ok(err)
				records[i] = &kgo.Record{Topic: b.topic, Value: body}
			}
			return records
		})
	})
}

func benchSendJSON(t *testing.B, records func(*bench, [][]byte) []*kgo.Record) {
	b := newBench(t)
	payloads, bodies := duel.Orders(b.B, batchSize)
	client := b.client()
	ours := duel.NewContract(b.B, "kafka://"+b.host, b.topic).Sender(b.B, payloads, turnSize/batchSize)
	duel.Race(b.B, turnSize, ours, func() {
		for range turnSize / batchSize {
			b.ok(client.ProduceSync(context.Background(), records(b, bodies)...).FirstErr())
		}
	})
}

func (b *bench) send(sender *broker.Sender, batch []*driver.Message) {
	for range turnSize / batchSize {
		b.ok(sender.Send(context.Background(), batch...))
	}
}

// records is what somebody with messages in hand would do without the driver.
func (b *bench) records(batch []*driver.Message) []*kgo.Record {
	records := make([]*kgo.Record, len(batch))
	for i, m := range batch {
		records[i] = &kgo.Record{Topic: b.topic, Key: m.Key, Value: m.Body}
	}
	return records
}

// client is the client library with the settings of the driver.
func (b *bench) client() *kgo.Client {
	client, err := kgo.NewClient(kgo.SeedBrokers(b.host), kgo.ProducerLinger(0),
		kgo.ProducerBatchCompression(kgo.NoCompression()), kgo.DisableClientMetrics())
	b.ok(err)
	b.Cleanup(client.Close)
	return client
}

// BenchmarkReceive reads what is stored. Opening and leaving are not measured
// on either side; who is in a group settles.
func BenchmarkReceive(b *testing.B) {
	for name, group := range map[string]string{"alone": "", "group": "group"} {
		b.Run(name, func(b *testing.B) {
			x := newBench(b)
			x.send(x.sender(), benchBatch(batchSize))
			duel.Run(b, turnSize, x.receiver(group), x.clientReceiver(group, nil))
		})
	}
}

// receiver reads all there is; each turn in a group of its own.
func (b *bench) receiver(group string) duel.Side {
	var receiver *broker.Receiver
	turn := 0
	return duel.Side{
		Before: func() {
			turn++
			opts := driver.ReceiverOptions{Address: b.topic, Start: driver.StartBeginning()}
			if group != "" {
				opts.Group = b.topic + group + strconv.Itoa(turn)
			}
			var err error
			receiver, err = b.broker.Receiver(context.Background(), opts)
			b.ok(err)
		},
		Turn: func() {
			for got := 0; got < turnSize; {
				messages, err := receiver.Receive(context.Background(), batchSize)
				b.ok(err)
				got += len(messages)
				if group != "" {
					b.ok(receiver.Ack(context.Background(), messages...))
				}
			}
		},
		After: func() { b.ok(receiver.Close()) },
	}
}

// clientReceiver does the same with the client, and hands each record to
// somebody, if there is one. In a group it promises as much: what was processed
// is marked, and committed soon after; left alone the client commits every five
// seconds, which no turn lasts, and a crash would repeat as much.
func (b *bench) clientReceiver(group string, each func(*kgo.Record)) duel.Side {
	var client *kgo.Client
	turn := 0
	return duel.Side{
		Before: func() {
			turn++
			opts := []kgo.Opt{
				kgo.SeedBrokers(b.host), kgo.DisableClientMetrics(), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
				kgo.ConsumeTopics(b.topic), kgo.ConsumeStartOffset(kgo.NewOffset().AtStart()),
			}
			if group != "" {
				opts = append(opts, kgo.ConsumerGroup("client-"+b.topic+group+strconv.Itoa(turn)),
					kgo.AutoCommitMarks(), kgo.AutoCommitInterval(100*time.Millisecond), kgo.BlockRebalanceOnPoll())
			}
			var err error
			client, err = kgo.NewClient(opts...)
			b.ok(err)
		},
		Turn: func() {
			for got := 0; got < turnSize; {
				fetches := client.PollRecords(context.Background(), batchSize)
				b.ok(fetches.Err0())
				got += fetches.NumRecords()
				if each != nil {
					fetches.EachRecord(each)
				}
				if group != "" {
					client.MarkCommitRecords(fetches.Records()...)
					client.AllowRebalance()
				}
			}
		},
		After: func() { client.Close() },
	}
}

// BenchmarkReceiveJSON decodes and validates, beside the client that only reads,
// and beside one that decodes orders into a type of its own and judges nothing.
func BenchmarkReceiveJSON(t *testing.B) {
	t.Run("bytes", func(t *testing.B) { benchReceiveJSON(t, nil) })
	t.Run("encoding", func(t *testing.B) {
		benchReceiveJSON(t, func(record *kgo.Record) {
			var order duel.Native
			if err := json.Unmarshal(record.Value, &order); err != nil {
				t.Fatal(err)
			}
		})
	})
}

func benchReceiveJSON(t *testing.B, each func(*kgo.Record)) {
	b := newBench(t)
	payloads, _ := duel.Orders(b.B, batchSize)
	contract := duel.NewContract(b.B, "kafka://"+b.host, b.topic)
	contract.Sender(b.B, payloads, turnSize/batchSize)()
	var receiver *endpoint.Receiver
	turn := 0
	duel.Run(b.B, turnSize, duel.Side{
		Before: func() {
			turn++
			receiver = contract.Receiver(b.B, b.topic+"json"+strconv.Itoa(turn), driver.StartBeginning())
		},
		Turn:  func() { duel.Receive(b.B, receiver, turnSize, batchSize) },
		After: func() { b.ok(receiver.Close()) },
	}, b.clientReceiver("group", each))
}

// BenchmarkRoundTrip is a request and its reply through an idle broker.
func BenchmarkRoundTrip(t *testing.B) {
	b := newBench(t)
	sender := b.sender()
	receiver, err := b.broker.Receiver(context.Background(), driver.ReceiverOptions{Address: b.topic})
	b.ok(err)
	message := benchBatch(1)
	for b.Loop() {
		b.ok(sender.Send(context.Background(), message...))
		_, err := receiver.Receive(context.Background(), 1)
		b.ok(err)
	}
}

// TestIdleBrokerAnswersSoon guards against waits for a poll: a message must
// arrive when it is sent, not when the next poll begins. The bound is wide of
// the usual half millisecond, and far below any poll's interval.
func TestIdleBrokerAnswersSoon(t *testing.T) {
	b := newBroker(t, embedded.Options{Addresses: []string{"idle"}})
	conn, err := kafka.Driver{}.Connect(t.Context(), server(b.host()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	sender, err := conn.OpenSender(t.Context(), driver.SenderOptions{Address: "idle"})
	if err != nil {
		t.Fatal(err)
	}
	for _, group := range []string{"", "group"} {
		receiver, err := conn.OpenReceiver(t.Context(), driver.ReceiverOptions{Address: "idle", Group: group})
		if err != nil {
			t.Fatal(err)
		}
		drivertest.Prompt(t, 20*time.Millisecond, func() {
			if err := sender.Send(t.Context(), []*driver.Message{{Body: []byte("a")}}); err != nil {
				t.Fatal(err)
			}
			if _, err := receiver.Receive(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
		})
	}
}
