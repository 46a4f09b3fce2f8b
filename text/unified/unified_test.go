package unified_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/weft-dev/weft/text/unified"
)

func TestDiffShowsWhatChangedAndWhatIsAround(t *testing.T) {
	t.Parallel()
	before := "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14"
	after := "1\n2\n3\n4\nfive\n6\n7\n8\n9\n10\n11\n12\n13\n14\n"
	want := `--- a
+++ b
@@ -2,7 +2,7 @@
 2
 3
 4
-5
+five
 6
 7
 8
@@ -11,4 +11,4 @@
 11
 12
 13
-14
\ No newline at end of file
+14
`
	if got := string(unified.Diff("a", "b", []byte(before), []byte(after))); got != want {
		t.Errorf("got:\n%s", got)
	}
	if got := unified.Diff("a", "b", []byte(before), []byte(before)); got != nil {
		t.Errorf("equal texts differ:\n%s", got)
	}
	if got := string(unified.Diff("a", "b", nil, []byte("x\n"))); !strings.Contains(got, "@@ -0,0 +1 @@\n+x\n") {
		t.Errorf("got:\n%s", got)
	}
}

// A difference, applied to the old text, gives the new one.
func TestDiffIsTheWholeDifference(t *testing.T) {
	t.Parallel()
	lines := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "d"}), 0, 30)
	rapid.Check(t, func(t *rapid.T) {
		before, after := lines.Draw(t, "before"), lines.Draw(t, "after")
		text := string(unified.Diff("a", "b", join(before), join(after)))
		if got := patch(t, before, text); strings.Join(got, "") != strings.Join(after, "") {
			t.Fatalf("got %v\n%s", got, text)
		}
	})
}

func join(lines []string) []byte {
	var b strings.Builder
	for _, line := range lines {
		b.WriteString(line + "\n")
	}
	return []byte(b.String())
}

// patch applies a difference as the program of that name does.
func patch(t *rapid.T, before []string, text string) []string {
	var out []string
	at := 0
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		switch {
		case line == "" || strings.HasPrefix(line, "---") || strings.HasPrefix(line, "+++"):
		case line[0] == '@':
			start, length, _ := strings.Cut(strings.Fields(line)[1][1:], ",")
			from := atoi(start)
			if length != "0" {
				from--
			}
			out, at = append(out, before[at:from]...), from
		case line[0] == '+':
			out = append(out, line[1:])
		default:
			if before[at] != line[1:] {
				t.Fatalf("line %d is %q, not %q", at, before[at], line[1:])
			}
			at++
			if line[0] == ' ' {
				out = append(out, line[1:])
			}
		}
	}
	return append(out, before[at:]...)
}

func atoi(text string) int {
	n := 0
	for _, r := range text {
		n = 10*n + int(r-'0')
	}
	return n
}
