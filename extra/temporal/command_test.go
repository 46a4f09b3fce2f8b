package temporal

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/flow/service"
)

// commandEnv says that this process is the command.
const commandEnv = "WEFT_TEMPORAL_COMMAND"

// asking is a workflow that does nothing but ask a person, who may say no.
const asking = `arazzo: 1.1.0
info: {title: Approve, version: 1.0.0}
sourceDescriptions: [{name: shop, url: ./shop.yaml, type: asyncapi}]
workflows:
  - workflowId: Approve
    inputs: {type: object, properties: {amount: {type: integer}}}
    steps:
      - stepId: approve
        x-interaction: {prompt: 'May it be paid?', schema: {type: object, required: [approved], properties: {approved: {type: boolean}}}}
        successCriteria: [{condition: $message.payload#/approved == true}]
        outputs: {amount: $inputs.amount}
    outputs: {paid: $steps.approve.outputs.amount}
`

// command is the command line of weft, with runs at a server.
type command struct {
	t   *testing.T
	ctx context.Context
	url string
}

func (c *command) exec(args ...string) *exec.Cmd {
	c.t.Helper()
	program, err := os.Executable()
	must(c.t, err)
	cmd := exec.CommandContext(c.ctx, program, args...)
	cmd.Env = append(os.Environ(), commandEnv+"=1", "WEFT_SERVICE="+c.url, "NO_COLOR=1")
	return cmd
}

// serve serves a folder until the test ends.
func (c *command) serve(dir string, at service.Place) {
	c.t.Helper()
	cmd := c.exec("serve", dir, "--temporal", at.Address, "--temporal-namespace", at.Namespace, "--listen", "127.0.0.1:0", "--format", "json")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	must(c.t, err)
	must(c.t, cmd.Start())
	c.t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	var ready struct{ URL string }
	line, err := bufio.NewReader(out).ReadBytes('\n')
	must(c.t, errors.Join(err, json.Unmarshal(line, &ready)))
	c.url = ready.URL
}

// says runs a command that succeeds, and returns what it prints.
func (c *command) says(args ...string) string {
	c.t.Helper()
	text, err := c.exec(args...).CombinedOutput()
	if err != nil {
		c.t.Fatalf("weft %q: %v\n%s", args, err, text)
	}
	return string(text)
}

// refuses runs a command that fails.
func (c *command) refuses(want string, args ...string) {
	c.t.Helper()
	text, err := c.exec(args...).CombinedOutput()
	if err == nil || !strings.Contains(string(text), want) {
		c.t.Errorf("weft %q: %v, want a refusal with %q:\n%s", args, err, want, text)
	}
}

func (c *command) begin(inputs ...string) string {
	c.t.Helper()
	var begun struct{ ID string }
	text := c.says(append([]string{"runs", "start", "Approve", "--format", "json"}, inputs...)...)
	must(c.t, json.Unmarshal([]byte(text), &begun))
	if begun.ID == "" {
		c.t.Fatalf("no run in %s", text)
	}
	return begun.ID
}

func (c *command) stands(run string) service.Detail {
	c.t.Helper()
	var d service.Detail
	must(c.t, json.Unmarshal([]byte(c.says("runs", "show", run, "--format", "json")), &d))
	return d
}

// ends waits until a run has ended so.
func (c *command) ends(run, status string) service.Detail {
	c.t.Helper()
	var d service.Detail
	until(c.ctx, c.t, "the end of "+run, func() bool {
		d = c.stands(run)
		return d.Status != string(machine.RunRunning)
	})
	if d.Status != status {
		c.t.Errorf("run %s ended as %s, want %s", run, d.Status, status)
	}
	return d
}

// asks waits until a run asks.
func (c *command) asks(run string) {
	c.t.Helper()
	until(c.ctx, c.t, run+" asks", func() bool { return len(c.stands(run).Waits) == 1 })
}

// TestTheCommandsSteerRunsAtAServer needs a server, as
// TestThreeProcessesOneKilledAndRunsGoOn does.
func TestTheCommandsSteerRunsAtAServer(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), longest)
	defer cancel()
	at := place(ctx, t)
	dir := t.TempDir()
	shop, err := os.ReadFile("testdata/begun/shop.yaml")
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "shop.yaml"), shop, 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "approve.arazzo.yaml"), []byte(asking), 0o600))
	c := &command{t: t, ctx: ctx}
	c.serve(dir, at)

	paid, refused, cancelled := c.begin("--input", "amount=12"), c.begin("--input", "amount=13"), c.begin()
	c.asks(paid)
	c.asks(refused)
	c.asks(cancelled)
	c.refuses("approved", "answer", paid, "--json", `{}`)
	c.says("answer", paid, "--set", "approved=true")
	if d := c.ends(paid, "succeeded"); fmt.Sprint(d.Outputs["paid"]) != "12" {
		t.Errorf("it gave %v", d.Outputs)
	}
	c.says("answer", refused, "--set", "approved=false")
	c.ends(refused, "failed")
	c.says("runs", "cancel", cancelled)
	c.ends(cancelled, "cancelled")
	c.refuses("ended", "runs", "cancel", cancelled)
	c.refuses("by itself", "runs", "resume", cancelled)
	c.refuses("run-nowhere", "runs", "show", "run-nowhere")

	c.says("runs", "retry", refused)
	c.asks(refused)
	c.says("answer", refused, "--set", "approved=true")
	c.ends(refused, "succeeded")
	for status, want := range map[string]string{"succeeded": paid, "cancelled": cancelled} {
		until(ctx, t, want+" is listed as "+status, func() bool {
			return strings.Contains(c.says("runs", "list", "--status", status), want)
		})
	}
}

func TestWhatIsNotHostedIsRefusedBeforeAnythingBegins(t *testing.T) {
	t.Parallel()
	p := example(t, "callback-afterwards", "callback-afterwards.arazzo.yaml", "asyncapi.yaml")
	h := &host{opts: service.Options{Workflows: map[string]*service.Workflow{"W": {Plan: p, Wire: (&world{}).wire()}}}}
	if err := h.hostable(); err == nil || !strings.Contains(err.Error(), "callbacks") {
		t.Errorf("callbacks: %v", err)
	}
	p = placeOrder(t)
	p.Channels = append(p.Channels, &plan.Channel{Parameters: []string{"region"}})
	h.opts.Workflows["W"].Plan = p
	if err := h.hostable(); err == nil || !strings.Contains(err.Error(), "a reply address") {
		t.Errorf("an address that only a run knows: %v", err)
	}
}
