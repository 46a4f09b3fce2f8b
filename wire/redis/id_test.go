package redis

import (
	"reflect"
	"testing"

	"github.com/weft-dev/weft/wire/driver"
)

func FuzzReadPosition(f *testing.F) {
	for _, seed := range []string{"orders@1-0", "a@b@18446744073709551615-18446744073709551615", "orders@0-0", "orders@1", "@-", "orders@1-0-0", "orders@+1--0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p := driver.Position(text)
		id, err := readPosition(p.Source(), p)
		if err != nil {
			return
		}
		if again, err := readPosition(p.Source(), position(p.Source(), id)); err != nil || again != id {
			t.Errorf("%q is read as %v, and written and read again as %v, %v", text, id, again, err)
		}
		if next := id.next(); next != id && (next.before() != id || !id.less(next)) {
			t.Errorf("%v is followed by %v, and that by what comes before it", id, next)
		}
	})
}

// FuzzAnswer reads answers that no good server gives: they end in an error or
// in entries, and cost no more than they are long.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		"*-1\r\n", "$-1\r\n", "*1\r\n*2\r\n$1\r\na\r\n*1\r\n*2\r\n$3\r\n1-0\r\n*2\r\n$1\r\nf\r\n$2\r\n\x00\n\r\n",
		"*3\r\n$3\r\n0-0\r\n*2\r\n*-1\r\n*2\r\n$3\r\n1-0\r\n*-1\r\n*0\r\n", "*2147483647\r\n", "$9\r\nshort\r\n", "-ERR x\r\n", "*1\r\n*-1\r\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, read := range []func(*answer) ([]entry, error){
			(*answer).streamed, (*answer).entries,
			func(a *answer) ([]entry, error) { _, list, err := a.claimed(); return list, err },
		} {
			list, err := read(&answer{command: "test", rest: raw})
			if err == nil {
				form{body: bodyField}.deliveries("s", list)
			}
			if len(list) > len(raw) {
				t.Errorf("%d entries in %d bytes", len(list), len(raw))
			}
		}
		// Reading them as messages at once comes to the same.
		f := form{body: bodyField}
		list, err := (&answer{command: "test", rest: raw}).streamed()
		made, failed := f.received("s", &answer{command: "test", rest: raw})
		if (err == nil) != (failed == nil) {
			t.Fatalf("entries end in %v, messages in %v", err, failed)
		}
		if err != nil {
			return
		}
		want := f.deliveries("s", list)
		if len(made) != len(want) {
			t.Fatalf("%d messages of %d entries", len(made), len(want))
		}
		for i, d := range want {
			if !reflect.DeepEqual(made[i].message, d.message) || made[i].id != d.id {
				t.Errorf("message %d is %v, want %v", i, made[i].message, d.message)
			}
		}
	})
}
