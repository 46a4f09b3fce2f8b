package amqp1

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/Azure/go-amqp"
)

// The parameters that say what an address is.
const (
	paramKind     = "kind"
	paramExchange = "exchange"
	paramNode     = "node"

	kindQueue = "queue"
	kindTopic = "topic"
)

// maxName bounds the names of addresses, in bytes.
const maxName = 1024

// isTopic reports whether an address with these parameters is a topic.
func isTopic(params map[string]string) bool {
	return params[paramKind] == kindTopic || params[paramExchange] != ""
}

// node is a queue or a topic as its user calls it.
type node struct {
	address  string // what its messages are said to be of
	name     string // what is attached to: the address, or what the parameters say
	topic    bool
	exchange string // of RabbitMQ
}

func newNode(address string, params map[string]string) (node, error) {
	n := node{address: address, name: address, topic: isTopic(params), exchange: params[paramExchange]}
	switch kind := params[paramKind]; {
	case kind != "" && kind != kindQueue && kind != kindTopic:
		return n, fmt.Errorf("unknown kind %q: there is queue, topic", kind)
	case kind == kindQueue && n.exchange != "":
		return n, errors.New("an address on an exchange is a topic, not a queue")
	case address == "":
		return n, errors.New("the address is empty")
	}
	if name := params[paramNode]; name != "" {
		n.name = name
	}
	if size := len(n.name) + len(n.exchange); size > maxName {
		return n, fmt.Errorf("the address has %d bytes, the limit is %d", size, maxName)
	}
	return n, nil
}

// isLiteral reports whether the address is in a server's own form.
func (n node) isLiteral() bool {
	return strings.HasPrefix(n.name, "/") || strings.Contains(n.name, "://")
}

// capability is by which a server knows what is meant (those of JMS over AMQP).
func (n node) capability() string {
	if n.topic {
		return kindTopic
	}
	return kindQueue
}

// dialect is what kind of server we speak with.
type dialect struct {
	product  string
	rabbit   bool // has the address forms of RabbitMQ 3
	newer    bool // those of RabbitMQ 4
	shares   bool // has shared subscriptions
	marks    bool // sets first-acquirer, so that its absence means something
	releases bool // has no word for a failed delivery but that the message is released
}

func dialectOf(c *amqp.Conn) dialect {
	product, _ := c.Properties()["product"].(string)
	version, _ := c.Properties()["version"].(string)
	d := dialect{product: product}
	switch strings.ToLower(product) {
	case "weft":
		d.rabbit, d.shares, d.marks = true, true, true
	case "rabbitmq":
		d.newer = !strings.HasPrefix(version, "3.")
		d.rabbit, d.releases, d.marks = !d.newer, !d.newer, true
	case "apache-activemq-artemis", "qpid", "solace", "solace pubsub+":
		d.shares = true
	}
	return d
}

// write writes a node as the server calls it.
func (d dialect) write(n node, toReceive bool) (string, error) {
	switch {
	case n.isLiteral():
		return n.name, nil
	case d.rabbit:
		return n.inRabbit(), nil
	case d.newer && !n.topic:
		return "/queues/" + url.PathEscape(n.name), nil
	case d.newer && toReceive:
		return "", errors.New("RabbitMQ 4 lets nobody receive from an exchange: bind a queue to it and receive from that")
	case d.newer:
		return "/exchanges/" + url.PathEscape(n.exchangeName()) + "/" + url.PathEscape(n.name), nil
	case n.exchange != "":
		return "", fmt.Errorf("the server is %s, which has no exchanges: use kind=topic", d.name())
	case strings.EqualFold(d.product, "ActiveMQ"):
		return n.capability() + "://" + n.name, nil
	}
	return n.name, nil
}

func (d dialect) name() string {
	if d.product == "" {
		return "of no name"
	}
	return d.product
}

func (n node) exchangeName() string {
	if n.exchange == "" {
		return "amq.topic"
	}
	return n.exchange
}

func (n node) inRabbit() string {
	switch {
	case !n.topic:
		return "/queue/" + escape(n.name)
	case n.exchange == "":
		return "/topic/" + escape(n.name)
	}
	return "/exchange/" + escape(n.exchange) + "/" + escape(n.name)
}

// escape writes a name as one part of an address, with its wildcards.
func escape(name string) string {
	return strings.NewReplacer("%", "%25", "/", "%2F").Replace(name)
}

// read is the reverse of write: where a message was sent to, as its sender's
// users call it. What is in no form that we write is nothing.
func (d dialect) read(to string) string {
	if _, name, ok := strings.Cut(to, "://"); ok {
		return name
	}
	parts := strings.Split(strings.TrimPrefix(to, "/"), "/")
	last, err := url.PathUnescape(parts[len(parts)-1])
	switch {
	case !strings.HasPrefix(to, "/"):
		return to
	case err != nil:
		return ""
	case len(parts) == 2 && (parts[0] == "topic" || parts[0] == "queue" || parts[0] == "queues"),
		len(parts) == 3 && (parts[0] == "exchange" || parts[0] == "exchanges"):
		return last
	}
	return ""
}
