package convert_test

import (
	"bufio"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/weft-dev/weft/internal/corpus"
	"github.com/weft-dev/weft/make/convert"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// cases are conversions whose result somebody else has published.
var cases = []struct {
	name, input, output string
	options             convert.Options
}{
	{"2.6", "input/2.6.0/for-3.0.0.yml", "output/3.0.0/from-2.6.0.yml", convert.Options{To: "3.0.0"}},
	{"formats", "input/2.6.0/for-3.0.0-with-custom-schema-format.yml", "output/3.0.0/from-2.6.0-with-custom-schema-format.yml", convert.Options{To: "3.0.0"}},
	{"deep", "input/2.6.0/for-3.0.0-with-deep-local-references.yml", "output/3.0.0/from-2.6.0-with-deep-local-references.yml", convert.Options{To: "3.0.0"}},
	{"parameters", "input/2.6.0/for-3.0.0-with-mixed-parameters.yml", "output/3.0.0/from-2.6.0-with-mixed-parameters.yml", convert.Options{To: "3.0.0"}},
	{"reference", "input/2.6.0/for-3.0.0-with-reference-parameter.yml", "output/3.0.0/from-2.6.0-with-reference-parameter.yml", convert.Options{To: "3.0.0"}},
	{"components", "input/2.6.0/for-3.0.0-with-servers-and-channels-components.yml", "output/3.0.0/from-2.6.0-with-servers-and-channels-components.yml", convert.Options{To: "3.0.0"}},
	{"openapi", "input/openapi/operation_and_parameter.yml", "output/openapi-to-asyncapi/operation_and_parameter.yml", convert.Options{To: "asyncapi-3.0.0"}},
	{"openapi-client", "input/openapi/operation_and_parameter.yml", "output/openapi-to-asyncapi/operation_and_parameter_client.yml", convert.Options{To: "asyncapi-3.0.0", Client: true}},
	{"openapi-components", "input/openapi/components_and_security.yml", "output/openapi-to-asyncapi/components_and_security.yml", convert.Options{To: "asyncapi-3.0.0"}},
	{"openapi-callbacks", "input/openapi/callbacks_and_contents.yml", "output/openapi-to-asyncapi/callbacks_and_contents.yml", convert.Options{To: "asyncapi-3.0.0"}},
	{"openapi-external", "input/openapi/external_reference.yml", "output/openapi-to-asyncapi/external_reference.yml", convert.Options{To: "asyncapi-3.0.0"}},
	{"openapi-bare", "input/openapi/no-channel-operation.yml", "output/openapi-to-asyncapi/no-channel-parameter.yml", convert.Options{To: "asyncapi-3.0.0"}},
}

// TestTheCorpusIsConvertedAsByTheReference compares values with the results of
// the reference converter. testdata/differences.txt lists where they differ,
// and why; a difference that is not there, or is no longer, fails.
func TestTheCorpusIsConvertedAsByTheReference(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(corpus.Dir(t), "convert")
	known := knownDifferences(t)
	for _, c := range cases {
		ws, d := open(t, filepath.Join(dir, c.input))
		result := converted(t, ws, d, c.options)
		got := value(t, "result.yaml", string(result.Text))
		text, err := os.ReadFile(filepath.Join(dir, c.output))
		if err != nil {
			t.Fatal(err)
		}
		want := value(t, "expected.yaml", string(text))
		renames := known[c.name].renames
		var found []string
		compare(&found, "", rename(want, renames), got)
		for _, f := range found {
			if !slices.ContainsFunc(known[c.name].places, func(place string) bool { return fits(place, f) }) {
				t.Errorf("%s: %s", c.name, f)
			}
		}
		for _, place := range known[c.name].places {
			if !slices.ContainsFunc(found, func(f string) bool { return fits(place, f) }) {
				t.Errorf("%s: there is no difference any more: %s", c.name, place)
			}
		}
	}
}

// fits reports whether a difference is one that is listed; "*" is any name.
func fits(pattern, difference string) bool {
	ok, _ := path.Match(pattern, difference)
	return ok
}

func value(t *testing.T, name, text string) any {
	t.Helper()
	root, findings := tree.Parse(source.NewFile("memory:///"+name, name, []byte(text)), tree.Options{})
	for _, f := range findings {
		t.Fatalf("%s: %s\n%s", name, f.Message, text)
	}
	return root.Value()
}

// compare lists where two values differ: what is missing, more or other.
func compare(found *[]string, at string, want, got any) {
	if reflect.DeepEqual(want, got) {
		return
	}
	if w, ok := want.([]any); ok {
		if g, ok := got.([]any); ok && len(g) == len(w) {
			for i := range w {
				compare(found, fmt.Sprintf("%s/%d", at, i), w[i], g[i])
			}
			return
		}
	}
	w, ok := want.(map[string]any)
	g, same := got.(map[string]any)
	if format, _ := w["schemaFormat"].(string); strings.HasPrefix(format, "application/vnd.oai.openapi") && g["schemaFormat"] == nil {
		compare(found, at, w["schema"], got) // see differences.txt
		return
	}
	if !ok || !same {
		*found = append(*found, "other "+at)
		return
	}
	for _, key := range slices.Sorted(maps.Keys(w)) {
		inner := at + "/" + tree.EscapePointer(key)
		if _, ok := g[key]; !ok {
			*found = append(*found, "less "+inner)
			continue
		}
		compare(found, inner, w[key], g[key])
	}
	for _, key := range slices.Sorted(maps.Keys(g)) {
		if _, ok := w[key]; !ok {
			*found = append(*found, "more "+at+"/"+tree.EscapePointer(key))
		}
	}
}

// differences are those of one case.
type differences struct {
	renames [][2]string
	places  []string
}

// knownDifferences reads testdata/differences.txt.
func knownDifferences(t *testing.T) map[string]*differences {
	t.Helper()
	f, err := os.Open("testdata/differences.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	known := map[string]*differences{}
	for _, c := range cases {
		known[c.name] = &differences{}
	}
	var of []*differences
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		name, is := strings.CutPrefix(line, "case ")
		switch {
		case line == "" || line[0] == '#':
		case is:
			of = nil
			for _, word := range strings.Fields(name) {
				if known[word] == nil {
					t.Fatalf("there is no case %q", word)
				}
				of = append(of, known[word])
			}
		case strings.HasPrefix(line, "renamed "):
			from, to, _ := strings.Cut(strings.TrimPrefix(line, "renamed "), " -> ")
			for _, d := range of {
				d.renames = append(d.renames, [2]string{from, to})
			}
		default:
			for _, d := range of {
				d.places = append(d.places, line)
			}
		}
	}
	return known
}

// rename gives the messages of the expected result the names that ours have:
// pairs of "channel message" and the other name.
func rename(v any, renames [][2]string) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, value := range v {
			out[key] = rename(value, renames)
		}
		for _, r := range renames {
			channel, message, _ := strings.Cut(r[0], " ")
			if item, ok := out[channel].(map[string]any); ok {
				if messages, ok := item["messages"].(map[string]any); ok && messages[message] != nil {
					messages[r[1]] = messages[message]
					delete(messages, message)
				}
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = rename(v[i], renames)
		}
		return out
	case string:
		for _, r := range renames {
			channel, message, _ := strings.Cut(r[0], " ")
			place := "/channels/" + tree.EscapePointer(channel) + "/messages/"
			if at := strings.Index(v, place+message); at >= 0 {
				rest := v[at+len(place)+len(message):]
				if rest == "" || rest[0] == '/' {
					return v[:at] + place + r[1] + rest
				}
			}
		}
	}
	return v
}
