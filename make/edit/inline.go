package edit

import (
	"errors"
	"slices"

	"github.com/weft-dev/weft/text/tree"
)

// maxInlined bounds how much a document may grow by schemas that are written
// out, in values.
const maxInlined = 200_000

var errTooLarge = errors.New("with its schemas written out the document is too large: name those that should be")

// InlineSchemas writes the schemas of a document's components, or those of some
// names, out where they are referred to, and takes away those that nothing
// refers to any more. A schema that holds itself stays.
func (s *Session) InlineSchemas(only []string) error {
	docs, err := s.asyncAPI()
	if err != nil {
		return err
	}
	var known []string
	for _, d := range docs {
		known = append(known, keys(d.Root.At("/components/schemas"))...)
	}
	for _, name := range only {
		if !slices.Contains(known, name) {
			return unknown("schema", name, known)
		}
	}
	for _, d := range docs {
		if err := s.inlineIn(d, only); err != nil {
			return err
		}
	}
	return s.apply()
}

// inliner writes out the schemas of one document.
type inliner struct {
	schemas *tree.Node // of the components
	uri     string
	chosen  map[string]bool
	left    int
}

func (s *Session) inlineIn(d *document, only []string) error {
	schemas := d.Root.At("/components/schemas")
	if schemas.Len() == 0 {
		return nil
	}
	in := &inliner{schemas: schemas, uri: d.File.URI(), chosen: map[string]bool{}, left: maxInlined}
	for _, name := range keys(schemas) {
		switch {
		case len(only) > 0 && !slices.Contains(only, name):
		case in.recursive(name, name, map[string]bool{}):
			s.note("%s holds itself and stays", name)
		default:
			in.chosen[name] = true
		}
	}
	kept := map[string]bool{}
	var own []reference
	for _, other := range s.docs {
		for _, r := range s.references(other) {
			switch name := in.named(r); {
			case name == "":
			case other != d || !in.chosen[name] || len(r.tokens) > 3:
				kept[name] = true
			default:
				own = append(own, r)
			}
		}
	}
	for _, r := range own {
		if home := in.home(r.holder); home != "" && in.chosen[home] && !kept[home] {
			continue // it goes, with what holds it
		}
		if err := s.writeOut(in, r); err != nil {
			return err
		}
	}
	s.dropUnused(in, d, kept)
	return nil
}

// writeOut puts a schema in the place of a reference.
func (s *Session) writeOut(in *inliner, r reference) error {
	made := in.expand(in.schemas.Get(r.tokens[2]))
	if in.left < 0 {
		return errTooLarge
	}
	s.patch.Replace(r.holder, made)
	return nil
}

// dropUnused takes away the components that were written out, but for those
// that others refer to still.
func (s *Session) dropUnused(in *inliner, d *document, kept map[string]bool) {
	dropped := 0
	for i := range in.schemas.Len() {
		m := in.schemas.Members[i]
		if in.chosen[m.Key.Text] && !kept[m.Key.Text] {
			s.patch.Remove(m.Value)
			dropped++
		}
	}
	components := d.Root.Get("components")
	if dropped == in.schemas.Len() {
		s.patch.Remove(in.schemas)
		if components.Len() == 1 {
			s.patch.Remove(components)
		}
	}
	s.note("%s: %s written out", d.File.Name(), plural(dropped, "schema"))
}

// named is the component that a reference names, or leads into; "" for another.
func (in *inliner) named(r reference) string {
	if r.uri != in.uri || len(r.tokens) < 3 || r.tokens[0] != "components" || r.tokens[1] != "schemas" {
		return ""
	}
	return r.tokens[2]
}

// home is the component that a value stands in, or "".
func (in *inliner) home(n *tree.Node) string {
	for ; n.Parent != nil; n = n.Parent {
		if n.Parent == in.schemas {
			return n.Name()
		}
	}
	return ""
}

// recursive reports whether a schema leads to one of a name.
func (in *inliner) recursive(from, to string, seen map[string]bool) bool {
	if seen[from] {
		return false
	}
	seen[from] = true
	found := false
	walk(in.schemas.Get(from), func(n *tree.Node) {
		value := n.Get("$ref")
		if !value.Is(tree.String) || found {
			return
		}
		if r, ok := parseReference(in.uri, value.Text); ok {
			if name := in.named(r); name != "" && in.schemas.Has(name) {
				found = name == to || in.recursive(name, to, seen)
			}
		}
	})
	return found
}

// expand is a copy of a schema in which the references to chosen schemas are
// written out.
func (in *inliner) expand(n *tree.Node) *tree.Node {
	if in.left--; in.left < 0 || n == nil {
		return tree.NewObject()
	}
	if value := n.Get("$ref"); value.Is(tree.String) {
		if r, ok := parseReference(in.uri, value.Text); ok && len(r.tokens) == 3 && in.chosen[in.named(r)] {
			return in.expand(in.schemas.Get(r.tokens[2]))
		}
	}
	c := &tree.Node{Kind: n.Kind, Text: n.Text, Comments: n.Comments, Span: n.Span}
	for _, item := range n.Items {
		c.Append(in.expand(item))
	}
	for i := range n.Members {
		c.Set(n.Members[i].Key.Text, in.expand(n.Members[i].Value))
	}
	return c
}
