package avro

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// isName reports whether a text is a name without namespace (specification,
// "Names").
func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		switch {
		case c == '_', 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
		case '0' <= c && c <= '9' && i > 0:
		default:
			return false
		}
	}
	return s != ""
}

// isSpace reports whether a text is a namespace, which may be empty.
func isSpace(s string) bool {
	if s == "" {
		return true
	}
	for part := range strings.SplitSeq(s, ".") {
		if !isName(part) {
			return false
		}
	}
	return true
}

// nameLike turns a text into the nearest name that is one.
func nameLike(s string) string {
	var b strings.Builder
	for i, c := range shorten(s) {
		switch {
		case c == '_', 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9' && i > 0:
			b.WriteRune(c)
		case i == 0 && '0' <= c && c <= '9':
			b.WriteByte('_')
			b.WriteRune(c)
		case c != '…':
			b.WriteByte('_')
		}
	}
	return b.String()
}

func (r *reader) badName(n *tree.Node, what string) {
	d := r.fault(CodeName, n, "%s is not a name for %s: letters, digits and \"_\" make names, and a digit not the first", quote(n.Text), what)
	if like := nameLike(n.Text); isName(like) {
		d.Help = fmt.Sprintf("for example %q", like)
	}
}

// ownName reads the name of a field; "" where there is none that is right.
func (r *reader) ownName(n *tree.Node, what string) string {
	name := n.Get("name")
	switch {
	case name == nil:
		r.fault(CodeRequired, n, "%s needs \"name\"", what)
	case name.Kind != tree.String:
		r.fault(CodeType, name, "\"name\" must be a string, is %s", whatIs(name.Value()))
	case !isName(name.Text):
		r.badName(name, what)
	default:
		return name.Text
	}
	return ""
}

// define gives a named type its name and returns the namespace that holds
// inside of it.
func (r *reader) define(t *Type, around string) string {
	full, name := r.fullName(t, around)
	if full == "" {
		return around
	}
	inside := space(full)
	if other, twice := r.names[full]; twice {
		r.twice(CodeDuplicateName, name, other.Node.Get("name"), "the type %s is defined twice", full)
		t.Name = full
		return inside
	}
	t.Name = full
	r.names[full] = t
	r.typeAliases(t, inside)
	return inside
}

// fullName works out the full name of a type (specification, "Names"): a name
// with dots is one already.
func (r *reader) fullName(t *Type, around string) (string, *tree.Node) {
	name := t.Node.Get("name")
	switch {
	case name == nil:
		r.fault(CodeRequired, t.Node, "%s needs \"name\"", article(t.Kind.String()))
		return "", nil
	case name.Kind != tree.String:
		r.fault(CodeType, name, "\"name\" must be a string, is %s", whatIs(name.Value()))
		return "", nil
	}
	own := r.namespace(t.Node, around)
	full := name.Text
	if strings.Contains(full, ".") {
		own = space(full)
		full = strings.TrimPrefix(full, ".")
	}
	switch {
	case !isName(short(full)) || !isSpace(own):
		r.badName(name, article(t.Kind.String()))
		return "", nil
	case primitive(short(full)) != 0:
		r.fault(CodeName, name, "%s is a type of Avro's own, and cannot be defined anew", quote(short(full)))
		return "", nil
	}
	if own != "" && !strings.Contains(full, ".") {
		full = own + "." + full
	}
	return full, name
}

// namespace is what a type says of its namespace, or that around it.
func (r *reader) namespace(n *tree.Node, around string) string {
	ns := n.Get("namespace")
	switch {
	case ns == nil:
		return around
	case ns.Kind != tree.String:
		r.fault(CodeType, ns, "\"namespace\" must be a string, is %s", whatIs(ns.Value()))
		return around
	case !isSpace(ns.Text):
		r.fault(CodeNamespace, ns, "%s is not a namespace: it is names with dots between them", quote(ns.Text))
		return around
	}
	return ns.Text
}

// typeAliases reads the further names of a type: those without dots are in
// its own namespace.
func (r *reader) typeAliases(t *Type, inside string) {
	taken := map[string]bool{}
	for _, n := range r.list(t.Node, "aliases") {
		r.left--
		full := n.Str()
		if n.Kind != tree.String || !isSpace(full) || full == "" {
			r.fault(CodeAlias, n, "an alias must be the name of a type, and %s is none", show(n.Value()))
			continue
		}
		if !strings.Contains(full, ".") && inside != "" {
			full = inside + "." + full
		}
		switch {
		case full == t.Name:
			r.fault(CodeAlias, n, "%s is the name of the type itself", quote(n.Text))
		case taken[full]:
			r.fault(CodeAlias, n, "the alias %s stands here twice", quote(n.Text))
		default:
			taken[full] = true
			t.Aliases = append(t.Aliases, full)
		}
	}
}

// fieldAliases reads the further names of a record's fields, which no other
// field of it may have.
func (r *reader) fieldAliases(t *Type) {
	owner := map[string]string{}
	for _, f := range t.Fields {
		for _, n := range r.list(f.Node, "aliases") {
			r.left--
			other, taken := owner[n.Str()]
			switch {
			case n.Kind != tree.String || !isName(n.Text):
				r.fault(CodeAlias, n, "an alias must be the name of a field, and %s is none", show(n.Value()))
			case n.Text == f.Name:
				r.fault(CodeAlias, n, "%s is the name of the field itself", quote(n.Text))
			case t.Field(n.Text) != nil:
				r.fault(CodeAlias, n, "%s is the name of another field, so that readers would find two for it", quote(n.Text))
			case taken:
				r.fault(CodeAlias, n, "%s is an alias of %s already", quote(n.Text), quote(other))
			default:
				owner[n.Text] = f.Name
				f.Aliases = append(f.Aliases, n.Text)
			}
		}
	}
}

var fieldAttributes = []string{"name", "type", "doc", "default", "order", "aliases", "logicalType", "precision", "scale"}

// attributesOf are what the specification says of a kind; others are allowed
// and mean nothing.
func attributesOf(k Kind) []string {
	switch k {
	case Record:
		return []string{"type", "name", "namespace", "doc", "aliases", "fields", "logicalType"}
	case Enum:
		return []string{"type", "name", "namespace", "doc", "aliases", "symbols", "default", "logicalType"}
	case Fixed:
		return []string{"type", "name", "namespace", "doc", "aliases", "size", "logicalType", "precision", "scale"}
	case Array:
		return []string{"type", "items", "doc", "default", "logicalType"}
	case Map:
		return []string{"type", "values", "doc", "default", "logicalType"}
	}
	return []string{"type", "doc", "logicalType", "precision", "scale"}
}

// misspelt tells of attributes that are nearly those which count.
func (r *reader) misspelt(n *tree.Node, known []string) {
	for _, m := range n.Members {
		r.left--
		key := m.Key.Text
		if slices.Contains(known, key) || len(key) < 4 || r.compared > maxCompared {
			continue
		}
		r.compared += len(known)
		near := diag.Nearest(key, known)
		if near == "" || n.Has(near) || len(near) < 4 {
			continue
		}
		d := r.fault(CodeMisspelt, m.Value, "%s says nothing to a reader of Avro", quote(key))
		d.Span, d.Help = m.Key.Span, fmt.Sprintf("did you mean %q?", near)
	}
}
