package redis_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
)

// What is kept is there for the next one who comes, also when the server was
// away meanwhile; shelves do not mix, and nil forgets.
func TestValuesAreKept(t *testing.T) {
	t.Parallel()
	m, restart := newServer(t)
	open := func(scheme, name string) *broker.Shelf {
		t.Helper()
		b, err := broker.Open(t.Context(), scheme+"://"+m.Addr(), broker.Config{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = b.Close(t.Context()) })
		shelf, err := b.Shelf(name)
		if err != nil {
			t.Fatal(err)
		}
		return shelf
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	one, other := open("redis", "one"), open("redis-streams", "other")
	for i := range 3000 { // more than come at once
		must(one.Keep(t.Context(), fmt.Sprintf("b/%04d", i), []byte{byte(i), 0, '\n'}))
	}
	must(one.Keep(t.Context(), "a[*", []byte("first")))
	must(one.Keep(t.Context(), "a[*", []byte("second")))
	must(other.Keep(t.Context(), "b/other", []byte{}))
	must(one.Keep(t.Context(), "b/2999", nil))
	restart(t)

	if value, err := one.Kept(t.Context(), "a[*"); err != nil || string(value) != "second" {
		t.Errorf("%q, %v", value, err)
	}
	if value, err := one.Kept(t.Context(), "b/2999"); err != nil || value != nil {
		t.Errorf("what was forgotten is %q, %v", value, err)
	}
	var names []string
	must(one.KeptUnder(t.Context(), "b/", func(name string, value []byte) error {
		if i := len(names); name != fmt.Sprintf("b/%04d", i) || string(value) != string([]byte{byte(i), 0, '\n'}) {
			t.Errorf("number %d is %s, %q", i, name, value)
		}
		names = append(names, name)
		return nil
	}))
	if len(names) != 2999 {
		t.Errorf("%d values are kept", len(names))
	}
	stop := errors.New("enough")
	if err := other.KeptUnder(t.Context(), "", func(string, []byte) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("whoever reads cannot stop: %v", err)
	}
}

// What lies under the name of a shelf and is none is not touched.
func TestAShelfIsNotMadeOfSomethingElse(t *testing.T) {
	t.Parallel()
	m, _ := newServer(t)
	if err := m.Set("taken", "by somebody"); err != nil {
		t.Fatal(err)
	}
	b, err := broker.Open(t.Context(), "redis://"+m.Addr(), broker.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close(t.Context()) })
	shelf, err := b.Shelf("taken")
	if err != nil {
		t.Fatal(err)
	}
	if err := shelf.Keep(t.Context(), "a", []byte("b")); !errors.Is(err, driver.ErrInvalid) {
		t.Errorf("%v", err)
	}
}
