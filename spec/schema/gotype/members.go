package gotype

import (
	"cmp"
	"go/token"
	"reflect"
	"slices"
	"strings"
	"unicode"
)

// Member is a field as encoding/json writes it.
type Member struct {
	// Name is that in JSON.
	Name string
	*Field
	// Optional says that it is left out where it is nil or zero.
	Optional bool
	// Quoted says that a number or bool of it is written in a string.
	Quoted bool

	tagged bool
	path   []int // the indexes of the fields that lead to it
}

// maxMembers bounds the members of one struct, with those of what it embeds.
const maxMembers = 10_000

// Members are the members of an object that a struct is in JSON, in their
// order: those of structs that it embeds are its own, and where several have
// one name the nearest wins, or one with a tag, or none. Keys are the keys of
// tags that may name a member, the first that does wins: "avro", "json".
func Members(t *Type, keys ...string) []Member {
	w := embedding{keys: append(keys, "json"), seen: map[*Type]bool{t: true}}
	for level := []embedded{{t: t}}; len(level) > 0; {
		level = w.level(level)
	}
	return w.visible()
}

// embedding goes through what a struct embeds, level by level.
type embedding struct {
	keys  []string
	seen  map[*Type]bool
	found []Member
	next  []embedded
}

// embedded is a struct within another.
type embedded struct {
	t        *Type
	optional bool // it is embedded by a pointer
	twice    bool // more than once at its level: its members hide one another
	path     []int
}

func (w *embedding) level(structs []embedded) []embedded {
	w.next = nil
	for _, e := range structs {
		for i, f := range e.t.Fields {
			if len(w.found) < maxMembers {
				w.field(e, f, append(slices.Clone(e.path), i))
			}
		}
	}
	return w.next
}

func (w *embedding) field(e embedded, f *Field, path []int) {
	tag := reflect.StructTag(f.Tag)
	said := tag.Get("json")
	if said == "-" {
		return
	}
	_, options, _ := strings.Cut(said, ",")
	m := Member{Field: f, Name: w.name(tag), path: path, Optional: e.optional}
	m.tagged = m.Name != ""
	inner := f.Type.Deref()
	if f.Embedded && !m.tagged && inner.Kind == Struct {
		w.embed(embedded{t: inner, optional: e.optional || f.Type.Kind == Pointer, twice: e.twice, path: path})
		return
	}
	if !token.IsExported(f.Name) {
		return
	}
	m.Name = cmp.Or(m.Name, f.Name)
	for option := range strings.SplitSeq(options, ",") {
		switch option {
		case "omitempty":
			m.Optional = m.Optional || f.Type.canBeEmpty()
		case "omitzero":
			m.Optional = true
		case "string":
			m.Quoted = f.Type.Deref().quotable()
		}
	}
	w.found = append(w.found, m)
	if e.twice {
		w.found = append(w.found, m)
	}
}

func (w *embedding) embed(e embedded) {
	for i := range w.next {
		if w.next[i].t == e.t {
			w.next[i].twice = true
			return
		}
	}
	if !w.seen[e.t] {
		w.seen[e.t] = true
		w.next = append(w.next, e)
	}
}

// name is what a tag calls a member, or "".
func (w *embedding) name(tag reflect.StructTag) string {
	for _, key := range w.keys {
		name, _, _ := strings.Cut(tag.Get(key), ",")
		switch {
		case name == "", key == "json" && !sayable(name), key != "json" && name == "-":
		default:
			return name
		}
	}
	return ""
}

// sayable is whether encoding/json takes a name from a tag.
func sayable(name string) bool {
	return strings.IndexFunc(name, func(r rune) bool {
		return !strings.ContainsRune("!#$%&()*+-./:;<=>?@[]^_{|}~ ", r) && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}) < 0
}

// visible are the members that no other of their name hides.
func (w *embedding) visible() []Member {
	best := map[string]Member{}
	tie := map[string]bool{}
	for _, m := range w.found {
		b, there := best[m.Name]
		switch {
		case !there, len(m.path) == len(b.path) && m.tagged && !b.tagged:
			best[m.Name], tie[m.Name] = m, false
		case len(m.path) == len(b.path) && m.tagged == b.tagged:
			tie[m.Name] = true
		}
	}
	list := slices.DeleteFunc(slices.Clone(w.found), func(m Member) bool {
		return tie[m.Name] || best[m.Name].Field != m.Field
	})
	slices.SortStableFunc(list, func(a, b Member) int { return slices.Compare(a.path, b.path) })
	return list
}

// canBeEmpty reports whether "omitempty" ever leaves a value of the type out:
// structs are never empty.
func (t *Type) canBeEmpty() bool {
	switch t.Kind {
	case Struct, Time, UUID, Decimal, BigInt:
		return false
	case List:
		return t.Len <= 0
	}
	return true
}

// quotable reports whether the option "string" has a meaning for a type.
func (t *Type) quotable() bool {
	switch t.Kind {
	case Bool, Int, Uint, Float, Duration:
		return !t.Own
	}
	return false
}
