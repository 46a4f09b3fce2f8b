package protobuf

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bufbuild/protocompile/ast"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/weft-dev/weft/text/diag"
)

// Import is a text that another needs.
type Import struct {
	// Name is how it is imported.
	Name, Text string
	// Imports are the names of what it imports itself.
	Imports []string
}

// Imports are the texts that a file needs, each after those that it needs
// itself, without those that every registry and compiler brings.
func (f *File) Imports() []Import {
	var list []Import
	for _, l := range f.linked.needed(nil) {
		list = append(list, Import{Name: l.unit.name, Text: l.unit.data, Imports: l.ownImports()})
	}
	return list
}

// OwnImports are the names of those that the file itself imports.
func (f *File) OwnImports() []string { return f.linked.ownImports() }

func (l *linked) ownImports() []string {
	var names []string
	for _, d := range l.deps {
		if !d.unit.bundled {
			names = append(names, d.unit.name)
		}
	}
	return names
}

// needed lists what a text imports, what is imported first.
func (l *linked) needed(list []*linked) []*linked {
	for _, d := range l.deps {
		if d.unit.bundled || slices.Contains(list, d) {
			continue
		}
		list = d.needed(list)
		if !slices.Contains(list, d) {
			list = append(list, d)
		}
	}
	return list
}

// Alone returns the text with all that it imports in it, so that it needs no
// other but those that every compiler brings: the types of the others follow
// its own, in its package. Messages keep their bytes and their JSON; only the
// full names of what was imported change. The error says why that cannot be.
func (f *File) Alone(ctx context.Context) (string, error) {
	others := f.linked.needed(nil)
	if len(others) == 0 {
		return f.linked.unit.data, nil
	}
	a := &alone{root: f.linked, names: map[string]string{}, taken: map[string]string{}}
	a.keep(f.linked)
	for _, l := range others {
		if err := a.add(l); err != nil {
			return "", err
		}
	}
	text, err := a.text(others)
	if err != nil {
		return "", err
	}
	return text, a.same(ctx, text)
}

// alone is the making of one text of several.
type alone struct {
	root *linked
	// names are what the types at the top are called in the result, by their
	// full names; taken says by what a name of the result is taken.
	names, taken map[string]string
}

func fullIn(l *linked, name string) string {
	if p := string(l.file.Package()); p != "" {
		return p + "." + name
	}
	return name
}

// keep takes the names of the root's own types.
func (a *alone) keep(l *linked) {
	for _, decl := range l.ast.Decls {
		for _, name := range declares(decl) {
			a.taken[name] = l.unit.name
		}
		if service, ok := decl.(*ast.ServiceNode); ok {
			a.taken[service.Name.Val] = l.unit.name
		}
	}
}

// declares are the names that a declaration puts into the package: those of an
// enum's values, too.
func declares(decl ast.Node) []string {
	switch d := decl.(type) {
	case *ast.MessageNode:
		return []string{d.Name.Val}
	case *ast.EnumNode:
		names := []string{d.Name.Val}
		for _, inner := range d.Decls {
			if v, ok := inner.(*ast.EnumValueNode); ok {
				names = append(names, v.Name.Val)
			}
		}
		return names
	}
	return nil
}

// add finds names for the types of a text that is imported.
func (a *alone) add(l *linked) error {
	if l.file.Syntax() != a.root.file.Syntax() {
		return fmt.Errorf("%q is written in %s and what it imports, %q, in %s: they cannot become one text", a.root.unit.name, a.root.file.Syntax(), l.unit.name, l.file.Syntax())
	}
	for _, decl := range l.ast.Decls {
		if _, extends := decl.(*ast.ExtendNode); extends {
			return fmt.Errorf("%q has extensions, which belong to its own package", l.unit.name)
		}
		names := declares(decl)
		for i, name := range names {
			full := fullIn(l, name)
			if i == 0 {
				name = a.free(l, name)
				a.names[full] = name
			}
			if other, taken := a.taken[name]; taken {
				return fmt.Errorf("%q and %q both declare %q, and the names of an enum's values cannot be changed", other, l.unit.name, name)
			}
			a.taken[name] = l.unit.name
		}
	}
	return nil
}

// free is a name for a type: its own or, where another has that, one with the
// package before it.
func (a *alone) free(l *linked, name string) string {
	if _, taken := a.taken[name]; !taken {
		return name
	}
	var b strings.Builder
	for part := range strings.SplitSeq(string(l.file.Package()), ".") {
		if part != "" {
			b.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	try := b.String() + name
	for i := 2; a.taken[try] != ""; i++ {
		try = fmt.Sprintf("%s%s%d", b.String(), name, i)
	}
	return try
}

// change is bytes of a text that are written in another way.
type change struct {
	start, end int
	text       string
}

// text writes the root without its imports, and then the types of the others.
func (a *alone) text(others []*linked) (string, error) {
	var more []string
	for _, l := range others {
		for _, d := range l.deps {
			line := fmt.Sprintf("import %q;", d.unit.name)
			if d.unit.bundled && !slices.Contains(more, line) && !slices.ContainsFunc(a.root.deps, func(o *linked) bool { return o.unit.name == d.unit.name }) {
				more = append(more, line)
			}
		}
	}
	var whole strings.Builder
	whole.WriteString(strings.TrimRight(apply(a.root.unit.data, 0, a.rootChanges(strings.Join(more, "\n"))), "\n"))
	for _, l := range others {
		for _, decl := range l.ast.Decls {
			if len(declares(decl)) == 0 {
				continue
			}
			start, end := extent(l, decl)
			changes := a.references(l, string(l.file.Package()), decl)
			changes = append(changes, a.rename(l, decl)...)
			whole.WriteString("\n\n" + strings.TrimRight(apply(l.unit.data[:end], start, changes), "\n"))
		}
	}
	if whole.Len() > maxText {
		return "", fmt.Errorf("%q with all that it imports has more than %d MB", a.root.unit.name, maxText>>20)
	}
	return whole.String() + "\n", nil
}

// extent is where a declaration stands, with the comments before it.
func extent(l *linked, decl ast.Node) (start, end int) {
	info := l.ast.NodeInfo(decl)
	start, end = offsets(info)
	if comments := info.LeadingComments(); comments.Len() > 0 {
		start = comments.Index(0).Start().Offset
	}
	return start, end
}

// rootChanges takes the imports out; what else is imported instead stands
// where the first of them did.
func (a *alone) rootChanges(more string) []change {
	l := a.root
	var changes []change
	for _, decl := range l.ast.Decls {
		if node, ok := decl.(*ast.ImportNode); ok {
			name := node.Name.AsString()
			if !slices.ContainsFunc(l.deps, func(d *linked) bool { return d.unit.name == name && !d.unit.bundled }) {
				continue
			}
			start, end := offsets(l.ast.NodeInfo(node))
			if rest := l.unit.data[end:]; more == "" && strings.HasPrefix(rest, "\n") {
				end++
			}
			changes = append(changes, change{start, end, more})
			more = ""
			continue
		}
		changes = append(changes, a.references(l, string(l.file.Package()), decl)...)
	}
	return changes
}

func (a *alone) rename(l *linked, decl ast.Node) []change {
	var name *ast.IdentNode
	switch d := decl.(type) {
	case *ast.MessageNode:
		name = d.Name
	case *ast.EnumNode:
		name = d.Name
	}
	start, end := offsets(l.ast.NodeInfo(name))
	return []change{{start, end, a.names[fullIn(l, name.Val)]}}
}

// references are the names of types in a declaration that have become others.
func (a *alone) references(l *linked, scope string, decl ast.Node) []change {
	in := func(name string) string {
		if scope == "" {
			return name
		}
		return scope + "." + name
	}
	var changes []change
	all := func(scope string, decls []ast.MessageElement) {
		for _, inner := range decls {
			changes = append(changes, a.references(l, scope, inner)...)
		}
	}
	switch d := decl.(type) {
	case *ast.MessageNode:
		all(in(d.Name.Val), d.Decls)
	case *ast.GroupNode:
		all(in(d.Name.Val), d.Decls)
	case *ast.OneofNode:
		for _, inner := range d.Decls {
			changes = append(changes, a.references(l, scope, inner)...)
		}
	case *ast.FieldNode:
		changes = a.reference(l, in(d.Name.Val), d.FldType)
	case *ast.MapFieldNode:
		changes = a.reference(l, in(d.Name.Val), d.MapType.ValueType)
	}
	return changes
}

// reference is the name of a field's type, where it has become another.
func (a *alone) reference(l *linked, field string, at ast.Node) []change {
	f, ok := l.file.FindDescriptorByName(protoreflect.FullName(field)).(protoreflect.FieldDescriptor)
	if !ok {
		return nil
	}
	if f.IsMap() {
		f = f.MapValue()
	}
	full := ""
	switch {
	case f.Message() != nil:
		full = string(f.Message().FullName())
	case f.Enum() != nil:
		full = string(f.Enum().FullName())
	}
	start, end := offsets(l.ast.NodeInfo(at))
	for top := full; top != ""; top = top[:max(0, strings.LastIndexByte(top, '.'))] {
		if name, moved := a.names[top]; moved {
			return []change{{start, end, name + full[len(top):]}}
		}
	}
	return nil
}

// apply writes a text from a place on with changes, which do not overlap.
func apply(text string, from int, changes []change) string {
	slices.SortFunc(changes, func(a, b change) int { return a.start - b.start })
	var b strings.Builder
	for _, c := range changes {
		b.WriteString(text[from:c.start] + c.text)
		from = c.end
	}
	return b.String() + text[from:]
}

// same reports in which way the one text means another than the several: a
// name may have been hidden by one that stands nearer.
func (a *alone) same(ctx context.Context, text string) error {
	file, found := Parse(ctx, a.root.unit.name, text, nil)
	if file == nil {
		for i := range found {
			if found[i].Severity == diag.Error {
				return fmt.Errorf("%q and what it imports cannot become one text: %s", a.root.unit.name, found[i].Message)
			}
		}
	}
	messages := a.root.file.Messages()
	seen := map[[2]protoreflect.FullName]bool{}
	for i := range messages.Len() {
		m := messages.Get(i)
		if other := file.linked.file.Messages().ByName(m.Name()); other == nil || !alike(m, other, seen) {
			return fmt.Errorf("%q and what it imports cannot become one text: %q would mean another message", a.root.unit.name, m.Name())
		}
	}
	return nil
}

// alike reports whether two messages have the same fields.
func alike(a, b protoreflect.MessageDescriptor, seen map[[2]protoreflect.FullName]bool) bool {
	pair := [2]protoreflect.FullName{a.FullName(), b.FullName()}
	if seen[pair] {
		return true
	}
	seen[pair] = true
	if a.Fields().Len() != b.Fields().Len() || a.Oneofs().Len() != b.Oneofs().Len() {
		return false
	}
	for i := range a.Fields().Len() {
		f, g := a.Fields().Get(i), b.Fields().Get(i)
		if f.Number() != g.Number() || f.Kind() != g.Kind() || f.Cardinality() != g.Cardinality() || f.JSONName() != g.JSONName() || f.IsPacked() != g.IsPacked() {
			return false
		}
		if (f.Message() == nil) != (g.Message() == nil) || f.Message() != nil && !alike(f.Message(), g.Message(), seen) {
			return false
		}
		if (f.Enum() == nil) != (g.Enum() == nil) || f.Enum() != nil && !alikeEnums(f.Enum(), g.Enum()) {
			return false
		}
	}
	return true
}

func alikeEnums(a, b protoreflect.EnumDescriptor) bool {
	if a.Values().Len() != b.Values().Len() {
		return false
	}
	for i := range a.Values().Len() {
		if v, w := a.Values().Get(i), b.Values().Get(i); v.Name() != w.Name() || v.Number() != w.Number() {
			return false
		}
	}
	return true
}
