package registrydiff

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

func (c *comparison) objects(x, y place, path string) []difference {
	return slices.Concat(
		c.required(x, y, path), c.properties(x, y, path), c.open(x, y, "additionalProperties", additional, path),
		c.dependencies(x, y, path),
		limits(x, y, "maxProperties", maxProperties, path), limits(x, y, "minProperties", minProperties, path))
}

// required looks only at properties that both declare: a name that is required
// and not declared is invisible to the registry.
func (c *comparison) required(x, y place, path string) []difference {
	was, is := x.words("required"), y.words("required")
	var list []difference
	for _, name := range slices.Sorted(maps.Keys(x.object("properties"))) {
		property, ok := y.get("properties", name)
		if !ok {
			continue
		}
		at := path + "/required/" + name
		switch before, now := slices.Contains(was, name), slices.Contains(is, name); {
		case before && !now:
			list = append(list, one(requiredRemoved, at)...)
		case !before && now && property.has("default"):
			list = append(list, one(requiredWithDefault, at)...)
		case !before && now:
			list = append(list, one(requiredAdded, at)...)
		}
	}
	return list
}

func (c *comparison) properties(x, y place, path string) []difference {
	names := map[string]bool{}
	for _, p := range []place{x, y} {
		for name := range p.object("properties") {
			names[name] = true
		}
	}
	var list []difference
	for _, name := range slices.Sorted(maps.Keys(names)) {
		a, hasA := x.get("properties", name)
		b, hasB := y.get("properties", name)
		at := path + "/properties/" + escape(name)
		switch {
		case hasA && hasB:
			list = append(list, c.places(&a, &b, at)...)
		case hasA:
			list = append(list, c.removed(a, y, name, at)...)
		default:
			list = append(list, c.added(x, y, b, name, at)...)
		}
	}
	return list
}

// content is what an object says of a property that it does not declare: open
// allows anything, rest is the schema for it, else it allows nothing.
func content(p place, name string) (open bool, rest *place) {
	patterns, _ := p.get("patternProperties")
	for _, text := range slices.Sorted(maps.Keys(p.object("patternProperties"))) {
		if p.doc.matches(text, name) {
			q, _ := patterns.get(text)
			return false, &q
		}
	}
	others := more(p, "additionalProperties")
	return others.any && len(p.object("patternProperties")) == 0, others.schema
}

// matches reports whether a pattern finds something in a name. A pattern of
// another dialect than Go's matches nothing.
func (d *jsonDocument) matches(pattern, name string) bool {
	expression, known := d.patterns[pattern]
	if !known {
		if len(pattern) <= maxPattern {
			expression, _ = regexp.Compile(pattern)
		}
		d.patterns[pattern] = expression
	}
	return expression != nil && expression.MatchString(name)
}

// maxPattern bounds the length of patterns that are looked into.
const maxPattern = 1000

func (c *comparison) removed(a, y place, name, at string) []difference {
	open, rest := content(y, name)
	switch {
	case open:
		return one(removedFromOpen, at)
	case rest != nil:
		list := c.places(&a, rest, at)
		if compatible(list) {
			return append(slices.Clone(list), one(removedCovered, at)...)
		}
		return append(slices.Clone(list), one(removedNotCovered, at)...)
	case a.value == false:
		return one(removedFalse, at)
	}
	return one(removedFromClosed, at)
}

func (c *comparison) added(x, y, b place, name, at string) []difference {
	required := slices.Contains(y.words("required"), name)
	open, rest := content(x, name)
	if open {
		switch {
		case required && b.has("default"):
			return one(addedDefaultOpen, at)
		case required:
			return one(addedRequiredOpen, at)
		case c.anything(b):
			return one(addedEmpty, at)
		}
		return one(addedOptionalOpen, at)
	}
	var list []difference
	if rest != nil {
		list = slices.Clone(c.places(rest, &b, at))
		if compatible(list) {
			list = append(list, one(addedCovered, at)...)
		} else {
			list = append(list, one(addedNotCovered, at)...)
		}
	}
	switch {
	case required && b.has("default"):
		return append(list, one(addedDefaultUnopen, at)...)
	case required:
		return append(list, one(addedRequiredUnopen, at)...)
	}
	return append(list, one(addedOptionalUnopen, at)...)
}

// anything reports whether a schema of the new version allows every value.
func (c *comparison) anything(p place) bool {
	class, err := c.new.classOf(p)
	if err != nil {
		c.fail(err)
		return false
	}
	plain := class.plain()
	return plain != nil && plain.sort == sortEmpty
}

// open compares what is said of more properties, or of more items.
func (c *comparison) open(x, y place, key string, f family, path string) []difference {
	a, b := more(x, key), more(y, key)
	at := path + "/" + key
	switch {
	case a.schema != nil && b.schema != nil:
		return c.places(a.schema, b.schema, at)
	case !a.any && a.schema == nil && (b.any || b.schema != nil):
		return one(f.added, at)
	case (a.any || a.schema != nil) && !b.any && b.schema == nil:
		return one(f.removed, at)
	case a.any && b.schema != nil:
		return one(f.narrower, at)
	case a.schema != nil && b.any:
		return one(f.wider, at)
	}
	return nil
}

// rest is what a schema says of more properties or items.
type rest struct {
	any    bool
	schema *place
}

// A schema that says nothing of "additional" ones may speak of "unevaluated".
func more(p place, key string) rest {
	v, ok := p.get(key)
	if !ok {
		v, ok = p.get(strings.NewReplacer("additional", "unevaluated", "items", "unevaluatedItems").Replace(key))
	}
	switch value := v.value.(type) {
	case map[string]any:
		return rest{schema: &v}
	case bool:
		return rest{any: value}
	}
	return rest{any: !ok}
}

// dependencies compares them in the forms of all drafts.
func (c *comparison) dependencies(x, y place, path string) []difference {
	var list []difference
	for _, key := range []string{"dependencies", "dependentRequired"} {
		list = append(list, c.dependentNames(x, y, key, path)...)
	}
	for _, key := range []string{"dependencies", "dependentSchemas"} {
		list = append(list, c.dependentSchemas(x, y, key, path)...)
	}
	return list
}

func both(x, y place, key string) []string {
	names := map[string]bool{}
	for _, p := range []place{x, y} {
		for name := range p.object(key) {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

func (c *comparison) dependentNames(x, y place, key, path string) []difference {
	var list []difference
	a, _ := x.get(key)
	b, _ := y.get(key)
	for _, name := range both(x, y, key) {
		_, hasA := a.list(name)
		_, hasB := b.list(name)
		old, new := wordSet(a.words(name)), wordSet(b.words(name))
		gone, extra := missing(old, new), missing(new, old)
		at := path + "/" + key + "/" + escape(name)
		switch {
		case !hasA && !hasB:
		case !hasA:
			list = append(list, one(dependencyArray.added, at)...)
		case !hasB:
			list = append(list, one(dependencyArray.removed, at)...)
		case gone && extra:
			list = append(list, one(dependencyArray.changed, at)...)
		case extra:
			list = append(list, one(dependencyArray.narrower, at)...)
		case gone:
			list = append(list, one(dependencyArray.wider, at)...)
		}
	}
	return list
}

func wordSet(words []string) map[string]bool {
	set := map[string]bool{}
	for _, word := range words {
		set[word] = true
	}
	return set
}

func (c *comparison) dependentSchemas(x, y place, key, path string) []difference {
	var list []difference
	a, _ := x.get(key)
	b, _ := y.get(key)
	for _, name := range both(x, y, key) {
		p, hasA := a.get(name)
		q, hasB := b.get(name)
		hasA, hasB = hasA && isSchema(p.value), hasB && isSchema(q.value)
		at := path + "/" + key + "/" + escape(name)
		switch {
		case hasA && hasB:
			list = append(list, c.places(&p, &q, at)...)
		case hasB:
			list = append(list, one(dependencySchema.added, at)...)
		case hasA:
			list = append(list, one(dependencySchema.removed, at)...)
		}
	}
	return list
}
