package cli

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/weft-dev/weft/flow/journal/sqlite"
	"github.com/weft-dev/weft/internal/freeport"
	_ "github.com/weft-dev/weft/wire/amqp"
	_ "github.com/weft-dev/weft/wire/amqp1"
	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	_ "github.com/weft-dev/weft/wire/kafka"
	_ "github.com/weft-dev/weft/wire/mqtt"
	_ "github.com/weft-dev/weft/wire/sqs"
	_ "github.com/weft-dev/weft/wire/stomp"
	_ "github.com/weft-dev/weft/wire/webhook"
	_ "github.com/weft-dev/weft/wire/websocket"
)

// TestMain lets the scripts run weft as a process of its own: the test binary
// starts itself again under that name.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"weft": func() { os.Exit(Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
		// One that is killed at a write to its journal: see crash_test.go.
		"weft-mortal": func() { os.Exit(mortal()) },
	})
}

// TestScripts runs every file of testdata/script. Each opens with the reason it
// exists; $EXAMPLES is the project's examples folder.
func TestScripts(t *testing.T) {
	examples, err := filepath.Abs("../../examples")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("EXAMPLES", examples)
			env.Setenv("NO_COLOR", "1")
			env.Setenv("KAFKA", os.Getenv("WEFT_KAFKA"))
			env.Setenv("UNIQUE", rand.Text())
			env.Setenv("XDG_STATE_HOME", filepath.Join(env.WorkDir, "state"))
			return nil
		},
		Condition: func(name string) (bool, error) {
			if name == "kafka" {
				return os.Getenv("WEFT_KAFKA") != "", nil
			}
			return false, fmt.Errorf("there is no condition %q", name)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"play": play, "counts": counts, "answer": answer, "mute": mute, "fill": fill, "until": until, "journaled": journaled, "kept": runOf,
			"port": freePort, "registry": serveRegistry, "foreign": foreign, "call": call, "substitute": substitute,
		},
	})
}

// play starts "weft mock" with its arguments as a process of its own, waits
// until it is ready and puts where its services are into $NAME, and the page of
// counts into $COUNTS. The process ends with the script.
func play(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("play cannot be negated")
	}
	self, err := exec.LookPath("weft")
	ts.Check(err)
	cmd := exec.Command(self, append([]string{"mock", "--format", "json", "--status-port", "0"}, args...)...)
	cmd.Dir = ts.Getenv("WORK")
	cmd.Stderr = ts.Stderr()
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	ts.Defer(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	var ready struct {
		Event   string
		Servers map[string]string
		Counts  string
	}
	for ready.Event != "ready" { // what is not played is told first
		if !lines.Scan() {
			ts.Fatalf("weft mock was never ready")
		}
		ts.Check(json.Unmarshal(lines.Bytes(), &ready))
	}
	for name, url := range ready.Servers {
		ts.Setenv(name, url)
	}
	ts.Setenv("COUNTS", ready.Counts)
	go func() {
		for lines.Scan() { // or the process would wait for a reader
		}
	}()
}

// freePort (port) puts a port of this machine at which nobody listens into $NAME.
func freePort(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: port NAME")
	}
	port, ok := freeport.Find()
	if !ok {
		ts.Fatalf("no port is free")
	}
	ts.Setenv(args[0], strconv.Itoa(port))
}

// counts compares what a mock saw of an operation: counts SOURCE OPERATION FIELD=N…
func counts(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: counts SOURCE OPERATION FIELD=N...")
	}
	response, err := http.Get(ts.Getenv("COUNTS"))
	ts.Check(err)
	defer response.Body.Close()
	var all map[string]map[string]map[string]int
	ts.Check(json.NewDecoder(response.Body).Decode(&all))
	for _, want := range args[2:] {
		field, number, _ := strings.Cut(want, "=")
		if got := fmt.Sprint(all[args[0]][args[1]][field]); got != number {
			ts.Fatalf("%s of %s: %s, want %s; all: %v", args[1], field, got, number, all)
		}
	}
}

// answer sends one message, as somebody else than a mock would: answer URL TOPIC
// BODY HEADER=VALUE…
func answer(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: answer URL TOPIC BODY [HEADER=VALUE...]")
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	b, err := broker.Open(ctx, args[0], broker.Config{})
	ts.Check(err)
	defer b.Close(ctx)
	sender, err := b.Sender(ctx, driver.SenderOptions{Address: args[1], Create: &driver.AddressSpec{}})
	ts.Check(err)
	message := &driver.Message{Body: []byte(args[2])}
	for _, header := range args[3:] {
		name, value, _ := strings.Cut(header, "=")
		message.Headers = append(message.Headers, driver.Header{Name: name, Value: []byte(value)})
	}
	ts.Check(sender.Send(ctx, message))
}

// mute puts the address of a server that accepts and never answers into $NAME.
func mute(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: mute NAME")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { _ = listener.Close() })
	ts.Setenv(args[0], listener.Addr().String())
	go func() {
		var held []net.Conn // one that nothing holds is closed, and that is an answer
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			held = append(held, conn)
			runtime.KeepAlive(held)
		}
	}()
}

// fill writes a file that has a beginning and then one text many times: fill
// FILE TIMES BEGINNING TEXT END. In the texts \n is a line break.
func fill(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 5 {
		ts.Fatalf("usage: fill FILE TIMES BEGINNING TEXT END")
	}
	var times int
	_, err := fmt.Sscan(args[1], &times)
	ts.Check(err)
	unescape := strings.NewReplacer(`\n`, "\n", `\xff`, "\xff").Replace
	f, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	w := bufio.NewWriter(f)
	_, _ = w.WriteString(unescape(args[2]))
	for range times {
		_, _ = w.WriteString(unescape(args[3]))
	}
	_, _ = w.WriteString(unescape(args[4]))
	ts.Check(w.Flush())
	ts.Check(f.Close())
}

// until waits for the mock's count of an operation to be reached: until SOURCE
// OPERATION FIELD=N.
func until(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: until SOURCE OPERATION FIELD=N")
	}
	field, number, _ := strings.Cut(args[2], "=")
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		response, err := http.Get(ts.Getenv("COUNTS"))
		ts.Check(err)
		var all map[string]map[string]map[string]int
		err = json.NewDecoder(response.Body).Decode(&all)
		_ = response.Body.Close()
		ts.Check(err)
		if fmt.Sprint(all[args[0]][args[1]][field]) == number {
			return
		}
	}
	ts.Fatalf("%s of %s never was %s", field, args[1], number)
}

// journaled waits until the journal of the one run that is kept has an entry of
// a kind: who gets a message may have it before the sender has noted that it is
// sent. journaled KIND.
func journaled(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: journaled KIND")
	}
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		files, err := filepath.Glob(filepath.Join(ts.Getenv("XDG_STATE_HOME"), "weft", "runs", "*.db"))
		ts.Check(err)
		if len(files) == 1 && hasEntry(files[0], args[0]) {
			return
		}
	}
	ts.Fatalf("no run has an entry %q", args[0])
}

// hasEntry reports whether a run's own journal has an entry of a kind.
func hasEntry(file, kind string) bool {
	store, err := sqlite.Open(context.Background(), file, sqlite.Options{ReadOnly: true})
	if err != nil {
		return false // it is being made
	}
	defer store.Close()
	entries, err := store.Read(context.Background(), strings.TrimSuffix(filepath.Base(file), ".db"), 0)
	return err == nil && slices.ContainsFunc(entries, func(entry []byte) bool {
		var e struct {
			Kind string `json:"k"`
		}
		return json.Unmarshal(entry, &e) == nil && e.Kind == kind
	})
}

// runOf (kept) puts the name of the one run that is kept into $RUN.
func runOf(ts *testscript.TestScript, neg bool, _ []string) {
	files, err := filepath.Glob(filepath.Join(ts.Getenv("XDG_STATE_HOME"), "weft", "runs", "*.db"))
	ts.Check(err)
	if neg {
		left, err := filepath.Glob(filepath.Join(ts.Getenv("XDG_STATE_HOME"), "weft", "runs", "*"))
		ts.Check(err)
		if len(left) != 0 {
			ts.Fatalf("files are left: %v", left)
		}
		return
	}
	if len(files) != 1 {
		ts.Fatalf("%d runs are kept: %v", len(files), files)
	}
	ts.Setenv("RUN", strings.TrimSuffix(filepath.Base(files[0]), ".db"))
}
