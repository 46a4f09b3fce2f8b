package practice

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/shape"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// errorWords are the words in names by which channels for what failed are known.
var errorWords = []string{"dlq", "dlt", "dlx", "deadletter", "deadletters", "dead", "error", "errors", "failed", "failure", "failures", "fail", "rejected", "invalid", "poison", "parking", "quarantine"}

func errorChannel() *lint.Rule {
	receiving := func(more string) string {
		return head + `channels:
  placed:
    address: shop.order.placed
    description: An order was placed.
    messages:
      placed: {name: placed, description: An order., payload: {type: object, properties: {id: {type: string}}}, examples: [{payload: {id: o-1}}]}
` + more + `operations:
  onPlaced: {action: receive, channel: {$ref: '#/channels/placed'}, title: Ship it, tags: [{name: orders}]}
`
	}
	return &lint.Rule{
		Code: "practice/error-channel", Severity: diag.Info,
		Summary: "what is received has somewhere to go when it fails",
		Why: "A message that cannot be handled is lost, or holds up all behind it, unless there is a channel for it: a dead letter queue, or an event that tells of the failure, with a payload that says why." +
			" It is known by a word in its name, or named by the field x-error-channel. Requests that are answered are left alone.",
		Good: receiving(`  failed:
    address: shop.order.failed
    description: An order could not be shipped.
    messages:
      failed: {name: failed, description: Why., payload: {type: object, properties: {reason: {type: string}}}, examples: [{payload: {reason: sold out}}]}
`),
		Bad: receiving(""),
		Options: []lint.Option{
			{Name: "words", Default: errorWords, Type: func() *shape.Type { return shape.List(shape.String().NonEmpty()).MinItems(1).Unique() }, Doc: "the words in names by which such channels are known"},
			{Name: "perDomain", Default: false, Type: shape.Boolean, Doc: "whether the channel must share its first word with the one that is received from"},
		},
		Run: runErrorChannel,
	}
}

func runErrorChannel(p *lint.Pass) {
	known := p.OptionStrings("words")
	perDomain := p.OptionBool("perDomain")
	var domains []string
	for _, c := range p.Objects().Channels {
		if isErrorChannel(c, known) && hasPayload(c) {
			domains = append(domains, firstWord(c))
		}
	}
	if len(p.AsyncAPI.Operations) == 0 {
		tellOfDocument(p, len(domains) > 0)
		return
	}
	var faults []fault
	all := 0
	for _, o := range p.AsyncAPI.Operations {
		if o.Action != asyncapi.Receive || o.Reply != nil || isErrorChannel(o.Channel, known) {
			continue
		}
		all++
		named := o.Extension("x-error-channel") != nil || o.Channel.Extension("x-error-channel") != nil || hasDeadLetters(o)
		if named || (len(domains) > 0 && (!perDomain || slices.Contains(domains, firstWord(o.Channel)))) {
			continue
		}
		faults = append(faults, fault{o.ID, o.Node})
	}
	if d := tellTogether(p, faults, all, "operations", "error channel"); d != nil {
		d.Message = strings.Replace(d.Message, " operations have", " operations that receive have", 1)
		d.Help = "describe a channel such as \"…failed\" or \"….dlq\" with a payload that says why"
	}
}

// tellOfDocument judges a document that says what there is, but not who does
// what.
func tellOfDocument(p *lint.Pass, has bool) {
	channels := p.AsyncAPI.Channels
	if has || len(channels) < 2 {
		return
	}
	if at := p.Root.Get("channels"); at != nil {
		p.ReportKey(at, "none of the %d channels is for what fails", len(channels)).
			Help = "describe a channel such as \"…failed\" or \"….dlq\" with a payload that says why"
	}
}

func isErrorChannel(c *asyncapi.Channel, known []string) bool {
	for _, name := range []string{c.Address, c.Name} {
		if slices.ContainsFunc(wordsOf(name), func(w string) bool { return slices.Contains(known, w) }) {
			return true
		}
	}
	return false
}

func hasPayload(c *asyncapi.Channel) bool {
	return slices.ContainsFunc(c.Messages, func(m *asyncapi.Message) bool { return m.Payload != nil })
}

// hasDeadLetters reports whether a binding says where dead letters go.
func hasDeadLetters(o *asyncapi.Operation) bool {
	for _, b := range slices.Concat(o.Bindings, o.Channel.Bindings) {
		for _, path := range []string{"/deadLetterQueue", "/queue/redrivePolicy", "/redrivePolicy", "/topic/deadLetterPolicy", "/deadLetterPolicy"} {
			if b.Node.At(path) != nil {
				return true
			}
		}
	}
	return false
}

func firstWord(c *asyncapi.Channel) string {
	name := c.Address
	if name == "" {
		name = c.Name
	}
	if words := wordsOf(name); len(words) > 0 {
		return words[0]
	}
	return ""
}

// wordsOf cuts a name into words in small letters: at what is no letter or
// digit, and where a capital begins a word.
func wordsOf(name string) []string {
	var list []string
	var word []rune
	end := func() {
		if len(word) > 0 {
			list = append(list, strings.ToLower(string(word)))
		}
		word = word[:0]
	}
	for _, c := range name {
		switch {
		case !unicode.IsLetter(c) && !unicode.IsDigit(c):
			end()
			continue
		case unicode.IsUpper(c) && len(word) > 0 && !unicode.IsUpper(word[len(word)-1]):
			end()
		}
		word = append(word, c)
	}
	end()
	return list
}

func kafkaKey() *lint.Rule {
	message := func(bindings string) string {
		return head + `servers:
  main: {host: 'kafka.example.com:9092', protocol: kafka}
channels:
  placed:
    address: shop.order.placed
    description: An order was placed.
    messages:
      placed:
        name: placed
        description: An order.
        payload: {type: object, properties: {id: {type: string}}}
        examples: [{payload: {id: o-1}}]
` + bindings
	}
	return &lint.Rule{
		Code: "practice/kafka-key", Severity: diag.Hint,
		Summary: "messages on Kafka have a key",
		Why: "Kafka keeps the order of messages only within a partition, and the key chooses it: with the id of a customer as the key, all events of a customer are in order." +
			" Without a key they are not. Topics of one partition are left alone.",
		Good: message("        bindings: {kafka: {key: {type: string, description: the order's id}, bindingVersion: 0.5.0}}\n"), Bad: message(""),
		Run: runKafkaKey,
	}
}

func runKafkaKey(p *lint.Pass) {
	var faults []fault
	seen := map[*tree.Node]bool{}
	for _, c := range p.AsyncAPI.Channels {
		if !onKafka(p, c) {
			continue
		}
		for _, m := range c.Messages {
			if seen[m.Node] {
				continue
			}
			seen[m.Node] = true
			if m.Bindings.For("kafka").Get("key") == nil {
				faults = append(faults, fault{m.Key, m.Node})
			}
		}
	}
	if d := tellTogether(p, faults, len(seen), "messages", "key"); d != nil {
		d.Message = strings.Replace(d.Message, " messages have", " messages on Kafka have", 1)
		d.Help = "if their order matters, add: bindings: {kafka: {key: {type: string}}}"
	}
}

func onKafka(p *lint.Pass, c *asyncapi.Channel) bool {
	if partitions := c.Bindings.For("kafka").Get("partitions"); partitions != nil && partitions.Text == "1" {
		return false
	}
	return slices.ContainsFunc(p.AsyncAPI.ServersOf(c), func(s *asyncapi.Server) bool {
		return s.Protocol == "kafka" || s.Protocol == "kafka-secure"
	})
}

func cloudEvents() *lint.Rule {
	message := func(headers string) string {
		return head + `channels:
  placed:
    address: shop.order.placed
    description: An order was placed.
    messages:
      placed:
        name: placed
        description: An order.
        payload: {type: object, properties: {id: {type: string}}}
        examples: [{payload: {id: o-1}}]
` + headers
	}
	return &lint.Rule{
		Code: "practice/cloudevents", Severity: diag.Warning, Optional: true,
		Summary: "messages have the attributes of CloudEvents",
		Why:     "With an id, a source, a type and a version of the envelope on every message, tools can route, trace and count messages that they know nothing else about.",
		Good:    message("        headers: {type: object, properties: {ce_id: {type: string}, ce_source: {type: string}, ce_specversion: {const: '1.0'}, ce_type: {type: string}}}\n"),
		Bad:     message("        headers: {type: object, properties: {ce_id: {type: string}}}\n"),
		Options: []lint.Option{
			{Name: "mode", Default: "any", Type: func() *shape.Type { return shape.String().Enum("any", "binary", "structured") }, Doc: "whether the attributes are headers (binary), in the payload (structured), or either"},
			{Name: "attributes", Default: []string{"id", "source", "specversion", "type"}, Type: func() *shape.Type { return shape.List(shape.String().NonEmpty()).MinItems(1).Unique() }, Doc: "the attributes that are asked for"},
		},
		Run: runCloudEvents,
	}
}

func runCloudEvents(p *lint.Pass) {
	mode, wanted := p.OptionString("mode"), p.OptionStrings("attributes")
	for _, m := range p.Objects().Messages {
		structured := mode == "structured" || (mode == "any" && strings.HasPrefix(m.ContentType, "application/cloudevents"))
		part, what := m.Headers, "headers"
		if structured {
			part, what = m.Payload, "payload"
		}
		var missing []string
		have := propertyNames(p, part)
		for _, attribute := range wanted {
			if !slices.ContainsFunc(prefixes(structured), func(prefix string) bool { return have[strings.ToLower(prefix+attribute)] }) {
				missing = append(missing, attribute)
			}
		}
		if len(missing) == 0 {
			continue
		}
		at := m.Node
		if part != nil && part.Node != nil {
			at = part.Node
		}
		p.ReportKey(at, "the %s of %q lack attributes of a CloudEvent: %s", what, short(m.Key), strings.Join(missing, ", ")).
			Help = fmt.Sprintf("as headers they are named %q on Kafka and %q over HTTP", "ce_"+missing[0], "ce-"+missing[0])
	}
}

// prefixes are what the bindings of CloudEvents put before an attribute.
func prefixes(structured bool) []string {
	if structured {
		return []string{""}
	}
	return []string{"ce_", "ce-", "cloudevents:", "cloudevents_", ""}
}

// propertyNames are the names of the properties that a schema declares, in
// small letters, through references and "allOf".
func propertyNames(p *lint.Pass, s *asyncapi.Schema) map[string]bool {
	names := map[string]bool{}
	seen := map[*tree.Node]bool{}
	var look func(n *tree.Node)
	look = func(n *tree.Node) {
		n = p.Resolve(n)
		if !n.Is(tree.Mapping) || seen[n] {
			return
		}
		seen[n] = true
		if properties := n.Get("properties"); properties.Is(tree.Mapping) {
			for i := range properties.Members {
				names[strings.ToLower(properties.Members[i].Key.Text)] = true
			}
		}
		if all := n.Get("allOf"); all.Is(tree.Sequence) {
			for _, item := range all.Items {
				look(item)
			}
		}
	}
	if s != nil {
		look(s.Node)
	}
	return names
}
