package service_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/journal"
	"github.com/weft-dev/weft/flow/journal/sqlite"
	"github.com/weft-dev/weft/flow/service"
)

// sick is a journal that writes nothing while it has an error.
type sick struct {
	*journal.Memory
	err atomic.Pointer[error]
}

func (s *sick) fails(err error) { s.err.Store(&err) }

func (s *sick) Append(ctx context.Context, run string, after uint64, entries [][]byte) error {
	if err := s.err.Load(); err != nil && *err != nil {
		return *err
	}
	return s.Memory.Append(ctx, run, after, entries)
}

func (s *sick) AppendMarked(ctx context.Context, run string, after uint64, entries [][]byte, status string) error {
	if err := s.err.Load(); err != nil && *err != nil {
		return *err
	}
	return s.Memory.AppendMarked(ctx, run, after, entries, status)
}

func (s *sick) Note(ctx context.Context, run string, last uint64, note []byte) error {
	if err := s.err.Load(); err != nil && *err != nil {
		return *err
	}
	return s.Memory.Note(ctx, run, last, note)
}

// A disk that is full, or cannot be written, stops runs where they are. Nothing
// new is begun; when the disk is mended they go on, and nothing is lost.
func TestADiskThatCannotBeWrittenStopsRunsUntilItCan(t *testing.T) {
	t.Parallel()
	for _, kind := range []error{journal.ErrFull, journal.ErrReadOnly} {
		b, url := newBus(t)
		b.mute = true
		store := &sick{Memory: journal.NewMemory(time.Now)}
		s := open(t, compile(t, ""), store, url, nil)
		id, _, err := s.Start(t.Context(), "order", "r1", map[string]any{"request": "r1"})
		must(t, err)
		b.took(t, "r1")
		until(t, "the run waits", func() bool { return s.Counts().Waiting == 1 })
		store.fails(fmt.Errorf("journal x: %w", kind))
		if _, _, err := s.Start(t.Context(), "order", "r2", map[string]any{"request": "r2"}); !errors.Is(err, kind) {
			t.Errorf("a run is begun on a disk of which %v: %v", kind, err)
		}
		b.mu.Lock()
		b.place("r1")
		b.mu.Unlock()
		until(t, "the run is stuck", func() bool { return s.Counts().Stuck == 1 })
		list, err := s.List(t.Context(), "stuck", 10)
		must(t, err)
		if len(list) != 1 || !strings.Contains(list[0].Problem, kind.Error()) {
			t.Errorf("stuck are %+v", list)
		}
		if err := s.Resume(t.Context(), id); !errors.Is(err, kind) {
			t.Errorf("resumed on a sick disk: %v", err)
		}
		store.fails(nil)
		must(t, s.Resume(t.Context(), id))
		if d := ended(t, s, id); d.Status != "succeeded" || d.Outputs["for"] != "r1" || d.Steps[0].Attempts != 1 {
			t.Errorf("when the disk was mended it ended as %+v", d)
		}
		if len(b.sends["r1"]) != 1 || len(b.sends["r2"]) != 0 {
			t.Errorf("sent were %v", b.sends)
		}
	}
}

// A clock that is set moves deadlines by what it is set, and nothing else: set
// back no time comes early, set forward none is missed.
func TestAClockThatIsSetLosesNoTimeAndHasNoneEarly(t *testing.T) {
	t.Parallel()
	b, url := newBus(t)
	b.mute = true
	var offset atomic.Int64
	w := newWire(url)
	t.Cleanup(w.close)
	s, err := service.Open(t.Context(), service.Options{
		Journal: journal.NewMemory(time.Now), Idle: 5 * time.Millisecond, ReceiveTimeout: time.Hour,
		Now:       func() time.Time { return time.Now().Add(time.Duration(offset.Load())) },
		Workflows: map[string]*service.Workflow{"order": {Plan: compile(t, ""), Wire: engine.Wire{Sender: w, Subscriber: w}}},
	})
	must(t, err)
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	begin := func(id string) {
		_, _, err := s.Start(t.Context(), "order", id, map[string]any{"request": id})
		must(t, err)
	}
	begin("a")
	begin("b")
	until(t, "both wait", func() bool { return s.Counts().Waiting == 2 })
	offset.Store(int64(-2 * time.Hour))
	begin("c") // so that the alarms are looked at
	until(t, "all wait", func() bool { return s.Counts().Waiting == 3 })
	b.mu.Lock()
	b.place("a")
	b.mu.Unlock()
	if d := ended(t, s, "a"); d.Status != "succeeded" {
		t.Errorf("when the clock was set back the run %s: %+v", d.Status, d.Error)
	}
	offset.Store(int64(3 * time.Hour))
	for _, id := range []string{"b", "c"} {
		if d := ended(t, s, id); d.Status != "failed" || d.Error == nil || d.Error.Code != "timeout" {
			t.Errorf("when the clock was set forward beyond its deadline run %s %s: %+v", id, d.Status, d.Error)
		}
	}
}

// The last write of a process may be torn. What was acknowledged before goes
// on; what was not acknowledged never was.
func TestAJournalWithATornEndGoesOn(t *testing.T) {
	t.Parallel()
	b, url := newBus(t)
	b.mute = true
	folder := t.TempDir()
	store, err := sqlite.Open(t.Context(), filepath.Join(folder, "j.db"), sqlite.Options{})
	must(t, err)
	t.Cleanup(func() { _ = store.Close() })
	p := compile(t, "")
	s := open(t, p, store, url, nil)
	const runs = 5
	for n := range runs {
		_, _, err := s.Start(t.Context(), "order", runID(n), map[string]any{"request": runID(n)})
		must(t, err)
	}
	until(t, "all wait", func() bool { return s.Counts().Waiting == runs })
	wal, err := os.ReadFile(filepath.Join(folder, "j.db-wal"))
	must(t, err)
	main, err := os.ReadFile(filepath.Join(folder, "j.db"))
	must(t, err)
	for n := range runs {
		b.mu.Lock()
		b.place(runID(n))
		b.mu.Unlock()
	}
	for _, cut := range []int{1, 100, 4200, len(wal) / 3} {
		torn := filepath.Join(t.TempDir(), "torn.db")
		must(t, os.WriteFile(torn, main, 0o600))
		must(t, os.WriteFile(torn+"-wal", wal[:len(wal)-cut], 0o600))
		again, err := sqlite.Open(t.Context(), torn, sqlite.Options{})
		must(t, err)
		taken := open(t, p, again, url, nil)
		for n := range runs {
			// One whose beginning is lost is begun again by whoever asked for it.
			_, _, err := taken.Start(t.Context(), "order", runID(n), map[string]any{"request": runID(n)})
			must(t, err)
		}
		b.mu.Lock()
		b.mute = false
		b.mu.Unlock()
		for n := range runs {
			if d := ended(t, taken, runID(n)); d.Status != "succeeded" || d.Outputs["for"] != runID(n) {
				t.Errorf("with %d bytes less %s ended as %s: %+v", cut, runID(n), d.Status, d.Error)
			}
		}
		must(t, taken.Close(context.Background()))
		must(t, again.Close())
	}
	for n := range runs {
		if ids := b.sends[runID(n)]; len(ids) != 1 {
			t.Errorf("%s was sent with the ids %v", runID(n), ids)
		}
	}
}
