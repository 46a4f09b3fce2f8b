package bundle_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// meaning prints what a document means: its model, and what it refers to
// written out, to a depth. It says nothing of where values stand.
func meaning(t testing.TB, ws *ref.Workspace, d *ref.Document) string {
	t.Helper()
	doc, findings := asyncapi.Load(context.Background(), ws, d)
	if doc == nil {
		t.Fatalf("there is no model: %+v", findings)
	}
	m := &meant{ws: ws, keys: doc.Major() > 2}
	m.say(0, "%s %s %s %s %s", doc.Version, doc.ID, doc.DefaultContentType, doc.Info.Title, doc.Info.Version)
	for _, s := range doc.Servers {
		m.say(0, "server %s %s %s %s %d variables, %d security", s.Name, s.Host, s.Pathname, s.Protocol, len(s.Variables), len(s.Security))
		m.bindings(1, s.Bindings)
	}
	for _, c := range doc.Channels {
		m.channel(c)
	}
	for _, o := range doc.Operations {
		m.operation(o)
	}
	return m.String()
}

type meant struct {
	strings.Builder
	ws   *ref.Workspace
	keys bool // messages have keys; in 2.x they are made of where a message stands
}

func (m *meant) say(indent int, format string, args ...any) {
	m.WriteString(strings.Repeat("  ", indent))
	fmt.Fprintf(m, format, args...)
	m.WriteByte('\n')
}

func (m *meant) bindings(indent int, list asyncapi.Bindings) {
	for _, b := range list {
		m.say(indent, "binding %s %s %s", b.Protocol, b.Version, m.value(b.Node, 6))
	}
}

func (m *meant) channel(c *asyncapi.Channel) {
	m.say(0, "channel %s %q %v", c.Name, c.Address, c.HasAddress)
	for _, p := range c.Parameters {
		m.say(1, "parameter %s %v %s", p.Name, p.Enum, p.Description)
	}
	for _, s := range c.Servers {
		m.say(1, "on %s", s.Name)
	}
	m.bindings(1, c.Bindings)
	for _, message := range c.Messages {
		m.message(1, message)
	}
}

func (m *meant) message(indent int, message *asyncapi.Message) {
	key := message.Key
	if !m.keys {
		key = ""
	}
	m.say(indent, "message %s %s %s %s", key, message.Name, message.Title, message.ContentType)
	for _, s := range []*asyncapi.Schema{message.Headers, message.Payload} {
		if s != nil {
			m.say(indent+1, "schema %s %s", s.Format, m.value(s.Node, 8))
		}
	}
	if message.Correlation != nil {
		m.say(indent+1, "correlation %s", message.Correlation.Location)
	}
	for _, e := range message.Examples {
		m.say(indent+1, "example %s %v %v", e.Name, e.Headers.Value(), e.Payload.Value())
	}
	m.bindings(indent+1, message.Bindings)
}

func (m *meant) operation(o *asyncapi.Operation) {
	m.say(0, "operation %s %s on %s, %d security", o.ID, o.Action, o.Channel.Name, len(o.Security))
	m.bindings(1, o.Bindings)
	for _, message := range o.Messages {
		m.message(1, message)
	}
	if o.Reply != nil {
		m.say(1, "reply")
		if o.Reply.Channel != nil {
			m.say(2, "on %s", o.Reply.Channel.Name)
		}
		for _, message := range o.Reply.Messages {
			m.message(2, message)
		}
	}
}

// value writes a value with its references followed.
func (m *meant) value(n *tree.Node, depth int) string {
	if n == nil || depth == 0 {
		return "…"
	}
	if value := ref.Of(n); value != nil && n.Len() == 1 {
		target, problem := m.ws.Target(context.Background(), n)
		if target != nil {
			return m.value(target, depth) // a reference is no level
		}
		if file, _, other := m.ws.ResolveRaw(context.Background(), n); other == nil {
			return fmt.Sprintf("%q", file.Data())
		}
		return "nothing: " + problem.Message
	}
	switch n.Kind {
	case tree.Mapping:
		var parts []string
		for _, member := range n.Members {
			switch member.Key.Text {
			case "$id":
			case ref.Keyword:
				target, _ := m.ws.Target(context.Background(), n)
				parts = append(parts, "ref:"+m.value(target, depth-1))
			default:
				parts = append(parts, member.Key.Text+":"+m.value(member.Value, depth-1))
			}
		}
		slices.Sort(parts)
		return "{" + strings.Join(parts, " ") + "}"
	case tree.Sequence:
		var parts []string
		for _, item := range n.Items {
			parts = append(parts, m.value(item, depth-1))
		}
		return "[" + strings.Join(parts, " ") + "]"
	}
	return fmt.Sprintf("%q", n.Text)
}

// isText reports whether a "$ref" in a value is only text.
func isText(n *tree.Node) bool { return asyncapi.IsData(n) || strings.HasPrefix(n.Name(), "x-") }

// alone is the meaning of a text that refers to no other.
func alone(t testing.TB, text string) string {
	t.Helper()
	ws := ref.New(source.Memory{}, ref.Options{})
	d := ws.Load(source.NewFile("memory:///bundle.yaml", "bundle.yaml", []byte(text)))
	for _, f := range ws.Walk(context.Background(), d.Root, ref.WalkOptions{Skip: isText}) {
		if f.Code != ref.CodeAnchor && f.Code != ref.CodePointer {
			t.Errorf("a reference of the bundle: %s", f.Message)
		}
	}
	return meaning(t, ws, d)
}
