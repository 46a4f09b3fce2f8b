package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/embedded"
)

// The guide's contract is one, and its commands do what the guide shows. What
// differs from day to day is left out there: each line shown is a part of what
// is printed.
func TestTheGuideOfTryingAChannel(t *testing.T) {
	text, err := os.ReadFile("../../docs/guide/try-a-channel.md")
	if err != nil {
		t.Fatal(err)
	}
	_, contract, _ := strings.Cut(string(text), "```yaml\n")
	contract, _, _ = strings.Cut(contract, "```")
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "orders.yaml"), contract)
	server, err := embedded.Start(t.Context(), "kafka", embedded.Options{Addresses: []string{"shop.orders"}, Partitions: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	commands := regexp.MustCompile(`(?s)\$ weft (.*?)\n(.*?)(?:\$ weft |$)`)
	blocks := regexp.MustCompile("(?s)```console\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	ran := 0
	for _, block := range blocks {
		for rest := block[1]; strings.HasPrefix(rest, "$ weft "); ran++ {
			found := commands.FindStringSubmatch(rest)
			rest = rest[len("$ weft ")+len(found[1])+1+len(found[2]):]
			tryCommand(t, dir, server.URL, found[1], strings.Split(strings.TrimSpace(found[2]), "\n"))
		}
	}
	if ran != 7 {
		t.Errorf("%d commands were tried: the search is broken", ran)
	}
}

// tryCommand runs a line of the guide and looks for what it shows.
func tryCommand(t *testing.T, dir, url, line string, want []string) {
	t.Helper()
	line, fails, _ := strings.Cut(line, " # exit code ")
	line = strings.NewReplacer("$orders", url, "orders.yaml", filepath.Join(dir, "orders.yaml")).Replace(line)
	var args []string
	for _, word := range regexp.MustCompile(`'[^']*'|\S+`).FindAllString(line, -1) {
		args = append(args, strings.Trim(word, "'"))
	}
	var stdout, stderr bytes.Buffer
	code := exitFine
	if fails != "" {
		code = exitFindings
	}
	if got := run(t.Context(), args, strings.NewReader(""), &stdout, &stderr); got != code {
		t.Errorf("%s: exit code %d\n%s%s", line, got, &stdout, &stderr)
	}
	for _, part := range want {
		if !strings.Contains(stdout.String(), strings.TrimSpace(part)) {
			t.Errorf("%s: %q is not in\n%s%s", line, part, &stdout, &stderr)
		}
	}
}

func TestWhereToBegin(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]driver.Start{
		"now": driver.StartNow(), "beginning": driver.StartBeginning(),
		"10m": driver.StartTime(now.Add(-10 * time.Minute)), "10m-ago": driver.StartTime(now.Add(-10 * time.Minute)),
		"2h ago": driver.StartTime(now.Add(-2 * time.Hour)), "-1d": driver.StartTime(now.Add(-24 * time.Hour)),
		"2026-01-30": driver.StartTime(now.Add(-36 * time.Hour)), "2026-01-31T11:59:00Z": driver.StartTime(now.Add(-time.Minute)),
	} {
		got, err := parseFrom(text, now)
		if err != nil || got.Kind != want.Kind || !got.Time.Equal(want.Time) {
			t.Errorf("%q begins at %v (%v), want %v", text, got, err, want)
		}
	}
	for _, wrong := range []string{"tomorrow", "10", "--5m", "999999999d", "2026-13-01"} {
		if got, err := parseFrom(wrong, now); err == nil {
			t.Errorf("%q is taken as %v", wrong, got)
		}
	}
}
