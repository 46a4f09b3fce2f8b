package endpoint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// amqp1Field is the extension by which a contract says what the bindings of
// AMQP 1.0, which have no fields, leave open: on a channel, whether the address is
// a queue or a topic, and on an operation how messages are sent and received.
const amqp1Field = "x-amqp1"

// amqp1Fields are what the extension may say, by where it stands.
var amqp1Fields = lazy.Of[map[string][]string]{Make: func() map[string][]string {
	return map[string][]string{
		"channel":   {"kind", "exchange"},
		"operation": {"group", "selector", "ack", "priority", "ttl", "durable"},
	}
}}

// amqp1 honours what a contract says of AMQP 1.0. A channel that does not say
// what it is is a queue, as that is what a plain address is to most brokers.
func amqp1() *protocol {
	return &protocol{
		binding: "amqp1", schemes: []string{"amqp1", "amqp1s"},
		wildcardOf: func(c *asyncapi.Channel) string {
			if amqp1Channel(c)["kind"] == "topic" || amqp1Channel(c)["exchange"] != "" {
				return "*"
			}
			return ""
		},
		sender:   func(t *Target, _ bool) map[string]string { return amqp1Params(t, "priority", "ttl", "durable") },
		receiver: func(t *Target, _ bool) map[string]string { return amqp1Params(t, "selector", "ack") },
		group:    amqp1Group,
		findings: amqp1Findings,
	}
}

// amqp1Channel is what a channel says of its address.
func amqp1Channel(c *asyncapi.Channel) map[string]string {
	params := map[string]string{}
	if c != nil {
		copyText(params, c.Extension(amqp1Field), map[string]string{"kind": "kind", "exchange": "exchange"})
	}
	return params
}

// amqp1Operation is what an operation says, unless it is about its reply.
func amqp1Operation(t *Target) *tree.Node {
	if t.Operation == nil || t.Reply {
		return nil
	}
	return t.Operation.Extension(amqp1Field)
}

func amqp1Params(t *Target, fields ...string) map[string]string {
	params := amqp1Channel(t.Channel)
	for _, field := range fields {
		copyText(params, amqp1Operation(t), map[string]string{field: field})
	}
	return params
}

func amqp1Group(t *Target) string { return amqp1Operation(t).Get("group").Str() }

// amqp1Findings tells of what nobody understands.
func amqp1Findings(t *Target, server *asyncapi.Server, choice Choice) []diag.Diagnostic {
	u := &unmet{}
	if server != nil {
		emptyAMQP1(u, server.Bindings)
	}
	if t.Channel != nil {
		u.checkAMQP1("channel", t.Channel.Extension(amqp1Field))
		emptyAMQP1(u, t.Channel.Bindings)
	}
	if says := amqp1Operation(t); says != nil {
		u.checkAMQP1("operation", says)
		if choice.Embedded {
			u.add(diag.Error, says.Get("selector"), "selector cannot be met on an embedded server, which has no filters", "run it on a real server")
		}
	}
	emptyAMQP1(u, t.Bindings)
	for _, m := range t.Messages {
		emptyAMQP1(u, m.Bindings)
	}
	return u.list
}

func (u *unmet) checkAMQP1(where string, says *tree.Node) {
	known := amqp1Fields.Get()[where]
	if says == nil {
		return
	}
	if !says.Is(tree.Mapping) {
		u.add(diag.Error, says, fmt.Sprintf("%s must be an object with %s here", amqp1Field, listed(known)), "")
		return
	}
	for _, m := range says.Members {
		switch name := m.Key.Text; {
		case !slices.Contains(known, name):
			u.add(diag.Error, m.Value, fmt.Sprintf("%s has no field %q here%s", amqp1Field, name, meant(name, known)), "")
		case name == "kind":
			if kinds := []string{"queue", "topic"}; !slices.Contains(kinds, m.Value.Str()) {
				u.add(diag.Error, m.Value, fmt.Sprintf("kind must be %s%s", listed(kinds), meant(m.Value.Text, kinds)), "")
			}
		case name == "exchange" && says.Get("kind").Str() == "queue":
			u.add(diag.Error, m.Value, "an address on an exchange is a topic, not a queue", "remove one of the two")
		case (name == "ack" || name == "durable") && !m.Value.Is(tree.Bool):
			u.add(diag.Error, m.Value, name+" must be true or false", "")
		case (name == "priority" || name == "ttl") && (!m.Value.Is(tree.Number) || number(m.Value) < 0):
			u.add(diag.Error, m.Value, name+" must be a whole number that is not negative", "")
		}
	}
}

// emptyAMQP1 tells of fields in a binding that has none.
func emptyAMQP1(u *unmet, bindings asyncapi.Bindings) {
	binding := bindings.For("amqp1")
	if !binding.Is(tree.Mapping) {
		return
	}
	for _, m := range binding.Members {
		if name := m.Key.Text; name != "bindingVersion" && !strings.HasPrefix(name, "x-") {
			u.add(diag.Warning, m.Value, fmt.Sprintf("%s has no effect: the bindings of AMQP 1.0 have no fields", name),
				"what can be said of it is in x-amqp1, on the channel or the operation")
		}
	}
}

// checkPort tells of a server at a port where it is known to speak a protocol
// of its own, of which weft knows nothing.
func (u *unmet) checkPort(server *asyncapi.Server, choice Choice, broker string, ports ...string) {
	if server == nil || choice.Embedded || choice.URL != "" {
		return
	}
	for _, port := range ports {
		if strings.HasSuffix(server.Host, ":"+port) {
			u.add(diag.Error, server.Node, fmt.Sprintf("%s speaks a protocol of its own at port %s, and weft reaches it by AMQP 1.0", broker, port),
				"give the URL of its AMQP service, as amqp1://HOST:5672")
		}
	}
}
