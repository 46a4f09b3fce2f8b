package nats

import (
	"slices"
	"strings"
	"testing"

	client "github.com/nats-io/nats.go"

	"github.com/weft-dev/weft/wire/driver"
)

// FuzzHeaders writes a list of headers and reads it again: those of one name
// keep their order, and every byte arrives.
func FuzzHeaders(f *testing.F) {
	f.Add("a", "1", "b", "\x00\xff", "a", "2")
	f.Add("", "", "Größe", "groß", "Weft-Headers", "a,b=")
	f.Add("Status", "503", "a:b", " x ", "Nats-Msg-Id", "7")
	f.Fuzz(func(t *testing.T, n1, v1, n2, v2, n3, v3 string) {
		want := []driver.Header{{Name: n1, Value: []byte(v1)}, {Name: n2, Value: []byte(v2)}, {Name: n3, Value: []byte(v3)}}
		if slices.ContainsFunc(want, func(h driver.Header) bool {
			return h.Name == client.MsgIdHdr && strings.HasPrefix(string(h.Value), generatedID)
		}) {
			return // an id that is ours is not theirs
		}
		for _, empty := range []bool{true, false} {
			wire := client.Header{}
			writeHeaders(wire, want, empty)
			for name, values := range wire {
				for _, value := range values {
					if strings.ContainsAny(name+value, "\r\n") || strings.TrimSpace(value) != value && strings.Trim(value, " ") != value {
						t.Fatalf("%q: %q is written", name, value)
					}
				}
			}
			got := readHeaders(wire)
			sorted := func(list []driver.Header) []driver.Header {
				return slices.SortedStableFunc(slices.Values(list), func(a, b driver.Header) int { return strings.Compare(a.Name, b.Name) })
			}
			if !slices.EqualFunc(sorted(got), sorted(want), func(a, b driver.Header) bool {
				return a.Name == b.Name && string(a.Value) == string(b.Value)
			}) {
				t.Fatalf("wrote %q, read %q over %q", want, got, wire)
			}
		}
	})
}

// FuzzReadList reads what somebody else wrote into the header.
func FuzzReadList(f *testing.F) {
	f.Add("a,b=AP8K,b,a", "1", "2")
	f.Add("%zz,=,,a=,=a", "", "")
	f.Fuzz(func(t *testing.T, list, a, b string) {
		got := readHeaders(client.Header{ListHeader: {list}, "a": {a}, "b": {b, a}})
		plain := 0
		for _, h := range got {
			if h.Name == "a" && string(h.Value) == a || h.Name == "b" {
				plain++
			}
		}
		if plain < 3 || len(got) > 3+strings.Count(list, "=") {
			t.Fatalf("%q makes %q", list, got)
		}
	})
}

func FuzzReadFacts(f *testing.F) {
	f.Add("$JS.ACK.orders.clerks.1.2.3.1700000000000000000.4")
	f.Add("$JS.ACK.hub.ABC.orders.clerks.1.2.3.1700000000000000000.4.rand")
	f.Add("$JS.ACK.......")
	f.Fuzz(func(t *testing.T, reply string) {
		got, ok := readFacts(reply)
		if ok && (got.stream == "" || got.consumer == "" || got.sequence == 0) {
			t.Fatalf("%q makes %+v", reply, got)
		}
	})
}

func TestReadFacts(t *testing.T) {
	for _, reply := range []string{
		"$JS.ACK.orders.clerks.5.2.3.1700000000000000000.4",
		"$JS.ACK.hub.ABC.orders.clerks.5.2.3.1700000000000000000.4",
		"$JS.ACK._.ABC.orders.clerks.5.2.3.1700000000000000000.4.rand",
	} {
		got, ok := readFacts(reply)
		if !ok || got.stream != "orders" || got.consumer != "clerks" || got.delivered != 5 || got.sequence != 2 || got.order != 3 || got.stored.Unix() != 1700000000 {
			t.Errorf("%s makes %+v, %t", reply, got, ok)
		}
	}
}

func TestSubjects(t *testing.T) {
	for subject, want := range map[string]string{
		"orders": "", "orders.new.eu": "", "Größe.1": "",
		"": "empty", "a..b": "empty token", ".a": "empty token", "a.": "empty token", "a b": "blank", "a\tb": "blank", "a\r\nb": "blank",
		"a.*": "wildcard", "a.>": "wildcard", ">": "wildcard",
	} {
		err := checkSubject(subject, false)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q to send to: %v, want %q", subject, err, want)
		}
	}
	for subject, want := range map[string]string{"a.*": "", "*.b": "", "a.>": "", ">": "", "a.>.b": "goes on", "a.b*": "token of its own", "a>": "token of its own"} {
		err := checkSubject(subject, true)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q to receive from: %v, want %q", subject, err, want)
		}
	}
}

func TestCovers(t *testing.T) {
	for _, c := range []struct {
		pattern, subject string
		want             bool
	}{
		{"a.b", "a.b", true},
		{"a.*", "a.b", true},
		{"a.*", "a.*", true},
		{"a.>", "a.b.c", true},
		{"a.>", "a.*", true},
		{">", "a", true},
		{"a.b", "a.*", false},
		{"a.*", "a.>", false},
		{"a.*", "a.b.c", false},
		{"a.b.c", "a.b", false},
		{"a.>", "b.c", false},
	} {
		if got := covers(c.pattern, c.subject); got != c.want {
			t.Errorf("%s covers %s: %t", c.pattern, c.subject, got)
		}
	}
}

// TestNames keeps names of streams plain where that is safe, and apart where
// two subjects would have one.
func TestNames(t *testing.T) {
	if got := nameOf("orders.new-eu"); got != "orders_new-eu" {
		t.Errorf("the name is %s", got)
	}
	seen := map[string]string{}
	for _, subject := range []string{"a.b", "a_b", "a/b", "a.*", "a.>", "a b", "ä", strings.Repeat("x", 300), strings.Repeat("x", 301)} {
		name := nameOf(subject)
		if strings.ContainsAny(name, ".*>/\\ ") || len(name) > 100 {
			t.Errorf("%q makes the name %q", subject, name)
		}
		if other, twice := seen[name]; twice {
			t.Errorf("%q and %q have one name", subject, other)
		}
		seen[name] = subject
	}
}
