package diagram

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/text/tree"
)

// place is a step, or with step "" a workflow, of one of the documents.
type place struct{ uri, workflow, step string }

// sketch draws the workflows of some documents.
type sketch struct {
	*Graph
	ids map[place]string
	// own are the nodes of steps, which names alone do not tell where two are equal.
	own map[*arazzo.Step]*Node
	// ends are the ends of groups.
	ends map[string]string
}

// AddWorkflows draws the workflows of documents, each as a group with its
// steps. What leads to a workflow of a document that is not among them leads to
// a node of its own.
func (g *Graph) AddWorkflows(documents ...*arazzo.Document) {
	s := &sketch{Graph: g, ids: map[place]string{}, own: map[*arazzo.Step]*Node{}, ends: map[string]string{}}
	var groups []*Group
	for _, d := range documents {
		for _, w := range d.Workflows {
			groups = append(groups, s.box(d, w))
		}
	}
	for _, d := range documents {
		for _, w := range d.Workflows {
			s.connect(d, w, groups[0])
			groups = groups[1:]
		}
	}
}

// box makes the group of a workflow and the nodes of its steps.
func (s *sketch) box(d *arazzo.Document, w *arazzo.Workflow) *Group {
	group := &Group{ID: s.name(w.ID), Label: w.ID, Details: lines(w.Summary)}
	s.Groups = append(s.Groups, group)
	s.know(place{d.URI, w.ID, ""}, group.ID)
	for _, step := range w.Steps {
		n := s.node(group.ID+"/"+step.ID, Node{Kind: kindOf(step), Label: step.ID, Details: details(step), Group: group.ID})
		s.own[step] = n
		s.know(place{d.URI, w.ID, step.ID}, n.ID)
	}
	if len(w.Steps) == 0 {
		s.node(group.ID+"/", Node{Kind: Unclear, Label: "no steps", Group: group.ID})
	}
	return group
}

// know keeps the first of equal names, as the model does.
func (s *sketch) know(p place, id string) {
	if _, ok := s.ids[p]; !ok {
		s.ids[p] = id
	}
}

func kindOf(step *arazzo.Step) Kind {
	switch {
	case step.Interaction != nil:
		return Person
	case step.FinalResponse != nil:
		return Respond
	case step.Aggregate != nil:
		return Receive
	case step.Async != nil && step.Async.Type == arazzo.Receive, step.Action == arazzo.Receive:
		return Receive
	case step.Async != nil, step.Action == arazzo.Send:
		return Send
	case step.Target.Kind == arazzo.TargetWorkflow:
		return Workflow
	case step.Target.Kind == arazzo.TargetNone:
		return Unclear
	}
	return Call
}

// details say what a step does, of which source, and how long it waits.
func details(step *arazzo.Step) []string {
	switch {
	case step.Interaction != nil:
		return lines("asks: "+step.Interaction.Prompt.Str(), waits(step.Interaction.Timeout, step.Interaction.HasTimeout))
	case step.FinalResponse != nil:
		return lines("answers the caller")
	case step.Aggregate != nil:
		return aggregated(step.Aggregate)
	case step.Async != nil:
		a := step.Async
		return lines(a.Type.String()+" "+either(a.Channel.Str(), a.Operation.Name), waits(a.Timeout, a.HasTimeout))
	}
	return lines(does(step), source(step.Target.Source), waits(step.Timeout, step.HasTimeout))
}

func aggregated(a *arazzo.AsyncAggregate) []string {
	list := lines(strings.TrimSpace("waits for " + a.Strategy.String() + " of " + either(a.Group, "the answers")))
	for _, c := range a.Channels {
		list = append(list, "receive "+c.Channel.Str())
	}
	return append(list, lines(waits(a.Timeout, a.HasTimeout))...)
}

func does(step *arazzo.Step) string {
	t := step.Target
	what := either(t.Name, t.Pointer)
	switch t.Kind {
	case arazzo.TargetNone:
		return either(t.Raw, "the target cannot be read")
	case arazzo.TargetWorkflow:
		return "workflow " + what
	case arazzo.TargetChannel:
		what = "channel " + either(t.Name, lastPart(t.Pointer))
	case arazzo.TargetOperationPath:
		what = operationPath(t.Pointer)
	case arazzo.TargetOperation:
	}
	if step.Action != arazzo.DirectionNone {
		return step.Action.String() + " " + what
	}
	return what
}

// operationPath reads "/paths/~1orders~1{id}/get" as "GET /orders/{id}".
func operationPath(pointer string) string {
	rest, ok := strings.CutPrefix(pointer, "/paths/")
	path, method, both := strings.Cut(rest, "/")
	if !ok || !both {
		return pointer
	}
	return strings.ToUpper(method) + " " + unescape(path)
}

func lastPart(pointer string) string {
	return unescape(pointer[strings.LastIndexByte(pointer, '/')+1:])
}

func unescape(token string) string {
	return strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func source(name string) string {
	if name == "" {
		return ""
	}
	return "of " + name
}

func waits(d time.Duration, has bool) string {
	if !has {
		return ""
	}
	return "at most " + d.String()
}

// connect draws what leads from one step to the next, and between workflows.
func (s *sketch) connect(d *arazzo.Document, w *arazzo.Workflow, group *Group) {
	for _, ref := range w.DependsOn {
		if from := s.workflow(d, ref.Source, ref.Workflow); from != group.ID {
			s.edge(from, group.ID, Before, "")
		}
	}
	for _, a := range slices.Concat(w.SuccessActions, w.FailureActions) {
		group.Details = append(group.Details, "any step: "+said(a))
	}
	graph := w.Graph()
	for i, step := range w.Steps {
		id := s.own[step].ID
		if graph {
			s.dependencies(d, step)
		} else if i+1 < len(w.Steps) {
			s.edge(id, s.own[w.Steps[i+1]].ID, Next, "")
		}
		if step.Target.Kind == arazzo.TargetWorkflow && !step.Placeholder() {
			s.edge(id, s.from(d, step, step.Target.Source, step.Target.Name), Calls, "")
		}
		s.actions(d, step, Success, step.OnSuccess)
		s.actions(d, step, Failure, step.OnFailure)
	}
}

// dependencies draws what a step of a graph waits for: what it names, and the
// steps whose outputs it uses.
func (s *sketch) dependencies(d *arazzo.Document, step *arazzo.Step) {
	id := s.own[step].ID
	named := map[string]bool{id: true}
	for _, dep := range step.DependsOn {
		from := s.step(d, step.Workflow, dep)
		named[from] = true
		s.edge(from, id, Before, "")
	}
	for _, name := range used(step.Node) {
		from, ok := s.ids[place{d.URI, step.Workflow.ID, name}]
		if ok && !named[from] {
			s.edge(from, id, Data, "")
		}
	}
}

// used are the steps that expressions in a step name, in order.
func used(n *tree.Node) []string {
	u := &uses{left: maxVisits, seen: map[string]bool{}}
	u.visit(n)
	return u.names
}

// maxVisits bounds how much of a step is searched: aliases of YAML make a small
// text a huge tree.
const maxVisits = 20_000

type uses struct {
	left  int
	seen  map[string]bool
	names []string
}

func (u *uses) visit(n *tree.Node) {
	if u.left--; u.left < 0 || n == nil {
		return
	}
	for _, m := range n.Members {
		u.visit(m.Value)
	}
	for _, item := range n.Items {
		u.visit(item)
	}
	for _, part := range strings.Split(n.Str(), "$steps.")[1:] {
		name, _, _ := strings.Cut(part, ".")
		if !u.seen[name] {
			u.seen[name] = true
			u.names = append(u.names, name)
		}
	}
}

func (s *sketch) actions(d *arazzo.Document, step *arazzo.Step, kind Link, list []*arazzo.Action) {
	from := s.own[step].ID
	for _, a := range list {
		to := s.target(d, step, a)
		if to == "" {
			continue
		}
		if a.Type == arazzo.ActionRetry {
			s.edge(from, to, Retry, said(a))
			continue
		}
		s.edge(from, to, kind, a.Name)
	}
}

// target is where an action leads, or "" where it says nothing that can be drawn.
func (s *sketch) target(d *arazzo.Document, step *arazzo.Step, a *arazzo.Action) string {
	switch {
	case a.Type == arazzo.ActionEnd:
		return s.end(step)
	case a.Workflow != nil:
		return s.from(d, step, a.Workflow.Source, a.Workflow.Workflow)
	case a.StepID != "":
		return s.step(d, step.Workflow, &arazzo.Dependency{Step: a.StepID})
	case a.Type == arazzo.ActionRetry:
		return s.own[step].ID
	}
	return ""
}

// said is an action in a few words.
func said(a *arazzo.Action) string {
	var b strings.Builder
	b.WriteString(a.Type.String())
	if a.Type == arazzo.ActionRetry {
		fmt.Fprintf(&b, " %d×", a.RetryLimit)
		if a.RetryAfter > 0 {
			fmt.Fprintf(&b, " after %s", a.RetryAfter)
		}
		return b.String()
	}
	switch {
	case a.Workflow != nil:
		b.WriteString(" " + a.Workflow.Workflow)
	case a.StepID != "":
		b.WriteString(" " + a.StepID)
	}
	if a.Name != "" {
		b.WriteString(" (" + a.Name + ")")
	}
	return strings.TrimSpace(b.String())
}

// end is the one end of a workflow, made when the first action needs it.
func (s *sketch) end(step *arazzo.Step) string {
	w, group := step.Workflow, s.own[step].Group
	if id, ok := s.ends[group]; ok {
		return id
	}
	n := s.node(group+"/end", Node{Kind: End, Label: "end", Group: group})
	s.ends[group] = n.ID
	if last := w.Steps[len(w.Steps)-1]; !w.Graph() {
		s.edge(s.own[last].ID, n.ID, Next, "")
	}
	return n.ID
}

// step is the node of a step that another names; one that is not there gets a
// node that says so, since a picture without it would hide the fault.
func (s *sketch) step(d *arazzo.Document, w *arazzo.Workflow, dep *arazzo.Dependency) string {
	at := place{location(d, dep.Source), either(dep.Workflow, w.ID), dep.Step}
	return s.elsewhere(at, Node{Kind: Unclear, Label: either(dep.Step, dep.Raw), Details: lines("not in what is drawn", source(dep.Source))})
}

func (s *sketch) workflow(d *arazzo.Document, from, id string) string {
	return s.elsewhere(place{location(d, from), id, ""}, Node{Kind: Workflow, Label: id, Details: lines("not in what is drawn", source(from))})
}

// from is a workflow as one of its own steps or another's sees it: its own
// begins again with the first step, since no language draws an edge from
// inside a box to the box.
func (s *sketch) from(d *arazzo.Document, step *arazzo.Step, source, id string) string {
	to := s.workflow(d, source, id)
	if to == s.own[step].Group {
		return s.own[step.Workflow.Steps[0]].ID
	}
	return to
}

func (s *sketch) elsewhere(at place, n Node) string {
	if id, ok := s.ids[at]; ok {
		return id
	}
	id := s.node(n.Label, n).ID
	s.ids[at] = id
	return id
}

// location is the document that a source of another is read from.
func location(d *arazzo.Document, name string) string {
	for _, src := range d.Sources {
		if src.Name == name && name != "" {
			return src.Location
		}
	}
	if name != "" {
		return "\x00" + name
	}
	return d.URI
}
