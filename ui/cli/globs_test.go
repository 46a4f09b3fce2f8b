package cli

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestExpandFindsTheFilesThatFit(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, name := range []string{"a.yaml", "b.json", "one/c.yaml", "one/two/d.yaml", ".git/e.yaml"} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		names, want []string
	}{
		{[]string{"-", "missing.yaml"}, []string{"-", "missing.yaml"}},
		{[]string{"*.yaml"}, []string{"a.yaml"}},
		{[]string{"**/*.yaml"}, []string{"a.yaml", "one/c.yaml", "one/two/d.yaml"}},
		{[]string{"one/*/*.yaml", "one/**"}, []string{"one/two/d.yaml", "one/c.yaml"}},
		{[]string{"./a.yaml", "[ab].*"}, []string{"./a.yaml", "a.yaml", "b.json"}},
	} {
		got, err := expand(test.names)
		if err != nil {
			t.Fatalf("%v: %v", test.names, err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%v: (-want +got)\n%s", test.names, diff)
		}
	}
	if _, err := expand([]string{"*.xml"}); err == nil {
		t.Error("a pattern that fits nothing was accepted")
	}
}
