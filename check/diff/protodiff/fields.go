package protodiff

import (
	"fmt"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// field compares two fields of one number. Each thing that differs is a change
// of its own; what it breaks is found by writing and reading messages, so that
// the first of several differences carries the proof.
func (c *comparer) field(a, b field, path []step) {
	first := len(c.changes)
	c.types(a, b, path)
	c.labels(a, b, path)
	if a.Name() != b.Name() || a.JSONName() != b.JSONName() {
		c.renamed(a, b, path)
	}
	if len(c.changes) > first {
		c.blame(c.changes[first:], a, b, path)
		c.required(&c.changes[first], a, b, path)
	}
	c.defaults(a, b, path)
	x, y := target(a), target(b)
	switch {
	case !sameHolder(a, b): // it is another thing
	case x != nil && y != nil && !(isLibrary(x.FullName()) && x.FullName() == y.FullName()):
		c.message(x, y, append(path[:len(path):len(path)], step{a, b}))
	case enumOf(a) != nil && enumOf(b) != nil:
		c.enum(a, b, enumOf(a), enumOf(b), path)
	}
}

// target is the message that a field holds, also as the value of a map; nil
// for others.
func target(f field) message {
	if f.IsMap() {
		return f.MapValue().Message()
	}
	return f.Message()
}

func enumOf(f field) enum {
	if f.IsMap() {
		return f.MapValue().Enum()
	}
	return f.Enum()
}

// blame finds what the differences of one field break together, and tells it
// of the one that did it: the name for what breaks only JSON, else the type or
// the label.
func (c *comparer) blame(changes []Change, a, b field, path []step) {
	var all Change
	c.both(&all, a, b, path)
	named := a.JSONName() != b.JSONName()
	for _, proof := range []struct {
		found *Break
		of    func(*Change) **Break
	}{
		{all.Forward, func(ch *Change) **Break { return &ch.Forward }},
		{all.Backward, func(ch *Change) **Break { return &ch.Backward }},
	} {
		if proof.found == nil {
			continue
		}
		guilty := 0
		if last := len(changes) - 1; named && proof.found.Level == JSON && changes[last].Kind == FieldRenamed {
			guilty = last
		}
		*proof.of(&changes[guilty]) = proof.found
	}
}

// required tries a message that lacks a field which only one version requires.
func (c *comparer) required(ch *Change, a, b field, path []step) {
	before, after := a.Cardinality() == protoreflect.Required, b.Cardinality() == protoreflect.Required
	if after && !before && ch.Backward == nil {
		ch.Backward = c.without(c.old, c.new, oldPath(path))
	}
	if before && !after && ch.Forward == nil {
		ch.Forward = c.without(c.new, c.old, newPath(path))
	}
}

// types compares what fields hold.
func (c *comparer) types(a, b field, path []step) {
	x, y := typeName(a), typeName(b)
	if x == y {
		return
	}
	if target(a) != nil && target(b) != nil && sameHolder(a, b) && !isLibrary(target(a).FullName()) && !isLibrary(target(b).FullName()) {
		return // two messages: what they hold decides
	}
	if enumOf(a) != nil && enumOf(b) != nil && sameHolder(a, b) {
		if local(enumOf(a)) != local(enumOf(b)) {
			ch := c.add(TypeRenamed, path, enumOf(a), enumOf(b), "the enum %s is now %s", enumOf(a).FullName(), enumOf(b).FullName())
			ch.Source = true
		}
		return
	}
	ch := c.add(FieldType, path, a, b, "the type of %s was %s and is %s", in(path, b), x, y)
	ch.Source = true
}

// sameHolder reports whether two fields hold what they hold in the same way:
// both as maps of equal keys, or both not, and messages in the same encoding.
func sameHolder(a, b field) bool {
	if a.IsMap() || b.IsMap() {
		return a.IsMap() && b.IsMap() && a.MapKey().Kind() == b.MapKey().Kind()
	}
	return a.Kind() == b.Kind()
}

// typeName is the type of a field as it is written, without the label.
func typeName(f field) string {
	switch {
	case f.IsMap():
		return "map<" + f.MapKey().Kind().String() + ", " + typeName(f.MapValue()) + ">"
	case f.Message() != nil && f.Kind() == protoreflect.GroupKind:
		return "group " + string(f.Message().FullName())
	case f.Message() != nil:
		return string(f.Message().FullName())
	case f.Enum() != nil:
		return string(f.Enum().FullName())
	}
	return f.Kind().String()
}

// labels compares how many values a field has, how they are written, and
// whether it can be told to be absent.
func (c *comparer) labels(a, b field, path []step) {
	x, y := label(a), label(b)
	switch {
	case a.IsMap() != b.IsMap():
		// It is told as a change of the type.
	case x != y:
		ch := c.add(FieldLabel, path, a, b, "%s was %s and is %s", in(path, b), x, y)
		ch.Source = true
		if x == "optional" && y == "required" {
			ch.Warns = "a required field can never be given up again"
		}
	case a.IsList() && a.IsPacked() != b.IsPacked() && typeName(a) == typeName(b):
		c.add(FieldPacked, path, a, b, "the numbers of %s are %s", in(path, b), packing(b))
	case canBeAbsent(a) != canBeAbsent(b) && a.Message() == nil && b.Message() == nil && realOneof(a) == nil && realOneof(b) == nil:
		ch := c.add(FieldPresence, path, a, b, "whether %s is absent can %s be told from zero", in(path, b), now(b.HasPresence()))
		ch.Source = true
		if !b.HasPresence() {
			ch.Warns = "who reads the new version takes what is absent for zero"
		}
	}
}

// canBeAbsent reports whether a single scalar can be told to be absent; for
// others it is always so.
func canBeAbsent(f field) bool { return f.IsList() || f.IsMap() || f.HasPresence() }

func packing(f field) string {
	if f.IsPacked() {
		return "now written together (packed)"
	}
	return "now written one by one (not packed)"
}

func now(yes bool) string {
	if yes {
		return "now"
	}
	return "no longer"
}

func label(f field) string {
	switch {
	case f.IsMap():
		return "a map"
	case f.IsList():
		return "repeated"
	case f.Cardinality() == protoreflect.Required:
		return "required"
	}
	return "optional"
}

func (c *comparer) renamed(a, b field, path []step) {
	if a.Name() == b.Name() {
		c.add(FieldRenamed, path, a, b, "the name of %s in JSON was %q and is %q", in(path, b), a.JSONName(), b.JSONName())
		return
	}
	ch := c.add(FieldRenamed, path, a, b, "%s is now called %q", in(path, a), b.Name())
	ch.Source = true
}

// defaults compares what is read where nothing was written.
func (c *comparer) defaults(a, b field, path []step) {
	if a.IsList() || a.IsMap() || b.IsList() || b.IsMap() || a.Kind() != b.Kind() || a.Message() != nil || !a.HasDefault() && !b.HasDefault() {
		return
	}
	x, y := plain(a, a.Default()), plain(b, b.Default())
	if x == y {
		return
	}
	ch := c.add(FieldDefault, path, a, b, "the default of %s was %s and is %s", in(path, b), x, y)
	ch.Warns = "where it is left out, the two versions read different values"
}

// removed is about a field that only the old version has.
func (c *comparer) removed(new message, f field, path []step) {
	ch := c.add(FieldRemoved, path, f, nil, "%s (number %d) is gone", in(path, f), f.Number())
	ch.Source = true
	ch.Warns, ch.Of = "it is never written again, which who reads it meets as absent", NewWrites
	if f.Cardinality() == protoreflect.Required {
		ch.Forward = c.without(c.new, c.old, newPath(path))
	}
	if one := realOneof(f); one != nil {
		ch.Warns = fmt.Sprintf("new readers see none of the fields of %q where old writers choose this one", one.Name())
		ch.Of |= OldWrites
	}
	kept := new.ReservedRanges().Has(f.Number())
	named := new.ReservedNames().Has(f.Name())
	if kept && named {
		return
	}
	lack := fmt.Sprintf("reserved %d; reserved %q;", f.Number(), f.Name())
	switch {
	case kept:
		lack = fmt.Sprintf("reserved %q;", f.Name())
	case named:
		lack = fmt.Sprintf("reserved %d;", f.Number())
	}
	ch = c.add(FieldReserved, path, f, new, "the number or name of %s, which is gone, may be taken again", in(path, f))
	ch.Warns = fmt.Sprintf("a later field that takes it would read old data as its own; write: %s", lack)
}

// added is about a field that only the new version has.
func (c *comparer) added(old, _ message, f field, path []step) {
	ch := c.add(FieldAdded, path, nil, f, "%s (number %d) is new", in(path, f), f.Number())
	if f.Cardinality() == protoreflect.Required {
		ch.What = fmt.Sprintf("the required field %s (number %d) is new", in(path, f), f.Number())
		ch.Backward = c.without(c.old, c.new, oldPath(path))
	}
	if one := realOneof(f); one != nil && old.Oneofs().ByName(one.Name()) != nil {
		ch.Warns = fmt.Sprintf("old readers see none of the fields of %q where new writers choose this one", one.Name())
		ch.Of = NewWrites
	}
	if old.ReservedRanges().Has(f.Number()) || old.ReservedNames().Has(f.Name()) {
		ch = c.add(FieldReserved, path, old, f, "%s takes a number or name that was reserved", in(path, f))
		ch.Warns = "it belonged to a field that was given up; data of that field may still be kept, and would be read as this one"
	}
}

func realOneof(f field) protoreflect.OneofDescriptor {
	if one := f.ContainingOneof(); one != nil && !one.IsSynthetic() {
		return one
	}
	return nil
}
