package kafka_test

import (
	"errors"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/embedded"
	"github.com/weft-dev/weft/wire/kafka"
)

// murmur2 of these keys is in the tests of the Java client; a key must go where
// a Java producer puts it.
var javaHashes = map[string]int32{
	"21":                         -973932308,
	"foobar":                     -790332482,
	"a-little-bit-long-string":   -985981536,
	"a-little-bit-longer-string": -1486304829,
	"abc":                        479470107,
}

const partitions = 7

func openSeven(t *testing.T) (driver.Sender, driver.Receiver) {
	t.Helper()
	b := newBroker(t, embedded.Options{Addresses: []string{"seven"}, Partitions: partitions})
	conn, err := kafka.Driver{}.Connect(t.Context(), server(b.host()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	sender, err := conn.OpenSender(t.Context(), driver.SenderOptions{Address: "seven"})
	if err != nil {
		t.Fatal(err)
	}
	receiver, err := conn.OpenReceiver(t.Context(), driver.ReceiverOptions{Address: "seven"})
	if err != nil {
		t.Fatal(err)
	}
	return sender, receiver
}

// pass sends a message and returns the client's record that arrives.
func pass(t *testing.T, sender driver.Sender, receiver driver.Receiver, m *driver.Message) *kgo.Record {
	t.Helper()
	if err := sender.Send(t.Context(), []*driver.Message{m}); err != nil {
		t.Fatal(err)
	}
	got, err := receiver.Receive(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	var record *kgo.Record
	if !got[0].As(&record) {
		t.Fatal("the message gives no *kgo.Record")
	}
	return record
}

func TestKeysGoWhereTheJavaClientPutsThem(t *testing.T) {
	sender, receiver := openSeven(t)
	for key, hash := range javaHashes {
		want := (hash & 0x7fffffff) % partitions
		if got := pass(t, sender, receiver, &driver.Message{Key: []byte(key)}).Partition; got != want {
			t.Errorf("key %s went to partition %d, want %d", key, got, want)
		}
	}
}

func TestMessageMayChooseItsPartition(t *testing.T) {
	sender, receiver := openSeven(t)
	for _, want := range []string{"0", "3", "6"} {
		m := &driver.Message{Key: []byte("abc"), Params: map[string]string{"partition": want}}
		if got := pass(t, sender, receiver, m).Partition; string(rune('0'+got)) != want {
			t.Errorf("the message went to partition %d, want %s", got, want)
		}
	}
	for _, wrong := range []string{"7", "-1", "x", ""} {
		m := &driver.Message{Params: map[string]string{"partition": wrong}}
		if err := sender.Send(t.Context(), []*driver.Message{m}); !errors.Is(err, driver.ErrInvalid) {
			t.Errorf("partition %q: %v, want %v", wrong, err, driver.ErrInvalid)
		}
	}
}

// TestTombstone: a record without a value deletes its key from a compacted
// topic, one with an empty value does not.
func TestTombstone(t *testing.T) {
	sender, receiver := openSeven(t)
	if got := pass(t, sender, receiver, &driver.Message{Key: []byte("k")}).Value; got != nil {
		t.Errorf("a message without a body has the value %#v", got)
	}
	if got := pass(t, sender, receiver, &driver.Message{Key: []byte("k"), Body: []byte{}}).Value; got == nil {
		t.Error("a message with an empty body has no value")
	}
}
