package machinetest_test

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/flow/machinetest"
)

// Journals that were written once are read for ever: each file of
// testdata/journals holds the history of a run of the script of that name, one
// event a line, as some version wrote it. A file is never changed; behaviour
// that would not fit it any more needs a flag that the journal records.
func TestYesterdaysJournalsReplay(t *testing.T) {
	paths, err := filepath.Glob("testdata/journals/*.jsonl")
	if err != nil || len(paths) == 0 {
		t.Fatal("no journals", err)
	}
	for _, path := range paths {
		name, _, _ := strings.Cut(filepath.Base(path), ".")
		data, err := os.ReadFile(filepath.Join("testdata", "scripts", name+".txt"))
		if err != nil {
			t.Fatal(err)
		}
		script, err := machinetest.Parse(data)
		if err != nil {
			t.Fatal(err)
		}
		p, found := script.Plan()
		if p == nil {
			t.Fatal(machinetest.Findings(found))
		}
		journal, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		m := machine.New(p)
		lines := bufio.NewScanner(bytes.NewReader(journal))
		for n := 1; lines.Scan(); n++ {
			event, err := machine.DecodeEvent(lines.Bytes())
			if err != nil {
				t.Fatalf("%s:%d: %v", path, n, err)
			}
			if _, err := m.Step(event); err != nil {
				t.Fatalf("%s:%d: %v", path, n, err)
			}
		}
		if m.State() != machine.RunSucceeded {
			t.Errorf("%s ends %s", path, m.State())
		}
	}
}
