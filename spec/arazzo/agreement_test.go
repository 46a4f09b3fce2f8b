package arazzo_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/dlclark/regexp2"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/weft-dev/weft/internal/corpus"
	"github.com/weft-dev/weft/internal/golden"
	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// The published JSON Schema has one pattern with a look-ahead.
type lookAhead regexp2.Regexp

func (re *lookAhead) MatchString(s string) bool {
	ok, err := (*regexp2.Regexp)(re).MatchString(s)
	return err == nil && ok
}

func (re *lookAhead) String() string { return (*regexp2.Regexp)(re).String() }

func compileLookAhead(s string) (jsonschema.Regexp, error) {
	re, err := regexp2.Compile(s, regexp2.ECMAScript)
	if err != nil {
		return nil, err
	}
	return (*lookAhead)(re), nil
}

func publishedSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(corpus.Dir(t), "schemas", "arazzo-1.1.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	// The file is from the branch where 1.2 is written; its structure is 1.1's.
	data = bytes.Replace(data, []byte(`'^1\.2\.\d+(-.+)?$'`), []byte(`'^1\.1\.\d+(-.+)?$'`), 1)
	value := parse(t, "arazzo-1.1.yaml", data).Value()
	c := jsonschema.NewCompiler()
	c.UseRegexpEngine(compileLookAhead)
	c.AssertFormat()
	if err := c.AddResource("memory:///schema", value); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("memory:///schema")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// strict reports whether we hold that a document is structurally right Arazzo.
// The older forms that are read with a warning are not.
func strict(root *tree.Node) bool {
	for _, d := range arazzo.Check(root) {
		older := strings.HasPrefix(string(d.Code), "arazzo/draft-") && d.Code != "arazzo/"+arazzo.CodeDraftExtension
		if d.Severity == diag.Error || older {
			return false
		}
	}
	return true
}

func agreementDocuments(t *testing.T) map[string][]byte {
	t.Helper()
	all := make(map[string][]byte)
	for _, dir := range []string{"pass", "fail", "examples"} {
		for name, data := range files(t, filepath.Join(corpus.Dir(t), "arazzo", dir)) {
			if !bytes.HasPrefix(data, []byte("openapi:")) && !bytes.HasPrefix(data, []byte("asyncapi:")) {
				all[dir+"/"+name] = data
			}
		}
	}
	for name, data := range seedDocuments(t) {
		all["seeds/"+name] = data
	}
	return all
}

// TestAgreesWithThePublishedSchema takes the documents of the corpus and the
// seeds, and variations of each in one place, and compares our judgement with
// that of the published JSON Schema. Each kind of disagreement is listed with
// its reason in testdata/disagreements.txt; that list may only get shorter.
func TestAgreesWithThePublishedSchema(t *testing.T) {
	t.Parallel()
	schema := publishedSchema(t)
	documents := agreementDocuments(t)
	seen := make(map[string]string)
	compared := 0
	judge := func(name, place string, value any) {
		compared++
		data, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		root, found := tree.Parse(source.NewFile("memory:///v.json", "v.json", data), tree.Options{})
		if root == nil {
			t.Fatalf("%s %s: %v", name, place, found)
		}
		theirs := schema.Validate(value)
		if ours := strict(root); ours != (theirs == nil) {
			verdict := "reject"
			if ours {
				verdict = "accept"
			}
			key := verdict + " " + place
			if _, ok := seen[key]; !ok {
				seen[key] = fmt.Sprintf("%s: theirs %v; ours %v", name, theirs, messages(arazzo.Check(root)))
			}
		}
	}
	random := rand.New(rand.NewPCG(1, 1))
	for _, name := range slices.Sorted(maps.Keys(documents)) {
		value := asVersion11(parse(t, name, documents[name]).Value())
		judge(name, "whole", value)
		variations := variationsOf(value)
		random.Shuffle(len(variations), func(i, j int) { variations[i], variations[j] = variations[j], variations[i] })
		for _, v := range variations[:min(len(variations), 75)] {
			judge(name, v.kind+" "+general(v.pointer), v.apply(value))
		}
	}
	if compared < 2000 {
		t.Errorf("only %d documents were compared", compared)
	}
	checkDisagreements(t, seen)
}

func messages(found []diag.Diagnostic) []string {
	var list []string
	for _, d := range found {
		list = append(list, fmt.Sprintf("%s %s %s", d.Path, d.Code, d.Message))
	}
	return list
}

// asVersion11 lets documents of 1.0 be judged by the schema of 1.1, and takes
// out the extensions, of which the schema knows nothing; they have tests of
// their own.
func asVersion11(value any) any {
	object, ok := withoutExtensions(value).(map[string]any)
	if !ok {
		return value
	}
	object["arazzo"] = "1.1.0"
	return object
}

func withoutExtensions(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for key, member := range value {
			if strings.HasPrefix(key, "x-") {
				delete(value, key)
				continue
			}
			value[key] = withoutExtensions(member)
		}
	case []any:
		for i := range value {
			value[i] = withoutExtensions(value[i])
		}
	}
	return value
}

// variation is one change in one place of a document.
type variation struct {
	pointer []string
	kind    string
	value   any // for kinds that put another value there
}

func variationsOf(value any) []variation {
	var list []variation
	var walk func(pointer []string, v any)
	walk = func(pointer []string, v any) {
		if len(pointer) > 0 {
			list = append(list, variation{pointer: pointer, kind: "remove"}, variation{pointer: pointer, kind: "rename"})
		}
		for kind, other := range map[string]any{
			"string": "text", "number": json.Number("3"), "negative": json.Number("-1.5"), "boolean": true,
			"null": nil, "list": []any{}, "object": map[string]any{}, "list-of-string": []any{"a"},
		} {
			list = append(list, variation{pointer: pointer, kind: kind, value: other})
		}
		switch v := v.(type) {
		case map[string]any:
			for _, key := range slices.Sorted(maps.Keys(v)) {
				walk(append(slices.Clone(pointer), key), v[key])
			}
		case []any:
			for i, item := range v {
				walk(append(slices.Clone(pointer), strconv.Itoa(i)), item)
			}
		}
	}
	walk(nil, value)
	slices.SortStableFunc(list, func(a, b variation) int {
		return cmp.Or(slices.Compare(a.pointer, b.pointer), cmp.Compare(a.kind, b.kind))
	})
	return list
}

// apply returns a copy of the document with the change made.
func (v variation) apply(value any) any { return v.at(v.pointer, value) }

func (v variation) at(pointer []string, value any) any {
	if len(pointer) == 0 {
		return v.value
	}
	key, last := pointer[0], len(pointer) == 1
	switch value := value.(type) {
	case map[string]any:
		copied := maps.Clone(value)
		switch {
		case last && v.kind == "remove":
			delete(copied, key)
		case last && v.kind == "rename":
			delete(copied, key)
			copied[key+"Renamed"] = value[key]
		default:
			copied[key] = v.at(pointer[1:], value[key])
		}
		return copied
	case []any:
		i, _ := strconv.Atoi(key)
		copied := slices.Clone(value)
		switch {
		case last && v.kind == "remove":
			return slices.Delete(copied, i, i+1)
		case last && v.kind == "rename": // of an item: say it twice
			return append(copied, value[i])
		}
		copied[i] = v.at(pointer[1:], value[i])
		return copied
	}
	return value
}

var chosenName = regexp.MustCompile(`^(/workflows/\*/(steps/\*/)?outputs|/components/[a-zA-Z]+)/[^/]+`)

// general is a pointer without what authors choose: indices and names.
func general(pointer []string) string {
	var b strings.Builder
	for _, token := range pointer {
		if _, err := strconv.Atoi(token); err == nil {
			token = "*"
		}
		b.WriteString("/" + token)
	}
	path := chosenName.ReplaceAllString(b.String(), "$1/*")
	if i := strings.Index(path, "/inputs/"); i >= 0 {
		path = path[:i] + "/inputs/…"
	}
	if i := strings.Index(path, "/payload/"); i >= 0 {
		path = path[:i] + "/payload/…"
	}
	return cmp.Or(path, "/")
}

// checkDisagreements compares what was seen with the list, both ways.
func checkDisagreements(t *testing.T, seen map[string]string) {
	t.Helper()
	const path = "testdata/disagreements.txt"
	data, err := os.ReadFile(path)
	if err != nil && !golden.Updating() {
		t.Fatal(err)
	}
	listed := make(map[string]bool)
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			listed[line] = true
		}
	}
	for _, key := range slices.Sorted(maps.Keys(seen)) {
		if !listed[key] {
			t.Errorf("we %s\n\t%s", key, seen[key])
		}
	}
	for _, key := range slices.Sorted(maps.Keys(listed)) {
		if _, ok := seen[key]; !ok {
			t.Errorf("%s: %q is listed and is no disagreement any more; remove the line", path, key)
		}
	}
}
