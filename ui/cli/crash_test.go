package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weft-dev/weft/flow/callbacks"
	"github.com/weft-dev/weft/flow/journal/sqlite"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/embedded"
)

var crashAll = flag.Bool("crash.all", false, "kill the service at each write of each pattern, not at some")

// The variables that tell a mortal service when to die: at which write, and
// whether before or after it.
const (
	dieAt    = "WEFT_TEST_DIE_AT"
	dieAfter = "WEFT_TEST_DIE_AFTER"
)

// mortalStore is a journal whose process is killed at one of its writes.
type mortalStore struct {
	serviceStore
	at     int64
	after  bool
	writes atomic.Int64
}

func (m *mortalStore) write(do func() error) error {
	n := m.writes.Add(1)
	if n == m.at && !m.after {
		die()
	}
	err := do()
	if n == m.at {
		die()
	}
	return err
}

func (m *mortalStore) Append(ctx context.Context, run string, after uint64, entries [][]byte) error {
	return m.write(func() error { return m.serviceStore.Append(ctx, run, after, entries) })
}

func (m *mortalStore) Keep(ctx context.Context, name string, value []byte) error {
	if strings.HasPrefix(name, "listen/") || strings.HasPrefix(name, "watch/") {
		return m.serviceStore.Keep(ctx, name, value) // by the clock: no step of a run
	}
	return m.write(func() error { return m.serviceStore.Keep(ctx, name, value) })
}

func (m *mortalStore) Mark(ctx context.Context, run, status string) error {
	return m.write(func() error { return m.serviceStore.Mark(ctx, run, status) })
}

func (m *mortalStore) AppendMarked(ctx context.Context, run string, after uint64, entries [][]byte, status string) error {
	return m.write(func() error { return m.serviceStore.AppendMarked(ctx, run, after, entries, status) })
}

// die ends the process as a kill from outside would: nothing is tidied up.
func die() {
	self, _ := os.FindProcess(os.Getpid()) // there is one
	_ = self.Kill()
	select {}
}

func mortal() int {
	open := openStore
	openStore = func(ctx context.Context, path string) (serviceStore, error) {
		store, err := open(ctx, path)
		if err != nil {
			return nil, err
		}
		at, _ := strconv.ParseInt(os.Getenv(dieAt), 10, 64)
		return &mortalStore{serviceStore: store, at: at, after: os.Getenv(dieAfter) != ""}, nil
	}
	return Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
}

// pattern is an example that is run in a service.
type pattern struct {
	name     string
	workflow string
	answer   string // of a person, where one is asked
	callback bool   // a webhook is called when the run has ended
	afar     bool   // callbacks are kept at a server of Redis
	effects  int    // how many messages and calls with an id there are
}

func (p pattern) String() string {
	if p.afar {
		return p.name + " kept afar"
	}
	return p.name
}

func patterns() []pattern {
	return []pattern{
		{name: "fire-and-forget", workflow: "processOrder", effects: 1},
		{name: "deferred-response", workflow: "order", effects: 1},
		{name: "parallel-aggregation", workflow: "fulfil", effects: 3},
		{name: "callback-afterwards", workflow: "longRunningProcess", callback: true, effects: 1},
		{name: "callback-afterwards", workflow: "longRunningProcess", callback: true, afar: true, effects: 1},
		{name: "person-in-the-loop", workflow: "payout", answer: `{"step":"approve","answer":{"approved":true,"name":"Ann"}}`, effects: 1},
	}
}

// stand is all that survives a service: the servers that its workflow uses, and
// what they were sent.
type stand struct {
	t       *testing.T
	pattern pattern
	folder  string
	servers map[string]string
	store   string // the server that keeps callbacks, or ""
	hook    *httptest.Server
	inputs  map[string]any

	mu       sync.Mutex
	sent     map[string]bool // ids of messages and calls
	hooks    map[string]bool // ids of callbacks
	answered int             // messages that the mocks sent
}

func newStand(t *testing.T, p pattern) *stand {
	t.Helper()
	s := &stand{t: t, pattern: p, folder: filepath.Join("..", "..", "examples", p.name), sent: map[string]bool{}, hooks: map[string]bool{}}
	s.hook = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { s.called(r.Header.Get("webhook-id")) }))
	t.Cleanup(s.hook.Close)
	file, err := source.ReadFile(filepath.Join(s.folder, p.name+".inputs.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	root, _ := tree.Parse(file, tree.Options{})
	s.inputs = root.Value().(map[string]any)
	if p.callback {
		s.inputs["callbackUrl"] = s.hook.URL
	}
	if p.afar {
		redis, err := embedded.Start(t.Context(), "redis", embedded.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = redis.Close() })
		s.store = redis.URL
	}
	mocks := exec.Command("weft", "mock", filepath.Join(s.folder, p.name+".arazzo.yaml"), "--format", "json")
	lines := started(t, mocks)
	for s.servers == nil {
		line, ok := <-lines
		if !ok {
			t.Fatal("the mocks do not begin")
		}
		s.heard(line)
	}
	go func() {
		for line := range lines {
			s.heard(line)
		}
	}()
	return s
}

// started starts a command that ends with the test, and gives its lines.
func started(t *testing.T, c *exec.Cmd) <-chan string {
	t.Helper()
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var talk bytes.Buffer
	c.Stderr = &talk
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 1000)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(lines)
		for scanner := bufio.NewScanner(out); scanner.Scan(); {
			lines <- scanner.Text()
		}
		_ = c.Wait()
	}()
	t.Cleanup(func() {
		_ = c.Process.Kill()
		for range lines {
		}
		<-done
		if t.Failed() && talk.Len() > 0 {
			t.Logf("%s said: %s", filepath.Base(c.Path), talk.String())
		}
	})
	return lines
}

func (s *stand) heard(line string) {
	var event struct {
		Event   string
		Servers map[string]string
		Message struct{ IdempotencyID string }
	}
	if json.Unmarshal([]byte(line), &event) != nil {
		return
	}
	if event.Event == "ready" {
		s.servers = event.Servers
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch id := event.Message.IdempotencyID; {
	case event.Event == "answered":
		s.answered++
	case id != "":
		s.sent[id] = true
	}
}

func (s *stand) called(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hooks[id] = true
}

// calledBack reports whether there was a callback, and not more of them than
// messages to be told of: a mock that is asked twice answers twice.
func (s *stand) calledBack() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.hooks) > 0 && len(s.hooks) <= s.answered
}

// keptAfar makes sure that the server has the callbacks, and the journal of a
// service that has gone has none.
func (s *stand) keptAfar(file string) {
	s.t.Helper()
	count := func(store callbacks.Store) (n int) {
		must(s.t, store.KeptUnder(s.t.Context(), "callback/", func(string, []byte) error { n++; return nil }))
		return n
	}
	kept, err := sqlite.Open(s.t.Context(), file, sqlite.Options{})
	must(s.t, err)
	defer kept.Close()
	whose, err := identityOf(s.t.Context(), kept)
	must(s.t, err)
	server, err := broker.Open(s.t.Context(), s.store, broker.Config{})
	must(s.t, err)
	defer func() { _ = server.Close(s.t.Context()) }()
	shelf, err := shelfOf(server, s.pattern.workflow, whose)
	must(s.t, err)
	if here, there := count(kept), count(shelf); here != 0 || there == 0 {
		s.t.Errorf("the journal has %d callbacks and the server %d", here, there)
	}
}

// ids are those of all effects. The mocks may be behind.
func (s *stand) ids() []string {
	for limit := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		s.mu.Lock()
		list := slices.Sorted(maps.Keys(s.sent))
		s.mu.Unlock()
		if len(list) >= s.pattern.effects || time.Now().After(limit) {
			return list
		}
	}
}

// serve starts a service. The channel is closed when it has ended.
func (s *stand) serve(journal string, at int, after bool) (url string, c *exec.Cmd, gone <-chan string) {
	args := []string{"serve", s.folder, "--journal", journal, "--listen", "127.0.0.1:0", "--format", "json", "--create"}
	for name, server := range s.servers {
		args = append(args, "--server", name+"="+server)
	}
	if s.store != "" {
		args = append(args, "--callback-store", s.store)
	}
	c = exec.Command("weft-mortal", args...)
	c.Env = append(os.Environ(), fmt.Sprintf("%s=%d", dieAt, at))
	if after {
		c.Env = append(c.Env, dieAfter+"=yes")
	}
	lines := started(s.t, c)
	var ready struct{ URL string }
	if line, ok := <-lines; ok {
		_ = json.Unmarshal([]byte(line), &ready)
	}
	return ready.URL, c, lines
}

var errGone = errors.New("the service has gone")

func (s *stand) ask(method, url, body string, into any) error {
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", "the only run")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return errGone
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		return errGone
	}
	// The webhook has another address in each test.
	return json.Unmarshal(bytes.ReplaceAll(data, []byte(s.hook.URL), []byte("https://hook")), into)
}

// end is how a run ended, as far as it must be the same each time.
type end struct {
	Status  string
	Outputs map[string]any
	Steps   []struct {
		ID, Status string
		Attempts   int
		Outputs    map[string]any
	}
}

// drive begins the run, unless it has begun, answers what it asks and waits for
// its end, and for the callback where there is one.
func (s *stand) drive(url string) (end, error) {
	inputs, _ := json.Marshal(map[string]any{"inputs": s.inputs})
	var run struct{ ID string }
	if err := s.ask("POST", url+"/v1/workflows/"+s.pattern.workflow+"/runs", string(inputs), &run); err != nil {
		return end{}, err
	}
	for limit := time.Now().Add(2 * time.Minute); time.Now().Before(limit); time.Sleep(10 * time.Millisecond) {
		var stands struct {
			end
			Waits []struct{ For string }
		}
		if err := s.ask("GET", url+"/v1/runs/"+run.ID, "", &stands); err != nil {
			return end{}, err
		}
		if stands.Status != "running" {
			return stands.end, s.delivered(url)
		}
		if len(stands.Waits) > 0 && stands.Waits[0].For == "asking" {
			_ = s.ask("POST", url+"/v1/runs/"+run.ID+"/answer", s.pattern.answer, &struct{}{}) // it may be answered by now
		}
	}
	return end{}, errors.New("the run does not end")
}

// delivered waits until the callback is delivered.
func (s *stand) delivered(url string) error {
	if !s.pattern.callback {
		return nil
	}
	for limit := time.Now().Add(2 * time.Minute); time.Now().Before(limit); time.Sleep(10 * time.Millisecond) {
		var list struct{ Callbacks []struct{ State string } }
		if err := s.ask("GET", url+"/v1/callbacks?state=delivered", "", &list); err != nil {
			return err
		}
		if len(list.Callbacks) > 0 {
			return nil
		}
	}
	return errors.New("the callback is not delivered")
}

// Each pattern is run in a service that is killed at a write to its journal,
// before and after it, and started again: it ends as the run that nobody killed,
// with the same effects under the same ids.
func TestAPatternThatIsKilledAtAWriteEndsAsIfItWasNot(t *testing.T) {
	t.Parallel()
	for _, p := range patterns() {
		t.Run(p.String(), func(t *testing.T) {
			t.Parallel()
			wantEnd, wantIDs := uninterrupted(t, p)
			writes := []int{3}
			if *crashAll {
				writes = nil
			}
			for at := 1; *crashAll || len(writes) > 0; at++ {
				if !*crashAll {
					at, writes = writes[0], writes[1:]
				}
				for _, after := range []bool{false, true} {
					killed := interrupted(t, p, at, after, wantEnd, wantIDs)
					if !killed && *crashAll {
						t.Logf("killed at each of %d writes", at-1)
						return
					}
				}
			}
		})
	}
}

func uninterrupted(t *testing.T, p pattern) (end, []string) {
	s := newStand(t, p)
	url, c, _ := s.serve(filepath.Join(t.TempDir(), "j.db"), 0, false)
	got, err := s.drive(url)
	_ = c.Process.Kill()
	if err != nil || got.Status != "succeeded" {
		t.Fatalf("without being killed it is %s: %v", got.Status, err)
	}
	return got, s.ids()
}

// interrupted reports whether the service was killed at that write.
func interrupted(t *testing.T, p pattern, at int, after bool, wantEnd end, wantIDs []string) bool {
	s := newStand(t, p)
	file := filepath.Join(t.TempDir(), "j.db")
	url, c, gone := s.serve(file, at, after)
	_, err := s.drive(url)
	killed := errors.Is(err, errGone)
	switch {
	case killed:
		for range gone {
		}
		url, c, gone = s.serve(file, 0, false)
	case err != nil:
		t.Fatalf("killed at write %d: %v", at, err)
	}
	got, err := s.drive(url)
	if errors.Is(err, errGone) && !killed { // it was when the run had ended
		killed = true
		url, c, gone = s.serve(file, 0, false)
		got, err = s.drive(url)
	}
	_ = c.Process.Kill()
	if err != nil {
		t.Fatalf("killed at write %d (after: %v): %v", at, after, err)
	}
	if p.afar {
		for range gone {
		}
		s.keptAfar(file)
	}
	for i := range got.Steps {
		if i < len(wantEnd.Steps) && got.Steps[i].Attempts != wantEnd.Steps[i].Attempts {
			t.Errorf("killed at write %d (after: %v) step %s has %d attempts", at, after, got.Steps[i].ID, got.Steps[i].Attempts)
		}
	}
	if !sameEnd(got, wantEnd) {
		t.Errorf("killed at write %d (after: %v) it ended as\n%+v\nnot as\n%+v", at, after, got, wantEnd)
	}
	if ids := s.ids(); !slices.Equal(ids, wantIDs) {
		t.Errorf("killed at write %d (after: %v) it had the effects\n%s\nnot\n%s", at, after, strings.Join(ids, "\n"), strings.Join(wantIDs, "\n"))
	}
	if p.callback && !s.calledBack() {
		t.Errorf("killed at write %d (after: %v) it called back %d times, for %d messages", at, after, len(s.hooks), s.answered)
	}
	return killed
}

// sameEnd compares what does not depend on when things happened.
func sameEnd(a, b end) bool {
	for _, e := range []*end{&a, &b} {
		delete(e.Outputs, "receivedAt")
		for i := range e.Steps {
			delete(e.Steps[i].Outputs, "receivedAt")
			delete(e.Steps[i].Outputs, "completedAt")
		}
	}
	return reflect.DeepEqual(a.Outputs, b.Outputs) && a.Status == b.Status && len(a.Steps) == len(b.Steps)
}
