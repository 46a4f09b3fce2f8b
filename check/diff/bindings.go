package diff

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// effect is what a change of one field of a binding does.
type effect struct {
	// when says which changes: "" any, "up" or "down" for numbers.
	when   string
	breaks bool
	why    string
}

const (
	whySplit    = "clients declare or expect what was there before and are refused by the broker, or listen where nothing comes; use a new name for the new form"
	whyOrder    = "a key goes to another partition than before, so that messages of one thing lose their order around the change"
	whyLoss     = "messages vanish sooner: consumers that are away, and newcomers that read from the start, miss some"
	whyDelivery = "messages may get lost that were delivered before"
)

// effects are what is known of fields, by "what/protocol/field". A field that
// is not here is a warning: somebody must look.
var effects = lazy.Of[map[string][]effect]{Make: func() map[string][]effect {
	return map[string][]effect{
		"channel/amqp/is":                  {{breaks: true, why: whySplit}},
		"channel/amqp/exchange/name":       {{breaks: true, why: whySplit}},
		"channel/amqp/exchange/type":       {{breaks: true, why: whySplit}},
		"channel/amqp/exchange/durable":    {{breaks: true, why: whySplit}},
		"channel/amqp/exchange/autoDelete": {{breaks: true, why: whySplit}},
		"channel/amqp/exchange/vhost":      {{breaks: true, why: whySplit}},
		"channel/amqp/queue/name":          {{breaks: true, why: whySplit}},
		"channel/amqp/queue/durable":       {{breaks: true, why: whySplit}},
		"channel/amqp/queue/exclusive":     {{breaks: true, why: whySplit}},
		"channel/amqp/queue/autoDelete":    {{breaks: true, why: whySplit}},
		"channel/amqp/queue/vhost":         {{breaks: true, why: whySplit}},

		"channel/sqs/queue/fifoQueue": {{breaks: true, why: whySplit}},
		"channel/sqs/queue/name":      {{breaks: true, why: whySplit}},
		"channel/sns/name":            {{breaks: true, why: whySplit}},
		"channel/sns/ordering/type":   {{breaks: true, why: whySplit}},

		"channel/kafka/topic": {{breaks: true, why: "clients of the old topic hear nothing and are not heard; fill both until they have moved"}},
		"channel/kafka/partitions": {
			{when: "up", why: whyOrder},
			{when: "down", why: "Kafka cannot take partitions away: the topic is made anew, and what is in it is lost"},
		},
		"channel/kafka/replicas":                                             {{when: "down", why: "fewer copies are kept, so that losing a broker can lose messages"}},
		"channel/kafka/topicConfiguration/retention.ms":                      {{when: "down", why: whyLoss}},
		"channel/kafka/topicConfiguration/retention.bytes":                   {{when: "down", why: whyLoss}},
		"channel/kafka/topicConfiguration/delete.retention.ms":               {{when: "down", why: whyLoss}},
		"channel/kafka/topicConfiguration/max.message.bytes":                 {{when: "down", why: "the broker refuses messages that were small enough before"}},
		"channel/kafka/topicConfiguration/cleanup.policy":                    {{why: "what is kept changes: with compaction only the last message of a key stays"}},
		"channel/sqs/queue/messageRetentionPeriod":                           {{when: "down", why: whyLoss}},
		"channel/pulsar/retention/time":                                      {{when: "down", why: whyLoss}},
		"channel/pulsar/retention/size":                                      {{when: "down", why: whyLoss}},
		"channel/pulsar/persistence":                                         {{breaks: true, why: "it is another topic, and clients of the old hear nothing"}},
		"channel/googlepubsub/messageRetentionDuration":                      {{why: whyLoss}},
		"operation/mqtt/qos":                                                 {{when: "down", why: whyDelivery}},
		"operation/mqtt/retain":                                              {{why: "whether newcomers get the last message at once changes"}},
		"operation/amqp/ack":                                                 {{why: whyDelivery}},
		"operation/amqp/deliveryMode":                                        {{when: "down", why: "messages no longer survive a restart of the broker"}},
		"operation/nats/queue":                                               {{why: "who shares the messages with whom changes"}},
		"operation/kafka/groupId":                                            {{why: "the group starts anew, so messages are read twice or passed over"}},
		"operation/http/method":                                              {{breaks: true, why: "requests by the old method are refused"}},
		"channel/ws/method":                                                  {{breaks: true, why: "connections are opened by another method and refused"}},
		"message/kafka/schemaIdLocation":                                     {{breaks: true, why: "readers look for the schema's id in another place and cannot decode"}},
		"message/kafka/schemaIdPayloadEncoding":                              {{breaks: true, why: "readers take the schema's id apart in another way and cannot decode"}},
		"message/mqtt/contentType":                                           {{breaks: true, why: "readers decode the bytes as another type"}},
		"message/mqtt/payloadFormatIndicator":                                {{why: "readers may take the bytes for another form"}},
		"server/kafka/schemaRegistryUrl":                                     {{why: "clients must be told where schemas are now"}},
		"server/kafka/schemaRegistryVendor":                                  {{why: "how schema ids are written may change with it"}},
		"channel/ibmmq/destinationType":                                      {{breaks: true, why: whySplit}},
		"channel/anypointmq/destinationType":                                 {{breaks: true, why: whySplit}},
		"channel/jms/destinationType":                                        {{breaks: true, why: whySplit}},
		"channel/jms/destination":                                            {{breaks: true, why: whySplit}},
		"channel/solace/destinations":                                        {{why: whySplit}},
		"operation/solace/destinations":                                      {{why: whySplit}},
		"channel/kafka/topicConfiguration/confluent.value.schema.validation": {{why: "the broker judges messages differently"}},
	}
}}

// bindings compares what is said for single protocols.
func (d *differ) bindings(of, subject string, from, to asyncapi.Bindings, r Role, before, after *tree.Node) {
	var protocols []string
	for _, b := range slices.Concat(from, to) {
		if !slices.Contains(protocols, b.Protocol) {
			protocols = append(protocols, b.Protocol)
		}
	}
	for _, protocol := range protocols {
		a, b := from.For(protocol), to.For(protocol)
		for _, f := range fields(a, b, nil) {
			if f.path == "bindingVersion" || of == "message" && protocol == "kafka" && (f.path == "key" || strings.HasPrefix(f.path, "key/")) {
				continue // the form of the binding, and what is compared as a schema
			}
			d.binding(of, protocol, subject, f, r, before, after)
		}
	}
}

// field is one value of a binding that changed.
type field struct {
	path     string
	old, new *tree.Node
}

// maxBindingDepth bounds how deep bindings are compared field by field.
const maxBindingDepth = 12

// fields lists the innermost values that differ.
func fields(a, b *tree.Node, path []string) []field {
	if a.Is(tree.Mapping) && (b == nil || b.Is(tree.Mapping)) || a == nil && b.Is(tree.Mapping) {
		if len(path) < maxBindingDepth {
			return below(a, b, path)
		}
	}
	if a == nil && b == nil || a != nil && b != nil && sameValue(a, b) {
		return nil
	}
	return []field{{strings.Join(path, "/"), a, b}}
}

func below(a, b *tree.Node, path []string) []field {
	var names []string
	for _, n := range []*tree.Node{a, b} {
		for i := range n.Len() {
			if name := n.Members[i].Key.Text; !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	var list []field
	for _, name := range names {
		if name == "description" || strings.HasPrefix(name, "x-") {
			continue
		}
		list = append(list, fields(a.Get(name), b.Get(name), append(slices.Clone(path), name))...)
	}
	return list
}

func sameValue(a, b *tree.Node) bool { return shown(a) == shown(b) }

func shown(n *tree.Node) string {
	if n == nil {
		return "not said"
	}
	b, err := json.Marshal(n.Value())
	if err != nil {
		return "?"
	}
	if text := string(b); len(text) <= 60 {
		return text
	}
	return "changed"
}

func (d *differ) binding(of, protocol, subject string, f field, r Role, before, after *tree.Node) {
	c := change(codeBinding, diag.Warning, Binary, subject, cmpNode(f.old, before), cmpNode(f.new, after))
	c.What = fmt.Sprintf("%s of the %s binding was %s and is %s", strings.ReplaceAll(f.path, "/", "."), protocol, shown(f.old), shown(f.new))
	c.Why = "what this does to others is not known here; check it with the broker's documentation"
	known, ok := effects.Get()[of+"/"+protocol+"/"+f.path]
	if ok {
		c.Severity, c.Why = diag.Info, "this way round it hurts nobody"
	}
	for _, e := range known {
		if e.when != "" && e.when != direction(f.old, f.new) {
			continue
		}
		c.Severity, c.Why = diag.Warning, e.why
		if e.breaks {
			c.Severity, c.Breaks, c.Order = diag.Error, others(r), NewAddress
		}
	}
	d.add(c)
}

// direction says whether a number went up or down. One that was not said, or is
// not said any more, went either way for all that is known: that is "down",
// which is told.
func direction(a, b *tree.Node) string {
	x, y := figure(a), figure(b)
	if x != nil && y != nil && x.Cmp(y) < 0 && (x.Sign() >= 0 || y.Sign() < 0) {
		return "up"
	}
	if x != nil && y != nil && x.Sign() >= 0 && y.Sign() < 0 {
		return "up" // -1 is "no limit"
	}
	return "down"
}

func figure(n *tree.Node) *big.Rat {
	if !n.Is(tree.Number) || len(n.Text) > 40 {
		return nil
	}
	r, ok := new(big.Rat).SetString(n.Text)
	if !ok {
		return nil
	}
	return r
}
