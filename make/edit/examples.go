package edit

import (
	"fmt"
	"slices"

	"github.com/weft-dev/weft/make/examples"
	"github.com/weft-dev/weft/make/patch"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/languages"
	"github.com/weft-dev/weft/text/tree"
)

// Examples says which examples are added.
type Examples struct {
	examples.Options
	// To are the names of messages; none means all.
	To []string
}

// AddExamples adds examples to messages, made from their schemas. Examples that
// a message has stay; those of the same name are not added again.
func (s *Session) AddExamples(e Examples) error {
	list, err := s.messages(e.To)
	if err != nil {
		return err
	}
	set := languages.In(s.ws)
	count := 0
	for _, m := range list {
		if !s.given(m.Node) || !m.Node.Has("payload") && m.Headers == nil {
			continue
		}
		made, err := examples.OfMessage(s.ctx, s.ws, set, m.Message, e.Options)
		if err != nil {
			s.note("%s gets no examples: %v", m.label(), err)
			continue
		}
		if len(made) == 0 {
			s.note("%s gets no examples: its schema cannot be read", m.label())
		}
		count += s.addExamples(m, made)
	}
	s.note("%s added", plural(count, "example"))
	return s.apply()
}

func (s *Session) addExamples(m *message, made []examples.Example) int {
	n := patch.Written(m.Node)
	held := n.Get("examples")
	var names []string
	for _, item := range items(held) {
		names = append(names, item.Get("name").Str())
	}
	array := tree.NewArray()
	for _, e := range made {
		if !slices.Contains(names, e.Name) {
			array.Append(exampleNode(m, e))
		}
	}
	switch {
	case array.Len() == 0:
	case held.Is(tree.Sequence) && held.Len() > 0:
		for _, item := range array.Items {
			s.patch.Append(held, item)
		}
	case held != nil:
		s.patch.Replace(held, array)
	default:
		s.patch.Add(n, "examples", array)
	}
	return array.Len()
}

// exampleNode is an example as messages hold it. In AsyncAPI 2.0 examples have
// no names.
func exampleNode(m *message, e examples.Example) *tree.Node {
	n := tree.NewObject()
	if m.doc.model.Version != "2.0.0" {
		n.Set("name", tree.NewString(e.Name))
		if e.Summary != "" {
			n.Set("summary", tree.NewString(e.Summary))
		}
	}
	if e.Headers != nil {
		n.Set("headers", e.Headers)
	}
	if e.Payload != nil {
		n.Set("payload", e.Payload)
	}
	return n
}

// example adds a required field to the examples that a message has, so that
// they stay examples.
func (a *adder) example(m *message) {
	for _, item := range items(m.Node.Get("examples")) {
		held := item.Get(a.what)
		if !held.Is(tree.Mapping) || held.Has(a.field.Name) || !a.given(held) || a.done[held] {
			continue
		}
		a.done[held] = true
		if value, err := a.likely(); err == nil {
			a.patch.Add(held, a.field.Name, value)
		}
	}
}

// likely is a value of the field.
func (a *adder) likely() (*tree.Node, error) {
	holder := tree.NewObject()
	holder.Set("type", tree.NewString("object"))
	holder.Set("required", tree.NewArray(tree.NewString(a.field.Name)))
	holder.Set("properties", a.properties())
	list, err := examples.Of(a.ctx, a.ws, languages.In(a.ws), holder, schema.JSON(schema.Draft7), examples.Options{Max: 1})
	if err != nil {
		return nil, fmt.Errorf("no example of %q: %w", a.field.Name, err)
	}
	return list[0].Node.Get(a.field.Name), nil
}
