package shape

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// Options say how a document is walked. The zero value checks one document and
// follows no references.
type Options struct {
	// Resolve returns what a Reference Object leads to, by one step or by
	// several, or nil. It need not report what it cannot resolve: the walk
	// leaves that to whoever resolves. Nil means that none are followed.
	Resolve func(ref *tree.Node) *tree.Node
	// Limit is the most findings returned, 1000 where it is 0.
	Limit int
}

// Check checks a whole document.
func (s *Set) Check(root *tree.Node, options Options) []diag.Diagnostic {
	return s.check(root, s.root, options)
}

// CheckAs checks a node as the object of that name. It panics where this
// version has no such object.
func (s *Set) CheckAs(n *tree.Node, object string, options Options) []diag.Diagnostic {
	o := s.objects[object]
	if o == nil {
		panic(fmt.Sprintf("shape: %s %s has no object %q", s.tables.Title, s.version, object))
	}
	return s.check(n, &Type{kind: objectType, name: object, object: o}, options)
}

func (s *Set) check(n *tree.Node, t *Type, options Options) []diag.Diagnostic {
	if n == nil {
		return nil
	}
	if options.Limit <= 0 {
		options.Limit = 1000
	}
	c := &Context{set: s, options: options, objects: make(map[*tree.Node]*compiled, 256), again: make(map[visit]bool)}
	c.value(n, t)
	for len(c.queue) > 0 && !c.full {
		p := c.queue[len(c.queue)-1]
		c.queue = c.queue[:len(c.queue)-1]
		c.follow(p)
	}
	return c.found
}

// value checks one value against a type. Every object is checked once for each
// kind of object it is used as, however many ways lead to it.
func (c *Context) value(n *tree.Node, t *Type) {
	if c.full {
		return
	}
	if t.grade != nil && c.grade == nil {
		c.grade = t.grade
		defer func() { c.grade = nil }()
	}
	if c.reference(n, t) {
		return
	}
	switch t.kind {
	case anyType:
	case unionType:
		c.union(n, t)
		return // the alternative checked the kind
	case objectType:
		c.objectValue(n, t)
	case mapType:
		c.mapValue(n, t)
	case listType:
		c.listValue(n, t)
	default:
		if !c.scalar(n, t) {
			return
		}
	}
	if t.then != nil && t.accepts(n) {
		t.then(c, n)
	}
}

// accepts reports whether a value has a kind that the type allows.
func (t *Type) accepts(n *tree.Node) bool {
	switch t.kind {
	case anyType:
		return true
	case stringType:
		return n.Kind == tree.String
	case booleanType:
		return n.Kind == tree.Bool
	case integerType:
		return n.Kind == tree.Number && isInteger(n.Text)
	case numberType:
		return n.Kind == tree.Number
	case nullType:
		return n.Kind == tree.Null
	case listType:
		return n.Kind == tree.Sequence
	case mapType, objectType:
		return n.Kind == tree.Mapping
	case unionType:
		for _, a := range t.alternatives {
			if a.accepts(n) {
				return true
			}
		}
	}
	return false
}

func (c *Context) objectValue(n *tree.Node, t *Type) {
	if n.Kind != tree.Mapping {
		c.wrongType(n, t)
		return
	}
	if c.seen(n, t.object) {
		return
	}
	o := t.object.open()
	c.fields(n, o)
	if o.table.Check != nil {
		o.table.Check(c, n)
	}
}

// seen notes that a node is checked as an object, and whether it was before.
func (c *Context) seen(n *tree.Node, o *compiled) bool {
	n = content(n)
	first, ok := c.objects[n]
	switch {
	case !ok:
		c.objects[n] = o
		return false
	case first == o:
		return true
	}
	v := visit{node: n, object: o}
	if c.again[v] {
		return true
	}
	c.again[v] = true
	return false
}

// content is the node that an alias stands for.
func content(n *tree.Node) *tree.Node {
	for n.Alias != nil {
		n = n.Alias
	}
	return n
}

func (c *Context) fields(n *tree.Node, o *compiled) {
	var meant []string // what unknown fields probably are
	for i := range n.Members {
		m := &n.Members[i]
		if at, ok := o.fields[m.Key.Text]; ok {
			c.value(m.Value, o.table.Fields[at].Type)
			continue
		}
		if near := c.otherField(n, m, o); near != "" {
			meant = append(meant, near)
		}
	}
	for _, at := range o.required {
		// A required field that is only misspelt is one fault, not two.
		if f := &o.table.Fields[at]; n.Get(f.Name) == nil && !slices.Contains(meant, f.Name) {
			c.missing(n, o, f)
		}
	}
	for i := range o.table.Groups {
		c.group(n, o, &o.table.Groups[i])
	}
}

// otherField checks a field whose name the table does not list, and returns
// the name that was probably meant.
func (c *Context) otherField(n *tree.Node, m *tree.Member, o *compiled) (meant string) {
	name := m.Key.Text
	if o.table.Extensions && c.set.isExt(name) {
		return ""
	}
	for i, re := range o.keys {
		if re == nil || re.MatchString(name) {
			c.value(m.Value, o.table.Keys[i].Type)
			return ""
		}
	}
	if o.table.Open {
		return ""
	}
	return c.unknownField(n, m, o)
}

func (c *Context) unknownField(n *tree.Node, m *tree.Member, o *compiled) (meant string) {
	name := m.Key.Text
	if name == "$ref" {
		d := c.report(CodeRefNotAllowed, m.Value, m.Key.Span, fmt.Sprintf("a reference may not stand here: write the %s itself", o.name))
		if o.table.Loose {
			d.Severity = diag.Warning
		}
		return ""
	}
	d := c.report(CodeUnknownField, m.Value, m.Key.Span, fmt.Sprintf("unknown field %q in %s", name, withArticle(o.name)))
	if o.table.Loose {
		d.Severity = diag.Warning
	}
	var names, there []string
	for i := range o.table.Fields {
		if f := &o.table.Fields[i]; n.Has(f.Name) {
			there = append(there, f.Name)
		} else {
			names = append(names, f.Name)
		}
	}
	near := diag.Nearest(name, names)
	switch versions := c.set.otherVersions(o.table.Name, name); {
	case versions != "":
		d.Help = fmt.Sprintf("%s has %q %s", withArticle(o.name), name, c.set.tables.Title+" "+versions)
	case near != "":
		d.Help = fmt.Sprintf("did you mean %q?", near)
		d.Fixes = []diag.Fix{{Title: fmt.Sprintf("rename it to %q", near), Edits: []diag.Edit{renameKey(m.Key, near)}}}
	case diag.Nearest(name, there) != "":
		d.Help = fmt.Sprintf("did you mean %q? It is there already", diag.Nearest(name, there))
	case strings.HasPrefix(name, "x-"):
		d.Help = "an extension's name is \"x-\" and letters, digits, \".\", \"-\" or \"_\""
		if !o.table.Extensions {
			d.Help = "extensions may not stand here"
		}
	case len(names) > 0 && len(names) <= 12:
		d.Help = "it may have " + list(names, "and")
	}
	if len(o.keys) > 0 && d.Help == "" && o.table.Keys[0].Words != "" {
		d.Help = "a name here is " + o.table.Keys[0].Words
	}
	if o.table.Loose {
		return "" // only a warning: what is missing still is
	}
	return near
}

func renameKey(key *tree.Node, name string) diag.Edit {
	text := name
	if raw := key.Span.Text(); len(raw) > 0 && (raw[0] == '"' || raw[0] == '\'') {
		text = string(raw[0]) + name + string(raw[0])
	}
	return diag.Edit{Span: key.Span, Text: text}
}

func (c *Context) missing(n *tree.Node, o *compiled, f *Field) {
	d := c.report(CodeMissingField, n, keySpan(n), fmt.Sprintf("%s needs the field %q", withArticle(o.name), f.Name))
	d.Help = f.Doc
	if d.Help != "" {
		d.Help = fmt.Sprintf("%q is %s", f.Name, lowerFirst(strings.TrimSuffix(f.Doc, ".")))
	}
}

func (c *Context) group(n *tree.Node, o *compiled, g *Group) {
	var there []*tree.Node
	for _, name := range g.Fields {
		if v := n.Get(name); v != nil {
			there = append(there, v)
		}
	}
	if len(there) < g.Min {
		c.report(CodeMissingField, n, keySpan(n), fmt.Sprintf("%s needs one of %s", withArticle(o.name), list(quoted(g.Fields), "and")))
	}
	if g.Max > 0 && len(there) > g.Max {
		v := there[g.Max]
		d := c.report(CodeFieldConflict, v, keySpan(v), fmt.Sprintf("%s may have only one of %s", withArticle(o.name), list(quoted(g.Fields), "and")))
		d.Related = []diag.Related{{Message: "the first is here", Span: keySpan(there[0])}}
	}
}

func (c *Context) mapValue(n *tree.Node, t *Type) {
	if n.Kind != tree.Mapping {
		c.wrongType(n, t)
		return
	}
	if c.repeated(n, t) {
		return
	}
	if ref := n.Get("$ref"); ref != nil && ref.Kind == tree.String && len(n.Members) == 1 {
		c.report(CodeRefNotAllowed, ref, keySpan(ref), "a reference may not stand here: write "+describe(t)+" itself")
		return
	}
	c.count(n, t, len(n.Members), "entries")
	for i := range n.Members {
		m := &n.Members[i]
		if t.keysFit != nil && !t.keysFit.MatchString(m.Key.Text) {
			d := c.report(CodeBadKey, m.Value, m.Key.Span, fmt.Sprintf("the name %q does not fit: use %s", clip(m.Key.Text), t.keysHint))
			if t.keysSoft {
				d.Severity = diag.Warning
			}
		}
		if t.keyForm != "" {
			if want := formatFault(t.keyForm, m.Key.Text); want != "" {
				c.report(CodeBadFormat, m.Value, m.Key.Span, fmt.Sprintf("the name %q should be %s", clip(m.Key.Text), want))
			}
		}
		c.value(m.Value, t.elem)
	}
}

func (c *Context) listValue(n *tree.Node, t *Type) {
	if n.Kind != tree.Sequence {
		c.wrongType(n, t)
		return
	}
	if c.repeated(n, t) {
		return
	}
	c.count(n, t, len(n.Items), "items")
	for _, item := range n.Items {
		c.value(item, t.elem)
	}
	if t.unique {
		c.duplicates(n)
	}
}

// repeated keeps aliases of aliases from being walked as often as they could
// be written out.
func (c *Context) repeated(n *tree.Node, t *Type) bool {
	if n.Alias == nil {
		return false
	}
	v := visit{node: content(n), elem: t.elem}
	if c.again[v] {
		return true
	}
	c.again[v] = true
	return false
}

func (c *Context) count(n *tree.Node, t *Type, have int, what string) {
	switch {
	case have < t.minItems && t.minItems == 1:
		c.report(CodeItemCount, n, emptySpan(n), fmt.Sprintf("%s may not be empty", subject(n)))
	case have < t.minItems:
		c.report(CodeItemCount, n, emptySpan(n), fmt.Sprintf("%s needs at least %d %s, but has %d", subject(n), t.minItems, what, have))
	case t.maxItems > 0 && have > t.maxItems:
		c.report(CodeItemCount, n, keySpan(n), fmt.Sprintf("%s may have at most %d %s, but has %d", subject(n), t.maxItems, what, have))
	}
}
