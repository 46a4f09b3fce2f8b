package protodiff

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/weft-dev/weft/spec/schema/protobuf"
)

type (
	message = protoreflect.MessageDescriptor
	field   = protoreflect.FieldDescriptor
	enum    = protoreflect.EnumDescriptor
)

// pair is two declarations that are compared once.
type pair struct{ old, new protoreflect.FullName }

// step leads from a message to one that a field of it holds, in both versions.
type step struct{ old, new field }

type comparer struct {
	old, new *protobuf.Schema
	seen     map[pair]bool
	changes  []Change
	unknown  string
	left     int // pairs of fields
	trials   int
}

// add adds a change at a place, with the places of what it is about.
func (c *comparer) add(kind Kind, path []step, old, new protoreflect.Descriptor, format string, args ...any) *Change {
	if len(c.changes) >= maxChanges {
		c.unknown = fmt.Sprintf("there are more than %d differences", maxChanges)
		return &Change{}
	}
	ch := Change{Kind: kind, At: at(path), What: fmt.Sprintf(format, args...), Of: NewWrites | OldWrites}
	if old != nil {
		ch.Before = c.old.File().Span(old.FullName())
	}
	if new != nil {
		ch.After = c.new.File().Span(new.FullName())
	}
	c.changes = append(c.changes, ch)
	return &c.changes[len(c.changes)-1]
}

func at(path []step) string {
	var names []string
	for _, s := range path {
		names = append(names, string(s.new.Name()))
	}
	return strings.Join(names, ".")
}

func in(path []step, f field) string {
	if len(path) == 0 {
		return fmt.Sprintf("%q", f.Name())
	}
	return fmt.Sprintf("%q of %q", f.Name(), at(path))
}

// message compares two messages, fields by their numbers.
func (c *comparer) message(old, new message, path []step) {
	key := pair{old.FullName(), new.FullName()}
	if c.seen[key] {
		return
	}
	c.seen[key] = true
	if len(path) > maxDepth {
		c.unknown = fmt.Sprintf("the messages nest more than %d deep", maxDepth)
		return
	}
	if old.FullName() != new.FullName() {
		c.typeRenamed(old, new, path)
	}
	gone, more := c.pairs(old, new, path)
	moved := c.numbers(gone, more, path)
	for _, f := range gone {
		if !moved[f.FullName()] {
			c.removed(new, f, path)
		}
	}
	for _, f := range more {
		if !moved[f.FullName()] {
			c.added(old, new, f, path)
		}
	}
	c.oneofs(old, new, path)
}

// pairs compares the fields whose number both messages have, and returns those
// that only one has.
func (c *comparer) pairs(old, new message, path []step) (gone, more []field) {
	for i := range old.Fields().Len() {
		a := old.Fields().Get(i)
		b := new.Fields().ByNumber(a.Number())
		if b == nil {
			gone = append(gone, a)
			continue
		}
		if c.left--; c.left < 0 {
			c.unknown = fmt.Sprintf("the messages have more than %d fields together", maxPairs)
			return nil, nil
		}
		c.field(a, b, path)
	}
	for i := range new.Fields().Len() {
		if b := new.Fields().Get(i); old.Fields().ByNumber(b.Number()) == nil {
			more = append(more, b)
		}
	}
	return gone, more
}

func (c *comparer) typeRenamed(old, new message, path []step) {
	if isLibrary(old.FullName()) || isLibrary(new.FullName()) {
		return // a change of type, which is told where it is used
	}
	if old.ParentFile().Package() != new.ParentFile().Package() && local(old) == local(new) {
		return // the package is told once
	}
	ch := c.add(TypeRenamed, path, old, new, "the message %s is now %s", old.FullName(), new.FullName())
	ch.Source = true
	ch.Warns = "messages in google.protobuf.Any, and frames of a schema registry, name the type"
}

func isLibrary(name protoreflect.FullName) bool { return strings.HasPrefix(string(name), "google.") }

// local is a name without its package.
func local(d protoreflect.Descriptor) string {
	return strings.TrimPrefix(string(d.FullName()), string(d.ParentFile().Package())+".")
}

// file compares what the texts say for generated code.
func (c *comparer) file() {
	old, new := c.old.Descriptor().ParentFile(), c.new.Descriptor().ParentFile()
	if old.Package() != new.Package() {
		ch := c.add(FileOption, nil, nil, nil, "the package was %s and is %s", orNone(string(old.Package())), orNone(string(new.Package())))
		ch.Before, ch.After = c.old.File().Span(c.old.Descriptor().FullName()), c.new.File().Span(c.new.Descriptor().FullName())
		ch.Source = true
		ch.Warns = "messages in google.protobuf.Any, and names of RPCs, hold the package"
	}
	before, after := fileOptions(old), fileOptions(new)
	for _, name := range fileOptionNames {
		if before[name] == after[name] {
			continue
		}
		ch := c.add(FileOption, nil, nil, nil, "the option %s was %s and is %s", name, orNone(before[name]), orNone(after[name]))
		ch.Before, ch.After = c.old.File().Span(c.old.Descriptor().FullName()), c.new.File().Span(c.new.Descriptor().FullName())
		ch.Source = true
	}
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return fmt.Sprintf("%q", s)
}

// fileOptionNames are the options by which generated code is another.
var fileOptionNames = []string{
	"go_package", "java_package", "java_outer_classname", "java_multiple_files", "csharp_namespace", "objc_class_prefix",
	"php_class_prefix", "php_namespace", "php_metadata_namespace", "ruby_package", "swift_prefix", "optimize_for", "cc_enable_arenas",
}

func fileOptions(f protoreflect.FileDescriptor) map[string]string {
	values := map[string]string{}
	options := f.Options()
	if options == nil {
		return values
	}
	options.ProtoReflect().Range(func(o protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		values[string(o.Name())] = v.String()
		return true
	})
	return values
}

// numbers finds fields that kept their name and changed their number, which
// is how data are lost most quietly.
func (c *comparer) numbers(gone, more []field, path []step) map[protoreflect.FullName]bool {
	moved := map[protoreflect.FullName]bool{}
	named := make(map[protoreflect.Name]field, len(more))
	for _, b := range more {
		named[b.Name()] = b
	}
	for _, a := range gone {
		b := named[a.Name()]
		if b == nil {
			continue
		}
		moved[a.FullName()], moved[b.FullName()] = true, true
		ch := c.add(FieldNumber, path, a, b, "the number of %s was %d and is %d", in(path, b), a.Number(), b.Number())
		ch.Forward = c.renumbered(c.new, c.old, b, a, newPath(path))
		ch.Backward = c.renumbered(c.old, c.new, a, b, oldPath(path))
	}
	return moved
}

func oldPath(path []step) []field {
	list := make([]field, len(path))
	for i, s := range path {
		list[i] = s.old
	}
	return list
}

func newPath(path []step) []field {
	list := make([]field, len(path))
	for i, s := range path {
		list[i] = s.new
	}
	return list
}

// both judges a difference of a field in both directions.
func (c *comparer) both(ch *Change, a, b field, path []step) {
	ch.Forward = c.trial(c.new, c.old, b, newPath(path))
	ch.Backward = c.trial(c.old, c.new, a, oldPath(path))
}
