package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/spec/expr"
	"github.com/weft-dev/weft/spec/openapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// content compiles what a step carries and judges by.
func (c *compiler) content(s *Step) {
	spec := s.Spec
	switch s.Kind {
	case Call, Send, Receive, Invoke:
		c.parameters(s)
		c.body(s)
	case Gather, Ask, Respond:
		c.carriesNothing(s)
	}
	if spec.CorrelationID != nil {
		s.Correlation = c.value(*spec.CorrelationID)
	}
	if spec.MessageFilter != nil {
		c.filter(s)
	}
	s.Criteria = c.criteria(spec.SuccessCriteria)
	if s.Owner == nil { // what a part does, its owner answers for
		s.OnSuccess = c.actions(s, spec.OnSuccess, s.Workflow.Spec.SuccessActions)
		s.OnFailure = c.actions(s, spec.OnFailure, s.Workflow.Spec.FailureActions)
	}
	for _, o := range spec.Outputs {
		if value := c.value(o.Value); value != nil {
			s.Outputs = append(s.Outputs, Output{Name: o.Name, Value: value})
		}
	}
	s.Fork = (s.Kind == Receive || s.Kind == Gather || s.Kind == Ask) &&
		!slices.ContainsFunc(s.OnSuccess, func(a Action) bool { return a.MovesControl() }) &&
		!slices.ContainsFunc(s.OnFailure, func(a Action) bool { return a.MovesControl() })
}

func (c *compiler) filter(s *Step) {
	node := s.Spec.MessageFilter
	if s.Kind != Receive {
		c.fail(CodeAction, node, "remove it", "only a step that receives has an x-message-filter")
		return
	}
	filter, problems := expr.NewCriterion(expr.CriterionSource{Condition: node.Str()})
	c.problems(problems, node)
	s.Filter = filter
}

// value compiles a value, or returns nil where it cannot be.
func (c *compiler) value(v arazzo.Value) *expr.Value {
	if v.Node == nil {
		return expr.Literal(nil)
	}
	value, problems := expr.CompileNode(v.Node)
	c.problems(problems, v.Node)
	return value
}

// problems turns what was found in an expression into findings.
func (c *compiler) problems(list []expr.Problem, node *tree.Node) {
	for _, p := range list {
		at := node
		if p.Node == nil && p.Path != "" {
			if inner := node.At(p.Path); inner != nil {
				at = inner
			}
		}
		c.found = append(c.found, p.Diagnostic(at))
	}
}

func (c *compiler) criteria(specs []*arazzo.Criterion) []*expr.Criterion {
	list := make([]*expr.Criterion, 0, len(specs))
	for _, spec := range specs {
		from := expr.CriterionSource{Condition: spec.Condition.Str(), Context: spec.Context.Str(), Type: spec.Type.Language.String()}
		if spec.Type.Node.Is(tree.Mapping) {
			from.Version = spec.Type.Version
		}
		criterion, problems := expr.NewCriterion(from)
		c.problems(problems, spec.Node)
		if criterion != nil {
			list = append(list, criterion)
		}
	}
	return list
}

// actions compiles a step's actions and then those of its workflow that it
// does not override by name (A32).
func (c *compiler) actions(s *Step, own, inherited []*arazzo.Action) []Action {
	list := make([]Action, 0, len(own)+len(inherited))
	for _, spec := range own {
		list = append(list, c.action(s, spec))
	}
	for _, spec := range inherited {
		if !slices.ContainsFunc(own, func(a *arazzo.Action) bool { return a.Name == spec.Name }) {
			list = append(list, c.action(s, spec))
		}
	}
	return list
}

func (c *compiler) action(s *Step, spec *arazzo.Action) Action {
	a := Action{
		Name: spec.Name, Type: spec.Type, Step: -1, RetryAfter: spec.RetryAfter, RetryLimit: spec.RetryLimit,
		Criteria: c.criteria(spec.Criteria), Span: spec.Node.Span,
	}
	if spec.StepID != "" {
		target := s.Workflow.Step(spec.StepID)
		if target == nil {
			c.fail(CodeJump, firstNode(spec.Node.Get("stepId"), spec.Definition.Get("stepId"), spec.Node), diag.DidYouMean(spec.StepID, stepIDs(s.Workflow)),
				"action %s leads to step %q, which workflow %s does not have", spec.Name, spec.StepID, s.Workflow.ID)
			return a
		}
		a.Step = target.Index
		if spec.Type == arazzo.ActionRetry && target == s {
			c.fail(CodeJump, firstNode(spec.Node.Get("stepId"), spec.Node), "remove the stepId: a retry repeats its own step anyhow", "action %s would run step %s before it repeats it", spec.Name, s.ID)
		}
	}
	if spec.Workflow != nil {
		a.Workflow = c.workflow(s.Workflow, spec.Workflow.Source, spec.Workflow.Workflow, spec.Workflow.Node)
	}
	if spec.Type == arazzo.ActionGoto && a.Step < 0 && a.Workflow == nil && spec.Workflow == nil {
		c.fail(CodeJump, top(spec.Node), "add a stepId or a workflowId", "action %s does not say where to go", spec.Name)
	}
	for _, p := range spec.Parameters {
		if a.Workflow == nil {
			c.fail(CodeParameter, p.Node, "remove it", "only an action that leads to a workflow has parameters")
			continue
		}
		a.Parameters = append(a.Parameters, c.input(a.Workflow, p))
	}
	if a.Workflow != nil {
		c.requiredInputs(a.Workflow, a.Parameters, spec.Node)
	}
	return a
}

func firstNode(nodes ...*tree.Node) *tree.Node {
	for _, n := range nodes {
		if n != nil {
			return n
		}
	}
	return nil
}

func stepIDs(w *Workflow) []string {
	ids := make([]string, len(w.Steps))
	for i, s := range w.Steps {
		ids[i] = s.ID
	}
	return ids
}

// parameters compiles a step's parameters and those of its workflow that it
// does not override and that its target can take.
func (c *compiler) parameters(s *Step) {
	for _, p := range s.Spec.Parameters {
		c.parameter(s, p, true)
	}
	for _, p := range s.Workflow.Spec.Parameters {
		overridden := slices.ContainsFunc(s.Spec.Parameters, func(own *arazzo.Parameter) bool {
			return own.Name == p.Name && own.In == p.In
		})
		if !overridden {
			c.parameter(s, p, false)
		}
	}
	switch s.Kind {
	case Call:
		c.requiredParameters(s)
		c.wholeQuery(s)
	case Invoke:
		if s.Target != nil {
			c.requiredInputs(s.Target, s.Parameters, s.Spec.Node)
		}
	case Send, Receive:
		c.requiredAddress(s)
	}
}

// wholeQuery refuses parameters of the query beside a querystring, which is all
// of it (§ Parameter Object).
func (c *compiler) wholeQuery(s *Step) {
	is := func(in Location) func(Parameter) bool { return func(p Parameter) bool { return p.In == in } }
	i := slices.IndexFunc(s.Parameters, is(InQuery))
	if i < 0 || !slices.ContainsFunc(s.Parameters, is(InQueryString)) {
		return
	}
	name, node := s.Parameters[i].Name, s.Spec.Node
	for _, p := range slices.Concat(s.Workflow.Spec.Parameters, s.Spec.Parameters) {
		if p.In == arazzo.InQuery && p.Name == name {
			node = p.Node
		}
	}
	c.fail(CodeParameter, node, "make it part of the querystring", "a querystring is the whole query: parameter %s in the query cannot stand beside it", name)
}

func (c *compiler) parameter(s *Step, p *arazzo.Parameter, own bool) {
	var compiled Parameter
	ok := false
	switch s.Kind {
	case Call:
		compiled, ok = c.callParameter(s, p, own)
	case Send, Receive:
		compiled, ok = c.messageParameter(s, p, own)
	case Invoke:
		if s.Target == nil || !own && !slices.Contains(s.Target.Declared, p.Name) {
			return
		}
		compiled, ok = c.input(s.Target, p), true
	}
	if ok {
		s.Parameters = append(s.Parameters, compiled)
	}
}

type callLocation struct {
	in   Location
	spec openapi.Location
}

var callLocations = lazy.Of[map[arazzo.Location]callLocation]{Make: func() map[arazzo.Location]callLocation {
	return map[arazzo.Location]callLocation{
		arazzo.InPath:        {InPath, openapi.InPath},
		arazzo.InQuery:       {InQuery, openapi.InQuery},
		arazzo.InQueryString: {InQueryString, openapi.InQueryString},
		arazzo.InHeader:      {InHeader, openapi.InHeader},
		arazzo.InCookie:      {InCookie, openapi.InCookie},
	}
}}

func (c *compiler) callParameter(s *Step, p *arazzo.Parameter, own bool) (Parameter, bool) {
	where, ok := callLocations.Get()[p.In]
	if !ok {
		if own {
			c.fail(CodeParameter, p.Node, "add in: path, query, header or cookie", "parameter %s does not say where in the request it goes", p.Name)
		}
		return Parameter{}, false
	}
	compiled := Parameter{Name: p.Name, In: where.in}
	declared := s.Operation.Parameter(where.spec, p.Name)
	if declared != nil {
		compiled.Name, compiled.Required = declared.Name, declared.Required
	} else if p.In == arazzo.InPath {
		if own {
			c.fail(CodeParameter, p.Node, diag.DidYouMean(p.Name, parameterNames(s.Operation, where.spec)),
				"%s %s has no path parameter %q", s.Operation.Method, s.Operation.Path, p.Name)
		}
		return Parameter{}, false
	} else if own && !(p.In == arazzo.InHeader && ofHTTP(p.Name)) {
		c.warn(CodeParameter, p.Node, diag.DidYouMean(p.Name, parameterNames(s.Operation, where.spec)),
			"%s %s declares no %s parameter %q; it is sent all the same", s.Operation.Method, s.Operation.Path, p.In, p.Name)
	}
	compiled.Value = c.value(p.Value)
	return compiled, compiled.Value != nil
}

// ofHTTP reports whether a header belongs to HTTP itself, so that no operation
// declares it, or its declaration says nothing (OpenAPI 3.1, Parameter Object).
func ofHTTP(header string) bool {
	switch strings.ToLower(header) {
	case "accept", "content-type", "authorization":
		return true
	}
	return false
}

func parameterNames(op *openapi.Operation, in openapi.Location) []string {
	var names []string
	for _, p := range op.Parameters {
		if p.In == in {
			names = append(names, p.Name)
		}
	}
	return names
}

func (c *compiler) requiredParameters(s *Step) {
	for _, p := range s.Operation.Parameters {
		given := slices.ContainsFunc(s.Parameters, func(own Parameter) bool {
			return own.Name == p.Name && own.In.String() == p.In.String()
		})
		if given || !p.Required || p.In == openapi.InHeader && ofHTTP(p.Name) {
			continue
		}
		if p.In == openapi.InPath {
			c.fail(CodeParameter, s.Spec.Target.Node, fmt.Sprintf("add a parameter with name: %s and in: path", p.Name),
				"step %s gives no value for %s of the path %s", s.ID, p.Name, s.Operation.Path)
			continue
		}
		c.warn(CodeParameter, s.Spec.Target.Node, fmt.Sprintf("add a parameter with name: %s and in: %s", p.Name, p.In),
			"step %s does not give the %s parameter %s, which %s %s requires", s.ID, p.In, p.Name, s.Operation.Method, s.Operation.Path)
	}
}

func (c *compiler) messageParameter(s *Step, p *arazzo.Parameter, own bool) (Parameter, bool) {
	compiled := Parameter{Name: p.Name}
	switch {
	case p.In == arazzo.InHeader && s.Kind == Send:
		compiled.In = InHeader
	case p.In == arazzo.InPath || p.In == arazzo.InChannel:
		if !slices.Contains(s.Channel.Parameters, p.Name) {
			if own {
				c.fail(CodeParameter, p.Node, diag.DidYouMean(p.Name, s.Channel.Parameters),
					"the address %q of channel %s has no parameter %q", s.Channel.Address, s.Channel.Spec.Name, p.Name)
			}
			return compiled, false
		}
		compiled.In, compiled.Required = InAddress, true
	case !own:
		return compiled, false
	case p.In == arazzo.InHeader:
		c.fail(CodeParameter, p.Node, "use correlationId, or a success criterion on $message.header."+p.Name, "a step that receives sends no headers")
		return compiled, false
	default:
		c.fail(CodeParameter, p.Node, "use in: header, or in: path for a parameter of the channel's address", "a message has no %s parameters", where(p))
		return compiled, false
	}
	compiled.Value = c.value(p.Value)
	return compiled, compiled.Value != nil
}

func where(p *arazzo.Parameter) string {
	if p.In == arazzo.InNone {
		return "such"
	}
	return p.In.String()
}

func (c *compiler) requiredAddress(s *Step) {
	if s.Channel == nil {
		return
	}
	for _, name := range s.Channel.Parameters {
		given := slices.ContainsFunc(s.Parameters, func(p Parameter) bool { return p.In == InAddress && p.Name == name })
		for _, p := range s.Channel.Spec.Parameters {
			given = given || p.Name == name && p.HasDefault
		}
		if !given {
			c.fail(CodeParameter, s.Spec.Target.Node, fmt.Sprintf("add a parameter with name: %s and in: path", name),
				"step %s gives no value for %s of the address %s", s.ID, name, s.Channel.Address)
		}
	}
}

// input compiles a parameter that is an input of a workflow.
func (c *compiler) input(w *Workflow, p *arazzo.Parameter) Parameter {
	if p.In != arazzo.InNone {
		c.warn(CodeParameter, p.Node, "remove in", "parameter %s is an input of workflow %s, which has no places", p.Name, w.ID)
	}
	if len(w.Declared) > 0 && !slices.Contains(w.Declared, p.Name) {
		c.warn(CodeParameter, p.Node, diag.DidYouMean(p.Name, w.Declared), "workflow %s declares no input %q", w.ID, p.Name)
	}
	compiled := Parameter{Name: p.Name, In: InInput, Value: c.value(p.Value), Required: slices.Contains(w.Required, p.Name)}
	if compiled.Value == nil { // the findings say so
		compiled.Value = expr.Literal(nil)
	}
	return compiled
}

func (c *compiler) requiredInputs(w *Workflow, given []Parameter, node *tree.Node) {
	for _, name := range w.Required {
		if !slices.ContainsFunc(given, func(p Parameter) bool { return p.Name == name }) && !c.defaulted(w, name) {
			c.fail(CodeParameter, top(node), fmt.Sprintf("add a parameter with name: %s", name), "workflow %s needs the input %s", w.ID, name)
		}
	}
}

func (c *compiler) defaulted(w *Workflow, name string) bool {
	node := w.Spec.Inputs
	if ref := node.Get("$ref"); ref.Is(tree.String) {
		node = c.dereference(ref)
	}
	return node.Get("properties").Get(name).Has("default")
}

// body compiles what a step sends.
func (c *compiler) body(s *Step) {
	spec := s.Spec.RequestBody
	if s.Kind == Receive {
		return
	}
	if spec == nil {
		if s.Kind == Call && s.Operation.RequestBody != nil && s.Operation.RequestBody.Required {
			c.warn(CodeBody, s.Spec.Target.Node, "add a requestBody", "step %s sends no body, which %s %s requires", s.ID, s.Operation.Method, s.Operation.Path)
		}
		return
	}
	if s.Kind == Invoke {
		c.fail(CodeBody, spec.Node, "pass values as parameters", "a step that runs a workflow sends no body")
		return
	}
	b := &Body{ContentType: spec.ContentType}
	if b.ContentType == "" {
		b.ContentType = contentType(s)
	}
	if spec.Payload != nil {
		payload, problems := expr.CompileNode(spec.Payload)
		c.problems(problems, spec.Payload)
		b.Payload, b.Text = payload, isText(spec.Payload, payload)
	}
	for _, r := range spec.Replacements {
		c.replacement(b, r)
	}
	s.Body = b
}

// isText reports whether a payload is written as a text, which is the body
// itself, and not as one expression, whose value is to be encoded.
func isText(node *tree.Node, payload *expr.Value) bool {
	if !node.Is(tree.String) || payload == nil {
		return false
	}
	if t := payload.Template(); t != nil && t.Expr() != nil {
		return false
	}
	text := strings.TrimSpace(node.Text)
	return !strings.HasPrefix(text, "${{") || !strings.HasSuffix(text, "}}")
}

// contentType is that of a body whose author names none: JSON if the target
// offers it, otherwise the first (A36).
func contentType(s *Step) string {
	if s.Kind == Call {
		if s.Operation.RequestBody != nil {
			if m := openapi.JSONOrFirst(s.Operation.RequestBody.Content); m != nil {
				return m.Name
			}
		}
		return "application/json"
	}
	for _, m := range s.Messages {
		if m.Spec.ContentType != "" {
			return m.Spec.ContentType
		}
	}
	if d := s.Use.Source.AsyncAPI.DefaultContentType; d != "" {
		return d
	}
	return "application/json"
}
