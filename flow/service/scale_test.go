package service_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/journal/sqlite"
	"github.com/weft-dev/weft/flow/service"
	"github.com/weft-dev/weft/internal/cputime"
)

var waitingRuns = flag.Int("waiting.runs", 1000, "how many runs wait at once")

// until waits for a condition, for so long that only what will never be fails.
func until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for limit := time.Now().Add(15 * time.Minute); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("in a quarter of an hour not: %s", what)
		}
	}
}

// inUse is the bytes of heap and stacks that are in use.
func inUse() int {
	runtime.GC()
	var now runtime.MemStats
	runtime.ReadMemStats(&now)
	return int(now.HeapAlloc + now.StackInuse)
}

// resident is what the system says that this process holds of its memory: now,
// and at most since it began. It is nothing where the system does not say.
func resident(t testing.TB) (now, most int) {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, 0
	}
	for line := range strings.Lines(string(status)) {
		name, size, _ := strings.Cut(line, ":")
		switch name {
		case "VmRSS":
			_, err = fmt.Sscanf(size, "%d kB", &now)
		case "VmHWM":
			_, err = fmt.Sscanf(size, "%d kB", &most)
		}
		must(t, err)
	}
	return now << 10, most << 10
}

// A hundred thousand runs that wait, and the process that they wait beside, the
// servers of this test included, hold less than this.
const mostResident = 500 << 20

func judgeResident(t testing.TB, when string) {
	t.Helper()
	debug.FreeOSMemory()
	now, most := resident(t)
	t.Logf("%s: resident %d MB, at most %d MB so far", when, now>>20, most>>20)
	if *waitingRuns == 100_000 && now > mostResident {
		t.Errorf("%s: the process holds %d MB, want at most %d", when, now>>20, mostResident>>20)
	}
}

// Runs that wait are not in memory, a service that begins anew knows of all of
// them without reading their histories, and each gets its own answer.
func TestManyRunsThatWaitCostLittleAndGoOn(t *testing.T) {
	b, url := newBus(t)
	b.mute = true
	path := filepath.Join(t.TempDir(), "j.db")
	p := compile(t, "")
	openService := func() (*service.Service, func()) {
		store, err := sqlite.Open(t.Context(), path, sqlite.Options{})
		must(t, err)
		w := newWire(url)
		s, err := service.Open(t.Context(), service.Options{
			Journal: store, Idle: 20 * time.Millisecond,
			Workflows: map[string]*service.Workflow{"order": {Plan: p, Wire: engine.Wire{Sender: w, Subscriber: w}}},
		})
		must(t, err)
		return s, sync.OnceFunc(func() {
			must(t, s.Close(context.Background()))
			w.close()
			must(t, store.Close())
		})
	}
	s, closeService := openService()
	defer closeService()
	before := inUse()
	begun := time.Now()
	startAll(t, s, *waitingRuns)
	until(t, "all runs wait outside of memory", func() bool { return s.Counts().Waiting == *waitingRuns })
	t.Logf("%d runs wait after %s", *waitingRuns, time.Since(begun))
	// What the runs used while they ran goes in its own time: buffers that are
	// pooled, stacks of those that are about to end.
	most := 10<<20 + *waitingRuns*2000
	until(t, fmt.Sprintf("%d runs that wait take at most %d bytes of memory", *waitingRuns, most), func() bool { return inUse()-before <= most })
	judgeResident(t, "all wait")
	closeService()

	begun = time.Now()
	used := cputime.Used()
	s, closeService = openService()
	defer closeService()
	t.Logf("taken up again after %s, with %s of the processor", time.Since(begun), cputime.Used()-used)
	judgeResident(t, "taken up again")
	if c := s.Counts(); c.Waiting != *waitingRuns || c.Active != *waitingRuns {
		t.Errorf("of %d runs %d are taken up and %d wait outside of memory", *waitingRuns, c.Active, c.Waiting)
	}
	b.mu.Lock()
	for n := range *waitingRuns {
		b.place(runID(n))
	}
	b.mu.Unlock()
	begun = time.Now()
	until(t, "all runs have ended", func() bool { return s.Counts().Active == 0 })
	t.Logf("all have ended after %s", time.Since(begun))
	closeService()
	judge(t, childOrder{Journal: path, Runs: *waitingRuns}, b)
}

func startAll(t testing.TB, s *service.Service, runs int) {
	var work sync.WaitGroup
	next := make(chan int)
	for range 256 {
		work.Go(func() {
			for n := range next {
				if _, _, err := s.Start(t.Context(), "order", runID(n), map[string]any{"request": runID(n)}); err != nil {
					t.Error(fmt.Errorf("begin %s: %w", runID(n), err))
				}
			}
		})
	}
	for n := range runs {
		next <- n
	}
	close(next)
	work.Wait()
}
