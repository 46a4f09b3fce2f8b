package machinetest_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// The page on what running means names its scripts; each of them is there.
func TestTheReferenceNamesScriptsThatExist(t *testing.T) {
	page, err := os.ReadFile("../../docs/reference/workflow-semantics.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`((?:[a-wyz0-9.][a-z0-9.]*)(?:-[a-z0-9.]+){2,})`").FindAllSubmatch(page, -1)
	if len(named) < 40 {
		t.Fatalf("only %d scripts are named", len(named))
	}
	for _, match := range named {
		name := filepath.Join("testdata/scripts", string(match[1])+".txt")
		if _, err := os.Stat(name); err != nil {
			t.Error(err)
		}
	}
}
