package record_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	_ "github.com/weft-dev/weft/wire/amqp"
	_ "github.com/weft-dev/weft/wire/amqp1"
	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/embedded"
	_ "github.com/weft-dev/weft/wire/inmem"
	_ "github.com/weft-dev/weft/wire/kafka"
	_ "github.com/weft-dev/weft/wire/mqtt"
	_ "github.com/weft-dev/weft/wire/nats"
	"github.com/weft-dev/weft/wire/record"
	_ "github.com/weft-dev/weft/wire/redis"
	_ "github.com/weft-dev/weft/wire/sqs"
	_ "github.com/weft-dev/weft/wire/stomp"
	_ "github.com/weft-dev/weft/wire/websocket"
)

// What a recording holds comes back as it was, what is empty apart from what is
// not there.
func TestARecordingKeepsWhatItIsGiven(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 31, 12, 0, 0, 5000, time.UTC)
	entries := []record.Entry{
		{At: at, Message: &driver.Message{
			Address: "a", Key: []byte{0xff}, Body: []byte("{}"), Timestamp: at, CorrelationID: "c", ReplyTo: "r",
			Headers: []driver.Header{{Name: "twice", Value: []byte{0, 0xff}}, {Name: "twice", Value: []byte{}}}, Params: map[string]string{"partition": "3"},
		}},
		{At: at, Message: &driver.Message{Address: "b", Key: []byte{}, Body: []byte{}}},
		{At: at, Message: &driver.Message{Address: "b"}},
	}
	var file bytes.Buffer
	w, err := record.NewWriter(&file, at)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if err := w.Write(e); err != nil {
			t.Fatal(err)
		}
	}
	if w.Size() != int64(file.Len()) {
		t.Errorf("it says %d bytes, and has %d", w.Size(), file.Len())
	}
	r, err := record.NewReader(&file)
	if err != nil {
		t.Fatal(err)
	}
	var got []record.Entry
	for {
		e, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, e)
	}
	if diff := cmp.Diff(entries, got); diff != "" || !r.Began.Equal(at) {
		t.Error(diff, r.Began)
	}
}

// wired is a server with a receiver at an address.
func receive(t *testing.T, b *broker.Broker, address string, send func(*broker.Sender)) *driver.Message {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	spec := &driver.AddressSpec{}
	r, err := b.Receiver(ctx, driver.ReceiverOptions{Address: address, Create: spec})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	s, err := b.Sender(ctx, driver.SenderOptions{Address: address, Create: spec})
	if err != nil {
		t.Fatal(err)
	}
	send(s)
	list, err := r.Receive(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Ack(ctx, list...)
	return list[0]
}

// On every protocol that has an embedded server, what is received, recorded and
// replayed to another address arrives there as it was.
func TestTheRoundTripOnEveryProtocol(t *testing.T) {
	t.Parallel()
	for _, protocol := range []string{"kafka", "amqp", "amqp1", "mqtt", "mqtt3", "nats", "jetstream", "redis", "redis-streams", "sqs", "stomp", "inmem", "inmem-queue", "ws"} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			server, err := embedded.Start(t.Context(), protocol, embedded.Options{Name: "record-" + protocol})
			if err != nil {
				t.Fatal(err)
			}
			defer server.Close()
			b, err := broker.Open(t.Context(), server.URL, broker.Config{})
			if err != nil {
				t.Fatal(err)
			}
			defer b.Close(context.Background())
			first := receive(t, b, "first", func(s *broker.Sender) {
				if err := s.Send(t.Context(), message(b.Capabilities())); err != nil {
					t.Fatal(err)
				}
			})
			var file bytes.Buffer
			w, err := record.NewWriter(&file, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Write(record.Entry{At: time.Now(), Message: first}); err != nil {
				t.Fatal(err)
			}
			reader, err := record.NewReader(&file)
			if err != nil {
				t.Fatal(err)
			}
			again := receive(t, b, "again", func(s *broker.Sender) {
				sent, _, err := record.Replay(t.Context(), reader, record.Pace{}, nil, func(ctx context.Context, e record.Entry) error {
					m := *e.Message
					m.Address, m.Params = "again", nil
					return s.Send(ctx, &m)
				})
				if err != nil || sent != 1 {
					t.Fatal(sent, err)
				}
			})
			if diff := cmp.Diff(kept(first), kept(again)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// message is one that has all that a protocol carries.
func message(promise driver.Capabilities) *driver.Message {
	m := &driver.Message{Body: []byte("{\"id\":7}")}
	if promise.Keys {
		m.Key = []byte("k")
	}
	if promise.Headers {
		m.Headers = []driver.Header{{Name: "content-type", Value: []byte("application/json")}, {Name: "attempt", Value: []byte("3")}}
	}
	if promise.Correlation {
		m.CorrelationID = "c-1"
	}
	return m
}

// kept is what must be the same.
func kept(m *driver.Message) driver.Message {
	return driver.Message{Key: m.Key, Headers: m.Headers, Body: m.Body, CorrelationID: m.CorrelationID}
}

func TestPausesAreKeptAtTheSpeedThatIsAskedFor(t *testing.T) {
	t.Parallel()
	text := `{"weft":"recording","version":1}
{"at":"2026-01-31T12:00:00Z","address":"a"}
{"at":"2026-01-31T12:00:02Z","address":"a"}
`
	synctest.Test(t, func(t *testing.T) {
		for speed, want := range map[float64]time.Duration{0: 0, 10: 200 * time.Millisecond} {
			r, err := record.NewReader(strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			begun := time.Now()
			sent, _, err := record.Replay(t.Context(), r, record.Pace{Speed: speed}, nil, func(context.Context, record.Entry) error { return nil })
			if took := time.Since(begun); err != nil || sent != 2 || took != want {
				t.Errorf("at speed %v it took %v; %d, %v", speed, took, sent, err)
			}
		}
	})
}

func FuzzReader(f *testing.F) {
	f.Add([]byte("{\"weft\":\"recording\",\"version\":1}\n{\"address\":\"a\",\"headers\":[[\"a\",\"AA==\"]],\"body\":\"e30=\"}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := record.NewReader(bytes.NewReader(data))
		for err == nil {
			var e record.Entry
			if e, err = r.Next(); err == nil && e.Message == nil {
				t.Error("a message that is none")
			}
		}
	})
}
