package edit_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/internal/corpus"
	"github.com/weft-dev/weft/internal/cputime"
	"github.com/weft-dev/weft/make/edit"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/languages"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

func open(t testing.TB, name, text string) *edit.Session {
	t.Helper()
	s, err := edit.Open(t.Context(), source.Memory{}, []*source.File{source.NewFile("memory:///"+name, name, []byte(text))})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// after is the text of the one document of a session.
func after(s *edit.Session, before string) string {
	if list := s.Changes(); len(list) == 1 {
		return string(list[0].After.Data())
	}
	return before
}

func value(t testing.TB, text string) *tree.Node {
	t.Helper()
	n, findings := tree.Parse(source.NewFile("memory:///value.yaml", "value.yaml", []byte(text)), tree.Options{})
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	return n
}

const head = "asyncapi: 3.0.0\ninfo: {title: A, version: 1.0.0}\nchannels:\n  a:\n    messages:\n      m:\n"

func TestAFieldGoesToWhereAPayloadIsAnObject(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, payload, want string }{
		{"nothing said", "{}", "{type: object, required: [x], properties: {x: {type: string}}}"},
		{"an object without fields", "{type: object}", "{type: object, required: [x], properties: {x: {type: string}}}"},
		{"some required", "{required: [a], properties: {a: {}}}", "{required: [a, x], properties: {a: {}, x: {type: string}}}"},
		{"it is there", "{properties: {x: {type: integer}}}", "{properties: {x: {type: integer}}}"},
		{"parts, one in place", "{allOf: [{$ref: '#/components/schemas/Base'}, {properties: {a: {}}}]}", "{allOf: [{$ref: '#/components/schemas/Base'}, {required: [x], properties: {a: {}, x: {type: string}}}]}"},
		{"parts, all referred to", "{allOf: [{$ref: '#/components/schemas/Base'}]}", "{allOf: [{$ref: '#/components/schemas/Base'}, {type: object, required: [x], properties: {x: {type: string}}}]}"},
		{"it is in a part", "{allOf: [{$ref: '#/components/schemas/WithX'}]}", "{allOf: [{$ref: '#/components/schemas/WithX'}]}"},
		{"several forms", "{oneOf: [{properties: {a: {}}}, {properties: {b: {}}}]}", "{oneOf: [{required: [x], properties: {a: {}, x: {type: string}}}, {required: [x], properties: {b: {}, x: {type: string}}}]}"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			text := head + "        payload: " + c.payload + "\ncomponents: {schemas: {Base: {properties: {b: {}}}, WithX: {properties: {x: {}}}}}\n"
			s := open(t, "a.yaml", text)
			if err := s.AddField(edit.Field{Name: "x", Schema: value(t, "{type: string}"), Required: true}); err != nil {
				t.Fatal(err)
			}
			got := value(t, after(s, text)).At("/channels/a/messages/m/payload").Value()
			if diff := cmp.Diff(value(t, c.want).Value(), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAFieldIsRefusedWhereThereCanBeNone(t *testing.T) {
	t.Parallel()
	for payload, want := range map[string]string{
		"{type: array}": "is of the type array",
		"true":          "is boolean, and no object",
		"{allOf: [{type: object, additionalProperties: false, properties: {a: {}}}]}":                  "allows no other fields",
		"{schemaFormat: application/raml+yaml;version=1.0, schema: {type: object}}":                    "its schema is RAML",
		"{schemaFormat: application/vnd.apache.avro;version=1.9.0, schema: {type: array, items: int}}": "is no record",
		"{schemaFormat: application/vnd.apache.avro;version=1.9.0, schema: [int, string]}":             "no union member is a record",
		"{$ref: 'memory:///other.yaml'}": "name that document too",
	} {
		f := source.NewFile("memory:///a.yaml", "a.yaml", []byte(head+"        payload: "+payload+"\n"))
		s, err := edit.Open(t.Context(), source.Memory{"memory:///other.yaml": "type: object\n"}, []*source.File{f})
		if err != nil {
			t.Fatal(err)
		}
		err = s.AddField(edit.Field{Name: "x", Schema: value(t, "{}")})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", payload, err, want)
		}
	}
}

// TestSchemasOfTheCorpusAreExtractedAndInlined does so with every document of
// the corpus: what a message is stays the same.
func TestSchemasOfTheCorpusAreExtractedAndInlined(t *testing.T) {
	t.Parallel()
	count := 0
	for _, dir := range []string{"v2", "v3"} {
		files, err := filepath.Glob(filepath.Join(corpus.Dir(t), "asyncapi", dir, "*.yml"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			before := string(data)
			s, err := edit.Open(t.Context(), source.Memory{}, []*source.File{source.NewFile("memory:///a.yaml", filepath.Base(file), data)})
			if err != nil {
				continue
			}
			if err := s.ExtractSchemas(2); err != nil {
				t.Errorf("%s: extract: %v", file, err)
				continue
			}
			same(t, file, before, after(s, before))
			if len(s.Changes()) > 0 {
				count++
			}
			if err := s.InlineSchemas(nil); err != nil {
				t.Errorf("%s: inline: %v", file, err)
				continue
			}
			same(t, file, before, after(s, before))
		}
	}
	if count == 0 {
		t.Error("no schemas were extracted")
	}
	t.Logf("schemas of %d documents were extracted", count)
}

// same fails the test where the payloads of two documents differ with all
// references followed.
func same(t *testing.T, name, before, after string) {
	t.Helper()
	a, b := payloads(t, before), payloads(t, after)
	if diff := cmp.Diff(a, b); diff != "" {
		t.Errorf("%s: %.2000s", name, diff)
	}
}

func payloads(t *testing.T, text string) map[string]any {
	t.Helper()
	ws := ref.New(source.Memory{}, ref.Options{})
	d := ws.Load(source.NewFile("memory:///a.yaml", "a.yaml", []byte(text)))
	if d.Root == nil {
		t.Fatalf("%v", d.Findings)
	}
	model, _ := asyncapi.Load(t.Context(), ws, d)
	list := map[string]any{}
	for _, c := range model.Channels {
		for i, m := range c.Messages {
			if m.Payload != nil && m.Payload.Node != nil {
				list[fmt.Sprint(c.Name, i)] = resolved(ws, m.Payload.Node, 0)
			}
		}
	}
	return list
}

// resolved is a value with its references written out, eight levels deep.
func resolved(ws *ref.Workspace, n *tree.Node, depth int) any {
	target, _ := ws.Resolve(context.Background(), n)
	switch {
	case target == nil || depth > 8:
		return nil
	case target.Kind == tree.Sequence:
		list := []any{}
		for _, item := range target.Items {
			list = append(list, resolved(ws, item, depth+1))
		}
		return list
	case target.Kind == tree.Mapping:
		object := map[string]any{}
		for _, m := range target.Members {
			object[m.Key.Text] = resolved(ws, m.Value, depth+1)
		}
		return object
	}
	return target.Value()
}

// TestExamplesOfTheCorpusFit makes examples for every message of the corpus.
func TestExamplesOfTheCorpusFit(t *testing.T) {
	t.Parallel()
	count := 0
	files, err := filepath.Glob(filepath.Join(corpus.Dir(t), "asyncapi", "v*", "*.yml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s, err := edit.Open(t.Context(), source.Memory{}, []*source.File{source.NewFile("memory:///a.yaml", filepath.Base(file), data)})
		if err != nil {
			continue
		}
		if err := s.AddExamples(edit.Examples{}); err != nil {
			if !strings.Contains(err.Error(), "none of the documents") {
				t.Errorf("%s: %v", file, err)
			}
			continue
		}
		for _, note := range s.Notes() {
			if strings.Contains(note, "gets no examples") {
				t.Logf("%s: %s", filepath.Base(file), note)
			}
		}
		count += examplesFit(t, file, after(s, string(data)))
	}
	if count < 200 {
		t.Errorf("only %d examples", count)
	}
	t.Logf("%d examples", count)
}

func examplesFit(t *testing.T, name, text string) int {
	t.Helper()
	ws := ref.New(source.Memory{}, ref.Options{})
	d := ws.Load(source.NewFile("memory:///a.yaml", "a.yaml", []byte(text)))
	if d.Root == nil {
		t.Fatalf("%s: %v", name, d.Findings)
	}
	model, _ := asyncapi.Load(t.Context(), ws, d)
	set := languages.In(ws)
	count := 0
	for _, c := range model.Channels {
		for _, m := range c.Messages {
			if m.Payload == nil || m.Payload.Node == nil {
				continue
			}
			format, err := schema.ParseFormat(m.Payload.Format)
			if err != nil {
				continue
			}
			compiled, err := set.Compile(m.Payload.Node, format)
			if err != nil {
				continue
			}
			for _, e := range m.Examples {
				if e.Payload == nil || !made(e.Name) {
					continue
				}
				count++
				if list := compiled.Validate(e.Payload.Value()); len(list) > 0 {
					t.Errorf("%s: %s %q: %v", name, m.Key, e.Name, list[0].Message)
				}
			}
		}
	}
	return count
}

// made reports whether an example is one of ours by its name.
func made(name string) bool {
	return name == "happy path" || strings.Contains(name, "values") || strings.Contains(name, "required") || strings.Contains(name, "lists")
}

func TestTwoThousandChannelsAreChangedAtOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("it measures time")
	}
	var b strings.Builder
	b.WriteString("asyncapi: 3.0.0\ninfo: {title: Large, version: 1.0.0}\nchannels:\n")
	for i := range 2000 {
		fmt.Fprintf(&b, "  c%d:\n    address: a.%d\n    messages:\n      m:\n        payload:\n          type: object\n          properties:\n            id: {type: string}\n            at: {$ref: '#/components/schemas/At'}\n            address:\n              type: object\n              properties: {street: {type: string}, city: {type: string}}\n", i, i)
	}
	b.WriteString("components:\n  schemas:\n    At: {type: string, format: date-time}\n")
	for name, change := range map[string]func(*edit.Session) error{
		"field": func(s *edit.Session) error {
			return s.AddField(edit.Field{Name: "x", Schema: value(t, "{}"), Required: true})
		},
		"extract": func(s *edit.Session) error { return s.ExtractSchemas(2) },
		"inline":  func(s *edit.Session) error { return s.InlineSchemas(nil) },
		"rename":  func(s *edit.Session) error { return s.Rename(edit.Rename{Kind: "schema", Old: "At", New: "When"}) },
	} {
		start := cputime.Start(t)
		s := open(t, "a.yaml", b.String())
		if err := change(s); err != nil {
			t.Fatal(err)
		}
		if len(s.Changes()) != 1 {
			t.Errorf("%s changed nothing", name)
		}
		t.Logf("%s: %v", name, start())
		if start() > 6*time.Second { // 1 s on a machine that does nothing else
			t.Errorf("%s took %v", name, start())
		}
	}
}
