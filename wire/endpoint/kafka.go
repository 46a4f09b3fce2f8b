package endpoint

import (
	"strconv"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
	"github.com/weft-dev/weft/wire/driver"
)

// kafka honours the bindings of Kafka, 0.1.0 to 0.5.0.
func kafka() *protocol {
	return &protocol{
		binding: "kafka", schemes: []string{"kafka", "kafka-secure"},
		address:  func(c *asyncapi.Channel) string { return c.Bindings.For("kafka").Get("topic").Str() },
		create:   func(t *Target, embedded bool) driver.AddressSpec { return kafkaSpec(t.Channel, embedded) },
		sender:   kafkaParams,
		receiver: kafkaParams,
		group:    func(t *Target) string { return t.kafkaName("groupId") },
		key:      func(m *asyncapi.Message) *tree.Node { return m.Bindings.For("kafka").Get("key") },
		framing:  kafkaFraming,
		registry: kafkaRegistry,
		findings: kafkaFindings,
	}
}

// kafkaParams are the driver's own settings. The client id of a contract is the
// application's: whoever plays its counterpart has none.
func kafkaParams(t *Target, asApplication bool) map[string]string {
	id := t.kafkaName("clientId")
	if !asApplication || id == "" {
		return nil
	}
	return map[string]string{"client.id": id}
}

// kafkaSpec says how the topic of a channel is made, by its Kafka binding.
func kafkaSpec(c *asyncapi.Channel, embedded bool) driver.AddressSpec {
	var spec driver.AddressSpec
	if c == nil {
		return spec
	}
	binding := c.Bindings.For("kafka")
	spec.Partitions = number(binding.Get("partitions"))
	if embedded {
		return spec
	}
	spec.Replicas = number(binding.Get("replicas"))
	if config := binding.Get("topicConfiguration"); config.Is(tree.Mapping) {
		spec.Params = topicConfig(config)
	}
	return spec
}

// topicConfig writes a topicConfiguration as Kafka's own settings.
func topicConfig(config *tree.Node) map[string]string {
	params := map[string]string{}
	for _, m := range config.Members {
		if m.Value.Kind != tree.Sequence {
			params[m.Key.Text] = m.Value.Text
			continue
		}
		for i, item := range m.Value.Items {
			if i > 0 {
				params[m.Key.Text] += ","
			}
			params[m.Key.Text] += item.Text
		}
	}
	return params
}

func number(n *tree.Node) int {
	if !n.Is(tree.Number) {
		return 0
	}
	v, err := strconv.Atoi(n.Text)
	if err != nil || v < 0 {
		return 0
	}
	return v
}

// kafkaName returns the groupId or clientId of an operation's Kafka binding.
// They are schemas in the specification; what a schema allows or proposes
// first is taken, and a plain string, which many write, as itself.
func (t *Target) kafkaName(field string) string {
	n := t.Bindings.For("kafka").Get(field)
	if n.Is(tree.String) {
		return n.Text
	}
	for _, candidate := range []*tree.Node{n.Get("const"), n.At("/enum/0"), n.Get("default"), n.At("/examples/0")} {
		if s := candidate.Str(); s != "" {
			return s
		}
	}
	return ""
}

// kafkaFindings reports what the Kafka bindings ask for and weft does not do.
func kafkaFindings(t *Target, server *asyncapi.Server, choice Choice) []diag.Diagnostic {
	u := &unmet{}
	registryFindings(u, t, server, choice)
	if t.Channel != nil && choice.Embedded {
		binding := t.Channel.Bindings.For("kafka")
		for _, field := range []string{"replicas", "topicConfiguration"} {
			if n := binding.Get(field); n != nil && n.Text != "1" {
				u.add(diag.Info, n, field+" has no effect on an embedded server, which is one broker", "")
			}
		}
	}
	return u.list
}
