package amqp1_test

import (
	"context"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/go-amqp"
	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/wire/amqp1"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
	"github.com/weft-dev/weft/wire/embedded"
)

// eachServer runs a test on the embedded server and, where there is one, on
// RabbitMQ.
func eachServer(t *testing.T, test func(t *testing.T, conn driver.Conn, address string)) {
	hosts := map[string]string{"embedded": newBroker(t, embedded.Options{}).host()}
	if real := os.Getenv("WEFT_RABBITMQ"); real != "" {
		hosts["RabbitMQ"] = real
	}
	for name, host := range hosts {
		t.Run(name, func(t *testing.T) {
			conn, err := amqp1.Driver{}.Connect(t.Context(), server(host))
			if err != nil {
				t.Fatal(err)
			}
			used := &names{}
			address := used.add("weft.test." + strings.ToLower(strings.ReplaceAll(t.Name(), "/", ".")))
			test(t, conn, address)
			if err := conn.Close(); err != nil {
				t.Error(err)
			}
			if name == "RabbitMQ" {
				used.remove(t, host)
			}
		})
	}
}

func openBoth(t *testing.T, conn driver.Conn, sending driver.SenderOptions, receiving driver.ReceiverOptions) (driver.Sender, driver.Receiver) {
	t.Helper()
	receiver, err := conn.OpenReceiver(t.Context(), receiving)
	if err != nil {
		t.Fatal(err)
	}
	sender, err := conn.OpenSender(t.Context(), sending)
	if err != nil {
		t.Fatal(err)
	}
	return sender, receiver
}

func sendOne(t *testing.T, sender driver.Sender, m *driver.Message) {
	t.Helper()
	if err := sender.Send(t.Context(), []*driver.Message{m}); err != nil {
		t.Fatal(err)
	}
}

func receiveOne(t *testing.T, receiver driver.Receiver) *driver.Message {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), drivertest.Patience)
	defer cancel()
	list, err := receiver.Receive(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := receiver.Settle(ctx, driver.Settle(driver.Ack, list...)); err != nil {
		t.Fatal(err)
	}
	return list[0]
}

// TestHeadersOfEveryType go there and back, and are what they were when they are
// sent on as they came.
func TestHeadersOfEveryType(t *testing.T) {
	eachServer(t, func(t *testing.T, conn driver.Conn, address string) {
		sender, receiver := openBoth(t, conn, driver.SenderOptions{Address: address}, driver.ReceiverOptions{Address: address})
		want := []driver.Header{
			{Name: "a-boolean", Value: []byte("true")},
			{Name: "b-byte", Value: []byte("-1")},
			{Name: "c-short", Value: []byte("-300")},
			{Name: "d-int", Value: []byte("-70000")},
			{Name: "e-long", Value: []byte("-9007199254740993")},
			{Name: "f-ubyte", Value: []byte("200")},
			{Name: "g-ushort", Value: []byte("60000")},
			{Name: "h-uint", Value: []byte("4000000000")},
			{Name: "i-ulong", Value: []byte("18446744073709551615")},
			{Name: "j-float", Value: []byte("1.5")},
			{Name: "k-double", Value: []byte("0.1")},
			{Name: "l-timestamp", Value: []byte("2024-02-29T13:14:15.167Z")},
			{Name: "m-uuid", Value: []byte("01020304-0506-0708-090a-0b0c0d0e0f10")},
			{Name: "n-null", Value: nil},
			{Name: "o-binary", Value: []byte{0, 0xff}},
			{Name: "p-string", Value: []byte("text")},
			{Name: "x-opt-list", Value: []byte(`["a",1]`)},
			{Name: "x-opt-map", Value: []byte(`{"a":{"b":true}}`)},
		}
		types := "a-boolean=boolean&b-byte=byte&c-short=short&d-int=int&e-long=long&f-ubyte=ubyte&g-ushort=ushort&h-uint=uint&i-ulong=ulong" +
			"&j-float=float&k-double=double&l-timestamp=timestamp&m-uuid=uuid&n-null=null&x-opt-list=list&x-opt-map=map"
		m := &driver.Message{Headers: want, Params: map[string]string{"header-types": types}}
		for range 2 {
			sendOne(t, sender, m)
			got := receiveOne(t, receiver)
			if diff := cmp.Diff(want, got.Headers); diff != "" {
				t.Fatal(diff)
			}
			if got.Params["header-types"] != types {
				t.Errorf("the types are %s", got.Params["header-types"])
			}
			m = &driver.Message{Headers: got.Headers, Params: map[string]string{"header-types": got.Params["header-types"]}}
		}
	})
}

func TestPropertiesGoThereAndBack(t *testing.T) {
	eachServer(t, func(t *testing.T, conn driver.Conn, address string) {
		sender, receiver := openBoth(t, conn, driver.SenderOptions{Address: address, Params: map[string]string{"ttl": "60000", "subject": "usual"}},
			driver.ReceiverOptions{Address: address})
		params := map[string]string{
			"subject": "own", "priority": "9", "durable": "false", "group-id": "g", "group-sequence": "7",
			"reply-to-group-id": "r", "expires": "2100-01-01T00:00:00Z", "content-encoding": "br", "message-id-type": "uuid", "correlation-id-type": "ulong",
		}
		sent := with(params, "message-id", "01020304-0506-0708-090a-0b0c0d0e0f10")
		sendOne(t, sender, &driver.Message{
			Body: []byte("x"), CorrelationID: "18446744073709551615", ReplyTo: "answers", Params: sent,
			Headers: []driver.Header{{Name: "content-type", Value: []byte("text/plain")}},
		})
		got := receiveOne(t, receiver)
		if got.ID != sent["message-id"] || got.CorrelationID != "18446744073709551615" || got.ReplyTo != "answers" {
			t.Errorf("received %+v", got)
		}
		if value, _ := got.Header("content-type"); string(value) != "text/plain" {
			t.Errorf("its content type is %q", value)
		}
		delete(got.Params, "ttl") // the server counts it down
		if diff := cmp.Diff(params, got.Params); diff != "" {
			t.Error(diff)
		}
	})
}

func with(m map[string]string, name, value string) map[string]string {
	all := map[string]string{name: value}
	for k, v := range m {
		all[k] = v
	}
	return all
}

// TestBodiesOfOthers: what is no data becomes text.
func TestBodiesOfOthers(t *testing.T) {
	host := newBroker(t, embedded.Options{}).host()
	conn, err := amqp1.Driver{}.Connect(t.Context(), server(host))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	receiver, err := conn.OpenReceiver(t.Context(), driver.ReceiverOptions{Address: "bodies"})
	if err != nil {
		t.Fatal(err)
	}
	other, err := amqp.Dial(t.Context(), "amqp://"+host, &amqp.ConnOptions{SASLType: amqp.SASLTypeAnonymous()})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	session, err := other.NewSession(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	sender, err := session.NewSender(t.Context(), "/queue/bodies", nil)
	if err != nil {
		t.Fatal(err)
	}
	for want, m := range map[string]*amqp.Message{
		"text":            {Value: "text"},
		`{"a":[1,true]}`:  {Value: map[string]any{"a": []any{int64(1), true}}},
		`["a",1,"b"]`:     {Sequence: [][]any{{"a", int32(1)}, {"b"}}},
		"one and another": {Data: [][]byte{[]byte("one "), []byte("and another")}},
		"42":              {Value: uint64(42)},
	} {
		if err := sender.Send(t.Context(), m, nil); err != nil {
			t.Fatal(err)
		}
		got := receiveOne(t, receiver)
		if string(got.Body) != want {
			t.Errorf("received %s, want %s", got.Body, want)
		}
		var native *amqp.Message
		if !got.As(&native) || native == nil {
			t.Error("it does not give the library's own message")
		}
	}
}

// TestWildcards: a message says the address that it was sent to.
func TestWildcards(t *testing.T) {
	for _, params := range []map[string]string{{"kind": "topic"}, {"exchange": "amq.topic"}} {
		eachServer(t, func(t *testing.T, conn driver.Conn, address string) {
			_, receiver := openBoth(t, conn, driver.SenderOptions{Address: address + ".eu.placed", Params: params},
				driver.ReceiverOptions{Address: address + ".*.placed", Params: params})
			var got []string
			for _, key := range []string{".eu.placed", ".us.gone", ".us.placed"} {
				sender, err := conn.OpenSender(t.Context(), driver.SenderOptions{Address: address + key, Params: params})
				if err != nil {
					t.Fatal(err)
				}
				sendOne(t, sender, &driver.Message{Body: []byte(key)})
			}
			for range 2 {
				got = append(got, strings.TrimPrefix(receiveOne(t, receiver).Address, address))
			}
			if want := []string{".eu.placed", ".us.placed"}; !slices.Equal(got, want) {
				t.Errorf("received from %v, want %v", got, want)
			}
		})
	}
}

// TestGroupOnATopicOfRabbitMQIsRefused: it would be a copy for each of its
// receivers.
func TestGroupOnATopicOfRabbitMQIsRefused(t *testing.T) {
	host := os.Getenv("WEFT_RABBITMQ")
	if host == "" {
		t.Skip("no real RabbitMQ: set WEFT_RABBITMQ=host:port")
	}
	conn, err := amqp1.Driver{}.Connect(t.Context(), server(host))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, err = conn.OpenReceiver(t.Context(), driver.ReceiverOptions{Address: "a.b", Group: "g", Params: map[string]string{"kind": "topic"}})
	if !errors.Is(err, driver.ErrUnsupported) || !strings.Contains(err.Error(), "RabbitMQ") {
		t.Errorf("got %v, want %v", err, driver.ErrUnsupported)
	}
}

func TestCompressedBodies(t *testing.T) {
	eachServer(t, func(t *testing.T, conn driver.Conn, address string) {
		sender, receiver := openBoth(t, conn, driver.SenderOptions{Address: address, Compression: "gzip"}, driver.ReceiverOptions{Address: address})
		body := strings.Repeat("again and ", 1000)
		sendOne(t, sender, &driver.Message{Body: []byte(body)})
		got := receiveOne(t, receiver)
		var native *amqp.Message
		if string(got.Body) != body || !got.As(&native) || len(native.GetData()) > 500 {
			t.Errorf("received %d bytes", len(got.Body))
		}
	})
}

func TestTimeToLive(t *testing.T) {
	eachServer(t, func(t *testing.T, conn driver.Conn, address string) {
		sender, err := conn.OpenSender(t.Context(), driver.SenderOptions{Address: address})
		if err != nil {
			t.Fatal(err)
		}
		sendOne(t, sender, &driver.Message{Body: []byte("short"), Params: map[string]string{"ttl": "50"}})
		sendOne(t, sender, &driver.Message{Body: []byte("long"), Params: map[string]string{"ttl": "60000"}})
		time.Sleep(150 * time.Millisecond)
		receiver, err := conn.OpenReceiver(t.Context(), driver.ReceiverOptions{Address: address})
		if err != nil {
			t.Fatal(err)
		}
		if got := receiveOne(t, receiver); string(got.Body) != "long" {
			t.Errorf("received %s", got.Body)
		}
	})
}

// TestMessageThatCannotBeReadIsTold: the library ends the link over it, again and
// again, so that who receives must hear of it.
func TestMessageThatCannotBeReadIsTold(t *testing.T) {
	dir := t.TempDir()
	// Application properties with a value of type char, and a body.
	poison := []byte("\x00\x53\x74\xc1\x09\x02\xa1\x01c\x73\x00\x00\x00A\x00\x53\x75\xa0\x01x")
	stored := `{"queue":{"Name":"poison"}}` + "\n" + `{"message":{"Data":"` + base64.StdEncoding.EncodeToString(poison) + `"}}` + "\n"
	if err := os.WriteFile(filepath.Join(dir, "amqp1.jsonl"), []byte(stored), 0o600); err != nil {
		t.Fatal(err)
	}
	conn, err := amqp1.Driver{}.Connect(t.Context(), server(newBroker(t, embedded.Options{DataDir: dir}).host()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	receiver, err := conn.OpenReceiver(t.Context(), driver.ReceiverOptions{Address: "poison"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), drivertest.Patience)
	defer cancel()
	for range 3 {
		var e *driver.Error
		if _, err := receiver.Receive(ctx, 1); !errors.As(err, &e) || e.Address != "poison" || !errors.Is(err, driver.ErrProtocol) {
			t.Errorf("got %v, want that the message cannot be read", err)
		}
	}
}
