package rules

import (
	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/tree"
)

// messages are all the messages that a document has, in use or not, each
// definition once.
func messages(p *lint.Pass) []*asyncapi.Message {
	return lint.Shared(p, "messages", func(p *lint.Pass) []*asyncapi.Message {
		var list []*asyncapi.Message
		seen := map[*tree.Node]bool{}
		add := func(messages []*asyncapi.Message) {
			for _, m := range messages {
				if !seen[m.Node] {
					seen[m.Node] = true
					list = append(list, m)
				}
			}
		}
		for _, c := range allChannels(p.AsyncAPI) {
			add(c.Messages)
		}
		for _, o := range allOperations(p.AsyncAPI) {
			add(o.Messages)
			if o.Reply != nil {
				add(o.Reply.Messages)
			}
		}
		add(p.AsyncAPI.Components.Messages)
		return list
	})
}

// allOperations are the operations of the document and those that are only in
// its components.
func allOperations(d *asyncapi.Document) []*asyncapi.Operation {
	return inEither(d.Operations, d.Components.Operations)
}

// allServers are the servers of the document and those that are only in its
// components.
func allServers(d *asyncapi.Document) []*asyncapi.Server {
	return inEither(d.Servers, d.Components.Servers)
}

// inEither is a list, with those of another that are not in it.
func inEither[T comparable](list, more []T) []T {
	out := make([]T, 0, len(list)+len(more))
	seen := make(map[T]bool, len(list)+len(more))
	for _, part := range [][]T{list, more} {
		for _, x := range part {
			if !seen[x] {
				seen[x] = true
				out = append(out, x)
			}
		}
	}
	return out
}
