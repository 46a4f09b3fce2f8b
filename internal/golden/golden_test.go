package golden

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// recorder is a testing.TB that keeps what Assert reports.
type recorder struct {
	testing.TB
	errors []string
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

func setUpdate(t *testing.T, on bool) {
	t.Helper()
	before := *update
	*update = on
	t.Cleanup(func() { *update = before })
}

func TestEqualContentPasses(t *testing.T) {
	setUpdate(t, false)
	path := filepath.Join(t.TempDir(), "x.golden")
	if err := os.WriteFile(path, []byte("same\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	r := &recorder{TB: t}
	Assert(r, []byte("same\n"), path)
	if len(r.errors) != 0 {
		t.Errorf("equal content was reported: %q", r.errors)
	}
}

func TestADifferenceFailsAndLeavesTheFileAlone(t *testing.T) {
	setUpdate(t, false)
	path := filepath.Join(t.TempDir(), "x.golden")
	if err := os.WriteFile(path, []byte("old\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	r := &recorder{TB: t}
	Assert(r, []byte("new\n"), path)
	if len(r.errors) != 1 || !strings.Contains(r.errors[0], "- old\n+ new\n") {
		t.Errorf("got %q, want one error that shows both lines", r.errors)
	}
	if kept, err := os.ReadFile(path); err != nil || string(kept) != "old\n" {
		t.Errorf("the file is now %q (%v)", kept, err)
	}
}

func TestUpdateRewritesAndStillFails(t *testing.T) {
	setUpdate(t, true)
	path := filepath.Join(t.TempDir(), "deep", "x.golden")
	first, second := &recorder{TB: t}, &recorder{TB: t}
	Assert(first, []byte("a\r\n"), path)
	if len(first.errors) != 1 {
		t.Errorf("updating gave %q, want one error", first.errors)
	}
	Assert(second, []byte("a\r\n"), path)
	if len(second.errors) != 0 {
		t.Errorf("the file written by -update does not match what was given: %q", second.errors)
	}
}

func TestDiffShowsWhatCannotBeSeen(t *testing.T) {
	tests := []struct{ name, want, got, shows string }{
		{"carriage return", "a\n", "a\r\n", "- a\n+ \"a\\r\"\n"},
		{"last line break", "a\n", "a", "- a\n+ a (no line break at the end)\n"},
		{"trailing space", "a\n", "a \n", "- a\n+ \"a \"\n"},
		{"not UTF-8", "a\n", "\xff\n", "- a\n+ \"\\xff\"\n"},
		{"nothing wanted", "", "a\n", "+ a\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if shown := diff([]byte(test.want), []byte(test.got)); !strings.HasSuffix(shown, test.shows) {
				t.Errorf("got\n%swhich does not end with\n%s", shown, test.shows)
			}
		})
	}
}

func TestDiffShowsOnlyTheSurroundingsOfAChange(t *testing.T) {
	var want, got strings.Builder
	for i := range 100 {
		fmt.Fprintf(&want, "line %d\n", i)
		if i == 10 || i == 80 {
			fmt.Fprintf(&got, "changed\n")
			continue
		}
		fmt.Fprintf(&got, "line %d\n", i)
	}
	shown := diff([]byte(want.String()), []byte(got.String()))
	expected := `@@ line 8, got line 8 @@
  line 7
  line 8
  line 9
- line 10
+ changed
  line 11
  line 12
  line 13
@@ line 78, got line 78 @@
  line 77
  line 78
  line 79
- line 80
+ changed
  line 81
  line 82
  line 83
`
	if shown != expected {
		t.Errorf("got\n%s\nwant\n%s", shown, expected)
	}
}

func TestTextsTooLargeToAlignAreShownAsBlocks(t *testing.T) {
	want := strings.Repeat("a\n", 5000)
	got := strings.Repeat("b\n", 5000)
	shown := diff([]byte(want), []byte(got))
	if strings.Count(shown, "\n- a") != 5000 || strings.Count(shown, "\n+ b") != 5000 {
		t.Errorf("the block diff lost lines: %d bytes", len(shown))
	}
}
