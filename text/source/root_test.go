package source_test

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/weft-dev/weft/text/source"
)

func TestReferencesMayReachTheProjectAndNotTheHome(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, document, work, home string
		marks                      []string
		want                       string
	}{
		{"the project", "/src/shop/api/v1/a.yaml", "/tmp", "/home/me", []string{"/src/shop/.git"}, "/src/shop"},
		{"a marked directory", "/src/shop/api/v1/a.yaml", "/tmp", "/home/me", []string{"/src/shop/weft.yaml"}, "/src/shop"},
		{"the nearest mark", "/src/shop/api/v1/a.yaml", "/tmp", "/home/me", []string{"/src/.git", "/src/shop/.git"}, "/src/shop"},
		{"the working directory, above the project", "/src/shop/api/a.yaml", "/src", "/home/me", []string{"/src/shop/.git"}, "/src"},
		{"the project, above the working directory", "/src/shop/api/a.yaml", "/src/shop/api", "/home/me", []string{"/src/shop/.git"}, "/src/shop"},
		{"the parent", "/data/api/a.yaml", "/tmp", "/home/me", nil, "/data"},
		{"the parent, above a mark", "/data/api/a.yaml", "/tmp", "/home/me", []string{"/data/api/.git"}, "/data"},
		{"not the root", "/api/a.yaml", "/", "/home/me", []string{"/.git"}, "/api"},
		{"not the home", "/home/me/api/a.yaml", "/home/me", "/home/me", []string{"/home/me/.git"}, "/home/me/api"},
		{"nor above it", "/home/x/a.yaml", "/home", "/home/me", nil, "/home/x"},
		{"below the home", "/home/me/src/shop/api/a.yaml", "/home/me", "/home/me", []string{"/home/me/src/shop/.git"}, "/home/me/src/shop"},
		{"in the home itself", "/home/me/a.yaml", "/home/me", "/home/me", nil, "/home/me"},
		{"nothing is known", "/data/api/a.yaml", "", "", nil, "/data"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := source.DefaultRoot(filepath.FromSlash(test.document), source.Surroundings{
				WorkingDir: filepath.FromSlash(test.work), HomeDir: filepath.FromSlash(test.home),
				Exists: func(path string) bool { return slices.Contains(test.marks, filepath.ToSlash(path)) },
			})
			if got != filepath.FromSlash(test.want) {
				t.Errorf("the root is %s, want %s", got, test.want)
			}
		})
	}
	if here := source.Here(); here.WorkingDir == "" || !here.Exists(".") {
		t.Errorf("the surroundings are %+v", here)
	}
}
