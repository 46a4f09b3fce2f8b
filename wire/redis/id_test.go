package redis

import (
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
