package diagram_test

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/weft-dev/weft/make/diagram"
	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
)

// drawn is the graph of some documents in YAML or JSON.
func drawn(t testing.TB, texts ...string) *diagram.Graph {
	t.Helper()
	g := diagram.New()
	for i, text := range texts {
		ws := ref.New(nil, ref.Options{})
		doc := ws.Load(source.NewFile(fmt.Sprintf("file:///doc%d.yaml", i), "doc.yaml", []byte(text)))
		if doc.Root == nil {
			t.Fatalf("no document: %v", doc.Findings)
		}
		if arazzo.Is(doc.Root) {
			model, _ := arazzo.Load(context.Background(), ws, doc)
			g.AddWorkflows(model)
			continue
		}
		model, _ := asyncapi.Load(context.Background(), ws, doc)
		g.AddEvents(model)
	}
	return g
}

// hostile are names that try to end a label and say something else.
var hostile = []string{
	`"]; click n1 "javascript:alert(1)"`, "</text><script>alert(1)</script>", "a\nn9 --> n1\nend", `\" -> n1 [URL="javascript:x"]; \`,
	"%%{init: {'securityLevel': 'loose'}}%%", "#quot;]#59; `md`", "]]>&x;<!--", "\x1b[31m\u202eevil", "<b>&amp;", "style x:#1;", "", "end",
	strings.Repeat("long", 5000),
}

func hostileWorkflow(t testing.TB, names []string) string {
	t.Helper()
	var steps []any
	for _, name := range names {
		steps = append(steps, map[string]any{
			"stepId": name, "operationId": name, "description": name,
			"onFailure": []any{map[string]any{"name": name, "type": "end"}, map[string]any{"name": name, "type": "goto", "stepId": name}},
		})
	}
	doc := map[string]any{"arazzo": "1.0.1", "workflows": []any{map[string]any{"workflowId": names[0], "summary": names[1], "steps": steps}}}
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestHostileNamesStayInsideLabelsOfMermaid(t *testing.T) {
	t.Parallel()
	label := `"(?:[\pL\pN ./_,(){}+=?!…×-]|#\d+;|<br/>)*"`
	line := regexp.MustCompile(`^(?:flowchart TB| *n\d+(?:\[|\(\(|\[\[)` + label + `(?:\]|\)\)|\]\])| *subgraph g\d+\[` + label + `\]| *end| *n\d+ (?:-->|-\.->|==>)(?:\|` + label + `\|)? n\d+)$`)
	text := drawn(t, hostileWorkflow(t, hostile)).Mermaid()
	for each := range strings.Lines(text) {
		if !line.MatchString(strings.TrimSuffix(each, "\n")) {
			t.Errorf("a name broke out of its label: %q", each)
		}
	}
}

func TestHostileNamesStayInsideLabelsOfDOT(t *testing.T) {
	t.Parallel()
	label := `"(?:[^"\\\n]|\\["\\n])*"`
	line := regexp.MustCompile(`^ +(?:n\d+ \[shape=\w+ label=` + label + `\]|label=` + label + `|subgraph cluster_\d+ \{|\}|n\d+ -> n\d+ \[style=\w+(?: label=` + label + `)?\])$`)
	text := drawn(t, hostileWorkflow(t, hostile)).DOT()
	body := strings.Split(strings.TrimSuffix(text, "}\n"), "\n")[5:]
	for _, each := range body {
		if each != "" && !line.MatchString(each) {
			t.Errorf("a name broke out of its label: %q", each)
		}
	}
}

func TestAnAliasBombIsDrawnAtOnce(t *testing.T) {
	t.Parallel()
	var bomb strings.Builder
	bomb.WriteString("arazzo: 1.0.1\nx0: &x0 [$steps.a.outputs.b]\n")
	for i := 1; i < 40; i++ {
		fmt.Fprintf(&bomb, "x%d: &x%d [*x%d, *x%d]\n", i, i, i-1, i-1)
	}
	bomb.WriteString("workflows: [{workflowId: w, steps: [{stepId: a}, {stepId: c, dependsOn: [a], requestBody: {payload: *x39}}]}]\n")
	ws := ref.New(nil, ref.Options{})
	doc := ws.Load(source.NewFile("file:///bomb.yaml", "bomb.yaml", []byte(bomb.String())))
	model, _ := arazzo.Read(doc.Root, "bomb.yaml")
	g := diagram.New()
	g.AddWorkflows(model)
	if len(g.Edges) > 1 {
		t.Errorf("%d edges, want at most the dependency", len(g.Edges))
	}
}

func TestAWorkflowThatCallsItselfBeginsAgain(t *testing.T) {
	t.Parallel()
	g := drawn(t, `{arazzo: 1.0.1, workflows: [{workflowId: w, dependsOn: [w], steps: [{stepId: a}, {stepId: b, workflowId: w}]}]}`)
	var found []string
	for _, e := range g.Edges {
		found = append(found, fmt.Sprintf("%s %s %s", e.From, e.Kind, e.To))
	}
	if got, want := strings.Join(found, "; "), "w/a next w/b; w/b calls w/a"; got != want {
		t.Errorf("edges are %q, want %q", got, want)
	}
}
