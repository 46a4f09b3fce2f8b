package rules

import (
	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/text/diag"
)

func replyChannel() *lint.Rule {
	return &lint.Rule{
		Code: "asyncapi/reply-channel", Severity: diag.Error,
		Summary: "a reply whose address the request names goes to a channel without an address",
		Why:     "Either the request says where the reply goes, or the channel does. With both, requester and replier may listen at different places.",
		Good: `asyncapi: 3.0.0
info: {title: Users, version: 1.0.0}
channels:
  requests: {address: requests}
  replies: {address: null}
operations:
  ask:
    action: send
    channel: {$ref: '#/channels/requests'}
    reply: {address: {location: '$message.header#/replyTo'}, channel: {$ref: '#/channels/replies'}}
`,
		Bad: `asyncapi: 3.0.0
info: {title: Users, version: 1.0.0}
channels:
  requests: {address: requests}
  replies: {address: replies}
operations:
  ask:
    action: send
    channel: {$ref: '#/channels/requests'}
    reply: {address: {location: '$message.header#/replyTo'}, channel: {$ref: '#/channels/replies'}}
`,
		Run: runReplyChannel,
	}
}

func runReplyChannel(p *lint.Pass) {
	for _, o := range p.AsyncAPI.Operations {
		r := o.Reply
		if r == nil || r.Address == nil || r.Channel == nil || !r.Channel.HasAddress {
			continue
		}
		d := p.ReportKey(r.Node.Get("address"), "the channel %q of the reply has an address already", r.Channel.Name)
		d.Help = "remove the reply's address, or make that of the channel null"
		d.Related = []diag.Related{{Message: "this is the channel's address", Span: r.Channel.Node.Get("address").Span}}
	}
}
