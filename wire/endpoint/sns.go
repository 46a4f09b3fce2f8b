package endpoint

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
	"github.com/weft-dev/weft/wire/driver"
)

// sns honours the bindings of SNS, 0.1.0 and 0.2.0.
func sns() *protocol {
	return &protocol{
		binding: "sns", schemes: []string{"sns"},
		address:  func(c *asyncapi.Channel) string { return topicName(c.Bindings.For("sns")) },
		create:   topicSpec,
		receiver: consumerParams,
		findings: snsFindings,
	}
}

func isOrdered(binding *tree.Node) bool { return binding.At("/ordering/type").Str() == "FIFO" }

// topicName is the name of a topic as the service has it: that of a FIFO topic
// ends in ".fifo".
func topicName(binding *tree.Node) string {
	name := binding.Get("name").Str()
	if name != "" && isOrdered(binding) {
		return withFIFO(name)
	}
	return name
}

// topicSpec says how the topic of a channel is made, and what is subscribed to it.
func topicSpec(t *Target, _ bool) driver.AddressSpec {
	params := map[string]string{}
	if t.Channel != nil {
		binding := t.Channel.Bindings.For("sns")
		if isTrue(binding.At("/ordering/contentBasedDeduplication")) && isOrdered(binding) {
			params["ContentBasedDeduplication"] = "true"
		}
		if policy := binding.Get("policy"); policy != nil {
			params["Policy"] = policyText(policy)
		}
		tagParams(params, binding.Get("tags"))
	}
	operation := t.Bindings.For("sns")
	if policy := operation.Get("deliveryPolicy"); policy != nil {
		params["DeliveryPolicy"] = jsonText(map[string]any{"http": map[string]any{"defaultHealthyRetryPolicy": retryPolicy(policy)}})
	}
	for i, consumer := range items(operation.Get("consumers")) {
		if supported(consumer) {
			params["subscription:"+strconv.Itoa(i)] = jsonText(subscription(consumer))
		}
	}
	return driver.AddressSpec{Params: params}
}

// retryPolicy leaves out what is not about retries, which has a place of its own.
func retryPolicy(policy *tree.Node) map[string]any {
	fields, _ := policy.Value().(map[string]any)
	fields = maps.Clone(fields)
	delete(fields, "maxReceivesPerSecond")
	return fields
}

// supported reports whether the driver can subscribe a consumer.
func supported(consumer *tree.Node) bool {
	return slices.Contains([]string{"sqs", "http", "https"}, consumer.Get("protocol").Str()) && identifier(consumer.Get("endpoint")) != ""
}

// subscription is a consumer as the driver takes it.
func subscription(consumer *tree.Node) map[string]any {
	attributes := map[string]string{}
	if isTrue(consumer.Get("rawMessageDelivery")) {
		attributes["RawMessageDelivery"] = "true"
	}
	if filter := consumer.Get("filterPolicy"); filter != nil {
		attributes["FilterPolicy"] = jsonText(filterOf(filter))
	}
	if scope := consumer.Get("filterPolicyScope"); scope != nil {
		attributes["FilterPolicyScope"] = scope.Text
	}
	if policy := consumer.Get("deliveryPolicy"); policy != nil {
		attributes["DeliveryPolicy"] = jsonText(map[string]any{"healthyRetryPolicy": retryPolicy(policy)})
	}
	return map[string]any{
		"protocol": consumer.Get("protocol").Str(), "endpoint": identifier(consumer.Get("endpoint")), "attributes": attributes,
		"deadLetterQueue": identifier(consumer.At("/redrivePolicy/deadLetterQueue")),
	}
}

// filterOf is a filter policy as the service reads it: a single text, which the
// binding allows, is a list there.
func filterOf(filter *tree.Node) any {
	fields, ok := filter.Value().(map[string]any)
	if !ok {
		return filter.Value()
	}
	out := make(map[string]any, len(fields))
	for name, value := range fields {
		if strings.HasPrefix(name, "x-") {
			continue
		}
		if text, ok := value.(string); ok {
			value = []any{text}
		}
		out[name] = value
	}
	return out
}

// consumerParams are where the application receives: from the one queue that is
// subscribed for it. Who plays its counterpart has a queue of its own.
func consumerParams(t *Target, asApplication bool) map[string]string {
	if !asApplication {
		return nil
	}
	queue := applicationQueue(t)
	if queue == nil {
		return nil
	}
	params := map[string]string{"queue": identifier(queue.Get("endpoint"))}
	if !isTrue(queue.Get("rawMessageDelivery")) {
		params["envelope"] = "sns"
	}
	return params
}

// applicationQueue is the consumer that is a queue, where there is one alone.
func applicationQueue(t *Target) *tree.Node {
	var queue *tree.Node
	for _, consumer := range items(t.Bindings.For("sns").Get("consumers")) {
		if consumer.Get("protocol").Str() != "sqs" || !supported(consumer) {
			continue
		}
		if queue != nil {
			return nil
		}
		queue = consumer
	}
	return queue
}

// snsFindings tells what the bindings ask for and weft does not do.
func snsFindings(t *Target, _ *asyncapi.Server, choice Choice) []diag.Diagnostic {
	u := &unmet{}
	operation := t.Bindings.For("sns")
	if t.Channel != nil {
		binding := t.Channel.Bindings.For("sns")
		checkTopic(u, binding, choice)
		if topic := operation.Get("topic"); topic != nil && !sameTopic(identifier(topic), t.Channel) {
			u.add(diag.Warning, topic, "this is another topic than the channel's, which is the one that is used", "name the topic in the channel")
		}
	}
	for _, consumer := range items(operation.Get("consumers")) {
		checkConsumer(u, consumer, choice)
	}
	if choice.Embedded {
		u.add(diag.Info, operation.Get("deliveryPolicy"), "an embedded server delivers once: a deliveryPolicy has no effect", "")
	}
	u.add(diag.Info, operation.At("/deliveryPolicy/maxReceivesPerSecond"), "maxReceivesPerSecond is not set: it is no part of a topic's retries", "")
	return u.list
}

func sameTopic(topic string, c *asyncapi.Channel) bool {
	name := c.Address
	if bound := c.Bindings.For("sns").Get("name").Str(); bound != "" {
		name = bound
	}
	return strings.TrimSuffix(topic[strings.LastIndexAny(topic, ":/")+1:], ".fifo") == strings.TrimSuffix(name[strings.LastIndexAny(name, ":/")+1:], ".fifo")
}

func checkTopic(u *unmet, binding *tree.Node, choice Choice) {
	name := binding.Get("name")
	if isOrdered(binding) && name.Str() != "" && !strings.HasSuffix(name.Str(), ".fifo") {
		u.add(diag.Info, name, fmt.Sprintf("the name of a FIFO topic ends in .fifo: the topic is %s", withFIFO(name.Str())), "")
	}
	if !isOrdered(binding) {
		if n := binding.At("/ordering/contentBasedDeduplication"); isTrue(n) {
			u.add(diag.Error, n, "contentBasedDeduplication is for FIFO topics, and this is none", "set ordering.type to FIFO, or remove it")
		}
	}
	if choice.Embedded {
		u.add(diag.Info, binding.Get("policy"), "a policy has no effect on an embedded server, which lets everybody in", "")
	}
}

func checkConsumer(u *unmet, consumer *tree.Node, choice Choice) {
	if !supported(consumer) {
		n := consumer.Get("protocol")
		u.add(diag.Warning, n, fmt.Sprintf("consumers by %s are not subscribed: weft subscribes sqs, http and https", n.Str()), "subscribe it by other means")
	}
	u.add(diag.Info, consumer.Get("displayName"), "displayName is for text messages, which weft does not send", "")
	u.add(diag.Info, consumer.At("/redrivePolicy/maxReceiveCount"), "SNS has no maxReceiveCount: what cannot be delivered goes to the dead letters by the deliveryPolicy", "")
	if choice.Embedded {
		for _, field := range []string{"redrivePolicy", "deliveryPolicy"} {
			u.add(diag.Info, consumer.Get(field), "an embedded server delivers once: "+field+" has no effect", "")
		}
	}
}
