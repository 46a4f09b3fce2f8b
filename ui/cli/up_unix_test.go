//go:build unix

package cli

import (
	"bufio"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// upFolder is fifty documents of ten protocols, on two servers of each.
func upFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	protocols := []string{"kafka", "amqp", "amqp1", "mqtt", "nats", "jetstream", "redis", "redis-streams", "sqs", "stomp"}
	for i := range 50 {
		text := fmt.Sprintf(`asyncapi: 3.0.0
info: {title: Service %[1]d, version: 1.0.0}
defaultContentType: application/json
servers: {local: {host: 'broker%[2]d.example.com', protocol: %[3]s}}
channels: {orders: {address: orders%[1]d, messages: {Order: {payload: {type: object, required: [id], properties: {id: {type: string, format: uuid}, total: {type: number}}}}}}}
operations:
  tell: {action: send, channel: {$ref: '#/channels/orders'}}
  take: {action: receive, channel: {$ref: '#/channels/orders'}}
`, i, i%2, protocols[i/2%len(protocols)])
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("s%d.yaml", i)), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestUpIsReadySoonAndLeavesNothing is about processor time, since the clock says
// more of what else a machine does: less than 3 s for fifty documents, with their
// servers and mocks, from the start to the end.
func TestUpIsReadySoonAndLeavesNothing(t *testing.T) {
	t.Parallel()
	dir, home, scratch := upFolder(t), t.TempDir(), t.TempDir()
	self, err := exec.LookPath("weft")
	if err != nil {
		t.Fatal(err)
	}
	before := filesIn(t, dir)
	cmd := exec.Command(self, "up", "--format", "json")
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	cmd.Env = append(os.Environ(), "HOME="+home, "TMPDIR="+scratch, "XDG_CACHE_HOME=", "XDG_STATE_HOME=", "XDG_CONFIG_HOME=")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // so that what it starts is known
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	p := &speaker{Cmd: cmd, lines: bufio.NewScanner(out)}
	p.lines.Buffer(nil, 1<<20)
	hosts := map[string]bool{}
	p.until(t, "it was ready", func(line map[string]any) bool {
		parts, _ := line["parts"].([]any)
		for _, part := range parts {
			place, _ := part.(map[string]any)["url"].(string)
			if u, err := url.Parse(place); err == nil && u.Host != "" {
				hosts[u.Host] = true
			}
		}
		return line["event"] == "ready"
	})
	if len(hosts) != 20 {
		t.Fatalf("it listens at %d places", len(hosts))
	}
	if err := p.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	for p.lines.Scan() { // to its end
	}
	if err := p.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
	used := p.ProcessState.UserTime() + p.ProcessState.SystemTime()
	t.Logf("it took %v of processor time", used)
	if used > 3*time.Second {
		t.Errorf("it took %v of processor time", used)
	}
	if err := syscall.Kill(-p.Process.Pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("a process is left: %v", err)
	}
	if after := filesIn(t, dir); after != before {
		t.Errorf("there are files: %s", after)
	}
	if left := filesIn(t, home) + filesIn(t, scratch); left != "" {
		t.Errorf("there are files: %s", left)
	}
}

func filesIn(t *testing.T, dir string) string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(dir, func(name string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(names, " ")
}
