package endpoint

import (
	"strconv"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// ibmMQ honours the bindings of IBM MQ, 0.1.0, which is reached by AMQP 1.0: by
// the channel that it has for it, not at the port of its own protocol.
func ibmMQ() *protocol {
	return &protocol{
		binding: "ibmmq", schemes: []string{"ibmmq", "ibmmqs"},
		wildcardOf: func(c *asyncapi.Channel) string {
			if ibmMQKind(c) == "topic" {
				return "+"
			}
			return ""
		},
		address:    ibmMQAddress,
		connection: ibmMQConnection,
		sender:     func(t *Target, _ bool) map[string]string { return map[string]string{"kind": ibmMQKind(t.Channel)} },
		receiver:   func(t *Target, _ bool) map[string]string { return map[string]string{"kind": ibmMQKind(t.Channel)} },
		message: func(_ *Target, m *asyncapi.Message) map[string]string {
			params := map[string]string{}
			copyText(params, m.Bindings.For("ibmmq"), map[string]string{"expiry": "ttl"})
			if params["ttl"] == "0" {
				return nil // that is for ever
			}
			return params
		},
		findings: ibmMQFindings,
	}
}

func ibmMQBinding(c *asyncapi.Channel) *tree.Node {
	if c == nil {
		return nil
	}
	return c.Bindings.For("ibmmq")
}

// ibmMQKind is what a channel is; by the bindings a topic, unless they say
// otherwise.
func ibmMQKind(c *asyncapi.Channel) string {
	binding := ibmMQBinding(c)
	if binding.Get("destinationType").Str() == "queue" || binding.Get("queue") != nil {
		return "queue"
	}
	return "topic"
}

// ibmMQAddress is the name of the queue, or the topic string.
func ibmMQAddress(c *asyncapi.Channel) string {
	binding := ibmMQBinding(c)
	if ibmMQKind(c) == "queue" {
		return binding.Get("queue").Get("objectName").Str()
	}
	return binding.Get("topic").Get("string").Str()
}

func ibmMQConnection(server *asyncapi.Server) map[string]string {
	n := number(server.Bindings.For("ibmmq").Get("heartBeatInterval"))
	if n < 1 || n > 1800 {
		return nil
	}
	return map[string]string{"idle.timeout": strconv.Itoa(2 * n)}
}

func ibmMQFindings(t *Target, server *asyncapi.Server, choice Choice) []diag.Diagnostic {
	u := &unmet{}
	u.checkPort(server, choice, "IBM MQ", "1414")
	if server != nil {
		for _, field := range []string{"groupId", "ccdtQueueManagerName", "cipherSpec", "multiEndpointServer"} {
			u.add(diag.Warning, server.Bindings.For("ibmmq").Get(field), field+" is for IBM MQ's own clients, and has no effect by AMQP 1.0", "")
		}
	}
	binding := ibmMQBinding(t.Channel)
	u.add(diag.Info, binding.Get("maxMsgLength"), "the broker refuses longer messages, weft does not", "")
	for _, path := range []string{"/queue/isPartitioned", "/queue/exclusive", "/topic/objectName", "/topic/durablePermitted", "/topic/lastMsgRetained"} {
		u.add(diag.Info, binding.At(path), "queues and topics are not made by AMQP: it must be so on the broker", "")
	}
	for _, m := range t.Messages {
		n := m.Bindings.For("ibmmq")
		u.add(diag.Warning, n.Get("headers"), "headers of IBM MQ are made by the broker, of the properties of AMQP 1.0", "")
		if kind := n.Get("type"); kind.Str() == "jms" || kind.Str() == "string" {
			u.add(diag.Info, kind, "messages are sent as bytes, with their content type", "")
		}
	}
	return u.list
}
