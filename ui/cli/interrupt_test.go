package cli

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// process is weft as a process of its own, whose words can be waited for.
type process struct {
	cmd *exec.Cmd
	mu  sync.Mutex
	out bytes.Buffer // stdout and stderr as they came
}

// Write implements io.Writer.
func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.Write(b)
}

func (p *process) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.String()
}

func launch(t *testing.T, dir string, args ...string) *process {
	t.Helper()
	self, err := exec.LookPath("weft")
	if err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: exec.Command(self, args...)}
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = dir, p, p
	p.cmd.Env = append(os.Environ(), "NO_COLOR=1", "XDG_STATE_HOME="+filepath.Join(dir, "state"))
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	return p
}

// until waits for words.
func (p *process) until(t *testing.T, words string) []string {
	t.Helper()
	pattern := regexp.MustCompile(words)
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if found := pattern.FindStringSubmatch(p.said()); found != nil {
			return found
		}
	}
	t.Fatalf("%v never said %q, but:\n%s", p.cmd.Args, words, p.said())
	return nil
}

// interrupt does what Ctrl-C does, and returns the exit code.
func (p *process) interrupt(t *testing.T) int {
	t.Helper()
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = p.cmd.Wait()
	}()
	select {
	case <-ended:
	case <-time.After(time.Minute):
		t.Fatalf("%v does not end:\n%s", p.cmd.Args, p.said())
	}
	return p.cmd.ProcessState.ExitCode()
}

// Whatever weft is doing, Ctrl-C ends it with plain words: with 0 what goes on
// until then, with 130 what had not done its work.
func TestCtrlCEndsEveryCommand(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot send Ctrl-C to another there")
	}
	t.Parallel()
	dir := t.TempDir()
	contract := func(action string) string {
		return `asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
servers: {main: {host: '127.0.0.1:1', protocol: kafka}}
channels: {orders: {address: orders, messages: {Order: {payload: {type: object}}}}}
operations: {place: {action: ` + action + `, channel: {$ref: '#/channels/orders'}}}
`
	}
	writeFile(t, filepath.Join(dir, "orders.yaml"), contract("receive"))
	for _, sub := range []string{"hear", "ask"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	writeFile(t, filepath.Join(dir, "hear", "events.yaml"), contract("send"))
	writeFile(t, filepath.Join(dir, "hear", "hear.arazzo.yaml"), `arazzo: 1.1.0
info: {title: Hear, version: 1.0.0}
sourceDescriptions: [{name: events, url: ./events.yaml, type: asyncapi}]
workflows:
  - workflowId: hear
    steps: [{stepId: hear, operationId: $sourceDescriptions.events.place, action: receive, timeout: 600000}]
`)
	writeFile(t, filepath.Join(dir, "slow.jsonl"), `{"weft":"recording","version":1,"began":"2026-01-31T12:00:00Z"}
{"at":"2026-01-31T12:00:00Z","address":"orders","body":"e30="}
{"at":"2026-01-31T13:00:00Z","address":"orders","body":"e30="}
`)
	mock := launch(t, dir, "mock", "orders.yaml", "--format", "json")
	broker := mock.until(t, `"(kafka://[0-9.:]+)"`)[1]
	for name, test := range map[string]struct {
		args  []string
		ready string
		want  int
		says  string
	}{
		"tail":   {[]string{"tail", "orders.yaml", "--server", broker}, "Ctrl-C ends", exitFine, "0 messages in "},
		"record": {[]string{"record", "orders.yaml", "--server", broker, "-o", "kept.jsonl"}, "recording orders", exitFine, "0 messages, "},
		"test":   {[]string{"test", "orders.yaml", "--server", broker, "--for", "10m"}, "listening", exitInterrupted, "weft: interrupted"},
		"replay": {[]string{"replay", "slow.jsonl", "--server", broker}, "replaying slow.jsonl at ", exitInterrupted, "weft: interrupted"},
		"mock":   {[]string{"mock", "orders.yaml"}, "to use them", exitFine, ""},
		"serve": {
			[]string{"serve", "hear", "--server", "events=" + broker, "--listen", "127.0.0.1:0", "--journal", "runs.db"},
			"begun over the API", exitFine, "",
		},
		"serve without a broker": {
			[]string{"serve", "hear", "--server", "events=kafka://127.0.0.1:1", "--listen", "127.0.0.1:0", "--journal", "runs2.db"},
			"begun over the API", exitFine, "",
		},
		"a run that is kept": {
			[]string{"run", "hear/hear.arazzo.yaml", "--server", "events=" + broker},
			"waits on orders", exitInterrupted,
			"weft: the run was interrupted; go on with: weft run --resume ",
		},
		"a run that is not kept": {
			[]string{"run", "hear/hear.arazzo.yaml", "--server", "events=" + broker, "--journal", "none"}, "waits on orders", exitInterrupted, "the run was interrupted",
		},
		"a run with callbacks": {
			[]string{
				"run", absolute("../../examples/callback-afterwards/callback-afterwards.arazzo.yaml"), "--embedded", "--callbacks", "10m",
				"--input", "callbackUrl=http://127.0.0.1:1/hook",
			},
			"to be tried again", exitInterrupted, "the callbacks that are left end with this process",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := launch(t, dir, test.args...)
			p.until(t, test.ready)
			if code := p.interrupt(t); code != test.want {
				t.Errorf("exit code %d, want %d", code, test.want)
			}
			said := p.said()
			if !strings.Contains(said, test.says) || strings.Contains(said, "goroutine") || strings.Contains(said, "context canceled") {
				t.Errorf("it said:\n%s", said)
			}
		})
	}
}
