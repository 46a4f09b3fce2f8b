package jsonschema

import "maps"

// evaluated notes which members and items of one value some schema has
// spoken of, for "unevaluatedProperties" and "unevaluatedItems" (JSON Schema
// 2020-12 core, section 11). It is kept only within schemas that have them.
type evaluated struct {
	allProperties bool
	properties    map[string]bool
	allItems      bool
	first         int // this many items
	items         map[int]bool
}

func (e *evaluated) property(name string) {
	if e.properties == nil {
		e.properties = map[string]bool{}
	}
	e.properties[name] = true
}

func (e *evaluated) item(index int) {
	if e.items == nil {
		e.items = map[int]bool{}
	}
	e.items[index] = true
}

// add takes over what a schema that holds for the same value has evaluated.
func (e *evaluated) add(o *evaluated) {
	e.allProperties = e.allProperties || o.allProperties
	e.allItems = e.allItems || o.allItems
	e.first = max(e.first, o.first)
	if e.properties == nil {
		e.properties = o.properties
	} else {
		maps.Copy(e.properties, o.properties)
	}
	if e.items == nil {
		e.items = o.items
	} else {
		maps.Copy(e.items, o.items)
	}
}

// same judges the same value by a further schema. What that has evaluated
// counts only where it holds.
func (r *run) same(c *checker, v any, e *evaluated) *fault {
	if e == nil {
		return r.check(c, v, nil)
	}
	var own evaluated
	f := r.check(c, v, &own)
	if f == nil {
		e.add(&own)
	}
	return f
}

// checkRest applies "unevaluatedProperties" and "unevaluatedItems".
func (r *run) checkRest(c *checker, v any, e *evaluated) *fault {
	var f *fault
	switch v := v.(type) {
	case map[string]any:
		if c.restProperties == nil {
			return nil
		}
		for name, member := range v {
			if !e.allProperties && !e.properties[name] {
				f = both(f, r.property(c.restProperties, member, name))
			}
			if f != nil && r.silent() {
				return f
			}
		}
		e.allProperties = true
	case []any:
		if c.restItems == nil {
			return nil
		}
		for i := e.first; i < len(v) && !e.allItems; i++ {
			if !e.items[i] {
				f = both(f, r.item(c.restItems, v[i], i))
			}
			if f != nil && r.silent() {
				return f
			}
		}
		e.allItems = true
	}
	return f
}
