package asyncapi

import (
	"github.com/weft-dev/weft/spec/shape"
	"github.com/weft-dev/weft/text/tree"
)

func channelBindings() []binding {
	amqp := binding{
		protocol: "amqp", of: "channel", versions: []string{"0.3.0"}, old: []string{"0.1.0", "0.2.0"},
		fields: []shape.Field{
			field("is", text().Enum("queue", "routingKey"), "Whether the address is that of a queue or a routing key."),
			field("exchange", shape.Is("amqp exchange"), "The exchange, for a routing key."),
			field("queue", shape.Is("amqp queue"), "The queue."),
		},
		groups: []shape.Group{{Fields: []string{"exchange", "queue"}, Min: 1, Max: 1}},
		check:  checkAMQPChannel,
	}
	kafka := []shape.Field{
		field("topic", text(), "The name of the topic, where it is not the address."),
		field("partitions", shape.Integer().Min(1), "The number of partitions."),
		field("replicas", shape.Integer().Min(1), "The number of replicas."),
	}
	sqs := func(queue string) []shape.Field {
		return []shape.Field{
			required("queue", shape.Is(queue), "The queue."),
			field("deadLetterQueue", shape.Is(queue), "The queue for messages that cannot be processed."),
		}
	}
	sns := func(policy string) []shape.Field {
		return []shape.Field{
			required("name", text(), "The name of the topic."),
			field("ordering", shape.Is("sns ordering"), "Whether messages keep their order."),
			field("policy", shape.Is(policy), "Who may do what."),
			field("tags", shape.Map(shape.Any()), "Tags of the topic."),
		}
	}
	return []binding{
		amqp,
		{protocol: "ws", of: "channel", versions: []string{"0.1.0"}, fields: []shape.Field{
			field("method", text().Enum("GET", "POST"), "The HTTP method that opens the connection."),
			field("query", schema(), "A schema of the query parameters, an object."),
			field("headers", schema(), "A schema of the HTTP headers, an object."),
		}},
		{protocol: "kafka", of: "channel", old: []string{"0.1.0", "0.2.0"}},
		{protocol: "kafka", of: "channel", versions: []string{"0.3.0"}, fields: kafka},
		{protocol: "kafka", of: "channel", versions: []string{"0.4.0"}, fields: append(kafka[:3:3],
			field("topicConfiguration", shape.Is("kafka topic configuration 0.4.0"), "The configuration of the topic."))},
		{protocol: "kafka", of: "channel", versions: []string{"0.5.0"}, fields: append(kafka[:3:3],
			field("topicConfiguration", shape.Is("kafka topic configuration 0.5.0"), "The configuration of the topic."))},
		{protocol: "anypointmq", of: "channel", versions: []string{"0.0.1"}, old: []string{"0.1.0"}, fields: []shape.Field{
			field("destination", text(), "The name of the queue or exchange, where it is not the address."),
			field("destinationType", text().Enum("exchange", "queue", "fifo-queue"), "What the destination is."),
		}},
		{protocol: "jms", of: "channel", versions: []string{"0.0.1"}, fields: []shape.Field{
			field("destination", text(), "The name of the destination, where it is not the address."),
			field("destinationType", text().Enum("queue", "fifo-queue"), "What the destination is."),
		}},
		{protocol: "sns", of: "channel", versions: []string{"0.1.0"}, fields: sns("policy")},
		{protocol: "sns", of: "channel", versions: []string{"0.2.0"}, fields: sns("policy with resources")},
		{protocol: "sqs", of: "channel", versions: []string{"0.2.0"}, old: []string{"0.1.0"}, fields: sqs("sqs channel queue")},
		{protocol: "sqs", of: "channel", versions: []string{"0.3.0"}, fields: sqs("sqs channel queue 0.3.0")},
		{protocol: "ibmmq", of: "channel", versions: []string{"0.1.0"}, fields: []shape.Field{
			field("destinationType", text().Enum("topic", "queue"), "What the destination is."),
			field("queue", shape.Is("ibmmq queue"), "The queue."),
			field("topic", shape.Is("ibmmq topic"), "The topic."),
			field("maxMsgLength", shape.Integer().Min(0).Max(104857600), "The longest message, in bytes."),
		}, groups: []shape.Group{{Fields: []string{"queue", "topic"}, Max: 1}}, check: checkIBMMQChannel},
		{protocol: "googlepubsub", of: "channel", old: []string{"0.1.0"}, loose: true},
		{protocol: "googlepubsub", of: "channel", versions: []string{"0.2.0"}, fields: []shape.Field{
			field("labels", shape.Map(shape.Any()), "Labels of the topic."),
			field("messageRetentionDuration", text(), "How long messages are kept: \"86400s\"."),
			field("messageStoragePolicy", shape.Is("googlepubsub storage policy"), "Where messages may be kept."),
			required("schemaSettings", shape.Is("googlepubsub schema settings"), "The schema of the topic."),
		}},
		{protocol: "pulsar", of: "channel", versions: []string{"0.1.0"}, fields: []shape.Field{
			required("namespace", text(), "The namespace of the topic."),
			required("persistence", text().Enum("persistent", "non-persistent"), "Whether messages are kept on disk."),
			field("compaction", shape.Integer().Min(0), "The size at which the topic is compacted, in megabytes."),
			field("geo-replication", shape.List(text()), "The clusters that have the topic."),
			field("retention", shape.Is("pulsar retention"), "How long messages are kept."),
			field("ttl", shape.Integer(), "How long messages wait to be acknowledged, in seconds."),
			field("deduplication", shape.Boolean(), "Whether the broker drops messages that it has."),
		}},
	}
}

func checkAMQPChannel(c *shape.Context, n *tree.Node) {
	switch is := n.Get("is").Str(); {
	case is == "queue" && n.Has("exchange"):
		c.ReportKey(shape.CodeFieldConflict, n.Get("exchange"), `an exchange is for "is: routingKey"; here it is a queue`)
	case is == "routingKey" && n.Has("queue"):
		c.ReportKey(shape.CodeFieldConflict, n.Get("queue"), `a queue is for "is: queue"; here it is a routing key`)
	}
}

func checkIBMMQChannel(c *shape.Context, n *tree.Node) {
	switch kind := n.Get("destinationType").Str(); {
	case kind == "topic" && n.Has("queue"):
		c.ReportKey(shape.CodeFieldConflict, n.Get("queue"), `the destination is a topic, not a queue`)
	case kind == "queue" && n.Has("topic"):
		c.ReportKey(shape.CodeFieldConflict, n.Get("topic"), `the destination is a queue, not a topic`)
	case kind == "queue" && !n.Has("queue"):
		c.ReportKey(shape.CodeMissingField, n, `a destination of the type "queue" needs the field "queue"`)
	}
}
