package asyncapi_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	official "github.com/asyncapi/spec-json-schemas/v6"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/weft-dev/weft/internal/corpus"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/shape"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// The official JSON Schemas judge structure too. These tests hold our tables
// against them: on every document of the corpus, and on the same documents
// with one thing wrong. Where the verdicts differ on purpose,
// testdata/known-differences.txt says why.

// mutants is how many of a document that uses everything are tried.
var mutants = flag.Int("mutants", 60, "mutants of each full document")

// document is a whole AsyncAPI document of the corpus.
type document struct {
	name    string
	version string
	value   any
}

func documents(t testing.TB) []document {
	t.Helper()
	var list []document
	for _, dir := range []string{"asyncapi", "convert", "bundle"} {
		list = append(list, documentsBelow(t, filepath.Join(corpus.Dir(t), dir))...)
	}
	list = append(list, documentsBelow(t, corpus.Seeds(t))...)
	return append(append(list, ruleCases(t)...), fullDocuments(t)...)
}

// fullDocuments use every object, every binding and every security scheme.
func fullDocuments(t testing.TB) []document {
	t.Helper()
	read := func(name string) map[string]any {
		path := filepath.Join("testdata", "full", name)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		root, problems := tree.Parse(source.NewFile(source.FileURI(path), path, data), tree.Options{})
		if root == nil || len(problems) > 0 {
			t.Fatalf("%s: %v", path, problems)
		}
		return root.Value().(map[string]any)
	}
	var list []document
	for _, major := range []string{"2", "3"} {
		doc := read(major + ".yaml")
		components := doc["components"].(map[string]any)
		for _, parts := range []string{"bindings.yaml", "shared.yaml"} {
			for name, part := range read(parts) {
				components[name] = renameKeys("SCOPES", map[string]string{"2": "scopes", "3": "availableScopes"}[major], part)
			}
		}
		version := doc["asyncapi"].(string)
		list = append(list, document{name: "full/" + major, version: version, value: doc})
		if major == "3" {
			older := clone(doc).(map[string]any)
			older["asyncapi"] = "3.0.0"
			older["components"].(map[string]any)["operationTraits"] = map[string]any{}
			list = append(list, document{name: "full/3.0", version: "3.0.0", value: older})
		}
	}
	return list
}

// renameKeys renames a key wherever it stands.
func renameKeys(from, to string, value any) any {
	switch v := value.(type) {
	case map[string]any:
		m := make(map[string]any, len(v))
		for k, x := range v {
			if k == from {
				k = to
			}
			m[k] = renameKeys(from, to, x)
		}
		return m
	case []any:
		for i := range v {
			v[i] = renameKeys(from, to, v[i])
		}
	}
	return value
}

func documentsBelow(t testing.TB, dir string) []document {
	t.Helper()
	var list []document
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		ext := filepath.Ext(path)
		if err != nil || entry.IsDir() || (ext != ".yml" && ext != ".yaml") {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		root, _ := tree.Parse(source.NewFile(source.FileURI(path), path, data), tree.Options{})
		if doc, ok := documentOf(filepath.Base(dir)+strings.TrimPrefix(path, dir), root.Value()); ok {
			list = append(list, doc)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// ruleCases are the documents of another linter's tests.
func ruleCases(t testing.TB) []document {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(corpus.Dir(t), "asyncapi", "rule-cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Rule, Case string
		Document   any
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := decoder.Decode(&cases); err != nil {
		t.Fatal(err)
	}
	var list []document
	for i, c := range cases {
		if doc, ok := documentOf(fmt.Sprintf("rule-cases.json/%d %s: %s", i, c.Rule, c.Case), c.Document); ok {
			list = append(list, doc)
		}
	}
	return list
}

func documentOf(name string, value any) (document, bool) {
	object, _ := value.(map[string]any)
	version, _ := object["asyncapi"].(string)
	if !slices.Contains(asyncapi.Versions(), version) {
		return document{}, false
	}
	return document{name: name, version: version, value: value}, true
}

// oracles are the official schemas by version.
var oracles = sync.OnceValues(func() (map[string]*jsonschema.Schema, error) {
	m := map[string]*jsonschema.Schema{}
	for _, version := range asyncapi.Versions() {
		raw, err := official.Get(version)
		if err != nil {
			return nil, err
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
		if err != nil {
			return nil, err
		}
		c := jsonschema.NewCompiler()
		c.DefaultDraft(jsonschema.Draft7)
		c.AssertFormat()
		uri := "https://example.com/" + version
		if err := c.AddResource(uri, value); err != nil {
			return nil, err
		}
		if m[version], err = c.Compile(uri); err != nil {
			return nil, err
		}
	}
	return m, nil
})

func oracle(t testing.TB, version string) *jsonschema.Schema {
	t.Helper()
	m, err := oracles()
	if err != nil {
		t.Fatal(err)
	}
	return m[version]
}

// faults are what our tables call errors in a document.
func faults(t testing.TB, version string, value any) []diag.Diagnostic {
	t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	root, problems := tree.Parse(source.NewFile("memory:///d.json", "d.json", data), tree.Options{})
	if root == nil {
		t.Fatalf("%s: %v", data, problems)
	}
	var list []diag.Diagnostic
	for _, d := range asyncapi.Set(version).Check(root, shape.Options{}) {
		if d.Severity == diag.Error {
			list = append(list, d)
		}
	}
	return list
}

func TestStructureAgreesWithTheOfficialSchemasOnTheCorpus(t *testing.T) {
	t.Parallel()
	known := knownDifferences(t)
	docs := documents(t)
	for _, doc := range docs {
		t.Run(doc.name, func(t *testing.T) { compare(t, known, doc, "", "as it is", doc.value) })
	}
	if len(docs) < 200 {
		t.Errorf("only %d documents", len(docs))
	}
}

func TestStructureAgreesWithTheOfficialSchemasOnMutants(t *testing.T) {
	t.Parallel()
	known := knownDifferences(t)
	chance := rand.New(rand.NewPCG(1, 2))
	perDocument, perFullDocument := max(4, *mutants/50), *mutants
	total := 0
	docs := documents(t)
	for _, m := range needed {
		doc, ok := documentNamed(docs, m.document)
		if !ok {
			t.Fatalf("no document %s", m.document)
		}
		mutant := clone(doc.value)
		change := replacements()[m.change]
		if !replace(mutant, strings.Split(m.path, " "), change) {
			t.Fatalf("%s has no %s", m.document, m.path)
		}
		compare(t, known, doc, pointer(strings.Split(m.path, " ")), m.change, mutant)
	}
	for _, doc := range docs {
		places := placesIn(doc.value, nil)
		attempts := perDocument
		if strings.HasPrefix(doc.name, "full/") {
			attempts = perFullDocument
		}
		for range attempts {
			path := places[chance.IntN(len(places))]
			if len(path) == 1 && path[0] == "asyncapi" {
				continue
			}
			name, change := mutation(chance)
			mutant := clone(doc.value)
			if name == "moved" {
				path = move(chance, mutant, path)
			} else if !change(mutant, path) {
				path = nil
			}
			if path == nil {
				continue
			}
			total++
			compare(t, known, doc, pointer(path), name, mutant)
		}
	}
	t.Logf("%d mutants", total)
	if total < 1000 {
		t.Errorf("only %d mutants", total)
	}
	known.checkUsed(t)
}

func compare(t *testing.T, known *differences, doc document, path, change string, value any) {
	t.Helper()
	ours := faults(t, doc.version, value)
	theirs := oracle(t, doc.version).Validate(value)
	if (len(ours) == 0) == (theirs == nil) {
		return
	}
	if known.covers(doc.version, path, change, len(ours) == 0) {
		return
	}
	verdict := fmt.Sprintf("we accept it; the schema says %v", theirs)
	if theirs == nil {
		verdict = fmt.Sprintf("the schema accepts it; we say %s: %s (%s)", ours[0].Code, ours[0].Message, ours[0].Path)
	}
	t.Errorf("%s (%s), %s %s: %s", doc.name, doc.version, change, path, verdict)
}

// placesIn lists the path of every value in a document but the root.
func placesIn(value any, at []string) [][]string {
	var list [][]string
	add := func(name string, v any) {
		path := append(slices.Clone(at), name)
		list = append(list, path)
		list = append(list, placesIn(v, path)...)
	}
	switch v := value.(type) {
	case map[string]any:
		for _, name := range sortedKeys(v) {
			add(name, v[name])
		}
	case []any:
		for i := range v {
			add(fmt.Sprint(i), v[i])
		}
	}
	return list
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// mutation chooses one way to make something wrong. The function returns false
// where it cannot be done to that place; there is none for what is "moved".
func mutation(chance *rand.Rand) (string, func(root any, path []string) bool) {
	values := replacements()
	names := sortedKeys(values)
	switch i := chance.IntN(len(names) + 4); i {
	case 0:
		return "without", remove
	case 1:
		return "renamed", rename
	case 2:
		return "with more in", insert
	case 3:
		return "moved", nil
	default:
		name := names[i-4]
		return name, func(root any, path []string) bool { return replace(root, path, values[name]) }
	}
}

// replacements are what a value is replaced by, by the name of the change.
func replacements() map[string]any {
	return map[string]any{
		"as null":           nil,
		"as a number":       json.Number("-7.5"),
		"as a string":       "mutant text",
		"as true":           true,
		"as a list":         []any{},
		"as an object":      map[string]any{},
		"as another object": map[string]any{"mutant": json.Number("1")},
		"as a reference":    map[string]any{"$ref": "#/components/schemas/mutant"},
	}
}

// needed are mutants that are always tried: one for each known difference, so
// that it is noticed when it is one no more.
var needed = []struct{ document, change, path string }{
	{"full/3", "as true", "components messages one payload"},
	{"full/3", "as a string", "channels one parameters b"},
	{"full/3", "as another object", "channels one parameters"},
	{"full/3", "as a reference", "components schemas"},
	{"bundle/gh-185.yaml", "as a reference", "channels {queue} parameters queue"},
	{"full/2", "as a reference", "components messages avro payload"},
	{"full/3", "as a reference", "components messageBindings kafka5 kafka key"},
	{"full/3", "as an object", "components messageBindings ibmmq ibmmq"},
	{"full/3", "as a list", "components messages one traits 1"},
	{"rule-cases.json/18 ", "as null", "components messages test-queue:_:[Handle,DefaultHandler]:SubscribeMessage"},
}

func documentNamed(docs []document, prefix string) (document, bool) {
	for _, d := range docs {
		if strings.HasPrefix(d.name, prefix) {
			return d, true
		}
	}
	return document{}, false
}

func at(root any, path []string) any {
	for _, name := range path {
		switch v := root.(type) {
		case map[string]any:
			root = v[name]
		case []any:
			root = v[number(name)]
		}
	}
	return root
}

func number(s string) (n int) {
	_, _ = fmt.Sscan(s, &n)
	return n
}

func remove(root any, path []string) bool {
	parent, ok := at(root, path[:len(path)-1]).(map[string]any)
	delete(parent, path[len(path)-1])
	return ok
}

func rename(root any, path []string) bool {
	parent, ok := at(root, path[:len(path)-1]).(map[string]any)
	if !ok {
		return false
	}
	last := path[len(path)-1]
	parent[last+"Mutant"] = parent[last]
	delete(parent, last)
	return true
}

func insert(root any, path []string) bool {
	switch v := at(root, path).(type) {
	case map[string]any:
		v["mutant"] = "text"
		return true
	case []any:
		if len(v) == 0 {
			return false
		}
		return replace(root, path, append(slices.Clone(v), v[0]))
	}
	return false
}

// move takes a field out of its object and puts it into another, whose path it
// returns, or nil.
func move(chance *rand.Rand, root any, path []string) []string {
	last := path[len(path)-1]
	from, ok := at(root, path[:len(path)-1]).(map[string]any)
	if !ok {
		return nil
	}
	value := from[last]
	delete(from, last)
	places := placesIn(root, nil)
	for range 20 {
		place := places[chance.IntN(len(places))]
		if to, ok := at(root, place).(map[string]any); ok && to[last] == nil {
			to[last] = value
			return place
		}
	}
	return nil
}

func replace(root any, path []string, value any) bool {
	last := path[len(path)-1]
	switch parent := at(root, path[:len(path)-1]).(type) {
	case map[string]any:
		parent[last] = value
	case []any:
		parent[number(last)] = value
	}
	return true
}

func clone(value any) any {
	switch v := value.(type) {
	case map[string]any:
		m := make(map[string]any, len(v))
		for k, x := range v {
			m[k] = clone(x)
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i, x := range v {
			list[i] = clone(x)
		}
		return list
	}
	return value
}

func pointer(path []string) string {
	var b strings.Builder
	for _, name := range path {
		b.WriteString("/" + tree.EscapePointer(name))
	}
	return b.String()
}
