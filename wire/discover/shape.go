package discover

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/weft-dev/weft/text/tree"
)

// The bounds of what is kept of values, whatever they are.
const (
	maxDepth  = 24  // levels of objects and lists
	maxFields = 200 // of one object; with more its names are data
	maxWords  = 8   // values of an enumeration
	wordSize  = 24  // bytes of one
	repeats   = 3   // how often each word is there on average, at least
)

// shape is what values had in common.
type shape struct {
	seen   int
	kinds  map[string]int // by the type's name in JSON Schema
	fields map[string]*shape
	crowd  *shape // the values of an object whose names are data
	items  *shape

	formats map[string]int // how many texts have it
	texts   int
	words   map[string]int // nil once it is no enumeration
	always  string         // the one text of a field that tells types of messages apart
	private bool           // the name says that values are nobody's business
}

func newShape(name string) *shape {
	return &shape{kinds: map[string]int{}, formats: map[string]int{}, words: map[string]int{}, private: isPrivate(name)}
}

// add takes in one value of plain data.
func (s *shape) add(value any, depth int) {
	s.seen++
	kind := kindOf(value)
	s.kinds[kind]++
	if depth >= maxDepth {
		return // deeper is only said to be an object or a list
	}
	switch v := value.(type) {
	case string:
		s.addText(v)
	case []any:
		if s.items == nil {
			s.items = newShape("")
			s.items.private = s.private
		}
		for _, item := range v {
			s.items.add(item, depth+1)
		}
	case map[string]any:
		s.addObject(v, depth)
	}
}

func (s *shape) addObject(object map[string]any, depth int) {
	for _, name := range slices.Sorted(maps.Keys(object)) {
		value := object[name]
		if s.crowd == nil && (s.fields[name] == nil && len(s.fields) >= maxFields || isData(name)) {
			s.merge()
		}
		if s.crowd != nil {
			s.crowd.add(value, depth+1)
			continue
		}
		if s.fields == nil {
			s.fields = map[string]*shape{}
		}
		field := s.fields[name]
		if field == nil {
			field = newShape(name)
			field.private = field.private || s.private
			s.fields[name] = field
		}
		field.add(value, depth+1)
	}
}

// merge forgets the names of an object: they are data, as in a table by ids.
// What its values had in common stays.
func (s *shape) merge() {
	s.crowd = newShape("")
	for _, name := range slices.Sorted(maps.Keys(s.fields)) {
		s.crowd.absorb(s.fields[name])
	}
	s.crowd.hide()
	s.fields = nil
}

// hide has no text of a shape be shown.
func (s *shape) hide() {
	s.private, s.words = true, nil
	for _, field := range s.fields {
		field.hide()
	}
	for _, below := range []*shape{s.crowd, s.items} {
		if below != nil {
			below.hide()
		}
	}
}

// absorb makes the shape one of its own values and those of another.
func (s *shape) absorb(o *shape) {
	s.seen += o.seen
	s.texts += o.texts
	s.private = s.private || o.private
	for kind, n := range o.kinds {
		s.kinds[kind] += n
	}
	for format, n := range o.formats {
		s.formats[format] += n
	}
	s.absorbWords(o)
	s.items = together(s.items, o.items)
	if s.crowd != nil || o.crowd != nil {
		s.absorbCrowd(o)
		return
	}
	for name, field := range o.fields {
		if s.fields == nil {
			s.fields = map[string]*shape{}
		}
		s.fields[name] = together(s.fields[name], field)
	}
	if len(s.fields) > maxFields {
		s.merge()
	}
}

func (s *shape) absorbWords(o *shape) {
	if s.words == nil || o.words == nil || s.private {
		s.words = nil
		return
	}
	for word, n := range o.words {
		s.words[word] += n
	}
	if len(s.words) > maxWords {
		s.words = nil
	}
}

// absorbCrowd absorbs what has fields where one of the two knows no names.
func (s *shape) absorbCrowd(o *shape) {
	if s.crowd == nil {
		s.merge()
	}
	if o.crowd != nil {
		s.crowd.absorb(o.crowd)
	}
	for _, name := range slices.Sorted(maps.Keys(o.fields)) {
		s.crowd.absorb(o.fields[name])
	}
	s.crowd.hide()
}

// together is a new shape of two, of which either may be nil.
func together(a, b *shape) *shape {
	if a == nil && b == nil {
		return nil
	}
	both := newShape("")
	for _, s := range []*shape{a, b} {
		if s != nil {
			both.absorb(s)
		}
	}
	return both
}

func (s *shape) addText(text string) {
	s.texts++
	if format := formatOf(text); format != "" {
		s.formats[format]++
	}
	if s.words == nil {
		return
	}
	if s.words[text]++; len(s.words) > maxWords || s.private || !isWord(text) {
		s.words = nil
	}
}

func kindOf(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case json.Number:
		if strings.ContainsAny(v.String(), ".eE") {
			return "number"
		}
		return "integer"
	case []any:
		return "array"
	}
	return "object"
}

// schema writes the shape as a JSON Schema.
func (s *shape) schema() *tree.Node {
	n := tree.NewObject()
	kinds := s.types()
	switch len(kinds) {
	case 0:
		return n // nothing was seen, so anything goes
	case 1:
		n.Set("type", tree.NewString(kinds[0]))
	default:
		list := tree.NewArray()
		for _, kind := range kinds {
			list.Items = append(list.Items, tree.NewString(kind))
		}
		n.Set("type", list)
	}
	s.describeText(n)
	if s.items != nil && s.items.seen > 0 {
		n.Set("items", s.items.schema())
	}
	if s.crowd != nil {
		n.Set("additionalProperties", s.crowd.schema())
	}
	s.describeFields(n)
	return n
}

// types are those that were seen; an integer is a number where there are both.
// Where nothing but null was seen, nothing is known.
func (s *shape) types() []string {
	if s.kinds["null"] == s.seen {
		return nil
	}
	kinds := slices.Sorted(maps.Keys(s.kinds))
	if s.kinds["number"] > 0 {
		kinds = slices.DeleteFunc(kinds, func(kind string) bool { return kind == "integer" })
	}
	return kinds
}

func (s *shape) describeText(n *tree.Node) {
	if s.texts == 0 {
		return
	}
	if s.always != "" {
		n.Set("const", tree.NewString(s.always))
		return
	}
	for format, count := range s.formats {
		if count == s.texts {
			n.Set("format", tree.NewString(format))
			return
		}
	}
	// What is no text besides could not be one of the words.
	if s.words != nil && s.texts == s.seen && len(s.words) > 1 && s.texts >= repeats*len(s.words) && slices.Min(slices.Collect(maps.Values(s.words))) > 1 {
		list := tree.NewArray()
		for _, word := range slices.Sorted(maps.Keys(s.words)) {
			list.Items = append(list.Items, tree.NewString(word))
		}
		n.Set("enum", list)
	}
}

func (s *shape) describeFields(n *tree.Node) {
	if len(s.fields) == 0 {
		return
	}
	required, properties := tree.NewArray(), tree.NewObject()
	for _, name := range slices.Sorted(maps.Keys(s.fields)) {
		field := s.fields[name]
		if field.seen == s.kinds["object"] {
			required.Items = append(required.Items, tree.NewString(name))
		}
		properties.Set(name, field.schema())
	}
	if len(required.Items) > 0 {
		n.Set("required", required)
	}
	n.Set("properties", properties)
}
