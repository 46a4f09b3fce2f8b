package endpoint

import (
	"fmt"
	"strconv"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
	"github.com/weft-dev/weft/wire/driver"
)

// kafkaKey compiles the key of a message's Kafka binding.
func (s *Source) kafkaKey(m *asyncapi.Message) (schema.Schema, error) {
	key := m.Bindings.For("kafka").Get("key")
	if key == nil {
		return nil, nil
	}
	return s.set.Compile(key, schema.JSON(schema.Draft7))
}

// kafkaTopic returns the topic of a channel's Kafka binding, or "".
func kafkaTopic(c *asyncapi.Channel) string {
	if c == nil {
		return ""
	}
	return c.Bindings.For("kafka").Get("topic").Str()
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

// The codes of findings about what a contract asks for and a wire cannot give.
const (
	CodeBinding diag.Code = "wire/binding"
)

// kafkaFindings reports what the Kafka bindings ask for and weft does not do.
func kafkaFindings(t *Target, server *asyncapi.Server, choice Choice) []diag.Diagnostic {
	var list []diag.Diagnostic
	add := func(severity diag.Severity, n *tree.Node, message, help string) {
		list = append(list, diag.Diagnostic{
			Code: CodeBinding, Severity: severity, Message: message, Help: help, Path: n.Path(), Span: n.Span,
		})
	}
	for _, m := range t.Messages {
		binding := m.Bindings.For("kafka")
		for _, field := range []string{"schemaIdLocation", "schemaIdPayloadEncoding", "schemaLookupStrategy"} {
			if n := binding.Get(field); n != nil {
				add(diag.Error, n, fmt.Sprintf("%s is not supported yet: payloads are plain JSON, without the id of a schema registry", field),
					"remove it to send and receive plain JSON")
			}
		}
	}
	if server != nil {
		if n := server.Bindings.For("kafka").Get("schemaRegistryUrl"); n != nil {
			add(diag.Info, n, "the schema registry is not asked: the document's own schemas are used", "")
		}
	}
	if t.Channel != nil && choice.Embedded {
		binding := t.Channel.Bindings.For("kafka")
		for _, field := range []string{"replicas", "topicConfiguration"} {
			if n := binding.Get(field); n != nil && n.Text != "1" {
				add(diag.Info, n, field+" has no effect on an embedded server, which is one broker", "")
			}
		}
	}
	return list
}
