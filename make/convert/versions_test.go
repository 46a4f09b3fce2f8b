package convert_test

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weft-dev/weft/internal/corpus"
	"github.com/weft-dev/weft/make/convert"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

// filesBelow are the YAML and JSON files of a folder of the corpus.
func filesBelow(t *testing.T, folder string) []string {
	t.Helper()
	var paths []string
	err := filepath.WalkDir(filepath.Join(corpus.Dir(t), folder), func(path string, entry fs.DirEntry, err error) error {
		if ext := filepath.Ext(path); err == nil && !entry.IsDir() && (ext == ".yml" || ext == ".yaml" || ext == ".json") {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

func TestLaterMinorVersionsStayValid(t *testing.T) {
	t.Parallel()
	tried := 0
	test := func(t *testing.T, d *ref.Document, ws *ref.Workspace, to string) {
		t.Helper()
		if len(errorsOf(t.Context(), ws, d)) > 0 {
			return
		}
		tried++
		result := converted(t, ws, d, convert.Options{To: to})
		ws, d = again(ws, d, result)
		if version := d.Root.Get("asyncapi").Str(); version != to {
			t.Errorf("the version is %q", version)
		}
		for _, f := range errorsOf(t.Context(), ws, d) {
			t.Errorf("%s: %s", f.Path, f.Message)
		}
	}
	eachVersion2(t, func(t *testing.T, d *ref.Document, ws *ref.Workspace) {
		if !strings.HasPrefix(d.Root.Get("asyncapi").Str(), "2.6") {
			test(t, d, ws, "2.6.0")
		}
	})
	for _, path := range filesBelow(t, "asyncapi/v3") {
		if ws, d := open(t, path); strings.HasPrefix(d.Root.Get("asyncapi").Str(), "3.0") {
			test(t, d, ws, "3.1.0")
		}
	}
	if tried < 12 {
		t.Errorf("only %d documents were converted", tried)
	}
}

func TestExamplesOfVersion20GetTheirForm(t *testing.T) {
	t.Parallel()
	text := "asyncapi: 2.0.0 # old\ninfo: {title: T, version: '1'}\nchannels:\n  a:\n    publish:\n      message:\n        examples:\n        - one:   two  words\n          list: [1]\n        - {payload: 1}\n"
	result := convertedText(t, text, convert.Options{To: "2.6.0"})
	want := strings.Replace(strings.Replace(text, "2.0.0", "2.6.0", 1), "one:   two  words\n          list: [1]", `{ "payload": { "one": "two  words", "list": [ 1 ] } }`, 1)
	if string(result.Text) != want && strings.ReplaceAll(string(result.Text), "[1]", "[ 1 ]") != want {
		t.Errorf("got\n%s\nwant\n%s", result.Text, want)
	}
	if len(result.Findings) != 1 || result.Findings[0].Code != "convert/guessed" {
		t.Error(result.Findings)
	}
}

// TestArazzoStaysValid converts the valid descriptions of the corpus: what is
// valid stays so, and nothing in it is deprecated.
func TestArazzoStaysValid(t *testing.T) {
	t.Parallel()
	tried := 0
	for _, path := range filesBelow(t, "arazzo") {
		ws, d := open(t, path)
		if convert.KindOf(d) != convert.Arazzo || len(errorsOf(t.Context(), ws, d)) > 0 {
			continue
		}
		result, err := convert.Convert(t.Context(), ws, d, convert.Options{})
		if err != nil {
			continue // it is up to date
		}
		tried++
		ws, d = again(ws, d, result)
		for _, f := range findingsOf(t.Context(), ws, d) {
			if f.Severity == diag.Error || strings.HasPrefix(string(f.Code), "arazzo/draft") {
				t.Errorf("%s: %s: %s\n%s", path, f.Path, f.Message, result.Text)
			}
		}
	}
	if tried == 0 {
		t.Error("nothing was converted")
	}
}

// TestCommentsStay looks for every comment of the documents of the corpus.
func TestCommentsStay(t *testing.T) {
	t.Parallel()
	seen := 0
	eachVersion2(t, func(t *testing.T, d *ref.Document, ws *ref.Workspace) {
		text := string(converted(t, ws, d, convert.Options{}).Text)
		comments(d.Root, func(comment string) {
			seen++
			for line := range strings.SplitSeq(comment, "\n") {
				if !strings.Contains(text, strings.TrimSpace(line)) {
					t.Errorf("a comment is lost: %s", line)
				}
			}
		})
	})
	if seen < 5 {
		t.Errorf("only %d comments were seen", seen)
	}
}

func comments(n *tree.Node, visit func(string)) {
	if c := n.Comments; c != nil {
		for _, text := range []string{c.Head, c.Line, c.Foot} {
			if text != "" {
				visit(text)
			}
		}
	}
	for _, m := range n.Members {
		comments(m.Value, visit)
	}
	for _, item := range n.Items {
		comments(item, visit)
	}
}
