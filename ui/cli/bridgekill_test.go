package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/embedded"
)

// A bridge of JSON on Kafka, in eight partitions, to a FIFO queue of SQS.
const (
	killShop = `asyncapi: 3.0.0
info: {title: Shop, version: 1.0.0}
defaultContentType: application/json
servers: {local: {host: 'localhost:9092', protocol: kafka}}
channels: {orders: {address: orders, messages: {Order: {payload: {type: object}, bindings: {kafka: {key: {type: string}}}}}, bindings: {kafka: {partitions: 8}}}}
operations: {publish: {action: send, channel: {$ref: '#/channels/orders'}}}
`
	killStore = `asyncapi: 3.0.0
info: {title: Store, version: 1.0.0}
defaultContentType: application/json
servers: {local: {host: 'localhost:4566', protocol: sqs}}
channels: {orders: {address: orders.fifo, messages: {Order: {payload: {type: object}}}, bindings: {sqs: {queue: {name: orders, fifoQueue: true}}}}}
operations: {take: {action: receive, channel: {$ref: '#/channels/orders'}}}
`
)

// speaker is a weft that runs on its own and tells in lines of JSON.
type speaker struct {
	*exec.Cmd
	lines *bufio.Scanner
}

func startWeft(t *testing.T, dir string, args ...string) *speaker {
	t.Helper()
	self, err := exec.LookPath("weft")
	if err != nil {
		t.Fatal(err)
	}
	p := &speaker{Cmd: exec.Command(self, args...)}
	p.Dir, p.Stderr = dir, os.Stderr
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	p.lines = bufio.NewScanner(out)
	p.lines.Buffer(nil, 1<<20)
	t.Cleanup(func() {
		_ = p.Process.Kill()
		_ = p.Wait()
	})
	return p
}

// until reads lines up to one that will do. A weft that never says it is killed.
func (p *speaker) until(t *testing.T, what string, enough func(line map[string]any) bool) {
	t.Helper()
	overdue := time.AfterFunc(time.Minute, func() { _ = p.Process.Kill() })
	defer overdue.Stop()
	for p.lines.Scan() {
		var line map[string]any
		if err := json.Unmarshal(p.lines.Bytes(), &line); err != nil {
			t.Fatalf("%s: %v", p.lines.Bytes(), err)
		}
		if enough(line) {
			return
		}
	}
	t.Fatalf("it ended before %s: %v", what, p.lines.Err())
}

// rest reads what else it says, so that it never waits for a reader.
func (p *speaker) rest() { go func() { _, _ = io.Copy(io.Discard, scannerOf(p.lines)) }() }

type scanning struct{ *bufio.Scanner }

func scannerOf(s *bufio.Scanner) io.Reader { return scanning{s} }

func (s scanning) Read(p []byte) (int, error) {
	if !s.Scan() {
		return 0, io.EOF
	}
	return min(len(p), 1), nil
}

func TestABridgeThatIsKilledLosesNothingAndKeepsOrder(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	dir := t.TempDir()
	for name, text := range map[string]string{"shop.yaml": killShop, "store.yaml": killStore} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	source, target := standing(t, "kafka"), standing(t, "sqs")
	args := []string{
		"bridge", "shop.yaml#publish", "store.yaml#take", "--server", "shop=" + source.URL + "?session.timeout.ms=3000", "--server", "store=" + target.URL,
		"--create", "--group", "killed", "--every", "20ms", "--format", "json",
	}
	from, to := opened(t, source.URL), opened(t, target.URL)
	sender, err := from.Sender(ctx, driver.SenderOptions{Address: "orders", Create: &driver.AddressSpec{Partitions: 8}})
	if err != nil {
		t.Fatal(err)
	}
	const keys, half = 16, 1000
	publish := func(begin, end int) {
		list := make([]*driver.Message, 0, end-begin)
		for i := begin; i < end; i++ {
			list = append(list, &driver.Message{Key: fmt.Append(nil, "k", i%keys), Body: fmt.Appendf(nil, `{"n":%d}`, i)})
		}
		if err := sender.Send(ctx, list...); err != nil {
			t.Fatal(err)
		}
	}
	ready := func(line map[string]any) bool { return line["event"] == "ready" }
	doomed := startWeft(t, dir, args...)
	doomed.until(t, "it was ready", ready)
	publish(0, half)
	doomed.until(t, "it carried", func(line map[string]any) bool {
		counts, _ := line["counts"].(map[string]any)
		carried, _ := counts["carried"].(float64)
		return carried > 0
	})
	heir := startWeft(t, dir, args...)
	heir.until(t, "it was ready", ready)
	heir.rest()
	publish(half, 2*half)
	if err := doomed.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	inOrder(ctx, t, to, keys, 2*half)
}

// inOrder takes messages until each came, and wants each key's in order but for
// repetitions, which have the id of the first.
func inOrder(ctx context.Context, t *testing.T, b *broker.Broker, keys, all int) {
	t.Helper()
	r, err := b.Receiver(ctx, driver.ReceiverOptions{Address: "orders.fifo"})
	if err != nil {
		t.Fatal(err)
	}
	ids, next := map[string]string{}, map[string]int{}
	for len(ids) < all {
		list, err := r.Receive(ctx, 0)
		if err != nil {
			t.Fatalf("%d of %d arrived: %v", len(ids), all, err)
		}
		for _, m := range list {
			var body struct{ N int }
			if err := json.Unmarshal(m.Body, &body); err != nil {
				t.Fatal(err)
			}
			key, id := string(m.Key), headerText(m, "weft-id")
			if first, repeated := ids[string(m.Body)]; repeated && first != id || id == "" {
				t.Fatalf("%s came with the ids %q and %q", m.Body, first, id)
			}
			ids[string(m.Body)] = id
			want := next[key]*keys + body.N%keys
			if body.N > want {
				t.Fatalf("%s: %d came before %d", key, body.N, want)
			}
			if body.N == want {
				next[key]++
			}
		}
		if err := r.Ack(ctx, list...); err != nil {
			t.Fatal(err)
		}
	}
}

func headerText(m *driver.Message, name string) string {
	for _, h := range m.Headers {
		if strings.EqualFold(h.Name, name) {
			return string(h.Value)
		}
	}
	return ""
}

func standing(t *testing.T, protocol string) *embedded.Server {
	t.Helper()
	server, err := embedded.Start(t.Context(), protocol, embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return server
}

func opened(t *testing.T, url string) *broker.Broker {
	t.Helper()
	b, err := broker.Open(t.Context(), url, broker.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close(context.Background()) })
	return b
}

func TestUpRunsAFolderAndLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../examples/order-fulfilment")); err != nil {
		t.Fatal(err)
	}
	p := startWeft(t, dir, "up", "--rate", "50/s", "--format", "json")
	p.until(t, "it was ready", func(line map[string]any) bool { return line["event"] == "ready" })
	p.until(t, "an order was at the warehouse", func(line map[string]any) bool {
		return line["event"] == "received" && line["source"] == "warehouse"
	})
	if err := p.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	for p.lines.Scan() { // to its end
	}
	if err := p.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
	var left []string
	_ = filepath.WalkDir(dir, func(name string, _ os.DirEntry, _ error) error {
		left = append(left, filepath.Base(name))
		return nil
	})
	if len(left) != 10 {
		t.Errorf("there are files: %v", left)
	}
}

func TestUpRunsFiftyDocuments(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for i := range 50 {
		text := strings.NewReplacer("localhost:9092", fmt.Sprintf("broker%d:9092", i%5), "address: orders", fmt.Sprintf("address: orders.%d", i)).Replace(killShop)
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("s%d.yaml", i)), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := startWeft(t, dir, "up", "--format", "json")
	p.until(t, "it was ready", func(line map[string]any) bool {
		parts, _ := line["parts"].([]any)
		return line["event"] == "ready" && len(parts) == 55
	})
}
