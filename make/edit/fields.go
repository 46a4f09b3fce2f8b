package edit

import (
	"fmt"
	"slices"

	"github.com/weft-dev/weft/make/patch"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/tree"
)

// Field is a field to add to messages.
type Field struct {
	Name string
	// Schema is its schema, as AsyncAPI writes it.
	Schema *tree.Node
	// Required says that every message must have it.
	Required bool
	// To are the names of messages; none means all.
	To []string
}

// AddField adds a field to the payloads of messages. A payload that several
// messages share gets it once; one that has it already keeps what it has.
func (s *Session) AddField(f Field) error {
	list, err := s.messages(f.To)
	if err != nil {
		return err
	}
	a := &adder{Session: s, field: f, done: map[*tree.Node]bool{}, gets: map[*tree.Node]bool{}, what: "payload"}
	// What is made of others comes last: these may get the field themselves.
	slices.SortStableFunc(list, func(m, other *message) int { return composed(m) - composed(other) })
	for _, m := range list {
		if m.Payload == nil {
			s.note("%s has no payload", m.label())
			continue
		}
		if err := a.message(m, m.Payload); err != nil {
			return err
		}
	}
	return a.finish()
}

// AddHeader adds a header to messages, as AddField adds fields.
func (s *Session) AddHeader(f Field) error {
	list, err := s.messages(f.To)
	if err != nil {
		return err
	}
	a := &adder{Session: s, field: f, done: map[*tree.Node]bool{}, gets: map[*tree.Node]bool{}, what: "headers"}
	for _, m := range list {
		if m.Node.Has("headers") && m.Headers != nil {
			err = a.message(m, m.Headers)
		} else {
			err = a.headers(m)
		}
		if err != nil {
			return err
		}
	}
	return a.finish()
}

// composed is 1 for a message whose payload is made of other schemas, else 0.
func composed(m *message) int {
	if m.Payload != nil && m.Payload.Node.Has("allOf") {
		return 1
	}
	return 0
}

// adder adds one field to schemas.
type adder struct {
	*Session
	field Field
	done  map[*tree.Node]bool // what was looked at
	gets  map[*tree.Node]bool // what gets the field
	what  string
	added int
}

func (a *adder) finish() error {
	a.note("%q was added to %s", a.field.Name, plural(a.added, "schema"))
	return a.apply()
}

func (a *adder) message(m *message, place *asyncapi.Schema) error {
	if err := a.inItsLanguage(place); err != nil {
		return fmt.Errorf("%s: %w", m.label(), err)
	}
	if a.field.Required {
		a.example(m)
	}
	return nil
}

// inItsLanguage adds the field to a schema as the schema's language has it.
func (a *adder) inItsLanguage(place *asyncapi.Schema) error {
	format, err := schema.ParseFormat(place.Format)
	switch {
	case err != nil:
		return err
	case place.Node == nil:
		return fmt.Errorf("its schema cannot be read")
	}
	switch format.Family {
	case schema.JSONSchema:
		return a.schema(place.Node, 0)
	case schema.Avro:
		return a.avro(place.Node)
	case schema.Protobuf:
		return a.protobuf(place.Node)
	}
	return fmt.Errorf("its schema is %s, which is changed in its own language: name other messages with --to", format.Family)
}

func (s *Session) speaksJSONSchema(m *message, place *asyncapi.Schema) error {
	format, err := schema.ParseFormat(place.Format)
	if err != nil {
		return fmt.Errorf("%s: %w", m.label(), err)
	}
	if format.Family != schema.JSONSchema {
		return fmt.Errorf("%s: its schema is %s, which is changed in its own language: name other messages with --to", m.label(), format.Family)
	}
	if place.Node == nil {
		return fmt.Errorf("%s: its schema cannot be read", m.label())
	}
	return nil
}

const maxDepth = 60

// schema adds the field to the object, or objects, that a schema describes.
func (a *adder) schema(n *tree.Node, depth int) error {
	n = a.resolve(n)
	switch {
	case n == nil:
		return fmt.Errorf("a reference in its %s leads nowhere", a.what)
	case depth > maxDepth || a.done[n]:
		return nil
	case n.Kind != tree.Mapping:
		return fmt.Errorf("its %s is %s, and no object with fields", a.what, n.Kind)
	case !a.given(n):
		return fmt.Errorf("its %s is in %s: name that document too", a.what, n.Span.File.Name())
	}
	a.done[n] = true
	if a.has(n, 0) {
		if a.getsIn(n) {
			return nil
		}
		a.note("%s has %q already", n.Path(), a.field.Name)
		return nil
	}
	branches := slices.Concat(items(n.Get("oneOf")), items(n.Get("anyOf")))
	switch {
	case n.Has("properties"):
		a.add(n)
	case n.Has("allOf"):
		return a.allOf(n)
	case len(branches) > 0:
		for _, branch := range branches {
			if err := a.schema(branch, depth+1); err != nil {
				return err
			}
		}
	case n.Has("type") && n.Get("type").Str() != "object":
		return fmt.Errorf("its %s is of the type %v, and no object with fields", a.what, n.Get("type").Value())
	default:
		a.add(n)
	}
	return nil
}

// has reports whether a schema has the field, by itself or through "allOf".
func (a *adder) has(n *tree.Node, depth int) bool {
	n = a.resolve(n)
	if n == nil || depth > maxDepth {
		return false
	}
	return a.gets[n] || n.Get("properties").Has(a.field.Name) ||
		slices.ContainsFunc(items(n.Get("allOf")), func(part *tree.Node) bool { return a.has(part, depth+1) })
}

// getsIn reports whether a part of a schema gets the field.
func (a *adder) getsIn(n *tree.Node) bool {
	return slices.ContainsFunc(items(n.Get("allOf")), func(part *tree.Node) bool { return a.gets[a.resolve(part)] })
}

// allOf adds the field to the last part that is written in place, or a part of
// its own: a part that is referred to belongs to others too.
func (a *adder) allOf(n *tree.Node) error {
	var own *tree.Node
	for _, part := range items(n.Get("allOf")) {
		target := a.resolve(part)
		if target.Get("additionalProperties").Is(tree.Bool) && !target.Get("additionalProperties").True() {
			return fmt.Errorf("a part of \"allOf\" allows no other fields than its own: open it, or add the field there")
		}
		if !part.Has("$ref") && part.Has("properties") {
			own = part
		}
	}
	if own != nil {
		a.add(own)
		return nil
	}
	part := tree.NewObject()
	part.Set("type", tree.NewString("object"))
	if a.field.Required {
		part.Set("required", tree.NewArray(tree.NewString(a.field.Name)))
	}
	part.Set("properties", a.properties())
	a.patch.Append(n.Get("allOf"), part)
	a.added++
	return nil
}

func (a *adder) properties() *tree.Node {
	properties := tree.NewObject()
	properties.Set(a.field.Name, a.field.Schema.Clone())
	return properties
}

// add adds the field to one object schema, and to the list of what it requires.
func (a *adder) add(n *tree.Node) {
	n = patch.Written(n)
	a.gets[n] = true
	a.added++
	if n.Len() == 0 {
		a.patch.Add(n, "type", tree.NewString("object"))
	}
	head := []string{"$id", "title", "description", "type", "format", "required", "minProperties", "maxProperties"}
	if a.field.Required {
		switch required := n.Get("required"); {
		case required.Is(tree.Sequence) && !listed(required, a.field.Name):
			a.patch.Append(required, tree.NewString(a.field.Name))
		case required == nil:
			a.patch.AddAfter(n, "required", tree.NewArray(tree.NewString(a.field.Name)), head...)
		}
	}
	if properties := n.Get("properties"); properties.Is(tree.Mapping) {
		a.patch.Add(properties, a.field.Name, a.field.Schema)
	} else {
		a.patch.AddAfter(n, "properties", a.properties(), head...)
	}
}

// headers adds headers to a message that has none of its own. What its traits
// require is required still, since a list replaces a list when traits are
// applied.
func (a *adder) headers(m *message) error {
	n := patch.Written(m.Node)
	if a.done[n] {
		return nil
	}
	a.done[n] = true
	if !a.given(n) {
		return fmt.Errorf("%s is in %s: name that document too", m.label(), n.Span.File.Name())
	}
	var required []*tree.Node
	if m.Headers != nil {
		if a.has(m.Headers.Node, 0) {
			a.note("%s has the header %q already", m.label(), a.field.Name)
			return nil
		}
		for _, item := range items(m.Headers.Node.Get("required")) {
			required = append(required, tree.NewString(item.Text))
		}
	}
	headers := tree.NewObject()
	headers.Set("type", tree.NewString("object"))
	if a.field.Required {
		required = append(required, tree.NewString(a.field.Name))
		headers.Set("required", tree.NewArray(required...))
	}
	headers.Set("properties", a.properties())
	a.patch.AddBehind(n, before(n, "payload"), "headers", headers)
	a.added++
	return nil
}

// before is the number of the member that stands before the one of that name;
// the last where there is none.
func before(n *tree.Node, name string) int {
	for i := range n.Members {
		if n.Members[i].Key.Text == name {
			return i - 1
		}
	}
	return n.Len() - 1
}

func items(n *tree.Node) []*tree.Node {
	if !n.Is(tree.Sequence) {
		return nil
	}
	return n.Items
}

func listed(list *tree.Node, name string) bool {
	return slices.ContainsFunc(list.Items, func(n *tree.Node) bool { return n.Str() == name })
}

// RemoveField takes a field out of the payloads of messages, out of their lists
// of required fields and out of their examples.
func (s *Session) RemoveField(name string, to []string) error {
	return s.remove(name, to, "payload", func(m *message) *asyncapi.Schema { return m.Payload })
}

// RemoveHeader takes a header out of messages, as RemoveField takes fields.
func (s *Session) RemoveHeader(name string, to []string) error {
	return s.remove(name, to, "headers", func(m *message) *asyncapi.Schema { return m.Headers })
}

func (s *Session) remove(name string, to []string, what string, of func(*message) *asyncapi.Schema) error {
	list, err := s.messages(to)
	if err != nil {
		return err
	}
	r := &remover{Session: s, name: name, done: map[*tree.Node]bool{}, known: map[string]bool{}}
	for _, m := range list {
		place := of(m)
		if place == nil || place.Node == nil {
			continue
		}
		if err := s.speaksJSONSchema(m, place); err != nil {
			return err
		}
		if err := r.schema(place.Node, 0); err != nil {
			return fmt.Errorf("%s: %w", m.label(), err)
		}
		for _, example := range items(m.Node.Get("examples")) {
			if value := example.Get(what).Get(name); value != nil && s.given(value) {
				s.patch.Remove(value)
			}
		}
	}
	if r.removed == 0 {
		var names []string
		for known := range r.known {
			names = append(names, known)
		}
		return unknown("field", name, names)
	}
	s.note("%q was taken out of %s", name, plural(r.removed, "schema"))
	return s.apply()
}

type remover struct {
	*Session
	name    string
	done    map[*tree.Node]bool
	known   map[string]bool
	removed int
}

func (r *remover) schema(n *tree.Node, depth int) error {
	n = r.resolve(n)
	if n == nil || r.done[n] || depth > maxDepth || n.Kind != tree.Mapping {
		return nil
	}
	r.done[n] = true
	properties := n.Get("properties")
	for i := range properties.Len() {
		r.known[properties.Members[i].Key.Text] = true
	}
	if property := properties.Get(r.name); property != nil {
		if !r.given(property) {
			return fmt.Errorf("the field is in %s: name that document too", property.Span.File.Name())
		}
		r.removed++
		r.patch.Remove(property)
	}
	if required := n.Get("required"); required.Is(tree.Sequence) && listed(required, r.name) && r.given(required) {
		r.unrequire(required)
	}
	for _, key := range []string{"allOf", "anyOf", "oneOf"} {
		for _, part := range items(n.Get(key)) {
			if err := r.schema(part, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *remover) unrequire(required *tree.Node) {
	if required.Len() == 1 {
		r.patch.Remove(required)
		return
	}
	for _, item := range required.Items {
		if item.Str() == r.name {
			r.patch.Remove(item)
		}
	}
}
