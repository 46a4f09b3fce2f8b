package endpoint

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
	"github.com/weft-dev/weft/wire/driver"
)

// queueFields are the fields of a queue, by the attributes of the service that
// they are.
var queueFields = lazy.Of[map[string]string]{Make: func() map[string]string {
	return map[string]string{
		"deduplicationScope":     "DeduplicationScope",
		"fifoThroughputLimit":    "FifoThroughputLimit",
		"deliveryDelay":          "DelaySeconds",
		"visibilityTimeout":      "VisibilityTimeout",
		"receiveMessageWaitTime": "ReceiveMessageWaitTimeSeconds",
		"messageRetentionPeriod": "MessageRetentionPeriod",
	}
}}

// fifoFields are those that only a FIFO queue has.
var fifoFields = []string{"deduplicationScope", "fifoThroughputLimit"}

// sqs honours the bindings of SQS, 0.1.0 to 0.3.0.
func sqs() *protocol {
	return &protocol{
		binding: "sqs", schemes: []string{"sqs"},
		address:  func(c *asyncapi.Channel) string { return queueName(c.Bindings.For("sqs").Get("queue")) },
		create:   func(t *Target, embedded bool) driver.AddressSpec { return queueSpec(t) },
		receiver: func(t *Target, _ bool) map[string]string { return waitOf(t) },
		findings: sqsFindings,
	}
}

// queueName is the name of a queue as the service has it: that of a FIFO queue
// ends in ".fifo", whether the contract says so or not.
func queueName(queue *tree.Node) string {
	name := queue.Get("name").Str()
	if name != "" && isTrue(queue.Get("fifoQueue")) {
		return withFIFO(name)
	}
	return name
}

func withFIFO(name string) string { return strings.TrimSuffix(name, ".fifo") + ".fifo" }

func isTrue(n *tree.Node) bool { return n.Is(tree.Bool) && n.Text == "true" }

// waitOf is how long a poll waits.
func waitOf(t *Target) map[string]string {
	if t.Channel == nil {
		return nil
	}
	n := number(t.Channel.Bindings.For("sqs").At("/queue/receiveMessageWaitTime"))
	if n < 1 || n > 20 {
		return nil
	}
	return map[string]string{"waitTime": strconv.Itoa(n)}
}

// queueSpec says how the queue of a channel is made, and the queue for its dead
// letters.
func queueSpec(t *Target) driver.AddressSpec {
	if t.Channel == nil {
		return driver.AddressSpec{}
	}
	queue := t.Channel.Bindings.For("sqs").Get("queue")
	params := queueParams(queue)
	policy := queue.Get("redrivePolicy")
	if dead := identifier(policy.Get("deadLetterQueue")); dead != "" {
		definition := deadQueue(t, dead)
		if isTrue(definition.Get("fifoQueue")) {
			dead = withFIFO(dead)
		}
		params["deadLetterQueue"] = dead
		if n := policy.Get("maxReceiveCount"); n != nil {
			params["maxReceiveCount"] = n.Text
		}
		for name, value := range queueParams(definition) {
			params["deadLetterQueue:"+name] = value
		}
	}
	return driver.AddressSpec{Params: params}
}

// deadQueue is where the contract says what a dead letter queue is like: beside
// the queue, or among those of the operation.
func deadQueue(t *Target, name string) *tree.Node {
	if dead := t.Channel.Bindings.For("sqs").Get("deadLetterQueue"); dead.Get("name").Str() == name {
		return dead
	}
	for _, queue := range items(t.Bindings.For("sqs").Get("queues")) {
		if queue.Get("name").Str() == name {
			return queue
		}
	}
	return nil
}

func items(n *tree.Node) []*tree.Node {
	if !n.Is(tree.Sequence) {
		return nil
	}
	return n.Items
}

// identifier is the ARN, the address or the name by which something is meant.
func identifier(n *tree.Node) string {
	for _, field := range []string{"arn", "url", "name"} {
		if text := n.Get(field).Str(); text != "" {
			return text
		}
	}
	return ""
}

// queueParams are the attributes and tags of a queue.
func queueParams(queue *tree.Node) map[string]string {
	params := map[string]string{}
	for field, attribute := range queueFields.Get() {
		if n := queue.Get(field); n != nil {
			params[attribute] = n.Text
		}
	}
	if policy := queue.Get("policy"); policy != nil {
		params["Policy"] = policyText(policy)
	}
	tagParams(params, queue.Get("tags"))
	return params
}

func tagParams(params map[string]string, tags *tree.Node) {
	if !tags.Is(tree.Mapping) {
		return
	}
	for _, m := range tags.Members {
		params["tag:"+m.Key.Text] = m.Value.Text
	}
}

// policyText writes an access policy as the service reads it: its names begin
// with capitals there.
func policyText(policy *tree.Node) string {
	statements := []any{}
	for _, s := range items(policy.Get("statements")) {
		statement := map[string]any{}
		for _, field := range []string{"effect", "principal", "action", "resource", "condition"} {
			if n := s.Get(field); n != nil {
				statement[strings.ToUpper(field[:1])+field[1:]] = n.Value()
			}
		}
		if accounts := s.Get("principal"); accounts != nil && !accounts.Is(tree.Mapping) && accounts.Str() != "*" {
			statement["Principal"] = map[string]any{"AWS": accounts.Value()}
		}
		statements = append(statements, statement)
	}
	return jsonText(map[string]any{"Version": "2012-10-17", "Statement": statements})
}

// jsonText writes plain data, which is always JSON.
func jsonText(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return "null"
	}
	return string(text)
}

// sqsFindings tells what the bindings ask for and weft does not do.
func sqsFindings(t *Target, _ *asyncapi.Server, choice Choice) []diag.Diagnostic {
	u := &unmet{}
	if t.Channel == nil {
		return nil
	}
	binding := t.Channel.Bindings.For("sqs")
	queue := binding.Get("queue")
	checkQueue(u, queue, choice)
	checkQueue(u, binding.Get("deadLetterQueue"), choice)
	meant := identifier(queue.At("/redrivePolicy/deadLetterQueue"))
	if dead := binding.Get("deadLetterQueue"); dead != nil && dead.Get("name").Str() != meant {
		u.add(diag.Warning, dead, "no message goes to this queue: the redrivePolicy of the queue does not name it",
			"add redrivePolicy with deadLetterQueue.name and maxReceiveCount to the queue")
	}
	for _, q := range items(t.Bindings.For("sqs").Get("queues")) {
		name := q.Get("name")
		if ref := q.Get("$ref"); ref != nil {
			u.add(diag.Info, ref, "a queue of another channel has no effect here: messages are those of this channel's queue", "")
			continue
		}
		if s := name.Str(); s != "" && s != meant && s != queue.Get("name").Str() {
			u.add(diag.Info, name, fmt.Sprintf("the queue %s is neither the channel's nor that of its dead letters: it is not made", s), "")
		}
		checkQueue(u, q, choice)
	}
	return u.list
}

func checkQueue(u *unmet, queue *tree.Node, choice Choice) {
	name := queue.Get("name")
	fifo := isTrue(queue.Get("fifoQueue")) || strings.HasSuffix(name.Str(), ".fifo")
	switch {
	case !fifo:
		for _, field := range fifoFields {
			u.add(diag.Error, queue.Get(field), field+" is for FIFO queues, and this is none", "set fifoQueue to true, or remove it")
		}
	case !strings.HasSuffix(name.Str(), ".fifo"):
		u.add(diag.Info, name, fmt.Sprintf("the name of a FIFO queue ends in .fifo: the queue is %s", withFIFO(name.Str())), "")
	case queue.Get("fifoQueue") != nil && !isTrue(queue.Get("fifoQueue")):
		u.add(diag.Error, queue.Get("fifoQueue"), "a queue whose name ends in .fifo is FIFO", "set fifoQueue to true, or change the name")
	}
	if choice.Embedded {
		u.add(diag.Info, queue.Get("policy"), "a policy has no effect on an embedded server, which lets everybody in", "")
	}
}
