package avro

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/weft-dev/weft/text/tree"
)

// MismatchKind is a kind of reason why a reader cannot read a writer. The
// names are those of Java's SchemaCompatibility, which registries answer with.
type MismatchKind string

// The kinds.
const (
	NameMismatch       MismatchKind = "NAME_MISMATCH"
	FixedSizeMismatch  MismatchKind = "FIXED_SIZE_MISMATCH"
	MissingEnumSymbols MismatchKind = "MISSING_ENUM_SYMBOLS"
	MissingDefault     MismatchKind = "READER_FIELD_MISSING_DEFAULT_VALUE"
	TypeMismatch       MismatchKind = "TYPE_MISMATCH"
	MissingUnionBranch MismatchKind = "MISSING_UNION_BRANCH"
	// DecimalMismatch is of decimals that do not have the same precision and
	// scale. The specification asks for it; Java does not look, and reads
	// another number.
	DecimalMismatch MismatchKind = "DECIMAL_MISMATCH"
	// AmbiguousField is of a reader's field that answers, by its name and
	// aliases, to several of the writer's. Java throws an exception.
	AmbiguousField MismatchKind = "AMBIGUOUS_FIELD"
)

// ByRegistry reports whether a registry built on Java's library sees mismatches
// of the kind.
func (k MismatchKind) ByRegistry() bool { return k != DecimalMismatch }

// Mismatch is one reason why some of what a writer may write cannot be read.
type Mismatch struct {
	Kind MismatchKind
	// Message says it in words, and begins with the part of the value.
	Message string
	// At is the part of the value: "", ".items[].price", ".tags.*".
	At string
	// ReaderPath is the place in the reader's schema as Java tells it:
	// "/fields/0/type/items". It is "/" at the root.
	ReaderPath string
	// Reader and Writer are the types that do not fit.
	Reader, Writer *Type
	// Field is the reader's field that it is about, and Index its place, for
	// those about a field.
	Field *Field
	Index int
	// Names are the symbols that the reader does not know, or the fields of
	// which one is missing or two are too many.
	Names []string
	// Causes say, for a branch that is missing, what is wrong with the one
	// that was probably meant.
	Causes []Mismatch

	reader *tree.Node
	way    []step
}

// ReaderNode and WriterNode are the places in the two schemas.
func (m *Mismatch) ReaderNode() *tree.Node {
	if m.reader != nil {
		return m.reader
	}
	return m.Reader.Node
}

// WriterNode is the place in the writer's schema.
func (m *Mismatch) WriterNode() *tree.Node { return m.Writer.Node }

func mismatch(kind MismatchKind, reader, writer *Type) Mismatch {
	return Mismatch{Kind: kind, Reader: reader, Writer: writer}
}

// visit is a pair on the way from the root.
type visit struct {
	at   pair
	from *visit
	step step
}

// collect tells what is bad, by the shortest way to each pair.
func (r *Resolution) collect() {
	root := pair{r.Reader.Type, r.Writer.Type}
	if r.pairs[root].bad {
		r.Mismatches = r.below(&visit{at: root}, map[pair]bool{}, MaxMismatches, 0)
	}
}

// maxCauses bounds how many unions in one another are looked into for a cause.
const maxCauses = 8

// below tells what is bad from a pair on. Each pair is looked at once, in the
// end, however many ways lead to it: those behind a reader's union last, since
// what is wrong there is only the cause that no branch fits.
func (r *Resolution) below(start *visit, seen map[pair]bool, most, depth int) []Mismatch {
	var list []Mismatch
	var choices []*visit
	queue := []*visit{start}
	seen[start.at] = true
	for len(queue) > 0 && len(list) < most {
		v := queue[0]
		queue = queue[1:]
		rel := r.pairs[v.at]
		for _, m := range rel.own {
			list = append(list, m.on(v))
		}
		if rel.choice {
			choices = append(choices, v)
			continue
		}
		for _, l := range rel.all {
			if r.pairs[l.to].bad && !seen[l.to] {
				seen[l.to] = true
				queue = append(queue, &visit{at: l.to, from: v, step: l.step})
			}
		}
	}
	for _, v := range choices {
		rel := r.pairs[v.at]
		// What is wrong with a type that holds itself is told once.
		if len(list) < most && !slices.ContainsFunc(rel.any, func(l link) bool { return seen[l.to] }) {
			list = append(list, r.noBranch(v, rel, seen, depth))
		}
	}
	slices.SortStableFunc(list, func(a, b Mismatch) int { return cmp.Compare(len(a.way), len(b.way)) })
	return list[:min(len(list), most)]
}

// noBranch is about a reader's union of which no branch can be read into.
func (r *Resolution) noBranch(v *visit, rel *relation, seen map[pair]bool, depth int) Mismatch {
	m := mismatch(MissingUnionBranch, v.at.reader, v.at.writer)
	for _, l := range rel.any {
		if depth < maxCauses && l.to.reader.Kind == l.to.writer.Kind {
			m.Causes = r.below(&visit{at: l.to, from: v, step: l.step}, seen, 10, depth+1)
			break
		}
	}
	return m.on(v)
}

// maxWay bounds how far from the root a mismatch is told in full.
const maxWay = 200

// on tells a mismatch at the place that was come to.
func (m Mismatch) on(v *visit) Mismatch {
	var way []*visit
	for ; v.from != nil && len(way) < maxWay; v = v.from {
		way = append(way, v)
	}
	slices.Reverse(way)
	var at, path strings.Builder
	for _, w := range way {
		m.way = append(m.way, w.step)
		switch w.step.kind {
		case fieldStep:
			f := w.from.at.reader.Fields[w.step.reader]
			at.WriteString("." + shorten(f.Name))
			fmt.Fprintf(&path, "/fields/%d/type", w.step.reader)
		case itemStep:
			at.WriteString("[]")
			path.WriteString("/items")
		case entryStep:
			at.WriteString(".*")
			path.WriteString("/values")
		case writerStep:
			if w.from.at.reader.Kind == Union {
				path.WriteString("/" + strconv.Itoa(w.step.branch))
			}
		case sameStep:
		}
	}
	m.At = at.String()
	m.ReaderPath = cmp.Or(path.String()+m.pathEnd(), "/")
	m.Message = m.words()
	if name := strings.TrimPrefix(m.At, "."); name != "" {
		m.Message = name + ": " + m.Message
	}
	return m
}

// pathEnd is what Java adds to the place of a type.
func (m *Mismatch) pathEnd() string {
	switch m.Kind {
	case NameMismatch:
		return "/name"
	case FixedSizeMismatch:
		return "/size"
	case MissingEnumSymbols:
		return "/symbols"
	case MissingDefault, AmbiguousField:
		return "/fields/" + strconv.Itoa(m.Index)
	}
	return ""
}

func (m *Mismatch) words() string {
	a, b := m.Reader, m.Writer
	switch m.Kind {
	case NameMismatch:
		return fmt.Sprintf("the reader knows the %s, and the writer writes the %s; an alias of the reader would bring them together", a, b)
	case FixedSizeMismatch:
		return fmt.Sprintf("the reader takes %s, and the writer writes %s", count(a.Size, "byte"), count(b.Size, "byte"))
	case MissingEnumSymbols:
		return fmt.Sprintf("the writer may write %s, which the reader's %s does not have, nor a default", some(m.Names), a)
	case MissingDefault:
		return fmt.Sprintf("the reader asks for the field %s, which the writer does not write and which has no default", quote(m.Field.Name))
	case AmbiguousField:
		return fmt.Sprintf("the reader's field %s stands for %s of the writer, by its name and its aliases", quote(m.Field.Name), some(m.Names))
	case MissingUnionBranch:
		return m.branchWords()
	case DecimalMismatch:
		return fmt.Sprintf("the reader takes decimals of %d digits with %d after the point, and the writer writes %d with %d, so that another number would be read",
			a.Precision, a.Scale, b.Precision, b.Scale)
	case TypeMismatch:
	}
	return fmt.Sprintf("the reader takes %s, and the writer writes %s", article(a.String()), article(b.String()))
}

func (m *Mismatch) branchWords() string {
	text := fmt.Sprintf("the writer may write %s, for which the reader's %s has no branch", article(m.Writer.String()), m.Reader)
	if len(m.Causes) > 0 {
		text += " that fits: " + m.Causes[0].Message
	}
	return text
}

// some names a few of many.
func some(names []string) string {
	const shown = 5
	list := make([]string, 0, shown+1)
	for _, n := range names[:min(len(names), shown)] {
		list = append(list, quote(n))
	}
	if more := len(names) - len(list); more > 0 {
		list = append(list, fmt.Sprintf("%d others", more))
	}
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	last := len(list) - 1
	return strings.Join(list[:last], ", ") + " and " + list[last]
}
