package rules

import (
	"fmt"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

func operationMessages() *lint.Rule {
	return &lint.Rule{
		Code: "asyncapi/operation-message", Severity: diag.Error,
		Summary: "the messages of an operation, and of its reply, are messages of their channel",
		Why:     "A channel lists all that it carries. A message that is not in the list would be a surprise to everybody else on the channel.",
		Good: `asyncapi: 3.0.0
info: {title: Users, version: 1.0.0}
channels:
  users: {address: users, messages: {signedUp: {payload: {type: object}}}}
operations:
  tell:
    action: send
    channel: {$ref: '#/channels/users'}
    messages: [{$ref: '#/channels/users/messages/signedUp'}]
`,
		Bad: `asyncapi: 3.0.0
info: {title: Users, version: 1.0.0}
channels:
  users: {address: users, messages: {signedUp: {$ref: '#/components/messages/signedUp'}}}
operations:
  tell:
    action: send
    channel: {$ref: '#/channels/users'}
    messages: [{$ref: '#/components/messages/signedUp'}]
components:
  messages:
    signedUp: {payload: {type: object}}
`,
		Run: runOperationMessages,
	}
}

func runOperationMessages(p *lint.Pass) {
	if p.AsyncAPI.Major() == 2 {
		return
	}
	for _, at := range []string{"/operations", "/components/operations"} {
		operations := p.Root.At(at)
		if !operations.Is(tree.Mapping) {
			continue
		}
		for i := range operations.Members {
			operation := operations.Members[i].Value
			messagesOfChannel(p, operation)
			if reply := operation.Get("reply"); reply != nil {
				messagesOfChannel(p, p.Resolve(reply))
			}
		}
	}
}

// messagesOfChannel reports messages of an operation, or of a reply, that lead
// elsewhere than to a message of its channel.
func messagesOfChannel(p *lint.Pass, n *tree.Node) {
	list := n.Get("messages")
	channel := p.Resolve(n.Get("channel"))
	if !list.Is(tree.Sequence) || channel == nil {
		return
	}
	messages := p.Resolve(channel.Get("messages"))
	for _, item := range list.Items {
		target := p.Target(item)
		if target == nil || (messages != nil && target.Parent == messages) {
			continue
		}
		d := p.Report(item.Get("$ref"), "this is no message of the channel %q", n.Get("channel").Get("$ref").Str())
		d.Help = "add it to the messages of the channel, and refer to it there"
		if key := keyOfMessage(p, messages, target); key != "" {
			right := n.Get("channel").Get("$ref").Str() + "/messages/" + tree.EscapePointer(key)
			d.Help = fmt.Sprintf("refer to it as %q", right)
			d.Fixes = instead(item.Get("$ref").Span, inStyleOf(item.Get("$ref"), right))
			// It is the same message, and nothing lies between the reference and the channel.
			d.Fixes[0].Safe = p.Target(n.Get("channel")) == channel && channel.Get("messages") == messages
		}
		d.Related = []diag.Related{{Message: "this is where it leads", Span: lint.Head(target)}}
	}
}

// keyOfMessage is the key under which a channel refers to a message, or "".
func keyOfMessage(p *lint.Pass, messages, target *tree.Node) string {
	type channels = map[*tree.Node]map[*tree.Node]string
	known := lint.Shared(p, "keys of messages", func(*lint.Pass) channels { return channels{} })
	keys := known[messages]
	if keys == nil && messages.Is(tree.Mapping) {
		keys = make(map[*tree.Node]string, len(messages.Members))
		for i := range messages.Members {
			keys[p.Resolve(messages.Members[i].Value)] = messages.Members[i].Key.Text
		}
		known[messages] = keys
	}
	if end := p.Resolve(target); end != nil {
		return keys[end]
	}
	return ""
}
