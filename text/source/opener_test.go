package source_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/weft-dev/weft/text/source"
)

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// sparse makes a file of a size without writing it.
func sparse(t *testing.T, path string, size int64) {
	t.Helper()
	write(t, path, nil)
	if err := os.Truncate(path, size); err != nil {
		t.Skipf("no large files here: %v", err)
	}
}

func local(t *testing.T, dir string) *source.Dir {
	t.Helper()
	opener, err := source.Local(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = opener.Close() })
	return opener
}

func TestADirectoryOpensOnlyWhatLiesBelowIt(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	dir := filepath.Join(top, "root")
	write(t, filepath.Join(dir, "a b.yaml"), []byte("a: 1\n"))
	write(t, filepath.Join(dir, "sub", "c.yaml"), []byte("c: 1\n"))
	write(t, filepath.Join(top, "secret.yaml"), []byte("s: 1\n"))
	write(t, filepath.Join(top, "rootless", "x.yaml"), []byte("s: 1\n"))
	write(t, filepath.Join(dir, "image.png"), []byte("\x89PNG\x00\x00\xff"))
	write(t, filepath.Join(dir, "utf16.yaml"), []byte("\xff\xfea\x00"))
	sparse(t, filepath.Join(dir, "large.yaml"), 200<<20)
	for link, to := range map[string]string{"out.yaml": filepath.Join(top, "secret.yaml"), "up": "..", "in.yaml": "sub/c.yaml"} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Skip("no symbolic links here")
		}
	}
	opener := local(t, dir)
	tests := []struct {
		path string
		kind error
	}{
		{"a b.yaml", nil},
		{"sub/c.yaml", nil},
		{"in.yaml", nil}, // a link that stays inside
		{"utf16.yaml", nil},
		{"none.yaml", source.ErrNotFound},
		{"a b.yaml/x", source.ErrNotFound},
		{"sub", source.ErrNotAllowed},
		{"../secret.yaml", source.ErrNotAllowed},
		{"../rootless/x.yaml", source.ErrNotAllowed},
		{"out.yaml", source.ErrNotAllowed},
		{"up/secret.yaml", source.ErrNotAllowed},
		{"image.png", source.ErrNotText},
		{"large.yaml", source.ErrTooLarge},
	}
	for _, test := range tests {
		uri, _, err := source.Resolve(source.FileURI(filepath.Join(dir, "doc.yaml")), test.path)
		if err != nil {
			t.Fatal(err)
		}
		f, err := opener.Open(t.Context(), uri)
		if !errors.Is(err, test.kind) {
			t.Errorf("%s: %v, want the kind %v", test.path, err, test.kind)
		}
		if test.kind == nil && f.URI() != uri {
			t.Errorf("%s has the URI %s, want %s", test.path, f.URI(), uri)
		}
	}
	for _, uri := range []string{"http://example.com/a", "memory:///a", "nonsense"} {
		if _, err := opener.Open(t.Context(), uri); !errors.Is(err, source.ErrNotSupported) {
			t.Errorf("%s: %v, want ErrNotSupported", uri, err)
		}
	}
	if _, err := source.Local(filepath.Join(dir, "none")); !errors.Is(err, source.ErrNotFound) {
		t.Errorf("a root that is not there: %v", err)
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := opener.Open(stopped, source.FileURI(filepath.Join(dir, "a b.yaml"))); !errors.Is(err, context.Canceled) {
		t.Errorf("an opener that was stopped: %v", err)
	}
}

func TestADirectoryReachedByALinkIsTheSame(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	write(t, filepath.Join(top, "real", "a.yaml"), []byte("a: 1\n"))
	if err := os.Symlink("real", filepath.Join(top, "link")); err != nil {
		t.Skip("no symbolic links here")
	}
	opener := local(t, filepath.Join(top, "link"))
	for _, name := range []string{"real", "link"} {
		if _, err := opener.Open(t.Context(), source.FileURI(filepath.Join(top, name, "a.yaml"))); err != nil {
			t.Errorf("by %s: %v", name, err)
		}
	}
}

func TestWhatAUserNamesIsReadWithinBounds(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.yaml"), []byte("a: 1\n"))
	sparse(t, filepath.Join(dir, "large.yaml"), 200<<20)
	f, err := source.ReadFile(filepath.Join(dir, "a.yaml"))
	if err != nil || string(f.Data()) != "a: 1\n" {
		t.Errorf("got %v, %v", f, err)
	}
	for name, kind := range map[string]error{"none.yaml": source.ErrNotFound, "": source.ErrNotAllowed, "large.yaml": source.ErrTooLarge} {
		if _, err := source.ReadFile(filepath.Join(dir, name)); !errors.Is(err, kind) {
			t.Errorf("%q: %v, want the kind %v", name, err, kind)
		}
	}
}

// endless never ends, and counts what was read from it.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	e.read += len(p)
	return len(p), nil
}

func TestAStreamIsNotReadBeyondTheLimit(t *testing.T) {
	t.Parallel()
	stream := &endless{}
	if _, err := source.ReadStdin(stream); !errors.Is(err, source.ErrTooLarge) {
		t.Errorf("an endless stream: %v", err)
	}
	if stream.read > 2*source.MaxSize {
		t.Errorf("%d bytes are read", stream.read)
	}
	f, err := source.ReadStdin(strings.NewReader("a: 1\n"))
	if err != nil || f.Name() != "<stdin>" || !strings.HasPrefix(f.URI(), "file:///") {
		t.Errorf("got %v, %v", f, err)
	}
	if _, err := source.ReadStdin(io.MultiReader(bytes.NewReader([]byte("a")), failing{})); !errors.Is(err, source.ErrUnavailable) {
		t.Errorf("a stream that breaks: %v", err)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestOverlaysAskInTurn(t *testing.T) {
	t.Parallel()
	files := source.FS{Base: "weft:///", FS: fstest.MapFS{"dir/a b.yaml": {Data: []byte("fs")}, "both": {Data: []byte("fs")}}}
	o := source.Overlay{source.Memory{"weft:///both": "memory", "memory:///a": "memory"}, files}
	for uri, want := range map[string]string{"weft:///both": "memory", "weft:///dir/a%20b.yaml": "fs", "memory:///a": "memory"} {
		f, err := o.Open(t.Context(), uri)
		if err != nil || string(f.Data()) != want {
			t.Errorf("%s: %v, want %q", uri, err, want)
		}
	}
	for uri, kind := range map[string]error{"weft:///none": source.ErrNotFound, "weft:///dir": source.ErrNotAllowed, "weft:///../x": source.ErrNotAllowed, "http://x/": source.ErrNotFound} {
		if _, err := o.Open(t.Context(), uri); !errors.Is(err, kind) {
			t.Errorf("%s: %v, want the kind %v", uri, err, kind)
		}
	}
	if _, err := (source.Overlay{}).Open(t.Context(), "x:///a"); !errors.Is(err, source.ErrNotSupported) {
		t.Errorf("of none: %v", err)
	}
}
