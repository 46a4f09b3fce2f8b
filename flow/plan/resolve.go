package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/openapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// step compiles all of a step that does not look at other workflows' names.
func (c *compiler) step(s *Step) {
	spec := s.Spec
	switch {
	case spec.Async != nil:
		c.asyncOperation(s)
	case spec.Aggregate != nil:
		c.aggregate(s)
	case spec.Interaction != nil:
		c.interaction(s)
	case spec.FinalResponse != nil:
		s.Kind = Respond
	default:
		c.target(s)
	}
	c.oneExtension(s)
	c.content(s)
	c.callbacks(s)
	c.finalResponse(s)
}

// target finds what a step does.
func (c *compiler) target(s *Step) {
	t := s.Spec.Target
	switch t.Kind {
	case arazzo.TargetWorkflow:
		s.Kind = Invoke
		s.Target = c.workflow(s.Workflow, t.Source, t.Name, t.Node)
		c.noAction(s)
	case arazzo.TargetOperation, arazzo.TargetOperationPath:
		c.operation(s)
	case arazzo.TargetChannel:
		c.channelTarget(s)
	default:
		node := top(s.Spec.Node)
		if t.Node != nil {
			node = t.Node
		}
		c.fail(CodeTarget, node, "give it an operationId, an operationPath, a channelPath or a workflowId", "step %s does not say what it calls", s.ID)
	}
}

func (c *compiler) noAction(s *Step) {
	if s.Spec.Action != arazzo.DirectionNone {
		c.fail(CodeAction, s.Spec.Node.Get("action"), "remove it", "only a step on an AsyncAPI operation or channel has an action")
	}
	if s.Spec.CorrelationID != nil {
		c.fail(CodeCorrelation, s.Spec.CorrelationID.Node, "remove it", "only a step that receives has a correlationId")
	}
}

// workflow finds a workflow of the same document, or of an Arazzo source.
func (c *compiler) workflow(from *Workflow, source, id string, node *tree.Node) *Workflow {
	doc, prefix := from.Document, strings.TrimSuffix(from.Name, from.ID)
	if source != "" {
		src := c.source(from, source, node)
		if src == nil {
			return nil
		}
		if src.Arazzo == nil {
			c.fail(CodeWorkflow, node, "name a source of type arazzo", "source %s is no Arazzo document, so it has no workflows", source)
			return nil
		}
		doc, prefix = src.Arazzo, prefix+source+"."
	}
	ids := make([]string, len(doc.Workflows))
	for i, w := range doc.Workflows {
		if w.ID == id {
			return c.reach(w, prefix)
		}
		ids[i] = w.ID
	}
	c.fail(CodeWorkflow, node, diag.DidYouMean(id, ids), "there is no workflow %q", id)
	return nil
}

// source finds a source description of a workflow's document.
func (c *compiler) source(from *Workflow, name string, node *tree.Node) *Source {
	var names []string
	for _, spec := range from.Document.Sources {
		if spec.Name == name {
			src := c.sources[spec]
			if src == nil {
				c.fail(CodeSource, node, "", "source %s was not opened", name)
			}
			return src
		}
		names = append(names, spec.Name)
	}
	c.fail(CodeSource, node, diag.DidYouMean(name, names), "there is no source description %q", name)
	return nil
}

// use notes that a source is used, under a name that is its own.
func (c *compiler) use(src *Source) *Use {
	if u, ok := c.uses[src.Spec]; ok {
		return u
	}
	u := &Use{Name: src.Spec.Name, Source: src}
	for c.useTaken(u.Name) {
		u.Name += "'"
	}
	c.uses[src.Spec] = u
	c.plan.Uses = append(c.plan.Uses, u)
	return u
}

func (c *compiler) useTaken(name string) bool {
	return slices.ContainsFunc(c.plan.Uses, func(u *Use) bool { return u.Name == name })
}

// match is one operation that a name or path may mean.
type match struct {
	source *Source
	http   *openapi.Operation
	async  *asyncapi.Operation
}

func (c *compiler) operation(s *Step) {
	t := s.Spec.Target
	candidates := c.candidates(s)
	if candidates == nil {
		return
	}
	var matches []match
	var names []string
	for _, src := range candidates {
		m, known := src.find(t)
		names = append(names, known...)
		if m.http != nil || m.async != nil {
			m.source = src
			matches = append(matches, m)
		}
	}
	what := t.Name
	if t.Kind == arazzo.TargetOperationPath {
		what = t.Pointer
	}
	switch {
	case len(matches) == 0:
		c.fail(CodeTarget, t.Node, diag.DidYouMean(what, names), "there is no operation %q in %s", what, sourceNames(candidates))
	case len(matches) > 1:
		c.fail(CodeAmbiguous, t.Node, fmt.Sprintf("write $sourceDescriptions.%s.%s, or whichever is meant", matches[0].source.Spec.Name, what),
			"several sources have an operation %q", what)
	default:
		if t.Source == "" && len(candidates) > 1 {
			c.warn(CodeAmbiguous, t.Node, fmt.Sprintf("write $sourceDescriptions.%s.%s", matches[0].source.Spec.Name, what),
				"with several sources, operation %q has to say which it is of", what)
		}
		c.does(s, matches[0])
	}
}

// candidates are the sources in which a step's operation may be.
func (c *compiler) candidates(s *Step) []*Source {
	t := s.Spec.Target
	if t.Source != "" {
		src := c.source(s.Workflow, t.Source, t.Node)
		if src == nil {
			return nil
		}
		if src.Arazzo != nil {
			c.fail(CodeTarget, t.Node, "write workflowId instead", "source %s is an Arazzo document: it has workflows and no operations", t.Source)
			return nil
		}
		return []*Source{src}
	}
	var list []*Source
	for _, spec := range s.Workflow.Document.Sources {
		if src := c.sources[spec]; src != nil && src.Arazzo == nil {
			list = append(list, src)
		}
	}
	if len(list) == 0 {
		c.fail(CodeSource, t.Node, "add a source description", "no source that was opened has operations")
	}
	return list
}

// find looks for an operation, and names those that are there.
func (src *Source) find(t arazzo.Target) (match, []string) {
	byPath := t.Kind == arazzo.TargetOperationPath
	switch {
	case src.OpenAPI != nil && byPath:
		return match{http: src.OpenAPI.ByPointer(t.Pointer)}, src.OpenAPI.Pointers()
	case src.OpenAPI != nil:
		return match{http: src.OpenAPI.ByID(t.Name)}, src.OpenAPI.IDs()
	case src.AsyncAPI != nil:
		return src.findAsync(t, byPath)
	}
	return match{}, nil
}

func (src *Source) findAsync(t arazzo.Target, byPath bool) (match, []string) {
	var names []string
	at := src.AsyncAPI.Node.At(t.Pointer)
	for _, op := range src.AsyncAPI.Operations {
		pointer := "/operations/" + tree.EscapePointer(op.ID)
		switch {
		case byPath && (pointer == t.Pointer || at != nil && op.Node == at), !byPath && op.ID == t.Name:
			return match{async: op}, nil
		case byPath:
			names = append(names, pointer)
		default:
			names = append(names, op.ID)
		}
	}
	return match{}, names
}

func sourceNames(sources []*Source) string {
	names := make([]string, len(sources))
	for i, src := range sources {
		names[i] = src.Spec.Name
	}
	return strings.Join(names, ", ")
}

// does settles what a step does with an operation.
func (c *compiler) does(s *Step, m match) {
	s.Use = c.use(m.source)
	if m.http != nil {
		s.Kind, s.Operation = Call, m.http
		s.Use.Calls = true
		c.noAction(s)
		return
	}
	s.Does = m.async
	direction := s.Spec.Action
	if direction == arazzo.DirectionNone {
		direction = arazzo.Send
		if m.async.Action == asyncapi.Send {
			direction = arazzo.Receive
		}
		c.report(diag.Info, CodeAction, s.Spec.Target.Node, fmt.Sprintf("write action: %s", direction),
			"step %s has no action; it is taken to %s, since %s does the opposite in its document", s.ID, direction, m.async.ID)
	}
	if direction == arazzo.Send {
		c.sends(s, m.async.Channel, m.async.Messages)
		c.perspective(s, m.async, asyncapi.Send)
		return
	}
	if m.async.Reply != nil {
		c.receivesReply(s, m.async)
		return
	}
	c.receives(s, m.async.Channel, m.async.Messages)
	c.perspective(s, m.async, asyncapi.Receive)
}

// perspective tells of a document that seems to be written from the caller's
// side (A2).
func (c *compiler) perspective(s *Step, op *asyncapi.Operation, action asyncapi.Action) {
	if op.Action != action {
		return
	}
	severity := diag.Info
	if c.opts.StrictPerspective {
		severity = diag.Error
	}
	c.report(severity, CodePerspective, s.Spec.Target.Node, "the step's action counts",
		"step %s is to %s, and so is operation %s of its document, which should describe the other party", s.ID, action, op.ID)
}

func (c *compiler) channelTarget(s *Step) {
	t := s.Spec.Target
	spec, src := c.findChannel(s)
	if spec == nil {
		return
	}
	s.Use = c.use(src)
	switch s.Spec.Action {
	case arazzo.Send:
		c.sends(s, spec, spec.Messages)
	case arazzo.Receive:
		c.receives(s, spec, spec.Messages)
	default:
		c.fail(CodeAction, t.Node, "add action: send or action: receive", "a step on a channel has to say what it does")
	}
}

func (c *compiler) findChannel(s *Step) (*asyncapi.Channel, *Source) {
	t := s.Spec.Target
	candidates := c.candidates(s)
	var names []string
	var channel *asyncapi.Channel
	var found *Source
	for _, src := range candidates {
		if src.AsyncAPI == nil {
			if t.Source != "" {
				c.fail(CodeTarget, t.Node, "use operationPath for HTTP operations", "source %s is no AsyncAPI document, so it has no channels", t.Source)
				return nil, nil
			}
			continue
		}
		at := src.AsyncAPI.Node.At(t.Pointer)
		for _, ch := range src.AsyncAPI.Channels {
			pointer := "/channels/" + tree.EscapePointer(ch.Name)
			named := ch.Name == t.Name || s.byAddress() && ch.HasAddress && ch.Address == t.Name
			if t.Pointer != "" && (pointer == t.Pointer || at == ch.Node) || t.Pointer == "" && named {
				if channel != nil {
					c.fail(CodeAmbiguous, t.Node, "name the source: '{$sourceDescriptions.NAME.url}#"+pointer+"'", "several sources have a channel %q", ch.Name)
					return nil, nil
				}
				channel, found = ch, src
			}
			switch {
			case t.Pointer != "":
				names = append(names, pointer)
			case s.byAddress():
				names = append(names, ch.Address)
			default:
				names = append(names, ch.Name)
			}
		}
	}
	if channel == nil && candidates != nil {
		what := t.Pointer
		if what == "" {
			what = t.Name
		}
		c.fail(CodeTarget, t.Node, diag.DidYouMean(what, names), "there is no channel %q in %s", what, sourceNames(candidates))
	}
	return channel, found
}
