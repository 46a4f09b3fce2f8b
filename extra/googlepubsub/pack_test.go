package googlepubsub

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"github.com/weft-dev/weft/wire/driver"
)

// TestOthersReadWhatPubSubCanCarry is about programs that know nothing of us.
func TestOthersReadWhatPubSubCanCarry(t *testing.T) {
	t.Parallel()
	out, err := wrap(&driver.Message{
		Key: []byte("order-1"), Body: []byte("x"), CorrelationID: "7", ReplyTo: "answers",
		Headers: []driver.Header{{Name: "a", Value: []byte("1")}, {Name: "b", Value: []byte("2")}},
		Params:  map[string]string{"attribute:kind": "order"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if out.GetOrderingKey() != "order-1" {
		t.Errorf("the ordering key is %q", out.GetOrderingKey())
	}
	for name, want := range map[string]string{"a": "1", "b": "2", "kind": "order", "correlationId": "7", "replyTo": "answers"} {
		if got := out.GetAttributes()[name]; got != want {
			t.Errorf("the attribute %s is %q, want %q", name, got, want)
		}
	}
}

func TestAMessageWithoutAnythingOfOursIsBare(t *testing.T) {
	t.Parallel()
	out, err := wrap(&driver.Message{Body: []byte("x"), Headers: []driver.Header{{Name: "a", Value: []byte("1")}, {Name: "b", Value: []byte("2")}}})
	if err != nil || len(out.GetAttributes()) != 2 {
		t.Errorf("the attributes are %v, %v, want a and b alone", out.GetAttributes(), err)
	}
}

func TestWhatCannotBeSentIsRefused(t *testing.T) {
	t.Parallel()
	for want, m := range map[string]*driver.Message{
		"too large":           {Headers: []driver.Header{{Name: "h", Value: make([]byte, 200<<10)}}},
		"one place for both":  {CorrelationID: "1", Headers: []driver.Header{{Name: "correlationId", Value: []byte("2")}}},
		"or no text":          {ReplyTo: "\xff"},
		"can be no attribute": {Params: map[string]string{"attribute:googly": "1"}},
		"unknown parameter":   {Params: map[string]string{"atribute:a": "1"}},
		"ordering key has":    {Params: map[string]string{"orderingKey": strings.Repeat("k", 2000)}},
	} {
		if _, err := wrap(m); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, want one that says %q", err, want)
		}
	}
}

// FuzzUnwrap reads messages that anybody may have sent, and sends what it read
// on its way again.
func FuzzUnwrap(f *testing.F) {
	f.Add(`{"headers":[{"name":"a"},{"name":"a","value":"AA=="}],"key":"AAE=","time":1}`, "", "x", "key")
	f.Add(`{"headers":[{"na`, `me":"a","value":"AA=="}]}`, "y", "")
	f.Add(`[]`, "", "", "")
	f.Fuzz(func(t *testing.T, first, second, other, key string) {
		m := unwrap(&pubsubpb.PubsubMessage{OrderingKey: key, Attributes: map[string]string{"weft": first, "weft.1": second, "a": other}})
		m.Timestamp = time.Time{}
		out, err := wrap(m)
		if err != nil {
			return
		}
		again := unwrap(out)
		if !bytes.Equal(again.Key, m.Key) || len(again.Headers) != len(m.Headers) {
			t.Fatalf("read %q and %v, then %q and %v", m.Key, m.Headers, again.Key, again.Headers)
		}
		for i, h := range m.Headers {
			if g := again.Headers[i]; g.Name != h.Name || !bytes.Equal(g.Value, h.Value) {
				t.Fatalf("header %d is %q, then %q", i, h, g)
			}
		}
	})
}
