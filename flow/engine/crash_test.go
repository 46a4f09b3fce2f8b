package engine_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/journal/sqlite"
	"github.com/weft-dev/weft/flow/machine"
)

// childEnv names the environment variable that turns this test binary into a
// process that runs, or resumes, the place-order workflow.
const childEnv = "WEFT_TEST_ENGINE_CHILD"

// childOrder is what the child is told.
type childOrder struct {
	Journal, Broker string
	Resume          bool
}

// remote is a broker in another process, spoken to over HTTP: it counts what
// it is sent, and gives what it has when asked.
type remote struct {
	world *world
	sent  atomic.Int64
}

func (r *remote) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	switch request.URL.Path {
	case "/send":
		r.sent.Add(1)
	case "/messages":
		r.world.mu.Lock()
		defer r.world.mu.Unlock()
		_ = json.NewEncoder(w).Encode(r.world.log["orders.placed"])
	}
}

// A run that is killed without warning while it waits for its reply is taken
// up by another process, which finds the reply that came meanwhile. The broker
// counts one send.
func TestARunThatIsKilledWhileItWaitsIsResumed(t *testing.T) {
	t.Parallel()
	broker := &remote{world: newWorld()}
	server := httptest.NewServer(broker)
	defer server.Close()
	order := childOrder{Journal: filepath.Join(t.TempDir(), "j.db"), Broker: server.URL}

	child, lines := startChild(t, order)
	waitFor(t, lines, string(machine.MessageSent))
	must(t, child.Process.Kill())
	_ = child.Wait()

	broker.world.publish("orders.placed", confirmation("req-1"))
	order.Resume = true
	child, lines = startChild(t, order)
	waitFor(t, lines, "status succeeded")
	must(t, child.Wait())
	if n := broker.sent.Load(); n != 1 {
		t.Errorf("the order was sent %d times", n)
	}
}

func startChild(t *testing.T, order childOrder) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	data, err := json.Marshal(order)
	must(t, err)
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childEnv+"="+string(data))
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	must(t, err)
	must(t, child.Start())
	return child, bufio.NewScanner(out)
}

func waitFor(t *testing.T, lines *bufio.Scanner, text string) {
	t.Helper()
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), text) {
			return
		}
	}
	t.Fatalf("the child ended before it said %q", text)
}

// runChild runs in the child process.
func runChild() int {
	if err := childRun(); err != nil {
		fmt.Fprintln(os.Stderr, "child:", err)
		return 1
	}
	return 0
}

func childRun() error {
	var order childOrder
	if err := json.Unmarshal([]byte(os.Getenv(childEnv)), &order); err != nil {
		return err
	}
	ctx := context.Background()
	store, err := sqlite.Open(ctx, order.Journal, sqlite.Options{})
	if err != nil {
		return err
	}
	defer store.Close()
	p, err := placeOrderPlan()
	if err != nil {
		return err
	}
	w := newWorld()
	w.onSend = func(*world, machine.SendMessage) error {
		response, err := http.Post(order.Broker+"/send", "text/plain", nil)
		if err != nil {
			return err
		}
		return response.Body.Close()
	}
	if err := w.fetch(order.Broker); err != nil {
		return err
	}
	options := engine.Options{
		Wire: w.wire(), Journal: store, RunID: "r",
		Observer: engine.ObserverFunc(func(h machine.Happening) { fmt.Println(h.Kind, h.Step) }),
	}
	var result engine.Result
	if order.Resume {
		result, err = engine.Resume(ctx, p, "r", options)
	} else {
		result, err = engine.Run(ctx, p, orderInputs(), options)
	}
	fmt.Println("status", result.Status)
	return err
}

// fetch takes over the messages that the other process has.
func (w *world) fetch(broker string) error {
	response, err := http.Get(broker + "/messages")
	if err != nil {
		return err
	}
	defer response.Body.Close()
	var list []machine.Message
	if err := json.NewDecoder(response.Body).Decode(&list); err != nil {
		return err
	}
	w.log["orders.placed"] = list
	return nil
}
