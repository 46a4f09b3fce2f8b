package conformance_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/weft-dev/weft/internal/conformance"
	"github.com/weft-dev/weft/internal/golden"
)

const mark = "<!-- What follows is written by go test ./internal/conformance -update -->\n"

// ofTheProcess are rows that a fixture cannot show, since it sees one run.
var ofTheProcess = []string{}

func rows(t *testing.T) []string {
	t.Helper()
	page, err := os.ReadFile("../../docs/reference/workflow-semantics.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := conformance.Rows(string(page))
	slices.SortFunc(rows, func(a, b string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return strings.Compare(a, b)
	})
	return append(rows, "A38")
}

func TestEveryRequirementAndRowIsCovered(t *testing.T) {
	t.Parallel()
	kit := load(t)
	list, err := kit.Requirements()
	if err != nil {
		t.Fatal(err)
	}
	known := rows(t)
	if len(known) < 30 || len(list) < 100 || len(kit.Fixtures) < 200 {
		t.Fatalf("only %d rows, %d requirements, %d fixtures", len(known), len(list), len(kit.Fixtures))
	}
	for _, row := range known {
		if len(kit.Covering(row)) == 0 && !slices.Contains(ofTheProcess, row) {
			t.Errorf("no fixture covers %s", row)
		}
	}
	for _, r := range list {
		if covered := len(kit.Covering(r.ID)) > 0; covered == (r.Untested != "") {
			t.Errorf("%s: covered %v, said to be untested: %q", r.ID, covered, r.Untested)
		}
		known = append(known, r.ID)
	}
	for _, f := range kit.Fixtures {
		for _, id := range f.Covers {
			if !slices.Contains(known, id) {
				t.Errorf("%s covers %q, which there is not", f.Name, id)
			}
		}
	}
}

func TestTheReadmeSaysWhatIsCovered(t *testing.T) {
	t.Parallel()
	kit := load(t)
	list, err := kit.Requirements()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(root, "README.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, _, ok := strings.Cut(string(text), mark)
	if !ok {
		t.Fatal("the mark is gone")
	}
	golden.Assert(t, []byte(head+mark+"\n"+kit.Table(list, rows(t))), path)
}
