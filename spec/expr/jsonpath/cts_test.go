package jsonpath_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/weft-dev/weft/internal/corpus"
	"github.com/weft-dev/weft/spec/expr/jsonpath"
)

// complianceCase is a case of the public compliance suite of RFC 9535.
type complianceCase struct {
	Name         string
	Selector     string
	Invalid      bool `json:"invalid_selector"`
	Document     json.RawMessage
	Result       json.RawMessage
	Results      []json.RawMessage
	ResultPaths  []string   `json:"result_paths"`
	ResultsPaths [][]string `json:"results_paths"`
}

// complianceSize is the number of cases of the suite; it may only grow.
const complianceSize = 703

func TestComplianceSuite(t *testing.T) {
	t.Parallel()
	runSuite(t, filepath.Join(corpus.Dir(t), "jsonpath", "cts.json"), complianceSize)
}

// TestOwnSuite has a small suite in the same form, so that the package is
// tested where the public one is not at hand.
func TestOwnSuite(t *testing.T) {
	t.Parallel()
	runSuite(t, "testdata/suite.json", 1)
}

func runSuite(t *testing.T, file string, least int) {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var suite struct{ Tests []complianceCase }
	if err := json.Unmarshal(data, &suite); err != nil {
		t.Fatal(err)
	}
	if len(suite.Tests) < least {
		t.Fatalf("the suite has %d cases, want at least %d", len(suite.Tests), least)
	}
	for _, c := range suite.Tests {
		t.Run(c.Name, c.run)
	}
}

func (c complianceCase) run(t *testing.T) {
	path, err := jsonpath.Parse(c.Selector)
	if c.Invalid {
		if err == nil {
			t.Fatalf("%s: accepted", c.Selector)
		}
		return
	}
	if err != nil {
		t.Fatalf("%s: %v", c.Selector, err)
	}
	again, err := jsonpath.Parse(path.String())
	if err != nil || again.String() != path.String() {
		t.Fatalf("%s printed as %s, read again as %v, %v", c.Selector, path, again, err)
	}
	document := decode(t, c.Document)
	for _, p := range []*jsonpath.Path{path, again} {
		nodes, err := p.Select(document)
		if err != nil {
			t.Fatal(err)
		}
		c.check(t, nodes)
	}
}

func (c complianceCase) check(t *testing.T, nodes []jsonpath.Node) {
	got := jsonpath.Values(nodes)
	results := c.Results
	if c.Result != nil {
		results = append(results, c.Result)
	}
	if !oneOf(t, got, results) {
		t.Errorf("%s selects %v", c.Selector, got)
	}
	paths := []string{}
	for _, n := range nodes {
		paths = append(paths, n.Path())
	}
	allowed := c.ResultsPaths
	if c.ResultPaths != nil {
		allowed = append(allowed, c.ResultPaths)
	}
	for _, want := range allowed {
		if reflect.DeepEqual(paths, want) {
			return
		}
	}
	t.Errorf("%s selects the paths %q", c.Selector, paths)
}

func oneOf(t *testing.T, got []any, results []json.RawMessage) bool {
	for _, r := range results {
		if want := decode(t, r); reflect.DeepEqual(any(got), want) {
			return true
		}
	}
	return false
}

func decode(t testing.TB, data []byte) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}
