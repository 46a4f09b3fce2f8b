package plan_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/internal/cputime"
	"github.com/weft-dev/weft/internal/golden"
	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
)

// compileText compiles the first workflow of a document that stands beside
// those of the machine's scripts.
func compileText(t *testing.T, workflows string) (*plan.Plan, []diag.Diagnostic) {
	t.Helper()
	dir, err := source.Local(filepath.Join("..", "machinetest", "testdata", "sources"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dir.Close() })
	text := "arazzo: 1.1.0\ninfo: {title: T, version: 1.0.0}\nsourceDescriptions:\n" +
		"  - {name: shop, url: shop.yaml, type: openapi}\n  - {name: bus, url: bus.yaml, type: asyncapi}\nworkflows:\n" + workflows
	path, err := filepath.Abs(filepath.Join(dir.Root(), "w.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	ws := ref.New(dir, ref.Options{})
	doc, _ := arazzo.Load(context.Background(), ws, ws.Load(source.NewFile(source.FileURI(path), "w.yaml", []byte(text))))
	sources, found := plan.Open(context.Background(), ws, doc)
	if diag.Worst(found) >= diag.Warning {
		t.Fatal(found)
	}
	return plan.Compile(doc, sources, doc.Workflows[0].ID, plan.Options{})
}

func TestAPlanPrintsWhatRunsAndWhatWaits(t *testing.T) {
	t.Parallel()
	p, found := compileText(t, `
  - workflowId: w
    inputs: {type: object, required: [id], properties: {id: {type: string}}}
    dependsOn: [login]
    failureActions: [{name: again, type: retry, retryAfter: 1, retryLimit: 3, criteria: [{condition: $statusCode == 503}]}]
    steps:
      - {stepId: hear, operationId: $sourceDescriptions.bus.placeOrder, action: receive, timeout: 6000, correlationId: $inputs.id, outputs: {n: $message.payload#/n}}
      - {stepId: tell, operationId: $sourceDescriptions.bus.placeOrder, action: send, requestBody: {payload: {a: 1}}}
      - stepId: get
        operationId: $sourceDescriptions.shop.getItem
        parameters: [{name: id, in: path, value: $steps.hear.outputs.n}]
        onSuccess: [{name: done, type: goto, workflowId: after}]
      - {stepId: north, operationId: $sourceDescriptions.bus.publishRegional, action: receive, parameters: [{name: region, in: path, value: $inputs.id}], onFailure: [{name: stop, type: end}]}
  - workflowId: login
    steps: [{stepId: login, operationId: $sourceDescriptions.shop.login}]
  - workflowId: after
    steps:
      - {stepId: b, operationId: $sourceDescriptions.shop.listItems, dependsOn: [a]}
      - {stepId: a, operationId: $sourceDescriptions.shop.listItems}
`)
	if p == nil {
		t.Fatal(found)
	}
	golden.Assert(t, []byte(p.String()), "testdata/plan.golden")
}

// A schema of inputs that names itself in many places is looked at within
// bounds.
func TestASchemaOfInputsThatNamesItself(t *testing.T) {
	t.Parallel()
	var properties strings.Builder
	for range 40 {
		properties.WriteString("{$ref: '#/workflows/0/inputs'}, ")
	}
	used := cputime.Start(t)
	p, found := compileText(t, `
  - workflowId: w
    inputs: {type: object, properties: {pin: {type: string, format: password}}, allOf: [`+properties.String()+`]}
    steps: [{stepId: a, operationId: $sourceDescriptions.shop.listItems}]
`)
	if took := used(); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
	if p != nil && len(p.Root.Secrets) == 0 {
		t.Errorf("the password is not found: %v", found)
	}
}

// Every fault is told, each once.
func TestAllFaultsAreToldAtOnce(t *testing.T) {
	t.Parallel()
	p, found := compileText(t, `
  - workflowId: w
    steps:
      - {stepId: a, operationId: $sourceDescriptions.shop.nothing}
      - {stepId: b, operationId: $sourceDescriptions.shop.listItems, successCriteria: [{condition: '$steps.a.outputs.x =='}]}
      - {stepId: c, workflowId: nowhere}
`)
	if p != nil || len(found) != 3 {
		t.Errorf("%d findings, want 3: %v", len(found), found)
	}
	for _, d := range found {
		if !d.Span.IsValid() || d.Code == "" || d.Message == "" {
			t.Errorf("a finding without place, code or message: %+v", d)
		}
	}
}
