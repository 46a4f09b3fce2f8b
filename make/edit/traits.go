package edit

import (
	"fmt"
	"slices"

	"github.com/weft-dev/weft/make/patch"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/tree"
)

// Trait is a trait to apply to messages or operations.
type Trait struct {
	// Name is its name in the document's components.
	Name string
	// Define is the trait itself, where it is not there yet; nil asks for the
	// one that is.
	Define *tree.Node
	// To are the names of messages, or of operations for a trait of these; none
	// means all.
	To []string
}

// CloudEventsName is the name of the trait that CloudEvents describes.
const CloudEventsName = "CloudEventsHeaders"

// AddTrait refers to a trait from messages, or from operations where it is a
// trait of operations. What has it already keeps it as it is.
func (s *Session) AddTrait(t Trait) error {
	docs, err := s.asyncAPI()
	if err != nil {
		return err
	}
	if len(t.To) > 0 {
		if _, err := s.messages(t.To); err != nil && len(operationsNamed(docs, t.To)) < len(t.To) {
			return err
		}
	}
	count := 0
	for _, d := range docs {
		n, err := s.traitIn(d, t)
		if err != nil {
			return err
		}
		count += n
	}
	s.note("the trait %s was added to %d", t.Name, count)
	return s.apply()
}

// traitIn applies a trait in one document and returns to how many.
func (s *Session) traitIn(d *document, t Trait) (int, error) {
	components := d.Root.Get("components")
	if components.Get("operationTraits").Has(t.Name) {
		return s.operationTrait(d, t)
	}
	pointer := "#/components/messageTraits/" + tree.EscapePointer(t.Name)
	if !components.Get("messageTraits").Has(t.Name) {
		if t.Define == nil {
			return 0, fmt.Errorf("%s: %w", d.File.Name(), unknown("trait", t.Name, append(keys(components.Get("messageTraits")), keys(components.Get("operationTraits"))...)))
		}
		s.define(d, "messageTraits", t.Name, t.Define)
	}
	list, err := s.messages(nil)
	if err != nil {
		return 0, err
	}
	count := 0
	for _, m := range list {
		wanted := len(t.To) == 0 || slices.ContainsFunc(m.names, func(name string) bool { return slices.Contains(t.To, name) })
		if !wanted || m.Node.Span.File != d.File {
			continue
		}
		if s.applyTrait(m.Node, pointer) {
			count++
		}
	}
	return count, nil
}

func operationsNamed(docs []*document, names []string) []*asyncapi.Operation {
	var list []*asyncapi.Operation
	for _, d := range docs {
		for _, o := range d.model.Operations {
			if slices.Contains(names, o.ID) {
				list = append(list, o)
			}
		}
	}
	return list
}

func (s *Session) operationTrait(d *document, t Trait) (int, error) {
	count := 0
	for _, o := range d.model.Operations {
		if len(t.To) > 0 && !slices.Contains(t.To, o.ID) || o.Node.Span.File != d.File {
			continue
		}
		if s.applyTrait(o.Node, "#/components/operationTraits/"+tree.EscapePointer(t.Name)) {
			count++
		}
	}
	return count, nil
}

// applyTrait adds a reference to the traits of an object, unless it is there.
func (s *Session) applyTrait(n *tree.Node, pointer string) bool {
	n = patch.Written(n)
	reference := tree.NewObject()
	reference.Set("$ref", tree.NewString(pointer))
	traits := n.Get("traits")
	for _, item := range items(traits) {
		if item.Get("$ref").Str() == pointer {
			return false
		}
	}
	if traits.Is(tree.Sequence) {
		s.patch.Append(traits, reference)
	} else {
		s.patch.AddAfter(n, "traits", tree.NewArray(reference), "messageId", "operationId", "action", "channel", "name", "title", "summary", "description", "contentType")
	}
	return true
}

// define adds a component to a document.
func (s *Session) define(d *document, kind, name string, value *tree.Node) {
	s.defineAll(d, kind, object(name, value))
}

// defineAll adds components to a document, all at once: what holds them may
// have to be made.
func (s *Session) defineAll(d *document, kind string, made *tree.Node) {
	if held := d.Root.Get("components").Get(kind); held != nil {
		for _, m := range made.Members {
			s.patch.Add(held, m.Key.Text, m.Value)
		}
		return
	}
	if made.Len() == 0 {
		return
	}
	if components := d.Root.Get("components"); components != nil {
		s.patch.Add(components, kind, made)
		return
	}
	s.patch.Add(d.Root, "components", object(kind, made))
}

func object(key string, value *tree.Node) *tree.Node {
	n := tree.NewObject()
	n.Set(key, value)
	return n
}

func keys(n *tree.Node) []string {
	if !n.Is(tree.Mapping) {
		return nil
	}
	var list []string
	for i := range n.Members {
		list = append(list, n.Members[i].Key.Text)
	}
	return list
}

// CloudEvents returns the trait by which messages carry the attributes of
// CloudEvents 1.0 in their headers, in the binary mode of a protocol: "ce_id"
// in Kafka, "ce-id" in HTTP and NATS, "cloudEvents:id" in AMQP, "id" in MQTT.
func CloudEvents(protocol string) *tree.Node {
	prefix := cloudEventsPrefix(protocol)
	properties := tree.NewObject()
	for _, a := range []struct{ name, format, description string }{
		{"id", "", "Identifies the event; with the source it is unique."},
		{"source", "uri-reference", "The context in which the event happened."},
		{"specversion", "", "The version of CloudEvents."},
		{"type", "", "The kind of event, for routing and for policies."},
		{"time", "date-time", "When it happened."},
		{"subject", "", "What it is about, in the context of the source."},
	} {
		n := tree.NewObject()
		n.Set("type", tree.NewString("string"))
		if a.format != "" {
			n.Set("format", tree.NewString(a.format))
		}
		if a.name == "specversion" {
			n.Set("const", tree.NewString("1.0"))
		} else {
			n.Set("minLength", &tree.Node{Kind: tree.Number, Text: "1"})
		}
		n.Set("description", tree.NewString(a.description))
		properties.Set(prefix+a.name, n)
	}
	headers := tree.NewObject()
	headers.Set("type", tree.NewString("object"))
	headers.Set("required", tree.NewArray(
		tree.NewString(prefix+"id"), tree.NewString(prefix+"source"), tree.NewString(prefix+"specversion"), tree.NewString(prefix+"type")))
	headers.Set("properties", properties)
	return object("headers", headers)
}

func cloudEventsPrefix(protocol string) string {
	switch protocol {
	case "http", "https", "nats", "ws", "wss", "sns", "sqs":
		return "ce-"
	case "amqp", "amqps", "amqp1":
		return "cloudEvents:"
	case "mqtt", "mqtts", "mqtt5", "secure-mqtt":
		return ""
	}
	return "ce_"
}

// Protocol is the protocol of the first server of the documents, or "".
func (s *Session) Protocol() string {
	for _, d := range s.docs {
		if d.model != nil && len(d.model.Servers) > 0 {
			return d.model.Servers[0].Protocol
		}
	}
	return ""
}
