package connect

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// Place is an input or an output of a pipeline.
type Place struct {
	// Component is its name in Redpanda Connect, as "kafka_franz".
	Component string `json:"component"`
	// Protocol is the URL scheme by which contracts know it; "" where it is none
	// that they know.
	Protocol string `json:"protocol,omitempty"`
	// Servers are where it is, without secrets, and Addresses its topics, queues
	// or subjects, as written: they may hold variables.
	Servers   []string `json:"servers,omitempty"`
	Addresses []string `json:"addresses,omitempty"`
	Group     string   `json:"group,omitempty"`
	Label     string   `json:"label,omitempty"`
}

// Edge says that a pipeline carries messages from one place to another.
type Edge struct {
	From Place `json:"from"`
	To   Place `json:"to"`
}

// component says where a component has its places.
type component struct {
	name, protocol            string
	servers, addresses, group []string // fields, the first that is there
}

// components are those that contracts have a protocol for.
func components() []component {
	var (
		kafka  = []string{"seed_brokers", "addresses"}
		topics = []string{"topics", "topic"}
		group  = []string{"consumer_group"}
		urls   = []string{"urls", "url"}
	)
	return []component{
		{"kafka", "kafka", kafka, topics, group},
		{"kafka_franz", "kafka", kafka, topics, group},
		{"redpanda", "kafka", kafka, topics, group},
		{"redpanda_common", "kafka", nil, topics, group},
		{"ockam_kafka", "kafka", []string{"kafka.seed_brokers"}, []string{"kafka.topics", "kafka.topic"}, []string{"kafka.consumer_group"}},
		{"aws_sqs", "sqs", nil, []string{"url"}, nil},
		{"aws_sns", "sns", nil, []string{"topic_arn"}, nil},
		{"amqp_0_9", "amqp", urls, []string{"queue", "exchange"}, nil},
		{"amqp_1", "amqp1", urls, []string{"source_address", "target_address"}, nil},
		{"nats", "nats", urls, []string{"subject"}, []string{"queue"}},
		{"nats_jetstream", "jetstream", urls, []string{"subject", "stream"}, []string{"durable", "queue"}},
		{"mqtt", "mqtt", urls, topics, nil},
		{"redis_pubsub", "redis", urls, []string{"channels", "channel"}, nil},
		{"redis_streams", "redis-streams", urls, []string{"streams", "stream"}, group},
		{"gcp_pubsub", "googlepubsub", []string{"project"}, []string{"subscription", "topic"}, nil},
		{"pulsar", "pulsar", urls, topics, []string{"subscription_name"}},
		{"http_client", "http", nil, []string{"url"}, nil},
		{"http_server", "http", []string{"address"}, []string{"path"}, nil},
		{"websocket", "ws", nil, []string{"url"}, nil},
	}
}

// Read returns what a pipeline carries: from each of its inputs to each of its
// outputs. The error says why it is none.
func Read(file *source.File) ([]Edge, error) {
	root, findings := tree.Parse(file, tree.Options{})
	if root == nil {
		if len(findings) > 0 {
			return nil, fmt.Errorf("%s: %s", file.Name(), findings[0].Message)
		}
		return nil, fmt.Errorf("%s is empty", file.Name())
	}
	if root.Get("input") == nil || root.Get("output") == nil {
		return nil, fmt.Errorf("%s is no pipeline of Redpanda Connect: it has no input and output", file.Name())
	}
	r := &reader{root: root, left: maxParts}
	inputs := r.places(root.Get("input"), "input", 0)
	outputs := r.places(root.Get("output"), "output", 0)
	if r.left < 0 {
		return nil, fmt.Errorf("%s has more than %d inputs and outputs", file.Name(), maxParts)
	}
	edges := make([]Edge, 0, len(inputs))
	for _, from := range inputs {
		for _, to := range outputs {
			if len(edges) == maxEdges {
				return nil, fmt.Errorf("%s carries more than %d ways", file.Name(), maxEdges)
			}
			edges = append(edges, Edge{from, to})
		}
	}
	return edges, nil
}

// Bounds of what is read.
const (
	maxEdges = 10_000
	maxParts = 10_000
	maxDepth = 32
)

// reader reads one pipeline. left bounds how many parts it looks at: a few lines
// of YAML can repeat themselves without end.
type reader struct {
	root *tree.Node
	left int
}

// isBeside reports whether a member stands beside the component.
func isBeside(name string) bool {
	return slices.Contains([]string{"label", "processors", "type", "description"}, name)
}

// places are what an input or an output is made of.
func (r *reader) places(n *tree.Node, side string, depth int) []Place {
	if r.left--; r.left < 0 || depth > maxDepth || !n.Is(tree.Mapping) {
		return nil
	}
	var list []Place
	for _, m := range n.Members {
		if isBeside(m.Key.Text) {
			continue
		}
		list = append(list, r.component(m.Key.Text, m.Value, side, n.Get("label").Str(), depth)...)
	}
	return list
}

// component is a place, or a wrapper around others.
func (r *reader) component(name string, n *tree.Node, side, label string, depth int) []Place {
	switch name {
	case "resource":
		return r.resource(n.Str(), side, depth)
	case "drop", "reject", "inproc":
		return nil
	}
	inner := r.wrapped(n, side)
	if len(inner) == 0 {
		return []Place{placeOf(name, n, label)}
	}
	var list []Place
	for _, below := range inner {
		list = append(list, r.places(below, side, depth+1)...)
	}
	return list
}

// wrapped are the inputs or outputs within a component: those of a broker, the
// cases of a switch, the steps of a fallback.
func (r *reader) wrapped(n *tree.Node, side string) []*tree.Node {
	var list []*tree.Node
	if n.Is(tree.Sequence) { // fallback
		return n.Items
	}
	if below := n.Get(side); below != nil { // read_until, retry, drop_on
		list = append(list, below)
	}
	if below := n.Get(side + "s"); below.Is(tree.Sequence) { // broker, sequence
		list = append(list, below.Items...)
	}
	if cases := n.Get("cases"); cases.Is(tree.Sequence) { // switch
		for _, c := range cases.Items {
			list = append(list, c.Get(side))
		}
	}
	return list
}

func (r *reader) resource(label, side string, depth int) []Place {
	for _, below := range r.wrappedList(r.root.Get(side + "_resources")) {
		if below.Get("label").Str() == label {
			return r.places(below, side, depth+1)
		}
	}
	return []Place{{Component: "resource", Label: label}}
}

func (*reader) wrappedList(n *tree.Node) []*tree.Node {
	if n.Is(tree.Sequence) {
		return n.Items
	}
	return nil
}

func placeOf(name string, n *tree.Node, label string) Place {
	place := Place{Component: name, Label: label}
	i := slices.IndexFunc(components(), func(c component) bool { return c.name == name })
	if i < 0 {
		return place
	}
	known := components()[i]
	place.Protocol = known.protocol
	for _, text := range texts(n, known.servers) {
		for part := range strings.SplitSeq(text, ",") {
			place.Servers = append(place.Servers, withoutSecret(strings.TrimSpace(part)))
		}
	}
	for _, text := range texts(n, known.addresses) {
		place.Addresses = append(place.Addresses, withoutSecret(text))
	}
	if groups := texts(n, known.group); len(groups) > 0 {
		place.Group = groups[0]
	}
	return place
}

// texts are the texts of the first field that is there.
func texts(n *tree.Node, fields []string) []string {
	for _, field := range fields {
		value := n
		for name := range strings.SplitSeq(field, ".") {
			value = value.Get(name)
		}
		switch {
		case value.Is(tree.Sequence):
			var list []string
			for _, item := range value.Items {
				list = append(list, item.Text)
			}
			return list
		case value != nil && value.Text != "":
			return []string{value.Text}
		}
	}
	return nil
}

// withoutSecret shows a URL without what may be secret in it, and all else as it
// is written: it may be a variable.
func withoutSecret(text string) string {
	if strings.Contains(text, "://") {
		return source.Redact(text)
	}
	return text
}
