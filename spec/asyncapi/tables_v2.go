package asyncapi

import (
	"slices"

	"github.com/weft-dev/weft/spec/shape"
	"github.com/weft-dev/weft/text/diag"
)

func only2(objects []shape.Object) []shape.Object {
	for i := range objects {
		if objects[i].Until == "" {
			objects[i].Until = "2.6"
		}
	}
	return objects
}

func documentTables2() []shape.Object {
	return only2([]shape.Object{
		{
			Name: "document", Title: "AsyncAPI Object", Link: spec2 + "A2SObject", Extensions: true,
			Doc: "The root of the document.",
			Fields: append(versionFields("2.0", "2.6"),
				field("id", uri(), "The identifier of the application, a URI."),
				required("info", shape.Is("info object"), "What the application is."),
				until("2.2", field("servers", shape.Map(shape.Is("server")), "The servers by name.")),
				since("2.3", field("servers", shape.Map(isOrRef("server")), "The servers by name.")),
				field("defaultContentType", text(), "The media type of messages that name none."),
				required("channels", channels2(), "The channels by their address."),
				field("components", shape.Is("components object"), "Objects to refer to."),
				field("tags", tags2(), "Tags for grouping applications."),
				field("externalDocs", shape.Is("external documentation object"), "Where more is written."),
			),
		},
		{
			Name: "server", Title: "Server Object", Link: spec2 + "serverObject", Extensions: true,
			Doc: "A broker, or another system that messages go through.",
			Fields: []shape.Field{
				required("url", text(), "The address; it may have {variables}."),
				required("protocol", text(), "The protocol: kafka, amqp, mqtt, ws …"),
				field("protocolVersion", text(), "The version of the protocol."),
				field("description", text(), "What it is, in CommonMark."),
				until("2.4", field("variables", shape.Map(shape.Is("server variable")), "The variables in the address by name.")),
				since("2.5", field("variables", shape.Map(isOrRef("server variable")), "The variables in the address by name.")),
				field("security", shape.List(shape.Is("security requirement")), "Security requirements, any of which will do."),
				field("bindings", isOrRef("server bindings object"), "What is particular to a protocol."),
				since("2.5", field("tags", tags2(), "Tags for grouping servers.")),
			},
		},
		{
			Name: "components object", Title: "Components Object", Link: spec2 + "componentsObject", Extensions: true,
			Doc: "Objects to refer to. They mean nothing until something does.",
			Fields: []shape.Field{
				field("schemas", shape.Map(schema()), "Schemas."),
				since("2.3", field("servers", shape.Map(isOrRef("server")), "Servers.")),
				since("2.3", field("channels", channels2(), "Channels.")),
				since("2.4", until("2.4", field("serverVariables", shape.Map(shape.Is("server variable")), "Server variables."))),
				since("2.5", field("serverVariables", shape.Map(isOrRef("server variable")), "Server variables.")),
				field("messages", shape.Map(message2()), "Messages."),
				until("2.0", field("securitySchemes", components(securityScheme20()), "Security schemes.")),
				since("2.1", field("securitySchemes", components(securityScheme()), "Security schemes.")),
				field("parameters", shape.Map(isOrRef("parameter")), "Parameters of channel addresses."),
				field("correlationIds", components(isOrRef("correlation id")), "Correlation IDs."),
				field("operationTraits", shape.Map(shape.Is("operation trait")), "Traits of operations."),
				field("messageTraits", shape.Map(shape.Is("message trait")), "Traits of messages."),
				field("serverBindings", shape.Map(isOrRef("server bindings object")), "Bindings of servers."),
				field("channelBindings", shape.Map(isOrRef("channel bindings object")), "Bindings of channels."),
				field("operationBindings", shape.Map(isOrRef("operation bindings object")), "Bindings of operations."),
				field("messageBindings", shape.Map(isOrRef("message bindings object")), "Bindings of messages."),
			},
		},
	})
}

// channels2 is the map of channels by address.
func channels2() *shape.Type {
	return shape.Map(isOrRef("channel")).KeyFormat("uri-template")
}

func channelTables2() []shape.Object {
	operation := []shape.Field{
		field("operationId", text(), "A name for the operation, unique in the document."),
		field("summary", text(), "What it does, in a sentence."),
		field("description", text(), "What it does, in CommonMark."),
		since("2.4", field("security", shape.List(shape.Is("security requirement")), "Security requirements, any of which will do.")),
		field("tags", tags2(), "Tags for grouping operations."),
		field("externalDocs", shape.Is("external documentation object"), "Where more is written."),
		field("bindings", isOrRef("operation bindings object"), "What is particular to a protocol."),
	}
	return only2([]shape.Object{
		{
			Name: "channel", Title: "Channel Item Object", Link: spec2 + "channelItemObject", Extensions: true,
			Doc: "Where messages go: a topic, a queue, a path.",
			Fields: []shape.Field{
				field("$ref", text().Format("uri-reference"), "A reference to a channel elsewhere."),
				field("description", text(), "What it is, in CommonMark."),
				since("2.2", field("servers", shape.List(text()).Unique(), "The names of the servers that have the channel; all of them where there is none.")),
				field("subscribe", shape.Is("operation"), "What others can receive: the application sends it."),
				field("publish", shape.Is("operation"), "What others can send: the application receives it."),
				field("parameters", shape.Map(isOrRef("parameter")), "The parameters in the address by name."),
				field("deprecated", shape.Boolean(), "Whether the channel should no longer be used."),
				field("bindings", isOrRef("channel bindings object"), "What is particular to a protocol."),
			},
		},
		{
			Name: "parameter", Title: "Parameter Object", Link: spec2 + "parameterObject", Extensions: true,
			Doc: "A value to put into a channel's address.",
			Fields: []shape.Field{
				field("description", text(), "What it is for, in CommonMark."),
				field("schema", schema(), "A schema of the value."),
				field("location", location(), "Where a message has the value."),
			},
		},
		{
			Name: "operation", Title: "Operation Object", Link: spec2 + "operationObject", Extensions: true,
			Doc: "What can be sent to, or received from, a channel.",
			Fields: slices.Concat(operation, []shape.Field{
				field("traits", shape.List(isOrRef("operation trait")), "Traits to merge into the operation."),
				field("message", message2(), "The message, or a choice of messages."),
			}),
		},
		{
			Name: "operation trait", Title: "Operation Trait Object", Link: spec2 + "operationTraitObject", Extensions: true,
			Doc:    "What many operations have in common.",
			Fields: operation,
		},
	})
}

// message2 is a message, a choice of them, or a reference to either.
func message2() *shape.Type {
	return shape.IfHas("oneOf", shape.Is("message choice"), shape.Is("message")).Called("a message").OrRef()
}

func messageTables2() []shape.Object {
	headers := schema().Then(headersAreObject)
	trait := []shape.Field{
		since("2.4", field("messageId", text(), "A name for the message, unique in the document.")),
		field("name", text(), "A name for machines."),
		field("title", text(), "A name for people."),
		field("summary", text(), "What it is, in a sentence."),
		field("description", text(), "What it is, in CommonMark."),
		field("schemaFormat", text(), "The media type of the payload's schema language."),
		field("contentType", text(), "The media type of the payload."),
		field("headers", headers, "A schema of the headers, an object."),
		field("correlationId", isOrRef("correlation id"), "What ties the message to others."),
		field("tags", tags2(), "Tags for grouping messages."),
		field("externalDocs", shape.Is("external documentation object"), "Where more is written."),
		field("deprecated", shape.Boolean(), "Whether the message should no longer be used."),
		field("bindings", isOrRef("message bindings object"), "What is particular to a protocol."),
	}
	strict := field("examples", shape.List(shape.Is("message example")), "Examples of the message.")
	// Until 2.0 and, in messages but not in traits, from 2.2 to 2.5 any object
	// was an example for the official schema.
	loose := field("examples", shape.List(shape.Is("message example").Grade("message-example", diag.Warning)), "Examples of the message.")
	plain := field("examples", shape.List(shape.Map(shape.Any())), "Examples of the message: headers and payload by name.")
	return only2([]shape.Object{
		{
			Name: "message", Title: "Message Object", Link: spec2 + "messageObject", Extensions: true,
			Doc: "A kind of message.",
			Fields: slices.Concat(trait, []shape.Field{
				field("payload", payload2(), "A schema of the payload."),
				field("traits", shape.List(isOrRef("message trait")), "Traits to merge into the message."),
				until("2.0", plain), since("2.1", until("2.1", strict)), since("2.2", until("2.5", loose)), since("2.6", strict),
			}),
		},
		{
			Name: "message choice", Title: "Message Object", Link: spec2 + "messageObject",
			Doc:    "A choice of messages.",
			Fields: []shape.Field{required("oneOf", shape.List(message2()), "The messages, one of which it is.")},
		},
		{
			Name: "message trait", Title: "Message Trait Object", Link: spec2 + "messageTraitObject", Extensions: true,
			Doc:    "What many messages have in common.",
			Fields: slices.Concat(trait, []shape.Field{until("2.0", plain), since("2.1", strict)}),
		},
		messageExample("2.0", "2.6"),
	})
}
