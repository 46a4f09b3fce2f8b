package cli

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var (
	killRuns = flag.Int("kill.runs", 20, "how many runs are under way while the service is killed")
	killFor  = flag.Duration("kill.for", time.Second, "for how long the service is killed and its brokers are restarted")
)

// doomed is a service that is killed at random and started again.
type doomed struct {
	*killWorld
	journal string
	calm    atomic.Bool // it is killed no more
	ending  atomic.Bool // it is asked to end
	done    chan struct{}

	mu       sync.Mutex
	service  *exec.Cmd
	url      string // empty while it is away
	kills    int
	young    int // of those, before it was ready
	helpless int // it ended of itself, as a broker was away when it began
}

// keep keeps the service running until it is asked to end.
func (d *doomed) keep() {
	defer close(d.done)
	for !d.t.Failed() && !d.ending.Load() {
		d.live()
	}
}

// live is one life of the service.
func (d *doomed) live() {
	before := d.away()
	args := []string{"serve", "testdata/crash", "--journal", d.journal, "--listen", "127.0.0.1:0", "--format", "json", "--server", "shop=" + d.shop.URL}
	for source, h := range d.brokers {
		args = append(args, "--server", source+"="+h.url)
	}
	c := exec.Command("weft", args...)
	var talk strings.Builder
	c.Stderr = &talk
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		d.t.Errorf("the service cannot be started: %v", err)
		return
	}
	d.mu.Lock()
	d.service = c
	d.mu.Unlock()
	var killed atomic.Bool
	// One in five may die before it is ready, the others live on from then.
	early := rand.N(5) == 0
	fate := time.AfterFunc(time.Hour, func() {
		if !d.calm.Load() {
			killed.Store(true)
			_ = c.Process.Kill()
		}
	})
	if early {
		fate.Reset(lifetime())
	}
	ready := false
	for decoder := json.NewDecoder(out); ; {
		var line struct{ URL string }
		if decoder.Decode(&line) != nil {
			break
		}
		if line.URL != "" && !early {
			fate.Reset(lifetime())
		}
		ready = ready || line.URL != ""
		d.moved(line.URL)
	}
	err = c.Wait()
	fate.Stop()
	d.moved("")
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case killed.Load():
		d.kills++
		if !ready {
			d.young++
		}
	case d.ending.Load():
		if err != nil && !d.t.Failed() {
			d.t.Errorf("asked to end it ended with %v\n%s", err, talk.String())
		}
	case !ready && (before%2 == 1 || before != d.away()):
		d.helpless++
	default:
		d.t.Errorf("the service ended of itself: %v\n%s", err, talk.String())
	}
}

// lifetime is how long a service lives.
func lifetime() time.Duration {
	return 50*time.Millisecond + rand.N(min(*killFor/2, 5*time.Second))
}

func (d *doomed) moved(url string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.url = url
}

func (d *doomed) at() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.url
}

// end asks the service to end, and waits until it has.
func (d *doomed) end() {
	d.ending.Store(true)
	d.mu.Lock()
	_ = d.service.Process.Signal(os.Interrupt)
	d.mu.Unlock()
	<-d.done
}

// ask asks the service until one of its lives answers.
func (d *doomed) ask(method, path, key, body string, into any) error {
	err := errGone
	for limit := time.Now().Add(5 * time.Minute); time.Now().Before(limit); time.Sleep(20 * time.Millisecond) {
		select {
		case <-d.done:
			return errGone
		default:
		}
		url := d.at()
		if url == "" {
			continue
		}
		var request *http.Request
		if request, err = http.NewRequest(method, url+path, strings.NewReader(body)); err != nil {
			return err
		}
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Idempotency-Key", key)
		answer, failed := http.DefaultClient.Do(request)
		if err = failed; err != nil {
			continue
		}
		err = json.NewDecoder(answer.Body).Decode(into)
		answer.Body.Close()
		switch {
		case err != nil:
		case answer.StatusCode >= 500:
			err = fmt.Errorf("%s %s: %s", method, path, answer.Status)
		case answer.StatusCode >= 300:
			return fmt.Errorf("%s %s: %s", method, path, answer.Status)
		default:
			return nil
		}
	}
	return err
}

// begin begins orders, so many at once, until the time is over and there was
// something to suffer. It returns the run of each.
func (d *doomed) begin(atOnce int, lasting time.Duration) map[string]string {
	runs := map[string]string{}
	var mu sync.Mutex
	var beginning sync.WaitGroup
	free := make(chan struct{}, atOnce)
	end := time.After(lasting)
	for n := 0; ; n++ {
		if n >= atOnce {
			select {
			case <-d.closed:
			case <-end:
				if d.suffered() {
					beginning.Wait()
					return runs
				}
				n-- // on a busy machine it takes longer
				end = time.After(50 * time.Millisecond)
				continue
			}
		}
		free <- struct{}{}
		beginning.Go(func() {
			defer func() { <-free }()
			order := fmt.Sprintf("order-%d", n)
			var started struct{ ID string }
			if err := d.ask("POST", "/v1/workflows/order/runs", order, `{"inputs":{"order":"`+order+`"}}`, &started); err != nil {
				d.t.Errorf("%s does not begin: %v", order, err)
			}
			mu.Lock()
			defer mu.Unlock()
			runs[order] = started.ID
		})
	}
}

// suffered reports whether it was killed, and a broker was restarted.
func (d *doomed) suffered() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.kills > 0 && d.away() > 1 || d.t.Failed()
}

// rest waits until no run is under way.
func (d *doomed) rest() {
	d.t.Helper()
	var list struct {
		Runs []struct{ ID, Status, Problem string }
	}
	for limit := time.Now().Add(10 * time.Minute); time.Now().Before(limit) && !d.t.Failed(); time.Sleep(50 * time.Millisecond) {
		list.Runs = nil
		must(d.t, d.ask("GET", "/v1/runs?status=running&limit=5", "", "", &list))
		if len(list.Runs) == 0 {
			return
		}
	}
	d.t.Fatalf("runs do not end: %+v", list.Runs)
}

// restarting restarts one broker after the other until it is asked to stop.
func (d *doomed) restarting(stop <-chan struct{}) {
	sources := []string{"desk", "floor", "books"}
	for n := 0; ; n++ {
		select {
		case <-stop:
			return
		case <-time.After(min(*killFor/8, 10*time.Second) + rand.N(min(*killFor/8, 10*time.Second))):
		}
		if err := d.restart(sources[n%len(sources)], rand.N(min(*killFor/4, 2*time.Second))); err != nil {
			d.t.Errorf("%s does not start again: %v", sources[n%len(sources)], err)
			return
		}
	}
}

// memory is how a run ended: what it was told, in order, and how often it tried
// each step.
type memory struct {
	words    []string
	attempts map[string]int
}

func (d *doomed) remembers(order, run string) (memory, error) {
	m := memory{attempts: map[string]int{}}
	var stands struct {
		end
		Error any
	}
	if err := d.ask("GET", "/v1/runs/"+run, "", "", &stands); err != nil {
		return m, fmt.Errorf("%s: %w", order, err)
	}
	if stands.Status != "succeeded" || len(stands.Steps) != 7 {
		d.t.Errorf("%s %s: %v", order, stands.Status, stands.Error)
	}
	for _, step := range stands.Steps {
		m.attempts[step.ID] = step.Attempts
	}
	for _, name := range []string{"created", "confirmed", "delivered"} {
		m.words = append(m.words, fmt.Sprint(stands.Outputs[name]))
	}
	return m, nil
}

// tally is what the world saw of all runs together.
type tally struct {
	ids                          map[string]string // of effects, by which it was
	effects, repeated, attempted int
}

// judge compares what a run says of itself with what the world saw of it: as
// many ways as attempts, each with an id of its own, and all with the words that
// the run remembers.
func (d *doomed) judge(order string, m memory, all *tally) {
	for i, step := range []string{"create", "ask", "ship", "book", "close"} {
		seen := d.effects[effect{order, step}]
		if len(seen) == 0 || len(seen) > m.attempts[step] {
			d.t.Errorf("%s: %s was tried %d times, and done as %v", order, step, m.attempts[step], seen)
		}
		all.effects++
		all.attempted += m.attempts[step] - 1
		for as, times := range seen {
			if want := fmt.Sprint(m.words[:min(i, len(m.words))]); as.words != want {
				d.t.Errorf("%s: %s was done with %s; the run remembers %s", order, step, as.words, want)
			}
			if other, taken := all.ids[as.id]; taken || as.id == "" {
				d.t.Errorf("%s: %s has the id %q, as %s", order, step, as.id, other)
			}
			all.ids[as.id] = order + "/" + step
			all.repeated += times - 1
		}
	}
}

// A service with many runs across HTTP, Kafka, JetStream and a queue of AMQP is
// killed at random, and its brokers are restarted meanwhile. Nothing is lost,
// each run decides once, and what is done again has the id that it had.
func TestAServiceThatIsKilledAtRandomAcrossBrokersForgetsAndRepeatsNothing(t *testing.T) {
	t.Parallel()
	d := &doomed{killWorld: newKillWorld(t, min(*killFor/10, 5*time.Second)), journal: filepath.Join(t.TempDir(), "runs.db"), done: make(chan struct{})}
	go d.keep()
	t.Cleanup(func() {
		if d.ending.CompareAndSwap(false, true) { // the test gave up
			d.mu.Lock()
			_ = d.service.Process.Kill()
			d.mu.Unlock()
			<-d.done
		}
	})
	quiet, restarted := make(chan struct{}), make(chan struct{})
	go func() { defer close(restarted); d.restarting(quiet) }()
	runs := d.begin(*killRuns, *killFor)
	close(quiet)
	<-restarted
	d.calm.Store(true)
	d.rest()
	remembered := map[string]memory{}
	for order, run := range runs {
		m, err := d.remembers(order, run)
		must(t, err)
		remembered[order] = m
	}
	d.end()
	for step, at := range map[string][2]string{"ask": {"desk", "orders"}, "ship": {"floor", "shipments"}, "book": {"books", "invoices"}} {
		d.collect(at[0], at[1], step)
	}
	if len(d.effects) > 5*len(runs) {
		t.Errorf("%d effects of %d runs", len(d.effects), len(runs))
	}
	all := &tally{ids: map[string]string{}}
	for order, m := range remembered {
		d.judge(order, m, all)
	}
	t.Logf("%d runs, %d at once; %d effects, repeated %d times with the same id; %d further attempts; %d kills, %d before it was ready; it could not begin %d times; restarts of brokers: %v",
		len(runs), *killRuns, all.effects, all.repeated, all.attempted, d.kills, d.young, d.helpless, d.outages)
}
