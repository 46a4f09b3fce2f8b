package arazzorules

import (
	"slices"
	"strings"

	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/spec/expr"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// site is one place where expressions stand.
type site struct {
	// workflow and step say whose names the expressions know; nil in a
	// component that nothing uses, and for what belongs to a workflow itself.
	workflow *arazzo.Workflow
	step     *arazzo.Step
	when     moment
	// problems are what is wrong with the text, and refs what it refers to.
	problems []diag.Diagnostic
	refs     []use
}

// moment is when an expression is evaluated, which says what it can see.
type moment uint8

const (
	before moment = iota // making the request or message
	after                // criteria, actions and outputs of a step
	end                  // outputs of a workflow
)

// use is one reference of an expression, and where it stands.
type use struct {
	ref  expr.Ref
	node *tree.Node
	at   diag.Diagnostic // place only
	// declared says that a reading of the name is declared, or cannot be known.
	declared bool
}

// sites are all places of the document where expressions stand. Components are
// looked at where they are used, and once more if they are not.
func (p *pass) sites() []*site {
	if p.all != nil {
		return p.all
	}
	p.all = []*site{}
	for _, w := range p.doc.Workflows {
		p.workflowSites(w)
	}
	for _, c := range p.doc.Components.Parameters {
		p.value(c.Value.Value, nil, nil, before)
	}
	for _, c := range p.doc.Components.SuccessActions {
		p.actionSite(c.Value, nil, nil)
	}
	for _, c := range p.doc.Components.FailureActions {
		p.actionSite(c.Value, nil, nil)
	}
	return p.all
}

func (p *pass) workflowSites(w *arazzo.Workflow) {
	p.parameterSites(w.Parameters, w, nil, before)
	if w.Callbacks != nil {
		p.value(arazzo.Value{Node: w.Callbacks.WebhookBase}, w, nil, before)
	}
	for _, s := range w.Steps {
		p.stepSites(s)
	}
	for _, list := range [][]*arazzo.Action{w.SuccessActions, w.FailureActions} {
		for _, a := range list {
			p.actionSite(a, w, nil)
		}
	}
	for _, o := range w.Outputs {
		p.value(o.Value, w, nil, end)
	}
}

func (p *pass) stepSites(s *arazzo.Step) {
	w := s.Workflow
	p.parameterSites(s.Parameters, w, s, before)
	if s.CorrelationID != nil {
		p.value(*s.CorrelationID, w, s, before)
	}
	if b := s.RequestBody; b != nil {
		p.value(arazzo.Value{Node: b.Payload}, w, s, before)
		for _, r := range b.Replacements {
			p.replacementTarget(r, b, s)
			p.value(r.Value, w, s, before)
		}
	}
	p.criteria(s.SuccessCriteria, w, s)
	if s.MessageFilter.Is(tree.String) {
		p.condition(s.MessageFilter, w, s)
	}
	p.extensionSites(s)
	for _, list := range [][]*arazzo.Action{s.OnSuccess, s.OnFailure} {
		for _, a := range list {
			p.actionSite(a, w, s)
		}
	}
	for _, o := range s.Outputs {
		p.value(o.Value, w, s, after)
	}
}

// replacementTarget reads the place that a replacement sets. Without a type it
// is a JSON Pointer, or an XPath where the body is XML.
func (p *pass) replacementTarget(r *arazzo.Replacement, b *arazzo.RequestBody, s *arazzo.Step) {
	if !r.Target.Is(tree.String) {
		return
	}
	kind, version := "", ""
	switch {
	case r.Type != nil && r.Type.Language == arazzo.LanguageNone:
		return // a fault of structure
	case r.Type != nil:
		kind, version = r.Type.Language.String(), r.Type.Version
	case strings.Contains(b.ContentType, "xml"):
		kind = arazzo.XPath.String()
	}
	at := p.add(s.Workflow, s, before)
	target, problems := expr.NewTarget(r.Target.Text, kind, version)
	at.problem(r.Target, problems)
	if target == nil {
		return
	}
	_, problems = target.Bind(p.declared(at))
	at.unbound(r.Target, problems)
	at.refer(target.Refs(), r.Target)
}

// extensionSites are the expressions in the extensions of a step.
func (p *pass) extensionSites(s *arazzo.Step) {
	w := s.Workflow
	text := func(n *tree.Node, when moment) { p.value(arazzo.Value{Node: n}, w, s, when) }
	if op := s.Async; op != nil {
		for _, v := range []*arazzo.Value{op.CorrelationID, op.TrackingID} {
			if v != nil {
				p.value(*v, w, s, before)
			}
		}
		if c := op.Correlation; c != nil {
			if c.ID != nil {
				p.value(*c.ID, w, s, before)
			}
			text(c.Match, after)
		}
		if op.Callbacks != nil {
			for _, e := range op.Callbacks.Events {
				text(e.Webhook, after)
				if e.Filter.Is(tree.String) {
					p.condition(e.Filter, w, s)
				}
			}
		}
	}
	if s.Aggregate != nil {
		for _, c := range s.Aggregate.Channels {
			text(c.CorrelationMatch, before)
		}
	}
}

func (p *pass) parameterSites(list []*arazzo.Parameter, w *arazzo.Workflow, s *arazzo.Step, when moment) {
	for _, param := range list {
		p.value(param.Value, w, s, when)
	}
}

func (p *pass) actionSite(a *arazzo.Action, w *arazzo.Workflow, s *arazzo.Step) {
	p.criteria(a.Criteria, w, s)
	p.parameterSites(a.Parameters, w, s, after)
}

func (p *pass) add(w *arazzo.Workflow, s *arazzo.Step, when moment) *site {
	at := &site{workflow: w, step: s, when: when}
	p.all = append(p.all, at)
	return at
}

// value reads a value in which strings may hold expressions.
func (p *pass) value(v arazzo.Value, w *arazzo.Workflow, s *arazzo.Step, when moment) {
	if v.Node == nil {
		return
	}
	at := p.add(w, s, when)
	value, problems := expr.CompileNode(v.Node)
	at.problem(v.Node, problems)
	if value == nil {
		return
	}
	_, problems = value.Bind(p.declared(at))
	at.unbound(v.Node, problems)
	at.refer(value.Refs(), v.Node)
}

func (p *pass) criteria(list []*arazzo.Criterion, w *arazzo.Workflow, s *arazzo.Step) {
	for _, c := range list {
		if !c.Condition.Is(tree.String) || c.Type.Language == arazzo.LanguageNone {
			continue // a fault of structure
		}
		if c.Context == nil && c.Type.Language != arazzo.Simple {
			continue // likewise
		}
		source := expr.CriterionSource{Condition: c.Condition.Text, Context: c.Context.Str(), Type: c.Type.Language.String()}
		if c.Type.Node.Is(tree.Mapping) {
			source.Version = c.Type.Version
		}
		at := p.add(w, s, after)
		criterion, problems := expr.NewCriterion(source)
		at.criterionProblems(c, problems)
		if criterion == nil {
			continue
		}
		_, problems = criterion.Bind(p.declared(at))
		for _, problem := range problems {
			at.unbound(criterionNode(c, problem.Path), []expr.Problem{problem})
		}
		at.refer(criterion.Refs(), c.Condition)
	}
}

func (at *site) criterionProblems(c *arazzo.Criterion, problems []expr.Problem) {
	for _, problem := range problems {
		at.problem(criterionNode(c, problem.Path), []expr.Problem{problem})
	}
}

// criterionNode is the field of a criterion that a problem is about.
func criterionNode(c *arazzo.Criterion, path string) *tree.Node {
	switch path {
	case "/context":
		if c.Context != nil {
			return c.Context
		}
	case "/type", "/version":
		if n := c.Type.Node.Get(path[1:]); n != nil {
			return n
		}
		if c.Type.Node != nil {
			return c.Type.Node
		}
	}
	return c.Condition
}

func (p *pass) condition(n *tree.Node, w *arazzo.Workflow, s *arazzo.Step) {
	at := p.add(w, s, after)
	condition, problems := expr.ParseCondition(n.Text)
	at.problem(n, problems)
	if condition == nil {
		return
	}
	_, problems = condition.Bind(p.declared(at))
	at.unbound(n, problems)
	at.refer(condition.Refs(), n)
}

func (at *site) problem(n *tree.Node, problems []expr.Problem) {
	for _, problem := range problems {
		at.problems = append(at.problems, problem.Diagnostic(n))
	}
}

// unbound takes what Bind found: expressions of which no reading is declared
// become uses that the rules tell about, and warnings stay problems.
func (at *site) unbound(n *tree.Node, problems []expr.Problem) {
	for _, problem := range problems {
		node := n
		switch inner := n.At(problem.Path); {
		case problem.Node != nil:
			node = problem.Node
		case inner != nil:
			node = inner
		}
		d := problem.Diagnostic(node)
		e := expressionAt(node, problem)
		switch {
		case problem.Severity == diag.Error && e != nil:
			at.refs = append(at.refs, use{ref: e.Ref(), node: node, at: d})
		case e == nil || e.Ref().Root != expr.Inputs:
			at.problems = append(at.problems, d)
		}
		// A dot into an input is how the specification's examples write it
		// (§ Step Object Examples), so that it is no finding.
	}
}

// expressionAt reads the expression that a problem is about once more.
func expressionAt(n *tree.Node, problem expr.Problem) *expr.Expr {
	from, to := problem.Offset, problem.Offset+problem.Length
	if from < 0 || to > len(n.Text) {
		return nil
	}
	e, _ := expr.Parse(n.Text[from:to])
	return e
}

func (at *site) refer(refs []expr.Ref, n *tree.Node) {
	for _, ref := range refs {
		if slices.ContainsFunc(at.refs, func(u use) bool { return u.ref == ref && u.node == n }) {
			continue
		}
		at.refs = append(at.refs, use{ref: ref, node: n, at: diag.Diagnostic{Path: n.Path(), Span: n.Span}, declared: true})
	}
}
