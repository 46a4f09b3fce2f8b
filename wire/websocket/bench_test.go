package websocket_test

import (
	"bytes"
	"context"
	"testing"

	coder "github.com/coder/websocket"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/duel"
)

// The driver, through wire/broker, beside its own client library in a room of
// the embedded server. The two take turns within one benchmark, so that what
// else the machine does hits both; the ratio is the median of all rounds: 1 is as
// fast as the client, 0.5 half as fast.
//
//	go test -run '^$' -bench . -benchtime 7x ./wire/websocket

const (
	batchSize = 1000
	bodySize  = 200
	turnSize  = 20 * batchSize // messages in one turn
)

func benchBroker(b *testing.B, s *testServer) *broker.Broker {
	b.Helper()
	open, err := broker.Open(b.Context(), s.server.URL, broker.Config{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = open.Close(context.Background()) })
	return open
}

// benchClient is the client library in a room; it reads as it must, so that
// pings are answered.
func benchClient(b *testing.B, s *testServer, room string) *coder.Conn {
	b.Helper()
	ws, _, err := coder.Dial(b.Context(), "ws://"+s.host(b)+room, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = ws.CloseNow() })
	return ws
}

// BenchmarkSend sends to a room where nobody else is. The client confirms a
// batch as the driver does, by a ping.
func BenchmarkSend(b *testing.B) {
	s := newServer(b)
	sender, err := benchBroker(b, s).Sender(b.Context(), driver.SenderOptions{Address: "/driver"})
	if err != nil {
		b.Fatal(err)
	}
	body := bytes.Repeat([]byte("x"), bodySize)
	batch := make([]*driver.Message, batchSize)
	for i := range batch {
		batch[i] = &driver.Message{Body: body}
	}
	ws := benchClient(b, s, "/client")
	ws.CloseRead(b.Context())
	duel.Race(b, turnSize, func() {
		for range turnSize / batchSize {
			if err := sender.Send(b.Context(), batch...); err != nil {
				b.Fatal(err)
			}
		}
	}, func() {
		for range turnSize / batchSize {
			for range batchSize {
				if err := ws.Write(b.Context(), coder.MessageText, body); err != nil {
					b.Fatal(err)
				}
			}
			if err := ws.Ping(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkReceive receives what a third party sends at the same time.
func BenchmarkReceive(b *testing.B) {
	s := newServer(b)
	receiver, err := benchBroker(b, s).Receiver(b.Context(), driver.ReceiverOptions{Address: "/driver"})
	if err != nil {
		b.Fatal(err)
	}
	ws := benchClient(b, s, "/client")
	body := bytes.Repeat([]byte("x"), bodySize)
	flood := func(to *coder.Conn) {
		go func() {
			for range turnSize {
				if to.Write(b.Context(), coder.MessageText, body) != nil {
					return // the benchmark is over, or its reader fails
				}
			}
		}()
	}
	toDriver, toClient := benchClient(b, s, "/driver"), benchClient(b, s, "/client")
	toDriver.CloseRead(b.Context())
	toClient.CloseRead(b.Context())
	duel.Race(b, turnSize, func() {
		flood(toDriver)
		for got := 0; got < turnSize; {
			messages, err := receiver.Receive(b.Context(), 0)
			if err != nil {
				b.Fatal(err)
			}
			got += len(messages)
		}
	}, func() {
		flood(toClient)
		for range turnSize {
			if _, _, err := ws.Read(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
}
