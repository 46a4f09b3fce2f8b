package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// shared is a buffer that may be read while it is written.
type shared struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *shared) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

// ends keeps of what is said beside the findings that they end.
type ends struct{ *shared }

func (e ends) Write(p []byte) (int, error) {
	if !bytes.HasPrefix(p, []byte("watching ")) {
		return len(p), nil
	}
	return e.shared.Write(p)
}

// take returns what was written up to the end of a text, and forgets it. What
// is no terminal is never cleared.
func (s *shared) take(t *testing.T, text string) string {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for time.Now().Before(deadline) {
		s.mu.Lock()
		before, after, found := strings.Cut(s.b.String(), text)
		if found {
			s.b.Reset()
			s.b.WriteString(after)
		}
		s.mu.Unlock()
		if strings.Contains(before, "\x1b[2J") {
			t.Error("what is no terminal was cleared")
		}
		if found {
			return before + text
		}
		time.Sleep(5 * time.Millisecond)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t.Fatalf("%q was never said, but\n%s", text, s.b.String())
	return ""
}

// put writes a file as editors do: beside it, and then into its place.
func put(t *testing.T, dir, name, text string) {
	t.Helper()
	temporary := filepath.Join(dir, "."+name+".swp")
	writeFile(t, temporary, text)
	if err := os.Rename(temporary, filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}

func TestWatchJudgesAgainWhatChanges(t *testing.T) {
	dir := t.TempDir()
	const good = "asyncapi: 3.0.0\ninfo: {title: t, version: 1.0.0}\nchannels: {c: {$ref: './c.yaml'}}\n"
	put(t, dir, "a.yaml", good)
	put(t, dir, "c.yaml", "address: users\n")
	put(t, dir, "weft.yaml", "extends: weft:off\nrules: {asyncapi/address-slash: on, asyncapi/unknown-field: on}\n")

	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var both shared // so that each judgement ends where it says so
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"validate", filepath.Join(dir, "*.yaml"), "--watch"}, strings.NewReader(""), &both, ends{&both})
	}()
	// said waits for a judgement that says this, or nothing. It may judge what it
	// has judged before: who is slow sees the steps of one change apart.
	said := func(want string) {
		t.Helper()
		for {
			got := both.take(t, "stop with Ctrl-C\n")
			findings, _, _ := strings.Cut(got, "watching ")
			if want == "" && findings == "" || want != "" && strings.Contains(got, want) {
				return
			}
		}
	}
	said("c.yaml:1:1: error") // by itself it is no document

	put(t, dir, "weft.yaml", "extends: weft:off\nrules: {asyncapi/address-slash: on, asyncapi/unknown-field: on}\nignores: [{code: lint/kind, files: c.yaml, reason: a part}]\n")
	said("")

	put(t, dir, "a.yaml", strings.Replace(good, "channels", "chanels", 1))
	said(`unknown field "chanels"`)

	put(t, dir, "a.yaml", good)
	said("")

	put(t, dir, "c.yaml", "address: users/\n")
	said("ends in a slash")

	put(t, dir, "weft.yaml", "extends: weft:off\nignores: [{code: lint/kind, files: c.yaml, reason: a part}]\n")
	said("")

	put(t, dir, "b.yaml", "asyncapi: 1.0.0\n") // the pattern means it, too
	said(`AsyncAPI "1.0.0" is not supported`)

	if err := os.Remove(filepath.Join(dir, "b.yaml")); err != nil {
		t.Fatal(err)
	}
	said("")

	stop()
	select {
	case code := <-ended:
		if code != exitFine {
			t.Errorf("it ended with %d", code)
		}
	case <-time.After(time.Minute):
		t.Fatal("it did not end")
	}
}
