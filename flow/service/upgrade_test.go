package service_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/weft-dev/weft/flow/journal/sqlite"
	"github.com/weft-dev/weft/flow/machinetest"
	"github.com/weft-dev/weft/text/source"
)

// Journals of earlier versions, with the documents that their runs began with.
// Each has a run that has ended and two that wait. They are never written anew.
func TestRunsInJournalsOfEarlierVersionsGoOn(t *testing.T) {
	t.Parallel()
	docs := source.Memory{}
	for _, name := range []string{"bus.yaml", "w.yaml"} {
		data, err := os.ReadFile(filepath.Join("testdata/journals", name))
		must(t, err)
		docs["memory:///"+name] = string(data)
	}
	p, found := machinetest.Compile(docs, "memory:///w.yaml", "")
	if p == nil {
		t.Fatal(machinetest.Findings(found))
	}
	for _, form := range []string{"form1", "form2"} {
		data, err := os.ReadFile(filepath.Join("testdata/journals", form+".journal"))
		must(t, err)
		file := filepath.Join(t.TempDir(), "j.db")
		must(t, os.WriteFile(file, data, 0o600))
		b, url := newBus(t)
		b.mu.Lock()
		b.place("ended")
		b.place("waits-too")
		b.place("waits")
		b.mu.Unlock()
		store, err := sqlite.Open(t.Context(), file, sqlite.Options{})
		must(t, err)
		t.Cleanup(func() { _ = store.Close() })
		s := open(t, p, store, url, nil)
		for _, id := range []string{"ended", "waits", "waits-too"} {
			if d := ended(t, s, id); d.Status != "succeeded" || d.Outputs["for"] != id || d.Steps[0].Attempts != 1 {
				t.Errorf("%s: run %s %s %q: %v", form, id, d.Status, d.Problem, d.Outputs)
			}
		}
		if value, err := store.Kept(t.Context(), "trigger/x"); err != nil || (string(value) == `["3"]`) != (form == "form2") {
			t.Errorf("%s: kept is %q, %v", form, value, err)
		}
		if len(b.sends) != 0 {
			t.Errorf("%s: what was sent is sent again: %v", form, b.sends)
		}
	}
}
