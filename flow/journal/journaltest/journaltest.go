// Package journaltest is the suite that every journal must pass: what a run
// may rely on, whoever keeps it.
package journaltest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/weft-dev/weft/flow/journal"
)

// Test runs the suite. Each call of open gives an empty journal; the suite
// closes it.
func Test(t *testing.T, open func(*testing.T) journal.Store) {
	for name, test := range map[string]func(*testing.T, journal.Store){
		"entries come back in order":                           inOrder,
		"a run that was never written has no entries":          emptyRun,
		"the second writer of the same number is refused":      conflict,
		"an append is written whole or not at all":             allOrNothing,
		"entries are the writer's own bytes":                   ownBytes,
		"runs do not see each other":                           apart,
		"many runs write at once":                              manyRuns,
		"of many writers of one run one wins each number":      race,
		"lists give the newest first and keep to their limits": lists,
		"a mark needs a run":                                   markUnknown,
		"a mark comes with the entries or not at all":          appendMarked,
		"a run's name is bounded":                              names,
		"a closed journal says so":                             closed,
		"a cancelled caller is told":                           cancelled,
		"notes are void after another entry or a mark":         noted,
		"values are found by how their names begin":            values,
	} {
		t.Run(name, func(t *testing.T) {
			store := open(t)
			t.Cleanup(func() { _ = store.Close() })
			test(t, store)
		})
	}
}

func inOrder(t *testing.T, s journal.Store) {
	must(t, s.Append(t.Context(), "r", 0, entries("a", "b")))
	must(t, s.Append(t.Context(), "r", 2, entries("c")))
	want(t, s, "r", 0, "a", "b", "c")
	want(t, s, "r", 2, "c")
	want(t, s, "r", 3)
	want(t, s, "r", 9)
}

func emptyRun(t *testing.T, s journal.Store) {
	want(t, s, "nobody", 0)
	must(t, s.Append(t.Context(), "nobody", 0, nil))
	want(t, s, "nobody", 0)
	list, err := s.Runs(t.Context(), journal.Query{})
	must(t, err)
	if len(list) != 0 {
		t.Errorf("an append of nothing made a run: %v", list)
	}
}

func conflict(t *testing.T, s journal.Store) {
	must(t, s.Append(t.Context(), "r", 0, entries("a")))
	for _, after := range []uint64{0, 2, 1 << 40} {
		if err := s.Append(t.Context(), "r", after, entries("x")); !errors.Is(err, journal.ErrConflict) {
			t.Errorf("append after %d of 1: got %v, want ErrConflict", after, err)
		}
	}
	if err := s.Append(t.Context(), "new", 3, entries("x")); !errors.Is(err, journal.ErrConflict) {
		t.Errorf("append after 3 of none: got %v, want ErrConflict", err)
	}
	want(t, s, "r", 0, "a")
}

func allOrNothing(t *testing.T, s journal.Store) {
	big := make([]byte, journal.MaxEntry+1)
	err := s.Append(t.Context(), "r", 0, [][]byte{[]byte("a"), big})
	if !errors.Is(err, journal.ErrTooLarge) {
		t.Errorf("got %v, want ErrTooLarge", err)
	}
	want(t, s, "r", 0)
}

func ownBytes(t *testing.T, s journal.Store) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	given := [][]byte{slices.Clone(all), {}, nil, bytes.Repeat(all, 4096)}
	must(t, s.Append(t.Context(), "r", 0, given))
	clear(given[0])
	got, err := s.Read(t.Context(), "r", 0)
	must(t, err)
	if len(got) != 4 || !bytes.Equal(got[0], all) || len(got[1]) != 0 || len(got[2]) != 0 || len(got[3]) != 1<<20 {
		t.Errorf("entries changed on their way")
	}
}

func apart(t *testing.T, s journal.Store) {
	must(t, s.Append(t.Context(), "a", 0, entries("1")))
	must(t, s.Append(t.Context(), "b", 0, entries("2")))
	must(t, s.Append(t.Context(), "A", 0, entries("3")))
	want(t, s, "a", 0, "1")
	want(t, s, "b", 0, "2")
	want(t, s, "A", 0, "3")
}

func manyRuns(t *testing.T, s journal.Store) {
	const runs, each = 16, 20
	var group sync.WaitGroup
	for i := range runs {
		group.Go(func() {
			run := fmt.Sprint("run-", i)
			for n := range each {
				if err := s.Append(t.Context(), run, uint64(n), entries(fmt.Sprint(run, n))); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	for i := range runs {
		run := fmt.Sprint("run-", i)
		got, err := s.Read(t.Context(), run, 0)
		must(t, err)
		if len(got) != each || string(got[each-1]) != fmt.Sprint(run, each-1) {
			t.Errorf("%s has %d entries, want %d of its own", run, len(got), each)
		}
	}
}

func race(t *testing.T, s journal.Store) {
	const writers, each = 8, 10
	var group sync.WaitGroup
	var mu sync.Mutex
	won := 0
	for range writers {
		group.Go(func() {
			for n := range each {
				err := s.Append(t.Context(), "r", uint64(n), entries("x"))
				if err == nil {
					mu.Lock()
					won++
					mu.Unlock()
				} else if !errors.Is(err, journal.ErrConflict) {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	got, err := s.Read(t.Context(), "r", 0)
	must(t, err)
	if len(got) != won {
		t.Errorf("%d appends were acknowledged and %d entries are there", won, len(got))
	}
}

func lists(t *testing.T, s journal.Store) {
	for _, run := range []string{"one", "two", "three"} {
		must(t, s.Append(t.Context(), run, 0, entries("x", "y")))
	}
	must(t, s.Mark(t.Context(), "one", "waiting"))
	must(t, s.Mark(t.Context(), "two", "done"))
	must(t, s.Mark(t.Context(), "three", "waiting"))
	for _, c := range []struct {
		query journal.Query
		want  []string
	}{
		{journal.Query{}, []string{"three", "two", "one"}},
		{journal.Query{Status: "waiting"}, []string{"three", "one"}},
		{journal.Query{Status: "waiting", Limit: 1}, []string{"three"}},
		{journal.Query{Status: "nothing"}, nil},
	} {
		list, err := s.Runs(t.Context(), c.query)
		must(t, err)
		var got []string
		for _, run := range list {
			got = append(got, run.ID)
			if run.Last != 2 || run.Created.IsZero() || run.Updated.Before(run.Created) {
				t.Errorf("run %s: %+v", run.ID, run)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%+v: got %v, want %v", c.query, got, c.want)
		}
	}
}

// appendMarked asks that a mark comes with the entries, or not at all.
func appendMarked(t *testing.T, s journal.Store) {
	marker, ok := s.(journal.Marker)
	if !ok {
		t.Skip("this store does not mark with what it appends")
	}
	must(t, marker.AppendMarked(t.Context(), "one", 0, entries("x"), "running"))
	must(t, s.Append(t.Context(), "one", 1, entries("y")))
	if err := marker.AppendMarked(t.Context(), "one", 1, entries("z"), "done"); !errors.Is(err, journal.ErrConflict) {
		t.Errorf("got %v, want ErrConflict", err)
	}
	marked(t, s, "running", 2)
	must(t, marker.AppendMarked(t.Context(), "one", 2, nil, "done"))
	marked(t, s, "running", 2)
	must(t, marker.AppendMarked(t.Context(), "one", 2, entries("z"), "done"))
	marked(t, s, "done", 3)
}

// marked asks how the only run stands.
func marked(t *testing.T, s journal.Store, status string, last uint64) {
	t.Helper()
	list, err := s.Runs(t.Context(), journal.Query{})
	must(t, err)
	if len(list) != 1 || list[0].Status != status || list[0].Last != last {
		t.Errorf("want one run, %s after %d entries: %+v", status, last, list)
	}
}

func markUnknown(t *testing.T, s journal.Store) {
	if err := s.Mark(t.Context(), "nobody", "done"); !errors.Is(err, journal.ErrUnknownRun) {
		t.Errorf("got %v, want ErrUnknownRun", err)
	}
}

func names(t *testing.T, s journal.Store) {
	long := string(bytes.Repeat([]byte("n"), journal.MaxRunID))
	must(t, s.Append(t.Context(), long, 0, entries("x")))
	for _, name := range []string{"", long + "n"} {
		if err := s.Append(t.Context(), name, 0, entries("x")); err == nil {
			t.Errorf("a name of %d bytes was taken", len(name))
		}
	}
}

func closed(t *testing.T, s journal.Store) {
	must(t, s.Append(t.Context(), "r", 0, entries("a")))
	must(t, s.Close())
	if err := s.Append(t.Context(), "r", 1, entries("b")); !errors.Is(err, journal.ErrClosed) {
		t.Errorf("got %v, want ErrClosed", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
}

func cancelled(t *testing.T, s journal.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Read(ctx, "r", 0); !errors.Is(err, context.Canceled) {
		t.Errorf("read: got %v, want context.Canceled", err)
	}
}

func entries(texts ...string) [][]byte {
	list := make([][]byte, len(texts))
	for i, text := range texts {
		list[i] = []byte(text)
	}
	return list
}

func want(t *testing.T, s journal.Store, run string, after uint64, texts ...string) {
	t.Helper()
	got, err := s.Read(t.Context(), run, after)
	must(t, err)
	if !slices.EqualFunc(got, texts, func(entry []byte, text string) bool { return string(entry) == text }) {
		t.Errorf("run %s after %d: got %q, want %q", run, after, got, texts)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// noted checks the notes of a store that keeps any.
func noted(t *testing.T, s journal.Store) {
	noter, ok := s.(journal.Noter)
	if !ok {
		t.Skip("it keeps no notes")
	}
	list := func() (names []string) {
		must(t, noter.Noted(t.Context(), func(run journal.Run, note []byte) error {
			names = append(names, run.ID+"="+string(note))
			return nil
		}))
		return names
	}
	for _, run := range []string{"b", "a", "c"} {
		must(t, s.Append(t.Context(), run, 0, entries("1", "2")))
		must(t, noter.Note(t.Context(), run, 2, []byte("waits")))
	}
	must(t, noter.Note(t.Context(), "a", 2, []byte("still")))
	if got := list(); !slices.Equal(got, []string{"b=waits", "a=still", "c=waits"}) {
		t.Errorf("the notes are %v", got)
	}
	must(t, s.Append(t.Context(), "a", 2, entries("3")))
	must(t, s.Mark(t.Context(), "c", "ended"))
	if got := list(); !slices.Equal(got, []string{"b=waits"}) {
		t.Errorf("after another entry and a mark the notes are %v", got)
	}
	if err := noter.Note(t.Context(), "nobody", 1, []byte("x")); !errors.Is(err, journal.ErrUnknownRun) {
		t.Errorf("a note of no run: %v", err)
	}
}

// values checks the values of a store that keeps any.
func values(t *testing.T, s journal.Store) {
	keeper, ok := s.(journal.Keeper)
	if !ok {
		t.Skip("it keeps no values")
	}
	for _, name := range []string{"x/2", "x/1", "xy", "w/9", "x/3"} {
		must(t, keeper.Keep(t.Context(), name, []byte(name)))
	}
	must(t, keeper.Keep(t.Context(), "x/3", nil))
	var names []string
	must(t, keeper.KeptUnder(t.Context(), "x/", func(name string, value []byte) error {
		names = append(names, name+"="+string(value))
		return nil
	}))
	if !slices.Equal(names, []string{"x/1=x/1", "x/2=x/2"}) {
		t.Errorf("under x/ there are %v", names)
	}
	if value, err := keeper.Kept(t.Context(), "x/3"); value != nil || err != nil {
		t.Errorf("what was forgotten is %q, %v", value, err)
	}
}
