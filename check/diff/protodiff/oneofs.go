package protodiff

import (
	"google.golang.org/protobuf/reflect/protoreflect"
)

// oneofs finds fields that may stand beside one another in the one version, and
// not in the other.
func (c *comparer) oneofs(old, new message, path []step) {
	for i := range new.Oneofs().Len() {
		if one := new.Oneofs().Get(i); !one.IsSynthetic() {
			c.oneof(old, one, path, true)
		}
	}
	for i := range old.Oneofs().Len() {
		if one := old.Oneofs().Get(i); !one.IsSynthetic() {
			c.oneof(new, one, path, false)
		}
	}
	c.oneofNames(old, new, path)
}

// oneof compares one oneof with where its fields are in the other version: two
// of them that may both be set there are the proof.
func (c *comparer) oneof(other message, one protoreflect.OneofDescriptor, path []step, isNew bool) {
	var apart []field // fields of the other version, no two of one oneof
	taken := map[protoreflect.FullName]bool{}
	for i := range one.Fields().Len() {
		f := other.Fields().ByNumber(one.Fields().Get(i).Number())
		if f == nil {
			continue
		}
		if its := realOneof(f); its != nil {
			if taken[its.FullName()] {
				continue
			}
			taken[its.FullName()] = true
		}
		apart = append(apart, f)
	}
	moved := len(apart) - min(len(apart), 1)
	if moved == 0 {
		return
	}
	first, second := apart[0], apart[1]
	if isNew {
		ch := c.add(OneofChanged, path, second, one, "only one of %q and %q may be there now (oneof %q)", first.Name(), second.Name(), one.Name())
		ch.Source = true
		ch.Backward = c.trialTogether(c.old, c.new, oldPath(path), first, second)
		return
	}
	ch := c.add(OneofChanged, path, one, second, "%q and %q may be there together now, out of the oneof %q", first.Name(), second.Name(), one.Name())
	ch.Source = true
	ch.Forward = c.trialTogether(c.new, c.old, newPath(path), first, second)
}

// oneofNames tells of fields whose oneof changed without harm to anybody but
// generated code.
func (c *comparer) oneofNames(old, new message, path []step) {
	for i := range old.Fields().Len() {
		a := old.Fields().Get(i)
		b := new.Fields().ByNumber(a.Number())
		if b == nil {
			continue
		}
		x, y := oneofName(a), oneofName(b)
		if x == y || c.told(OneofChanged, path) {
			continue
		}
		ch := c.add(OneofChanged, path, a, b, "%s was in %s and is in %s", in(path, b), oneofWord(x), oneofWord(y))
		ch.Source = true
	}
}

func (c *comparer) told(kind Kind, path []step) bool {
	for i := range c.changes {
		if c.changes[i].Kind == kind && c.changes[i].At == at(path) {
			return true
		}
	}
	return false
}

func oneofName(f field) string {
	if one := realOneof(f); one != nil {
		return string(one.Name())
	}
	return ""
}

func oneofWord(name string) string {
	if name == "" {
		return "no oneof"
	}
	return "the oneof \"" + name + "\""
}
