package endpoint

import (
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// solace honours the bindings of Solace, 0.1.0 to 0.4.0, whose brokers are reached
// by AMQP 1.0. A channel is a topic. An operation whose destination is a queue is
// that of an application that receives from the queue; who sends to it uses the
// topic, unless the queue subscribes to none.
func solace() *protocol {
	return &protocol{
		binding: "solace", schemes: []string{"solace", "solaces"},
		wildcard: "*",
		connection: func(server *asyncapi.Server) map[string]string {
			if name := server.Bindings.For("solace").Get("clientName").Str(); name != "" {
				return map[string]string{"container.id": name}
			}
			return nil
		},
		sender:   solaceSender,
		receiver: solaceReceiver,
		findings: solaceFindings,
	}
}

// solaceDestination is the first destination of an operation, or nil.
func solaceDestination(t *Target) *tree.Node {
	return t.Bindings.For("solace").At("/destinations/0")
}

func solaceSender(t *Target, _ bool) map[string]string {
	binding, to := t.Bindings.For("solace"), solaceDestination(t)
	params := map[string]string{"kind": "topic"}
	copyText(params, binding, map[string]string{"timeToLive": "ttl", "priority": "priority"})
	if to.Get("destinationType").Str() == "queue" && to.At("/queue/topicSubscriptions/0") == nil {
		solaceQueue(params, to)
	}
	if to.Get("deliveryMode").Str() == "direct" {
		params["durable"] = "false"
	}
	return params
}

func solaceReceiver(t *Target, asApplication bool) map[string]string {
	params := map[string]string{"kind": "topic"}
	if from := solaceDestination(t); asApplication && from.Get("destinationType").Str() == "queue" {
		solaceQueue(params, from)
	}
	return params
}

// solaceQueue makes a queue of the place; one without a name is the address.
func solaceQueue(params map[string]string, destination *tree.Node) {
	params["kind"] = "queue"
	copyText(params, destination.Get("queue"), map[string]string{"name": "node"})
}

func solaceFindings(t *Target, server *asyncapi.Server, choice Choice) []diag.Diagnostic {
	u := &unmet{}
	u.checkPort(server, choice, "Solace", "55555", "55443", "55003")
	if server != nil {
		for _, field := range []string{"msgVpn", "msvVpn"} {
			u.add(diag.Warning, server.Bindings.For("solace").Get(field), "AMQP has no word for a message VPN: the port, or the user, decides which it is",
				"give the port of that VPN's AMQP service")
		}
	}
	binding := t.Bindings.For("solace")
	u.add(diag.Warning, binding.Get("dmqEligible"), "dmqEligible has no effect: the broker's own rules say which messages may go to a dead message queue", "")
	u.add(diag.Warning, binding.At("/destinations/1"), "the first destination is used, the others are not", "make an operation of each")
	to := solaceDestination(t)
	for _, field := range []string{"topicSubscriptions", "accessType", "maxTtl", "maxMsgSpoolUsage"} {
		u.add(diag.Info, to.Get("queue").Get(field), "queues are not made by AMQP: it must be so on the broker", "")
	}
	for i := range itemsOf(to.Get("topicSubscriptions")) {
		n := to.Get("topicSubscriptions").Items[i]
		if t.Channel != nil && n.Str() != t.Channel.Address {
			u.add(diag.Warning, n, "the channel's address is subscribed to, and not this topic", "make a channel of it")
		}
	}
	return u.list
}

func itemsOf(n *tree.Node) []*tree.Node {
	if !n.Is(tree.Sequence) {
		return nil
	}
	return n.Items
}
