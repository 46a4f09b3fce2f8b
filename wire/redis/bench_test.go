package redis_test

import (
	"bytes"
	"context"
	"os"
	"strconv"
	"testing"

	goredis "github.com/redis/go-redis/v9"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/duel"
	"github.com/weft-dev/weft/wire/redis"
)

// The driver, under wire/broker, beside its own client library. The two take
// turns within one benchmark, so that what else the machine does hits both; the
// ratio is the median of all rounds: 1 is as fast as the client, 0.5 half as fast.
// They run against a real server: the embedded one would be what is measured.
// The client has bodies as strings; it makes bytes of them, which is what they
// are here and what other protocols' clients give.
//
//	WEFT_REDIS=127.0.0.1:6379 go test -run '^$' -bench . -benchtime 7x ./wire/redis

const (
	benchBatch = 500
	benchTurn  = 100 * benchBatch // messages in one turn
)

// bench opens the real server with the driver and with the client.
func bench(b *testing.B, d redis.Driver, address string) (*broker.Broker, *goredis.Client) {
	b.Helper()
	host := os.Getenv("WEFT_REDIS")
	if host == "" {
		b.Skip("no real Redis: set WEFT_REDIS=host:port")
	}
	opened, err := broker.Open(context.Background(), d.Protocols()[0]+"://"+host, broker.Config{})
	if err != nil {
		b.Fatal(err)
	}
	client := goredis.NewClient(&goredis.Options{Addr: host, Protocol: 2, DisableIdentity: true})
	b.Cleanup(func() {
		client.Del(context.Background(), address)
		_ = opened.Close(context.Background())
		_ = client.Close()
	})
	client.Del(b.Context(), address)
	return opened, client
}

func benchSender(b *testing.B, opened *broker.Broker, address string) *broker.Sender {
	b.Helper()
	sender, err := opened.Sender(context.Background(), driver.SenderOptions{Address: address, Create: &driver.AddressSpec{}})
	if err != nil {
		b.Fatal(err)
	}
	return sender
}

func benchMessages() []*driver.Message {
	batch := make([]*driver.Message, benchBatch)
	for i := range batch {
		batch[i] = &driver.Message{Body: bytes.Repeat([]byte("x"), 200)}
	}
	return batch
}

// sendTurn sends a turn's messages in batches.
func sendTurn(b *testing.B, sender *broker.Sender, batch []*driver.Message) {
	for range benchTurn / benchBatch {
		if err := sender.Send(b.Context(), batch...); err != nil {
			b.Fatal(err)
		}
	}
}

// pipeline is the same with the client.
func pipeline(b *testing.B, client *goredis.Client, batch []*driver.Message, add func(goredis.Pipeliner, *driver.Message)) {
	for range benchTurn / benchBatch {
		p := client.Pipeline()
		for _, m := range batch {
			add(p, m)
		}
		if _, err := p.Exec(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPublish(b *testing.B) {
	const address = "weft.bench.channel"
	opened, client := bench(b, channels, address)
	sender, batch := benchSender(b, opened, address), benchMessages()
	duel.Race(b, benchTurn, func() { sendTurn(b, sender, batch) }, func() {
		pipeline(b, client, batch, func(p goredis.Pipeliner, m *driver.Message) { p.Publish(b.Context(), address, m.Body) })
	})
}

func BenchmarkAdd(b *testing.B) {
	const address = "weft.bench.stream"
	opened, client := bench(b, streams, address)
	sender, batch := benchSender(b, opened, address), benchMessages()
	duel.Race(b, benchTurn, func() { sendTurn(b, sender, batch) }, func() {
		pipeline(b, client, batch, func(p goredis.Pipeliner, m *driver.Message) {
			p.XAdd(b.Context(), &goredis.XAddArgs{Stream: address, Values: []any{"body", m.Body}})
		})
	})
}

// BenchmarkSubscribe measures what arrives while somebody publishes.
func BenchmarkSubscribe(b *testing.B) {
	const address = "weft.bench.subscribe"
	opened, client := bench(b, channels, address)
	batch := benchMessages()
	publish := func() {
		pipeline(b, client, batch, func(p goredis.Pipeliner, m *driver.Message) { p.Publish(b.Context(), address, m.Body) })
	}
	duel.Race(b, benchTurn, func() {
		receiver, err := opened.Receiver(b.Context(), driver.ReceiverOptions{Address: address})
		if err != nil {
			b.Fatal(err)
		}
		defer receiver.Close()
		go publish()
		count(b, receiver, false)
	}, func() {
		subscription := client.Subscribe(b.Context(), address)
		defer subscription.Close()
		if _, err := subscription.Receive(b.Context()); err != nil {
			b.Fatal(err)
		}
		go publish()
		for range benchTurn {
			m, err := subscription.ReceiveMessage(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			benchBody(b, []byte(m.Payload))
		}
	})
}

// benchBody is what becomes of a body that the client has received.
func benchBody(b *testing.B, body []byte) {
	if len(body) != 200 {
		b.Fatalf("a body of %d bytes", len(body))
	}
}

// count receives a turn's messages, and settles them if it should.
func count(b *testing.B, receiver *broker.Receiver, settle bool) {
	for got := 0; got < benchTurn; {
		messages, err := receiver.Receive(b.Context(), benchBatch)
		if err != nil {
			b.Fatal(err)
		}
		got += len(messages)
		if !settle {
			continue
		}
		if err := receiver.Ack(b.Context(), messages...); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	const address = "weft.bench.read"
	opened, client := bench(b, streams, address)
	sendTurn(b, benchSender(b, opened, address), benchMessages())
	duel.Race(b, benchTurn, func() {
		receiver, err := opened.Receiver(b.Context(), driver.ReceiverOptions{Address: address, Start: driver.StartBeginning()})
		if err != nil {
			b.Fatal(err)
		}
		defer receiver.Close()
		count(b, receiver, false)
	}, func() {
		last := "0-0"
		for got := 0; got < benchTurn; {
			read, err := client.XRead(b.Context(), &goredis.XReadArgs{Streams: []string{address, last}, Count: benchBatch}).Result()
			if err != nil {
				b.Fatal(err)
			}
			for _, m := range read[0].Messages {
				benchBody(b, []byte(m.Values["body"].(string)))
			}
			got += len(read[0].Messages)
			last = read[0].Messages[len(read[0].Messages)-1].ID
		}
	})
}

func BenchmarkReadInGroup(b *testing.B) {
	const address = "weft.bench.group"
	opened, client := bench(b, streams, address)
	sendTurn(b, benchSender(b, opened, address), benchMessages())
	turn, clientTurn := 0, 0 // who begins changes
	duel.Race(b, benchTurn, func() {
		turn++
		receiver, err := opened.Receiver(b.Context(), driver.ReceiverOptions{
			Address: address, Group: "driver" + strconv.Itoa(turn), Start: driver.StartBeginning(),
		})
		if err != nil {
			b.Fatal(err)
		}
		defer receiver.Close()
		count(b, receiver, true)
	}, func() {
		clientTurn++
		groupTurn(b, client, address, "client"+strconv.Itoa(clientTurn))
	})
}

// groupTurn reads and acknowledges with the client, a batch at a time.
func groupTurn(b *testing.B, client *goredis.Client, address, group string) {
	if err := client.XGroupCreate(b.Context(), address, group, "0").Err(); err != nil {
		b.Fatal(err)
	}
	for got := 0; got < benchTurn; {
		read, err := client.XReadGroup(b.Context(), &goredis.XReadGroupArgs{
			Group: group, Consumer: "c", Streams: []string{address, ">"}, Count: benchBatch,
		}).Result()
		if err != nil {
			b.Fatal(err)
		}
		ids := make([]string, len(read[0].Messages))
		for i, m := range read[0].Messages {
			benchBody(b, []byte(m.Values["body"].(string)))
			ids[i] = m.ID
		}
		if err := client.XAck(b.Context(), address, group, ids...).Err(); err != nil {
			b.Fatal(err)
		}
		got += len(ids)
	}
}
