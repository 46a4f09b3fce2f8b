package avro

import (
	"strconv"

	"github.com/weft-dev/weft/text/tree"
)

// Standalone returns the schema as one JSON text has it that needs no other:
// references are followed, each type is defined where it is first used, and all
// names are full. Attributes that Avro does not know are left out.
func (s *Schema) Standalone() *tree.Node {
	w := printer{named: map[string]bool{}}
	return w.schema(s.Type)
}

type printer struct{ named map[string]bool }

func (w *printer) schema(t *Type) *tree.Node {
	switch {
	case t.Kind == Union:
		list := tree.NewArray()
		for _, b := range t.Branches {
			list.Append(w.schema(b))
		}
		return list
	case t.Kind.Named() && w.named[t.Name]:
		return tree.NewString(t.Name)
	case t.Kind <= String && t.Logical == "":
		return tree.NewString(t.Kind.String())
	}
	o := tree.NewObject()
	o.Set("type", tree.NewString(t.Kind.String()))
	if t.Kind.Named() {
		w.named[t.Name] = true
		o.Set("name", tree.NewString(t.Name))
		// Without its own, the namespace around would hold for a bare name.
		if space(t.Name) == "" {
			o.Set("namespace", tree.NewString(""))
		}
		texts(o, "aliases", t.Aliases)
	}
	text(o, "doc", t.Doc)
	switch t.Kind {
	case Record:
		fields := tree.NewArray()
		for _, f := range t.Fields {
			fields.Append(w.field(f))
		}
		o.Set("fields", fields)
	case Enum:
		o.Set("symbols", tree.NewArray())
		texts(o, "symbols", t.Symbols)
		text(o, "default", t.Default)
	case Array:
		o.Set("items", w.schema(t.Items))
	case Map:
		o.Set("values", w.schema(t.Items))
	case Fixed:
		integer(o, "size", t.Size)
	}
	text(o, "logicalType", string(t.Logical))
	if t.Logical == Decimal {
		integer(o, "precision", t.Precision)
		integer(o, "scale", t.Scale)
	}
	return o
}

func (w *printer) field(f *Field) *tree.Node {
	o := tree.NewObject()
	o.Set("name", tree.NewString(f.Name))
	o.Set("type", w.schema(f.Type))
	text(o, "doc", f.Doc)
	if d := f.Node.Get("default"); d != nil {
		o.Set("default", d.Clone())
	}
	if f.Order != "ascending" {
		text(o, "order", f.Order)
	}
	texts(o, "aliases", f.Aliases)
	return o
}

func text(o *tree.Node, key, value string) {
	if value != "" {
		o.Set(key, tree.NewString(value))
	}
}

func texts(o *tree.Node, key string, values []string) {
	if len(values) == 0 {
		return
	}
	list := tree.NewArray()
	for _, v := range values {
		list.Append(tree.NewString(v))
	}
	o.Set(key, list)
}

func integer(o *tree.Node, key string, value int) {
	o.Set(key, &tree.Node{Kind: tree.Number, Text: strconv.Itoa(value)})
}
