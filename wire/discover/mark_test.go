package discover

import (
	"fmt"
	"slices"
	"testing"

	"github.com/weft-dev/weft/wire/driver"
)

func TestTypesAreWhatMessagesSayOfThemselves(t *testing.T) {
	t.Parallel()
	body := func(format string) []string {
		var list []string
		for i := range 6 {
			list = append(list, fmt.Sprintf(format, i))
		}
		return list
	}
	for name, c := range map[string]struct {
		bodies []string
		want   []string
	}{
		"a field that is made for it":       {append(body(`{"eventType":"OrderPaid","n":%d}`), body(`{"eventType":"OrderSent","n":%d}`)...), []string{"OrderPaid", "OrderSent"}},
		"a type with fields of its own":     {append(body(`{"type":"order.paid","n":%d}`), body(`{"type":"order.sent","to":%d}`)...), []string{"order.paid", "order.sent"}},
		"a type of something else":          {append(body(`{"type":"car","n":%d}`), body(`{"type":"bike","n":%d}`)...), nil},
		"one that is different each time":   {body(`{"eventType":"E%d"}`), nil},
		"one that is a secret":              {body(`{"eventType":"sk_live_4eC39HqLyjWDarj"}` + "%.0d"), nil},
		"one that is somebody":              {body(`{"eventType":"ada@example.com"}` + "%.0d"), nil},
		"one that not all messages have":    {append(body(`{"eventType":"OrderPaid","n":%d}`), body(`{"n":%d}`)...), nil},
		"several, of which one is too rare": {append(body(`{"kind":"a","n":%d}`), `{"kind":"b","x":1}`), []string{"a", "b"}},
	} {
		if got := found(c.bodies...).Types; !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestAHeaderSaysTheTypeAlsoWhereSomeSendersDoNotSayIt(t *testing.T) {
	t.Parallel()
	var list []*driver.Message
	for i := range 10 {
		m := &driver.Message{Body: fmt.Appendf(nil, `{"n":%d}`, i)}
		if i > 2 {
			m.Headers = []driver.Header{{Name: "Ce_Type", Value: []byte("com.example.order." + []string{"paid", "sent"}[i%2])}}
		}
		list = append(list, m)
	}
	f := &Find{}
	f.describe(list)
	if want := []string{"com.example.order.paid", "com.example.order.sent"}; !slices.Equal(f.Types, want) || len(f.kinds) != 3 {
		t.Errorf("got %q, in %d kinds", f.Types, len(f.kinds))
	}
}

func TestMessagesOfEachFormAreTold(t *testing.T) {
	t.Parallel()
	f := found(`{"n":1}`, "plain", "\x00\x00\x00\x00\x07abc", "\xff\xfe", `{"n":1}}`)
	if f.JSON != 1 || f.Framed != 1 || f.Binary != 1 || f.Sampled != 5 || !slices.Equal(f.SchemaIDs, []int{7}) || len(f.kinds) != 4 {
		t.Errorf("got %+v", f)
	}
}
