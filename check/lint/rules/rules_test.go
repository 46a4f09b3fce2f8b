package rules_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/check/lint/rules"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
)

func judge(t testing.TB, name, text string, others source.Memory) lint.Result {
	t.Helper()
	file := source.NewFile("memory:///"+name, name, []byte(text))
	return rules.Linter().Lint(t.Context(), ref.New(others, ref.Options{}), file)
}

// judgeBare judges a small document, and leaves out what is recommended.
func judgeBare(t testing.TB, name, text string, others source.Memory) lint.Result {
	t.Helper()
	r := judge(t, name, text, others)
	r.Findings = withoutRecommended(r.Findings)
	return r
}

func withoutRecommended(list []diag.Diagnostic, but ...diag.Code) []diag.Diagnostic {
	return slices.DeleteFunc(list, func(d diag.Diagnostic) bool {
		return slices.Contains(rules.Recommended(), d.Code) && !slices.Contains(but, d.Code)
	})
}

// judgeAll judges a document by all rules, the optional ones, too.
func judgeAll(t testing.TB, name, text string) []diag.Diagnostic {
	t.Helper()
	list := rules.AsyncAPI()
	for i, r := range list {
		asked := *r
		asked.Optional = false
		list[i] = &asked
	}
	l := lint.Linter{Kinds: append([]lint.Kind{lint.AsyncAPI(list)}, rules.Linter().Kinds[1:]...)}
	one := l.Lint(t.Context(), ref.New(common, ref.Options{}), source.NewFile("memory:///"+name, name, []byte(text)))
	other := l.Lint(t.Context(), ref.New(common, ref.Options{}), source.NewFile("memory:///other.yaml", "other.yaml", []byte(text)))
	return append(one.Findings, lint.Across([]lint.Result{other, one})...)
}

// common is what examples of rules refer to.
var common = source.Memory{"memory:///common.yaml": "Address: {type: object, properties: {street: {type: string}, city: {type: string}}}\n"}

func withCode(list []diag.Diagnostic, code diag.Code) []diag.Diagnostic {
	var out []diag.Diagnostic
	for _, d := range list {
		if d.Code == code {
			out = append(out, d)
		}
	}
	return out
}

func TestTheExamplesOfRules(t *testing.T) {
	t.Parallel()
	for _, r := range rules.AsyncAPI() {
		t.Run(string(r.Code), func(t *testing.T) {
			t.Parallel()
			judged := func(name, text string) []diag.Diagnostic {
				list := judgeAll(t, name, text)
				if !r.Compares {
					list = slices.DeleteFunc(list, func(d diag.Diagnostic) bool { return d.Code == "practice/equal-schemas" })
				}
				return withoutRecommended(list, r.Code)
			}
			if good := judged("good.yaml", r.Good); len(good) > 0 {
				t.Errorf("the good example has findings: %s", show(good))
			}
			bad := judged("bad.yaml", r.Bad)
			if len(withCode(bad, r.Code)) == 0 {
				t.Errorf("the bad example does not break the rule: %s", show(bad))
			}
			if len(withCode(bad, r.Code)) != len(bad) {
				t.Errorf("the bad example breaks other rules: %s", show(bad))
			}
			for _, d := range bad {
				if d.Severity != r.Severity {
					t.Errorf("a finding has the severity %s", d.Severity)
				}
			}
			for what, text := range map[string]string{"summary": r.Summary, "why": r.Why} {
				if text == "" || what == "summary" && strings.HasSuffix(text, ".") {
					t.Errorf("the %s is %q", what, text)
				}
			}
		})
	}
}

func TestCodesAreUnique(t *testing.T) {
	t.Parallel()
	l := rules.Linter()
	seen := map[diag.Code]bool{}
	for _, r := range l.Rules() {
		if seen[r.Code] {
			t.Errorf("two rules %s", r.Code)
		}
		seen[r.Code] = true
		if r.Summary == "" || r.Why == "" {
			t.Errorf("%s is not explained", r.Code)
		}
	}
}

// show prints findings as "code line:column severity message [help]".
func show(list []diag.Diagnostic) string {
	var b strings.Builder
	for _, d := range list {
		start, _ := d.Span.Range()
		b.WriteString("\n" + d.Span.File.Name() + ":" + itoa(start.Line) + ":" + itoa(start.Column) + " " + string(d.Code) + " " + d.Severity.String() + " " + d.Message)
		if d.Help != "" {
			b.WriteString(" [" + d.Help + "]")
		}
	}
	return strings.TrimPrefix(b.String(), "\n")
}

func itoa(n int) string {
	if n >= 10 {
		return itoa(n/10) + string(rune('0'+n%10))
	}
	return string(rune('0' + n))
}

func TestTheKindOfADocument(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"asyncapi: 3.0.0\ninfo: {title: t, version: '1'}\n":           "asyncapi 3.0.0",
		"openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {}\n": "openapi 3.1.0",
		"asynapi: 3.0.0\n":            "  \nd.yaml:1:1 lint/kind error \"asynapi\" says nothing about what this document is [did you mean \"asyncapi\"?]",
		"a: b\n":                      "  \nd.yaml:1:1 lint/kind error this is no document of a kind that is known (AsyncAPI, Arazzo, OpenAPI) [a document says what it is at its top, as in \"asyncapi: …\"]",
		"- a\n":                       "  \nd.yaml:1:1 lint/kind error this is no document of a kind that is known: it is not an object",
		"asyncapi: 1.2.0\ninfo: {}\n": "asyncapi 1.2.0\nd.yaml:1:11 asyncapi/version error AsyncAPI \"1.2.0\" is not supported [did you mean \"2.2.0\"?]",
		"asyncapi: 3.0.5\ninfo: {title: t, version: '1'}\n": "asyncapi 3.0.5\nd.yaml:1:11 asyncapi/bad-value error \"asyncapi\" must be \"3.0.0\", not \"3.0.5\" [did you mean \"3.0.0\"?]",
	} {
		r := judgeBare(t, "d.yaml", text, nil)
		got := r.Kind + " " + r.Version
		if r.Kind == "" {
			got = "  "
		}
		if len(r.Findings) > 0 {
			got += "\n" + show(r.Findings)
		}
		if got != want {
			t.Errorf("%q: got\n%s\nwant\n%s", text, got, want)
		}
	}
}

func TestOneFaultIsOneFinding(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"reference that leads nowhere": {
			"asyncapi: 3.0.0\ninfo: {title: t, version: '1'}\nchannels: {a: {$ref: '#/components/channels/b'}}\n",
			`d.yaml:3:22 text/ref-pointer error`,
		},
		"reference that is no string": {
			"asyncapi: 3.0.0\ninfo: {title: t, version: '1'}\nchannels: {a: {$ref: 5}}\n",
			`d.yaml:3:22 text/ref-value error`,
		},
		"reference to another kind of object": {
			"asyncapi: 3.0.0\ninfo: {title: t, version: '1'}\nchannels: {a: {messages: {m: {$ref: '#/components/parameters/p'}}}}\ncomponents: {parameters: {p: {default: x}}}\n",
			`d.yaml:3:37 asyncapi/reference-kind error`,
		},
		"fault in another file": {
			"asyncapi: 3.0.0\ninfo: {title: t, version: '1'}\nchannels: {a: {messages: {m: {$ref: './m.yaml'}, n: {$ref: './m.yaml'}}}}\n",
			`memory:///m.yaml:1:1 asyncapi/unknown-field error`,
		},
		"reference in an example is text": {
			"asyncapi: 3.0.0\ninfo: {title: t, version: '1'}\ncomponents: {schemas: {s: {default: {$ref: '#/nowhere'}}}, messages: {m: {examples: [{payload: {$ref: nowhere}}]}}}\n", ``,
		},
		"reference in a property called default is none": {
			"asyncapi: 3.0.0\ninfo: {title: t, version: '1'}\ncomponents: {schemas: {s: {properties: {default: {$ref: '#/nowhere'}}}}}\n",
			`d.yaml:3:57 text/ref-pointer error`,
		},
		"binding of 2.x": {
			"asyncapi: 2.6.0\ninfo: {title: t, version: '1'}\nchannels: {a: {bindings: {kafka: {partitions: -1}, kafak: {}, ws: {bindingVersion: 0.2.0}}}}\n",
			"d.yaml:3:47 asyncapi/binding warning\nd.yaml:3:52 asyncapi/unknown-field warning\nd.yaml:3:84 asyncapi/binding warning",
		},
		"binding of 3.x": {
			"asyncapi: 3.0.0\ninfo: {title: t, version: '1'}\nchannels: {a: {bindings: {kafka: {partitions: -1, bindingVersion: 0.4.0}, sqs: {queue: {name: q, fifoQueue: true}, bindingVersion: 0.3.0}, mqtt: {qos: 1}}}}\n",
			"d.yaml:3:47 asyncapi/binding error\nd.yaml:3:147 asyncapi/binding warning",
		},
	} {
		r := judgeBare(t, "d.yaml", c.text, source.Memory{"memory:///m.yaml": "playload: {}\n"})
		var got []string
		for line := range strings.SplitSeq(show(r.Findings), "\n") {
			words := strings.SplitN(line, " ", 4)
			got = append(got, strings.Join(words[:min(3, len(words))], " "))
		}
		if strings.Join(got, "\n") != c.want {
			t.Errorf("%s: got\n%s", name, show(r.Findings))
		}
	}
}
