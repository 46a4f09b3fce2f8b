package mqtt_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/eclipse/paho.golang/paho"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
	"github.com/weft-dev/weft/wire/duel"
	"github.com/weft-dev/weft/wire/embedded"
)

// The driver, as users hold it, beside the client library's own client. The two
// take turns within one benchmark, so that what else the machine does hits both;
// the ratio is the median of all rounds: 1 is as fast as the client, 0.5 half as
// fast. With WEFT_MOSQUITTO=host:port they use that server.
//
//	go test -run '^$' -bench . -benchtime 7x ./wire/mqtt

const (
	batchSize = 500
	bodySize  = 200
	turnSize  = 20 * batchSize // messages in one turn
)

func benchBroker(b *testing.B) (*broker.Broker, string) {
	b.Helper()
	host := os.Getenv("WEFT_MOSQUITTO")
	if host == "" {
		host = newBroker(b, embedded.Options{}).host()
	}
	opened, err := broker.Open(context.Background(), "mqtt://"+host, broker.Config{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = opened.Close(context.Background()) })
	return opened, host
}

func benchSender(b *testing.B, opened *broker.Broker, topic string) *broker.Sender {
	b.Helper()
	s, err := opened.Sender(context.Background(), driver.SenderOptions{Address: topic})
	if err != nil {
		b.Fatal(err)
	}
	return s
}

func benchBatch(n int) []*driver.Message {
	batch := make([]*driver.Message, n)
	for i := range batch {
		batch[i] = &driver.Message{Body: bytes.Repeat([]byte("x"), bodySize)}
	}
	return batch
}

// benchTopic is one that no other run uses.
func benchTopic() string { return fmt.Sprint("weft-bench/", time.Now().UnixNano()) }

// BenchmarkSend sends with confirmation. The client confirms one message per
// call, so that it is called from as many goroutines as the driver is given
// messages at once.
func BenchmarkSend(b *testing.B) {
	opened, host := benchBroker(b)
	topic := benchTopic()
	s, batch := benchSender(b, opened, topic), benchBatch(batchSize)
	client := foreign5(b, host, nil)
	duel.Race(b, turnSize, func() {
		for range turnSize / batchSize {
			if err := s.Send(b.Context(), batch...); err != nil {
				b.Fatal(err)
			}
		}
	}, func() { clientSends(b, client, topic, batch[0].Body) })
}

func clientSends(b *testing.B, client *paho.Client, topic string, body []byte) {
	b.Helper()
	var all sync.WaitGroup
	for range batchSize {
		all.Go(func() {
			for range turnSize / batchSize {
				if _, err := client.Publish(b.Context(), &paho.Publish{Topic: topic, QoS: 1, Payload: body}); err != nil {
					b.Error(err)
				}
			}
		})
	}
	all.Wait()
}

// BenchmarkReceive receives what a sender of the driver sends meanwhile; alone,
// acknowledging at once, and in a group, settling after. The client is given
// the same, and acknowledges by itself.
func BenchmarkReceive(b *testing.B) {
	for name, group := range map[string]string{"alone": "", "in a group, settling": "bench"} {
		b.Run(name, func(b *testing.B) {
			opened, host := benchBroker(b)
			ours, theirs := benchTopic()+"/ours", benchTopic()+"/theirs"
			r, err := opened.Receiver(b.Context(), driver.ReceiverOptions{Address: ours, Group: group})
			if err != nil {
				b.Fatal(err)
			}
			arrived := make(chan *paho.Publish, turnSize)
			client := foreign5(b, host, arrived)
			if _, err := client.Subscribe(b.Context(), &paho.Subscribe{Subscriptions: []paho.SubscribeOptions{{Topic: theirs, QoS: 1}}}); err != nil {
				b.Fatal(err)
			}
			toUs, toThem := benchSender(b, opened, ours), benchSender(b, opened, theirs)
			duel.Race(b, turnSize, func() {
				during(b, toUs, func() { receiveTurn(b, r, group != "") })
			}, func() {
				during(b, toThem, func() {
					for range turnSize {
						<-arrived
					}
				})
			})
		})
	}
}

// during sends a turn's messages while they are received.
func during(b *testing.B, s *broker.Sender, receive func()) {
	b.Helper()
	var sending sync.WaitGroup
	sending.Go(func() {
		batch := benchBatch(batchSize)
		for range turnSize / batchSize {
			if err := s.Send(b.Context(), batch...); err != nil {
				b.Error(err)
			}
		}
	})
	receive()
	sending.Wait()
}

func receiveTurn(b *testing.B, r *broker.Receiver, settle bool) {
	b.Helper()
	for got := 0; got < turnSize; {
		messages, err := r.Receive(b.Context(), batchSize)
		if err != nil {
			b.Fatal(err)
		}
		got += len(messages)
		if !settle {
			continue
		}
		if err := r.Ack(b.Context(), messages...); err != nil {
			b.Fatal(err)
		}
	}
}

// TestIdleServerAnswersSoon guards against waits for a poll: a message must
// arrive when it is sent.
func TestIdleServerAnswersSoon(t *testing.T) {
	b := newBroker(t, embedded.Options{})
	opened := open(t, b.server.URL)
	r := receiver(t, opened, driver.ReceiverOptions{Address: "idle", Group: "group"})
	drivertest.Prompt(t, 20*time.Millisecond, func() {
		send(t, opened, "idle", nil, "a")
		if err := r.Ack(t.Context(), receiveRaw(t, r, 1)...); err != nil {
			t.Fatal(err)
		}
	})
}
