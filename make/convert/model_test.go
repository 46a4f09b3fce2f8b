package convert_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/check/lint/rules"
	"github.com/weft-dev/weft/internal/corpus"
	"github.com/weft-dev/weft/make/convert"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// eachVersion2 runs a test for each AsyncAPI 2 document there is: those of the
// corpus, the cases of rules, and one that uses everything.
func eachVersion2(t *testing.T, test func(t *testing.T, d *ref.Document, ws *ref.Workspace)) {
	t.Helper()
	var paths []string
	for _, dir := range []string{"asyncapi/v2", "convert/input", "bundle"} {
		err := filepath.WalkDir(filepath.Join(corpus.Dir(t), dir), func(path string, _ os.DirEntry, err error) error {
			if ext := filepath.Ext(path); err == nil && (ext == ".yml" || ext == ".yaml" || ext == ".json") {
				paths = append(paths, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range paths {
		ws, d := open(t, path)
		if strings.HasPrefix(d.Root.Get("asyncapi").Str(), "2.") {
			t.Run(filepath.Base(path), func(t *testing.T) { test(t, d, ws) })
		}
	}
	t.Run("full", func(t *testing.T) {
		ws, d := memory(t, "full.yaml", fullDocument(t))
		test(t, d, ws)
	})
	for i, text := range ruleCases(t) {
		ws, d := memory(t, fmt.Sprintf("case-%d.json", i), text)
		if strings.HasPrefix(d.Root.Get("asyncapi").Str(), "2.") {
			t.Run(fmt.Sprintf("case-%d", i), func(t *testing.T) { test(t, d, ws) })
		}
	}
}

// fullDocument uses every object, every binding and every security scheme.
func fullDocument(t *testing.T) string {
	t.Helper()
	read := func(name string) map[string]any {
		data, err := os.ReadFile(filepath.Join("../../spec/asyncapi/testdata/full", name))
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(string(data), "SCOPES", "scopes")
		return value(t, name, text).(map[string]any)
	}
	whole := read("2.yaml")
	components := whole["components"].(map[string]any)
	for _, parts := range []string{"bindings.yaml", "shared.yaml"} {
		for name, part := range read(parts) {
			components[name] = part
		}
	}
	root, err := tree.FromValue(whole)
	if err != nil {
		t.Fatal(err)
	}
	text, err := tree.Print(root, tree.YAML)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// ruleCases are the documents of the reference parser's tests of its rules.
func ruleCases(t *testing.T) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(corpus.Dir(t), "asyncapi", "rule-cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list []map[string]json.RawMessage
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, c := range list {
		texts = append(texts, string(c["document"]))
	}
	return texts
}

// again opens a result in the place of its source.
func again(ws *ref.Workspace, d *ref.Document, result *convert.Result) (*ref.Workspace, *ref.Document) {
	next := ref.New(opener{ws, d.File.URI()}, ref.Options{})
	return next, next.Load(source.NewFile(d.File.URI(), d.File.Name(), result.Text))
}

// opener opens what another workspace can.
type opener struct {
	ws   *ref.Workspace
	self string
}

func (o opener) Open(ctx context.Context, uri string) (*source.File, error) {
	d, err := o.ws.Open(ctx, uri)
	if err != nil {
		return nil, err
	}
	return d.File, nil
}

func errorsOf(ctx context.Context, ws *ref.Workspace, d *ref.Document) []diag.Diagnostic {
	return slices.DeleteFunc(findingsOf(ctx, ws, d), func(f diag.Diagnostic) bool { return f.Severity < diag.Error })
}

func findingsOf(ctx context.Context, ws *ref.Workspace, d *ref.Document) []diag.Diagnostic {
	return rules.Linter().Lint(ctx, ws, d.File).Findings
}

func TestWhatIsValidStaysValid(t *testing.T) {
	t.Parallel()
	tried := 0
	eachVersion2(t, func(t *testing.T, d *ref.Document, ws *ref.Workspace) {
		if len(errorsOf(t.Context(), ws, d)) > 0 {
			return
		}
		tried++
		for _, version := range []string{"3.0.0", "3.1.0"} {
			result := converted(t, ws, d, convert.Options{To: version})
			ws, d := again(ws, d, result)
			for _, f := range errorsOf(t.Context(), ws, d) {
				t.Errorf("%s: %s: %s\n%s", version, f.Path, f.Message, f.Span.Text())
			}
		}
	})
	if tried < 37 {
		t.Errorf("only %d documents are valid", tried)
	}
}

// TestTheModelIsTheSame compares what 2.x documents mean with what their
// conversions do. What differs is what 3.x cannot say, and is left out below.
func TestTheModelIsTheSame(t *testing.T) {
	t.Parallel()
	eachVersion2(t, func(t *testing.T, d *ref.Document, ws *ref.Workspace) {
		if len(errorsOf(t.Context(), ws, d)) > 0 {
			return // names that are there twice, and the like
		}
		before, _ := asyncapi.Load(t.Context(), ws, d)
		result := converted(t, ws, d, convert.Options{})
		ws, d = again(ws, d, result)
		after, _ := asyncapi.Load(t.Context(), ws, d)
		if diff := cmp.Diff(meaning(before), meaning(after)); diff != "" {
			t.Errorf("(-2.x +3.x)\n%s\n%s", diff, result.Text)
		}
	})
}

// meaning prints a model without what conversions change on purpose: names of
// security schemes that have scopes, that an operation had no name, names of
// channels, alternatives of security that 3.x cannot say.
func meaning(d *asyncapi.Document) string {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	p("document %s %s", d.ID, d.DefaultContentType)
	p("info %q %s %v %v", d.Info.Title, d.Info.Version, len(d.Info.Tags), d.Info.Docs != nil)
	for _, s := range d.Servers {
		p("server %s %s://%s%s %s %q", s.Name, s.Protocol, s.Host, s.Pathname, s.ProtocolVersion, s.Description)
		for _, v := range s.Variables {
			p("  variable %s %q %v", v.Name, v.Default, v.Enum)
		}
		security(p, s.Security)
	}
	for _, c := range d.Channels {
		p("channel %q %v %q", c.Address, c.HasAddress, c.Description)
		for _, s := range c.Servers {
			p("  server %s", s.Name)
		}
		for _, v := range c.Parameters {
			p("  parameter %s %q %v %v %q %s", v.Name, v.Default, v.HasDefault, v.Enum, v.Description, v.Location)
		}
		for _, m := range c.Messages {
			meaningOf(p, m)
		}
	}
	for _, list := range [][]*asyncapi.Operation{d.Operations, d.Components.Operations} {
		for _, o := range list {
			var keys []string
			for _, m := range o.Messages {
				keys = append(keys, m.Key)
			}
			p("operation %s: %s %q %v %q %q", o.ID, o.Action, o.Channel.Address, keys, o.Summary, o.Description)
			security(p, o.Security)
		}
	}
	for _, m := range d.Components.Messages {
		meaningOf(p, m)
	}
	return b.String()
}

func meaningOf(p func(string, ...any), m *asyncapi.Message) {
	p("  message %s: %s %q %q %s %v", m.Key, m.Name, m.Title, m.Summary, m.ContentType, m.Deprecated)
	for i, s := range []*asyncapi.Schema{m.Headers, m.Payload} {
		if s == nil {
			continue
		}
		format := s.Format
		if strings.HasPrefix(format, "application/vnd.aai.asyncapi") {
			format = "AsyncAPI"
		}
		text, _ := json.Marshal(withoutRefs(s.Node.Value()))
		p("    %d %s %s %s", i, s.Name, format, text)
	}
	if m.Correlation != nil {
		p("    correlation %s", m.Correlation.Location)
	}
	for _, e := range m.Examples {
		p("    example %s %v %v", e.Name, e.Headers.Value(), e.Payload.Value())
	}
}

// security prints the schemes, each an alternative as in 3.x.
func security(p func(string, ...any), list []asyncapi.SecurityRequirement) {
	for _, r := range list {
		for _, u := range r.Schemes {
			scopes := u.Scopes
			if u.Scheme.Type != "oauth2" && u.Scheme.Type != "openIdConnect" {
				scopes = nil
			}
			p("  security %s %v", u.Scheme.Type, scopes)
		}
	}
}

// withoutRefs leaves the text of references out, which changes with what they
// lead to.
func withoutRefs(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, value := range v {
			if _, is := value.(string); is && key == "$ref" {
				value = "…"
			}
			out[key] = withoutRefs(value)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = withoutRefs(v[i])
		}
		return out
	}
	return v
}
