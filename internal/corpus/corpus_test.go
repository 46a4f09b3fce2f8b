package corpus_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/weft-dev/weft/internal/corpus"
)

// recorder is a testing.TB whose Skipf and Fatalf are written down instead of
// ending the test that looks at them.
type recorder struct {
	testing.TB
	skipped, failed string
}

func (r *recorder) Helper() {}

func (r *recorder) Skipf(format string, args ...any) {
	r.skipped = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.failed = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// outcome runs find on its own goroutine, as the end of a test ends that one.
func outcome(t *testing.T, find func(testing.TB) string) (dir string, r *recorder) {
	t.Helper()
	r = &recorder{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		dir = find(r)
	}()
	<-done
	return dir, r
}

func TestTheVariableNamesTheCorpusAndItsSiblingHoldsTheSeeds(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"corpus", "seeds"} {
		if err := os.Mkdir(filepath.Join(root, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv(corpus.Variable, filepath.Join(root, "corpus"))
	if got, want := corpus.Dir(t), filepath.Join(root, "corpus"); got != want {
		t.Errorf("Dir is %s, want %s", got, want)
	}
	if got, want := corpus.Seeds(t), filepath.Join(root, "seeds"); got != want {
		t.Errorf("Seeds is %s, want %s", got, want)
	}
}

func TestAWrongVariableFailsAndDoesNotSkip(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "gone")
	t.Setenv(corpus.Variable, missing)
	_, r := outcome(t, corpus.Dir)
	if r.skipped != "" || !strings.Contains(r.failed, missing) {
		t.Errorf("skipped %q, failed %q; want a failure that names %s", r.skipped, r.failed, missing)
	}
}

func TestAMachineWithoutTheCorpusSkipsAndSaysWhatToSet(t *testing.T) {
	t.Setenv(corpus.Variable, "")
	alone := filepath.Join(t.TempDir(), "weft")
	if err := os.Mkdir(alone, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(alone, "go.mod"), []byte("module alone\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Chdir(alone)
	for name, find := range map[string]func(testing.TB) string{"Dir": corpus.Dir, "Seeds": corpus.Seeds} {
		_, r := outcome(t, find)
		if r.failed != "" || !strings.Contains(r.skipped, corpus.Variable) {
			t.Errorf("%s: skipped %q, failed %q; want a skip that names %s", name, r.skipped, r.failed, corpus.Variable)
		}
	}
}
