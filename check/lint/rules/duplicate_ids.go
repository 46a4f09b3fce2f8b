package rules

import (
	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

func duplicateOperationID() *lint.Rule {
	return &lint.Rule{
		Code: "asyncapi/duplicate-operation-id", Severity: diag.Error,
		Summary: "every operationId is there once",
		Why:     "Operations are called by their id: with two of them, which one is meant would depend on the tool.",
		Good: `asyncapi: 2.6.0
info: {title: Users, version: 1.0.0}
channels:
  users: {publish: {operationId: take}, subscribe: {operationId: give}}
`,
		Bad: `asyncapi: 2.6.0
info: {title: Users, version: 1.0.0}
channels:
  users: {publish: {operationId: take}, subscribe: {operationId: take}}
`,
		Run: func(p *lint.Pass) {
			ids := unique{p: p, what: "operationId", first: map[string]*tree.Node{}, seen: map[*tree.Node]bool{}}
			for _, o := range p.AsyncAPI.Operations {
				if p.AsyncAPI.Major() == 2 {
					ids.add(o.Node, o.Merged.Get("operationId"))
				}
			}
		},
	}
}

func duplicateMessageID() *lint.Rule {
	return &lint.Rule{
		Code: "asyncapi/duplicate-message-id", Severity: diag.Error,
		Summary: "every messageId is there once",
		Why:     "A messageId names one message: with two of them, which one is meant would depend on the tool.",
		Good: `asyncapi: 2.6.0
info: {title: Users, version: 1.0.0}
channels:
  users: {publish: {message: {oneOf: [{messageId: joined}, {messageId: left}]}}}
`,
		Bad: `asyncapi: 2.6.0
info: {title: Users, version: 1.0.0}
channels:
  users: {publish: {message: {oneOf: [{messageId: joined}, {messageId: joined}]}}}
`,
		Run: func(p *lint.Pass) {
			ids := unique{p: p, what: "messageId", first: map[string]*tree.Node{}, seen: map[*tree.Node]bool{}}
			for _, m := range messagesInUse(p.AsyncAPI) {
				if p.AsyncAPI.Major() == 2 {
					ids.add(m.Node, m.Merged.Get("messageId"))
				}
			}
		},
	}
}

// messagesInUse are the messages of operations, each definition once.
func messagesInUse(d *asyncapi.Document) []*asyncapi.Message {
	var list []*asyncapi.Message
	seen := map[*tree.Node]bool{}
	for _, o := range d.Operations {
		for _, m := range o.Messages {
			if !seen[m.Node] {
				seen[m.Node] = true
				list = append(list, m)
			}
		}
	}
	return list
}

// unique reports ids that were there before.
type unique struct {
	p     *lint.Pass
	what  string
	first map[string]*tree.Node
	seen  map[*tree.Node]bool // what was looked at, however it was reached
}

func (u *unique) add(owner, id *tree.Node) {
	if !id.Is(tree.String) || u.seen[owner] {
		return
	}
	u.seen[owner] = true
	first := u.first[id.Text]
	if first == nil {
		u.first[id.Text] = id
		return
	}
	d := u.p.Report(id, "the %s %q is there already", u.what, id.Text)
	d.Help = "give one of them another name"
	d.Related = []diag.Related{{Message: "the first is here", Span: first.Span}}
}
