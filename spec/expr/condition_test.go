package expr_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/spec/expr"
	"github.com/weft-dev/weft/text/diag"
)

func TestSimpleConditions(t *testing.T) {
	t.Parallel()
	env := values{
		"$statusCode":            json.Number("200"),
		"$response.header.limit": "10",
		"$response.body": data(t, `{"status": "Confirmed", "count": 3, "big": 12345678901234567890, "none": null,
			"yes": true, "no": false, "text": "true", "list": [1, "A"], "object": {"a": "X"}, "a b": 1, "q": "it's"}`),
		"$inputs.threshold": json.Number("2.0"),
		"$inputs.list":      data(t, `[1.0, "a"]`),
		"$message.payload":  nil,
	}
	for condition, want := range map[string]bool{
		// The examples of the specification.
		"$statusCode == 200": true,
		"$statusCode == 200 && $response.body.status != null": true,
		"$response.body.count > $inputs.threshold":            true,

		// Comparisons.
		"$statusCode==200": true, "$statusCode!=200": false, "$statusCode < 300": true, "$statusCode<=200": true,
		"$statusCode>=201": false, "$statusCode > 199.5": true, "200 == $statusCode": true, "2e2 == $statusCode": true,
		"$response.body#/big == 12345678901234567890": true, "$response.body#/big == 12345678901234567891": false,
		"-1 < 0": true, "1 == 1.0": true,

		// Strings: without regard to case, quotes doubled.
		"$response.body#/status == 'CONFIRMED'": true, "$response.body#/status != 'confirmed'": false,
		"'apple' < 'BANANA'": true, "'B' > 'a'": true, "'ſ' == 'S'": true, "'ß' == 'ss'": false, "'K' == 'k'": true,
		"$response.body#/q == 'it''s'": true, "'' == ''": true, "'a' < 'ab'": true,

		// A numeric string counts as a number only against one.
		"$response.header.limit > 9": true, "$response.header.limit == 10.0": true, "'10' < '9'": true,
		"'10' == '10.0'": false, "'ten' == 10": false, "'ten' < 10": false, "'ten' != 10": true, "' 10' == 10": false, "'0x0a' == 10": false,

		// null, booleans, missing.
		"null == null": true, "null != null": false, "$response.body#/none == null": true, "$response.body#/none != null": false,
		"$response.body#/none == false": false, "null <= null": false, "$message.payload != null": false,
		"$response.body#/yes == true": true, "$response.body#/text == true": false, "true > false": false, "true == 1": false,
		"$response.body#/nope == null": false, "$response.body#/nope != null": false, "$response.body#/nope != 1": false,
		"$response.body#/nope == $response.body#/nope": false,

		// Only true is truthy; "!" of something missing fails.
		"$response.body#/yes": true, "$response.body#/no": false, "$response.body#/text": false, "$statusCode": false,
		"$response.body#/none": false, "$response.body#/nope": false, "!$response.body#/no": true, "!$response.body#/yes": false,
		"!$response.body#/none": true, "!$response.body#/nope": false, "!!$response.body#/yes": true, "!($statusCode == 201)": true,
		"!$statusCode == 200": false, "!$response.body#/no == true": true, "true": true, "false": false,

		// Precedence and grouping.
		"true || false && false": true, "(true || false) && false": false, "!false && true": true,
		"1 == 1 && 2 == 3 || 3 == 3": true, "( ( $statusCode == 200 ) )": true, "($statusCode == 200) == true": true,
		"$statusCode==200||$statusCode==201": true, "$statusCode == 404 || $response.body#/yes": true,

		// Arrays and objects.
		"$response.body#/list == $inputs.list": true, "$response.body#/list < $inputs.list": false,
		"$response.body#/object == $response.body#/object": true, "$response.body#/object == 'x'": false,
		"$response.body#/list[0] == 1": false, "$response.body.list[0] == 1": true, "$response.body['a b'] == 1": true,

		// Braces lift the limits on what an expression may contain.
		"{$response.body#/a b} == 1": true, "$response.body#/list/0==1": true,
		"\n\t$statusCode\r\n==\n200 ": true,
	} {
		c, problems := expr.ParseCondition(condition)
		if c == nil {
			t.Errorf("%s: %v", condition, problems)
			continue
		}
		if got := c.Eval(env); got != want {
			t.Errorf("%s is %v", condition, got)
		}
		if out := c.Explain(env); out.Passed != want {
			t.Errorf("%s is explained as %v", condition, out)
		}
	}
}

func TestConditionProblems(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, at, help string
		severity       diag.Severity
	}{
		{"", "", "write one", diag.Error},
		{"  ", "  ", "write one", diag.Error},
		{"$statusCode = 200", "=", "write ==", diag.Error},
		{"$statusCode === 200", "===", "write ==", diag.Error},
		{"$statusCode == 200 and true", "and", "write &&", diag.Error},
		{"$statusCode == 200 & true", "&", "write &&", diag.Error},
		{"$statusCode == 200 OR true", "OR", "write ||", diag.Error},
		{"not true", "not", "write !", diag.Error},
		{"$response.body#/s == confirmed", "confirmed", "'confirmed'", diag.Error},
		{"$response.body#/s == True", "True", "write true", diag.Error},
		{"statusCode == 200", "statusCode", "write $statusCode", diag.Error},
		{"$statusCode == 'a", "'a", "single quotes", diag.Error},
		{"$statusCode == 01", "01", "number", diag.Error},
		{"$statusCode == 2xx", "2xx", "number", diag.Error},
		{"1 < $statusCode < 3", "1 < $statusCode <", "&&", diag.Error},
		{"($statusCode == 200", "(", "", diag.Error},
		{"$statusCode == 200)", ")", "compares", diag.Error},
		{"$statusCode ==", "=", "", diag.Error},
		{"$statusCode == {$inputs.a", "{", "", diag.Error},
		{"$input.a == 1", "$input", "did you mean $inputs?", diag.Error},
		{"$[?count(@.x) > 0]", "$[?count", "jsonpath", diag.Error},
		{`$response.body#/s == "it's"`, `"it's"`, "'it''s'", diag.Warning},
		{"$response.body.s == 1", ".s", "#/s", diag.Warning},
		{"{$statusCode} == 200", "{$statusCode}", "$statusCode", diag.Info},
		{"$statusCode == 200 || 201", "201", "never", diag.Warning},
		{"$statusCode < null", "$statusCode < null", "== or !=", diag.Warning},
	} {
		condition, problems := expr.ParseCondition(c.text)
		if len(problems) == 0 || (condition == nil) != (c.severity == diag.Error) {
			t.Errorf("%s: %v with %v", c.text, condition, problems)
			continue
		}
		p := problems[0]
		at := c.text[p.Offset : p.Offset+p.Length]
		if p.Severity != c.severity || !strings.HasPrefix(at, c.at) || !strings.Contains(p.Message+p.Help, c.help) {
			t.Errorf("%s: %v points at %q, want %s at %q with %q", c.text, p, at, c.severity, c.at, c.help)
		}
	}
	for _, text := range []string{strings.Repeat("(", 5000) + "true", strings.Repeat("!", 5000) + "true", strings.Repeat("a", 1<<20)} {
		if c, _ := expr.ParseCondition(text); c != nil {
			t.Errorf("a condition of %d bytes that nests without end is accepted", len(text))
		}
	}
}

func TestExplainShowsBothSides(t *testing.T) {
	t.Parallel()
	env := values{"$statusCode": json.Number("404"), "$response.body": data(t, `{"ok": null}`)}
	c, problems := expr.ParseCondition("$statusCode == 200 || ( $response.body#/ok != null ) || $response.body#/x > 1 || $response.body#/ok")
	if c == nil {
		t.Fatal(problems)
	}
	got := c.Explain(env)
	want := []expr.Comparison{
		{Text: "$statusCode == 200", Op: "==", Left: expr.Operand{Text: "$statusCode", Value: json.Number("404")}, Right: expr.Operand{Text: "200", Value: json.Number("200")}},
		{Text: "( $response.body#/ok != null )", Op: "!=", Left: expr.Operand{Text: "$response.body#/ok"}, Right: expr.Operand{Text: "null"}},
		{Text: "$response.body#/x > 1", Op: ">", Left: expr.Operand{Text: "$response.body#/x", Missing: true}, Right: expr.Operand{Text: "1", Value: json.Number("1")}},
		{Text: "$response.body#/ok", Op: "is true", Left: expr.Operand{Text: "$response.body#/ok"}},
	}
	if diff := cmp.Diff(want, got.Comparisons); diff != "" || got.Passed {
		t.Errorf("passed is %v; comparisons: %s", got.Passed, diff)
	}
	var missing *expr.MissingError
	if !errors.As(got.Err, &missing) || missing.Error() != "no value for $response.body#/x" {
		t.Errorf("error is %v", got.Err)
	}
	if diff := cmp.Diff([]expr.Ref{{Root: expr.StatusCode}, {Root: expr.Response, Part: expr.Body}}, c.Refs()[:2]); diff != "" {
		t.Error(diff)
	}
}

func TestCriteria(t *testing.T) {
	t.Parallel()
	env := values{
		"$statusCode":                  json.Number("201"),
		"$response.body":               data(t, `{"status": "ok", "pets": [], "items": [{"sku": "a\"b'c", "n": 1}]}`),
		"$response.body.status":        "ok",
		"$inputs.sku":                  `a"b'c`,
		"$inputs.pattern":              "o.",
		"$inputs.n":                    json.Number("1"),
		"$message.payload":             nil,
		"$steps.xml.outputs.doc":       `<r xmlns:p="urn:p"><p:s>OK</p:s><price>12</price></r>`,
		"$steps.xml.outputs.notXML":    "<r>",
		"$steps.xml.outputs.min":       json.Number("10"),
		"$steps.xml.outputs.quoted":    `it's`,
		"$steps.xml.outputs.quotedDoc": `<r><a>it's</a></r>`,
	}
	for _, c := range []struct {
		source expr.CriterionSource
		want   bool
		err    string
	}{
		{expr.CriterionSource{Condition: "$statusCode == 201"}, true, ""},
		{expr.CriterionSource{Condition: "$statusCode == 201", Type: "simple"}, true, ""},
		{expr.CriterionSource{Condition: `^2\d{2}$`, Context: "$statusCode", Type: "regex"}, true, ""},
		{expr.CriterionSource{Condition: `20`, Context: "$statusCode", Type: "regex"}, true, ""},
		{expr.CriterionSource{Condition: `^({$inputs.pattern})$`, Context: "$response.body#/status", Type: "regex"}, true, ""},
		{expr.CriterionSource{Condition: `OK`, Context: "$response.body#/status", Type: "regex"}, false, ""},
		{expr.CriterionSource{Condition: `"pets":\[\]`, Context: "$response.body", Type: "regex"}, true, ""},
		{expr.CriterionSource{Condition: `.*`, Context: "$message.payload", Type: "regex"}, false, ""},
		{expr.CriterionSource{Condition: `.*`, Context: "$response.body#/x", Type: "regex"}, false, "no value for $response.body#/x"},
		{expr.CriterionSource{Condition: `a{$inputs.none}`, Context: "$statusCode", Type: "regex"}, false, "no value for $inputs.none"},
		{expr.CriterionSource{Condition: `({$inputs.sku}`, Context: "$statusCode", Type: "regex"}, false, "missing closing )"},

		{expr.CriterionSource{Condition: "$.pets", Context: "$response.body", Type: "jsonpath"}, true, ""},
		{expr.CriterionSource{Condition: "$.pets[*]", Context: "$response.body", Type: "jsonpath"}, false, ""},
		{expr.CriterionSource{Condition: `$.items[?@.sku == "{$inputs.sku}"]`, Context: "$response.body", Type: "jsonpath"}, true, ""},
		{expr.CriterionSource{Condition: `$.items[?@.sku == '{$inputs.sku}']`, Context: "$response.body", Type: "jsonpath", Version: "rfc9535"}, true, ""},
		{expr.CriterionSource{Condition: `$.items[?@.n == {$inputs.n}]`, Context: "$response.body", Type: "jsonpath"}, true, ""},
		{expr.CriterionSource{Condition: `$.items[?@.n == {$inputs.sku}]`, Context: "$response.body", Type: "jsonpath"}, false, "unexpected"},
		{expr.CriterionSource{Condition: "$", Context: "$message.payload", Type: "jsonpath"}, false, ""},

		{expr.CriterionSource{Condition: "/r/p:s[text()='OK']", Context: "$steps.xml.outputs.doc", Type: "xpath", Version: "xpath-10"}, true, ""},
		{expr.CriterionSource{Condition: "/r/price[. > {$steps.xml.outputs.min}]", Context: "$steps.xml.outputs.doc", Type: "xpath"}, true, ""},
		{expr.CriterionSource{Condition: "count(/r/price) - 1", Context: "$steps.xml.outputs.doc", Type: "xpath"}, false, ""},
		{expr.CriterionSource{Condition: "string(/r/none)", Context: "$steps.xml.outputs.doc", Type: "xpath"}, false, ""},
		{expr.CriterionSource{Condition: "/r[a='{$steps.xml.outputs.quoted}']", Context: "$steps.xml.outputs.quotedDoc", Type: "xpath"}, true, ""},
		{expr.CriterionSource{Condition: "/r", Context: "$steps.xml.outputs.notXML", Type: "xpath"}, false, "not well-formed"},
		{expr.CriterionSource{Condition: "/r", Context: "$response.body", Type: "xpath"}, false, "the context is an object"},
		{expr.CriterionSource{Condition: "/q:r", Context: "$steps.xml.outputs.doc", Type: "xpath"}, false, "no prefix"},
	} {
		criterion, problems := expr.NewCriterion(c.source)
		if criterion == nil {
			t.Errorf("%v: %v", c.source, problems)
			continue
		}
		out := criterion.Eval(env)
		if out.Passed != c.want || (out.Err != nil) != (c.err != "") || out.Err != nil && !strings.Contains(out.Err.Error(), c.err) {
			t.Errorf("%v: %+v, want %v and error %q", c.source, out, c.want, c.err)
		}
	}
}

func TestCriterionProblems(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		source     expr.CriterionSource
		path, want string
		severity   diag.Severity
	}{
		{expr.CriterionSource{Condition: "x", Type: "jsonPath"}, "/type", "did you mean jsonpath?", diag.Error},
		{expr.CriterionSource{Condition: "$.x", Type: "jsonpath"}, "/context", "needs a context", diag.Error},
		{expr.CriterionSource{Condition: "$.x", Type: "jsonpath", Context: "response.body"}, "/context", "write $response.body", diag.Error},
		{expr.CriterionSource{Condition: "$.x ", Type: "jsonpath", Context: "$response.body"}, "/condition", "blanks", diag.Error},
		{expr.CriterionSource{Condition: "$[?@.a == '{$inputs.x}'", Type: "jsonpath", Context: "$response.body"}, "/condition", "ends too early", diag.Error},
		{expr.CriterionSource{Condition: "$.a", Type: "jsonpath", Version: "rfc9353", Context: "$response.body"}, "/version", "did you mean rfc9535?", diag.Error},
		{expr.CriterionSource{Condition: "$.a", Type: "jsonpath", Version: "draft-goessner-dispatch-jsonpath-00", Context: "$response.body"}, "/version", "RFC 9535", diag.Info},
		{expr.CriterionSource{Condition: "$[?count(@.pets) > 0]", Type: "jsonpath", Context: "$response.body"}, "/condition", "write $.pets[*]", diag.Warning},
		{expr.CriterionSource{Condition: "true", Version: "rfc9535"}, "/version", "no version", diag.Error},
		{expr.CriterionSource{Condition: "(?=a)b", Type: "regex", Context: "$statusCode"}, "/condition", "look-ahead", diag.Error},
		{expr.CriterionSource{Condition: "(?<!a)b", Type: "regex", Context: "$statusCode"}, "/condition", "look-behind", diag.Error},
		{expr.CriterionSource{Condition: `(a)\1`, Type: "regex", Context: "$statusCode"}, "/condition", "back-reference", diag.Error},
		{expr.CriterionSource{Condition: `(a`, Type: "regex", Context: "$statusCode"}, "/condition", "missing closing )", diag.Error},
		{expr.CriterionSource{Condition: `a{1001}`, Type: "regex", Context: "$statusCode"}, "/condition", "repeat", diag.Error},
		{expr.CriterionSource{Condition: "//a ! string(.)", Type: "xpath", Context: "$response.body"}, "/condition", "not part of XPath 1.0", diag.Error},
		{expr.CriterionSource{Condition: "//a[b = '{$inputs.x}'", Type: "xpath", Context: "$response.body"}, "/condition", "too early", diag.Error},
		{expr.CriterionSource{Condition: "//a", Type: "xpath", Version: "xpath-11", Context: "$response.body"}, "/version", "did you mean xpath-", diag.Error},
		{expr.CriterionSource{Condition: `{$input.x}`, Type: "regex", Context: "$statusCode"}, "/condition", "did you mean $inputs?", diag.Error},
	} {
		criterion, problems := expr.NewCriterion(c.source)
		if (criterion == nil) != (c.severity == diag.Error) || len(problems) != 1 {
			t.Errorf("%v: %v with %v", c.source, criterion, problems)
			continue
		}
		if p := problems[0]; p.Path != c.path || p.Severity != c.severity || !strings.Contains(p.Message+" "+p.Help, c.want) {
			t.Errorf("%v: %v, want %s at %s with %q", c.source, p, c.severity, c.path, c.want)
		}
	}
}
