package temporal

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/journal"
	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/flow/service"
	"github.com/weft-dev/weft/ui/cli"
)

var update = flag.String("update-histories", "", "store the histories of the runs at a real server under this `name`, beside those that are there")

// childEnv says that this process is one of those that host runs: the URL of
// the bus.
const childEnv = "WEFT_TEMPORAL_CHILD"

// longest bounds waits in tests; it is not what is measured.
const longest = 2 * time.Minute

func TestMain(m *testing.M) {
	if url := os.Getenv(childEnv); url != "" {
		os.Exit(hostUntilEnd(url))
	}
	if os.Getenv(commandEnv) != "" {
		service.RegisterHost("temporal", Open)
		os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// hostUntilEnd hosts runs until its input ends.
func hostUntilEnd(url string) int {
	p, err := planIn("testdata/place-order", "place-order.arazzo.yaml", "asyncapi/order.yaml", "openapi/order.yaml")
	if err == nil {
		var h service.Host
		if h, err = Open(context.Background(), serverPlace(), optionsFor(p, overBus{url}.wire())); err == nil {
			fmt.Println("ready")
			_, _ = io.Copy(io.Discard, os.Stdin)
			err = h.Close(context.Background())
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func serverPlace() service.Place {
	return service.Place{Address: os.Getenv("WEFT_TEMPORAL"), Namespace: os.Getenv("WEFT_TEMPORAL_NAMESPACE")}
}

// place is a namespace of the test's own at the server: what others left behind
// would take part.
func place(ctx context.Context, t testing.TB) service.Place {
	t.Helper()
	at := serverPlace()
	if at.Address == "" {
		t.Skip("no Temporal server: set WEFT_TEMPORAL, as scripts/brokers up temporal says")
	}
	at.Namespace = "weft-" + engine.NewID()
	c, err := client.DialContext(ctx, client.Options{HostPort: at.Address, Namespace: at.Namespace, Logger: logger{func(string) {}}})
	must(t, err)
	defer c.Close()
	_, err = c.WorkflowService().RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
		Namespace: at.Namespace, WorkflowExecutionRetentionPeriod: durationpb.New(24 * time.Hour),
	})
	must(t, err)
	until(ctx, t, "the namespace is known", func() bool {
		_, err := c.DescribeWorkflow(ctx, "none", "")
		return unknown(err) // of the workflow, no more of the namespace
	})
	return at
}

func optionsFor(p *plan.Plan, wire engine.Wire) service.Options {
	return service.Options{Workflows: map[string]*service.Workflow{p.Root.ID: {Plan: p, Wire: wire}}, Log: func(line string) { fmt.Fprintln(os.Stderr, line) }}
}

// child is a process that hosts runs.
func child(t testing.TB, at service.Place, url string) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	must(t, err)
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), childEnv+"="+url, "WEFT_TEMPORAL_NAMESPACE="+at.Namespace)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || line != "ready\n" {
		t.Fatalf("a process is not ready: %q, %v", line, err)
	}
	return cmd
}

// speaking is a host that has no part in the work: it only begins runs and asks.
func speaking(ctx context.Context, t testing.TB, at service.Place) *host {
	t.Helper()
	h := hosting(t, placeOrder(t), (&world{}).wire())
	h.opts.Now = time.Now
	must(t, h.dial(ctx, at))
	t.Cleanup(h.client.Close)
	return h
}

// TestThreeProcessesOneKilledAndRunsGoOn needs a server: scripts/brokers up
// temporal makes one.
func TestThreeProcessesOneKilledAndRunsGoOn(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), longest)
	defer cancel()
	at := place(ctx, t)
	b, url := newBus(t)
	listens := child(t, at, url) // the first, so that it listens
	child(t, at, url)
	child(t, at, url)
	h := speaking(ctx, t, at)
	var runs []string
	for i := range 12 {
		inputs := orderInputs()
		inputs["CreateOrder"].(map[string]any)["orderRequestId"] = fmt.Sprintf("%s-%d", engine.NewID(), i)
		id, begun, err := h.Start(ctx, placeOrder(t).Root.ID, "", inputs)
		if must(t, err); !begun {
			t.Fatalf("run %s was there before", id)
		}
		runs = append(runs, id)
	}
	until(ctx, t, "orders are sent", func() bool { return len(b.sent()) == len(runs) })
	must(t, listens.Process.Kill())
	b.confirm()
	for _, id := range runs {
		if err := h.client.GetWorkflow(ctx, id, "").Get(ctx, nil); err != nil {
			t.Errorf("run %s ended with %v; its history:\n%s", id, err, shortly(ctx, t, h, id))
		}
	}
	for request, ids := range b.sent() {
		if len(ids) != 1 {
			t.Errorf("order %s was sent with the ids %v, want one", request, ids)
		}
	}
	shown, err := h.Show(ctx, runs[0])
	if must(t, err); shown.Status != "succeeded" || len(shown.Steps) == 0 {
		t.Errorf("a run is shown as %+v", shown)
	}
	if err := h.Cancel(ctx, runs[0], ""); !errors.Is(err, service.ErrState) {
		t.Errorf("a run that has ended was cancelled: %v", err)
	}
	if _, err := h.Show(ctx, "run-unknown"); !errors.Is(err, journal.ErrUnknownRun) {
		t.Errorf("a run that is not there is shown: %v", err)
	}
	if *update != "" {
		store(ctx, t, h, runs[0], "run")
		store(ctx, t, h, h.channels[0].listenID(), "listen")
		store(ctx, t, h, h.channels[0].indexID(keyOf(orderOf(b))), "index")
	}
}

func orderOf(b *bus) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return fmt.Sprint(b.placed[0].Headers["orderRequestId"])
}

// shortly tells a history in short.
func shortly(ctx context.Context, t *testing.T, h *host, id string) string {
	t.Helper()
	var lines strings.Builder
	for _, e := range historyOf(ctx, t, h, id).GetEvents() {
		fmt.Fprintf(&lines, "%s %s\n", e.GetEventTime().AsTime().Format("05.000"), e.GetEventType())
	}
	return lines.String()
}

// store keeps a history as a fixture; those of earlier versions stay.
func store(ctx context.Context, t *testing.T, h *host, id, name string) {
	t.Helper()
	data, err := protojson.Marshal(historyOf(ctx, t, h, id))
	must(t, err)
	data = whoDidIt.ReplaceAll(data, []byte(`"identity":"weft"`))
	data = stickyQueue.ReplaceAll(data, []byte(`"name":"weft:$1"`))
	var lines bytes.Buffer
	must(t, json.Indent(&lines, data, "", " "))
	lines.WriteByte('\n')
	must(t, os.WriteFile(filepath.Join("testdata", "histories", *update+"-"+name+".json"), lines.Bytes(), 0o600))
}

func historyOf(ctx context.Context, t *testing.T, h *host, id string) *history.History {
	t.Helper()
	all := &history.History{}
	events := h.client.GetWorkflowHistory(ctx, id, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		must(t, err)
		all.Events = append(all.Events, event)
	}
	return all
}

// whoDidIt is where histories name a machine, and stickyQueue too.
var (
	whoDidIt    = regexp.MustCompile(`"identity": *"[^"]*"`)
	stickyQueue = regexp.MustCompile(`"name": *"[^":]*:([0-9a-f-]{36})"`)
)

func until(ctx context.Context, t testing.TB, what string, done func() bool) {
	t.Helper()
	for !done() {
		select {
		case <-ctx.Done():
			t.Fatalf("not in time: %s", what)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// TestYesterdaysHistoriesReplay replays what real servers recorded with this
// and earlier versions.
func TestYesterdaysHistoriesReplay(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/histories/*.json")
	must(t, err)
	for _, kind := range []string{"run", "index", "listen", "schedule"} {
		if !slices.ContainsFunc(files, func(f string) bool { return strings.HasSuffix(f, "-"+kind+".json") }) {
			t.Errorf("there is no history of the kind %s; make one with -update-histories NAME at a server", kind)
		}
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			t.Parallel()
			replayer := worker.NewWorkflowReplayer()
			h := hosting(t, placeOrder(t), (&world{}).wire())
			h.opts.Workflows["Ship"] = begun(t, (&world{}).wire())
			h.registerWorkflows(replayer)
			must(t, replayer.ReplayWorkflowHistoryFromJSONFile(logger{func(string) {}}, file))
		})
	}
}
