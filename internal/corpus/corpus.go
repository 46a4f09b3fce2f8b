// Package corpus finds the conformance corpus and the seed documents that
// tests read. Both are kept beside the project, not in it: they are other
// people's files, and none of them is copied into this tree.
//
// It must not know what the files mean. A machine that has none of them skips
// the tests that need them, and each skip says what to set.
package corpus

import (
	"os"
	"path/filepath"
	"testing"
)

// Variable names the environment variable that holds the corpus directory.
const Variable = "WEFT_CORPUS"

// Dir returns the directory of the conformance corpus: $WEFT_CORPUS, else
// ../shared/corpus beside the module. Where neither is there the test is
// skipped; where the variable is set and wrong the test fails.
func Dir(t testing.TB) string {
	t.Helper()
	return find(t, "corpus", "")
}

// Seeds returns the directory of the seed documents, which is the sibling
// "seeds" of the corpus directory. It skips and fails as Dir does.
func Seeds(t testing.TB) string {
	t.Helper()
	return find(t, "seeds", filepath.Join("..", "seeds"))
}

// find resolves relative, a path from the corpus directory, to a directory
// that exists.
func find(t testing.TB, what, relative string) string {
	t.Helper()
	root, chosen := os.Getenv(Variable), true
	if root == "" {
		root, chosen = filepath.Join(moduleRoot(t), "..", "shared", "corpus"), false
	}
	dir := filepath.Join(root, relative)
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return dir
	}
	if chosen {
		t.Fatalf("%s=%s: there is no directory %s; correct the variable or unset it", Variable, root, dir)
	}
	t.Skipf("the %s is not on this machine (looked in %s); set %s to the corpus directory", what, dir, Variable)
	return ""
}

// moduleRoot walks up from the directory of the running test to the go.mod.
func moduleRoot(t testing.TB) string {
	t.Helper()
	start, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatalf("no go.mod above %s", start)
		}
	}
}
