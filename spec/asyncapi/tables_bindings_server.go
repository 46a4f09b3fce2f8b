package asyncapi

import "github.com/weft-dev/weft/spec/shape"

func serverBindings() []binding {
	kafka := []shape.Field{
		field("schemaRegistryUrl", text(), "The address of the schema registry."),
		field("schemaRegistryVendor", text(), "The vendor of the schema registry: confluent, apicurio …"),
	}
	mqtt := []shape.Field{
		field("clientId", text(), "The client identifier."),
		field("cleanSession", shape.Boolean(), "Whether to start without the state of earlier connections."),
		field("lastWill", shape.Is("mqtt last will"), "The message the broker sends when the client is gone."),
		field("keepAlive", shape.Integer(), "The longest silence, in seconds."),
	}
	solace := []shape.Field{field("msgVpn", text(), "The message VPN.")}
	return []binding{
		{protocol: "mqtt", of: "server", old: []string{"0.1.0"}, fields: mqtt},
		{protocol: "mqtt", of: "server", versions: []string{"0.2.0"}, fields: append(mqtt[:len(mqtt):len(mqtt)],
			field("sessionExpiryInterval", shape.Either(shape.Integer().Min(0), schema()), "How long the broker keeps the session, in seconds."),
			field("maximumPacketSize", shape.Either(shape.Integer().Min(1).Max(4294967295), schema()), "The largest packet, in bytes."),
		)},
		{protocol: "kafka", of: "server", old: []string{"0.1.0", "0.2.0"}},
		{protocol: "kafka", of: "server", versions: []string{"0.3.0", "0.4.0", "0.5.0"}, fields: kafka},
		{protocol: "jms", of: "server", versions: []string{"0.0.1"}, fields: []shape.Field{
			required("jmsConnectionFactory", text(), "The class of the connection factory."),
			field("properties", shape.List(shape.Is("jms property")), "Properties of the connection factory."),
			field("clientID", text(), "The client identifier."),
		}},
		{protocol: "ibmmq", of: "server", versions: []string{"0.1.0"}, fields: []shape.Field{
			field("groupId", text(), "The queue managers that belong together."),
			field("ccdtQueueManagerName", text(), "The name of the queue manager in the channel definition table."),
			field("cipherSpec", text(), "The cipher specification of the connection."),
			field("multiEndpointServer", shape.Boolean(), "Whether one connection is to reach all servers of the group."),
			field("heartBeatInterval", shape.Integer().Min(0).Max(999999), "The time between heartbeats, in seconds."),
		}},
		{protocol: "solace", of: "server", versions: []string{"0.2.0"}, old: []string{"0.1.0"}, fields: []shape.Field{
			field("msvVpn", text(), "The message VPN; the binding's own spelling."),
		}},
		{protocol: "solace", of: "server", versions: []string{"0.3.0"}, fields: solace},
		{protocol: "solace", of: "server", versions: []string{"0.4.0"}, fields: append(solace[:1:1],
			field("clientName", text().NonEmpty().MaxLength(160), "The name of the client."),
		)},
		{protocol: "pulsar", of: "server", versions: []string{"0.1.0"}, fields: []shape.Field{
			field("tenant", text(), "The tenant; \"public\" where there is none."),
		}},
		{protocol: "ros2", of: "server", versions: []string{"0.1.0"}, from: "3.1", loose: true, fields: []shape.Field{
			field("domainId", shape.Integer().Min(0).Max(231), "The domain."),
			field("rmwImplementation", text(), "The middleware."),
		}},
	}
}
