package diagram_test

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/internal/cputime"
	"github.com/weft-dev/weft/make/diagram"
	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/openapi"
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
		if doc.Root.Get("openapi") != nil {
			model, _ := openapi.Load(context.Background(), ws, doc)
			g.AddAPIs(model)
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

func TestHostileNamesStayInsideTextsOfSVG(t *testing.T) {
	t.Parallel()
	decoder := xml.NewDecoder(strings.NewReader(drawn(t, hostileWorkflow(t, hostile)).SVG()))
	allowed := map[string]bool{
		"svg": true, "style": true, "defs": true, "marker": true, "path": true, "g": true, "title": true, "rect": true, "text": true,
	}
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("the drawing is no XML: %v", err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if !allowed[start.Name.Local] {
			t.Errorf("a name became an element %q", start.Name.Local)
		}
		for _, a := range start.Attr {
			if strings.HasPrefix(a.Name.Local, "on") || strings.Contains(a.Name.Local, "href") {
				t.Errorf("a name became an attribute %q", a.Name.Local)
			}
		}
	}
}

var rectangle = regexp.MustCompile(`<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"`)

// tangled is one application with many channels between it and others.
func tangled(t testing.TB, apps, each int) *diagram.Graph {
	t.Helper()
	var texts []string
	for i := range apps {
		channels, operations := map[string]any{}, map[string]any{}
		for j := range each {
			name := fmt.Sprintf("c%d", (i*7+j*j*13)%(apps*each/2+1))
			channels[name] = map[string]any{"address": name, "messages": map[string]any{"m" + name: map[string]any{}}}
			action := "send"
			if (i+j)%2 == 0 {
				action = "receive"
			}
			operations[fmt.Sprintf("%s%d", action, j)] = map[string]any{"action": action, "channel": map[string]any{"$ref": "#/channels/" + name}}
		}
		text, err := json.Marshal(map[string]any{
			"asyncapi": "3.0.0", "info": map[string]any{"title": fmt.Sprintf("app %d", i), "version": "1"}, "channels": channels, "operations": operations,
		})
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	g := diagram.New()
	var models []*asyncapi.Document
	for _, text := range texts {
		ws := ref.New(nil, ref.Options{})
		model, _ := asyncapi.Load(context.Background(), ws, ws.Load(source.NewFile("file:///a.yaml", "a.yaml", []byte(text))))
		models = append(models, model)
	}
	g.AddEvents(models...)
	return g
}

func TestBoxesDoNotOverlap(t *testing.T) {
	t.Parallel()
	found := rectangle.FindAllStringSubmatch(tangled(t, 12, 8).SVG(), -1)
	if len(found) < 30 {
		t.Fatalf("only %d boxes", len(found))
	}
	var boxes [][4]float64
	for _, m := range found {
		var b [4]float64
		for i := range b {
			b[i], _ = strconv.ParseFloat(m[i+1], 64)
		}
		for _, o := range boxes {
			if b[0]+0.2 < o[0]+o[2] && o[0]+0.2 < b[0]+b[2] && b[1]+0.2 < o[1]+o[3] && o[1]+0.2 < b[1]+b[3] {
				t.Errorf("the boxes %v and %v overlap", b, o)
			}
		}
		boxes = append(boxes, b)
	}
}

func TestTwoThousandNodesAreDrawnInTwoSeconds(t *testing.T) {
	g := tangled(t, 200, 20)
	if len(g.Nodes) < 1500 {
		t.Fatalf("only %d nodes", len(g.Nodes))
	}
	var names []string
	for i := range 2000 {
		names = append(names, fmt.Sprintf("s%d", i))
	}
	list := drawn(t, hostileWorkflow(t, names))
	for name, each := range map[string]*diagram.Graph{"flow": g, "steps": list} {
		used := cputime.Start(t)
		size := len(each.SVG())
		took := used()
		t.Logf("%s: %d nodes, %d edges, %d bytes in %s", name, len(each.Nodes), len(each.Edges), size, took)
		if took > 2*time.Second {
			t.Errorf("%s took %s, want at most 2s", name, took)
		}
	}
}

func TestTheSameDocumentsAreTheSameDrawing(t *testing.T) {
	t.Parallel()
	if a, b := tangled(t, 9, 9).SVG(), tangled(t, 9, 9).SVG(); a != b {
		t.Error("two drawings of the same documents differ")
	}
}

func TestHostileNamesOfCarriersStayInsideLabels(t *testing.T) {
	t.Parallel()
	var list []diagram.Carrier
	for _, name := range hostile {
		place := []diagram.Side{{Address: name, Protocol: name, Servers: []string{name}}}
		list = append(list, diagram.Carrier{Label: name, Details: []string{name}, From: place, To: place})
	}
	g := diagram.New()
	g.AddCarriers(list...)
	line := regexp.MustCompile(`^(?:flowchart LR| +n\d+(?:\[\(|\{\{)"(?:[\pL\pN ./_,(){}+=?!…×-]|#\d+;|<br/>)*"(?:\)\]|\}\})| +n\d+ ==> n\d+)$`)
	for each := range strings.Lines(g.Mermaid()) {
		if !line.MatchString(strings.TrimSuffix(each, "\n")) {
			t.Errorf("a name broke out of its label: %q", each)
		}
	}
	var whole struct{}
	if err := xml.Unmarshal([]byte(g.SVG()), &whole); err != nil || strings.Contains(g.SVG(), "<script") {
		t.Errorf("the drawing is no XML, or holds more: %v", err)
	}
}

func TestAPlaceOfAPipelineIsTheOneChannelThatItCanBe(t *testing.T) {
	t.Parallel()
	const text = "asyncapi: 3.0.0\ninfo: {title: %s, version: '1'}\nservers: {s: {host: '%s', protocol: %s}}\nchannels: {c: {address: orders}}\n"
	place := func(protocol string, hosts ...string) []diagram.Side {
		return []diagram.Side{{Address: "orders", Protocol: protocol, Servers: hosts}}
	}
	for name, c := range map[string]struct {
		documents []string
		from      []diagram.Side
		want      int // nodes of channels
	}{
		"its host says it":                      {[]string{fmt.Sprintf(text, "a", "one", "kafka"), fmt.Sprintf(text, "b", "two", "kafka")}, place("kafka", "two"), 2},
		"its host has another name there":       {[]string{fmt.Sprintf(text, "a", "one", "kafka-secure")}, place("kafka", "redpanda"), 1},
		"it may be either":                      {[]string{fmt.Sprintf(text, "a", "one", "kafka"), fmt.Sprintf(text, "b", "two", "kafka")}, place("kafka", "redpanda"), 3},
		"another protocol has the same address": {[]string{fmt.Sprintf(text, "a", "one", "sqs")}, place("kafka", "redpanda"), 2},
	} {
		g := drawn(t, c.documents...)
		g.AddCarriers(diagram.Carrier{From: c.from})
		channels := 0
		for _, n := range g.Nodes {
			if n.Kind == diagram.Channel {
				channels++
			}
		}
		if channels != c.want {
			t.Errorf("%s: %d channels, want %d", name, channels, c.want)
		}
	}
}
