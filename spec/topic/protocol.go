package topic

import (
	"slices"
	"strings"

	"github.com/weft-dev/weft/text/diag"
)

// Protocol is what a protocol, or its usual brokers, allow an address to be.
type Protocol struct {
	// Name is the name in an AsyncAPI document, and Also other names for it.
	Name string
	Also []string
	// Title is the name in sentences.
	Title string
	// Separator is what stands between the parts of a name, by the protocol or
	// by what its users have agreed upon.
	Separator string
	// Lead is what a name begins with before its first part.
	Lead string
	// Allowed are the characters of a name as a class, "A-Za-z0-9._-"; empty is
	// all that can be seen, blanks too.
	Allowed string
	// NoBlanks forbids blanks where Allowed is empty.
	NoBlanks bool
	// Min and Max bound the length in bytes of UTF-8; 0 is no bound.
	Min, Max int
	// Levels bounds the number of parts; 0 is no bound.
	Levels int
	// One and Many are wildcards of a subscription, each a part of its own.
	One, Many string
	// Full says that no part may be empty.
	Full bool
	// Reserved are beginnings that have a meaning of their own.
	Reserved []Reserved
	// Suffix may stand at the end though its characters are not allowed.
	Suffix string
	// Wrap are forms in which an address may name the place of a name: only
	// what follows the last Cut is the name.
	Wrap []Wrap
}

// Reserved is a beginning that names of users do not have.
type Reserved struct {
	Prefix   string
	Severity diag.Severity
	Why      string
}

// Wrap is a longer form of an address.
type Wrap struct{ Prefix, Cut string }

var fifo = []Wrap{{"arn:", ":"}, {"https://", "/"}, {"http://", "/"}}

// protocols is the table. What it says is from the specifications and, where
// these leave it open, from the limits of the usual brokers.
var protocols = []Protocol{
	{
		Name: "kafka", Also: []string{"kafka-secure"}, Title: "Kafka", Separator: ".",
		Allowed: "a-zA-Z0-9._-", Min: 1, Max: 249,
		Reserved: []Reserved{{"__", diag.Info, "topics of Kafka itself begin with two underscores"}},
	},
	{
		Name: "mqtt", Also: []string{"mqtts", "secure-mqtt", "mqtt5", "mqtt-secure", "secure-mqtt5"}, Title: "MQTT", Separator: "/",
		Min: 1, Max: 65_535, One: "+", Many: "#",
		Reserved: []Reserved{{"$", diag.Warning, "topics that begin with $ belong to the server, and wildcards do not match them"}},
	},
	{
		Name: "amqp", Also: []string{"amqps"}, Title: "AMQP 0-9-1", Separator: ".", Max: 255, One: "*", Many: "#",
		Reserved: []Reserved{{"amq.", diag.Info, "names that begin with amq. belong to the broker"}},
	},
	{Name: "amqp1", Also: []string{"amqps1"}, Title: "AMQP 1.0", Separator: "."},
	{
		Name: "nats", Also: []string{"nats-secure"}, Title: "NATS", Separator: ".", NoBlanks: true, Min: 1, Full: true, One: "*", Many: ">",
		Reserved: []Reserved{
			{"$", diag.Warning, "subjects that begin with $ belong to the server"},
			{"_INBOX.", diag.Info, "subjects below _INBOX are made by clients for their replies"},
		},
	},
	{Name: "redis", Also: []string{"rediss"}, Title: "Redis", Separator: ":"},
	{Name: "sqs", Title: "SQS", Separator: "-", Allowed: "a-zA-Z0-9_-", Min: 1, Max: 80, Suffix: ".fifo", Wrap: fifo},
	{Name: "sns", Title: "SNS", Separator: "-", Allowed: "a-zA-Z0-9_-", Min: 1, Max: 256, Suffix: ".fifo", Wrap: fifo},
	{
		Name: "googlepubsub", Title: "Google Cloud Pub/Sub", Separator: ".", Allowed: "a-zA-Z0-9._~+%-", Min: 3, Max: 255,
		Reserved: []Reserved{{"goog", diag.Error, "names must not begin with goog"}}, Wrap: []Wrap{{"projects/", "/"}},
	},
	{
		Name: "pulsar", Also: []string{"pulsar+ssl"}, Title: "Pulsar", Separator: ".", Allowed: "a-zA-Z0-9._=:-", Min: 1,
		Wrap: []Wrap{{"persistent://", "/"}, {"non-persistent://", "/"}},
	},
	{Name: "rocketmq", Title: "RocketMQ", Separator: "-", Allowed: "a-zA-Z0-9_%|-", Min: 1, Max: 127},
	{
		Name: "solace", Also: []string{"solace-secure", "smf", "smfs"}, Title: "Solace", Separator: "/", Min: 1, Max: 250, Levels: 128, Full: true, One: "*", Many: ">",
		Reserved: []Reserved{{"#", diag.Warning, "topics that begin with # belong to the broker"}, {"!", diag.Warning, "a ! at the beginning excludes a topic from a subscription"}},
	},
	{Name: "ws", Also: []string{"wss"}, Title: "WebSocket", Separator: "/", Lead: "/", NoBlanks: true},
	{Name: "http", Also: []string{"https"}, Title: "HTTP", Separator: "/", Lead: "/", NoBlanks: true},
	{Name: "jms", Also: []string{"jms-secure"}, Title: "JMS", Separator: "."},
	{Name: "ibmmq", Also: []string{"ibmmq-secure"}, Title: "IBM MQ", Separator: "/", Max: 10_240, One: "+", Many: "#"},
	{Name: "stomp", Also: []string{"stomps"}, Title: "STOMP", Separator: "/", Lead: "/", Min: 1},
	{Name: "mercure", Title: "Mercure", Separator: "/", NoBlanks: true},
	{Name: "anypointmq", Title: "Anypoint MQ", Separator: "-", Allowed: "a-zA-Z0-9.-", Min: 1, Max: 127},
	{Name: "ros2", Title: "ROS 2", Separator: "/", Lead: "/", Allowed: "a-zA-Z0-9_/~", Min: 1, Full: true},
}

// Protocols returns the table of protocols. It must not be changed.
func Protocols() []Protocol { return protocols }

// ProtocolOf returns what is known about a protocol, by any of its names.
func ProtocolOf(name string) (*Protocol, bool) {
	name = strings.ToLower(name)
	for i := range protocols {
		if p := &protocols[i]; p.Name == name || slices.Contains(p.Also, name) {
			return p, true
		}
	}
	return nil, false
}

// protocolNames are all names by which a protocol is known.
func protocolNames() []string {
	var names []string
	for i := range protocols {
		names = append(names, protocols[i].Name)
		names = append(names, protocols[i].Also...)
	}
	return names
}

// allows reports whether a character may be in a name. The class is written as
// in a regular expression: ranges, and "-" last.
func (p *Protocol) allows(r rune) bool {
	if p.Allowed == "" {
		switch {
		case r < ' ' || r == 0x7f || r == 0xfffd:
			return false
		case p.NoBlanks && (r == ' ' || r == 0xa0):
			return false
		}
		return true
	}
	class := []rune(p.Allowed)
	for i := 0; i < len(class); i++ {
		if i+2 < len(class) && class[i+1] == '-' {
			if class[i] <= r && r <= class[i+2] {
				return true
			}
			i += 2
			continue
		}
		if class[i] == r {
			return true
		}
	}
	return false
}
