package registrydiff

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/weft-dev/weft/spec/schema/protobuf"
	"github.com/weft-dev/weft/text/diag"
)

// protobufLanguage is Protocol Buffers.
type protobufLanguage struct{}

// rootName is the name by which nothing imports a schema itself.
const rootName = "schema.proto"

func (protobufLanguage) parse(p *Parsed) error {
	imports := map[string]string{}
	for _, used := range p.schema.Uses {
		imports[used.Name] = used.Text
	}
	name := rootName
	if _, taken := imports[name]; taken {
		name = "weft/" + rootName
	}
	file, findings := protobuf.Parse(context.Background(), name, p.schema.Text, imports)
	if file == nil {
		return firstError(findings)
	}
	p.proto = file.Descriptor()
	p.canonical = strings.TrimSpace(p.schema.Text)
	p.normalized = tokens(p.schema.Text)
	return nil
}

func firstError(findings []diag.Diagnostic) error {
	for i := range findings {
		if f := &findings[i]; f.Severity == diag.Error {
			if start, _ := f.Span.Range(); f.Span.IsValid() {
				return fmt.Errorf("line %d: %s", start.Line, f.Message)
			}
			return errors.New(f.Message)
		}
	}
	return errors.New("the text could not be read")
}

// tokens is a text of Protobuf without comments, its words apart by one space.
func tokens(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); {
		n, shown := token(text[i:])
		switch {
		case shown:
			b.WriteString(text[i : i+n])
		case b.Len() > 0 && !strings.HasSuffix(b.String(), " "):
			b.WriteByte(' ')
		}
		i += n
	}
	return strings.TrimSpace(b.String())
}

// token is the length of what a text begins with, and whether it counts.
func token(text string) (length int, shown bool) {
	switch c := text[0]; {
	case strings.HasPrefix(text, "//"):
		if end := strings.IndexByte(text, '\n'); end >= 0 {
			return end, false
		}
		return len(text), false
	case strings.HasPrefix(text, "/*"):
		if end := strings.Index(text, "*/"); end >= 0 {
			return end + 2, false
		}
		return len(text), false
	case c == '"' || c == '\'':
		for i := 1; i < len(text); i++ {
			switch text[i] {
			case '\\':
				i++
			case c:
				return i + 1, true
			}
		}
		return len(text), true
	case c == ' ' || c == '\t' || c == '\n' || c == '\r':
		return 1, false
	}
	return 1, true
}

func (protobufLanguage) compare(reader, writer *Parsed) ([]Problem, []Note, error) {
	c := &protoComparison{done: map[[2]protoreflect.FullName]bool{}}
	c.files(writer.proto, reader.proto)
	var notes []Note
	if len(c.problems) == 0 && len(c.renamed) > 0 {
		notes = append(notes, Note{Message: fmt.Sprintf(
			"the registry accepts it, and bytes stay readable; as JSON, and in code, a field has another name: %s", strings.Join(c.renamed, ", "))})
	}
	return c.problems, notes, nil
}

// protoComparison compares two texts as the registry does: by the names of
// messages and the numbers of fields.
type protoComparison struct {
	problems []Problem
	renamed  []string
	done     map[[2]protoreflect.FullName]bool
}

func (c *protoComparison) refuse(kind, path, format string, args ...any) {
	if len(c.problems) < maxDifferences {
		c.problems = append(c.problems, Problem{Kind: kind, Path: "#/" + path, Message: fmt.Sprintf(format, args...)})
	}
}

func (c *protoComparison) files(old, new protoreflect.FileDescriptor) {
	if old.Package() != new.Package() {
		c.refuse("PACKAGE_CHANGED", "", "the package was %q and is %q", old.Package(), new.Package())
	}
	c.messages(old.Messages(), new.Messages())
}

// relative is a name within its file: that of the package does not count.
func relative(d protoreflect.Descriptor) string {
	name := string(d.FullName())
	if file := d.ParentFile(); file != nil && file.Package() != "" {
		name = strings.TrimPrefix(name, string(file.Package())+".")
	}
	return strings.ReplaceAll(name, ".", "/")
}

func (c *protoComparison) messages(old, new protoreflect.MessageDescriptors) {
	for i := range old.Len() {
		m := old.Get(i)
		if m.IsMapEntry() {
			continue
		}
		n := new.ByName(m.Name())
		if n == nil {
			c.refuse("MESSAGE_REMOVED", relative(m), "the message %s is gone", m.Name())
			continue
		}
		c.message(m, n)
	}
}

// message compares two messages, each pair once.
func (c *protoComparison) message(old, new protoreflect.MessageDescriptor) {
	pair := [2]protoreflect.FullName{old.FullName(), new.FullName()}
	if c.done[pair] {
		return
	}
	c.done[pair] = true
	c.messages(old.Messages(), new.Messages())
	for i := range old.Fields().Len() {
		f := old.Fields().Get(i)
		if g := new.Fields().ByNumber(f.Number()); g != nil {
			c.field(f, g)
		} else {
			c.gone(f)
		}
	}
	for i := range new.Fields().Len() {
		g := new.Fields().Get(i)
		if old.Fields().ByNumber(g.Number()) == nil && g.Cardinality() == protoreflect.Required {
			c.refuse("REQUIRED_FIELD_ADDED", numbered(g), "the required field %s was added", g.Name())
		}
	}
	c.oneofs(old, new)
}

func numbered(f protoreflect.FieldDescriptor) string {
	return fmt.Sprintf("%s/%d", relative(f.Parent()), f.Number())
}

// home is the oneof that a field stands in; nil for none, and for what proto3
// makes of "optional".
func home(f protoreflect.FieldDescriptor) protoreflect.OneofDescriptor {
	if o := f.ContainingOneof(); o != nil && !o.IsSynthetic() {
		return o
	}
	return nil
}

func (c *protoComparison) gone(f protoreflect.FieldDescriptor) {
	switch {
	case home(f) != nil:
		c.refuse("ONEOF_FIELD_REMOVED", numbered(f), "the field %s is gone from the oneof %s", f.Name(), home(f).Name())
	case f.Cardinality() == protoreflect.Required:
		c.refuse("REQUIRED_FIELD_REMOVED", numbered(f), "the required field %s is gone", f.Name())
	}
}

// oneofs refuses fields that shared nothing and now exclude each other: a
// message of old may hold both.
func (c *protoComparison) oneofs(old, new protoreflect.MessageDescriptor) {
	for i := range new.Oneofs().Len() {
		o := new.Oneofs().Get(i)
		if o.IsSynthetic() {
			continue
		}
		before := old.Oneofs().ByName(o.Name())
		homes, single := map[protoreflect.Name]bool{}, 0
		for j := range o.Fields().Len() {
			f := old.Fields().ByNumber(o.Fields().Get(j).Number())
			switch {
			case f == nil:
			case home(f) == nil:
				single++
			default:
				homes[home(f).Name()] = true
			}
		}
		if before != nil && !before.IsSynthetic() {
			homes[before.Name()] = true
		}
		at := relative(new) + "/" + string(o.Name())
		switch {
		case len(homes) > 1 || len(homes) == 1 && single > 0:
			c.refuse("FIELD_MOVED_TO_EXISTING_ONEOF", at, "a field was moved to the oneof %s, whose other fields were a oneof already", o.Name())
		case single > 1:
			c.refuse("MULTIPLE_FIELDS_MOVED_TO_ONEOF", at, "%d fields were moved to the new oneof %s", single, o.Name())
		}
	}
}

func (c *protoComparison) field(f, g protoreflect.FieldDescriptor) {
	if f.Name() != g.Name() && len(c.renamed) < 20 {
		c.renamed = append(c.renamed, fmt.Sprintf("%s is %s", f.Name(), g.Name()))
	}
	if f.Cardinality() != protoreflect.Required && g.Cardinality() == protoreflect.Required {
		c.refuse("REQUIRED_FIELD_ADDED", numbered(g), "the field %s became required", g.Name())
	}
	if (f.Message() == nil) != (g.Message() == nil) {
		c.refuse("FIELD_KIND_CHANGED", numbered(g), "the field %s was %s and is %s", g.Name(), kindName(f), kindName(g))
		return
	}
	if f.Message() != nil {
		c.ofMessage(f, g)
		return
	}
	if wire(f.Kind()) != wire(g.Kind()) {
		c.refuse("FIELD_SCALAR_KIND_CHANGED", numbered(g), "the field %s was %s and is %s", g.Name(), f.Kind(), g.Kind())
	}
	if f.IsList() != g.IsList() && wire(f.Kind()) != protoreflect.BytesKind {
		c.refuse("FIELD_NUMERIC_LABEL_CHANGED", numbered(g), "the field %s is repeated in one version only, and its numbers are packed there", g.Name())
	}
}

func kindName(f protoreflect.FieldDescriptor) string {
	if m := f.Message(); m != nil {
		return "the message " + string(m.Name())
	}
	return f.Kind().String()
}

// wire is one kind for all that have the same form in bytes and are read as one
// another.
func wire(k protoreflect.Kind) protoreflect.Kind {
	switch k {
	case protoreflect.Int32Kind, protoreflect.Int64Kind, protoreflect.Uint32Kind, protoreflect.Uint64Kind, protoreflect.BoolKind, protoreflect.EnumKind:
		return protoreflect.Int64Kind
	case protoreflect.Sint32Kind, protoreflect.Sint64Kind:
		return protoreflect.Sint64Kind
	case protoreflect.Fixed32Kind, protoreflect.Sfixed32Kind:
		return protoreflect.Fixed32Kind
	case protoreflect.Fixed64Kind, protoreflect.Sfixed64Kind:
		return protoreflect.Fixed64Kind
	case protoreflect.StringKind, protoreflect.BytesKind:
		return protoreflect.BytesKind
	}
	return k
}

// ofMessage compares fields that hold messages. Those of other files are
// compared here, since nothing else looks at them.
func (c *protoComparison) ofMessage(f, g protoreflect.FieldDescriptor) {
	a, b := f.Message(), g.Message()
	if a.IsMapEntry() && b.IsMapEntry() {
		c.message(a, b)
		return
	}
	if relative(a) != relative(b) {
		c.refuse("FIELD_NAMED_TYPE_CHANGED", numbered(g), "the field %s was the message %s and is %s", g.Name(), relative(a), relative(b))
		return
	}
	if a.ParentFile() == f.ParentFile() && b.ParentFile() == g.ParentFile() {
		return
	}
	before := len(c.problems)
	c.message(a, b)
	if len(c.problems) > before {
		c.refuse("FIELD_NAMED_TYPE_CHANGED", numbered(g), "the message %s of the field %s changed", relative(b), g.Name())
	}
}
