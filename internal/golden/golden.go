// Package golden compares what a test got with a file of what is expected.
// It exists so that a large expected text is reviewed as a file, in a diff,
// and not as a string in code.
//
// It must not know what it compares: it changes no line ending, time, path or
// order. A test whose output varies must settle it before asking.
package golden

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// Updating still fails the test, so that nobody mistakes a rewritten
// expectation for a passing one: read the diff, then run again without.
var update = flag.Bool("update", false, "rewrite the golden files that differ; the tests still fail, read the diff")

// Updating reports whether -update was given, for tests that keep what they
// expect in a form of their own. They too must fail after they rewrite.
func Updating() bool { return *update }

// Assert fails the test unless the file at path, which is relative to the
// directory of the test, holds exactly got. With -update it writes the file
// where it differs, and fails all the same.
func Assert(t testing.TB, got []byte, path string) {
	t.Helper()
	want, err := os.ReadFile(path)
	missing := errors.Is(err, fs.ErrNotExist)
	switch {
	case err != nil && !missing:
		t.Fatal(err)
	case !missing && bytes.Equal(want, got):
		return
	case *update:
		rewrite(t, got, path)
	case missing:
		t.Errorf("%s does not exist; run the test with -update to write it, then read it. it would hold:\n%s", path, got)
	default:
		t.Errorf("%s differs (- is the file, + is what the test got; -update rewrites it):\n%s", path, diff(want, got))
	}
}

func rewrite(t testing.TB, got []byte, path string) {
	t.Helper()
	if err := write(got, path); err != nil {
		t.Fatal(err)
	}
	t.Errorf("%s was rewritten; read the diff, then run again without -update", path)
}

func write(got []byte, path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("make the directory of a golden file: %w", err)
	}
	if err := os.WriteFile(path, got, 0o644); err != nil {
		return fmt.Errorf("write a golden file: %w", err)
	}
	return nil
}
