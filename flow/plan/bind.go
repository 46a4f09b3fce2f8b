package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/spec/expr"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// bind decides, now that every workflow and step is known, what each name in
// an expression means, and finds those that mean nothing.
func (c *compiler) bind() {
	for _, w := range c.plan.Workflows {
		for _, s := range w.Steps {
			c.bindStep(s)
		}
		w.joinParts()
		b := &binding{compiler: c, flow: w}
		for i, o := range w.Spec.Outputs {
			if i < len(w.Outputs) {
				w.Outputs[i].Value = b.value(w.Outputs[i].Value, o.Value.Node)
			}
		}
		w.Joins = b.joins
	}
}

func (c *compiler) bindStep(s *Step) {
	b := &binding{compiler: c, flow: s.Workflow, step: s}
	for i := range s.Parameters {
		s.Parameters[i].Value = b.value(s.Parameters[i].Value, b.parameterNode(s.Parameters[i]))
	}
	if s.Body != nil {
		b.body(s.Body)
	}
	if s.Correlation != nil {
		s.Correlation = b.value(s.Correlation, s.Spec.CorrelationID.Node)
	}
	if s.Filter != nil {
		s.Filter = b.criterion(s.Filter, s.Spec.MessageFilter)
	}
	b.extensions(s)
	b.criteria(s.Criteria, s.Spec.SuccessCriteria)
	for i, o := range s.Spec.Outputs {
		if i < len(s.Outputs) {
			s.Outputs[i].Value = b.value(s.Outputs[i].Value, o.Value.Node)
		}
	}
	b.inAction = true
	b.actions(s.OnSuccess)
	b.actions(s.OnFailure)
	s.Joins = b.joins
}

// binding binds the expressions of one step, or of a workflow's outputs, and
// gathers which steps they refer to.
type binding struct {
	*compiler
	flow  *Workflow
	step  *Step // nil for outputs of the workflow
	joins []int
	asked map[string]expr.Ref // by their text
	// inAction says that actions are bound. They may be meant for steps of all
	// kinds, and one that asks for what a step does not have is not taken.
	inAction bool
}

func (b *binding) parameterNode(p Parameter) *tree.Node {
	for _, lists := range [][]*arazzo.Parameter{b.step.Spec.Parameters, b.flow.Spec.Parameters} {
		for _, spec := range lists {
			if spec.Name == p.Name || strings.EqualFold(spec.Name, p.Name) {
				return firstNode(spec.Value.Node, spec.Node)
			}
		}
	}
	return b.step.Spec.Node
}

func (b *binding) value(v *expr.Value, node *tree.Node) *expr.Value {
	if v == nil || v.IsLiteral() {
		return v
	}
	b.refer(v.Refs(), node)
	bound, problems := v.Bind(b.declared)
	b.explain(problems, node)
	return or(bound, v)
}

func (b *binding) criterion(c *expr.Criterion, node *tree.Node) *expr.Criterion {
	b.refer(c.Refs(), node)
	bound, problems := c.Bind(b.declared)
	b.explain(problems, node)
	return or(bound, c)
}

// or keeps what was compiled where it could not be bound: an error says so,
// and the plan is not used.
func or[T any](bound, compiled *T) *T {
	if bound != nil {
		return bound
	}
	return compiled
}

func (b *binding) criteria(list []*expr.Criterion, specs []*arazzo.Criterion) {
	for i := range list {
		if i < len(specs) {
			list[i] = b.criterion(list[i], specs[i].Node)
		}
	}
}

func (b *binding) actions(list []Action) {
	for i := range list {
		node := b.actionNode(list[i].Name)
		criteria := node.Get("criteria")
		for j := range list[i].Criteria {
			at := criteria
			if criteria.Len() > j && criteria.Is(tree.Sequence) {
				at = criteria.Items[j]
			}
			list[i].Criteria[j] = b.criterion(list[i].Criteria[j], firstNode(at, node, b.step.Spec.Node))
		}
		for j := range list[i].Parameters {
			list[i].Parameters[j].Value = b.value(list[i].Parameters[j].Value, firstNode(node.Get("parameters"), node, b.step.Spec.Node))
		}
	}
}

// actionNode returns where an action of the step is written.
func (b *binding) actionNode(name string) *tree.Node {
	for _, list := range [][]*arazzo.Action{b.step.Spec.OnSuccess, b.step.Spec.OnFailure, b.flow.Spec.SuccessActions, b.flow.Spec.FailureActions} {
		for _, spec := range list {
			if spec.Name == name {
				return firstNode(spec.Definition, spec.Node)
			}
		}
	}
	return nil
}

func (b *binding) body(body *Body) {
	spec := b.step.Spec.RequestBody
	body.Payload = b.value(body.Payload, spec.Payload)
	for i := range body.Replacements {
		r := &body.Replacements[i]
		b.refer(r.Target.Refs(), spec.Node)
		target, problems := r.Target.Bind(b.declared)
		b.explain(problems, spec.Node)
		r.Target = or(target, r.Target)
		r.Value = b.value(r.Value, spec.Node)
	}
}

// refer notes which steps are referred to, and reports what can never have a
// value here.
func (b *binding) refer(refs []expr.Ref, node *tree.Node) {
	for _, ref := range refs {
		switch ref.Root {
		case expr.Steps:
			b.referToStep(ref, node)
		case expr.Async, expr.AsyncAggregate:
			b.referToExtension(ref, node)
		case expr.Message, expr.Response, expr.StatusCode, expr.Request, expr.URL, expr.Method:
			b.checkKind(ref, node)
		}
	}
}

func (b *binding) referToStep(ref expr.Ref, node *tree.Node) {
	target := b.flow.Step(ref.Step)
	if target == nil || target == b.step {
		return // an unknown one is found when names are decided
	}
	if !slices.Contains(b.joins, target.Index) {
		b.joins = append(b.joins, target.Index)
	}
	if b.step == nil || !b.flow.Ordered || target.Index < b.step.Index {
		return
	}
	severity := diag.Error
	if b.flow.goesBack() {
		severity = diag.Warning // it may have run before control came back
	}
	b.report(severity, CodeForward, node, fmt.Sprintf("put step %s first, or say what depends on what with dependsOn", ref.Step),
		"step %s refers to step %s, which runs after it", b.step.ID, ref.Step)
}

// goesBack reports whether some action leads from a step to an earlier one, or
// runs another step before a retry.
func (w *Workflow) goesBack() bool {
	for _, s := range w.Steps {
		for _, list := range [][]Action{s.OnSuccess, s.OnFailure} {
			for i := range list {
				if list[i].Step >= 0 && (list[i].Step <= s.Index || list[i].Type == arazzo.ActionRetry) {
					return true
				}
			}
		}
	}
	return false
}

// checkKind reports expressions about HTTP in steps with messages, and the
// other way round: they never have a value, so the step could not succeed.
func (b *binding) checkKind(ref expr.Ref, node *tree.Node) {
	if b.step == nil {
		b.fail(CodeReference, node, "refer to the output of a step", "outside a step there is no %s", ref.Root)
		return
	}
	message := ref.Root == expr.Message
	asynchronous := b.step.Kind == Send || b.step.Kind == Receive || b.step.Kind == Ask
	switch {
	case b.step.Kind == 0 || b.inAction || message && asynchronous || !message && b.step.Kind == Call:
	case b.step.Kind == Invoke && !message:
		b.warn(CodeReference, node, "give the workflow an output for it and use $outputs.NAME",
			"step %s runs a workflow; %s is taken to be that of the workflow's last call", b.step.ID, ref.Root)
	case b.step.Kind == Gather || b.step.Kind == Respond:
		b.fail(CodeReference, node, "refer to the output of a step that has it", "step %s neither calls anything nor has a message, so it has no %s", b.step.ID, ref.Root)
	case b.step.Kind == Invoke:
		b.fail(CodeReference, node, "its outputs are at $outputs.NAME", "step %s runs a workflow, so it has no $message", b.step.ID)
	case message:
		b.fail(CodeReference, node, "use $response or $statusCode", "step %s makes an HTTP call, so it has no $message", b.step.ID)
	default:
		b.fail(CodeReference, node, "use $message", "step %s is about a message, so it has no %s", b.step.ID, ref.Root)
	}
}

// declared reports whether a reference names something that is declared.
func (b *binding) declared(ref expr.Ref) bool {
	if b.asked == nil {
		b.asked = map[string]expr.Ref{}
	}
	b.asked[ref.String()] = ref
	switch ref.Root {
	case expr.Inputs:
		return declaredIn(b.flow.Declared, ref.Name)
	case expr.Steps:
		s := b.flow.Step(ref.Step)
		return s != nil && ref.Part == expr.PartOutputs && (ref.Name == "" || s.hasOutput(ref.Name))
	case expr.Workflows:
		return b.declaredInWorkflow(ref)
	case expr.Outputs:
		if b.step != nil && b.step.Kind == Invoke && b.step.Target != nil {
			return ref.Name == "" || b.step.Target.hasOutput(ref.Name)
		}
		return ref.Name == "" || b.flow.hasOutput(ref.Name)
	case expr.SourceDescriptions:
		_, ok := b.flow.SourceField(ref.Source, ref.Name)
		return ok
	}
	return true
}

// declaredIn reports whether an input is declared. Where none is, anything may
// be given, and a dot separates a name from what is in it.
func declaredIn(names []string, name string) bool {
	if name == "" {
		return true
	}
	if len(names) == 0 {
		return !strings.Contains(name, ".")
	}
	return slices.Contains(names, name)
}

func (b *binding) declaredInWorkflow(ref expr.Ref) bool {
	w := b.plan.Sibling(b.flow, ref.Workflow)
	switch {
	case w == nil:
		return false
	case ref.Part == expr.PartInputs:
		return declaredIn(w.Declared, ref.Name)
	case ref.Part != expr.PartOutputs:
		return false
	case ref.Step != "":
		s := w.Step(ref.Step)
		return s != nil && (ref.Name == "" || s.hasOutput(ref.Name))
	}
	return ref.Name == "" || w.hasOutput(ref.Name)
}

func (s *Step) hasOutput(name string) bool {
	return slices.ContainsFunc(s.Spec.Outputs, func(o *arazzo.Output) bool { return o.Name == name })
}

func (w *Workflow) hasOutput(name string) bool {
	return slices.ContainsFunc(w.Spec.Outputs, func(o *arazzo.Output) bool { return o.Name == name })
}

// explain turns problems of binding into findings, and says of unknown names
// what there is instead.
func (b *binding) explain(problems []expr.Problem, node *tree.Node) {
	for _, p := range problems {
		if p.Code != expr.CodeUnknown {
			b.compiler.problems([]expr.Problem{p}, node)
			continue
		}
		at := node
		if inner := node.At(p.Path); p.Path != "" && inner != nil {
			at = inner
		}
		p.Path = ""
		d := p.Diagnostic(at)
		d.Code = CodeReference
		if ref, ok := b.asked[strings.TrimSuffix(p.Message, " is not declared")]; ok {
			d.Message, d.Help = b.unknown(ref)
		}
		b.found = append(b.found, d)
	}
}

func (b *binding) unknown(ref expr.Ref) (message, help string) {
	switch ref.Root {
	case expr.Inputs:
		return fmt.Sprintf("workflow %s declares no input %q", b.flow.ID, ref.Name), among(ref.Name, b.flow.Declared)
	case expr.Steps:
		return b.unknownOutput(b.flow, ref)
	case expr.Outputs:
		if b.step != nil && b.step.Kind == Invoke && b.step.Target != nil {
			return fmt.Sprintf("workflow %s has no output %q", b.step.Target.ID, ref.Name), among(ref.Name, outputNames(b.step.Target.Spec.Outputs))
		}
		return fmt.Sprintf("workflow %s has no output %q", b.flow.ID, ref.Name), among(ref.Name, outputNames(b.flow.Spec.Outputs))
	case expr.SourceDescriptions:
		return fmt.Sprintf("source description %s has no %q", ref.Source, ref.Name), "it has name, url and type"
	case expr.Workflows:
		return b.unknownInWorkflow(ref)
	}
	return ref.String() + " is not declared", ""
}

func (b *binding) unknownInWorkflow(ref expr.Ref) (message, help string) {
	w := b.plan.Sibling(b.flow, ref.Workflow)
	switch {
	case w == nil:
		for _, spec := range b.flow.Document.Workflows {
			if spec.ID == ref.Workflow {
				return fmt.Sprintf("workflow %s never runs before this", ref.Workflow), "run it in a step, or name it in dependsOn of workflow " + b.flow.ID
			}
		}
		ids := make([]string, len(b.flow.Document.Workflows))
		for i, spec := range b.flow.Document.Workflows {
			ids[i] = spec.ID
		}
		return fmt.Sprintf("there is no workflow %q", ref.Workflow), diag.DidYouMean(ref.Workflow, ids)
	case ref.Step != "":
		return b.unknownOutput(w, ref)
	case ref.Part == expr.PartInputs:
		return fmt.Sprintf("workflow %s declares no input %q", w.ID, ref.Name), among(ref.Name, w.Declared)
	}
	return fmt.Sprintf("workflow %s has no output %q", w.ID, ref.Name), among(ref.Name, outputNames(w.Spec.Outputs))
}

func (b *binding) unknownOutput(w *Workflow, ref expr.Ref) (message, help string) {
	s := w.Step(ref.Step)
	if s == nil {
		return fmt.Sprintf("workflow %s has no step %q", w.ID, ref.Step), diag.DidYouMean(ref.Step, stepIDs(w))
	}
	names := outputNames(s.Spec.Outputs)
	if len(names) == 0 {
		return fmt.Sprintf("step %s has no outputs", s.ID), fmt.Sprintf("add an output %s to it", ref.Name)
	}
	return fmt.Sprintf("step %s has no output %q", s.ID, ref.Name), among(ref.Name, names)
}

func outputNames(outputs []*arazzo.Output) []string {
	names := make([]string, len(outputs))
	for i, o := range outputs {
		names[i] = o.Name
	}
	return names
}

// among suggests the nearest name, or lists those there are.
func among(name string, names []string) string {
	if near := diag.DidYouMean(name, names); near != "" {
		return near
	}
	const shown = 8
	if len(names) == 0 {
		return ""
	}
	if len(names) > shown {
		return "there are " + strings.Join(names[:shown], ", ") + " and more"
	}
	return "there is " + strings.Join(names, ", ")
}
