package avrodiff

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/avro"
)

// maxChanges bounds how many differences of one schema are listed.
const maxChanges = 1000

type types struct{ old, new *avro.Type }

// walker goes through two versions side by side.
type walker struct {
	list []Change
	seen map[types]bool
}

func (w *walker) add(c Change, old, new *avro.Type) {
	if len(w.list) >= maxChanges {
		return
	}
	c.old, c.new = old, new
	if c.Before == nil {
		c.Before = old.Node
	}
	if c.After == nil {
		c.After = new.Node
	}
	w.list = append(w.list, c)
}

func (w *walker) compare(at string, a, b *avro.Type) {
	if w.seen[types{a, b}] || len(w.seen) > 100_000 {
		return
	}
	w.seen[types{a, b}] = true
	switch {
	case a.Kind == avro.Union || b.Kind == avro.Union:
		w.unions(at, a, b)
		return
	case a.Kind != b.Kind:
		w.add(Change{Kind: TypeChanged, At: at, From: a.String(), To: b.String()}, a, b)
		return
	}
	w.names(at, a, b)
	w.logical(at, a, b)
	switch a.Kind {
	case avro.Record:
		w.records(at, a, b)
	case avro.Enum:
		w.enums(at, a, b)
	case avro.Fixed:
		if a.Size != b.Size {
			w.add(Change{Kind: SizeChanged, At: at, From: fmt.Sprintf("%d bytes", a.Size), To: fmt.Sprintf("%d bytes", b.Size)}, a, b)
		}
	case avro.Array:
		w.compare(at+"[]", a.Items, b.Items)
	case avro.Map:
		w.compare(at+".*", a.Items, b.Items)
	}
}

func (w *walker) names(at string, a, b *avro.Type) {
	if a.Name != b.Name {
		w.add(Change{Kind: TypeRenamed, At: at, Name: a.Name, NewName: b.Name, From: a.Name, To: b.Name}, a, b)
	}
	w.aliases(at, a, b, a.Aliases, b.Aliases, nil)
}

func (w *walker) aliases(at string, a, b *avro.Type, old, new []string, of *avro.Field) {
	if slices.Equal(old, new) || a.Name != b.Name && of == nil && len(old) == 0 {
		return // that a renamed type got an alias is told with its name
	}
	c := Change{Kind: AliasChanged, At: at, From: strings.Join(old, ", "), To: strings.Join(new, ", ")}
	if of != nil {
		c.Name, c.After = of.Name, of.Node
	}
	w.add(c, a, b)
}

func (w *walker) logical(at string, a, b *avro.Type) {
	if a.Logical == b.Logical && a.Precision == b.Precision && a.Scale == b.Scale {
		return
	}
	w.add(Change{Kind: LogicalChanged, At: at, From: meaning(a), To: meaning(b)}, a, b)
}

func meaning(t *avro.Type) string {
	switch t.Logical {
	case "":
		return "a plain " + t.Kind.String()
	case avro.Decimal:
		return fmt.Sprintf("decimal(%d,%d)", t.Precision, t.Scale)
	}
	return string(t.Logical)
}

func (w *walker) records(at string, a, b *avro.Type) {
	taken := map[*avro.Field]bool{}
	for _, f := range a.Fields {
		g, renamed := successor(f, b)
		if g == nil || taken[g] {
			w.add(Change{Kind: FieldRemoved, At: at, Name: f.Name, From: f.Type.String(), Before: f.Node}, a, b)
			continue
		}
		taken[g] = true
		if renamed {
			w.add(Change{Kind: FieldRenamed, At: at, Name: f.Name, NewName: g.Name, Before: f.Node, After: g.Node}, a, b)
		} else {
			w.aliases(at+"."+g.Name, a, b, f.Aliases, g.Aliases, g)
		}
		w.defaults(at, a, b, f, g)
		if f.Order != g.Order {
			w.add(Change{Kind: OrderChanged, At: at, Name: g.Name, From: f.Order, To: g.Order, Before: f.Node, After: g.Node}, a, b)
		}
		w.compare(at+"."+g.Name, f.Type, g.Type)
	}
	for _, g := range b.Fields {
		if !taken[g] {
			c := Change{Kind: FieldAdded, At: at, Name: g.Name, To: g.Type.String(), After: g.Node}
			if g.HasDefault {
				c.From = show(g.Default)
			}
			w.add(c, a, b)
		}
	}
}

// successor is what an old field is in the new record: by its name, or by an
// alias that one of the two has for the other.
func successor(f *avro.Field, b *avro.Type) (g *avro.Field, renamed bool) {
	if g := b.Field(f.Name); g != nil {
		return g, false
	}
	for _, g := range b.Fields {
		if slices.Contains(g.Aliases, f.Name) {
			return g, true
		}
	}
	for _, alias := range f.Aliases {
		if g := b.Field(alias); g != nil {
			return g, true
		}
	}
	return nil, false
}

func (w *walker) defaults(at string, a, b *avro.Type, f, g *avro.Field) {
	before, after := f.Node.Get("default"), g.Node.Get("default")
	c := Change{At: at, Name: g.Name, Before: f.Node, After: g.Node}
	if before != nil {
		c.From, c.Before = show(before.Value()), before
	}
	if after != nil {
		c.To, c.After = show(after.Value()), after
	}
	switch {
	case f.HasDefault == g.HasDefault && c.From == c.To:
		return
	case !f.HasDefault:
		c.Kind = DefaultAdded
	case !g.HasDefault:
		c.Kind = DefaultRemoved
	default:
		c.Kind = DefaultChanged
	}
	w.add(c, a, b)
}

func (w *walker) enums(at string, a, b *avro.Type) {
	var gone, more []string
	for _, s := range a.Symbols {
		if b.Symbol(s) < 0 {
			gone = append(gone, s)
		}
	}
	for _, s := range b.Symbols {
		if a.Symbol(s) < 0 {
			more = append(more, s)
		}
	}
	if len(gone) > 0 {
		w.add(Change{Kind: SymbolRemoved, At: at, Name: some(gone), From: some(gone)}, a, b)
	}
	if len(more) > 0 {
		w.add(Change{Kind: SymbolAdded, At: at, Name: some(more), To: some(more)}, a, b)
	}
	if len(gone) == 0 && len(more) == 0 && !slices.Equal(a.Symbols, b.Symbols) {
		w.add(Change{Kind: SymbolMoved, At: at}, a, b)
	}
	if a.Default != b.Default {
		w.add(Change{Kind: EnumDefault, At: at, From: a.Default, To: b.Default}, a, b)
	}
}

// unions compares branches. What is no union is one of a single branch.
func (w *walker) unions(at string, a, b *avro.Type) {
	old, more := branches(a), slices.Clone(branches(b))
	var gone []*avro.Type
	for _, x := range old {
		i := slices.IndexFunc(more, func(y *avro.Type) bool { return alike(x, y) })
		if i < 0 {
			gone = append(gone, x)
			continue
		}
		w.compare(at, x, more[i])
		more = slices.Delete(more, i, i+1)
	}
	if len(gone) == 1 && len(more) == 1 && gone[0].Kind != avro.Null && more[0].Kind != avro.Null {
		w.add(Change{Kind: TypeChanged, At: at, From: gone[0].String(), To: more[0].String(), Before: gone[0].Node, After: more[0].Node}, a, b)
		return
	}
	for _, x := range gone {
		w.add(Change{Kind: BranchRemoved, At: at, Name: branchName(x), From: x.String(), Before: x.Node}, a, b)
	}
	for _, y := range more {
		w.add(Change{Kind: BranchAdded, At: at, Name: branchName(y), To: y.String(), After: y.Node}, a, b)
	}
}

func branches(t *avro.Type) []*avro.Type {
	if t.Kind == avro.Union {
		return t.Branches
	}
	return []*avro.Type{t}
}

func branchName(t *avro.Type) string {
	if t.Kind.Named() {
		return t.Name
	}
	return t.Kind.String()
}

// alike reports whether two branches are versions of one.
func alike(x, y *avro.Type) bool {
	if x.Kind != y.Kind {
		return false
	}
	short := func(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }
	return !x.Kind.Named() || short(x.Name) == short(y.Name) || slices.Contains(x.Aliases, y.Name) || slices.Contains(y.Aliases, x.Name)
}

// show prints a value shortly, as JSON.
func show(v any) string {
	b, err := schema.EncodeJSON(v)
	if err != nil {
		return "a value"
	}
	return shorten(string(b))
}

func shorten(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// some names a few of many.
func some(names []string) string {
	const shown = 5
	list := make([]string, 0, shown+1)
	for _, n := range names[:min(len(names), shown)] {
		list = append(list, shorten(n))
	}
	if more := len(names) - len(list); more > 0 {
		list = append(list, fmt.Sprintf("%d others", more))
	}
	return strings.Join(list, ", ")
}
