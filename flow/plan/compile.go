package plan

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/jsonschema"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// Options say how to compile. The zero value is usual.
type Options struct {
	// References finds what a "$ref" in the schemas of inputs stands for (see
	// jsonschema.In); nil follows only those within one document.
	References jsonschema.Resolver
	// StrictPerspective makes it an error that a step's action equals the
	// document's (A2).
	StrictPerspective bool
}

// Compile makes the plan of a workflow and of all that it can reach. With an
// empty id it takes the document's only workflow. All that is wrong is
// reported, each fault once and at its place; where one of the findings is an
// error the plan is nil, and nothing of the workflow may run.
func Compile(doc *arazzo.Document, sources Sources, workflowID string, opts Options) (*Plan, []diag.Diagnostic) {
	c := &compiler{
		plan: &Plan{Document: doc}, sources: sources, opts: opts,
		flows: map[*arazzo.Workflow]*Workflow{}, uses: map[*arazzo.Source]*Use{},
		messages: map[*asyncapi.Message]*Message{},
	}
	c.repeated(doc)
	root := c.root(doc, workflowID)
	if root != nil {
		c.plan.Root = c.reach(root, "")
		c.bind()
		c.order()
		c.listen()
	}
	diag.Sort(c.found)
	c.found = diag.Unique(c.found)
	if diag.Worst(c.found) == diag.Error {
		return nil, c.found
	}
	made := c.plan // without the compiler
	made.sums = sync.OnceValue(func() []Sum { return sumsOf(made.Files()) })
	return made, c.found
}

// compiler holds what is known while a plan is made.
type compiler struct {
	plan     *Plan
	sources  Sources
	opts     Options
	schemas  *jsonschema.Set
	flows    map[*arazzo.Workflow]*Workflow
	uses     map[*arazzo.Source]*Use
	channels []*Channel
	messages map[*asyncapi.Message]*Message
	visited  int                                  // schemas looked at for names
	anchors  map[*tree.Node]map[string]*tree.Node // by document and name
	found    []diag.Diagnostic
}

func (c *compiler) report(severity diag.Severity, code diag.Code, node *tree.Node, help, format string, args ...any) {
	d := diag.Diagnostic{Code: code, Severity: severity, Message: fmt.Sprintf(format, args...), Help: help}
	if node != nil {
		d.Span, d.Path = node.Span, node.Path()
	}
	c.found = append(c.found, d)
}

func (c *compiler) fail(code diag.Code, node *tree.Node, help, format string, args ...any) {
	c.report(diag.Error, code, node, help, format, args...)
}

func (c *compiler) warn(code diag.Code, node *tree.Node, help, format string, args ...any) {
	c.report(diag.Warning, code, node, help, format, args...)
}

// root finds the workflow to run.
func (c *compiler) root(doc *arazzo.Document, id string) *arazzo.Workflow {
	ids := make([]string, len(doc.Workflows))
	for i, w := range doc.Workflows {
		ids[i] = w.ID
		if id != "" && w.ID == id {
			return w
		}
	}
	list := doc.Node.Get("workflows")
	if list == nil {
		list = doc.Node
	}
	switch {
	case id != "":
		c.fail(CodeWorkflow, top(list), diag.DidYouMean(id, ids), "there is no workflow %q", id)
	case len(doc.Workflows) == 1:
		return doc.Workflows[0]
	case len(doc.Workflows) == 0:
		c.fail(CodeWorkflow, top(list), "add one under workflows", "the document has no workflow")
	default:
		c.fail(CodeWorkflow, top(list), "name one with --workflow: "+strings.Join(ids, ", "), "the document has %d workflows", len(ids))
	}
	return nil
}

// top returns a node whose span is the key of a large one, so that not half a
// document is underlined.
func top(node *tree.Node) *tree.Node {
	if node != nil && node.Key != nil {
		short := *node
		short.Span = node.Key.Span
		return &short
	}
	if node != nil {
		short := *node
		short.Span = source.Span{File: node.Span.File, Start: node.Span.Start, End: node.Span.Start}
		return &short
	}
	return nil
}

// reach compiles a workflow, once, and with it those that it leads to.
func (c *compiler) reach(spec *arazzo.Workflow, prefix string) *Workflow {
	if w, ok := c.flows[spec]; ok {
		return w
	}
	w := &Workflow{ID: spec.ID, Name: prefix + spec.ID, Document: spec.Document, Spec: spec}
	c.flows[spec] = w
	c.plan.Workflows = append(c.plan.Workflows, w)
	for c.nameTaken(w) {
		w.Name += "'"
	}
	c.inputs(w)
	w.Ordered = !slices.ContainsFunc(spec.Steps, func(s *arazzo.Step) bool { return len(s.DependsOn) > 0 })
	// The steps are there before they are compiled: actions name each other.
	w.byID = make(map[string]*Step, len(spec.Steps))
	for _, s := range spec.Steps {
		added := w.add(s)
		if w.byID[s.ID] == nil { // a second of that name is a finding
			w.byID[s.ID] = added
		}
		w.addParts(added)
	}
	if len(w.Steps) == 0 {
		c.fail(CodeWorkflow, top(spec.Node), "add steps", "workflow %s has no steps", spec.ID)
	}
	for _, s := range w.Steps {
		c.step(s)
	}
	for _, need := range spec.DependsOn {
		if target := c.workflow(w, need.Source, need.Workflow, need.Node); target != nil {
			w.DependsOn = append(w.DependsOn, target)
		}
	}
	for _, o := range spec.Outputs {
		if value := c.value(o.Value); value != nil {
			w.Outputs = append(w.Outputs, Output{Name: o.Name, Value: value})
		}
	}
	return w
}

// add adds a step to the workflow's.
func (w *Workflow) add(spec *arazzo.Step) *Step {
	s := &Step{Workflow: w, Index: len(w.Steps), ID: spec.ID, Spec: spec, Timeout: spec.Timeout}
	w.Steps = append(w.Steps, s)
	return s
}

func (c *compiler) nameTaken(w *Workflow) bool {
	return slices.ContainsFunc(c.plan.Workflows, func(other *Workflow) bool { return other != w && other.Name == w.Name })
}

// inputs compiles the schema of a workflow's inputs (A34).
func (c *compiler) inputs(w *Workflow) {
	node := w.Spec.Inputs
	if node == nil {
		return
	}
	if c.schemas == nil {
		c.schemas = jsonschema.New(c.opts.References)
	}
	compiled, err := c.schemas.Schema(node, schema.Draft2020)
	if err != nil {
		c.fail(CodeInputs, node, "", "the schema of the inputs cannot be used: %s", err)
		return
	}
	w.Inputs = compiled
	c.visited = 0
	c.declare(w, node, 0)
	c.visited = 0
	c.secrets(w, node, nil, 0)
}

// The bounds on looking for names in the schema of a workflow's inputs: how
// deep, and how many schemas. References may lead in circles.
const (
	maxSchemaDepth  = 16
	maxSchemaVisits = 10_000
)

// visit reports whether another schema may be looked at.
func (c *compiler) visit(depth int) bool {
	c.visited++
	return depth <= maxSchemaDepth && c.visited <= maxSchemaVisits
}

// declare collects the names of the inputs.
func (c *compiler) declare(w *Workflow, node *tree.Node, depth int) {
	if !c.visit(depth) {
		return
	}
	if ref := node.Get("$ref"); ref.Is(tree.String) {
		c.declare(w, c.dereference(ref), depth+1)
	}
	if properties := node.Get("properties"); properties.Is(tree.Mapping) {
		for _, m := range properties.Members {
			if !slices.Contains(w.Declared, m.Key.Text) {
				w.Declared = append(w.Declared, m.Key.Text)
			}
		}
	}
	if required := node.Get("required"); required.Is(tree.Sequence) {
		for _, item := range required.Items {
			if item.Is(tree.String) && !slices.Contains(w.Required, item.Text) {
				w.Required = append(w.Required, item.Text)
			}
		}
	}
	if all := node.Get("allOf"); all.Is(tree.Sequence) {
		for _, item := range all.Items {
			c.declare(w, item, depth+1)
		}
	}
}

func (c *compiler) dereference(ref *tree.Node) *tree.Node {
	if name, here := strings.CutPrefix(ref.Text, "#"); here && name != "" && name[0] != '/' {
		if c.anchors == nil {
			c.anchors = map[*tree.Node]map[string]*tree.Node{}
		}
		root := ref.Root()
		if c.anchors[root] == nil {
			c.anchors[root] = arazzo.Anchors(root)
		}
		return c.anchors[root][name]
	}
	if c.opts.References != nil {
		if target, err := c.opts.References.Resolve(ref); err == nil {
			return target
		}
		return nil
	}
	if pointer, ok := strings.CutPrefix(ref.Text, "#"); ok {
		return ref.Root().At(pointer)
	}
	return nil
}
