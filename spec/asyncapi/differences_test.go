package asyncapi_test

import (
	"bufio"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// A difference is a kind of document on which our verdict is not that of the
// official schema, on purpose. Each line of testdata/known-differences.txt is one:
// versions, the way the document was changed, who accepts it ("ours" or
// "theirs"), a regular expression for the place, and the reason.
type difference struct {
	line     string
	versions *regexp.Regexp
	change   *regexp.Regexp
	ours     bool
	place    *regexp.Regexp
	used     bool
}

type differences struct {
	mu   sync.Mutex
	list []*difference
}

func knownDifferences(t testing.TB) *differences {
	t.Helper()
	file, err := os.Open("testdata/known-differences.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var list []*difference
	for scanner := bufio.NewScanner(file); scanner.Scan(); {
		line := strings.TrimSpace(scanner.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		columns := strings.SplitN(line, " | ", 5)
		if len(columns) != 5 || strings.TrimSpace(columns[4]) == "" {
			t.Fatalf("known-differences: %q needs five columns, the last of which is the reason", line)
		}
		for i := range columns {
			columns[i] = strings.TrimSpace(columns[i])
		}
		list = append(list, &difference{
			line:     line,
			versions: regexp.MustCompile("^(" + columns[0] + ")"),
			change:   regexp.MustCompile("^(" + columns[1] + ")$"),
			ours:     columns[2] == "ours",
			place:    regexp.MustCompile("^" + columns[3] + "$"),
		})
	}
	return &differences{list: list}
}

func (k *differences) covers(version, place, change string, ours bool) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, d := range k.list {
		if d.ours == ours && d.versions.MatchString(version) && d.change.MatchString(change) && d.place.MatchString(place) {
			d.used = true
			return true
		}
	}
	return false
}

// checkUsed keeps the list from holding what is no longer so.
func (k *differences) checkUsed(t *testing.T) {
	t.Helper()
	for _, d := range k.list {
		if !d.used {
			t.Errorf("known-differences: nothing differs like this any more: %s", d.line)
		}
	}
}
