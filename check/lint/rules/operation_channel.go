package rules

import (
	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

func operationChannel() *lint.Rule {
	return &lint.Rule{
		Code: "asyncapi/operation-channel", Severity: diag.Error,
		Summary: "an operation is on a channel of the document",
		Why:     "What stands in components is not part of the API until the document uses it: an operation on such a channel could mean any of those that refer to it.",
		Good: `asyncapi: 3.0.0
info: {title: Users, version: 1.0.0}
channels:
  users: {address: users}
operations:
  tell: {action: send, channel: {$ref: '#/channels/users'}}
`,
		Bad: `asyncapi: 3.0.0
info: {title: Users, version: 1.0.0}
operations:
  tell: {action: send, channel: {$ref: '#/components/channels/users'}}
components:
  channels:
    users: {address: users}
`,
		Run: runOperationChannel,
	}
}

func runOperationChannel(p *lint.Pass) {
	if p.AsyncAPI.Major() == 2 {
		return
	}
	operations := p.Root.Get("operations")
	if !operations.Is(tree.Mapping) {
		return
	}
	for i := range operations.Members {
		// An operation that is itself a component is free to say otherwise.
		if n := operations.Members[i].Value; n.Has("channel") {
			isMemberOf(p, n.Get("channel"), "channels", "channel")
		}
	}
}
