package registrydiff

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// class is a JSON Schema as the registry sees it: of one sort, or combined of
// several that are. That is where its verdicts come from, for two schemas of
// different sorts are never compared.
type class struct {
	sort sort
	// at is the schema that it was made of, for its keywords.
	at place
	// rule and parts are those of a combined class.
	rule  string // "allOf", "anyOf" or "oneOf"
	parts []*class
	// from is, where the class stands for a reference, what that leads to.
	from *class
	// whole says that a number must be an integer.
	whole bool
}

// sort is what a class is.
type sort string

const (
	sortEmpty     sort = "any value"
	sortNever     sort = "no value"
	sortNull      sort = "null"
	sortBoolean   sort = "boolean"
	sortNumber    sort = "number"
	sortString    sort = "string"
	sortObject    sort = "object"
	sortArray     sort = "array"
	sortEnum      sort = "enum"
	sortConst     sort = "const"
	sortNot       sort = "not"
	sortCondition sort = "if"
	sortCombined  sort = "combined"
)

// place is a value in a document.
type place struct {
	doc   *jsonDocument
	path  string
	value any
}

func (p place) get(keys ...string) (place, bool) {
	for _, key := range keys {
		object, ok := p.value.(map[string]any)
		if !ok {
			return place{}, false
		}
		value, ok := object[key]
		if !ok {
			return place{}, false
		}
		p = place{p.doc, p.path + "/" + escape(key), value}
	}
	return p, true
}

func escape(key string) string {
	return strings.ReplaceAll(strings.ReplaceAll(key, "~", "~0"), "/", "~1")
}

func (p place) has(key string) bool {
	_, ok := p.get(key)
	return ok
}

// object is the members under a keyword.
func (p place) object(key string) map[string]any {
	v, _ := p.get(key)
	object, _ := v.value.(map[string]any)
	return object
}

// list is the items under a keyword.
func (p place) list(key string) ([]place, bool) {
	v, _ := p.get(key)
	items, ok := v.value.([]any)
	list := make([]place, 0, len(items))
	for i, item := range items {
		list = append(list, place{p.doc, v.path + "/" + strconv.Itoa(i), item})
	}
	return list, ok
}

// words are the strings under a keyword.
func (p place) words(key string) []string {
	items, _ := p.list(key)
	var words []string
	for _, item := range items {
		if s, ok := item.value.(string); ok {
			words = append(words, s)
		}
	}
	return words
}

// keywords by which an untyped schema shows of what sort it is.
var keywordsOf = []struct {
	sort sort
	keys []string
}{
	{sortObject, []string{"properties", "required", "additionalProperties", "minProperties", "maxProperties", "patternProperties", "propertyNames", "dependencies", "dependentRequired", "dependentSchemas"}},
	{sortArray, []string{"items", "additionalItems", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains"}},
	{sortString, []string{"minLength", "maxLength", "pattern", "format"}},
	{sortNumber, []string{"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}},
}

// classOf sorts a schema. Each is sorted once.
func (s *jsonSchema) classOf(p place) (*class, error) {
	key := p.doc.name + "#" + p.path
	if c, ok := s.classes[key]; ok {
		return c, nil
	}
	if len(s.classes) >= maxClasses {
		return nil, fmt.Errorf("it holds more than %d schemas", maxClasses)
	}
	c := &class{at: p, sort: sortEmpty}
	s.classes[key] = c // before what it holds: that may lead back here
	return c, s.fill(c)
}

// maxClasses bounds how many schemas one document may hold.
const maxClasses = 100_000

func (s *jsonSchema) fill(c *class) error {
	switch v := c.at.value.(type) {
	case bool:
		if !v {
			c.sort = sortNever
		}
		return nil
	case map[string]any:
	default:
		return fmt.Errorf("at %s there must be a schema: an object, true or false", shownPath(c.at.path))
	}
	if link, ok := c.at.get("$ref"); ok {
		return s.follow(c, link)
	}
	parts, err := s.partsOf(c.at)
	if err != nil || len(parts) == 0 {
		return err
	}
	if len(parts) == 1 {
		*c = *parts[0]
		return nil
	}
	c.sort, c.rule, c.parts = sortCombined, "allOf", parts
	return nil
}

// follow makes a class of what a reference leads to. What stands beside "$ref"
// does not count, as in the drafts up to 7.
func (s *jsonSchema) follow(c *class, link place) error {
	text, ok := link.value.(string)
	if !ok {
		return fmt.Errorf("at %s there must be a text: where the schema is", shownPath(link.path))
	}
	target, err := s.resolve(c.at.doc, text)
	if err != nil {
		return err
	}
	c.from, err = s.classOf(target)
	return err
}

// plain is the class that references lead to at last; nil where they lead round.
func (c *class) plain() *class {
	for range maxDepth {
		if c.from == nil {
			return c
		}
		c = c.from
	}
	return nil
}

// partsOf are the classes of what one schema says, all of which must hold.
func (s *jsonSchema) partsOf(p place) ([]*class, error) {
	var parts []*class
	for _, rule := range []string{"allOf", "anyOf", "oneOf"} {
		if !p.has(rule) {
			continue
		}
		combined, err := s.combined(p, rule)
		if err != nil {
			return nil, err
		}
		parts = append(parts, combined)
	}
	for _, word := range []struct {
		key  string
		sort sort
	}{{"not", sortNot}, {"if", sortCondition}, {"enum", sortEnum}, {"const", sortConst}} {
		if p.has(word.key) {
			parts = append(parts, &class{sort: word.sort, at: p})
		}
	}
	return append(parts, typed(p)...), nil
}

func (s *jsonSchema) combined(p place, rule string) (*class, error) {
	c := &class{sort: sortCombined, rule: rule, at: p}
	items, ok := p.list(rule)
	if !ok {
		return nil, fmt.Errorf("at %s there must be a list of schemas", shownPath(p.path+"/"+rule))
	}
	for _, item := range items {
		part, err := s.classOf(item)
		if err != nil {
			return nil, err
		}
		c.parts = append(c.parts, part)
	}
	return c, nil
}

// typed are the classes that "type" names, or that the keywords are about.
func typed(p place) []*class {
	given, _ := p.get("type")
	switch t := given.value.(type) {
	case string:
		return []*class{ofType(p, t)}
	case []any:
		c := &class{sort: sortCombined, rule: "anyOf", at: p}
		for _, name := range t {
			if text, ok := name.(string); ok {
				c.parts = append(c.parts, ofType(p, text))
			}
		}
		if len(c.parts) == 1 {
			return c.parts
		}
		return []*class{c}
	}
	var parts []*class
	for _, sorted := range keywordsOf {
		if slices.ContainsFunc(sorted.keys, p.speaks) {
			parts = append(parts, &class{sort: sorted.sort, at: p})
		}
	}
	return parts
}

// speaks reports whether a schema says something by a keyword. In 2020-12 the
// registry passes over "properties" that lists none.
func (p place) speaks(key string) bool {
	v, ok := p.get(key)
	object, isObject := v.value.(map[string]any)
	return ok && (key != "properties" || !isObject || len(object) > 0 || !p.doc.newest())
}

// newest reports whether a document is written in 2020-12 or later.
func (d *jsonDocument) newest() bool {
	v, _ := d.root.get("$schema")
	text, _ := v.value.(string)
	return strings.Contains(text, "json-schema.org/draft/20") || strings.HasSuffix(strings.TrimSuffix(text, "#"), "json-schema.org/schema")
}

func ofType(p place, name string) *class {
	if name == "integer" {
		return &class{sort: sortNumber, at: p, whole: true}
	}
	return &class{sort: sort(name), at: p}
}

// below are all places where a schema may hold another, for reading all of it.
func below(p place) []place {
	var list []place
	for _, key := range []string{
		"additionalProperties", "additionalItems", "items", "contains", "propertyNames", "not", "if", "then", "else",
		"unevaluatedProperties", "unevaluatedItems",
	} {
		if v, ok := p.get(key); ok {
			if items, isList := p.list(key); isList {
				list = append(list, items...)
			} else {
				list = append(list, v)
			}
		}
	}
	for _, key := range []string{"allOf", "anyOf", "oneOf", "prefixItems"} {
		items, _ := p.list(key)
		list = append(list, items...)
	}
	for _, key := range []string{"properties", "patternProperties", "definitions", "$defs", "dependentSchemas", "dependencies"} {
		v, _ := p.get(key)
		for _, name := range slices.Sorted(maps.Keys(p.object(key))) {
			if q, _ := v.get(name); key != "dependencies" || isSchema(q.value) {
				list = append(list, q)
			}
		}
	}
	return list
}

func isSchema(value any) bool {
	switch value.(type) {
	case bool, map[string]any:
		return true
	}
	return false
}

func shownPath(path string) string {
	if path == "" {
		return "#/"
	}
	return "#" + path
}
