package asyncapi

import (
	"slices"

	"github.com/weft-dev/weft/spec/shape"
)

func only3(objects []shape.Object) []shape.Object {
	for i := range objects {
		objects[i].Since = "3.0"
	}
	return objects
}

func documentTables3() []shape.Object {
	return only3([]shape.Object{
		{
			Name: "document", Title: "AsyncAPI Object", Link: spec3 + "A2SObject", Extensions: true,
			Doc: "The root of the document.",
			Fields: append(versionFields("3.0", "3.1"),
				field("id", uri(), "The identifier of the application, a URI."),
				required("info", shape.Is("info object"), "What the application is."),
				field("servers", shape.Map(isOrRef("server")), "The servers by name."),
				field("defaultContentType", text(), "The media type of messages that name none."),
				field("channels", shape.Map(isOrRef("channel")), "The channels by a name of yours."),
				field("operations", shape.Map(isOrRef("operation")), "What the application does, by a name of yours."),
				field("components", shape.Is("components object"), "Objects to refer to."),
			),
		},
		{
			Name: "server", Title: "Server Object", Link: spec3 + "serverObject", Extensions: true,
			Doc: "A broker, or another system that messages go through.",
			Fields: slices.Concat([]shape.Field{
				required("host", text(), "The host name and the port; it may have {variables}."),
				required("protocol", text(), "The protocol: kafka, amqp, mqtt, ws …"),
				field("protocolVersion", text(), "The version of the protocol."),
				field("pathname", text(), "The path on the host; it may have {variables}."),
				field("variables", shape.Map(isOrRef("server variable")), "The variables in host and pathname by name."),
				field("security", shape.List(securityScheme()), "Security schemes, any of which will do."),
				field("bindings", isOrRef("server bindings object"), "What is particular to a protocol."),
			}, described3()),
		},
		{
			Name: "components object", Title: "Components Object", Link: spec3 + "componentsObject", Extensions: true,
			Doc: "Objects to refer to. They mean nothing until something does.",
			Fields: []shape.Field{
				field("schemas", components(anySchema()), "Schemas."),
				field("servers", components(isOrRef("server")), "Servers."),
				field("channels", components(isOrRef("channel")), "Channels."),
				field("operations", components(isOrRef("operation")), "Operations."),
				field("messages", components(isOrRef("message")), "Messages."),
				field("securitySchemes", components(securityScheme()), "Security schemes."),
				field("serverVariables", components(isOrRef("server variable")), "Server variables."),
				field("parameters", components(isOrRef("parameter")), "Parameters of channel addresses."),
				field("correlationIds", components(isOrRef("correlation id")), "Correlation IDs."),
				field("replies", components(isOrRef("operation reply")), "Replies of operations."),
				field("replyAddresses", components(isOrRef("reply address")), "Addresses of replies."),
				field("externalDocs", components(isOrRef("external documentation object")), "Pages elsewhere."),
				field("tags", components(isOrRef("tag")), "Tags."),
				field("operationTraits", components(isOrRef("operation trait")), "Traits of operations."),
				field("messageTraits", components(isOrRef("message trait")), "Traits of messages."),
				field("serverBindings", components(isOrRef("server bindings object")), "Bindings of servers."),
				field("channelBindings", components(isOrRef("channel bindings object")), "Bindings of channels."),
				field("operationBindings", components(isOrRef("operation bindings object")), "Bindings of operations."),
				field("messageBindings", components(isOrRef("message bindings object")), "Bindings of messages."),
			},
		},
	})
}

// described3 are the fields by which most 3.x objects describe themselves.
func described3() []shape.Field {
	return []shape.Field{
		field("title", text(), "A name for people."),
		field("summary", text(), "What it is, in a sentence."),
		field("description", text(), "What it is, in CommonMark."),
		field("tags", tags3(), "Tags for grouping."),
		field("externalDocs", isOrRef("external documentation object"), "Where more is written."),
	}
}

func channelTables3() []shape.Object {
	return only3([]shape.Object{
		{
			Name: "channel", Title: "Channel Object", Link: spec3 + "channelObject", Extensions: true,
			Doc: "Where messages go: a topic, a queue, a path.",
			Fields: slices.Concat([]shape.Field{
				field("address", shape.Either(text(), shape.Null()), "The topic, queue or path, with {parameters}; null where it is not known before run time."),
				field("messages", shape.Map(isOrRef("message")), "The messages that the channel carries, by a name of yours."),
				field("servers", shape.List(refTo("server")).Unique(), "References to the servers that have the channel; all of them where there is none."),
				field("parameters", shape.Map(isOrRef("parameter")), "The parameters in the address by name."),
				field("bindings", isOrRef("channel bindings object"), "What is particular to a protocol."),
			}, described3()),
		},
		{
			Name: "parameter", Title: "Parameter Object", Link: spec3 + "parameterObject", Extensions: true,
			Doc: "A value to put into a channel's address.",
			Fields: []shape.Field{
				field("enum", shape.List(text()), "The values it can have."),
				field("default", text(), "The value where none is given."),
				field("description", text(), "What it is for, in CommonMark."),
				field("examples", shape.List(text()), "Examples of values."),
				field("location", location(), "Where a message has the value."),
			},
		},
		{
			Name: "operation", Title: "Operation Object", Link: spec3 + "operationObject", Extensions: true,
			Doc: "Something the application does: send to a channel, or receive from one.",
			Fields: slices.Concat([]shape.Field{
				required("action", text().Enum("send", "receive"), "Whether the application sends or receives."),
				required("channel", refTo("channel"), "A reference to the channel."),
				field("messages", shape.List(refTo("message")), "References to messages of the channel; all of them where this is not there."),
				field("reply", isOrRef("operation reply"), "How the receiver answers."),
				field("traits", shape.List(isOrRef("operation trait")), "Traits to merge into the operation."),
				field("security", shape.List(securityScheme()), "Security schemes, any of which will do."),
				field("bindings", isOrRef("operation bindings object"), "What is particular to a protocol."),
			}, described3()),
		},
		{
			Name: "operation trait", Title: "Operation Trait Object", Link: spec3 + "operationTraitObject", Extensions: true,
			Doc: "What many operations have in common.",
			Fields: append(described3(),
				field("security", shape.List(securityScheme()), "Security schemes, any of which will do."),
				field("bindings", isOrRef("operation bindings object"), "What is particular to a protocol."),
			),
		},
		{
			Name: "operation reply", Title: "Operation Reply Object", Link: spec3 + "operationReplyObject", Extensions: true,
			Doc: "How the receiver of a request answers.",
			Fields: []shape.Field{
				field("address", isOrRef("reply address"), "Where the request says the reply should go."),
				field("channel", refTo("channel"), "A reference to the channel of the reply."),
				field("messages", shape.List(refTo("message")), "References to messages of that channel; all of them where this is not there."),
			},
		},
		{
			Name: "reply address", Title: "Operation Reply Address Object", Link: spec3 + "operationReplyAddressObject", Extensions: true,
			Doc: "Where a request has the address for its reply.",
			Fields: []shape.Field{
				required("location", location(), "A runtime expression that points into the request."),
				field("description", text(), "What it is, in CommonMark."),
			},
		},
	})
}

func messageTables3() []shape.Object {
	trait := slices.Concat(described3(), []shape.Field{
		field("name", text(), "A name for machines."),
		field("contentType", text(), "The media type of the payload."),
		field("headers", anySchema(), "A schema of the headers, an object."),
		field("correlationId", isOrRef("correlation id"), "What ties the message to others."),
		field("deprecated", shape.Boolean(), "Whether the message should no longer be used."),
		field("examples", shape.List(shape.Is("message example")), "Examples of the message."),
		field("bindings", isOrRef("message bindings object"), "What is particular to a protocol."),
	})
	return only3([]shape.Object{
		{
			Name: "message", Title: "Message Object", Link: spec3 + "messageObject", Extensions: true,
			Doc: "A kind of message.",
			Fields: slices.Concat([]shape.Field{
				field("payload", anySchema(), "A schema of the payload."),
				field("traits", shape.List(isOrRef("message trait")), "Traits to merge into the message."),
			}, trait),
		},
		{
			Name: "message trait", Title: "Message Trait Object", Link: spec3 + "messageTraitObject", Extensions: true,
			Doc:    "What many messages have in common.",
			Fields: trait,
		},
		messageExample("3.0", ""),
	})
}

// messageExample is the Message Example Object of a range of versions.
func messageExample(from, to string) shape.Object {
	return shape.Object{
		Name: "message example", Title: "Message Example Object", Link: spec3 + "messageExampleObject",
		Doc: "An example of a message.", Since: from, Until: to,
		Fields: []shape.Field{
			field("name", text(), "A name for machines."),
			field("summary", text(), "What it shows, in a sentence."),
			field("headers", shape.Map(shape.Any()), "The headers."),
			field("payload", shape.Any(), "The payload."),
		},
		Groups: []shape.Group{{Fields: []string{"headers", "payload"}, Min: 1}},
	}
}
