package arazzo

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// The component lists that Reusable Objects can refer to.
const (
	componentParameters = "parameters"
	successActions      = "successActions"
	failureActions      = "failureActions"
)

func (r *reader) components(n *tree.Node) {
	c := &r.doc.Components
	c.Node = n
	for _, m := range members(n.Get("inputs")) {
		c.Inputs = append(c.Inputs, &Input{Key: m.Key, Name: m.Key.Text, Schema: m.Value})
	}
	for _, m := range members(n.Get(componentParameters)) {
		if m.Value.Is(tree.Mapping) {
			c.Parameters = append(c.Parameters, &Component[Parameter]{Key: m.Key, Name: m.Key.Text, Value: r.parameter(m.Value)})
		}
	}
	// Actions may use reusable parameters, which are therefore read before.
	r.parametersByName = index(c.Parameters, nameOf[Parameter])
	for _, m := range members(n.Get(successActions)) {
		if m.Value.Is(tree.Mapping) {
			c.SuccessActions = append(c.SuccessActions, &Component[Action]{Key: m.Key, Name: m.Key.Text, Value: r.action(m.Value)})
		}
	}
	for _, m := range members(n.Get(failureActions)) {
		if m.Value.Is(tree.Mapping) {
			c.FailureActions = append(c.FailureActions, &Component[Action]{Key: m.Key, Name: m.Key.Text, Value: r.action(m.Value)})
		}
	}
	r.successActionsByName = index(c.SuccessActions, nameOf[Action])
	r.failureActionsByName = index(c.FailureActions, nameOf[Action])
}

func nameOf[T any](c *Component[T]) string { return c.Name }

func (r *reader) parameter(n *tree.Node) *Parameter {
	return &Parameter{
		Node: n, Definition: n, Name: n.Get("name").Str(),
		In: parseLocation(n.Get("in").Str()), Value: r.value(n.Get("value")),
	}
}

func parseLocation(text string) Location {
	for in := InPath; in <= InChannel; in++ {
		if in.String() == text {
			return in
		}
	}
	return InNone
}

func (r *reader) parameters(n *tree.Node) []*Parameter {
	var list []*Parameter
	for _, item := range objects(n) {
		if !item.Has("reference") {
			list = append(list, r.parameter(item))
			continue
		}
		found := lookUp(r, item, componentParameters, r.parametersByName)
		if found == nil {
			continue
		}
		p := *found
		p.Node, p.Reference = item, item.Get("reference").Str()
		if v := item.Get("value"); v != nil {
			p.Value = r.value(v)
		}
		list = append(list, &p)
	}
	return list
}

func (r *reader) actions(n *tree.Node, kind string) []*Action {
	components := r.successActionsByName
	if kind == failureActions {
		components = r.failureActionsByName
	}
	var list []*Action
	for _, item := range objects(n) {
		if !item.Has("reference") {
			list = append(list, r.action(item))
			continue
		}
		found := lookUp(r, item, kind, components)
		if found == nil {
			continue
		}
		a := *found
		a.Node, a.Reference = item, item.Get("reference").Str()
		list = append(list, &a)
	}
	return list
}

// lookUp finds the component that a Reusable Object refers to, or reports that
// there is none. The type is a fixed part of the place: a parameter cannot
// stand where an action should.
func lookUp[T any](r *reader, n *tree.Node, kind string, components map[string]*Component[T]) *T {
	reference := n.Get("reference")
	if !reference.Is(tree.String) {
		return nil
	}
	prefix := "$components." + kind + "."
	name, ok := strings.CutPrefix(reference.Text, prefix)
	if !ok {
		r.report(CodeReference, diag.Error, reference, strconv.Quote(reference.Text)+" cannot be used here", fmt.Sprintf("write \"%s<name>\"", prefix))
		return nil
	}
	if c := components[name]; c != nil {
		return c.Value
	}
	r.report(CodeReference, diag.Error, reference, fmt.Sprintf("there is no %q in components.%s", name, kind), r.suggest(name, slices.Sorted(maps.Keys(components))))
	return nil
}

// Suggestions compare a name with all known ones. Beyond these numbers, which
// no one's document has, that would only cost time.
const (
	maxSuggestions = 100
	maxCandidates  = 2000
)

func (r *reader) suggest(name string, known []string) string {
	r.suggestions++
	if r.suggestions > maxSuggestions || len(known) > maxCandidates {
		return ""
	}
	return diag.DidYouMean(name, known)
}

func (r *reader) action(n *tree.Node) *Action {
	a := &Action{
		Node: n, Definition: n, Name: n.Get("name").Str(), StepID: n.Get("stepId").Str(),
		Parameters: r.parameters(n.Get("parameters")), Criteria: r.criteria(n.Get("criteria")),
		RetryLimit: 1,
	}
	for t := ActionEnd; t <= ActionRetry; t++ {
		if t.String() == n.Get("type").Str() {
			a.Type = t
		}
	}
	if workflow := n.Get("workflowId"); workflow != nil {
		a.Workflow = r.workflowRef(workflow)
	}
	a.RetryAfter, _ = readSeconds(n.Get("retryAfter"))
	if limit := n.Get("retryLimit"); limit.Is(tree.Number) {
		if count, err := strconv.ParseFloat(limit.Text, 64); err == nil && count >= 0 {
			a.RetryLimit = int(min(count, maxRetries))
		}
	}
	return a
}

// maxRetries keeps a limit within an int on every machine; no run gets there.
const maxRetries = 1 << 30
