package plan

import (
	"fmt"

	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// Codes of what a list has twice. They are those of the rules that judge
// documents: one fault has one name.
const (
	CodeDuplicateName      diag.Code = "arazzo/duplicate-name"
	CodeDuplicateParameter diag.Code = "arazzo/duplicate-parameter"
	CodeDuplicateAction    diag.Code = "arazzo/duplicate-action"
)

// repeated finds names that a document gives twice, and parameters and actions
// that a list has twice: which one is meant would be chance.
func (c *compiler) repeated(doc *arazzo.Document) {
	sources := newSeen(c, CodeDuplicateName, "source")
	for _, s := range doc.Sources {
		sources.see(s.Name, s.Node.Get("name"))
	}
	workflows := newSeen(c, CodeDuplicateName, "workflow")
	for _, w := range doc.Workflows {
		workflows.see(w.ID, w.Node.Get("workflowId"))
		steps := newSeen(c, CodeDuplicateName, "step of this workflow")
		c.repeatedIn(w.Parameters, w.SuccessActions, w.FailureActions)
		for _, s := range w.Steps {
			steps.see(s.ID, s.Node.Get("stepId"))
			c.repeatedIn(s.Parameters, s.OnSuccess, s.OnFailure)
		}
	}
}

func (c *compiler) repeatedIn(parameters []*arazzo.Parameter, actions ...[]*arazzo.Action) {
	c.repeatedParameters(parameters)
	for _, list := range actions {
		named := newSeen(c, CodeDuplicateAction, "action of the list")
		for _, a := range list {
			named.see(a.Name, a.Node)
			c.repeatedParameters(a.Parameters)
		}
	}
}

func (c *compiler) repeatedParameters(list []*arazzo.Parameter) {
	named := newSeen(c, CodeDuplicateParameter, "parameter of the list")
	for _, p := range list {
		name := p.Name
		if name != "" && p.In != arazzo.InNone {
			name = fmt.Sprintf("%s in %s", p.Name, p.In)
		}
		named.see(name, p.Node)
	}
}

// seen are the names of a list so far.
type seen struct {
	c     *compiler
	code  diag.Code
	what  string
	names map[string]*tree.Node
}

func newSeen(c *compiler, code diag.Code, what string) seen {
	return seen{c, code, what, map[string]*tree.Node{}}
}

func (s seen) see(name string, node *tree.Node) {
	if name == "" || node == nil {
		return // which is a fault of its own
	}
	if _, twice := s.names[name]; twice {
		s.c.fail(s.code, node, "remove one of them, or give it a name of its own", "another %s is called %q already", s.what, name)
		return
	}
	s.names[name] = node
}
