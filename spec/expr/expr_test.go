package expr_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/spec/expr"
	"github.com/weft-dev/weft/text/diag"
)

// values is an Env of references as they are written.
type values map[string]any

func (v values) Lookup(ref expr.Ref) (any, bool) {
	name := ref.String()
	if ref.Part == expr.Header {
		ref.Name = strings.ToLower(ref.Name)
		name = ref.String()
	}
	value, ok := v[name]
	return value, ok
}

func data(t testing.TB, text string) any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text    string
		ref     expr.Ref
		pointer string
	}{
		{"$url", expr.Ref{Root: expr.URL}, ""},
		{"$method", expr.Ref{Root: expr.Method}, ""},
		{"$statusCode", expr.Ref{Root: expr.StatusCode}, ""},
		{"$self", expr.Ref{Root: expr.Self}, ""},
		{"$request.header.accept", expr.Ref{Root: expr.Request, Part: expr.Header, Name: "accept"}, ""},
		{"$request.query.a b&c", expr.Ref{Root: expr.Request, Part: expr.Query, Name: "a b&c"}, ""},
		{"$request.path.id", expr.Ref{Root: expr.Request, Part: expr.Path, Name: "id"}, ""},
		{"$request.body", expr.Ref{Root: expr.Request, Part: expr.Body}, ""},
		{"$request.body#/user/uuid", expr.Ref{Root: expr.Request, Part: expr.Body}, "/user/uuid"},
		{"$response.body#", expr.Ref{Root: expr.Response, Part: expr.Body}, ""},
		{"$response.body#/", expr.Ref{Root: expr.Response, Part: expr.Body}, "/"},
		{"$response.body#/a~1b/~0/0", expr.Ref{Root: expr.Response, Part: expr.Body}, "/a~1b/~0/0"},
		{"$response.payload#/a", expr.Ref{Root: expr.Response, Part: expr.Body}, "/a"},
		{"$response.header.X-Rate.Limit!", expr.Ref{Root: expr.Response, Part: expr.Header, Name: "X-Rate.Limit!"}, ""},
		{"$message.payload#/status", expr.Ref{Root: expr.Message, Part: expr.Body}, "/status"},
		{"$message.body", expr.Ref{Root: expr.Message, Part: expr.Body}, ""},
		{"$message.header.Server", expr.Ref{Root: expr.Message, Part: expr.Header, Name: "Server"}, ""},
		{"$inputs.username", expr.Ref{Root: expr.Inputs, Name: "username"}, ""},
		{"$inputs.x-api-key", expr.Ref{Root: expr.Inputs, Name: "x-api-key"}, ""},
		{"$inputs.a.b", expr.Ref{Root: expr.Inputs, Name: "a.b"}, ""},
		{"$inputs.customer#/uri", expr.Ref{Root: expr.Inputs, Name: "customer"}, "/uri"},
		{"$outputs.bar", expr.Ref{Root: expr.Outputs, Name: "bar"}, ""},
		{"$steps.find-pet.outputs.id", expr.Ref{Root: expr.Steps, Step: "find-pet", Part: expr.PartOutputs, Name: "id"}, ""},
		{"$steps.s.outputs.pets#/0/id", expr.Ref{Root: expr.Steps, Step: "s", Part: expr.PartOutputs, Name: "pets"}, "/0/id"},
		{"$workflows.foo.inputs.username", expr.Ref{Root: expr.Workflows, Workflow: "foo", Part: expr.PartInputs, Name: "username"}, ""},
		{"$workflows.foo.outputs.r#/name", expr.Ref{Root: expr.Workflows, Workflow: "foo", Part: expr.PartOutputs, Name: "r"}, "/name"},
		{"$workflows.w.steps.s.outputs.o", expr.Ref{Root: expr.Workflows, Workflow: "w", Step: "s", Part: expr.PartOutputs, Name: "o"}, ""},
		{"$sourceDescriptions.petstore.url", expr.Ref{Root: expr.SourceDescriptions, Source: "petstore", Name: "url"}, ""},
		{"$sourceDescriptions.p.get/pets#1", expr.Ref{Root: expr.SourceDescriptions, Source: "p", Name: "get/pets#1"}, ""},
		{"$components.parameters.a.b", expr.Ref{Root: expr.Components, Part: expr.Parameters, Name: "a.b"}, ""},
		{"$components.inputs.x", expr.Ref{Root: expr.Components, Part: expr.PartInputs, Name: "x"}, ""},
		{"$components.successActions.bar", expr.Ref{Root: expr.Components, Part: expr.SuccessActions, Name: "bar"}, ""},
		{"$components.failureActions.baz", expr.Ref{Root: expr.Components, Part: expr.FailureActions, Name: "baz"}, ""},
	} {
		e, problems := expr.Parse(c.text)
		if len(problems) > 0 {
			t.Errorf("%s: %v", c.text, problems)
			continue
		}
		if diff := cmp.Diff(c.ref, e.Ref()); diff != "" {
			t.Errorf("%s: %s", c.text, diff)
		}
		if got := expr.Pointer(e.Path()); got != c.pointer {
			t.Errorf("%s: pointer %q, want %q", c.text, got, c.pointer)
		}
		if e.String() != c.text {
			t.Errorf("%s prints as %s", c.text, e)
		}
		again, _ := expr.Parse(e.Canonical())
		if again == nil || again.Ref() != e.Ref() || expr.Pointer(again.Path()) != c.pointer {
			t.Errorf("%s is canonically %s, which is %v", c.text, e.Canonical(), again)
		}
	}
}

func TestParseTolerates(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, canonical string
		severity        diag.Severity
	}{
		{"$response.body.redirectAuthToken", "$response.body#/redirectAuthToken", diag.Warning},
		{"$response.body.a[0].b", "$response.body#/a/0/b", diag.Warning},
		{"$response.body[0]['x.y']", "$response.body#/0/x.y", diag.Warning},
		{"$response.body.a#/b", "$response.body#/a/b", diag.Warning},
		{"$message.payload.a.b", "$message.payload#/a/b", diag.Warning},
		{"$message.body.orderId", "$message.payload#/orderId", diag.Warning},
		{"$message.trackingId", "$message.payload#/trackingId", diag.Warning},
		{"$message.header#/orderRequestId", "$message.header.orderRequestId", diag.Warning},
		{"$response.headers.Location", "$response.header.Location", diag.Warning},
		{"$response.path#/code", "$response.path.code", diag.Warning},
		{"$message.query.x", "$message.query.x", diag.Warning},
		{"$inputs.list[0].a", "$inputs.list#/0/a", diag.Warning},
		{"$inputs", "$inputs", diag.Warning},
		{"$inputs#/a", "$inputs#/a", diag.Warning},
		{"$inputs.größe", "$inputs.größe", diag.Warning},
		{"$steps.s.outputs", "$steps.s.outputs", diag.Warning},
		{"$steps.s.plan", "$steps.s.outputs.plan", diag.Warning},
		{"$steps.s.outputs.o[1]", "$steps.s.outputs.o#/1", diag.Warning},
		{"$message.timestamp", "$message.timestamp", diag.Info},
		{"$elapsedTime", "$elapsedTime", diag.Info},
		{"$x-async.correlationId", "$x-async.correlationId", diag.Info},
		{"$x-async-aggregate.responses.main.available", "$x-async-aggregate.responses#/main/available", diag.Info},
	} {
		e, problems := expr.Parse(c.text)
		if expr.Worst(problems) != c.severity {
			t.Errorf("%s: problems are %v, want the worst to be %s", c.text, problems, c.severity)
			continue
		}
		if e.Canonical() != c.canonical {
			t.Errorf("%s is %s, want %s", c.text, e.Canonical(), c.canonical)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, at, help string
	}{
		{"", "", "starts with $"},
		{"response.body", "response.body", "write $response.body"},
		{"{$inputs.a}", "{$inputs.a}", "leave out the braces"},
		{"$", "$", "type: jsonpath"},
		{"$.a.b", "$.a.b", "$response.body#/name"},
		{"$input.name", "$input", "did you mean $inputs?"},
		{"$StatusCode", "$StatusCode", "did you mean $statusCode?"},
		{"$whatever.x", "$whatever", "$response"},
		{"$statusCode.x", ".", "no parts"},
		{"$url/path", "/", "no parts"},
		{"$response", "$response", "$response.body"},
		{"$response.bdy", "bdy", "did you mean $response.body?"},
		{"$response.status", "status", "$statusCode"},
		{"$response.items", "items", "$response.body#/items"},
		{"$response.header.a b", " ", "header's name"},
		{"$response.header.", "$response.header.", "NAME"},
		{"$response.body#a", "#a", "write #/a"},
		{"$response.body#/a~2", "~", "~0"},
		{"$response.body.", "$response.body.", "name stands"},
		{"$response.body..a", ".", "name stands"},
		{"$response.body[x]", "]", "[0]"},
		{"$response.body[01]", "]", "[0]"},
		{"$response.bodyx.y", "bodyx", "did you mean $response.body?"},
		{"$inputs.", "$inputs.", "NAME"},
		{"$inputs.a b", " ", "names have letters"},
		{"$inputs.a..b", ".", "name stands"},
		{"$steps", "$steps", "$steps.STEP.outputs.NAME"},
		{"$steps.s", "$steps.s", ".outputs.NAME"},
		{"$steps.s.output.x", "output", "outputs"},
		{"$steps.s#/x", "#", "outputs.NAME"},
		{"$workflows.w", "$workflows.w", "outputs.NAME"},
		{"$workflows.w.output.x", "output", "did you mean outputs?"},
		{"$sourceDescriptions.p", "$sourceDescriptions.p", ".url"},
		{"$components.parameter.x", "parameter", "did you mean parameters?"},
		{"$components.schemas.x", "schemas", "failureActions"},
		{"${{ inputs.a }}", "${{ inputs.a }}", "single expression"},
	} {
		e, problems := expr.Parse(c.text)
		if e != nil || len(problems) == 0 {
			t.Errorf("%s: read as %v with %v, want an error", c.text, e, problems)
			continue
		}
		p := problems[len(problems)-1]
		if at := c.text[p.Offset : p.Offset+p.Length]; p.Severity != diag.Error || at != c.at || !strings.Contains(p.Help, c.help) {
			t.Errorf("%s: %v points at %q, want %q and help with %q", c.text, p, at, c.at, c.help)
		}
	}
	if e, _ := expr.Parse("$inputs." + strings.Repeat("a.", 100) + "a"); e != nil {
		t.Error("an expression with 101 parts is accepted")
	}
	if e, _ := expr.Parse("$response.body#/" + strings.Repeat("a", 1<<20)); e != nil {
		t.Error("an expression of a megabyte is accepted")
	}
}

func TestEval(t *testing.T) {
	t.Parallel()
	env := values{
		"$statusCode":              json.Number("200"),
		"$response.body":           data(t, `{"a": {"b": [1, {"": null}]}, "x/y": true, "0": "zero"}`),
		"$response.header.x-limit": "5",
		"$inputs.a":                data(t, `{"b": 1, "c.d": 2}`),
		"$inputs.a.c":              data(t, `{"d": 3}`),
	}
	for text, want := range map[string]any{
		"$statusCode":                  json.Number("200"),
		"$response.body#/a/b/0":        json.Number("1"),
		"$response.body#/a/b/1/":       nil,
		"$response.body#/x~1y":         true,
		"$response.body#/0":            "zero",
		"$response.body.a.b[0]":        json.Number("1"),
		"$response.header.X-LIMIT":     "5",
		"$inputs.a.b":                  json.Number("1"),
		"$inputs.a.c.d":                json.Number("3"),
		"$inputs.a['c.d']":             json.Number("2"),
		"$response.body#/a/b/2":        "missing",
		"$response.body#/a/b/00":       "missing",
		"$response.body#/a/b/-1":       "missing",
		"$response.body#/a/b/0/c":      "missing",
		"$response.body[0]":            "missing",
		"$inputs.b":                    "missing",
		"$steps.s.outputs.o":           "missing",
		"$response.body#/a/b/99999999": "missing",
	} {
		e, problems := expr.Parse(text)
		if e == nil {
			t.Fatal(text, problems)
		}
		got, ok := e.Eval(env)
		if !ok {
			got = "missing"
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}

func TestBindTakesTheLongestDeclaredName(t *testing.T) {
	t.Parallel()
	declared := func(ref expr.Ref) bool { return ref.Name == "a" || ref.Name == "a.b" }
	for _, c := range []struct {
		text, canonical string
		severity        diag.Severity
	}{
		{"$inputs.a", "$inputs.a", 0},
		{"$inputs.a.b", "$inputs.a.b", 0},
		{"$inputs.a.b.c", "$inputs.a.b#/c", diag.Warning},
		{"$inputs.a.c.d#/e", "$inputs.a#/c/d/e", diag.Warning},
		{"$inputs.b", "", diag.Error},
	} {
		e, _ := expr.Parse(c.text)
		bound, problems := e.Bind(declared)
		if expr.Worst(problems) != c.severity {
			t.Errorf("%s: problems are %v", c.text, problems)
		}
		if c.canonical == "" {
			if problems[0].Ref != e.Ref() {
				t.Errorf("%s: the problem is about %v", c.text, problems[0].Ref)
			}
			continue
		}
		if bound.Canonical() != c.canonical {
			t.Errorf("%s is bound to %s, want %s", c.text, bound.Canonical(), c.canonical)
		}
	}
	// A declared name that has no value does not fall back to a shorter one.
	e, _ := expr.Parse("$inputs.a.b")
	bound, _ := e.Bind(declared)
	if value, ok := bound.Eval(values{"$inputs.a": map[string]any{"b": true}}); ok {
		t.Errorf("$inputs.a.b is %v although the input a.b has no value", value)
	}
}
