package rules

import (
	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

func duplicateTags() *lint.Rule {
	return &lint.Rule{
		Code: "asyncapi/duplicate-tag", Severity: diag.Error,
		Summary: "a list of tags has each name once",
		Why:     "A tag is its name; with two of them, which description is meant would depend on the tool.",
		Good: `asyncapi: 3.0.0
info: {title: Users, version: 1.0.0, tags: [{name: users}, {name: accounts}]}
`,
		Bad: `asyncapi: 3.0.0
info: {title: Users, version: 1.0.0, tags: [{name: users}, {name: users, description: people}]}
`,
		Run: runDuplicateTags,
	}
}

func runDuplicateTags(p *lint.Pass) {
	seen := map[*tree.Node]bool{}
	for _, n := range described(p.AsyncAPI) {
		list := n.Get("tags")
		if !list.Is(tree.Sequence) || seen[list] {
			continue
		}
		seen[list] = true
		first := map[string]*tree.Node{}
		for _, item := range list.Items {
			name := p.Resolve(item).Get("name")
			if !name.Is(tree.String) {
				continue
			}
			if before := first[name.Text]; before != nil {
				if p.SaidAt(item.Span.File, item.Path()) {
					continue // they are equal in all, which the structure forbids
				}
				at := name
				if item.Has("$ref") {
					at = item.Get("$ref")
				}
				d := p.Report(at, "the tag %q is there already", name.Text)
				d.Related = []diag.Related{{Message: "the first is here", Span: before.Span}}
				continue
			}
			first[name.Text] = name
		}
	}
}

// described are the objects that may have tags, as written.
func described(d *asyncapi.Document) []*tree.Node {
	list := []*tree.Node{d.Node, d.Info.Node}
	for _, s := range d.Servers {
		list = append(list, s.Node)
	}
	for _, s := range d.Components.Servers {
		list = append(list, s.Node)
	}
	for _, c := range allChannels(d) {
		list = append(list, c.Node)
		for _, m := range c.Messages {
			list = append(append(list, m.Node), m.Traits...)
		}
	}
	for _, o := range d.Operations {
		list = append(append(list, o.Node), o.Traits...)
	}
	for _, o := range d.Components.Operations {
		list = append(append(list, o.Node), o.Traits...)
	}
	for _, m := range d.Components.Messages {
		list = append(append(list, m.Node), m.Traits...)
	}
	for _, name := range []string{"operationTraits", "messageTraits"} {
		if n := d.Node.At("/components/" + name); n.Is(tree.Mapping) {
			for i := range n.Members {
				list = append(list, n.Members[i].Value)
			}
		}
	}
	return list
}
