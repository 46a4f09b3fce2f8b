package arazzorules_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/check/lint/arazzorules"
	"github.com/weft-dev/weft/internal/corpus"
	"github.com/weft-dev/weft/internal/golden"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
)

const head = `arazzo: 1.1.0
info: {title: Orders, version: 1.0.0}
sourceDescriptions:
- {name: api, url: ./api.yaml, type: openapi}
- {name: events, url: ./events.yaml, type: asyncapi}
workflows:
`

// The sources that the examples of all rules call.
var exampleSources = source.Memory{
	"memory:///api.yaml": `openapi: 3.1.0
info: {title: Orders, version: 1.0.0}
paths:
  /orders: {post: {operationId: place, parameters: [{name: id, in: query, schema: {}}, {name: id, in: header, schema: {}}], responses: {'200': {description: ok}}}}
  /orders/{id}:
    get:
      operationId: read
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses: {'200': {description: ok}}
  /list:
    get:
      operationId: list
      parameters: [{name: limit, in: query, schema: {type: integer}}]
      responses: {'200': {description: ok}}
  /payments: {post: {operationId: pay, parameters: [{name: id, in: query, schema: {}}], responses: {'200': {description: ok}}}}
  /confirmations: {get: {operationId: confirm, responses: {'200': {description: ok}}}}
  /account:
    put:
      operationId: account
      security: [{key: []}]
      parameters: [{name: X-Trace, in: header, required: true, schema: {}}, {name: v, in: query, required: true, schema: {default: 1}}]
      requestBody: {required: true, content: {application/json: {}}}
      responses: {'200': {description: ok}}
  /status: {get: {operationId: status, responses: {'200': {description: ok}}}}
components: {securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}}
`,
	"memory:///events.yaml": `asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
channels: {orders: {address: orders}}
operations:
  orderPlaced: {action: receive, channel: {$ref: '#/channels/orders'}}
  status: {action: send, channel: {$ref: '#/channels/orders'}}
`,
}

// judge loads a document and gives all findings: of its structure and by rules.
func judge(t testing.TB, files source.Opener, uri string) []diag.Diagnostic {
	t.Helper()
	ws := ref.New(files, ref.Options{})
	file, err := ws.Open(t.Context(), uri)
	if err != nil {
		t.Fatal(err)
	}
	result := linter().Lint(t.Context(), ws, file.File)
	if result.Kind == "" {
		t.Fatalf("%s cannot be read: %v", uri, file.Findings)
	}
	return result.Findings
}

func linter() *lint.Linter { return &lint.Linter{Kinds: []lint.Kind{arazzorules.Kind()}} }

func judgeText(t testing.TB, text string) []diag.Diagnostic {
	t.Helper()
	files := maps.Clone(exampleSources)
	files["memory:///flow.yaml"] = text
	return judge(t, files, "memory:///flow.yaml")
}

func show(found []diag.Diagnostic) []string {
	var list []string
	for _, d := range found {
		line := fmt.Sprintf("%s %s %s: %s", d.Severity, d.Path, d.Code, d.Message)
		if d.Help != "" {
			line += " (" + d.Help + ")"
		}
		list = append(list, line)
	}
	return list
}

func whole(workflows string) string { return head + strings.TrimPrefix(workflows, "\n") }

// Every rule's good example is without findings, and its bad example has a
// finding of the rule and, but for warnings of others, nothing else.
func TestExamplesOfRules(t *testing.T) {
	t.Parallel()
	for _, rule := range arazzorules.Rules() {
		t.Run(string(rule.Code), func(t *testing.T) {
			t.Parallel()
			if rule.Summary == "" || rule.Why == "" || rule.Good == "" || rule.Bad == "" || rule.Severity == 0 {
				t.Errorf("the rule is not complete: %+v", rule)
			}
			for _, line := range show(judgeText(t, rule.Good)) {
				t.Errorf("good: %s", line)
			}
			count := 0
			for _, d := range judgeText(t, rule.Bad) {
				switch {
				case d.Code == rule.Code && d.Severity == rule.Severity:
					count++
				case d.Severity == diag.Error:
					t.Errorf("bad: %v", show([]diag.Diagnostic{d}))
				}
			}
			if count == 0 {
				t.Errorf("bad: the rule found nothing; others found %q", show(judgeText(t, rule.Bad)))
			}
		})
	}
}

func TestCodesAreTheirOwn(t *testing.T) {
	t.Parallel()
	seen := make(map[diag.Code]bool)
	for _, rule := range arazzorules.Rules() {
		if seen[rule.Code] {
			t.Errorf("two rules have the code %s", rule.Code)
		}
		seen[rule.Code] = true
	}
}

func local(t testing.TB, dir string) source.Opener {
	t.Helper()
	opener, err := source.Local(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { opener.Close() })
	return opener
}

// judgeFile gives the findings of a document of the corpus in lines.
func judgeFile(t testing.TB, opener source.Opener, path string) []diag.Diagnostic {
	t.Helper()
	return judge(t, opener, source.FileURI(path))
}

func TestPassingDocumentsHaveNoErrors(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(corpus.Dir(t), "arazzo", "pass")
	opener := local(t, dir)
	names, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil || len(names) < 20 {
		t.Fatalf("%d documents in %s: %v", len(names), dir, err)
	}
	for _, name := range names {
		for _, d := range judgeFile(t, opener, name) {
			if d.Severity == diag.Error {
				t.Errorf("%s: %v", filepath.Base(name), show([]diag.Diagnostic{d}))
			}
		}
	}
}

// The findings about the specification's own examples are all real faults of
// them; the golden file lists each.
func TestFindingsAboutTheExamples(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(corpus.Dir(t), "arazzo", "examples")
	opener := local(t, dir)
	var out strings.Builder
	for _, name := range documents(t, dir) {
		fmt.Fprintf(&out, "%s\n", filepath.Base(name))
		for _, line := range show(judgeFile(t, opener, name)) {
			fmt.Fprintf(&out, "  %s\n", line)
		}
	}
	golden.Assert(t, []byte(out.String()), "testdata/examples.golden")
}

func documents(t testing.TB, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	names = slices.DeleteFunc(names, func(name string) bool {
		data, err := os.ReadFile(name)
		return err != nil || !strings.HasPrefix(string(data), "arazzo:")
	})
	if len(names) == 0 {
		t.Fatalf("there is no Arazzo document in %s", dir)
	}
	return names
}

func TestFindingsOfSingleFaults(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		text string
		want []string
	}{
		"a cycle of three steps": {`
- workflowId: order
  steps:
    - {stepId: a, operationId: place, dependsOn: [b]}
    - {stepId: b, operationId: pay, dependsOn: [c]}
    - {stepId: c, operationId: confirm, dependsOn: [a]}
`, []string{"error /workflows/0/steps/2/dependsOn/0 arazzo/dependency-cycle: these wait for each other for ever: a → b → c → a (remove one of the dependencies)"}},
		"a step that depends on itself, and one of another workflow": {`
- workflowId: order
  dependsOn: [payment]
  steps:
    - {stepId: a, operationId: place, dependsOn: [a, $workflows.payment.steps.b]}
- workflowId: payment
  dependsOn: [order]
  steps:
    - {stepId: b, operationId: pay, dependsOn: [$workflows.order.steps.nothing]}
`, []string{
			"error /workflows/0/steps/0/dependsOn/0 arazzo/dependency-cycle: it depends on itself (remove this dependency)",
			"error /workflows/1/dependsOn/0 arazzo/dependency-cycle: these wait for each other for ever: order → payment → order (remove one of the dependencies)",
			`error /workflows/1/steps/0/dependsOn/0 arazzo/unknown-step: the workflow "order" has no step "nothing" (the steps are "a")`,
		}},
		"names within payloads, templates and conditions": {`
- workflowId: order
  inputs: {type: object, properties: {user: {type: object}, user.name: {type: string}}}
  steps:
    - stepId: place
      operationId: place
      requestBody:
        payload:
          name: $inputs.user.name
          city: $inputs.user.city
          note: "order of {$inputs.usr} and {$steps.first.outputs.x}"
          price: $5.00
      successCriteria:
        - condition: $response.body#/ok == $inputs.expected
      outputs: {id: '$response.body#/id'}
  outputs: {id: $steps.place.outputs.ID}
`, []string{
			`warning /workflows/0/steps/0/requestBody/payload/note arazzo/unknown-input: the workflow "order" declares no input "usr" (did you mean "user"?)`,
			`error /workflows/0/steps/0/requestBody/payload/note arazzo/unknown-reference: the workflow "order" has no step "first" (the steps are "place")`,
			`warning /workflows/0/steps/0/successCriteria/0/condition arazzo/unknown-input: the workflow "order" declares no input "expected" (the inputs are "user" and "user.name")`,
			`warning /workflows/0/outputs/id arazzo/unknown-output: the step "place" has no output "ID" (did you mean "id"?)`,
		}},
		"what an operation or workflow takes and requires": {`
- workflowId: order
  parameters: [{name: x-trace, in: header, value: t}]
  steps:
    - {stepId: a, operationId: account, parameters: [{name: x-key, in: header, value: k}, {name: Authorization, in: header, value: t}]}
    - {stepId: b, operationId: read, parameters: [{name: id, in: query, value: 1}]}
    - {stepId: c, workflowId: payment, parameters: [{name: amout, value: 1}]}
    - {stepId: d, workflowId: payment, parameters: [{name: amount, value: 1}]}
- workflowId: payment
  inputs: {type: object, required: [amount, currency], properties: {amount: {type: integer}, currency: {type: string, default: EUR}}}
  steps: [{stepId: pay, operationId: pay}]
`, []string{
			`warning /workflows/0/steps/0/operationId arazzo/missing-parameter: the operation "account" requires a body (give it in "requestBody")`,
			`warning /workflows/0/steps/1/operationId arazzo/missing-parameter: the operation "read" requires the parameter "id" in path (give it a value in "parameters")`,
			`warning /workflows/0/steps/1/parameters/0/name arazzo/unknown-parameter: the operation has the parameter "id" in path, not in query (write "in: path")`,
			`warning /workflows/0/steps/2/workflowId arazzo/missing-parameter: the workflow "payment" requires the input "amount" (give it a value in "parameters")`,
			`warning /workflows/0/steps/2/parameters/0/name arazzo/unknown-parameter: the workflow "payment" has no input "amout" (did you mean "amount"?)`,
		}},
		"targets of replacements": {`
- workflowId: order
  steps:
    - stepId: place
      operationId: place
      requestBody:
        contentType: application/json
        payload: {a: 1}
        replacements:
          - {target: a, value: 2}
          - {target: '$.a[', targetSelectorType: jsonpath, value: 2}
          - {target: '/items/{$inputs.index}', value: $steps.plce.outputs.id}
`, []string{
			"error /workflows/0/steps/0/requestBody/replacements/0/target expression/syntax: a JSON Pointer starts with / (write /a)",
			"error /workflows/0/steps/0/requestBody/replacements/1/target expression/syntax: the path ends too early (quote a name, as ['name'])",
			`error /workflows/0/steps/0/requestBody/replacements/2/value arazzo/unknown-reference: the workflow "order" has no step "plce" (did you mean "place"?)`,
		}},
		"operations and channels that are not there": {`
- workflowId: order
  steps:
    - {stepId: a, operationId: confrm}
    - {stepId: b, operationPath: '{$sourceDescriptions.api.url}#/paths/~1orders/get'}
    - {stepId: c, operationPath: '{$sourceDescriptions.api.url}#/paths/~1payments'}
    - {stepId: d, channelPath: '{$sourceDescriptions.events.url}#/channels/order', action: receive}
    - {stepId: e, channelPath: '{$sourceDescriptions.events.url}#/channels/orders', action: receive}
    - {stepId: f, operationPath: $sourceDescriptions.events.orderPlaced, action: send}
`, []string{
			`error /workflows/0/steps/0/operationId arazzo/unknown-operation: there is no operation "confrm" in the sources "api" and "events" (did you mean "confirm"?)`,
			`error /workflows/0/steps/1/operationPath arazzo/unknown-operation: there is no operation at "/paths/~1orders/get" in the source "api" (did you mean "/paths/~1orders/post"?)`,
			`error /workflows/0/steps/2/operationPath arazzo/unknown-operation: there is no operation at "/paths/~1payments" in the source "api" (this is a path; name its operation, as "/paths/~1payments/post")`,
			`error /workflows/0/steps/3/channelPath arazzo/unknown-operation: there is no channel at "/channels/order" in the source "events" (did you mean "orders"?)`,
			`warning /workflows/0/steps/5/operationPath arazzo/target-form: this is understood, but is not the form of "operationPath" (write "{$sourceDescriptions.<name>.url}#/paths/<path>/<method>", or name the operation by "operationId")`,
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, show(judgeText(t, whole(test.text)))); diff != "" {
				t.Errorf("the findings (-want +got):\n%s", diff)
			}
		})
	}
}

// The workflow that the project's own example runs is without any finding.
func TestTheExampleOfTheProject(t *testing.T) {
	t.Parallel()
	dir, err := filepath.Abs("../../../examples/place-order")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range show(judgeFile(t, local(t, dir), filepath.Join(dir, "place-order.arazzo.yaml"))) {
		t.Error(line)
	}
}

// A source may be an Arazzo description that has this one as its source.
func TestSourcesThatGoInACircle(t *testing.T) {
	t.Parallel()
	doc := func(own, other string) string {
		return "arazzo: 1.1.0\ninfo: {title: T, version: '1'}\nsourceDescriptions: [{name: other, url: " + other + ".yaml, type: arazzo}]\n" +
			"workflows: [{workflowId: " + own + ", steps: [{stepId: s, workflowId: $sourceDescriptions.other." + other + "}, {stepId: t, workflowId: $sourceDescriptions.other.nothing}]}]\n"
	}
	files := source.Memory{"memory:///a.yaml": doc("a", "b"), "memory:///b.yaml": doc("b", "a")}
	want := []string{`error /workflows/0/steps/1/workflowId arazzo/unknown-workflow: there is no workflow "nothing" in the source "other" (the workflows are "b")`}
	if diff := cmp.Diff(want, show(judge(t, files, "memory:///a.yaml"))); diff != "" {
		t.Errorf("the findings (-want +got):\n%s", diff)
	}
}

// Relative addresses are relative to $self; a document that is worked on in
// another place than where it is published finds its neighbours all the same.
func TestSourcesBesideADocumentWithSelf(t *testing.T) {
	t.Parallel()
	text := strings.Replace(whole("- workflowId: order\n  steps: [{stepId: a, operationId: placee}]\n"), "arazzo: 1.1.0\n", "arazzo: 1.1.0\n$self: https://example.com/flows/order.yaml\n", 1)
	want := []string{`error /workflows/0/steps/0/operationId arazzo/unknown-operation: there is no operation "placee" in the sources "api" and "events" (did you mean "place"?)`}
	if diff := cmp.Diff(want, show(judgeText(t, text))); diff != "" {
		t.Errorf("the findings (-want +got):\n%s", diff)
	}
}

// Sources without a type or an address, and of a type that only an extension
// says, are judged as far as they go.
func TestOddSources(t *testing.T) {
	t.Parallel()
	text := "arazzo: 1.0.1\ninfo: {title: T, version: '1'}\nsourceDescriptions: [{name: a, x-is-asyncapi: true, url: api.yaml}, {name: b}, {name: c, url: ''}]\n" +
		"workflows: [{workflowId: w, steps: [{stepId: s, operationId: $sourceDescriptions.a.place}]}]\n"
	var codes []string
	for _, d := range judgeText(t, text) {
		codes = append(codes, d.Path+" "+string(d.Code))
	}
	want := []string{
		"/sourceDescriptions/0 arazzo/source-type",
		"/sourceDescriptions/0/x-is-asyncapi arazzo/draft-extension",
		"/sourceDescriptions/1 arazzo/missing-field",
	}
	if diff := cmp.Diff(want, codes); diff != "" {
		t.Errorf("the findings (-want +got):\n%s", diff)
	}
}

// What lacks a field is a fault of structure, and the rules look past it.
func TestRulesLookPastFaultsOfStructure(t *testing.T) {
	t.Parallel()
	for _, d := range judgeText(t, whole(`
- steps:
  - parameters: [{value: $steps.x}, {reference: 1}]
    successCriteria: [{}, {condition: 1}, {type: jsonpath}]
    onFailure: [{}, {type: retry, workflowId: 1, stepId: [], criteria: [1]}]
    outputs: {a: 1, b: [], c: {context: x}}
    requestBody: {replacements: [{}, 1, {target: 1}]}
    dependsOn: [1, '', {}]
  - {workflowId: w, parameters: [{value: 1}]}
  - 1
- workflowId: w
  inputs: {required: [1, a], properties: {a: 1}}
  dependsOn: [1, [], '']
  steps: 1
`)) {
		if d.Severity == diag.Error && !d.Span.IsValid() {
			t.Errorf("%v has no place", show([]diag.Diagnostic{d}))
		}
	}
}

// Thousands of steps that depend on each other in a line, and back, are judged
// in no time.
func TestLongChainsAreCheap(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("- workflowId: order\n  steps:\n")
	const n = 3000
	for i := range n {
		fmt.Fprintf(&b, "    - {stepId: s%d, operationId: place, dependsOn: [s%d]}\n", i, (i+1)%n)
	}
	found := judgeText(t, whole(b.String()))
	if len(found) != 1 || found[0].Code != "arazzo/dependency-cycle" {
		t.Errorf("the findings are %q", show(found)[:min(len(found), 3)])
	}
}

func FuzzCheck(f *testing.F) {
	for _, rule := range arazzorules.Rules() {
		f.Add(rule.Bad)
	}
	f.Fuzz(func(t *testing.T, text string) {
		files := maps.Clone(exampleSources)
		files["memory:///flow.yaml"] = text
		ws := ref.New(files, ref.Options{})
		file, err := ws.Open(t.Context(), "memory:///flow.yaml")
		if err != nil {
			return
		}
		for _, d := range linter().Lint(t.Context(), ws, file.File).Findings {
			if d.Code == "" || d.Message == "" || d.Severity == 0 || !d.Span.IsValid() {
				t.Errorf("the finding is not complete: %+v", d)
			}
		}
	})
}
