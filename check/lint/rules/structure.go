package rules

import (
	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/spec/shape"
	"github.com/weft-dev/weft/text/diag"
)

const (
	head3 = "asyncapi: 3.0.0\ninfo: {title: Users, version: 1.0.0}\n"
	head2 = "asyncapi: 2.6.0\ninfo: {title: Users, version: 1.0.0}\n"
)

// structure are the findings of the structure tables, so that they can be
// explained as rules are.
func structure() []*lint.Rule {
	about := func(code, summary, why, good, bad string) *lint.Rule {
		severity := diag.Error
		if code == shape.CodeRefSibling {
			severity = diag.Warning
		}
		return &lint.Rule{Code: diag.Code("asyncapi/" + code), Severity: severity, Summary: summary, Why: why, Good: good, Bad: bad}
	}
	return []*lint.Rule{
		about(shape.CodeUnknownField, "objects have only fields that the specification knows",
			"A field that nobody reads is most often misspelt, and what it says is lost. Fields of your own begin with \"x-\".",
			head3+"channels: {users: {address: users, x-owner: accounts}}\n",
			head3+"channels: {users: {adress: users}}\n"),
		about(shape.CodeMissingField, "objects have the fields that the specification requires",
			"Tools rely on what is required, and cannot go on without it.",
			head3+"channels: {users: {}}\noperations: {tell: {action: send, channel: {$ref: '#/channels/users'}}}\n",
			head3+"channels: {users: {}}\noperations: {tell: {channel: {$ref: '#/channels/users'}}}\n"),
		about(shape.CodeFieldConflict, "fields that exclude each other do not stand together",
			"With both, which one counts would depend on the tool.",
			head3+"components: {securitySchemes: {login: {type: http, scheme: bearer, bearerFormat: JWT}}}\n",
			head3+"components: {securitySchemes: {login: {type: http, scheme: basic, bearerFormat: JWT}}}\n"),
		about(shape.CodeWrongType, "values have the type that the specification says",
			"A string where an object belongs cannot be read.",
			head3+"channels: {users: {address: users}}\n",
			head3+"channels: {users: users}\n"),
		about(shape.CodeBadValue, "values are among those that the specification allows",
			"A value that is not known means nothing to anybody.",
			head3+"channels: {users: {}}\noperations: {tell: {action: send, channel: {$ref: '#/channels/users'}}}\n",
			head3+"channels: {users: {}}\noperations: {tell: {action: publish, channel: {$ref: '#/channels/users'}}}\n"),
		about(shape.CodeBadFormat, "addresses are addresses, and e-mail addresses are e-mail addresses",
			"People and tools follow them.",
			"asyncapi: 3.0.0\ninfo: {title: Users, version: 1.0.0, contact: {url: 'https://example.com/'}}\n",
			"asyncapi: 3.0.0\ninfo: {title: Users, version: 1.0.0, contact: {url: example}}\n"),
		about(shape.CodeDuplicateItem, "lists of different things have each thing once",
			"The second adds nothing, and most often something else was meant.",
			head3+"servers: {main: {host: h, protocol: kafka}, other: {host: o, protocol: kafka}}\nchannels: {users: {servers: [{$ref: '#/servers/main'}, {$ref: '#/servers/other'}]}}\n",
			head3+"servers: {main: {host: h, protocol: kafka}}\nchannels: {users: {servers: [{$ref: '#/servers/main'}, {$ref: '#/servers/main'}]}}\n"),
		about(shape.CodeItemCount, "lists have as many items as the specification asks for",
			"An empty choice leaves nothing to choose.",
			head3+"components: {schemas: {user: {enum: [a]}}}\n",
			head3+"components: {schemas: {user: {enum: []}}}\n"),
		about(shape.CodeRefNotAllowed, "references stand only where the specification allows them",
			"Tools look for references only there. Elsewhere the object itself must be written.",
			head2+"channels: {users: {publish: {operationId: take}}}\n",
			head2+"channels: {users: {publish: {$ref: '#/x-publish'}}}\nx-publish: {operationId: take}\n"),
		about(shape.CodeRefRequired, "where the specification asks for a reference, there is one",
			"An operation is on a channel of the document, not on one of its own: others could not be on the same.",
			head3+"channels: {users: {}}\noperations: {tell: {action: send, channel: {$ref: '#/channels/users'}}}\n",
			head3+"operations: {tell: {action: send, channel: {address: users}}}\n"),
		about(shape.CodeRefKind, "references lead to the kind of object that is asked for",
			"A parameter is no message, and cannot be read as one.",
			head3+"channels: {users: {messages: {joined: {$ref: '#/components/messages/joined'}}}}\ncomponents: {messages: {joined: {name: Joined}}}\n",
			head3+"channels: {users: {messages: {joined: {$ref: '#/components/parameters/id'}}}}\ncomponents: {parameters: {id: {default: a}}}\n"),
		about(shape.CodeRefSibling, "nothing stands beside a reference that is not read",
			"What stands beside \"$ref\" has no effect, though its author thinks it has.",
			head3+"channels: {users: {messages: {joined: {$ref: '#/components/messages/joined'}}}}\ncomponents: {messages: {joined: {name: Joined}}}\n",
			head3+"channels: {users: {messages: {joined: {$ref: '#/components/messages/joined', title: Joined}}}}\ncomponents: {messages: {joined: {name: Joined}}}\n"),
		{
			Code: "asyncapi/bad-key", Severity: diag.Warning,
			Summary: "names of components have only letters, digits, \".\", \"-\" and \"_\"",
			Why:     "The specification allows no other, and some tools cannot refer to them.",
			Good:    head3 + "components: {schemas: {some-user: {type: object}}}\n",
			Bad:     head3 + "components: {schemas: {some user: {type: object}}}\n",
		},
		{
			Code: "asyncapi/binding", Severity: diag.Error,
			Summary: "bindings say what their protocol, in their version, understands",
			Why:     "What a binding says wrongly is not done, and nobody is told. In 2.x documents, whose schema leaves bindings alone, it is a warning.",
			Good:    head3 + "channels: {users: {bindings: {kafka: {partitions: 3, bindingVersion: 0.5.0}}}}\n",
			Bad:     head3 + "channels: {users: {bindings: {kafka: {partitions: 0, bindingVersion: 0.5.0}}}}\n",
		},
		{
			Code: "asyncapi/message-example", Severity: diag.Warning,
			Summary: "examples of messages say which is the payload and which the headers",
			Why:     "The versions 2.2 to 2.5 of the official schema let anything pass; the text of the specification does not.",
			Good:    "asyncapi: 2.4.0\ninfo: {title: Users, version: 1.0.0}\nchannels: {users: {publish: {message: {examples: [{payload: {id: 1}}]}}}}\n",
			Bad:     "asyncapi: 2.4.0\ninfo: {title: Users, version: 1.0.0}\nchannels: {users: {publish: {message: {examples: [{id: 1, payload: 2}]}}}}\n",
		},
		{
			Code: "asyncapi/version", Severity: diag.Error,
			Summary: "a document is written in a version of AsyncAPI that is known",
			Why:     "What a document means depends on its version.",
			Good:    head3,
			Bad:     "asyncapi: 1.2.0\ninfo: {title: Users, version: 1.0.0}\n",
		},
	}
}
