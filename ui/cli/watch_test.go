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

// take returns what was written and forgets it, once it holds a text.
func (s *shared) take(t *testing.T, text string) string {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for time.Now().Before(deadline) {
		s.mu.Lock()
		all := s.b.String()
		if strings.Contains(all, text) {
			s.b.Reset()
			s.mu.Unlock()
			return all
		}
		s.mu.Unlock()
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
	var out, talk shared
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"validate", filepath.Join(dir, "*.yaml"), "--watch"}, strings.NewReader(""), &out, &talk)
	}()
	const again = "watching "
	said := func(want string) {
		t.Helper()
		talk.take(t, again)
		if got := out.take(t, ""); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("it said\n%s\nwant %q", got, want)
		}
	}
	talk.take(t, again)
	out.take(t, "c.yaml:1:1: error") // by itself it is no document

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
	out.take(t, `AsyncAPI "1.0.0" is not supported`)
	talk.take(t, "4 documents")

	if err := os.Remove(filepath.Join(dir, "b.yaml")); err != nil {
		t.Fatal(err)
	}
	talk.take(t, again)

	stop()
	select {
	case code := <-ended:
		if code != exitFine {
			t.Errorf("it ended with %d", code)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it did not end")
	}
	if strings.Contains(out.take(t, ""), "\x1b[2J") {
		t.Error("what is no terminal was cleared")
	}
}
