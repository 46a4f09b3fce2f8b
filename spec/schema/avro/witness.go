package avro

import (
	"errors"
	"fmt"
	"math/rand/v2"
)

// Size is how many types the writer's schema has, which is what making a
// witness costs.
func (r *Resolution) Size() int { return len(r.heights()) }

// Witness makes a value that the writer may write and the reader cannot read,
// because of one of the mismatches. Whoever shows it should check it first:
// encode it by the writer, and see that the resolution does not decode it.
func (r *Resolution) Witness(m *Mismatch) (any, error) {
	w := &sampler{rng: rand.New(rand.NewPCG(1, 0x77)), left: sampleNodes / 10, heights: r.heights()}
	if w.heights[r.Writer.Type] == endless {
		return nil, errors.New("no value of the writer's schema ends")
	}
	way := m.way
	if len(m.Causes) > 0 {
		way = m.Causes[0].way
		return w.along(r.Writer.Type, way, &m.Causes[0], "")
	}
	return w.along(r.Writer.Type, way, m, "")
}

// along makes a value that has in it what lies at the end of a way.
func (m *sampler) along(t *Type, way []step, end *Mismatch, name string) (any, error) {
	if len(way) == 0 {
		return m.final(t, end, name)
	}
	next := way[0]
	switch next.kind {
	case sameStep:
		return m.along(t, way[1:], end, name)
	case itemStep:
		v, err := m.along(t.Items, way[1:], end, singular(name))
		return []any{v}, err
	case entryStep:
		v, err := m.along(t.Items, way[1:], end, name)
		return map[string]any{mapKeys[0]: v}, err
	case writerStep:
		v, err := m.along(t.Branches[next.branch], way[1:], end, name)
		m.judge.left = maxSteps
		return m.judge.tagged(t, next.branch, v), err
	case fieldStep:
	}
	object := make(map[string]any, len(t.Fields))
	for _, f := range t.Fields {
		v, err := m.fieldAlong(f, way, end)
		if err != nil {
			return nil, err
		}
		object[f.Name] = v
	}
	return object, nil
}

func (m *sampler) fieldAlong(f *Field, way []step, end *Mismatch) (any, error) {
	if f.Name == way[0].name {
		return m.along(f.Type, way[1:], end, f.Name)
	}
	return m.value(f.Type, f.Name, sampleDepth-1)
}

// final makes what the mismatch is about.
func (m *sampler) final(t *Type, end *Mismatch, name string) (any, error) {
	if end.Kind == MissingEnumSymbols {
		if t.Kind != Enum || len(end.Names) == 0 {
			return nil, fmt.Errorf("there is no enum at %s", end.At)
		}
		return end.Names[0], nil
	}
	return m.value(t, name, sampleDepth-1)
}
