package endpoint

import (
	"fmt"
	"maps"
	"net/url"
	"strings"
	"time"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/tree"
	"github.com/weft-dev/weft/wire/cloudevents"
)

// events is how messages are CloudEvents: in structured mode, where the
// contract has their content type, else in binary mode, where it declares their
// attributes as headers.
type events struct {
	structured bool
	binding    cloudevents.Binding
	// source is where events come from that do not say it.
	source string
	// fixed are the values of attributes that the contract allows no others
	// for, or proposes.
	fixed map[string]string
}

// eventsOf says how a message is an event; nil where it is none.
func (m *messageCodec) eventsOf(doc *asyncapi.Document) *events {
	e := &events{source: sourceOf(doc), fixed: map[string]string{}}
	if mediaType(m.contentType) == cloudevents.MediaType {
		e.structured = true
		if m.message.Payload != nil {
			e.fix(m.message.Payload.Node)
		}
		return e
	}
	declared := false
	e.binding, declared = cloudevents.Declared(func(name string) bool { _, is := m.headerTypes[name]; return is })
	if !declared {
		return nil
	}
	e.fix(m.message.Headers.Node)
	return e
}

// sourceOf is the application's identifier, else a path made of its title.
func sourceOf(doc *asyncapi.Document) string {
	if doc.ID != "" {
		return doc.ID
	}
	return "/" + url.PathEscape(strings.Join(strings.Fields(strings.ToLower(doc.Info.Title)), "-"))
}

// fix notes what a schema says of the attributes among its properties.
func (e *events) fix(n *tree.Node) {
	for _, name := range []string{cloudevents.ID, cloudevents.Source, cloudevents.Type, cloudevents.Spec} {
		property := n.Get("properties").Get(e.binding.Prefix + name)
		for _, candidate := range []*tree.Node{property.Get("const"), property.At("/enum/0"), property.Get("default")} {
			if text := candidate.Str(); text != "" && e.fixed[name] == "" {
				e.fixed[name] = text
			}
		}
	}
}

// fillEvent gives an event the attributes that it must have and lacks: its id is
// the idempotency id, its type the name of the message.
func (m *messageCodec) fillEvent(headers map[string]any, payload any, out Outgoing) (map[string]any, any, error) {
	e := m.events
	if e == nil {
		return headers, payload, nil
	}
	if !e.structured {
		headers = maps.Clone(headers)
		e.fill(m, headers, e.binding.Prefix, out)
		return headers, payload, nil
	}
	object, ok := payload.(map[string]any)
	if !ok {
		return nil, nil, fmt.Errorf("the payload must be an object with the attributes of an event and its data, for the content type %s", cloudevents.MediaType)
	}
	object = maps.Clone(object)
	e.fill(m, object, "", out)
	if _, there := object[cloudevents.DataContentType]; !there && object["data"] != nil {
		object[cloudevents.DataContentType] = "application/json"
	}
	return headers, object, nil
}

func (e *events) fill(m *messageCodec, in map[string]any, prefix string, out Outgoing) {
	values := map[string]string{
		cloudevents.Spec: cloudevents.SpecVersion, cloudevents.Type: m.typeName(), cloudevents.Source: e.source, cloudevents.ID: out.IdempotencyID,
	}
	maps.Copy(values, e.fixed)
	if !out.Timestamp.IsZero() {
		values[cloudevents.Time] = out.Timestamp.UTC().Format(time.RFC3339Nano)
	}
	for name, value := range values {
		if in[prefix+name] == nil && value != "" {
			in[prefix+name] = value
		}
	}
}

func (m *messageCodec) typeName() string {
	if m.message.Name != "" {
		return m.message.Name
	}
	return m.message.Key
}

// checkEvent judges an event by the specification, beside its schemas. The part
// is where its attributes are.
func (m *messageCodec) checkEvent(headers map[string]any, payload any) (part string, list []schema.Violation) {
	if m.events == nil {
		return "", nil
	}
	part = "payload"
	var problems []cloudevents.Problem
	if m.events.structured {
		problems = cloudevents.CheckStructured(payload)
	} else {
		part = "headers"
		problems = cloudevents.Check(m.events.attributes(headers, m.headerTypes))
	}
	prefix := m.events.binding.Prefix
	for _, p := range problems {
		list = append(list, schema.Violation{
			InstancePath: "/" + tree.EscapePointer(prefix+p.Attribute), Keyword: "cloudevents", Message: prefix + p.Message,
		})
	}
	return part, list
}

// mend takes back what a sample says of attributes that no event may have so:
// schemas rarely say as much as the specification does.
func (m *messageCodec) mend(out *Outgoing) {
	part, list := m.checkEvent(out.Headers, out.Payload)
	if len(list) == 0 {
		return
	}
	in := maps.Clone(out.Headers)
	if part == "payload" {
		object, _ := out.Payload.(map[string]any)
		in = maps.Clone(object)
	}
	for _, v := range list {
		name := tree.UnescapePointer(strings.TrimPrefix(v.InstancePath, "/"))
		if _, there := in[name]; !there {
			continue
		}
		delete(in, name)
		if value := plausible.Get()[strings.TrimPrefix(name, m.events.binding.Prefix)]; value != "" {
			in[name] = value
		}
	}
	if part == "payload" && in != nil {
		out.Payload = in
	} else if part == "headers" {
		out.Headers = in
	}
}

// plausible are values of attributes that a sample cannot leave to be filled in.
var plausible = lazy.Of[map[string]string]{Make: func() map[string]string {
	return map[string]string{
		cloudevents.Time: "2000-01-01T00:00:00Z", cloudevents.DataSchema: "urn:example:schema", cloudevents.DataContentType: "application/json",
		cloudevents.Subject: "subject",
	}
}}

// attributes are those of an event in binary mode. Without a prefix only what
// the contract declares is one: other user properties may be anything.
func (e *events) attributes(headers map[string]any, declared map[string][]string) map[string]any {
	attributes := map[string]any{}
	for header, value := range headers {
		name, is := e.binding.Attribute(header)
		if _, known := declared[header]; is && (known || e.binding.Prefix != "") && !isOurs(header) {
			attributes[name] = value
		}
	}
	return attributes
}

// escaped are the headers of an event as its protocol writes them.
func (m *messageCodec) escaped(headers map[string]any) map[string]any {
	if m.events == nil || !m.events.binding.Escaped {
		return headers
	}
	out := maps.Clone(headers)
	for name, value := range out {
		if text, isText := value.(string); isText {
			if _, is := m.events.binding.Attribute(name); is {
				out[name] = m.events.binding.Escape(text)
			}
		}
	}
	return out
}

// unescaped is a header as it was before escaped.
func (m *messageCodec) unescaped(name string, value any) any {
	text, isText := value.(string)
	if m.events == nil || !m.events.binding.Escaped || !isText {
		return value
	}
	if _, is := m.events.binding.Attribute(name); !is {
		return value
	}
	return m.events.binding.Unescape(text)
}
