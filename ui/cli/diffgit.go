package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/weft-dev/weft/text/source"
)

// gitVersion opens files as they were at one commit, straight from git's
// objects: nothing is checked out and nothing is written.
type gitVersion struct {
	root   string // of the repository, as the user's path leads there
	commit string
	shown  string // the name that the user gave the commit
	uri    string // of the file that was named
}

// gitHistory finds the repository of a file and the commit that a name stands for.
func gitHistory(ctx context.Context, name, file string) (*gitVersion, error) {
	abs, err := filepath.Abs(file)
	if err != nil {
		return nil, err
	}
	dir := filepath.Dir(abs)
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("%s: there is no such folder", filepath.Dir(file))
	}
	if _, err := exec.LookPath("git"); err != nil {
		return nil, errors.New("the program git is not installed here, and only it knows older versions")
	}
	prefix, err := git(ctx, dir, "rev-parse", "--show-prefix")
	if err != nil {
		return nil, fmt.Errorf("%s is not in a git repository, which is where older versions would be", file)
	}
	root := dir
	for range strings.Count(strings.TrimSpace(string(prefix)), "/") {
		root = filepath.Dir(root)
	}
	// A name that starts with "-" would be an option, but for this.
	commit, err := git(ctx, dir, "rev-parse", "--verify", "--quiet", "--end-of-options", name+"^{commit}")
	if err != nil {
		return nil, fmt.Errorf("git knows no commit, branch or tag %q here; if it is a branch of a remote, fetch it first", name)
	}
	return &gitVersion{root: root, commit: strings.TrimSpace(string(commit)), shown: name, uri: source.FileURI(abs)}, nil
}

// Open opens the file at a file: URI as it was.
func (v *gitVersion) Open(ctx context.Context, uri string) (*source.File, error) {
	path, ok := source.PathOf(uri)
	if !ok {
		return nil, &source.OpenError{URI: source.Redact(uri), Kind: source.ErrNotSupported, Reason: "git has only files"}
	}
	inside, err := filepath.Rel(v.root, path)
	if err != nil || !filepath.IsLocal(inside) {
		return nil, &source.OpenError{
			URI: source.Redact(uri), Kind: source.ErrNotAllowed, Reason: "the file is outside of the git repository",
			Help: "what the old version refers to must be in the repository too",
		}
	}
	inside = filepath.ToSlash(inside)
	shown := v.shown + ":" + inside
	data, err := git(ctx, v.root, "cat-file", "blob", v.commit+":"+inside)
	switch {
	case errors.Is(err, errTooMuch):
		return nil, &source.OpenError{URI: shown, Kind: source.ErrTooLarge, Reason: fmt.Sprintf("the document is larger than the %d MB that are read", source.MaxSize>>20)}
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, &source.OpenError{
			URI: shown, Kind: source.ErrNotFound, Reason: fmt.Sprintf("there is no such file at %s", v.shown),
			Help: "if it was moved since, weft diff compares two files that are named",
		}
	case bytes.IndexByte(data[:min(len(data), 8<<10)], 0) >= 0:
		return nil, &source.OpenError{URI: shown, Kind: source.ErrNotText, Reason: "this is a binary file, not text"}
	}
	return source.NewFile(uri, shown, data), nil
}

// elsewhere opens what is in the repository as it was, and what is in folders
// outside of it as it is.
type elsewhere struct {
	*gitVersion
	outside folders
}

func (v *gitVersion) before(outside folders) elsewhere { return elsewhere{v, outside} }

// Open opens the file at a file: URI.
func (e elsewhere) Open(ctx context.Context, uri string) (*source.File, error) {
	file, err := e.gitVersion.Open(ctx, uri)
	if !errors.Is(err, source.ErrNotAllowed) {
		return file, err
	}
	if file, found := e.outside.Open(ctx, uri); !errors.Is(found, source.ErrNotSupported) {
		return file, found
	}
	return nil, err
}

var errTooMuch = errors.New("git printed more than is read")

// git runs git in a folder and returns what it printed.
func git(ctx context.Context, dir string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	data, readErr := io.ReadAll(io.LimitReader(out, source.MaxSize+1))
	if len(data) > source.MaxSize {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		return nil, errTooMuch
	}
	if err := cmd.Wait(); err != nil {
		return nil, err
	}
	return data, readErr
}
