package schemadiff

import (
	"regexp"
	"slices"
)

// place is what the writer's schema says about one place of a message: all the
// parts of it that speak about that place, whichever of its choices is taken.
// It answers what the writer may put there by name; whether a value fits is for
// the schemas themselves. No parts at all means that anything may be there.
type place struct {
	parts []part
}

// at gathers the parts that speak about the same place as some.
func (c *question) at(roots []part) place {
	var parts []part
	seen := map[part]bool{}
	queue := slices.Clone(roots)
	for len(queue) > 0 && len(parts) < maxParts {
		p := c.deref(queue[0])
		queue = queue[1:]
		if seen[p] {
			continue
		}
		seen[p] = true
		w := c.words(p)
		if !w.plain {
			parts = append(parts, p)
		}
		queue = append(queue, w.refs...)
		queue = append(queue, w.all...)
		queue = append(queue, w.any...)
		queue = append(queue, w.one...)
		for _, q := range []*part{w.cond, w.yes, w.els} {
			if q != nil {
				queue = append(queue, *q)
			}
		}
		for _, q := range w.implied {
			queue = append(queue, q.part)
		}
	}
	if len(parts) >= maxParts {
		c.steps = 0 // what is left out could be written too: no answer
	}
	return place{parts}
}

// maxParts bounds how many schemas are looked at for one place.
const maxParts = 2000

// property returns the place below a name, and whether the writer may write it.
func (c *question) property(pl place, name string) (place, bool) {
	if len(pl.parts) == 0 {
		return place{}, true
	}
	var below []part
	declared := false
	for _, p := range pl.parts {
		w := c.words(p)
		matched := false
		for _, prop := range w.props {
			if prop.name == name {
				matched, below = true, append(below, prop.part)
			}
		}
		for _, pattern := range w.patterns {
			if c.matches(pattern.name, name) {
				matched, below = true, append(below, pattern.part)
			}
		}
		if !matched && w.additional != nil && w.open {
			matched, below = true, append(below, *w.additional)
		}
		declared = declared || matched || w.open
		if slices.Contains(w.required, name) {
			declared = true // who must write it may
		}
	}
	return c.at(below), declared
}

// item returns the place of an item.
func (c *question) item(pl place, i int) place {
	var below []part
	for _, p := range pl.parts {
		w := c.words(p)
		switch {
		case i < len(w.prefix):
			below = append(below, w.prefix[i])
		case w.items != nil:
			below = append(below, *w.items)
		}
		if w.contains != nil {
			below = append(below, *w.contains)
		}
	}
	return c.at(below)
}

// writes reports whether the writer may write a value that fits its schema:
// that all names in it are declared.
func (c *question) writes(pl place, value any) bool {
	switch v := value.(type) {
	case map[string]any:
		for name, below := range v {
			inner, ok := c.property(pl, name)
			if !ok || !c.writes(inner, below) {
				return false
			}
		}
	case []any:
		for i, below := range v {
			if !c.writes(c.item(pl, i), below) {
				return false
			}
		}
	}
	return true
}

// declaredNames are the names that the writer's schema mentions at a place.
func (c *question) declaredNames(pl place) []string {
	var names []string
	for _, p := range pl.parts {
		w := c.words(p)
		for _, prop := range w.props {
			names = append(names, prop.name)
		}
		names = append(names, w.required...)
	}
	return names
}

// declaredPatterns are the patterns of names that it mentions.
func (c *question) declaredPatterns(pl place) []string {
	var list []string
	for _, p := range pl.parts {
		for _, pattern := range c.words(p).patterns {
			list = append(list, pattern.name)
		}
	}
	return list
}

// matches reports whether a pattern is found in a text, as the validator says.
func (c *question) matches(pattern, s string) bool {
	re, ok := c.patterns[pattern]
	if !ok {
		re, _ = regexp.Compile(pattern)
		c.patterns[pattern] = re
	}
	if re == nil {
		return c.exotic(pattern, s)
	}
	return re.MatchString(s)
}
