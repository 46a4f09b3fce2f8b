package scaffold

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/tree"
)

// defaultHost is where a broker usually is, or "".
func defaultHost(protocol string) string {
	return map[string]string{
		"kafka": "broker.example.com:9092", "kafka-secure": "broker.example.com:9093",
		"amqp": "broker.example.com:5672", "amqps": "broker.example.com:5671",
		"mqtt": "broker.example.com:1883", "mqtts": "broker.example.com:8883",
		"nats": "broker.example.com:4222", "redis": "broker.example.com:6379",
		"pulsar": "broker.example.com:6650", "stomp": "broker.example.com:61613", "jms": "broker.example.com:61616",
		"sns": "sns.eu-central-1.amazonaws.com", "sqs": "sqs.eu-central-1.amazonaws.com",
		"googlepubsub": "pubsub.googleapis.com", "solace": "broker.example.com:55555",
	}[protocol]
}

func (b *builder) servers() *tree.Node {
	host, pathname := b.host()
	server := object("host", host, "protocol", b.Protocol)
	if pathname != "" {
		server.Set("pathname", str(pathname))
	}
	server.Set("description", str("The broker that all channels are on."))
	if b.secure() {
		server.Set("security", tree.NewArray(reference("components/securitySchemes/credentials")))
	}
	return object("main", server)
}

// host takes the address of the server apart, which may be a URL.
func (b *builder) host() (host, pathname string) {
	switch {
	case b.Server == "" && defaultHost(b.Protocol) != "":
		return defaultHost(b.Protocol), ""
	case b.Server == "":
		return "api.example.com", ""
	}
	if u, err := url.Parse(b.Server); err == nil && u.Host != "" {
		return u.Host, strings.TrimSuffix(u.Path, "/")
	}
	host, pathname, found := strings.Cut(b.Server, "/")
	if found {
		pathname = "/" + pathname
	}
	return host, pathname
}

// channelBinding is what a protocol wants to know of a channel, or nil.
func channelBinding(family string, c Channel, b *builder) *tree.Node {
	switch family {
	case "kafka":
		binding := object("partitions", 3, "replicas", 1, "bindingVersion", "0.5.0")
		if c.Message == b.Channels[0].Message {
			binding = noted(binding, "More partitions, more consumers at once; messages of one key stay in order.")
		}
		return object("kafka", binding)
	case "amqp":
		return object("amqp", object(
			"is", "routingKey",
			"exchange", object("name", b.Domain, "type", "topic", "durable", true, "autoDelete", false),
			"bindingVersion", "0.3.0",
		))
	case "ws":
		return object("ws", object("method", "GET", "bindingVersion", "0.1.0"))
	}
	return nil
}

// operationBinding is what a protocol wants to know of an operation, or nil.
func operationBinding(family string, action asyncapi.Action, b *builder) *tree.Node {
	receives := action == asyncapi.Receive
	group := b.Domain
	switch {
	case family == "kafka" && receives:
		return object("kafka", object("groupId", object("type", "string", "const", group, "description", "All instances share the messages of one group."), "bindingVersion", "0.5.0"))
	case family == "mqtt":
		return object("mqtt", object("qos", 1, "retain", false, "bindingVersion", "0.2.0"))
	case family == "nats" && receives:
		return object("nats", object("queue", group, "bindingVersion", "0.1.0"))
	case family == "http":
		return object("http", object("method", "POST", "bindingVersion", "0.3.0"))
	case family == "amqp" && !receives:
		return object("amqp", object("deliveryMode", 2, "mandatory", true, "bindingVersion", "0.3.0"))
	case family == "amqp":
		return object("amqp", object("ack", true, "bindingVersion", "0.3.0"))
	}
	return nil
}

// messageBinding is what a protocol wants to know of a message, or nil.
func messageBinding(family string, c Channel) *tree.Node {
	switch family {
	case "kafka":
		key := object("type", "string", "description", fmt.Sprintf("The %s: messages about the same one stay in order.", keyOf(c)))
		return object("kafka", object("key", key, "bindingVersion", "0.5.0"))
	case "amqp":
		return object("amqp", object("messageType", c.Message, "bindingVersion", "0.3.0"))
	}
	return nil
}

// keyOf is the field by which messages are kept in order: the first that is an
// identifier.
func keyOf(c Channel) string {
	for _, f := range c.Fields {
		if f.Type == "uuid" || strings.HasSuffix(f.Name, "Id") || f.Name == "id" {
			return f.Name
		}
	}
	if len(c.Fields) > 0 {
		return c.Fields[0].Name
	}
	return "id"
}

// securityScheme is how clients of a protocol usually say who they are.
func securityScheme(family string) *tree.Node {
	switch family {
	case "kafka":
		return object("type", "scramSha512", "description", "User and password by SASL/SCRAM over TLS; ask the owner for them.")
	case "ws", "http":
		return object("type", "http", "scheme", "bearer", "bearerFormat", "JWT", "description", "A token of the identity provider.")
	}
	return object("type", "userPassword", "description", "User and password over TLS; ask the owner for them.")
}
