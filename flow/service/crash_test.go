package service_test

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/journal"
	"github.com/weft-dev/weft/flow/journal/sqlite"
	"github.com/weft-dev/weft/flow/service"
)

// childEnv names the environment variable that turns this test binary into a
// service, and holds what it is told.
const childEnv = "WEFT_TEST_SERVICE_CHILD"

var (
	killRuns = flag.Int("kill.runs", 200, "how many runs go on while the service is killed")
	killFor  = flag.Duration("kill.for", 2*time.Second, "for how long the service is killed")
)

type childOrder struct {
	Journal, Bus string
	Runs         int
	// Idle is when a run leaves memory.
	Idle time.Duration
	// DieAt is the write to the journal at which the process kills itself,
	// After it or before; 0 is never.
	DieAt int
	After bool
}

// deadly is a journal whose process is killed at one of its writes.
type deadly struct {
	journal.Store
	writes atomic.Int64
	at     int64
	after  bool
}

func (d *deadly) Append(ctx context.Context, run string, after uint64, entries [][]byte) error {
	n := d.writes.Add(1)
	if n == d.at && !d.after {
		die()
	}
	err := d.Store.Append(ctx, run, after, entries)
	if n == d.at {
		die()
	}
	return err
}

// die ends the process as a kill from outside would: nothing is tidied up.
func die() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

func runChild() int {
	if err := serveChild(); err != nil {
		fmt.Fprintln(os.Stderr, "child:", err)
		return 1
	}
	return 0
}

// serveChild begins all runs, each once however often it is asked to, and says
// when all have ended.
func serveChild() error {
	var o childOrder
	if err := json.Unmarshal([]byte(os.Getenv(childEnv)), &o); err != nil {
		return err
	}
	ctx := context.Background()
	store, err := sqlite.Open(ctx, o.Journal, sqlite.Options{})
	if err != nil {
		return err
	}
	defer store.Close()
	p, err := compiled("")
	if err != nil {
		return err
	}
	w := newWire(o.Bus)
	s, err := service.Open(ctx, service.Options{
		Journal:   &deadly{Store: store, at: int64(o.DieAt), after: o.After},
		Workflows: map[string]*service.Workflow{"order": {Plan: p, Wire: engine.Wire{Sender: w, Subscriber: w}}},
		Idle:      o.Idle,
	})
	if err != nil {
		return err
	}
	fmt.Println("open")
	for n := range o.Runs {
		if _, _, err := s.Start(ctx, "order", runID(n), map[string]any{"request": runID(n)}); err != nil {
			return err
		}
	}
	for {
		list, err := s.List(ctx, "running", 1)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			fmt.Println("done")
			return s.Close(ctx)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func runID(n int) string { return fmt.Sprintf("r%d", n) }

// child starts a service. The channel gets its last word when it has ended.
func child(t *testing.T, o childOrder) (*exec.Cmd, <-chan string) {
	t.Helper()
	data, err := json.Marshal(o)
	must(t, err)
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), childEnv+"="+string(data))
	var talk strings.Builder
	c.Stderr = &talk
	out, err := c.StdoutPipe()
	must(t, err)
	must(t, c.Start())
	last := make(chan string, 1)
	go func() {
		word := ""
		for lines := bufio.NewScanner(out); lines.Scan(); {
			word = lines.Text()
		}
		_ = c.Wait()
		last <- strings.TrimSpace(word + " " + talk.String())
	}()
	return c, last
}

// finish lets a service run until all has ended.
func finish(t *testing.T, o childOrder) {
	t.Helper()
	o.DieAt = 0
	c, last := child(t, o)
	select {
	case word := <-last:
		if word != "done" {
			t.Fatalf("the service that was not killed ended with %q", word)
		}
	case <-time.After(3 * time.Minute):
		_ = c.Process.Kill()
		t.Fatalf("the runs do not end; last word %q", <-last)
	}
}

// judge compares all runs with one that nobody killed: each has ended well with
// its own answer, and whatever was sent again had the same id.
func judge(t *testing.T, o childOrder, b *bus) {
	t.Helper()
	store, err := sqlite.Open(t.Context(), o.Journal, sqlite.Options{ReadOnly: true})
	must(t, err)
	defer store.Close()
	p := compile(t, "")
	for n := range o.Runs {
		id := runID(n)
		stands, err := engine.Inspect(t.Context(), p, id, store)
		must(t, err)
		if stands.Status != "succeeded" || stands.Outputs["for"] != id || stands.Steps[0].Attempts != 1 || stands.Steps[1].Attempts != 1 {
			t.Errorf("%s ended as %s with %v, attempts %d and %d", id, stands.Status, stands.Outputs, stands.Steps[0].Attempts, stands.Steps[1].Attempts)
		}
		b.mu.Lock()
		ids := b.sends[id]
		b.mu.Unlock()
		if len(ids) != 1 {
			t.Errorf("%s was sent with %d ids: %v", id, len(ids), ids)
		}
	}
}

// A service is killed at each of its writes to the journal, before and after,
// while several runs are under way.
func TestAServiceThatIsKilledAtAnyWriteGoesOn(t *testing.T) {
	t.Parallel()
	const runs, writes = 3, 13
	for at := 1; at <= writes; at += 2 {
		for _, after := range []bool{false, true} {
			b, url := newBus(t)
			o := childOrder{Journal: filepath.Join(t.TempDir(), "j.db"), Bus: url, Runs: runs, DieAt: at, After: after, Idle: time.Duration(at) * time.Millisecond}
			_, last := child(t, o)
			if word := <-last; word == "done" && at <= runs {
				t.Errorf("write %d did not kill it", at)
			}
			finish(t, o)
			judge(t, o, b)
		}
	}
}

// A service with many runs is killed at random, again and again.
func TestAServiceThatIsKilledAtRandomGoesOn(t *testing.T) {
	t.Parallel()
	b, url := newBus(t)
	o := childOrder{Journal: filepath.Join(t.TempDir(), "j.db"), Bus: url, Runs: *killRuns, Idle: time.Millisecond}
	kills := 0
	for end := time.Now().Add(*killFor); time.Now().Before(end) || kills < 2; kills++ {
		c, last := child(t, o)
		select {
		case word := <-last:
			if word != "done" {
				t.Fatalf("the service ended with %q", word)
			}
		case <-time.After(50*time.Millisecond + rand.N(250*time.Millisecond)):
			_ = c.Process.Kill()
			<-last
		}
	}
	finish(t, o)
	judge(t, o, b)
}
