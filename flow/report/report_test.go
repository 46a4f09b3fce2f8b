package report_test

import (
	"encoding/json"
	"encoding/xml"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/flow/report"
)

func TestValuesAreWrittenWithoutSecretsAndBounded(t *testing.T) {
	t.Parallel()
	value := map[string]any{
		"access_token": "abc", "X-Api-Key": "abc", "passWord": "abc", "token": "abc", "tokens": json.Number("7"), "n": nil, "list": []any{true, "a<b", map[string]any{}, []any{}},
	}
	want := `{"X-Api-Key":"***","access_token":"***","list":[true,"a<b",{},[]],"n":null,"passWord":"***","token":"***","tokens":7}`
	if got := report.Compact(value, 1000); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := report.Pretty(map[string]any{"a": []any{json.Number("1")}}, 100); got != "{\n  \"a\": [\n    1\n  ]\n}" {
		t.Errorf("got %s", got)
	}
	deep := any("x")
	for range 100_000 {
		deep = []any{deep}
	}
	for name, value := range map[string]any{
		"a long text": strings.Repeat("ü", 1<<20), "a deep value": deep, "control characters": strings.Repeat("\x01", 1<<20),
		"many members": map[string]any{strings.Repeat("k", 1<<20): "v"},
	} {
		for _, got := range []string{report.Compact(value, 101), report.Pretty(value, 101)} {
			if len(got) > 101+len("…") || !strings.HasSuffix(got, "…") {
				t.Errorf("%s: %d bytes: %.200q", name, len(got), got)
			}
		}
	}
}

func TestAddressesAreShownWithoutSecrets(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"/orders/{orderId}":                          "/orders/{orderId}",
		"http://a/b?status=open&api_key=1":           "http://a/b?status=open&api_key=***",
		"http://a/b?access%5Ftoken=1":                "http://a/b?access%5Ftoken=***",
		"http://ann:secret@a:1/b?x=1#frag":           "http://***@a:1/b?x=1",
		"http://ann:secret@a/%zz?password=1":         "a/%zz",
		"orders.placed":                              "orders.placed",
		"https://a/cb?X-Amz-Signature=1&secret_id=2": "https://a/cb?X-Amz-Signature=1&secret_id=***",
	} {
		if got := report.Address(address); got != want {
			t.Errorf("%s is shown as %s, want %s", address, got, want)
		}
	}
}

// hostile is a name that would like to be more than a name.
const hostile = `<img src=x onerror=alert(1)>]]>&"'` + "\x1b[2J"

func recorded() (*report.Recorder, *engine.Result) {
	began := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	at := func(ms int) time.Time { return began.Add(time.Duration(ms) * time.Millisecond) }
	failure := &machine.Failure{
		Code: machine.FailCriteria, Step: hostile, Message: "it is false", Help: "do " + hostile,
		Criteria: []machine.CriterionResult{{Condition: "$statusCode == 200", Detail: "$statusCode is 404"}},
	}
	r := report.NewRecorder()
	for _, h := range []machine.Happening{
		{Kind: machine.RunBegan, At: at(0)},
		{Kind: machine.StepBegan, At: at(0), Step: hostile, Attempt: 1},
		{Kind: machine.RequestSent, At: at(1), Step: hostile, Method: "GET", Address: "/a/{b}"},
		{
			Kind: machine.ResponseCame, At: at(10), Step: hostile, Method: "GET", Address: "http://x/a/1?token=geheim", Status: 404,
			Headers: map[string]any{"Set-Cookie": "geheim", "X-A": hostile}, Payload: map[string]any{"accessToken": "geheim", "why": hostile},
		},
		{Kind: machine.RetryPlanned, At: at(10), Step: hostile, Text: "again: retry 1 of 1", Until: at(30), Failure: failure},
		{Kind: machine.StepBegan, At: at(30), Step: hostile, Attempt: 2},
		{Kind: machine.WaitBegan, At: at(30), Step: hostile, Address: "orders", Attempt: 2},
		{Kind: machine.MessageCame, At: at(50), Step: hostile, Address: "orders", Payload: "x"},
		{Kind: machine.StepEnded, At: at(60), Step: hostile, Took: 60 * time.Millisecond, Failure: failure},
		{Kind: machine.Noted, At: at(60), Text: "output x has no value"},
		{Kind: machine.RunEnded, At: at(60)},
	} {
		h.Workflow, h.StepKind = "w", plan.Call
		r.Observe(h)
	}
	return r, &engine.Result{
		Run: "run-1", Workflow: "w", Status: "failed", Started: began, DurationMs: 60, Outputs: map[string]any{"a": hostile},
		Error: &engine.Error{Code: "criteria", Step: hostile, Message: "it is false"},
		Steps: []engine.Step{
			{ID: hostile, Kind: "call", Status: "failed", Attempts: 2, DurationMs: 60, Error: &engine.Error{Code: "criteria", Message: "it is false"}},
			{ID: "later", Kind: "send", Status: "skipped"},
		},
	}
}

func TestAReportShowsWhenAndWhyAndNoSecrets(t *testing.T) {
	t.Parallel()
	recorder, result := recorded()
	r := recorder.Report(result)
	var page, junit strings.Builder
	if err := r.HTML(&page); err != nil {
		t.Fatal(err)
	}
	if err := r.JUnit(&junit); err != nil {
		t.Fatal(err)
	}
	for form, text := range map[string]string{"HTML": page.String(), "JUnit": junit.String()} {
		for _, never := range []string{"geheim", "<img", "\x1b", "]]>"} {
			if strings.Contains(text, never) {
				t.Errorf("%s has %q:\n%s", form, never, text)
			}
		}
		for _, want := range []string{"404 from http:", "$statusCode is 404", "retry 1 of 1", "later"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s has no %q:\n%s", form, want, text)
			}
		}
	}
	for _, want := range []string{
		`<i class="bad" style="left:0.000%;width:16.667%">`, `<i class="delay" style="left:16.667%;width:33.333%">`, `<i class="wait" style="left:50.000%;width:33.333%">`,
		"never begun", "output x has no value",
	} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("the page has no %s:\n%s", want, &page)
		}
	}
	var suites struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Skipped  int `xml:"skipped,attr"`
		Suite    struct {
			Cases []struct {
				Name    string `xml:"name,attr"`
				Failure *struct {
					Type string `xml:"type,attr"`
				} `xml:"failure"`
				Skipped *struct{} `xml:"skipped"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal([]byte(junit.String()), &suites); err != nil {
		t.Fatal(err)
	}
	if suites.Tests != 2 || suites.Failures != 1 || suites.Skipped != 1 || len(suites.Suite.Cases) != 2 {
		t.Errorf("%+v", suites)
	}
	if cases := suites.Suite.Cases; cases[0].Failure == nil || cases[0].Failure.Type != "criteria" || cases[1].Skipped == nil {
		t.Errorf("%+v", cases)
	}
}

func TestARunThatFailsWithoutAStepIsAFailureInJUnit(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	result := &engine.Result{Workflow: "w", Status: "failed", Error: &engine.Error{Code: "subscribe", Message: "no broker"}}
	if err := report.NewRecorder().Report(result).JUnit(&b); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), `failures="1"`) || !strings.Contains(b.String(), "no broker") {
		t.Errorf("got %s", &b)
	}
}

func TestAReportIsBounded(t *testing.T) {
	t.Parallel()
	r := report.NewRecorder()
	now := time.Now()
	for i := range 11_000 {
		at := now.Add(time.Duration(i) * time.Millisecond)
		r.Observe(machine.Happening{Kind: machine.StepBegan, At: at, Workflow: "w", Step: "a"})
		r.Observe(machine.Happening{Kind: machine.MessageCame, At: at, Workflow: "w", Step: "a", Payload: strings.Repeat("x", 10_000)})
		r.Observe(machine.Happening{Kind: machine.StepEnded, At: at, Workflow: "w", Step: "a"})
	}
	made := r.Report(&engine.Result{Workflow: "w", Status: "succeeded", Started: now, Steps: []engine.Step{{ID: "a", Status: "succeeded"}}})
	if len(made.Rows) != 1 || len(made.Rows[0].Moments) != 20_000 || made.Left != 2_000 || len(made.Rows[0].Spans) > 2_000 {
		t.Errorf("%d rows, %d left", len(made.Rows), made.Left)
	}
	if len(made.Rows[0].Moments[0].Data) > 5_000 {
		t.Errorf("a moment has %d bytes", len(made.Rows[0].Moments[0].Data))
	}
}
