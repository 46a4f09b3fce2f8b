package shelf_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/weft-dev/weft/wire/embedded/shelf"
)

type record struct{ Name string }

func save(name string, names ...string) error {
	return shelf.Save(name, func(out *json.Encoder) error {
		for _, n := range names {
			if n == "" {
				return errors.New("a record without a name")
			}
			if err := out.Encode(record{n}); err != nil {
				return err
			}
		}
		return nil
	})
}

func load(name string) (names []string, err error) {
	err = shelf.Load(name, func(r record) error {
		if r.Name == "bad" {
			return errors.New("it is bad")
		}
		names = append(names, r.Name)
		return nil
	})
	return names, err
}

func TestWhatWasSavedIsLoadedInItsOrder(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "kept")
	for _, want := range [][]string{{"a", "b"}, {"c"}, nil} {
		if err := save(name, want...); err != nil {
			t.Fatal(err)
		}
		if got, err := load(name); err != nil || !slices.Equal(got, want) {
			t.Errorf("loaded %q, %v, want %q", got, err, want)
		}
	}
}

func TestAFileIsReplacedAsAWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	name := filepath.Join(dir, "kept")
	if err := save(name, "a", "b"); err != nil {
		t.Fatal(err)
	}
	if err := save(name, "c", ""); err == nil {
		t.Fatal("a record that cannot be written is no fault")
	}
	if got, err := load(name); err != nil || !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("after a failed save there is %q, %v", got, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

func TestNothingIsKeptWithoutAName(t *testing.T) {
	t.Parallel()
	if err := save("", "a", ""); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"", filepath.Join(t.TempDir(), "absent")} {
		if got, err := load(name); err != nil || got != nil {
			t.Errorf("%q has %q, %v", name, got, err)
		}
	}
}

func TestWhatCannotBeReadIsSaidWithItsFile(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "kept")
	for _, text := range []string{"{\"Name\":\"a\"}\n{\"Na", "{\"Name\":\"bad\"}\n", "[]"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := load(name); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
