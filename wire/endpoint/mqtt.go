package endpoint

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// mqtt honours the bindings of MQTT, 0.1.0 and 0.2.0. Those of a server are the
// application's: whoever plays its counterpart has a name, a session and a last
// will of its own, or none.
func mqtt() *protocol {
	return &protocol{
		binding: "mqtt", schemes: []string{"mqtt", "mqtts", "secure-mqtt", "mqtt5", "mqtt5s", "mqtt3", "mqtt3s"},
		scheme:     mqttScheme,
		wildcard:   "+",
		connection: mqttConnection,
		session:    mqttSession,
		sender:     func(t *Target, _ bool) map[string]string { return mqttSender(t) },
		receiver: func(t *Target, _ bool) map[string]string {
			return mqttParam(nil, "qos", t.Bindings.For("mqtt").Get("qos"))
		},
		message:  func(_ *Target, m *asyncapi.Message) map[string]string { return mqttMessage(m) },
		findings: mqttFindings,
	}
}

// mqttScheme is the version that the server's document names, where the URL
// leaves it open.
func mqttScheme(given string, server *asyncapi.Server, _ *asyncapi.Channel) string {
	if server == nil || !strings.HasPrefix(server.ProtocolVersion, "3") || strings.HasPrefix(given, "mqtt5") {
		return ""
	}
	if given == "mqtt" || given == "mqtt3" {
		return "mqtt3"
	}
	return "mqtt3s"
}

// mqttOld reports whether a channel is reached by MQTT 3.1.1.
func mqttOld(server *asyncapi.Server) bool {
	return server != nil && mqttScheme(strings.ToLower(server.Protocol), server, nil) != ""
}

// mqttConnection is how the application connects.
func mqttConnection(server *asyncapi.Server) map[string]string {
	binding := server.Bindings.For("mqtt")
	params := mqttParam(nil, "client.id", binding.Get("clientId"))
	params = mqttParam(params, "keep.alive", binding.Get("keepAlive"))
	params = mqttParam(params, "packet.max", binding.Get("maximumPacketSize"))
	params = mqttParam(params, "session.expiry", binding.Get("sessionExpiryInterval"))
	will := binding.Get("lastWill")
	if will.Get("topic") == nil {
		return params
	}
	for name, field := range map[string]string{"will.topic": "topic", "will.payload": "message", "will.qos": "qos", "will.retain": "retain"} {
		params = mqttParam(params, name, will.Get(field))
	}
	return params
}

// mqttSession is the group that the application receives in when its session is
// to be kept: the session's name is the client's.
func mqttSession(server *asyncapi.Server) string {
	binding := server.Bindings.For("mqtt")
	clean := binding.Get("cleanSession")
	if !clean.Is(tree.Bool) || clean.True() {
		return ""
	}
	// A group is a level of a shared subscription.
	return strings.NewReplacer("/", "-", "+", "-", "#", "-").Replace(binding.Get("clientId").Str())
}

func mqttSender(t *Target) map[string]string {
	binding := t.Bindings.For("mqtt")
	params := mqttParam(nil, "qos", binding.Get("qos"))
	params = mqttParam(params, "retain", binding.Get("retain"))
	return mqttParam(params, "message.expiry", binding.Get("messageExpiryInterval"))
}

func mqttMessage(m *asyncapi.Message) map[string]string {
	binding := m.Bindings.For("mqtt")
	params := mqttParam(nil, "payload.format", binding.Get("payloadFormatIndicator"))
	return mqttParam(params, "response.topic", binding.Get("responseTopic"))
}

// mqttParam adds a parameter where the binding has a value for it.
func mqttParam(params map[string]string, name string, n *tree.Node) map[string]string {
	value := mqttValue(n)
	if value == "" {
		return params
	}
	if params == nil {
		params = map[string]string{}
	}
	params[name] = value
	return params
}

// mqttValue is the value of a field, which may be a schema: what that allows or
// proposes first is taken.
func mqttValue(n *tree.Node) string {
	if !n.Is(tree.Mapping) {
		return scalarOf(n)
	}
	for _, candidate := range []*tree.Node{n.Get("const"), n.At("/enum/0"), n.Get("default"), n.At("/examples/0")} {
		if s := scalarOf(candidate); s != "" {
			return s
		}
	}
	return ""
}

func scalarOf(n *tree.Node) string {
	switch {
	case n.Is(tree.Bool):
		return strconv.FormatBool(n.True())
	case n.Is(tree.String), n.Is(tree.Number):
		return n.Text
	}
	return ""
}

// mqttFindings reports what the bindings ask for and weft does in part, or not.
func mqttFindings(t *Target, server *asyncapi.Server, _ Choice) []diag.Diagnostic {
	u := &unmet{}
	if server != nil {
		mqttServerFindings(u, server)
	}
	old := mqttOld(server)
	operation := t.Bindings.For("mqtt")
	mqttUndecided(u, operation, "messageExpiryInterval")
	if old {
		u.add(diag.Warning, operation.Get("messageExpiryInterval"), "MQTT 3.1.1 has no message expiry: messages are sent without", "")
	}
	if mqttValue(operation.Get("retain")) == "true" && t.Intent == Receive {
		u.add(diag.Info, operation.Get("retain"), "what was retained before the receiver was there is not delivered: a receiver starts with what is sent", "")
	}
	for _, m := range t.Messages {
		mqttMessageFindings(u, m, old)
	}
	return u.list
}

func mqttServerFindings(u *unmet, server *asyncapi.Server) {
	binding := server.Bindings.For("mqtt")
	u.add(diag.Info, binding.Get("clientId"),
		"the application's sending connection has this name; each receiver has a connection and a name of its own", "")
	clean := binding.Get("cleanSession")
	if clean.Is(tree.Bool) && !clean.True() && binding.Get("clientId").Str() == "" {
		u.add(diag.Warning, clean, "a session that is kept needs a clientId to be found again: the application starts without one", "add a clientId")
	}
	if will := binding.Get("lastWill"); will != nil && will.Get("topic") == nil {
		u.add(diag.Warning, will, "a last will without a topic is not sent", "add a topic")
	}
	for _, field := range []string{"maximumPacketSize", "sessionExpiryInterval"} {
		mqttUndecided(u, binding, field)
	}
	if mqttOld(server) {
		for _, field := range []string{"maximumPacketSize", "sessionExpiryInterval"} {
			u.add(diag.Info, binding.Get(field), fmt.Sprintf("MQTT 3.1.1 does not tell the server of %s", field), "")
		}
	}
}

// mqttUndecided tells of a schema that leaves the value open.
func mqttUndecided(u *unmet, binding *tree.Node, field string) {
	if n := binding.Get(field); n.Is(tree.Mapping) && mqttValue(n) == "" {
		u.add(diag.Warning, n, field+" is a schema that names no value: the usual is taken", "add a const, a default or an example")
	}
}

func mqttMessageFindings(u *unmet, m *asyncapi.Message, old bool) {
	binding := m.Bindings.For("mqtt")
	if old {
		for _, field := range []string{"payloadFormatIndicator", "correlationData", "contentType", "responseTopic"} {
			u.add(diag.Warning, binding.Get(field), fmt.Sprintf("MQTT 3.1.1 has no %s: messages are sent without", field), "")
		}
		return
	}
	u.add(diag.Info, binding.Get("correlationData"), "the correlation data is not held against this schema", "")
	mqttUndecided(u, binding, "responseTopic")
	if said := binding.Get("contentType").Str(); said != "" && m.ContentType != "" && !strings.EqualFold(said, m.ContentType) {
		u.add(diag.Warning, binding.Get("contentType"), fmt.Sprintf("messages are sent with the content type of the message, %q", m.ContentType), "say the same in both places")
	}
}
