package lock_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/weft-dev/weft/make/bundle/lock"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/source/subject"
)

func parse(text string) (*lock.Lock, error) {
	return lock.Parse(source.NewFile("memory:///weft.lock", "weft.lock", []byte(text)))
}

// What is opened is locked, the same way each time, and without secrets.
func TestWhatIsOpenedIsLocked(t *testing.T) {
	t.Parallel()
	inner := subject.New(source.Memory{
		"https://r.test/subjects/s/versions/latest":     `{"subject":"s","version":3,"id":12,"schema":"{}"}`,
		"https://user:hunter2@files.test/x?key=hunter2": "a: 1",
		"https://files.test/y":                          "b: 1",
		"memory:///local.yaml":                          "c: 1",
	}, nil)
	o := &lock.Opener{Inner: inner, Lock: lock.New()}
	for _, uri := range []string{"https://files.test/y", "https://r.test/subjects/s/versions/latest/schema", "https://user:hunter2@files.test/x?key=hunter2", "memory:///local.yaml"} {
		if _, err := o.Open(context.Background(), uri); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := o.Open(context.Background(), "https://files.test/absent"); err == nil {
		t.Error("what is not there was opened")
	}
	text := o.Lock.Print()
	if !o.Changed() || strings.Contains(string(text), "hunter2") || strings.Contains(string(text), "local") || strings.Contains(string(text), "absent") {
		t.Errorf("the lock is\n%s", text)
	}
	again, err := parse(string(text))
	if err != nil || !bytes.Equal(again.Print(), text) {
		t.Fatalf("%v\n%s", err, again.Print())
	}
	if entries := again.Entries(); len(entries) != 3 || entries[2].Version != 3 || entries[2].ID != 12 || entries[2].Type != "AVRO" {
		t.Errorf("the entries are %+v", entries)
	}
}

func TestFilesThatAreNoLocks(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "{", "lock: 2", "lock: '1'", "a: 1", "lock: 1\nreferences: {a: b}",
		"lock: 1\nreferences: [{url: x}]", "lock: 1\nreferences: [{url: x, sha256: short}]", "lock: 1\nreferences: [x]",
		"lock: 1\nreferences: [{url: x, version: -1, sha256: '" + strings.Repeat("0", 64) + "'}]",
	} {
		if _, err := parse(text); err == nil {
			t.Errorf("%q is a lock", text)
		}
	}
	if l, err := parse("lock: 1\nreferences: []\n"); err != nil || len(l.Entries()) != 0 {
		t.Errorf("an empty lock: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("lock: 1\nreferences:\n  - url: \"https://x/y\"\n    version: 3\n    id: 4\n    sha256: \"" + strings.Repeat("a", 64) + "\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		l, err := parse(text)
		if err != nil {
			return
		}
		printed := l.Print()
		again, err := parse(string(printed))
		if err != nil || !bytes.Equal(again.Print(), printed) {
			t.Fatalf("%v\n%s", err, printed)
		}
	})
}
