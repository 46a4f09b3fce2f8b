package kafka_test

import (
	"bytes"
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/embedded"
	"github.com/weft-dev/weft/wire/kafka"
)

// The driver beside its own client library. The two take turns within one
// benchmark, so that what else the machine does hits both; the ratio is of
// their best turns: 1 is as fast as the client, 0.5 half as fast.
//
//	go test -run '^$' -bench . -count 6 ./wire/kafka

const (
	batchSize = 1000
	bodySize  = 200
	turnSize  = 50 * batchSize // messages in one turn
)

// race lets the driver and the client take turns and reports the ratio.
func race(b *testing.B, driver, client func()) {
	b.Helper()
	bestDriver, bestClient := time.Hour, time.Hour
	for b.Loop() {
		bestDriver = min(bestDriver, timed(driver))
		bestClient = min(bestClient, timed(client))
	}
	b.ReportMetric(float64(bestClient)/float64(bestDriver), "ratio")
	b.ReportMetric(float64(bestDriver.Nanoseconds())/turnSize, "driver-ns/msg")
	b.ReportMetric(float64(bestClient.Nanoseconds())/turnSize, "client-ns/msg")
	b.ReportMetric(0, "ns/op") // a turn of both says nothing
}

func timed(f func()) time.Duration {
	start := time.Now()
	f()
	return time.Since(start)
}

func benchConn(b *testing.B) (driver.Conn, string) {
	b.Helper()
	broker := newBroker(b, embedded.Options{Addresses: []string{"bench"}, Partitions: 1})
	conn, err := kafka.Driver{}.Connect(context.Background(), server(broker.host()))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close() })
	return conn, broker.host()
}

func benchSender(b *testing.B, conn driver.Conn) driver.Sender {
	b.Helper()
	sender, err := conn.OpenSender(context.Background(), driver.SenderOptions{Address: "bench"})
	if err != nil {
		b.Fatal(err)
	}
	return sender
}

func benchBatch(n int) []*driver.Message {
	batch := make([]*driver.Message, n)
	for i := range batch {
		batch[i] = &driver.Message{Key: []byte("key"), Body: bytes.Repeat([]byte("x"), bodySize)}
	}
	return batch
}

func BenchmarkSend(b *testing.B) {
	conn, host := benchConn(b)
	sender, batch := benchSender(b, conn), benchBatch(batchSize)
	client := benchClient(b, host)
	race(b, func() {
		for range turnSize / batchSize {
			if err := sender.Send(b.Context(), batch); err != nil {
				b.Fatal(err)
			}
		}
	}, func() {
		for range turnSize / batchSize {
			if err := client.ProduceSync(b.Context(), benchRecords(batch)...).FirstErr(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// benchRecords is what somebody with messages in hand would do without the driver.
func benchRecords(batch []*driver.Message) []*kgo.Record {
	records := make([]*kgo.Record, len(batch))
	for i, m := range batch {
		records[i] = &kgo.Record{Topic: "bench", Key: m.Key, Value: m.Body}
	}
	return records
}

// benchClient is the client library with the settings of the driver.
func benchClient(b *testing.B, host string) *kgo.Client {
	b.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(host), kgo.ProducerLinger(0),
		kgo.ProducerBatchCompression(kgo.NoCompression()), kgo.DisableClientMetrics())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(client.Close)
	return client
}

// fill stores at least n messages before a receiver is measured.
func fill(b *testing.B, conn driver.Conn, n int) {
	b.Helper()
	sender, batch := benchSender(b, conn), benchBatch(batchSize)
	for sent := 0; sent < n; sent += batchSize {
		if err := sender.Send(context.Background(), batch); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReceive(b *testing.B) {
	for name, group := range map[string]string{"alone": "", "in a group, settling": "group"} {
		b.Run(name, func(b *testing.B) {
			conn, host := benchConn(b)
			fill(b, conn, turnSize)
			turn := 0
			race(b, func() {
				turn++
				receiveTurn(b, conn, group, turn)
			}, func() {
				clientTurn(b, host, group, turn)
			})
		})
	}
}

// receiveTurn reads all there is; each turn in a group of its own.
func receiveTurn(b *testing.B, conn driver.Conn, group string, turn int) {
	opts := driver.ReceiverOptions{Address: "bench", Start: driver.StartBeginning()}
	if group != "" {
		opts.Group = group + strconv.Itoa(turn)
	}
	receiver, err := conn.OpenReceiver(b.Context(), opts)
	if err != nil {
		b.Fatal(err)
	}
	for got := 0; got < turnSize; {
		messages, err := receiver.Receive(b.Context(), batchSize)
		if err != nil {
			b.Fatal(err)
		}
		got += len(messages)
		if group == "" {
			continue
		}
		if err := receiver.Settle(b.Context(), driver.Settle(driver.Ack, messages...)); err != nil {
			b.Fatal(err)
		}
	}
	if err := receiver.Close(); err != nil {
		b.Fatal(err)
	}
}

// clientTurn does the same with the client, which commits by itself.
func clientTurn(b *testing.B, host, group string, turn int) {
	opts := []kgo.Opt{
		kgo.SeedBrokers(host), kgo.DisableClientMetrics(), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumeTopics("bench"), kgo.ConsumeStartOffset(kgo.NewOffset().AtStart()),
	}
	if group != "" {
		opts = append(opts, kgo.ConsumerGroup("client-"+group+strconv.Itoa(turn)))
	}
	client, err := kgo.NewClient(opts...)
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	for got := 0; got < turnSize; {
		fetches := client.PollRecords(b.Context(), batchSize)
		if err := fetches.Err0(); err != nil {
			b.Fatal(err)
		}
		got += fetches.NumRecords()
	}
}

// BenchmarkRoundTrip is a request and its reply through an idle broker.
func BenchmarkRoundTrip(b *testing.B) {
	conn, _ := benchConn(b)
	sender := benchSender(b, conn)
	receiver, err := conn.OpenReceiver(b.Context(), driver.ReceiverOptions{Address: "bench"})
	if err != nil {
		b.Fatal(err)
	}
	message := benchBatch(1)
	for b.Loop() {
		if err := sender.Send(b.Context(), message); err != nil {
			b.Fatal(err)
		}
		if _, err := receiver.Receive(b.Context(), 1); err != nil {
			b.Fatal(err)
		}
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
		best := time.Hour
		for range 6 {
			time.Sleep(30 * time.Millisecond) // idle
			start := time.Now()
			if err := sender.Send(t.Context(), []*driver.Message{{Body: []byte("a")}}); err != nil {
				t.Fatal(err)
			}
			if _, err := receiver.Receive(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
			best = min(best, time.Since(start))
		}
		if best > 20*time.Millisecond {
			t.Errorf("group %q: a message took %v at best, want a few milliseconds", group, best)
		}
	}
}
