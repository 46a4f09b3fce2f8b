package archtest

import (
	"os"
	"testing"

	"github.com/weft-dev/weft/internal/golden"
)

func TestTheLinterHoldsTheSameTable(t *testing.T) {
	t.Parallel()
	const path = "../../.golangci.yml"
	config, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want, err := withTable(string(config), Table)
	if err != nil {
		t.Fatal(err)
	}
	golden.Assert(t, []byte(want), path)
}

func TestTheLinterRefusesNeighboursOfAnAllowedRoom(t *testing.T) {
	t.Parallel()
	got := depguard([]Room{{Path: "flow/journal/sqlite", Ours: []string{"flow/journal", "text/..."}, Theirs: []string{"modernc.org/sqlite"}}})
	want := `        flow-journal-sqlite:
          list-mode: strict
          files: ["**/flow/journal/sqlite/*.go", "!$test"]
          allow:
            - $gostd
            - github.com/weft-dev/weft/flow/journal$
            - github.com/weft-dev/weft/text
            - modernc.org/sqlite
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestAConfigurationWithoutThePlaceForTheTableIsAnError(t *testing.T) {
	t.Parallel()
	if _, err := withTable("linters: {}\n", nil); err == nil {
		t.Error("no error")
	}
}
