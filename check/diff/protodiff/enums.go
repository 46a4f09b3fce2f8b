package protodiff

import (
	"fmt"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// enum compares two enums where a field uses them, values by their numbers.
func (c *comparer) enum(a, b field, old, new enum, path []step) {
	key := pair{old.FullName(), new.FullName()}
	if c.seen[key] {
		return
	}
	c.seen[key] = true
	if old.IsClosed() != new.IsClosed() {
		what := "values that have no name are now kept"
		if new.IsClosed() {
			what = "values that have no name are no longer kept"
		}
		ch := c.add(EnumClosed, path, old, new, "the enum %s: %s", new.Name(), what)
		ch.Source = true
		ch.Warns = "a number that the reader has no name for is passed over by a closed enum, and kept by an open one"
	}
	for i := range old.Values().Len() {
		c.valueGone(a, b, old.Values().Get(i), old, new, path)
	}
	for i := range new.Values().Len() {
		c.valueNew(a, b, new.Values().Get(i), old, new, path)
	}
}

type enumValue = protoreflect.EnumValueDescriptor

// valueGone is about a value of the old version that is another in the new.
func (c *comparer) valueGone(a, b field, v enumValue, old, new enum, path []step) {
	same := new.Values().ByNumber(v.Number())
	named := new.Values().ByName(v.Name())
	switch {
	case named != nil && named.Number() != v.Number():
		if old.Values().ByNumber(named.Number()) != nil && old.Values().ByNumber(named.Number()).Name() == v.Name() {
			return // an alias that stayed
		}
		ch := c.add(EnumNumber, path, v, named, "the number of %s was %d and is %d", v.Name(), v.Number(), named.Number())
		ch.Forward = c.trialOf(c.new, c.old, b, newPath(path), value(b, string(named.Name())))
		ch.Backward = c.trialOf(c.old, c.new, a, oldPath(path), value(a, string(v.Name())))
	case same == nil, named == nil && old.Values().ByName(same.Name()) != nil:
		ch := c.add(EnumValueGone, path, v, nil, "the value %s = %d of %s is gone", v.Name(), v.Number(), old.Name())
		ch.Source = true
		ch.Backward = c.trialOf(c.old, c.new, a, oldPath(path), value(a, string(v.Name())))
		if same == nil {
			ch.Warns, ch.Of = "old writers may still send it, and new readers see a number without a name", OldWrites
		}
	case named == nil:
		if old.Values().ByNumber(v.Number()).Name() != v.Name() {
			return // an alias
		}
		ch := c.add(EnumValueNamed, path, v, same, "the value %s = %d of %s is now called %s", v.Name(), v.Number(), old.Name(), same.Name())
		ch.Source = true
		ch.Forward = c.trialOf(c.new, c.old, b, newPath(path), value(b, string(same.Name())))
		ch.Backward = c.trialOf(c.old, c.new, a, oldPath(path), value(a, string(v.Name())))
	}
}

// valueNew is about a value that only the new version has.
func (c *comparer) valueNew(_, b field, v enumValue, old, new enum, path []step) {
	if old.Values().ByName(v.Name()) != nil {
		return
	}
	if was := old.Values().ByNumber(v.Number()); was != nil && new.Values().ByName(was.Name()) == nil && new.Values().ByNumber(v.Number()).Name() == v.Name() {
		return // another name for it, which was told
	}
	ch := c.add(EnumValueAdded, path, nil, v, "the value %s = %d of %s is new", v.Name(), v.Number(), new.Name())
	ch.Forward = c.trialOf(c.new, c.old, b, newPath(path), value(b, string(v.Name())))
	if ch.Of = NewWrites; old.Values().ByNumber(v.Number()) != nil {
		return
	}
	ch.Warns = fmt.Sprintf("readers of the old version see the number %d, for which they have no name", v.Number())
}

// value is what a field holds for one value of its type.
func value(f field, v any) any {
	switch {
	case f.IsMap():
		return map[string]any{keySample(f.MapKey()): v}
	case f.IsList():
		return []any{v}
	}
	return v
}
