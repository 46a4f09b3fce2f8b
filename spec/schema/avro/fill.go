package avro

import (
	"maps"
	"slices"
)

// maxFills bounds the places that one ApplyDefaults visits: defaults may hold
// records whose fields have defaults.
const maxFills = 100_000

// ApplyDefaults implements schema.Schema: fields that were left out and have a
// default are filled in, as readers would of one that was not written.
func (s *Schema) ApplyDefaults(value any) any {
	f := filler{left: maxFills, judge: judge{left: maxSteps}}
	return f.fill(s.Type, value, 0)
}

type filler struct {
	left  int
	judge judge
}

func (f *filler) fill(t *Type, value any, depth int) any {
	if f.left--; f.left < 0 || depth > maxDepth {
		return value
	}
	switch t.Kind {
	case Record:
		return f.record(t, value, depth)
	case Array:
		if list, ok := value.([]any); ok {
			list = slices.Clone(list)
			for i := range list {
				list[i] = f.fill(t.Items, list[i], depth+1)
			}
			return list
		}
	case Map:
		if object, ok := value.(map[string]any); ok {
			object = maps.Clone(object)
			for key := range object {
				object[key] = f.fill(t.Items, object[key], depth+1)
			}
			return object
		}
	case Union:
		return f.union(t, value, depth)
	}
	return value
}

func (f *filler) record(t *Type, value any, depth int) any {
	object, ok := value.(map[string]any)
	if !ok {
		return value
	}
	object = maps.Clone(object)
	for _, field := range t.Fields {
		item, there := object[field.Name]
		switch {
		case there:
			object[field.Name] = f.fill(field.Type, item, depth+1)
		case field.HasDefault:
			object[field.Name] = f.fill(field.Type, field.Default, depth+1)
		}
	}
	return object
}

func (f *filler) union(t *Type, value any, depth int) any {
	i, inner, ok := f.judge.pick(t, value, depth)
	if !ok {
		return value
	}
	object, isTag := value.(map[string]any)
	if tag, _ := tagOf(t, value); isTag && tag == i && f.judge.fits(t.Branches[i], object[firstKey(object)], depth) {
		return map[string]any{firstKey(object): f.fill(t.Branches[i], inner, depth+1)}
	}
	return f.fill(t.Branches[i], value, depth+1)
}
