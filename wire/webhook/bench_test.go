package webhook_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/duel"
)

// The driver, through wire/broker, beside net/http itself at the embedded server.
//
//	go test -run '^$' -bench . -benchtime 7x ./wire/webhook

const (
	batchSize = 1000
	bodySize  = 200
	turnSize  = 2 * batchSize // messages in one turn
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

// ownClient is net/http, with connections of its own.
func ownClient(b *testing.B) *http.Client {
	transport := &http.Transport{DisableCompression: true}
	b.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// mustPost posts one message as the driver does.
func mustPost(b *testing.B, client *http.Client, url string, body []byte) {
	response, err := client.Post(url, "", bytes.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
}

// BenchmarkSend posts to a path where nobody reads.
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
	client, url := ownClient(b), "http://"+s.host(b)+"/client"
	duel.Race(b, turnSize, func() {
		for range turnSize / batchSize {
			if err := sender.Send(b.Context(), batch...); err != nil {
				b.Fatal(err)
			}
		}
	}, func() {
		for range turnSize {
			mustPost(b, client, url, body)
		}
	})
}

// BenchmarkReceive reads a stream of events that a third party writes at once,
// beside a client by the standard in its shortest form: there is none in the
// standard library.
func BenchmarkReceive(b *testing.B) {
	const messages = 50 * turnSize // reading is that much faster than posting
	event := "id: 1\ndata: " + strings.Repeat("x", bodySize) + "\n\n"
	stream := bytes.Repeat([]byte(event), messages)
	server := served(b, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = w.Write(stream)
		<-r.Context().Done()
	})
	client := ownClient(b)
	duel.Race(b, messages, func() {
		receiver := receiverAt(b, connect(b, server), driver.ReceiverOptions{Address: "/x"})
		for got := 0; got < messages; {
			list, err := receiver.Receive(b.Context(), 0)
			if err != nil {
				b.Fatal(err)
			}
			got += len(list)
		}
		_ = receiver.Close()
	}, func() {
		response, err := client.Get("http://" + server.Hosts[0] + "/x")
		if err != nil {
			b.Fatal(err)
		}
		defer response.Body.Close()
		lines := bufio.NewScanner(response.Body)
		for got := 0; got < messages; got++ {
			if e := nextEvent(lines); len(e.data) != bodySize || e.id != "1" {
				b.Fatalf("event %d is %v", got, e)
			}
		}
	})
}

// plainEvent is an event as the standard has it.
type plainEvent struct {
	id, name string
	data     []byte
}

// nextEvent reads an event by its fields (WHATWG HTML, 9.2.6). Who only looks
// for lines of data would be faster, and wrong about most servers.
func nextEvent(lines *bufio.Scanner) *plainEvent {
	e := new(plainEvent)
	for lines.Scan() {
		line := lines.Bytes()
		if len(line) == 0 {
			if e.data != nil {
				return e
			}
			continue
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		switch string(name) {
		case "data":
			if e.data != nil {
				e.data = append(e.data, '\n')
			}
			e.data = append(e.data, value...)
		case "id":
			e.id = string(value)
		case "event":
			e.name = string(value)
		}
	}
	return e
}
