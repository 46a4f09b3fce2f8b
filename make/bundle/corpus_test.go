package bundle_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/internal/corpus"
	"github.com/weft-dev/weft/make/bundle"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// onDisk bundles files of the disk.
func onDisk(t testing.TB, mode bundle.Mode, root string, names ...string) (*bundle.Result, *ref.Workspace, []*ref.Document) {
	t.Helper()
	dir, err := source.Local(root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = dir.Close() })
	ws := ref.New(dir, ref.Options{})
	var documents []*ref.Document
	for _, name := range names {
		file, err := source.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		documents = append(documents, ws.Load(file))
	}
	return bundle.Bundle(context.Background(), ws, documents, bundle.Options{Mode: mode}), ws, documents
}

// The reference bundler's own test data: what it makes of them is made of them
// here too, and what is wrong in them is told.
func TestBundleCorpus(t *testing.T) {
	t.Parallel()
	root := filepath.Join(corpus.Dir(t), "bundle")
	for name, c := range map[string]struct {
		files []string
		mode  bundle.Mode
		// want is the file that has what is expected; or codes what is wrong.
		want, codes string
	}{
		"merged, the base first":           {[]string{"base.yml", "audio.yml", "camera.yml"}, bundle.Refs, "all.yml", ""},
		"merged, with external references": {[]string{"base-option/base.yaml", "base-option/lights.yaml", "base-option/camera.yaml"}, bundle.Refs, "base-option/asyncapi.yaml", ""},
		"nothing to do":                    {[]string{"gh-185.yaml"}, bundle.Inline, "gh-185.yaml", ""},
		"bundled already":                  {[]string{"check.yml"}, bundle.Refs, "check.yml", ""},
		"files in folders":                 {[]string{"nested-dirs-mixed/asyncapi/index.yaml", "nested-dirs-mixed/asyncapi/receive/lightingMeasured/asyncapi.yaml", "nested-dirs-mixed/asyncapi/send/lightTurnOn/asyncapi.yaml", "nested-dirs-mixed/asyncapi/send/lightTurnOff/asyncapi.yaml"}, bundle.Refs, "", ""},
		"operations that refer to files":   {[]string{"specfiles/main.yaml"}, bundle.Refs, "", ""},
		// Its reference is relative to the folder from which its tests were run,
		// not to the document.
		"relative to another folder": {[]string{"asyncapi.yaml"}, bundle.Refs, "", "text/ref-not-found"},
		"an empty reference":         {[]string{"wrong-ref-absent.yaml"}, bundle.Refs, "", "text/ref-value"},
		"a number as reference":      {[]string{"wrong-ref-not-string.yaml"}, bundle.Refs, "", "text/ref-value"},
		"nothing at the place":       {[]string{"wrong-external-ref.yaml"}, bundle.Refs, "", "text/ref-pointer"},
		"no document of its own":     {[]string{"messages.yaml"}, bundle.Refs, "", "bundle/not-supported"},
	} {
		r, _, _ := onDisk(t, c.mode, root, c.files...)
		if got := codes(r); got != c.codes {
			t.Errorf("%s: %q, want %q: %+v", name, got, c.codes, r.Findings)
			continue
		}
		if c.codes != "" {
			continue
		}
		got := text(t, r)
		if strings.Contains(got, ".json") || strings.Contains(got, ".yaml#") {
			t.Errorf("%s: it refers to files\n%s", name, got)
		}
		if c.want != "" {
			same(t, name, r.Root, filepath.Join(root, c.want))
		}
	}
}

// same compares values with those in a file.
func same(t *testing.T, name string, got *tree.Node, path string) {
	t.Helper()
	file, err := source.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := tree.Parse(file, tree.Options{})
	if !reflect.DeepEqual(got.Value(), want.Value()) {
		t.Errorf("%s: %s", name, cmp.Diff(want.Value(), got.Value()))
	}
}

// With the file where its reference says, the reference bundler's example
// becomes what the reference bundler makes of it.
func TestReferenceExample(t *testing.T) {
	t.Parallel()
	root := filepath.Join(corpus.Dir(t), "bundle")
	f := files{}
	for from, to := range map[string]string{"asyncapi.yaml": "asyncapi.yaml", "messages.yaml": "tests/messages.yaml"} {
		data, err := os.ReadFile(filepath.Join(root, from))
		if err != nil {
			t.Fatal(err)
		}
		f[to] = string(data)
	}
	r := f.bundle(bundle.Options{Mode: bundle.Inline}, "asyncapi.yaml")
	text(t, r)
	same(t, "asyncapi.yaml", r.Root, filepath.Join(root, "check.yml"))
	f.keeps(t, "asyncapi.yaml")
}

// unbundled are documents of the corpus that have no bundle, and the code of
// the reason.
var unbundled = map[string]string{
	"bundle/wrong-external-ref.yaml":   "text/ref-pointer",
	"bundle/wrong-ref-absent.yaml":     "text/ref-value",
	"bundle/wrong-ref-not-string.yaml": "text/ref-value",
	// They refer to files that are not there.
	"bundle/asyncapi.yaml": "text/ref-not-found",
	"convert/output/openapi-to-asyncapi/external_reference.yml": "text/ref-not-found",
	// They refer to the network.
	"asyncapi/v3/adeo-kafka-request-reply-asyncapi.yml":                        "text/ref-not-supported",
	"convert/input/2.6.0/for-3.0.0-with-servers-and-channels-components.yml":   "text/ref-not-supported",
	"convert/input/2.6.0/for-3.0.0.yml":                                        "text/ref-not-supported",
	"convert/output/3.0.0/from-2.6.0-with-servers-and-channels-components.yml": "text/ref-not-supported",
	"convert/output/3.0.0/from-2.6.0.yml":                                      "text/ref-not-supported",
}

// Every AsyncAPI document there is keeps its meaning in both modes, and a
// bundle of a bundle is the bundle.
func TestCorpusKeepsItsMeaning(t *testing.T) {
	t.Parallel()
	root := corpus.Dir(t)
	seen := 0
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".yml") && !strings.HasSuffix(path, ".yaml") && !strings.HasSuffix(path, ".json") {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(data[:min(len(data), 300)]), "asyncapi") {
			return err
		}
		name, _ := filepath.Rel(root, path)
		for _, mode := range modes {
			if keepsOnDisk(t, mode, root, name) {
				seen++
			}
		}
		return nil
	})
	if err != nil || seen < 100 {
		t.Fatalf("%d documents were bundled: %v", seen, err)
	}
	t.Logf("%d bundles", seen)
}

func keepsOnDisk(t *testing.T, mode bundle.Mode, root, name string) bool {
	r, ws, documents := onDisk(t, mode, root, name)
	if r.Root == nil {
		if code := unbundled[filepath.ToSlash(name)]; code != "" && strings.Contains(codes(r), code) {
			return false
		}
		if codes(r) == "bundle/not-supported" { // versions that no model knows either
			return false
		}
		t.Errorf("%s (%s) has no bundle: %s: %s", name, mode, codes(r), r.Findings[0].Message)
		return false
	}
	if documents[0].Root.Get("asyncapi") == nil {
		return false
	}
	got := text(t, r)
	if diff := cmp.Diff(meaning(t, ws, documents[0]), alone(t, got)); diff != "" {
		t.Errorf("%s (%s) means something else:\n%s", name, mode, diff)
	}
	again := text(t, files{"again.yaml": got}.bundle(bundle.Options{Mode: mode}, "again.yaml"))
	if again != got {
		t.Errorf("%s (%s): the bundle of the bundle differs:\n%s", name, mode, cmp.Diff(got, again))
	}
	return true
}
