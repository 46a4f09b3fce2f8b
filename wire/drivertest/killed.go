package drivertest

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
)

// Killed is a consumer of a queue or a group in a process of its own, which is
// killed while it works. What it had not settled goes to another one, and nothing
// is lost.
type Killed struct {
	URL  string
	User string // with Password, where there must be a login
	// Password is a reference, which the other process reads as well.
	Password broker.Ref
	// Receiver is how both consumers receive; what is sent goes to its address.
	Receiver driver.ReceiverOptions
}

// killedMessages are sent, enough that none has received all when it is killed.
// Of those that it receives, the doomed one never settles every keptBack-th, and
// it is killed after it has told of killedAfter others.
const (
	killedMessages = 400
	killedAfter    = 20
	keptBack       = 7
)

// killedEnv holds a Killed in the process of the doomed one.
const killedEnv = "WEFT_TEST_KILLED"

// KilledConsumer runs the test that calls it in a second process, where it is the
// consumer. Only the first one makes the server, with start. It must be all that
// its test does.
func KilledConsumer(t *testing.T, start func(t *testing.T) Killed) {
	t.Helper()
	if text := os.Getenv(killedEnv); text != "" {
		var k Killed
		if err := json.Unmarshal([]byte(text), &k); err != nil {
			t.Fatal(err)
		}
		k.work(t, t.Output())
		return
	}
	k := start(t)
	b := k.open(t)
	defer b.Close(context.Background())
	sender, err := b.Sender(t.Context(), driver.SenderOptions{Address: k.Receiver.Address, Create: k.Receiver.Create})
	if err != nil {
		t.Fatal(err)
	}
	doomed := k.spawn(t)
	if got := doomed.next(t); got != "ready" {
		t.Fatalf("the consumer says %q, want that it is ready", got)
	}
	for n := range killedMessages {
		if err := sender.Send(t.Context(), &driver.Message{Body: number(n)}); err != nil {
			t.Fatal(err)
		}
	}
	settled, kept := doomed.killAfter(t, killedAfter)
	again := k.receiveRest(t, b, settled)
	for body := range kept {
		if !again[body] {
			t.Errorf("%s was with the one that was killed, and came to nobody else", body)
		}
	}
	t.Logf("the one that was killed settled %d and kept %d, the other received %d of %d", len(settled), len(kept), len(again), killedMessages)
}

func (k Killed) open(t *testing.T) *broker.Broker {
	t.Helper()
	b, err := broker.Open(t.Context(), k.URL, broker.Config{User: k.User, Password: k.Password, ConnectTimeout: Patience})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// work is what the doomed one does, and tells of it line by line: before a
// message is settled, and after.
func (k Killed) work(t *testing.T, told io.Writer) {
	t.Helper()
	receiver, err := k.open(t).Receiver(t.Context(), k.Receiver)
	if err != nil {
		t.Fatal(err)
	}
	tell := func(what, body string) { _, _ = fmt.Fprintf(told, "%s%s %s\n", killedMark, what, body) }
	tell("ready", "")
	for n := 1; ; n++ {
		messages, err := receiver.Receive(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		body := string(messages[0].Body)
		if n%keptBack == 0 {
			tell("keeps", body)
			continue
		}
		tell("settles", body)
		if err := receiver.Ack(t.Context(), messages...); err != nil {
			t.Fatal(err)
		}
		tell("settled", body)
		time.Sleep(time.Millisecond) // so that it is killed before it has them all
	}
}

// killedMark begins the lines that are ours, among those of package testing.
const killedMark = "doomed: "

// doomed is the process as the other one sees it.
type doomed struct {
	command *exec.Cmd
	lines   *bufio.Scanner
}

func (k Killed) spawn(t *testing.T) *doomed {
	t.Helper()
	text, err := json.Marshal(k)
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var name []string
	for part := range strings.SplitSeq(t.Name(), "/") {
		name = append(name, "^"+part+"$")
	}
	command := exec.CommandContext(t.Context(), self, "-test.run="+strings.Join(name, "/"), "-test.timeout=10m", "-test.v") // which tells at once
	command.Env = append(os.Environ(), killedEnv+"="+string(text))
	command.Stderr = t.Output()
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Process.Kill() })
	return &doomed{command, bufio.NewScanner(out)}
}

// next waits for something that it tells; empty is the end.
func (d *doomed) next(t *testing.T) string {
	t.Helper()
	for d.lines.Scan() {
		if told, ok := strings.CutPrefix(strings.TrimSpace(d.lines.Text()), killedMark); ok {
			return strings.TrimSpace(told)
		}
	}
	return ""
}

// killAfter kills it with SIGKILL after so many were settled. What it was
// settling then may be settled or not; it counts as settled.
func (d *doomed) killAfter(t *testing.T, enough int) (settled, kept map[string]bool) {
	t.Helper()
	settled, kept = make(map[string]bool), make(map[string]bool)
	for told := d.next(t); told != ""; told = d.next(t) {
		what, body, _ := strings.Cut(told, " ")
		switch what {
		case "keeps":
			kept[body] = true
		case "settles":
			settled[body] = true
			delete(kept, body) // it had come again
		}
		if len(settled) == enough {
			_ = d.command.Process.Kill() // what it has told by now is still to be read
		}
	}
	_ = d.command.Wait() // it was killed
	if len(settled) < enough || len(kept) == 0 {
		t.Fatalf("the consumer ended by itself, after it had settled %d and kept %d", len(settled), len(kept))
	}
	return settled, kept
}

// receiveRest receives until each message has come, here or there.
func (k Killed) receiveRest(t *testing.T, b *broker.Broker, settled map[string]bool) map[string]bool {
	t.Helper()
	receiver, err := b.Receiver(t.Context(), k.Receiver)
	if err != nil {
		t.Fatal(err)
	}
	missing := make(map[string]bool)
	for n := range killedMessages {
		if body := string(number(n)); !settled[body] {
			missing[body] = true
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*Patience)
	defer cancel()
	got := make(map[string]bool)
	for len(missing) > 0 {
		messages, err := receiver.Receive(ctx, 10)
		if err != nil {
			t.Fatalf("%d messages are lost: %v", len(missing), err)
		}
		for _, m := range messages {
			got[string(m.Body)] = true
			delete(missing, string(m.Body))
		}
		if err := receiver.Ack(ctx, messages...); err != nil {
			t.Fatal(err)
		}
	}
	return got
}
