package avro

import (
	"errors"
	"slices"
	"sync"
)

// maxPairs bounds how many pairs of types one resolution looks at.
const maxPairs = 100_000

// ErrTooManyPairs says that two schemas are too large to be compared.
var ErrTooManyPairs = errors.New("the two schemas have too many pairs of types to be compared")

// Resolution is what a reader of one schema can make of what was written by
// another (specification, "Schema Resolution"). It is safe for concurrent use.
type Resolution struct {
	Reader, Writer *Schema
	// Mismatches are all the reasons why some of what the writer may write
	// cannot be read, those nearest to the root first, at most MaxMismatches.
	Mismatches []Mismatch

	pairs map[pair]*relation
	// heights are those of the writer's types, for witnesses.
	heights func() heights
}

// MaxMismatches bounds how many mismatches one resolution tells.
const MaxMismatches = 200

// Resolve holds a reader's schema against a writer's. The answer is that of the
// specification and of Java's SchemaCompatibility, but that all mismatches are
// told, also those of decimals, which Java does not look at.
func Resolve(reader, writer *Schema) (*Resolution, error) {
	r := &Resolution{
		Reader: reader, Writer: writer, pairs: map[pair]*relation{},
		heights: sync.OnceValue(func() heights { return heightsOf(writer.Type) }),
	}
	if err := r.explore(); err != nil {
		return nil, err
	}
	r.spread()
	r.collect()
	return r, nil
}

// Readable reports whether all that the writer may write can be read.
func (r *Resolution) Readable() bool { return !r.pairs[pair{r.Reader.Type, r.Writer.Type}].bad }

type pair struct{ reader, writer *Type }

// relation is what a pair of types asks for. It holds until something is found
// that makes it bad, so that types which hold themselves are readable unless
// something else is wrong with them.
type relation struct {
	own  []Mismatch // what is wrong with the pair itself
	all  []link     // pairs that must hold
	any  []link     // pairs of which one must hold, where choice is set
	open int        // how many of any hold
	// choice says that the reader is a union.
	choice bool
	bad    bool
	users  []pair
}

// link leads from one pair to another, by a part of the value.
type link struct {
	to   pair
	step step
}

// step is one step through a value as the writer writes it.
type step struct {
	kind stepKind
	// name is the field's in the writer, reader its index in the reader.
	name   string
	reader int
	branch int
}

type stepKind uint8

const (
	sameStep  stepKind = iota // a branch of the reader's union
	fieldStep                 // a field of a record
	itemStep                  // an item of an array
	entryStep                 // a value of a map
	writerStep
)

// explore finds every pair that is met.
func (r *Resolution) explore() error {
	queue := []pair{{r.Reader.Type, r.Writer.Type}}
	r.pairs[queue[0]] = nil
	for len(queue) > 0 {
		p := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		rel := relate(p)
		r.pairs[p] = rel
		for _, l := range slices.Concat(rel.all, rel.any) {
			if _, seen := r.pairs[l.to]; !seen {
				r.pairs[l.to] = nil
				queue = append(queue, l.to)
			}
		}
		if len(r.pairs) > maxPairs {
			return ErrTooManyPairs
		}
	}
	for p, rel := range r.pairs {
		for _, l := range slices.Concat(rel.all, rel.any) {
			r.pairs[l.to].users = append(r.pairs[l.to].users, p)
		}
	}
	return nil
}

// relate says what one pair asks for.
func relate(p pair) *relation {
	a, b := p.reader, p.writer
	rel := &relation{}
	switch {
	case b.Kind == Union:
		for i, branch := range b.Branches {
			rel.all = append(rel.all, link{pair{a, branch}, step{kind: writerStep, branch: i}})
		}
	case a.Kind == Union:
		rel.choice = true
		for i, branch := range a.Branches {
			if matches(branch, b) {
				rel.any = append(rel.any, link{pair{branch, b}, step{branch: i}})
			}
		}
		rel.open = len(rel.any)
		rel.bad = rel.open == 0
	case a.Kind == b.Kind:
		rel.sameKind(a, b)
	case !promotes(b.Kind, a.Kind):
		rel.own = append(rel.own, mismatch(TypeMismatch, a, b))
	}
	rel.bad = rel.bad || len(rel.own) > 0
	return rel
}

// matches reports whether a type answers to another by its kind and name, which
// is how a branch of a reader's union is found.
func matches(reader, writer *Type) bool {
	if reader.Kind != writer.Kind {
		return promotes(writer.Kind, reader.Kind)
	}
	return !reader.Kind.Named() || sameName(reader, writer)
}

// sameName reports whether a reader's named type is a writer's: by the name
// without its namespace, or by an alias (specification, "Aliases").
func sameName(reader, writer *Type) bool {
	return short(reader.Name) == short(writer.Name) || slices.Contains(reader.Aliases, writer.Name)
}

// promotes reports whether what is written as one kind is read as another.
func promotes(from, to Kind) bool {
	switch from {
	case Int:
		return to == Long || to == Float || to == Double
	case Long:
		return to == Float || to == Double
	case Float:
		return to == Double
	case String:
		return to == Bytes
	case Bytes:
		return to == String
	}
	return false
}

func (rel *relation) sameKind(a, b *Type) {
	if a.Kind.Named() && !sameName(a, b) {
		rel.own = append(rel.own, mismatch(NameMismatch, a, b))
	}
	switch a.Kind {
	case Record:
		rel.records(a, b)
	case Enum:
		rel.symbols(a, b)
	case Fixed:
		if a.Size != b.Size {
			rel.own = append(rel.own, mismatch(FixedSizeMismatch, a, b))
		}
	case Array:
		rel.all = append(rel.all, link{pair{a.Items, b.Items}, step{kind: itemStep}})
	case Map:
		rel.all = append(rel.all, link{pair{a.Items, b.Items}, step{kind: entryStep}})
	}
	if a.Logical == Decimal && b.Logical == Decimal && (a.Precision != b.Precision || a.Scale != b.Scale) {
		rel.own = append(rel.own, mismatch(DecimalMismatch, a, b))
	}
}

func (rel *relation) records(a, b *Type) {
	for i, f := range a.Fields {
		from := writerFields(b, f)
		switch {
		case len(from) == 1:
			rel.all = append(rel.all, link{pair{f.Type, from[0].Type}, step{kind: fieldStep, name: from[0].Name, reader: i}})
		case len(from) > 1:
			m := mismatch(AmbiguousField, a, b)
			m.Field, m.reader, m.Index = f, f.Node, i
			m.Names = []string{from[0].Name, from[1].Name}
			rel.own = append(rel.own, m)
		case !f.HasDefault:
			m := mismatch(MissingDefault, a, b)
			m.Field, m.reader, m.Index = f, f.Node, i
			m.Names = []string{f.Name}
			rel.own = append(rel.own, m)
		}
	}
}

// writerFields are the fields of a writer's record that a reader's field stands
// for, by its name and its aliases.
func writerFields(writer *Type, f *Field) []*Field {
	var list []*Field
	for _, name := range append([]string{f.Name}, f.Aliases...) {
		if from := writer.Field(name); from != nil {
			list = append(list, from)
		}
	}
	return list
}

func (rel *relation) symbols(a, b *Type) {
	if a.Default != "" {
		return
	}
	m := mismatch(MissingEnumSymbols, a, b)
	for _, s := range b.Symbols {
		if a.Symbol(s) < 0 {
			m.Names = append(m.Names, s)
		}
	}
	if len(m.Names) > 0 {
		rel.own = append(rel.own, m)
	}
}

// spread makes bad what asks for something bad.
func (r *Resolution) spread() {
	var queue []pair
	for p, rel := range r.pairs {
		if rel.bad {
			queue = append(queue, p)
		}
	}
	for len(queue) > 0 {
		p := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		for _, user := range r.pairs[p].users {
			rel := r.pairs[user]
			if rel.bad {
				continue
			}
			if rel.choice {
				rel.open--
			}
			if !rel.choice || rel.open == 0 {
				rel.bad = true
				queue = append(queue, user)
			}
		}
	}
}
