package shape

import "github.com/weft-dev/weft/text/tree"

// Place is what the tables know about one place in a document.
type Place struct {
	// Object is the object that stands there, or nil where something else does.
	Object *Object
	// In is the object that has the place as one of its fields, or nil at the
	// root, in a list and in a map.
	In *Object
	// Field is the field of In with the place's name, or nil where the name
	// follows a pattern, or is not known.
	Field *Field
	// Type is what may stand there; nil where the tables do not know.
	Type *Type
}

// At says what a node of a document is, as the document stands: it goes down
// from the root and lets the values choose where the tables leave a choice.
// It does not follow references.
func (s *Set) At(n *tree.Node) Place {
	if n == nil {
		return Place{}
	}
	return s.place(n)
}

// Walk visits every object of a document that the tables know, from the root
// down, as At would say it is. It does not follow references, and looks into
// what is repeated by an alias only where it is written.
func (s *Set) Walk(root *tree.Node, visit func(n *tree.Node, o *Object)) {
	if root != nil {
		s.walk(root, placeOf(root, s.root), visit)
	}
}

func (s *Set) walk(n *tree.Node, p Place, visit func(*tree.Node, *Object)) {
	if p.Type == nil || n.Alias != nil || n.Len() == 0 {
		return
	}
	t := p.Type.chosen(n)
	if t == nil {
		return
	}
	switch t.kind {
	case listType, mapType:
		s.walkAll(n, func(child *tree.Node) Place { return placeOf(child, t.elem) }, visit)
	case objectType:
		o := t.object.open()
		if n.Kind == tree.Mapping {
			visit(n, o.table)
		}
		s.walkAll(n, func(child *tree.Node) Place { return s.fieldPlace(child, o) }, visit)
	}
}

func (s *Set) walkAll(n *tree.Node, place func(*tree.Node) Place, visit func(*tree.Node, *Object)) {
	for i := range n.Members {
		s.walk(n.Members[i].Value, place(n.Members[i].Value), visit)
	}
	for _, item := range n.Items {
		s.walk(item, place(item), visit)
	}
}

func (s *Set) place(n *tree.Node) Place {
	if n.Parent == nil {
		return placeOf(n, s.root)
	}
	up := s.place(n.Parent)
	if up.Type == nil {
		return Place{}
	}
	t := up.Type.chosen(n.Parent)
	if t == nil {
		return Place{}
	}
	switch t.kind {
	case listType, mapType:
		return placeOf(n, t.elem)
	case objectType:
		return s.fieldPlace(n, t.object.open())
	}
	return Place{}
}

func (s *Set) fieldPlace(n *tree.Node, o *compiled) Place {
	name := n.Name()
	if at, ok := o.fields[name]; ok {
		f := &o.table.Fields[at]
		p := placeOf(n, f.Type)
		p.In, p.Field = o.table, f
		return p
	}
	for i, re := range o.keys {
		if re == nil || re.MatchString(name) {
			p := placeOf(n, o.table.Keys[i].Type)
			p.In = o.table
			return p
		}
	}
	return Place{In: o.table}
}

func placeOf(n *tree.Node, t *Type) Place {
	p := Place{Type: t}
	if t.ref != refNever && n.Has("$ref") {
		return p
	}
	if c := t.chosen(n); c != nil && c.kind == objectType && n.Kind == tree.Mapping {
		p.Object = c.object.open().table
	}
	return p
}

// chosen is the alternative of a union that a value is, or the type itself;
// nil where that cannot be said.
func (t *Type) chosen(n *tree.Node) *Type {
	for t.kind == unionType {
		i := t.choose(nil, t, n)
		if i < 0 {
			return nil
		}
		t = t.alternatives[i]
	}
	return t
}

// Objects returns the names of the objects that the type may be, or hold, in
// the order of the tables: "server" for a map of servers.
func (t *Type) Objects() []string { return t.objects(map[*Type]bool{}) }

// objects is Objects for a type that may hold itself.
func (t *Type) objects(seen map[*Type]bool) []string {
	if seen[t] {
		return nil
	}
	seen[t] = true
	switch t.kind {
	case objectType:
		return []string{t.name}
	case listType, mapType:
		return t.elem.objects(seen)
	}
	var names []string
	for _, a := range t.alternatives {
		names = append(names, a.objects(seen)...)
	}
	return names
}

// Values returns the values of an Enum, or nil: what completion offers.
func (t *Type) Values() []string { return t.enum }

// MayRef reports whether a Reference Object may stand there, and MustRef asks
// for one.
func (t *Type) MayRef() bool { return t.ref != refNever }

// String describes the type as findings do: "a server or a reference".
func (t *Type) String() string {
	words := describe(t)
	switch {
	case t.kind == listType:
		words += " of " + t.elem.String()
	case t.kind == mapType:
		words = "a map of " + t.elem.String()
	}
	if t.ref == refMay {
		return words + ", or a reference to one"
	}
	if t.ref == refMust {
		return "a reference to " + words
	}
	return words
}
