package avro

import (
	"strconv"
)

// Decode reads bytes that were written by the writer's schema as a value of the
// reader's: fields are found by name and alias, those that were not written are
// filled in from defaults, and numbers and texts are promoted. That some of
// what the writer may write cannot be read does not keep what can from it.
func (r *Resolution) Decode(data []byte) (any, error) {
	return r.DecodeWith(data, DecodeOptions{})
}

// DecodeWith is Decode in another form.
func (r *Resolution) DecodeWith(data []byte, opt DecodeOptions) (any, error) {
	p := &projector{decoder: newDecoder(data, opt), pairs: r.pairs}
	v, err := p.read(r.Reader.Type, r.Writer.Type)
	if err != nil {
		return nil, err
	}
	return v, p.end()
}

// projector reads what one type wrote as another.
type projector struct {
	*decoder
	pairs map[pair]*relation
}

func (p *projector) read(a, b *Type) (any, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, p.fail("the value is nested too deeply")
	}
	defer func() { p.depth-- }()
	start := p.at
	v, err := p.byKind(a, b)
	if err != nil {
		return nil, err
	}
	return v, p.count(start)
}

func (p *projector) byKind(a, b *Type) (any, error) {
	switch {
	case b.Kind == Union:
		i, err := p.branch(b)
		if err != nil {
			return nil, err
		}
		return p.read(a, b.Branches[i])
	case a.Kind == Union:
		i := p.choose(a, b)
		if i < 0 {
			m := mismatch(MissingUnionBranch, a, b)
			return nil, p.fail("%s", m.words())
		}
		v, err := p.read(a.Branches[i], b)
		if err != nil {
			return nil, err
		}
		return p.union(a, i, v), nil
	}
	for _, m := range relate(pair{a, b}).own {
		// Which symbol was written is not known yet.
		if m.Kind != MissingEnumSymbols {
			return nil, p.fail("%s", m.words())
		}
	}
	return p.same(a, b)
}

// choose finds the branch of a reader's union: one that can be read into, of
// the same kind rather than by a promotion; or else one of the same name.
func (p *projector) choose(a, b *Type) int {
	promoted, named := -1, -1
	for i, branch := range a.Branches {
		if !matches(branch, b) {
			continue
		}
		rel := p.pairs[pair{branch, b}]
		fits := rel != nil && !rel.bad
		switch {
		case fits && branch.Kind == b.Kind:
			return i
		case fits && promoted < 0:
			promoted = i
		case branch.Kind == b.Kind && named < 0:
			named = i
		}
	}
	if promoted >= 0 {
		return promoted
	}
	return named
}

func (p *projector) same(a, b *Type) (any, error) {
	switch {
	case b.Kind == Record:
		return p.record(a, b)
	case b.Kind == Array:
		list := []any{}
		err := p.blocks(func() error {
			v, err := p.part(strconv.Itoa(len(list)), a.Items, b.Items)
			list = append(list, v)
			return err
		})
		return list, err
	case b.Kind == Map:
		object := map[string]any{}
		err := p.blocks(func() error {
			key, err := p.bytes()
			if err != nil {
				return err
			}
			object[string(key)], err = p.part(string(key), a.Items, b.Items)
			return err
		})
		return object, err
	}
	c, err := p.cell(b)
	if err != nil {
		return nil, err
	}
	if b.Kind == Enum {
		return p.symbol(a, b.Symbols[c.i])
	}
	if (b.Kind == Int || b.Kind == Long) && (a.Kind == Float || a.Kind == Double) {
		c.f = float64(c.i)
		if a.Kind == Float {
			c.f = float64(float32(c.i))
		}
	}
	return p.plain(a, c)
}

func (p *projector) part(name string, a, b *Type) (any, error) {
	p.path = append(p.path, name)
	v, err := p.read(a, b)
	if err != nil {
		return nil, err
	}
	p.path = p.path[:len(p.path)-1]
	return v, nil
}

func (p *projector) symbol(a *Type, symbol string) (any, error) {
	switch {
	case a.Symbol(symbol) >= 0:
		return symbol, nil
	case a.Default != "":
		return a.Default, nil
	}
	return nil, p.fail("%s", a.noSymbol(symbol))
}

func (p *projector) record(a, b *Type) (any, error) {
	target := make(map[string]*Field, len(a.Fields))
	object := make(map[string]any, len(a.Fields))
	fill := filler{left: maxFills, judge: judge{left: maxSteps}}
	for _, f := range a.Fields {
		if from := writerFields(b, f); len(from) > 0 {
			target[from[0].Name] = f
		} else {
			object[f.Name] = fill.fill(f.Type, f.Default, 0)
		}
	}
	for _, from := range b.Fields {
		f := target[from.Name]
		if f == nil {
			if _, err := p.part(from.Name, from.Type, from.Type); err != nil {
				return nil, err
			}
			continue
		}
		v, err := p.part(f.Name, f.Type, from.Type)
		if err != nil {
			return nil, err
		}
		object[f.Name] = v
	}
	return object, nil
}
