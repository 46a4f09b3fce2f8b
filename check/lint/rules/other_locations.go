package rules

import (
	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

func replyLocation() *lint.Rule {
	return &lint.Rule{
		Code: "asyncapi/reply-location", Severity: diag.Error,
		Summary: "the address for a reply is at a place that the requests have",
		Why:     "The replier sends to what stands there. Where nothing does, the reply has nowhere to go.",
		Good: head3 + `channels:
  requests: {address: requests, messages: {ask: {headers: {type: object, additionalProperties: false, properties: {replyTo: {type: string}}}}}}
operations:
  ask: {action: send, channel: {$ref: '#/channels/requests'}, reply: {address: {location: '$message.header#/replyTo'}}}
`,
		Bad: head3 + `channels:
  requests: {address: requests, messages: {ask: {headers: {type: object, additionalProperties: false, properties: {replyTo: {type: string}}}}}}
operations:
  ask: {action: send, channel: {$ref: '#/channels/requests'}, reply: {address: {location: '$message.header#/answerTo'}}}
`,
		Run: func(p *lint.Pass) {
			seen := map[*tree.Node]bool{}
			for _, o := range p.AsyncAPI.Operations {
				if o.Reply != nil && o.Reply.Address != nil {
					allHave(p, o.Reply.Address.Node.Get("location"), o.Messages, seen)
				}
			}
		},
	}
}

func parameterLocation() *lint.Rule {
	return &lint.Rule{
		Code: "asyncapi/parameter-location", Severity: diag.Error,
		Summary: "the value of a parameter is at a place that the channel's messages have",
		Why:     "Senders take the parameter from there to know the address. Where nothing stands, they cannot.",
		Good: head3 + `channels:
  users:
    address: 'users/{id}'
    parameters: {id: {location: '$message.payload#/id'}}
    messages: {joined: {payload: {type: object, additionalProperties: false, properties: {id: {type: string}}}}}
`,
		Bad: head3 + `channels:
  users:
    address: 'users/{id}'
    parameters: {id: {location: '$message.payload#/user'}}
    messages: {joined: {payload: {type: object, additionalProperties: false, properties: {id: {type: string}}}}}
`,
		Run: func(p *lint.Pass) {
			seen := map[*tree.Node]bool{}
			for _, c := range allChannels(p.AsyncAPI) {
				for _, parameter := range c.Parameters {
					allHave(p, parameter.Node.Get("location"), c.Messages, seen)
				}
			}
		},
	}
}

// allHave looks for a place in messages, and reports the first of them that cannot
// have it. A location that many refer to is looked at once.
func allHave(p *lint.Pass, location *tree.Node, messages []*asyncapi.Message, seen map[*tree.Node]bool) {
	if location == nil || seen[location] {
		return
	}
	seen[location] = true
	for _, m := range messages {
		if !placeExists(p, location, m) {
			return
		}
	}
}
