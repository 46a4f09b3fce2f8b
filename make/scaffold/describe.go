package scaffold

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/weft-dev/weft/internal/lazy"
)

// protocolWords are the words by which people mean a protocol.
var protocolWords = []struct{ word, protocol string }{
	{"kafka", "kafka"},
	{"rabbitmq", "amqp"},
	{"rabbit", "amqp"},
	{"amqp", "amqp"},
	{"mqtt", "mqtt"},
	{"mosquitto", "mqtt"},
	{"nats", "nats"},
	{"websockets", "ws"},
	{"websocket", "ws"},
	{"redis", "redis"},
	{"pulsar", "pulsar"},
	{"sqs", "sqs"},
	{"sns", "sns"},
	{"pubsub", "googlepubsub"},
	{"solace", "solace"},
	{"stomp", "stomp"},
	{"jms", "jms"},
	{"http", "http"},
}

// fillers are words around what matters, at the start and at the end of a part.
var fillers = []string{
	"a", "an", "the", "create", "make", "write", "please", "asyncapi", "specification", "spec", "document", "contract", "for", "with", "of", "and", "or", "use", "using", "over", "on",
	"system", "service", "application", "app", "platform", "channels", "channel", "topics", "topic", "events", "event", "messages", "that", "has", "have", "via", "broker", "3", "0", "1", "2", "v3",
}

// before is what stands before the list of things: a colon, or "with channels
// for".
var before = lazy.Of[*regexp.Regexp]{Make: func() *regexp.Regexp {
	return regexp.MustCompile(`(?i):|\bwith (?:channels|topics|events|messages) (?:for|about)\b|\b(?:channels|topics|events) (?:for|about)\b`)
}}

var between = lazy.Of[*regexp.Regexp]{Make: func() *regexp.Regexp { return regexp.MustCompile(`(?i)\s*[,;]\s*(?:and\s+)?|\s+and\s+|\.\s+`) }}

// Describe reads a description in words into a plan: what it is about, the
// protocol, and behind a colon the things that flow, as in "food delivery,
// Kafka: restaurant orders, driver assignments". A sentence such as "… for a
// food delivery system with channels for restaurant orders and … . Use Kafka"
// does as well. It is a small grammar, and no guess at what is meant beyond it.
func Describe(text string) (Plan, error) {
	var p Plan
	at := before.Get().FindStringIndex(text)
	if at == nil {
		return p, fmt.Errorf("the description has no list of what flows: write it behind a colon, as in \"food delivery, Kafka: restaurant orders, driver assignments\"")
	}
	p.Protocol = protocolIn(text)
	for _, part := range between.Get().Split(text[:at[0]], -1) {
		if title := trimmed(part); len(title) > 0 && p.Title == "" {
			p.Title = capital(strings.Join(title, " "))
		}
	}
	for _, part := range between.Get().Split(text[at[1]:], -1) {
		if list := trimmed(part); len(list) > 0 {
			p.Channels = append(p.Channels, withEvent(Channel{Entity: strings.Join(list, " ")}))
		}
	}
	if len(p.Channels) == 0 {
		return p, fmt.Errorf("the description names nothing that flows behind %q", strings.TrimSpace(text[at[0]:at[1]]))
	}
	return p, nil
}

// protocolIn is the first protocol that a text names, or "".
func protocolIn(text string) string {
	for _, word := range plainWords(text) {
		for _, known := range protocolWords {
			if strings.EqualFold(word, known.word) {
				return known.protocol
			}
		}
	}
	return ""
}

// plainWords are the words of a text as they are written: RabbitMQ is one.
func plainWords(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// trimmed are the words of a part without those around what matters and without
// the names of protocols.
func trimmed(part string) []string {
	if cut := strings.LastIndex(strings.ToLower(part), " for "); cut >= 0 {
		part = part[cut+5:]
	}
	kept := slices.DeleteFunc(plainWords(part), func(w string) bool { return protocolIn(w) != "" })
	list := words(strings.Join(kept, " "))
	for len(list) > 0 && slices.Contains(fillers, list[0]) {
		list = list[1:]
	}
	for len(list) > 0 && slices.Contains(fillers, list[len(list)-1]) {
		list = list[:len(list)-1]
	}
	return list
}

// ParseChannel reads "NAME:Message:field:type,field:type", of which all but the
// name may be left out.
func ParseChannel(text string) (Channel, error) {
	name, rest, _ := strings.Cut(text, ":")
	message, fields, _ := strings.Cut(rest, ":")
	c := Channel{Entity: strings.TrimSpace(name), Message: pascalName(message)}
	if len(words(c.Entity)) == 0 {
		return c, fmt.Errorf("the channel %q has no name: write NAME:Message:field:type,field:type", text)
	}
	c = withEvent(c)
	if c.Message != "" {
		c = namedBy(c)
	}
	for part := range strings.SplitSeq(fields, ",") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		f, err := ParseField(part)
		if err != nil {
			return c, fmt.Errorf("the channel %s: %w", c.Entity, err)
		}
		c.Fields = append(c.Fields, f)
	}
	return c, nil
}

func pascalName(text string) string { return pascal(words(text)) }

// namedBy takes what happened from the name of the message, where it ends in a
// verb: OrderPlaced on the channel "orders".
func namedBy(c Channel) Channel {
	if list := words(c.Message); len(list) > 1 && isPast(list[len(list)-1]) {
		c.Event = list[len(list)-1]
	}
	return c
}
