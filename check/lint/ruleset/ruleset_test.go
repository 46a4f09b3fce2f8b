package ruleset_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/weft-dev/weft/check/lint/rules"
	"github.com/weft-dev/weft/check/lint/ruleset"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
)

const today = "2026-06-15"

// load reads a ruleset from memory; others are files beside it.
func load(t testing.TB, text string, others source.Memory) *ruleset.Ruleset {
	t.Helper()
	files := source.Memory{}
	for name, text := range others {
		files["file:///p/"+name] = text
	}
	file := source.NewFile("file:///p/weft.yaml", "weft.yaml", []byte(text))
	return ruleset.For(rules.Linter()).Load(t.Context(), ref.New(files, ref.Options{}), file, today)
}

// judge gives the findings of a document by a ruleset, a line each.
func judge(t testing.TB, rs *ruleset.Ruleset, name, text string, others source.Memory) []string {
	t.Helper()
	file := source.NewFile("file:///p/"+name, name, []byte(text))
	return lines(rules.Linter().LintBy(t.Context(), ref.New(others, ref.Options{}), file, rs).Findings)
}

func lines(list []diag.Diagnostic) []string {
	var out []string
	for _, d := range list {
		start, _ := d.Span.Range()
		line := fmt.Sprintf("%s:%d:%d %s %s: %s", d.Span.File.Name(), start.Line, start.Column, d.Severity, d.Code, d.Message)
		if d.Help != "" {
			line += " [" + d.Help + "]"
		}
		out = append(out, line)
	}
	return out
}

// only are the lines about some codes.
func only(list []string, codes ...string) []string {
	return slices.DeleteFunc(list, func(line string) bool {
		return !slices.ContainsFunc(codes, func(c string) bool { return strings.Contains(line, " "+c) })
	})
}

func want(t *testing.T, got []string, wanted ...string) {
	t.Helper()
	if !slices.Equal(got, wanted) {
		t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(wanted, "\n  "))
	}
}

const document = `asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
channels:
  orders: {address: orders/}
  users: {address: users/}
`

func TestSeverities(t *testing.T) {
	t.Parallel()
	const at = "d.yaml:4:21 %s asyncapi/address-slash: the address ends in a slash"
	const code = "asyncapi/address-slash"
	for text, severity := range map[string]string{
		"":                                       "warning",
		"rules: {asyncapi/address-slash: error}": "error",
		"rules: {asyncapi/address-slash: hint}":  "hint",
		"rules: {asyncapi/address-slash: off}":   "",
		"rules: {asyncapi/*: off}":               "",
		"rules: {'*': info}":                     "info",
		"rules: {asyncapi/address-slash: error, asyncapi/*: off}":                    "error",
		"rules: {asyncapi/*: off, asyncapi/address-slash: on}":                       "warning",
		"rules: {asyncapi/address-slash: {severity: error}}":                         "error",
		"extends: weft:strict":                                                       "error",
		"extends: weft:off":                                                          "",
		"extends: [weft:strict, weft:recommended]":                                   "warning",
		"extends: weft:off\nrules: {asyncapi/address-slash: info}":                   "info",
		"overrides: [{files: d.yaml, rules: {asyncapi/address-slash: error}}]":       "error",
		"overrides: [{files: [other.yaml], rules: {asyncapi/address-slash: error}}]": "warning",
		"overrides: [{files: '**/*.yaml', rules: {asyncapi/*: off}}]":                "",
		"extends: base.yaml":                                                         "hint",
		"extends: base.yaml\nrules: {asyncapi/address-slash: error}":                 "error",
		"extends: [base.yaml, weft:recommended]":                                     "warning",
	} {
		rs := load(t, text, source.Memory{"base.yaml": "rules: {asyncapi/address-slash: hint}"})
		want(t, lines(rs.Findings))
		got := only(judge(t, rs, "d.yaml", document, nil), code)
		switch {
		case severity == "" && len(got) == 0:
		case len(got) == 2 && strings.HasPrefix(got[0], fmt.Sprintf(at, severity)):
		default:
			t.Errorf("%s: want %q, got %q", text, severity, got)
		}
	}
}

func TestFaultsOfARuleset(t *testing.T) {
	t.Parallel()
	others := source.Memory{
		"circle.yaml": "extends: weft.yaml", "self.yaml": "extends: ./self.yaml",
		"broken.yaml": "rules: {a", "wrong.yaml": "rulez: {}",
	}
	for text, wanted := range map[string][]string{
		"rulez: {}":                                                         {`weft.yaml:1:1 error weft/unknown-field: unknown field "rulez" in a ruleset [did you mean "rules"?]`},
		"rules: {asyncapi/adress-slash: off}":                               {`weft.yaml:1:9 error weft/unknown-field: unknown field "asyncapi/adress-slash" in a map of rules [did you mean "asyncapi/address-slash"?]`},
		"rules: {practise/*: off}":                                          {`weft.yaml:1:9 error weft/unknown-rule: no finding has the code "practise/*"`},
		"rules: {asyncapi/address-slash: fatal}":                            {`weft.yaml:1:33 error weft/bad-value: "asyncapi/address-slash" cannot be "fatal"`},
		"rules: {text/syntax: off}":                                         {`weft.yaml:1:22 error weft/fixed-severity: text/syntax always counts: what could not be read was not judged [remove it]`},
		"extends: weft:strickt":                                             {`weft.yaml:1:10 error weft/extends: there is no set of rules "weft:strickt" [did you mean "weft:strict"?]`},
		"extends: nowhere.yaml":                                             {`weft.yaml:1:10 error weft/extends: /p/nowhere.yaml: there is no such document`},
		"extends: circle.yaml":                                              {`/p/circle.yaml:1:10 error weft/extends-cycle: "weft.yaml" extends, by this or by others, itself [remove one of the ways]`},
		"extends: self.yaml":                                                {`/p/self.yaml:1:10 error weft/extends-cycle: "/p/self.yaml" extends, by this or by others, itself [remove one of the ways]`},
		"extends: wrong.yaml":                                               {`/p/wrong.yaml:1:1 error weft/unknown-field: unknown field "rulez" in a ruleset [did you mean "rules"?]`},
		"ignores: [{code: asyncapi/binding}]":                               {`weft.yaml:1:11 error weft/missing-field: an ignore needs the field "reason"`},
		"ignores: [{code: asyncapi/bindin, reason: r}]":                     {`weft.yaml:1:18 error weft/unknown-rule: no finding has the code "asyncapi/bindin" [did you mean "asyncapi/binding"?]`},
		"ignores: [{code: asyncapi/binding, reason: r, until: soon}]":       {`weft.yaml:1:54 error weft/bad-value: "until" should be a date such as 2027-01-31, not "soon"`},
		"ignores: [{code: asyncapi/binding, reason: r, until: 2026-02-30}]": {`weft.yaml:1:54 error weft/bad-value: "2026-02-30" is no date of the calendar`, `weft.yaml:1:54 warning weft/ignore-expired: this was ignored until a day that is over [mend what was ignored, or say until when it is to be ignored now]`},
		"custom: {a: {given: chanels, then: {truthy: true}}}":               {`weft.yaml:1:21 error weft/given: "chanels" is nothing that can be looked at [did you mean "channels"?]`},
		"custom: {a: {given: '$.a[', then: {truthy: true}}}":                {`weft.yaml:1:21 error weft/given: the JSONPath cannot be read: `},
		"custom: {a: {given: channels, then: {field: b}}}":                  {`weft.yaml:1:31 error weft/no-check: this asks for nothing [add a check, such as "truthy: true"]`},
		"custom: {a: {given: channels, then: {pattern: '(?=a)'}}}":          {"weft.yaml:1:47 error weft/pattern: the regular expression cannot be read: invalid or unsupported Perl syntax: `(?=` [patterns are of the RE2 kind, without look-ahead and back-references]"},
		"custom: {a: {given: channels, then: {casing: kebap}}}":             {`weft.yaml:1:46 error weft/bad-value: "casing" cannot be "kebap": it is one of "camel", "pascal", "kebab", "snake", "dot", "flat", "constant", "cobol" or "path" [did you mean "kebab"?]`},
		"custom: {a b: {given: channels, then: {truthy: true}}}":            {`weft.yaml:1:10 error weft/bad-key: `},
		"rules: {custom/x: off}":                                            {`weft.yaml:1:9 error weft/unknown-rule: no finding has the code "custom/x"`},
	} {
		got := lines(load(t, text, others).Findings)
		ok := len(got) == len(wanted)
		for i := range wanted {
			ok = ok && strings.HasPrefix(got[i], wanted[i])
		}
		if !ok {
			t.Errorf("%s: got\n  %s\nwant\n  %s", text, strings.Join(got, "\n  "), strings.Join(wanted, "\n  "))
		}
	}
}

func TestIgnores(t *testing.T) {
	t.Parallel()
	for text, wanted := range map[string]int{
		"{code: asyncapi/address-slash, reason: r}":                                      0,
		"{code: ['*'], reason: r}":                                                       0,
		"{code: asyncapi/address-slash, reason: r, path: /channels/orders}":              1,
		"{code: asyncapi/address-slash, reason: r, path: /channels/*/address}":           0,
		"{code: asyncapi/address-slash, reason: r, path: [/channels/a, '/**/users/**']}": 1,
		"{code: asyncapi/address-slash, reason: r, files: other.yaml}":                   2,
		"{code: asyncapi/address-slash, reason: r, files: sub/*.yaml}":                   0,
		"{code: asyncapi/address-slash, reason: r, until: 2026-06-15}":                   0,
		"{code: asyncapi/address-slash, reason: r, until: 2026-06-14}":                   2,
	} {
		rs := load(t, "extends: weft:off\nrules: {asyncapi/address-slash: on}\nignores: ["+text+"]", nil)
		file := source.NewFile("file:///p/sub/d.yaml", "d.yaml", []byte(document))
		got := rules.Linter().LintBy(t.Context(), ref.New(nil, ref.Options{}), file, rs).Findings
		if len(got) != wanted {
			t.Errorf("%s: got %q", text, lines(got))
		}
		if left := rs.Leftover([]*source.File{file}); len(left) > 0 {
			t.Errorf("%s: left over %q", text, lines(left))
		}
	}
}

func TestWhatNothingIgnoresIsTold(t *testing.T) {
	t.Parallel()
	rs := load(t, "ignores:\n- {code: asyncapi/binding, reason: r}\n- {code: asyncapi/binding, reason: r, files: other.yaml}\n", nil)
	file := source.NewFile("file:///p/d.yaml", "d.yaml", []byte(document))
	rules.Linter().LintBy(t.Context(), ref.New(nil, ref.Options{}), file, rs)
	want(t, lines(rs.Leftover([]*source.File{file})), "weft.yaml:2:10 info weft/ignore-unused: nothing that was judged has a finding that this ignores [remove it]")
}

// Files that extend one another twice each would be read for ever.
func TestManyWaysToOneFileAreBounded(t *testing.T) {
	t.Parallel()
	others := source.Memory{}
	for i := range 40 {
		others[fmt.Sprintf("f%d.yaml", i)] = fmt.Sprintf("extends: [f%d.yaml, f%d.yaml]", i+1, i+1)
	}
	others["f40.yaml"] = "rules: {}"
	got := lines(load(t, "extends: f0.yaml", others).Findings)
	if len(got) != 1 || !strings.Contains(got[0], "more than 100 files are extended") {
		t.Errorf("got %q", got)
	}
}
