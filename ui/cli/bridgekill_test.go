package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
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
	lines   *bufio.Scanner
	carried atomic.Int64 // that a bridge told of, once count reads
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

// count reads what else a bridge says, and keeps how many it carried.
func (p *speaker) count() {
	for p.lines.Scan() {
		var line struct{ Counts struct{ Carried int64 } }
		if json.Unmarshal(p.lines.Bytes(), &line) == nil {
			p.carried.Store(max(p.carried.Load(), line.Counts.Carried))
		}
	}
}

// crossing is a Kafka and an SQS, and bridges between them that are processes of
// their own and share a group. It checks what arrives as it arrives.
type crossing struct {
	*testing.T
	ctx      context.Context //nolint:containedctx // the test's own, with its end
	dir      string
	args     []string
	sender   *broker.Sender
	receiver *broker.Receiver
	sent     int
	ids      map[string]string // of bodies that arrived
	next     map[string]int    // number of each key
}

// crossingKeys are so many that each of the eight partitions has some.
const crossingKeys = 64

func newCrossing(t *testing.T) *crossing {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	t.Cleanup(cancel)
	c := &crossing{T: t, ctx: ctx, dir: t.TempDir(), ids: map[string]string{}, next: map[string]int{}}
	for name, text := range map[string]string{"shop.yaml": killShop, "store.yaml": killStore} {
		if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	source, target := standing(t, "kafka"), standing(t, "sqs")
	c.args = []string{
		"bridge", "shop.yaml#publish", "store.yaml#take", "--server", "shop=" + source.URL + "?session.timeout.ms=3000", "--server", "store=" + target.URL,
		"--create", "--group", "crossing", "--every", "20ms", "--format", "json",
	}
	var err error
	if c.sender, err = opened(t, source.URL).Sender(ctx, driver.SenderOptions{Address: "orders", Create: &driver.AddressSpec{Partitions: 8}}); err != nil {
		t.Fatal(err)
	}
	fifo := driver.AddressSpec{Params: map[string]string{"FifoQueue": "true"}}
	if c.receiver, err = opened(t, target.URL).Receiver(ctx, driver.ReceiverOptions{Address: "orders.fifo", Create: &fifo}); err != nil {
		t.Fatal(err)
	}
	return c
}

// bridge starts one more of the group.
func (c *crossing) bridge() *speaker {
	c.Helper()
	p := startWeft(c.T, c.dir, c.args...)
	p.until(c.T, "it was ready", func(line map[string]any) bool { return line["event"] == "ready" })
	go p.count()
	return p
}

// publish sends the next n numbers, by turns of keys.
func (c *crossing) publish(n int) {
	c.Helper()
	list := make([]*driver.Message, n)
	for i := range list {
		list[i] = &driver.Message{Key: fmt.Append(nil, "k", c.sent%crossingKeys), Body: fmt.Appendf(nil, `{"n":%d}`, c.sent)}
		c.sent++
	}
	if err := c.sender.Send(c.ctx, list...); err != nil {
		c.Fatal(err)
	}
}

// arrive takes messages until each that was sent came, and wants each key's in
// order but for repetitions, which have the id of the first.
func (c *crossing) arrive() {
	c.Helper()
	for len(c.ids) < c.sent {
		list, err := c.receiver.Receive(c.ctx, 0)
		if err != nil {
			c.Fatalf("%d of %d arrived: %v", len(c.ids), c.sent, err)
		}
		for _, m := range list {
			c.note(m)
		}
		if err := c.receiver.Ack(c.ctx, list...); err != nil {
			c.Fatal(err)
		}
	}
}

func (c *crossing) note(m *driver.Message) {
	c.Helper()
	var body struct{ N int }
	if err := json.Unmarshal(m.Body, &body); err != nil {
		c.Fatal(err)
	}
	key, id := string(m.Key), headerText(m, "weft-id")
	if first, repeated := c.ids[string(m.Body)]; repeated && first != id || id == "" {
		c.Fatalf("%s came with the ids %q and %q", m.Body, first, id)
	}
	c.ids[string(m.Body)] = id
	want := c.next[key]*crossingKeys + body.N%crossingKeys
	if body.N > want {
		c.Fatalf("%s: %d came before %d", key, body.N, want)
	}
	if body.N == want {
		c.next[key]++
	}
}

// shared sends waves until each of the bridges carried some of them.
func (c *crossing) shared(bridges []*speaker) {
	c.Helper()
	before := make([]int64, len(bridges))
	for i, p := range bridges {
		before[i] = p.carried.Load()
	}
	idle := func() bool {
		return slices.ContainsFunc(bridges, func(p *speaker) bool { return p.carried.Load() == before[slices.Index(bridges, p)] })
	}
	for idle() {
		c.publish(2 * crossingKeys)
		c.arrive()
		time.Sleep(50 * time.Millisecond) // they tell how many now and then
	}
}

// killed sends a wave, kills one bridge once it carried some of it, and wants
// all of it from the others.
func (c *crossing) killed(p *speaker) {
	c.Helper()
	before := p.carried.Load()
	c.publish(2000)
	for p.carried.Load() == before {
		if c.ctx.Err() != nil {
			c.Fatal("the bridge that is to be killed carried nothing")
		}
		time.Sleep(time.Millisecond)
	}
	if err := p.Process.Kill(); err != nil {
		c.Fatal(err)
	}
	c.publish(500)
	c.arrive()
}

func TestABridgeThatIsKilledLosesNothingAndKeepsOrder(t *testing.T) {
	t.Parallel()
	c := newCrossing(t)
	doomed := c.bridge()
	c.publish(1000)
	c.bridge()
	c.killed(doomed)
}

func TestOneTwoAndFourBridgesShareTheWorkAndKeepOrder(t *testing.T) {
	t.Parallel()
	c := newCrossing(t)
	var bridges []*speaker
	for _, n := range []int{1, 2, 4} {
		for len(bridges) < n {
			bridges = append(bridges, c.bridge())
		}
		c.shared(bridges)
	}
	c.killed(bridges[0])
	c.shared(bridges[1:])
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
