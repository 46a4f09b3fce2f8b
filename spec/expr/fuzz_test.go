package expr_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/weft-dev/weft/spec/expr"
	"github.com/weft-dev/weft/text/diag"
)

// inside fails where a problem points outside the text it is about.
func inside(t *testing.T, text string, problems []expr.Problem) {
	t.Helper()
	for _, p := range problems {
		if p.Offset < 0 || p.Length < 0 || p.Offset+p.Length > len(text) || p.Message == "" {
			t.Fatalf("%q: %+v points outside", text, p)
		}
	}
}

// agree fails where a value is there in spite of an error, or not without one.
func agree(t *testing.T, text string, there bool, problems []expr.Problem) {
	t.Helper()
	if there == (expr.Worst(problems) == diag.Error) {
		t.Fatalf("%q: value is there: %v, problems: %v", text, there, problems)
	}
}

// anything is an Env that has a value for every reference.
var anything = expr.EnvFunc(func(ref expr.Ref) (any, bool) {
	switch len(ref.Name) % 4 {
	case 0:
		return json.Number("12"), true
	case 1:
		return map[string]any{"a": []any{"x", nil}}, true
	case 2:
		return "t'e\"x\\t", true
	}
	return nil, ref.Root != expr.Inputs
})

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"$url", "$response.body#/a~1b/0", "$response.body.a[0]['b']", "$inputs.a.b#/c", "$steps.s.outputs.o[1]", "$message.header#/x",
		"$workflows.w.steps.s.outputs.n", "$sourceDescriptions.d.w.steps.s", "$components.parameters.p", "$x-async-aggregate.responses.a",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, problems := expr.Parse(text)
		inside(t, text, problems)
		agree(t, text, e != nil, problems)
		if e == nil {
			return
		}
		e.Eval(anything)
		again, problems := expr.Parse(e.Canonical())
		if again == nil || again.Canonical() != e.Canonical() {
			t.Fatalf("%q is canonically %q, which reads as %v with %v", text, e.Canonical(), again, problems)
		}
		bound, _ := e.Bind(func(ref expr.Ref) bool { return !strings.Contains(ref.Name, ".") })
		if bound != nil {
			bound.Eval(anything)
		}
	})
}

func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{
		"$inputs.a", "a {$inputs.a} b {$steps.s.outputs.o}", `{"a": "{$inputs.a}"}`, "inv-${{inputs.a}}", "${{ 1 + 2 * (3 - x-async.a) }}",
		"${{ inputs.a > 1 ? 'x' : Math.max(1, 2) }}", "$inputs.a/b", "{$",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		template, problems := expr.ParseTemplate(text)
		inside(t, text, problems)
		agree(t, text, template != nil, problems)
		if template == nil {
			return
		}
		if _, err := template.Eval(anything); err == nil && template.IsLiteral() {
			if got, _ := template.Text(anything, expr.Plain); got != text {
				t.Fatalf("the literal %q becomes %q", text, got)
			}
		}
		if got, err := template.Text(anything, expr.JSON); err == nil && json.Valid([]byte(text)) && !template.IsLiteral() && quotedOnly(text) && !json.Valid([]byte(got)) {
			t.Fatalf("the JSON %q becomes %q", text, got)
		}
		template.Bind(func(expr.Ref) bool { return true })
	})
}

// quotedOnly reports whether a JSON text is a single string, so that whatever
// is put in stands between quotes.
func quotedOnly(text string) bool {
	var s string
	return strings.HasPrefix(text, `"`) && !strings.Contains(text, `\`) && json.Unmarshal([]byte(text), &s) == nil
}

func FuzzCondition(f *testing.F) {
	for _, seed := range []string{
		"$statusCode == 200", "!($a || true) && 'it''s' != null", "$response.body.a[0] >= -1.5e3", "{$response.body#/a b} == 1", "\"x\" < 'y'",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, problems := expr.ParseCondition(text)
		inside(t, text, problems)
		agree(t, text, c != nil, problems)
		for _, kind := range []string{"regex", "jsonpath", "xpath"} {
			criterion, problems := expr.NewCriterion(expr.CriterionSource{Condition: text, Type: kind, Context: "$response.body"})
			inside(t, text, problems)
			agree(t, text, criterion != nil, problems)
			if criterion != nil {
				criterion.Eval(anything)
			}
		}
		if c == nil {
			return
		}
		if c.Eval(anything) != c.Explain(anything).Passed {
			t.Fatalf("%q: Eval and Explain disagree", text)
		}
	})
}

func FuzzReplace(f *testing.F) {
	f.Add("/a/0", `{"a": [1]}`)
	f.Add("$.a[?@ == 1]", `{"a": [1, 2]}`)
	f.Fuzz(func(t *testing.T, text, document string) {
		var value any
		if json.Unmarshal([]byte(document), &value) != nil {
			return
		}
		before := expr.Text(value)
		for _, kind := range []string{"jsonpointer", "jsonpath"} {
			target, problems := expr.NewTarget(text, kind, "")
			inside(t, text, problems)
			agree(t, text, target != nil, problems)
			if target != nil {
				_, _ = target.Replace(anything, value, "new")
			}
		}
		if after := expr.Text(value); after != before {
			t.Fatalf("%q changed %s to %s", text, before, after)
		}
	})
}

func BenchmarkExpr(b *testing.B) {
	e, _ := expr.Parse("$response.body#/items/1/id")
	body := data(b, `{"items": [{"id": 1}, {"id": 2}]}`)
	env := expr.EnvFunc(func(expr.Ref) (any, bool) { return body, true })
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := e.Eval(env); !ok {
			b.Fatal("missing")
		}
	}
}

func BenchmarkSimpleCondition(b *testing.B) {
	c, _ := expr.ParseCondition("$statusCode == 200 && $response.body#/status == 'confirmed'")
	body := data(b, `{"status": "CONFIRMED"}`)
	status := any(json.Number("200"))
	env := expr.EnvFunc(func(ref expr.Ref) (any, bool) {
		if ref.Root == expr.StatusCode {
			return status, true
		}
		return body, true
	})
	b.ReportAllocs()
	for b.Loop() {
		if !c.Eval(env) {
			b.Fatal("failed")
		}
	}
}

func BenchmarkParseCondition(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if c, _ := expr.ParseCondition("$statusCode == 200 && $response.body#/status == 'confirmed'"); c == nil {
			b.Fatal("refused")
		}
	}
}
