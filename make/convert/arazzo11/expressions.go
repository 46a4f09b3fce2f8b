package arazzo11

import (
	"cmp"
	"slices"
	"strings"

	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/spec/expr"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// standardize brings expressions that are understood, but are not in the form
// of the specification, into it.
func (c *converter) standardize() {
	eachProblem(c.model, func(n *tree.Node, problems []expr.Problem) {
		mend(c.Now(n), problems)
		if n.Is(tree.String) && strings.Contains(n.Text, expr.ElapsedTime.String()) {
			c.kept(n, "name "+expr.ElapsedTime.String())
		}
	})
	for _, w := range c.model.Workflows {
		for _, s := range w.Steps {
			for _, field := range afterFields {
				eachString(c.Now(s.Node).Get(field), func(n *tree.Node) {
					n.Text = strings.ReplaceAll(n.Text, "$message.body", "$message.payload")
				})
			}
		}
	}
}

// afterFields are those of a step that look at a message. There the drafts
// called its payload the body.
var afterFields = []string{"outputs", "successCriteria", "onSuccess", "onFailure", "x-message-filter", "x-async-operation"}

// hasTolerated reports whether standardize would change something.
func hasTolerated(root *tree.Node) bool {
	model, _ := arazzo.Read(root, "")
	found := false
	eachProblem(model, func(_ *tree.Node, problems []expr.Problem) {
		found = found || slices.ContainsFunc(problems, mends)
	})
	return found
}

func mends(p expr.Problem) bool {
	return p.HasReplace && (p.Code == expr.CodeTolerated || p.Code == expr.CodeExtension) && p.Severity < diag.Error
}

// mend writes what problems propose, the last first, so that places hold.
func mend(n *tree.Node, problems []expr.Problem) {
	if !n.Is(tree.String) {
		return
	}
	problems = slices.Clone(problems)
	slices.SortFunc(problems, func(a, b expr.Problem) int { return cmp.Compare(b.Offset, a.Offset) })
	before := len(n.Text)
	for _, p := range problems {
		if mends(p) && p.Offset >= 0 && p.Length >= 0 && p.Offset+p.Length <= before {
			n.Text = n.Text[:p.Offset] + p.Replace + n.Text[p.Offset+p.Length:]
			before = p.Offset
		}
	}
}

// visit is called with a string of the source and what is to say about it.
type visit func(n *tree.Node, problems []expr.Problem)

// eachProblem reads every expression of a description.
func eachProblem(d *arazzo.Document, see visit) {
	for _, w := range d.Workflows {
		parameterProblems(w.Parameters, see)
		for _, s := range w.Steps {
			stepProblems(s, see)
		}
		actionProblems(w.SuccessActions, see)
		actionProblems(w.FailureActions, see)
		outputProblems(w.Outputs, see)
	}
	for _, p := range d.Components.Parameters {
		valueProblems(p.Value.Value.Node, see)
	}
	for _, list := range [][]*arazzo.Component[arazzo.Action]{d.Components.SuccessActions, d.Components.FailureActions} {
		for _, a := range list {
			actionProblems([]*arazzo.Action{a.Value}, see)
		}
	}
}

func stepProblems(s *arazzo.Step, see visit) {
	parameterProblems(s.Parameters, see)
	if s.CorrelationID != nil {
		valueProblems(s.CorrelationID.Node, see)
	}
	if s.RequestBody != nil {
		valueProblems(s.RequestBody.Payload, see)
		for _, r := range s.RequestBody.Replacements {
			valueProblems(r.Value.Node, see)
		}
	}
	criteriaProblems(s.SuccessCriteria, see)
	if s.MessageFilter.Is(tree.String) {
		_, problems := expr.ParseCondition(s.MessageFilter.Text)
		see(s.MessageFilter, problems)
	}
	actionProblems(s.OnSuccess, see)
	actionProblems(s.OnFailure, see)
	outputProblems(s.Outputs, see)
	if s.Async != nil {
		for _, v := range []*arazzo.Value{s.Async.CorrelationID, s.Async.TrackingID} {
			if v != nil {
				valueProblems(v.Node, see)
			}
		}
		if correlation := s.Async.Correlation; correlation != nil {
			valueProblems(correlation.Node.Get("id"), see)
			valueProblems(correlation.Match, see)
		}
	}
}

func outputProblems(list []*arazzo.Output, see visit) {
	for _, o := range list {
		valueProblems(o.Value.Node, see)
	}
}

func parameterProblems(list []*arazzo.Parameter, see visit) {
	for _, p := range list {
		valueProblems(p.Value.Node, see)
	}
}

func actionProblems(list []*arazzo.Action, see visit) {
	for _, a := range list {
		if a != nil {
			criteriaProblems(a.Criteria, see)
			parameterProblems(a.Parameters, see)
		}
	}
}

func criteriaProblems(list []*arazzo.Criterion, see visit) {
	for _, criterion := range list {
		valueProblems(criterion.Context, see)
		if criterion.Type.Language == arazzo.Simple && criterion.Condition.Is(tree.String) {
			_, problems := expr.ParseCondition(criterion.Condition.Text)
			see(criterion.Condition, problems)
		}
	}
}

// valueProblems sorts what is to say about a value by the strings in it.
func valueProblems(n *tree.Node, see visit) {
	if n == nil {
		return
	}
	_, problems := expr.CompileNode(n)
	byNode := map[*tree.Node][]expr.Problem{}
	var order []*tree.Node
	for _, p := range problems {
		at := p.Node
		if at == nil {
			at = n.At(p.Path)
		}
		if byNode[at] == nil {
			order = append(order, at)
		}
		byNode[at] = append(byNode[at], p)
	}
	for _, at := range order {
		see(at, byNode[at])
	}
}
