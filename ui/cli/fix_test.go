package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
)

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What a document refers to is mended, too, once, however many refer to it; and
// what lies beyond the root of its project is left alone.
func TestFixMendsWhatDocumentsReferTo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const document = "asyncapi: 3.0.0\ninfo: {title: t, version: 1.0.0}\nchannels: {c: {messages: {m: {payload: {$ref: './shared/schema.yaml'}}}}}\n"
	const schema = "type: object # an object\nrequired:\n  - id\n  - id\nproperties: {id: {type: string}}\n"
	for _, name := range []string{"a.yaml", "b.yaml"} {
		writeFile(t, filepath.Join(dir, name), document)
	}
	writeFile(t, filepath.Join(dir, "shared", "schema.yaml"), schema)
	if err := os.Chmod(filepath.Join(dir, "shared", "schema.yaml"), 0o640); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), []string{"validate", filepath.Join(dir, "*.yaml"), "--fix", "--ruleset", "weft:recommended", "--root", dir}, strings.NewReader(""), &stdout, &stderr)
	if code != exitFine || strings.Count(stderr.String(), "mended") != 1 {
		t.Errorf("exit code %d\n%s%s", code, &stdout, &stderr)
	}
	if got := readFile(t, filepath.Join(dir, "shared", "schema.yaml")); got != strings.Replace(schema, "  - id\n  - id\n", "  - id\n", 1) {
		t.Errorf("the schema is now\n%s", got)
	}
	if got := readFile(t, filepath.Join(dir, "a.yaml")); got != document {
		t.Errorf("the document is now\n%s", got)
	}
	if info, err := os.Stat(filepath.Join(dir, "shared", "schema.yaml")); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the permissions are %v (%v)", info.Mode(), err)
	}
}

func TestEditsOfARoundDoNotMeet(t *testing.T) {
	t.Parallel()
	file := source.NewFile("file:///p/a.yaml", "a.yaml", []byte("abcdefghij"))
	other := source.NewFile("file:///q/b.yaml", "b.yaml", []byte("abcdefghij"))
	edit := func(f *source.File, from, to int, text string) diag.Edit {
		return diag.Edit{Span: source.Span{File: f, Start: from, End: to}, Text: text}
	}
	fix := func(safe bool, list ...diag.Edit) *diag.Diagnostic {
		return &diag.Diagnostic{Fixes: []diag.Fix{{Title: "t", Safe: safe, Edits: list}}}
	}
	e := &edits{may: func(f *source.File) bool { return f == file }, made: map[string][]diag.Edit{}}
	for i, c := range []struct {
		d     *diag.Diagnostic
		taken bool
	}{
		{fix(true, edit(file, 2, 4, "x")), true},
		{fix(true, edit(file, 2, 4, "x")), false},                         // the same again
		{fix(true, edit(file, 3, 5, "y")), false},                         // in its way
		{fix(true, edit(file, 4, 4, "y")), false},                         // touches it
		{fix(false, edit(file, 8, 9, "y")), false},                        // not safe
		{fix(true, edit(file, 8, 9, "y"), edit(other, 0, 1, "y")), false}, // in a file that may not be written
		{fix(true, edit(file, 6, 7, "y"), edit(file, 3, 3, "y")), false},  // a part of it in the way
		{fix(true, edit(file, 6, 7, "y"), edit(file, 9, 10, "y")), true},
		{&diag.Diagnostic{}, false},
	} {
		if got := e.take(c.d) != nil; got != c.taken {
			t.Errorf("%d: taken is %v", i, got)
		}
	}
	if got := len(e.made[file.URI()]); got != 3 {
		t.Errorf("%d edits are made", got)
	}
}

// A file that somebody else has changed since it was read is left as it is.
func TestAFileThatChangedMeanwhileIsLeft(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "a.yaml")
	writeFile(t, name, "theirs\n")
	m := &mending{}
	before := source.NewFile(source.FileURI(name), name, []byte("ours\n"))
	err := m.write(before, source.NewFile(source.FileURI(name), name, []byte("mended\n")))
	if err == nil || !strings.Contains(err.Error(), "changed by somebody else") || readFile(t, name) != "theirs\n" {
		t.Errorf("%v; the file is %q", err, readFile(t, name))
	}
}
