package asyncapi

import (
	"slices"

	"github.com/weft-dev/weft/spec/shape"
	"github.com/weft-dev/weft/text/tree"
)

func messageBindings() []binding {
	kafka := func(key *shape.Type) []shape.Field {
		return []shape.Field{
			field("key", key, "A schema of the message's key."),
			field("schemaIdLocation", text().Enum("header", "payload"), "Where the message has the identifier of its schema."),
			field("schemaIdPayloadEncoding", text(), "How that identifier is encoded in the payload."),
			field("schemaLookupStrategy", text(), "How the schema is named in the registry."),
		}
	}
	headers := field("headers", schema(), "A schema of the headers, an object.")
	return []binding{
		{protocol: "http", of: "message", versions: []string{"0.2.0"}, old: []string{"0.1.0"}, fields: []shape.Field{headers}},
		{protocol: "http", of: "message", versions: []string{"0.3.0"}, fields: []shape.Field{
			headers, field("statusCode", shape.Number(), "The status code of the response."),
		}},
		{protocol: "amqp", of: "message", versions: []string{"0.3.0"}, old: []string{"0.1.0", "0.2.0"}, fields: []shape.Field{
			field("contentEncoding", text(), "The encoding of the payload: gzip …"),
			field("messageType", text(), "The type of the message."),
		}},
		{protocol: "mqtt", of: "message", old: []string{"0.1.0"}},
		{protocol: "mqtt", of: "message", versions: []string{"0.2.0"}, fields: []shape.Field{
			field("payloadFormatIndicator", shape.Integer().Enum("0", "1"), "0: bytes, 1: UTF-8."),
			field("correlationData", schema(), "A schema of the correlation data."),
			field("contentType", text(), "The media type of the payload."),
			field("responseTopic", shape.Either(text().Format("uri-template").NonEmpty(), schema()), "The topic for the response."),
		}},
		{protocol: "kafka", of: "message", old: []string{"0.1.0", "0.2.0"}, fields: []shape.Field{kafka(schema())[0]}},
		{protocol: "kafka", of: "message", versions: []string{"0.3.0"}, fields: kafka(schema())},
		{protocol: "kafka", of: "message", versions: []string{"0.4.0"}, fields: kafka(schemaOrAvro())},
		{protocol: "kafka", of: "message", versions: []string{"0.5.0"}, fields: kafka(schema())},
		{protocol: "anypointmq", of: "message", versions: []string{"0.0.1"}, old: []string{"0.1.0"}, fields: []shape.Field{headers}},
		{protocol: "jms", of: "message", versions: []string{"0.0.1"}, fields: []shape.Field{headers}},
		{protocol: "ibmmq", of: "message", versions: []string{"0.1.0"}, fields: []shape.Field{
			field("type", text().Enum("string", "jms", "binary"), "What the payload is."),
			field("headers", text(), "The IBM MQ headers, for a binary message: \"MQMD,MQRFH2\"."),
			field("description", text(), "What it is, in CommonMark."),
			field("expiry", shape.Integer().Min(0), "How long the message lives, in milliseconds."),
		}, check: checkIBMMQMessage},
		{protocol: "googlepubsub", of: "message", old: []string{"0.1.0"}, loose: true},
		{protocol: "googlepubsub", of: "message", versions: []string{"0.2.0"}, fields: []shape.Field{
			field("attributes", shape.Map(shape.Any()), "The attributes of the message."),
			field("orderingKey", text(), "Messages with the same key keep their order."),
			field("schema", shape.Is("googlepubsub schema"), "The schema of the message."),
		}},
	}
}

// schemaOrAvro is a schema, or an Avro schema where the type is one of Avro's.
func schemaOrAvro() *shape.Type {
	own := []string{"record", "enum", "map", "fixed", "int", "long", "float", "double", "bytes"}
	return shape.Pick(func(n *tree.Node) int {
		if n.Is(tree.String) || n.Is(tree.Sequence) || slices.Contains(own, n.Get("type").Str()) {
			return 1
		}
		return 0
	}, schema(), avro()).OrRef()
}

func checkIBMMQMessage(c *shape.Context, n *tree.Node) {
	if kind := n.Get("type").Str(); n.Has("headers") && (kind == "jms" || kind == "string") {
		c.ReportKey(shape.CodeFieldConflict, n.Get("headers"), `"headers" are for messages of the type "binary"`)
	}
}
