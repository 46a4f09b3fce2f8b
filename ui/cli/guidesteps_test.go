package cli

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weft-dev/weft/internal/freeport"
)

// Pages of the guide are worked through as a reader would, in an empty folder:
// files are saved, commands are typed, and what they print is compared with the
// page, but for times, numbers of messages and the like.
func TestTheGuideStepByStep(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("sh"); err != nil || runtime.GOOS == "windows" {
		t.Skip("there is no shell, or no Ctrl-C that one process can send to another")
	}
	for page, commands := range map[string]int{"getting-started": 20, "mock": 6, "discover": 10} {
		t.Run(page, func(t *testing.T) {
			t.Parallel()
			r := newReader(t)
			if ran := r.works(blocksOf(t, "../../docs/guide/"+page+".md")); ran != commands {
				t.Errorf("%d commands were tried: the search is broken", ran)
			}
		})
	}
}

// block is a fenced part of a page: its language, what is said besides, and its
// text.
type block struct{ kind, note, text string }

func blocksOf(t *testing.T, page string) []block {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var blocks []block
	for _, found := range regexp.MustCompile("(?ms)^```([a-z]+) ?([^\n]*)\n(.*?)^```$").FindAllStringSubmatch(string(text), -1) {
		blocks = append(blocks, block{kind: found[1], note: found[2], text: found[3]})
	}
	return blocks
}

// reader is somebody who works through a page, in a folder and with a port of
// their own.
type reader struct {
	t    *testing.T
	dir  string
	port string
	// What goes on in the second terminal; nil before and after.
	second *exec.Cmd
	screen *terminal
}

func newReader(t *testing.T) *reader {
	t.Helper()
	r := &reader{t: t, dir: t.TempDir(), port: strconv.Itoa(freeport.Of(t))}
	t.Cleanup(func() {
		if r.second != nil {
			_ = r.second.Process.Kill()
			_ = r.second.Wait()
		}
	})
	return r
}

// works works through the blocks of a page, and counts the commands. A file is
// named behind the language of its block; "background" is for the second
// terminal, in which Ctrl-C is pressed before another such block, and before one
// that is "after"; "unordered" is what may come in another order.
func (r *reader) works(blocks []block) (ran int) {
	r.t.Helper()
	for _, b := range blocks {
		if b.kind == "console" && (b.note == "background" || b.note == "after") {
			r.interrupt()
		}
		switch {
		case b.kind == "yaml":
			writeFile(r.t, filepath.Join(r.dir, b.note), r.here(b.text))
		case b.kind == "console" && b.note == "background":
			r.background(b.text)
			ran++
		case b.kind == "text":
			r.sees("…\n" + b.text + "…\n")
		case b.kind == "console":
			ran += r.types(b)
		}
	}
	return ran
}

// here puts the reader's port in the place of the page's.
func (r *reader) here(text string) string { return strings.ReplaceAll(text, ":9092", ":"+r.port) }

// command is a line as a terminal runs it.
func (r *reader) command(ctx context.Context, line string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "sh", "-c", r.here(line))
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), "NO_COLOR=1", "XDG_STATE_HOME="+filepath.Join(r.dir, ".state"))
	return cmd
}

// types runs the commands of a block, one after the other.
func (r *reader) types(b block) (ran int) {
	r.t.Helper()
	for _, part := range strings.Split("\n"+b.text, "\n$ ")[1:] {
		line, want, _ := strings.Cut(part, "\n")
		_, code, fails := strings.Cut(line, " # exit code ")
		if !fails {
			code = "0"
		}
		cmd := r.command(r.t.Context(), line)
		out, _ := cmd.CombinedOutput()
		printed, page := string(out), want
		if b.note == "unordered" {
			printed, page = sortedLines(printed), sortedLines(page)
		}
		if got := strconv.Itoa(cmd.ProcessState.ExitCode()); got != code || !shows(printed, page) {
			r.t.Fatalf("%s\n--- ends with %s and prints\n%s\n--- and the page shows\n%s", line, got, out, want)
		}
		ran++
	}
	return ran
}

// sortedLines is a text of which the order of the lines does not matter.
func sortedLines(text string) string {
	lines := slices.Collect(strings.Lines(steady(text)))
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// background starts a command and waits until it shows what the page shows.
func (r *reader) background(text string) {
	r.t.Helper()
	line, want, _ := strings.Cut(strings.TrimPrefix(text, "$ "), "\n")
	r.second, r.screen = r.command(context.Background(), "exec "+line), &terminal{}
	r.second.Stdout, r.second.Stderr = r.screen, r.screen
	if err := r.second.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.sees(want)
}

// sees waits until the second terminal shows what the page shows.
func (r *reader) sees(want string) {
	r.t.Helper()
	for deadline := time.Now().Add(time.Minute); !shows(r.screen.String(), want); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			r.t.Fatalf("the second terminal\n--- prints\n%s\n--- and the page shows\n%s", r.screen, want)
		}
	}
}

// interrupt presses Ctrl-C in the second terminal.
func (r *reader) interrupt() {
	r.t.Helper()
	if r.second == nil {
		return
	}
	if err := r.second.Process.Signal(os.Interrupt); err != nil {
		r.t.Fatal(err)
	}
	if err := r.second.Wait(); err != nil {
		r.t.Errorf("the second terminal: %v\n%s", err, r.screen)
	}
	r.second = nil
}

// terminal is what a command printed so far.
type terminal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (s *terminal) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

// String is what was printed.
func (s *terminal) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// shows reports whether a page shows what was printed: line by line, where a
// line "…" is any number of lines, and "…" within one is anything.
func shows(printed, page string) bool {
	var pattern strings.Builder
	pattern.WriteString(`(?s)^`)
	for line := range strings.Lines(steady(page)) {
		if line == "…\n" {
			pattern.WriteString(`(?:[^\n]*\n)*?`)
			continue
		}
		parts := strings.Split(line, "…")
		if strings.HasPrefix(line, " … ") { // a sign of its own
			parts = []string{line}
		}
		for i := range parts {
			parts[i] = regexp.QuoteMeta(parts[i])
		}
		pattern.WriteString(strings.Join(parts, `[^\n]*`))
	}
	return regexp.MustCompile(pattern.String() + `$`).MatchString(steady(printed))
}

// different are what is another each time, and what stands for it.
func different() [][2]string {
	return [][2]string{
		{`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`, "DATE"},
		{`(?:\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d\.\d{3}`, "CLOCK"},
		{`(localhost|127\.0\.0\.1):\d+`, "$1:PORT"},
		{` id [A-Z0-9]{26}`, " id ID"},
		{`(run|--resume) (?:run-[0-9a-f]+|[A-Z0-9]{26})`, "$1 RUN"},
		{`(done|messages?|succeeded) in [0-9.]+(?:µs|ms|s)`, "$1 in TIME"},
		{`(placed|confirmed|shipped)  \d+ messages?`, "$1  SOME"}, // it may have one more before it ends
		{`[ \t]+`, " "},
	}
}

// steady is a text without what is another each time.
func steady(text string) string {
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	for _, d := range different() {
		text = regexp.MustCompile(d[0]).ReplaceAllString(text, d[1])
	}
	return text
}

// What is shown is compared, and not only looked at.
func TestAPageThatShowsSomethingElseIsNoticed(t *testing.T) {
	t.Parallel()
	printed := "a\nb  10:11:12.123\nc 127.0.0.1:4711\nd\n"
	for _, page := range []string{printed, "a\n…\nd\n", "…\nb  00:00:00.000\nc 127.0.0.1:1\n…\n", "a\nb …\n…\n"} {
		if !shows(printed, page) {
			t.Errorf("%q is not taken", page)
		}
	}
	if wrong := slices.DeleteFunc([]string{"", "a\n", "a\n…\nc\n", "b\n…\n", "a\n…\nd\ne\n"}, func(page string) bool { return !shows(printed, page) }); len(wrong) > 0 {
		t.Errorf("%q are taken", wrong)
	}
}
