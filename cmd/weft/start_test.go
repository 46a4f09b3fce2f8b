package main

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// atStart are the packages that do something when the program starts, which
// every command pays for: drivers register themselves. A table, a Replacer or a
// sync.OnceValue of a package is none of these; internal/lazy holds them.
var atStart = []string{
	"cmd/weft", "internal/golden", // this test
	"wire/amqp", "wire/amqp1", "wire/inmem", "wire/kafka", "wire/mqtt", "wire/nats", "wire/redis", "wire/sqs", "wire/stomp",
	"wire/webhook", "wire/websocket",
}

// TestNothingIsDoneAtStart asks Go's runtime what was initialised.
func TestNothingIsDoneAtStart(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	run := exec.CommandContext(t.Context(), self, "-test.run=^$")
	run.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	out, err := run.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	traced := 0
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		if len(words) < 2 || words[0] != "init" {
			continue
		}
		traced++
		path, ours := strings.CutPrefix(words[1], "github.com/weft-dev/weft/")
		if ours && !slices.Contains(atStart, strings.TrimSuffix(path, "_test")) {
			t.Errorf("%s does something at start: %s", path, line)
		}
	}
	if traced == 0 {
		t.Fatalf("the runtime told of nothing:\n%s", out)
	}
}
