package asyncapi

import "github.com/weft-dev/weft/spec/shape"

func operationBindings() []binding {
	method := text().Enum("GET", "PUT", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS", "CONNECT", "TRACE")
	http := []shape.Field{
		field("method", method, "The HTTP method."),
		field("query", schema(), "A schema of the query parameters, an object."),
	}
	kafka := []shape.Field{
		field("groupId", schema(), "A schema of the consumer group's name."),
		field("clientId", schema(), "A schema of the client's name."),
	}
	amqp := []shape.Field{
		field("expiration", shape.Integer().Min(0), "How long the message lives, in milliseconds."),
		field("userId", text(), "The user who sent the message."),
		field("cc", shape.List(text()), "Routing keys to send the message to as well."),
		field("priority", shape.Integer(), "The priority of the message."),
		field("deliveryMode", shape.Integer().Enum("1", "2"), "1: transient, 2: persistent."),
		field("mandatory", shape.Boolean(), "Whether the message must reach a queue."),
		field("bcc", shape.List(text()), "Routing keys that the receivers do not see."),
		field("timestamp", shape.Boolean(), "Whether the message has a timestamp."),
		field("ack", shape.Boolean(), "Whether the receiver acknowledges."),
	}
	mqtt := []shape.Field{
		field("qos", shape.Integer().Enum("0", "1", "2"), "0: at most once, 1: at least once, 2: exactly once."),
		field("retain", shape.Boolean(), "Whether the broker keeps the message."),
	}
	solace := []shape.Field{
		field("destinations", shape.List(shape.Switch("destinationType",
			shape.When(shape.Is("solace queue destination"), "queue"),
			shape.When(shape.Is("solace topic destination"), "topic"),
		)), "Where the messages go to or come from."),
	}
	return []binding{
		{protocol: "http", of: "operation", old: []string{"0.1.0"}, fields: append(http[:2:2],
			required("type", text().Enum("request", "response"), "Whether it is a request or a response."))},
		{protocol: "http", of: "operation", versions: []string{"0.2.0", "0.3.0"}, fields: http},
		{protocol: "amqp", of: "operation", old: []string{"0.1.0", "0.2.0"}, fields: append(amqp[:len(amqp):len(amqp)],
			field("replyTo", text(), "The queue for the reply."))},
		{protocol: "amqp", of: "operation", versions: []string{"0.3.0"}, fields: amqp},
		{protocol: "mqtt", of: "operation", old: []string{"0.1.0"}, fields: mqtt},
		{protocol: "mqtt", of: "operation", versions: []string{"0.2.0"}, fields: append(mqtt[:2:2],
			field("messageExpiryInterval", shape.Either(shape.Integer().Min(0).Max(4294967295), schema()), "How long the message lives, in seconds."))},
		{protocol: "kafka", of: "operation", versions: []string{"0.3.0", "0.4.0", "0.5.0"}, old: []string{"0.1.0", "0.2.0"}, fields: kafka},
		{protocol: "nats", of: "operation", versions: []string{"0.1.0"}, fields: []shape.Field{
			field("queue", text().MaxLength(255), "The queue group."),
		}},
		{protocol: "sns", of: "operation", versions: []string{"0.1.0", "0.2.0"}, fields: []shape.Field{
			field("topic", shape.Is("sns identifier"), "The topic, where it is not the address."),
			required("consumers", shape.List(shape.Is("sns consumer")).MinItems(1), "What is subscribed to the topic."),
			field("deliveryPolicy", shape.Is("sns delivery policy"), "How often to try."),
		}},
		{protocol: "sqs", of: "operation", versions: []string{"0.2.0"}, old: []string{"0.1.0"}, fields: []shape.Field{
			required("queues", shape.List(shape.Is("sqs operation queue")), "The queues."),
		}},
		{protocol: "sqs", of: "operation", versions: []string{"0.3.0"}, fields: []shape.Field{
			required("queues", shape.List(shape.Is("sqs operation queue 0.3.0")), "The queues."),
		}},
		{protocol: "solace", of: "operation", versions: []string{"0.2.0", "0.3.0"}, old: []string{"0.1.0"}, strict: true, fields: solace},
		{protocol: "solace", of: "operation", versions: []string{"0.4.0"}, strict: true, fields: append(solace[:1:1],
			field("timeToLive", shape.Integer(), "How long the message lives, in milliseconds."),
			field("priority", shape.Integer().Min(0).Max(255), "The priority of the message."),
			field("dmqEligible", shape.Boolean(), "Whether the message may go to a dead message queue."),
		)},
		{protocol: "ros2", of: "operation", versions: []string{"0.1.0"}, from: "3.1", fields: []shape.Field{
			required("role", text().Enum("publisher", "action_client", "service_client", "subscriber", "action_server", "service_server"), "What the node is in the operation."),
			required("node", text(), "The name of the node."),
			field("qosPolicies", shape.Is("ros2 quality of service"), "The quality of service."),
		}},
	}
}
