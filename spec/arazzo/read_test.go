package arazzo_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/spec/shape"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

const head = `arazzo: 1.1.0
info: {title: Orders, version: 1.0.0}
sourceDescriptions:
- {name: api, url: ./api.yaml, type: openapi}
- {name: events, url: ./events.yaml, type: asyncapi}
`

// load gives the model of a document and all findings of Load.
func load(t testing.TB, text string) (*arazzo.Document, []diag.Diagnostic) {
	t.Helper()
	ws := ref.New(source.Memory{"memory:///flow/order.yaml": text}, ref.Options{})
	file, err := ws.Open(t.Context(), "memory:///flow/order.yaml")
	if err != nil {
		t.Fatal(err)
	}
	doc, found := arazzo.Load(t.Context(), ws, file)
	if doc == nil {
		t.Fatalf("it cannot be read: %v", file.Findings)
	}
	return doc, found
}

func read(t testing.TB, text string) *arazzo.Document {
	t.Helper()
	doc, found := load(t, text)
	for _, line := range show(found) {
		t.Error(line)
	}
	return doc
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

func TestTablesCompile(t *testing.T) {
	t.Parallel()
	for _, version := range arazzo.Tables.Get().Versions {
		set := shape.MustCompile(arazzo.Tables.Get(), version)
		for _, object := range set.Objects() {
			if object.Doc == "" || object.Title == "" {
				t.Errorf("%s: the object %q has no title or says nothing", version, object.Name)
			}
			for _, field := range object.Fields {
				if field.Doc == "" {
					t.Errorf("%s: the field %q of %q says nothing", version, field.Name, object.Name)
				}
			}
		}
	}
}

func TestEveryFieldIsRead(t *testing.T) {
	t.Parallel()
	doc := read(t, `arazzo: 1.1.0
$self: https://example.com/flows/order.yaml
info: {title: Orders, summary: s, description: d, version: 1.2.3}
sourceDescriptions:
- {name: api, url: ../api.yaml, type: openapi}
- {name: events, url: https://other.example.com/events.yaml, type: asyncapi}
- {name: more, url: more.yaml}
workflows:
- workflowId: order
  summary: s
  description: d
  inputs: {$ref: '#/components/inputs/order'}
  dependsOn: [login, $sourceDescriptions.more.setup]
  parameters: [{reference: $components.parameters.trace}]
  successActions: [{reference: $components.successActions.done}]
  failureActions: [{name: again, type: retry, retryAfter: 0.25, retryLimit: 3, stepId: place}]
  steps:
  - stepId: place
    description: d
    operationId: $sourceDescriptions.api.placeOrder
    parameters:
    - {name: id, in: path, value: $inputs.id}
    - {reference: $components.parameters.trace, value: other}
    - {name: filter, in: querystring, value: {context: $inputs.filter, selector: $.a, type: jsonpath}}
    requestBody:
      contentType: application/json
      payload: {a: {context: $inputs.x, selector: /a, type: {type: xpath, version: xpath-10}}}
      replacements:
      - {target: /b, value: 1}
      - {target: $.c, targetSelectorType: jsonpath, value: {context: $inputs.x, selector: /d, type: jsonpointer}}
    successCriteria:
    - condition: $statusCode == 200
    - {context: $response.body, condition: '$.ok', type: jsonpath}
    - {context: $response.body, condition: /ok, type: {type: xpath, version: xpath-20}}
    - {context: $response.body, condition: '^ok', type: regex}
    onSuccess: [{name: go, type: goto, workflowId: login, parameters: [{name: a, value: 1}], criteria: [{condition: $statusCode == 201}]}]
    onFailure: [{name: stop, type: end}, {reference: $components.failureActions.retry}]
    outputs: {id: '$response.body#/id', first: {context: $response.body, selector: '$[0]', type: jsonpath}}
  - stepId: wait
    channelPath: '{$sourceDescriptions.events.url}#/channels/orders~1placed'
    action: receive
    timeout: 1500
    correlationId: $inputs.id
    dependsOn: [place, $workflows.login.steps.login, $sourceDescriptions.more.setup.steps.first]
    x-message-filter: $message.payload#/ok == true
  outputs: {id: $steps.place.outputs.id}
- workflowId: login
  steps: [{stepId: login, operationPath: '{$sourceDescriptions.api.url}#/paths/~1login~1%7Bid%7D/post'}]
components:
  inputs: {order: {type: object}}
  parameters: {trace: {name: trace, in: header, value: t}}
  successActions: {done: {name: done, type: end}}
  failureActions: {retry: {name: retry, type: retry, workflowId: login}}
`)
	var got []string
	say := func(format string, args ...any) { got = append(got, fmt.Sprintf(format, args...)) }
	say("document %s %d.%d self=%s base=%s draft=%t info=%s/%s", doc.Version.Text, doc.Version.Major, doc.Version.Minor, doc.Self, doc.Base, doc.Draft, doc.Info.Title, doc.Info.Version)
	for _, s := range doc.Sources {
		say("source %s %s %s", s.Name, s.Type, s.Location)
	}
	for _, w := range doc.Workflows {
		say("workflow %s inputs=%t outputs=%d graph=%t", w.ID, w.Inputs != nil, len(w.Outputs), w.Graph())
		for _, r := range w.DependsOn {
			say("  depends on %s/%s", r.Source, r.Workflow)
		}
		sayParameters(say, w.Parameters)
		sayActions(say, w.SuccessActions)
		sayActions(say, w.FailureActions)
		for _, s := range w.Steps {
			sayStep(say, s)
		}
	}
	c := doc.Components
	say("components %d %d %d %d", len(c.Inputs), len(c.Parameters), len(c.SuccessActions), len(c.FailureActions))
	want := `document 1.1.0 1.1 self=https://example.com/flows/order.yaml base=https://example.com/flows/order.yaml draft=false info=Orders/1.2.3
source api openapi https://example.com/api.yaml
source events asyncapi https://other.example.com/events.yaml
source more unknown https://example.com/flows/more.yaml
workflow order inputs=true outputs=1 graph=true
  depends on /login
  depends on more/setup
  parameter trace in header = t (of $components.parameters.trace)
  action done: end
  action again: retry to step place after 250ms, 3 times
step place: operationId api placeOrder "" lenient=false, none, timeout 0s
  parameter id in path = $inputs.id
  parameter trace in header = other (of $components.parameters.trace)
  parameter filter in querystring = select $.a by jsonpath rfc9535
  body application/json, payload object
  replace /b
  replace $.c by jsonpath, select /d by jsonpointer rfc6901
  criterion simple "" $statusCode == 200
  criterion jsonpath "rfc9535" $.ok
  criterion xpath "xpath-20" /ok
  criterion regex "" ^ok
  action go: goto to workflow /login
  parameter a in  = 1
  criterion simple "" $statusCode == 201
  action stop: end
  action retry: retry to workflow /login after 0s, 1 times
  output id
  output first, select $[0] by jsonpath rfc9535
step wait: channelPath events  "/channels/orders~1placed" lenient=false, receive, timeout 1.5s
  correlation $inputs.id
  depends on //place
  depends on /login/login
  depends on more/setup/first
  filter $message.payload#/ok == true
workflow login inputs=false outputs=0 graph=false
step login: operationPath api  "/paths/~1login~1{id}/post" lenient=false, none, timeout 0s
components 1 1 1 1`
	if diff := cmp.Diff(want, strings.Join(got, "\n")); diff != "" {
		t.Errorf("the model (-want +got):\n%s", diff)
	}
}

type sayer func(format string, args ...any)

func sayStep(say sayer, s *arazzo.Step) {
	action := s.Action.String()
	if action == "" {
		action = "none"
	}
	say("step %s: %s %s %s %q lenient=%t, %s, timeout %s", s.ID, s.Target.Kind, s.Target.Source, s.Target.Name, s.Target.Pointer, s.Target.Lenient, action, s.Timeout)
	if s.CorrelationID != nil {
		text, _ := s.CorrelationID.Text()
		say("  correlation %s", text)
	}
	for _, d := range s.DependsOn {
		say("  depends on %s/%s/%s", d.Source, d.Workflow, d.Step)
	}
	if s.MessageFilter != nil {
		say("  filter %s", s.MessageFilter.Text)
	}
	sayParameters(say, s.Parameters)
	if b := s.RequestBody; b != nil {
		say("  body %s, payload %s", b.ContentType, b.Payload.Kind)
		for _, r := range b.Replacements {
			line := "  replace " + r.Target.Text
			if r.Type != nil {
				line += " by " + r.Type.Language.String()
			}
			say("%s%s", line, selection(r.Value))
		}
	}
	sayCriteria(say, s.SuccessCriteria)
	sayActions(say, s.OnSuccess)
	sayActions(say, s.OnFailure)
	for _, o := range s.Outputs {
		say("  output %s%s", o.Name, selection(o.Value))
	}
}

func selection(v arazzo.Value) string {
	if v.Selector == nil {
		return ""
	}
	return fmt.Sprintf(", select %s by %s %s", v.Selector.Selector.Text, v.Selector.Type.Language, v.Selector.Type.Version)
}

func sayParameters(say sayer, list []*arazzo.Parameter) {
	for _, p := range list {
		line := fmt.Sprintf("  parameter %s in %s = %s", p.Name, p.In, p.Value.Node.Text)
		if p.Value.Selector != nil {
			line = fmt.Sprintf("  parameter %s in %s = %s", p.Name, p.In, strings.TrimPrefix(selection(p.Value), ", "))
		}
		if p.Reference != "" {
			line += " (of " + p.Reference + ")"
		}
		say("%s", line)
	}
}

func sayActions(say sayer, list []*arazzo.Action) {
	for _, a := range list {
		line := fmt.Sprintf("  action %s: %s", a.Name, a.Type)
		if a.StepID != "" {
			line += " to step " + a.StepID
		}
		if a.Workflow != nil {
			line += " to workflow " + a.Workflow.Source + "/" + a.Workflow.Workflow
		}
		if a.Type == arazzo.ActionRetry {
			line += fmt.Sprintf(" after %s, %d times", a.RetryAfter, a.RetryLimit)
		}
		say("%s", line)
		sayParameters(say, a.Parameters)
		sayCriteria(say, a.Criteria)
	}
}

func sayCriteria(say sayer, list []*arazzo.Criterion) {
	for _, c := range list {
		say("  criterion %s %q %s", c.Type.Language, c.Type.Version, c.Condition.Text)
	}
}

func TestTargets(t *testing.T) {
	t.Parallel()
	tests := []struct {
		field string
		want  string
		found string // the code, or "" for no finding
	}{
		{"operationId: place", `operationId "" "place" "" false`, ""},
		{"operationId: $sourceDescriptions.api.orders.place", `operationId "api" "orders.place" "" false`, ""},
		{"operationId: $sourceDescriptions.api", `none "" "" "" false`, "arazzo/bad-target"},
		{"operationId: $sourceDescription.api.place", `none "" "" "" false`, "arazzo/bad-target"},
		{"workflowId: $sourceDescriptions.more.setup", `workflowId "more" "setup" "" false`, ""},
		{"operationPath: '{$sourceDescriptions.api.url}#/paths/~1a/get'", `operationPath "api" "" "/paths/~1a/get" false`, ""},
		{"operationPath: '{$sourceDescriptions.api.url}#/paths/~1a~1%7Bid%7D/get'", `operationPath "api" "" "/paths/~1a~1{id}/get" false`, ""},
		{"operationPath: '$sourceDescriptions.api.url#/paths/~1a/get'", `operationPath "api" "" "/paths/~1a/get" true`, "arazzo/target-form"},
		{"operationPath: '$sourceDescriptions.api#/paths/~1a/get'", `operationPath "api" "" "/paths/~1a/get" true`, "arazzo/target-form"},
		{"operationPath: '#/paths/~1a/get'", `operationPath "" "" "/paths/~1a/get" true`, "arazzo/target-form"},
		{"operationPath: $sourceDescriptions.api.place", `operationId "api" "place" "" true`, "arazzo/target-form"},
		{"operationPath: '{$sourceDescriptions.api.url#/paths/~1a/get'", `operationId "" "{$sourceDescriptions.api.url#/paths/~1a/get" "" true`, "arazzo/target-form"},
		{"channelPath: '{$sourceDescriptions.events.url}#/channels/a~1b', action: send", `channelPath "events" "" "/channels/a~1b" false`, ""},
		{"channelPath: orders, action: send", `channelPath "" "orders" "" true`, "arazzo/target-form"},
		{"channelPath: $sourceDescriptions.events.orders, action: send", `channelPath "events" "orders" "" true`, "arazzo/target-form"},
		{"channel: $sourceDescriptions.events.orders, action: send", `channelPath "events" "orders" "" true`, "arazzo/draft-channel"},
	}
	for _, test := range tests {
		doc, found := load(t, head+"workflows: [{workflowId: w, steps: [{stepId: s, "+test.field+"}]}]\n")
		target := doc.Workflows[0].Steps[0].Target
		if got := fmt.Sprintf("%s %q %q %q %t", target.Kind, target.Source, target.Name, target.Pointer, target.Lenient); target.Kind != arazzo.TargetNone && got != test.want {
			t.Errorf("%s: %s, want %s", test.field, got, test.want)
		} else if target.Kind == arazzo.TargetNone && !strings.HasPrefix(test.want, "none") {
			t.Errorf("%s is not understood", test.field)
		}
		code := ""
		if len(found) > 0 {
			code = string(found[0].Code)
		}
		if code != test.found || len(found) > 1 {
			t.Errorf("%s: the findings are %q, want %q", test.field, show(found), test.found)
		}
	}
}

// "$steps." in dependsOn is an error in a document of 1.1, and read with a
// warning in one that shows itself to be of the draft.
func TestDraftDependencies(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]diag.Severity{"": diag.Error, "kind: openapi, ": diag.Warning} {
		doc, found := load(t, head+"workflows: [{workflowId: w, steps: [{"+kind+"stepId: a, operationId: a}, {stepId: b, operationId: b, dependsOn: [$steps.a]}]}]\n")
		i := 0
		for i < len(found) && found[i].Code != "arazzo/draft-dependency" {
			i++
		}
		if i == len(found) || found[i].Severity != want || found[i].Fixes[0].Edits[0].Text != "a" {
			t.Errorf("%q: the findings are %q", kind, show(found))
		}
		if d := doc.Workflows[0].Steps[1].DependsOn; len(d) != 1 || d[0].Step != "a" || !d[0].Draft {
			t.Errorf("%q: the dependency is %+v", kind, d)
		}
	}
}

func TestReferencesToComponents(t *testing.T) {
	t.Parallel()
	_, found := load(t, head+`
workflows:
- workflowId: w
  inputs: {type: object, properties: {a: {$ref: '#/components/inputs/B'}}}
  steps:
  - stepId: s
    operationId: a
    parameters: [{reference: $components.parameters.pagee}, {reference: $components.successActions.done}]
    onSuccess: [{reference: $components.successActions.Done}]
components:
  inputs: {b: {type: string}}
  parameters: {page: {name: page, in: query, value: 1}}
  successActions: {done: {name: done, type: end}}
`)
	want := []string{
		`error /workflows/0/inputs/properties/a/$ref text/ref-pointer: "#/components/inputs/B" leads nowhere: "/components/inputs" has no "B" (did you mean "#/components/inputs/b"?)`,
		`error /workflows/0/steps/0/parameters/0/reference arazzo/unresolved-reference: there is no "pagee" in components.parameters (did you mean "page"?)`,
		`error /workflows/0/steps/0/parameters/1/reference arazzo/unresolved-reference: "$components.successActions.done" cannot be used here (write "$components.parameters.<name>")`,
		`error /workflows/0/steps/0/onSuccess/0/reference arazzo/unresolved-reference: there is no "Done" in components.successActions (did you mean "done"?)`,
	}
	if diff := cmp.Diff(want, show(found)); diff != "" {
		t.Errorf("the findings (-want +got):\n%s", diff)
	}
}

func TestExtensionsAreNotLost(t *testing.T) {
	t.Parallel()
	steps := func(name string) []*arazzo.Step {
		root := parse(t, name, seedDocuments(t)[name])
		doc, found := judge(root)
		for _, d := range errorsOf(found) {
			t.Errorf("%s: %s", name, d.Message)
		}
		return doc.Workflows[0].Steps
	}
	send := steps("1-fire-and-forget.arazzo.yaml")[0]
	if op := send.Async; op == nil || op.Type != arazzo.Send || op.Channel.Text != "orders/created" || !op.FireAndForget ||
		op.Operation.Source != "orderAsyncAPI" || op.Operation.Name != "publishOrderCreated" || !send.Placeholder() {
		t.Errorf("the send is %+v", send.Async)
	}
	deferred := steps("2-deferred-response.fragment.yaml")
	if op := deferred[0].Async; op.CorrelationKey != "orderId" || op.CorrelationID.Node.Text != "$inputs.orderId" {
		t.Errorf("the request is %+v", op)
	}
	if op := deferred[2].Async; op.Type != arazzo.Receive || op.Timeout != 30*time.Second || op.Correlation.Match.Text != "$message.body.orderId" {
		t.Errorf("the wait is %+v", op)
	}
	if deferred[1].Placeholder() || deferred[1].Asynchronous() {
		t.Error("a plain call is taken for an asynchronous one")
	}
	aggregation := steps("3-parallel-aggregation.fragment.yaml")
	if aggregation[0].Async.Group != "availability-check" {
		t.Errorf("the group is %q", aggregation[0].Async.Group)
	}
	a := aggregation[3].Aggregate
	if a.Group != "availability-check" || a.Strategy != arazzo.StrategyAll || a.Timeout != 10*time.Second || len(a.Channels) != 3 || a.Channels[2].OutputAs != "warehouse3" {
		t.Errorf("the aggregation is %+v", a)
	}
	if len(aggregation[3].Outputs) != 7 || !aggregation[3].Outputs[5].Value.Node.Is(tree.Sequence) {
		t.Errorf("the outputs are %+v", aggregation[3].Outputs)
	}
	callback := steps("4-post-workflow-callback.fragment.yaml")
	if c := callback[0].Workflow.Callbacks; !c.Enabled || c.CorrelationStore != "redis://correlation-service" {
		t.Errorf("the callbacks are %+v", c)
	}
	if r := callback[0].Async.Callbacks; len(r.Events) != 2 || r.Events[1].Event.Text != "processing.failed" || r.Events[1].Filter == nil {
		t.Errorf("the registration is %+v", r)
	}
	if f := callback[1].FinalResponse; f == nil || !f.Immediate {
		t.Errorf("the final response is %+v", f)
	}
}

func TestFaultsOfExtensionsAreFound(t *testing.T) {
	t.Parallel()
	_, found := load(t, head+`
workflows:
- workflowId: w
  steps:
  - {stepId: a, operationId: a, x-async-operation: {type: sent, chanel: x, timeout: -1}}
  - {stepId: b, operationId: b, x-async-aggregate: {wait-for-group: g, strategy: 'quorum: none', channels: []}}
`)
	var codes []string
	for _, d := range errorsOf(found) {
		codes = append(codes, d.Path+" "+string(d.Code))
	}
	want := []string{
		"/workflows/0/steps/0/x-async-operation/type arazzo/bad-value",
		"/workflows/0/steps/0/x-async-operation/chanel arazzo/unknown-field",
		"/workflows/0/steps/0/x-async-operation/timeout arazzo/bad-value",
		"/workflows/0/steps/1/x-async-aggregate/strategy arazzo/bad-value",
		"/workflows/0/steps/1/x-async-aggregate/channels arazzo/item-count",
	}
	if diff := cmp.Diff(want, codes); diff != "" {
		t.Errorf("the errors (-want +got):\n%s", diff)
	}
}

func TestVersions(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]string{
		"1.0.0": "", "1.0.1": "", "1.1.0": "", "1.1.3-draft": "",
		"1.2.0": "arazzo/version", "2.0.0": "arazzo/version", "1.1": "arazzo/version", "one": "arazzo/version",
	} {
		text := strings.Replace(head, "1.1.0", "'"+version+"'", 1) + "workflows: [{workflowId: w, steps: [{stepId: s, operationId: o}]}]\n"
		text = strings.Replace(text, "type: asyncapi", "type: openapi", 1)
		_, found := load(t, text)
		code := ""
		if len(found) > 0 {
			code = string(found[0].Code)
		}
		if code != want {
			t.Errorf("%s: the findings are %q", version, show(found))
		}
	}
}

func TestFieldsOf11AreUnknownIn10(t *testing.T) {
	t.Parallel()
	_, found := load(t, strings.Replace(head, "1.1.0", "1.0.1", 1)+"workflows: [{workflowId: w, steps: [{stepId: s, operationId: o, timeout: 5}]}]\n")
	got := show(found)
	if len(got) != 2 || !strings.Contains(got[1], `unknown field "timeout"`) || !strings.Contains(got[0], "/sourceDescriptions/1/type arazzo/bad-value") {
		t.Errorf("the findings are %q", got)
	}
}

func TestDurationsDoNotOverflow(t *testing.T) {
	t.Parallel()
	doc, _ := load(t, head+`
workflows:
- workflowId: w
  steps:
  - {stepId: a, operationId: a, action: receive, timeout: 99999999999999999999}
  - {stepId: b, operationId: a, action: receive, timeout: -5}
  - {stepId: c, operationId: a, action: receive, timeout: 0}
  - {stepId: d, operationId: a, onFailure: [{name: n, type: retry, retryAfter: 1e300, retryLimit: 1e30}]}
`)
	steps := doc.Workflows[0].Steps
	if steps[0].Timeout < 200*365*24*time.Hour || steps[1].HasTimeout || !steps[2].HasTimeout || steps[2].Timeout != 0 {
		t.Errorf("the timeouts are %s, %t, %t", steps[0].Timeout, steps[1].HasTimeout, steps[2].HasTimeout)
	}
	if a := steps[3].OnFailure[0]; a.RetryAfter < 200*365*24*time.Hour || a.RetryLimit < 1000 {
		t.Errorf("the retry is %+v", a)
	}
}

func TestDetect(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]arazzo.SourceType{
		"openapi: 3.1.0": arazzo.SourceOpenAPI, "swagger: '2.0'": arazzo.SourceOpenAPI, "asyncapi: 3.0.0": arazzo.SourceAsyncAPI,
		"arazzo: 1.1.0": arazzo.SourceArazzo, "other: 1": arazzo.SourceUnknown,
	} {
		if got := arazzo.Detect(parse(t, "x.yaml", []byte(text))); got != want {
			t.Errorf("%s is of type %s, want %s", text, got, want)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(head + "workflows: [{workflowId: w, steps: [{stepId: s, operationId: $sourceDescriptions.a.b, dependsOn: [$steps.s]}]}]\n")
	f.Add(head + "workflows: [{steps: [{kind: asyncapi, x-async-operation: {timeout: 1e999, correlation: []}, onFailure: [{reference: $components.failureActions.x}]}]}]\ncomponents: {failureActions: {x: {retryLimit: -1e999}}}\n")
	f.Add("arazzo: [1]\nworkflows: &a [*a]\n")
	f.Fuzz(func(t *testing.T, text string) {
		ws := ref.New(source.Memory{"memory:///a.yaml": text}, ref.Options{})
		file, err := ws.Open(t.Context(), "memory:///a.yaml")
		if err != nil {
			return
		}
		doc, _ := arazzo.Load(t.Context(), ws, file)
		if doc == nil {
			return
		}
		for _, w := range doc.Workflows {
			for _, s := range w.Steps {
				if s.Timeout < 0 || s.Workflow != w {
					t.Errorf("the step is %+v", s)
				}
			}
		}
	})
}
