package jsonschema

import (
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/weft-dev/weft/text/tree"
)

// Sampling is search: a value is made from what the schema says piece by
// piece, judged as a whole, and made again in another way where it does not
// fit. Most schemas are met at the first attempt.
const (
	sampleAttempts = 80
	sampleNodes    = 5000 // values in one sample, at most
	sampleDepth    = 60   // levels, at most
	// sampleWork is how many schemas are looked at in all attempts together, a
	// long enumeration counting as several.
	sampleWork    = 200_000
	sampleShallow = 4 // levels below which only what is required is made
)

// Sample implements schema.Schema. Examples written in the schema come first,
// then constants, defaults and enumerations, then data made from types,
// formats and limits.
func (s *Schema) Sample(seed uint64) (any, error) {
	work := sampleWork
	attempts := 0
	for attempt := range uint64(sampleAttempts) {
		if work <= 0 {
			break
		}
		attempts++
		value, ok := s.attempt(seed, attempt, &work)
		if !ok {
			continue
		}
		switch err := s.fits(value); {
		case err == nil:
			return value, nil
		case errors.Is(err, errTooMany):
			return nil, &Error{Node: s.root.node, Message: "no value that fits could be made: judging one would take too many steps"}
		}
	}
	return nil, &Error{Node: s.root.node, Message: fmt.Sprintf(
		"no value that fits could be made in %d attempts: give the schema an example", attempts)}
}

func (s *Schema) attempt(seed, attempt uint64, work *int) (any, bool) {
	s.set.mu.Lock()
	defer s.set.mu.Unlock()
	rng := rand.New(rand.NewPCG(seed, attempt))
	m := &maker{set: s.set, rng: rng, seed: seed, left: sampleNodes, work: work, heights: map[*tree.Node]int{}}
	switch {
	case attempt == 0:
		m.examples, m.optional = 1, 1
	case attempt == 1:
		m.optional = 1
	case attempt < sampleAttempts/2:
		m.examples, m.optional = rng.Float64(), rng.Float64()
	default:
		m.examples, m.optional, m.spoil = 0.3, 0, attempt%2 == 0
	}
	value := m.make([]*tree.Node{s.root.node}, 0)
	return value, !m.failed
}

// maker makes one candidate.
type maker struct {
	set  *Set
	rng  *rand.Rand
	seed uint64
	left int
	work *int // what is left of sampleWork
	// examples and optional are how likely it is that an example written in
	// the schema is taken, and that a property is made which need not be.
	examples, optional float64
	// spoil asks for objects that break the forms of a choice not taken.
	spoil   bool
	failed  bool
	heights map[*tree.Node]int
}

func (m *maker) chance(p float64) bool { return m.rng.Float64() < p }

func (m *maker) fail() any {
	m.failed = true
	return nil
}

// make makes a value that fits all the schemas at once.
func (m *maker) make(nodes []*tree.Node, depth int) any {
	m.left--
	if m.left < 0 || *m.work < 0 || depth > sampleDepth || m.failed {
		return m.fail()
	}
	w := newWants()
	for _, n := range nodes {
		m.gather(w, n, depth, 0)
	}
	if w.never || m.failed {
		return m.fail()
	}
	if len(w.examples) > 0 && m.chance(m.examples) {
		return w.examples[int(m.seed%uint64(len(w.examples)))].Value()
	}
	if w.listed {
		return m.fromList(w)
	}
	if w.def != nil && m.chance(m.examples/2) {
		return w.def.Value()
	}
	return m.byType(w, depth)
}

func (m *maker) fromList(w *wants) any {
	if len(w.values) == 0 {
		return m.fail()
	}
	return w.values[m.rng.IntN(len(w.values))].Value()
}

func (m *maker) byType(w *wants, depth int) any {
	switch m.pickType(w) {
	case "object":
		return m.object(w, depth)
	case "array":
		return m.array(w, depth)
	case "string":
		return m.text(w)
	case "integer":
		return m.number(w, true)
	case "number":
		return m.number(w, false)
	case "boolean":
		return m.rng.IntN(2) == 0
	case "null":
		return nil
	}
	return m.fail()
}

// pickType chooses the kind of value: the one that the schema's other
// keywords speak of where several are allowed, and null only for variety.
func (m *maker) pickType(w *wants) string {
	hint := w.hint()
	if w.types == nil {
		if hint == "" {
			return "string"
		}
		return hint
	}
	if w.types[hint] && !m.chance(0.1) {
		return hint
	}
	var list []string
	for _, t := range []string{"object", "array", "string", "integer", "number", "boolean"} {
		if w.types[t] {
			list = append(list, t)
		}
	}
	if w.types["null"] && (len(list) == 0 || m.chance(0.1)) {
		return "null"
	}
	if len(list) == 0 {
		return ""
	}
	return list[m.rng.IntN(len(list))]
}
