package asyncapi

import (
	"slices"

	"github.com/weft-dev/weft/spec/shape"
)

// bindingParts are the objects inside bindings.
func bindingParts() []shape.Object {
	return slices.Concat(
		queueParts(), kafkaParts(), solaceParts(),
		policyParts("", false), policyParts(" with resources", true),
		sqsParts("", "policy"), sqsParts(" 0.3.0", "policy with resources"),
		snsParts(), otherParts(),
	)
}

// part is an object inside a binding. Their official schemas let other fields
// pass, unless closed says so.
func part(name, doc string, closed bool, fields ...shape.Field) shape.Object {
	return shape.Object{Name: name, Title: title(name), Doc: doc, Fields: fields, Loose: !closed}
}

// extensible is a part that may have extensions.
func extensible(o shape.Object) shape.Object {
	o.Extensions = true
	return o
}

func queueParts() []shape.Object {
	return []shape.Object{
		part("mqtt last will", "The message the broker sends when the client is gone.", false,
			field("topic", text(), "Where it goes."),
			field("qos", shape.Integer().Enum("0", "1", "2"), "Its quality of service."),
			field("message", text(), "What it says."),
			field("retain", shape.Boolean(), "Whether the broker keeps it.")),
		part("amqp exchange", "An exchange.", false,
			field("name", text().MaxLength(255), "Its name; empty is the default exchange."),
			field("type", text().Enum("topic", "direct", "fanout", "default", "headers"), "Its type."),
			field("durable", shape.Boolean(), "Whether it survives a restart of the broker."),
			field("autoDelete", shape.Boolean(), "Whether it goes with its last queue."),
			field("vhost", text(), "The virtual host.")),
		part("amqp queue", "A queue.", false,
			field("name", text().MaxLength(255), "Its name."),
			field("durable", shape.Boolean(), "Whether it survives a restart of the broker."),
			field("exclusive", shape.Boolean(), "Whether only one connection uses it."),
			field("autoDelete", shape.Boolean(), "Whether it goes with its last consumer."),
			field("vhost", text(), "The virtual host.")),
		part("jms property", "A property of a connection factory.", false,
			required("name", text(), "Its name."),
			required("value", shape.Either(text(), shape.Boolean(), shape.Number(), shape.Null()), "Its value.")),
		part("ibmmq queue", "A queue.", false,
			required("objectName", text().MaxLength(48), "Its name."),
			field("isPartitioned", shape.Boolean(), "Whether it is one of a cluster's."),
			field("exclusive", shape.Boolean(), "Whether it is opened for one consumer only.")),
		part("ibmmq topic", "A topic.", false,
			field("string", text().MaxLength(10240), "Its topic string."),
			field("objectName", text().MaxLength(48), "Its name."),
			field("durablePermitted", shape.Boolean(), "Whether subscriptions may be durable."),
			field("lastMsgRetained", shape.Boolean(), "Whether the last message is kept.")),
	}
}

func kafkaParts() []shape.Object {
	fields := []shape.Field{
		field("cleanup.policy", shape.List(text().Enum("compact", "delete")), "What is done with old records."),
		field("retention.ms", shape.Integer().Min(-1), "How long records are kept, in milliseconds; -1 for ever."),
		field("retention.bytes", shape.Integer().Min(-1), "How much is kept of a partition, in bytes; -1 for all."),
		field("delete.retention.ms", shape.Integer().Min(0), "How long tombstones are kept, in milliseconds."),
		field("max.message.bytes", shape.Integer().Min(0), "The largest batch of records, in bytes."),
	}
	newer := slices.Concat(fields, []shape.Field{
		field("confluent.key.schema.validation", shape.Boolean(), "Whether the broker validates keys."),
		field("confluent.key.subject.name.strategy", text(), "How subjects of keys are named."),
		field("confluent.value.schema.validation", shape.Boolean(), "Whether the broker validates values."),
		field("confluent.value.subject.name.strategy", text(), "How subjects of values are named."),
	})
	open := part("kafka topic configuration 0.5.0", "The configuration of a topic.", true, newer...)
	open.Open = true
	return []shape.Object{part("kafka topic configuration 0.4.0", "The configuration of a topic.", true, fields...), open}
}

func solaceParts() []shape.Object {
	mode := field("deliveryMode", text().Enum("direct", "persistent"), "Whether the broker stores the message.")
	kind := field("destinationType", text(), "\"queue\" or \"topic\".")
	topics := field("topicSubscriptions", shape.List(text()), "The topics that are subscribed to.")
	return []shape.Object{
		part("solace queue destination", "A queue.", false, mode, kind, field("queue", shape.Is("solace queue"), "The queue.")),
		part("solace topic destination", "A topic.", false, mode, kind, topics),
		part("solace queue", "A queue.", false,
			field("name", text(), "Its name."),
			topics,
			field("accessType", text().Enum("exclusive", "nonexclusive"), "Whether one consumer has it, or several."),
			field("maxTtl", text(), "How long messages may live."),
			field("maxMsgSpoolUsage", text(), "How much it may hold.")),
	}
}

// policyParts are the access policies of SNS and SQS.
func policyParts(suffix string, resources bool) []shape.Object {
	oneOrMore := shape.Either(text(), shape.List(text()))
	principal := oneOrMore
	statement := []shape.Field{
		required("effect", text().Enum("Allow", "Deny"), "Whether it allows or denies."),
		required("action", oneOrMore, "What is allowed or denied: \"sqs:SendMessage\"."),
	}
	doc := "The account or the role."
	if resources {
		// A list was the form of older versions. It stays, for documents that
		// name no version mean the newest that their author knew.
		principal = shape.Either(text(), shape.List(text()), shape.Is("AWS account"), shape.Is("AWS service"))
		statement = append(statement,
			field("resource", oneOrMore, "What it is allowed or denied for."),
			field("condition", shape.Map(shape.Map(oneOrMore)), "When."))
	}
	list := []shape.Object{
		extensible(part("policy"+suffix, "Who may do what.", false,
			required("statements", shape.List(shape.Is("policy statement"+suffix)), "The statements."))),
		extensible(part("policy statement"+suffix, "One permission, or prohibition.", false,
			append(statement, required("principal", principal, doc))...)),
	}
	if resources {
		list = append(list,
			part("AWS account", "Accounts or roles.", true, required("AWS", oneOrMore, "Their names.")),
			part("AWS service", "Services.", true, required("Service", oneOrMore, "Their names.")))
	}
	return list
}

func sqsParts(suffix, policy string) []shape.Object {
	queue := []shape.Field{
		required("name", text(), "Its name."),
		field("deduplicationScope", text().Enum("queue", "messageGroup"), "Where a message is told from its copy."),
		field("fifoThroughputLimit", text().Enum("perQueue", "perMessageGroupId"), "What the throughput limit is for."),
		field("deliveryDelay", shape.Integer().Min(0).Max(900), "How long messages wait, in seconds."),
		field("visibilityTimeout", shape.Integer().Min(0).Max(43200), "How long a received message is hidden from others, in seconds."),
		field("receiveMessageWaitTime", shape.Integer(), "How long a receive waits for messages, in seconds."),
		field("messageRetentionPeriod", shape.Integer().Min(60).Max(1209600), "How long messages are kept, in seconds."),
		field("redrivePolicy", shape.Is("sqs redrive policy"+suffix), "What becomes of messages that cannot be processed."),
		field("policy", shape.Is(policy), "Who may do what."),
		field("tags", shape.Map(shape.Any()), "Tags of the queue."),
	}
	channel := slices.Concat(queue, []shape.Field{required("fifoQueue", shape.Boolean(), "Whether messages keep their order.")})
	operation := slices.Concat(queue, []shape.Field{
		field("fifoQueue", shape.Boolean(), "Whether messages keep their order."),
		field("$ref", text(), "A reference to a queue of a channel."),
	})
	return []shape.Object{
		extensible(part("sqs channel queue"+suffix, "A queue.", false, channel...)),
		extensible(part("sqs operation queue"+suffix, "A queue.", false, operation...)),
		extensible(part("sqs redrive policy"+suffix, "What becomes of messages that cannot be processed.", false,
			required("deadLetterQueue", shape.Is("sqs identifier"+suffix), "The queue they go to."),
			field("maxReceiveCount", shape.Integer(), "How often a message is received before it goes there."))),
		extensible(part("sqs identifier"+suffix, "The name of a queue.", false,
			field("arn", text(), "Its Amazon resource name."),
			field("name", text(), "Its name in the document."))),
	}
}

func snsParts() []shape.Object {
	filter := shape.Object{
		Name: "sns filter policy", Title: "Filter policy", Doc: "Which messages a consumer wants.", Extensions: true,
		Keys: []shape.Keys{{Words: "the name of an attribute", Type: shape.Either(shape.List(text()), text(), shape.Map(shape.Any())), Doc: "The values of the attribute."}},
	}
	count := func(name, doc string) shape.Field { return field(name, shape.Integer(), doc) }
	return []shape.Object{
		filter,
		extensible(part("sns ordering", "Whether messages keep their order.", false,
			required("type", text().Enum("standard", "FIFO"), "The type of topic."),
			field("contentBasedDeduplication", shape.Boolean(), "Whether messages with the same content are one."))),
		extensible(part("sns identifier", "The name of a topic or an endpoint.", false,
			field("url", text(), "Its address."),
			field("email", text(), "Its e-mail address."),
			field("phone", text(), "Its phone number."),
			field("arn", text(), "Its Amazon resource name."),
			field("name", text(), "Its name in the document."))),
		extensible(part("sns consumer", "What is subscribed to a topic.", false,
			required("protocol", text().Enum("http", "https", "email", "email-json", "sms", "sqs", "application", "lambda", "firehose"), "How messages are delivered."),
			required("endpoint", shape.Is("sns identifier"), "Where they are delivered."),
			field("filterPolicy", shape.Is("sns filter policy"), "Which messages are wanted."),
			field("filterPolicyScope", text().Enum("MessageAttributes", "MessageBody"), "What the filter looks at."),
			required("rawMessageDelivery", shape.Boolean(), "Whether the message is delivered without an envelope."),
			field("redrivePolicy", shape.Is("sns redrive policy"), "What becomes of messages that cannot be delivered."),
			field("deliveryPolicy", shape.Is("sns delivery policy"), "How often to try."),
			field("displayName", text(), "The sender's name in text messages."))),
		extensible(part("sns delivery policy", "How often to try.", false,
			count("minDelayTarget", "The shortest delay, in seconds."),
			count("maxDelayTarget", "The longest delay, in seconds."),
			count("numRetries", "How many times."),
			count("numNoDelayRetries", "How many times without a delay."),
			count("numMinDelayRetries", "How many times with the shortest delay."),
			count("numMaxDelayRetries", "How many times with the longest delay."),
			field("backoffFunction", text().Enum("arithmetic", "exponential", "geometric", "linear"), "How the delay grows."),
			count("maxReceivesPerSecond", "The most deliveries a second."))),
		extensible(part("sns redrive policy", "What becomes of messages that cannot be delivered.", false,
			required("deadLetterQueue", shape.Is("sns identifier"), "The queue they go to."),
			field("maxReceiveCount", shape.Integer(), "How often a message is tried before it goes there."))),
	}
}

func otherParts() []shape.Object {
	qos := part("ros2 quality of service", "The quality of service.", false,
		field("deadline", shape.Integer(), "The longest time between messages, in milliseconds; -1 for any."),
		field("durability", text().Enum("transient_local", "volatile"), "Whether late subscribers get old messages."),
		field("history", text().Enum("keep_last", "keep_all", "unknown"), "Which messages are kept."),
		field("leaseDuration", shape.Integer(), "How long a publisher may be silent, in milliseconds; -1 for ever."),
		field("lifespan", shape.Integer(), "How long messages are good, in milliseconds; -1 for ever."),
		field("liveliness", text().Enum("automatic", "manual"), "Who says that a publisher is alive."),
		field("reliability", text().Enum("best_effort", "realiable", "reliable"), "Whether messages may be lost."))
	qos.Since = "3.1"
	return []shape.Object{
		qos,
		part("googlepubsub storage policy", "Where messages may be kept.", true,
			field("allowedPersistenceRegions", shape.List(text()), "The regions.")),
		part("googlepubsub schema settings", "The schema of a topic.", false,
			required("encoding", text(), "How messages are encoded: JSON or binary."),
			field("firstRevisionId", text(), "The oldest revision of the schema."),
			field("lastRevisionId", text(), "The newest revision of the schema."),
			required("name", text(), "The name of the schema.")),
		part("googlepubsub schema", "The schema of a message.", false, required("name", text(), "Its name.")),
		part("pulsar retention", "How long messages are kept.", true,
			field("time", shape.Integer().Min(0), "The time, in minutes."),
			field("size", shape.Integer().Min(0), "The size, in megabytes.")),
	}
}
