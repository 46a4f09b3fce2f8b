package gosource

import (
	"go/ast"
	"go/constant"
	"math"
	"strconv"

	"github.com/weft-dev/weft/spec/schema/gotype"
)

// maxDepth bounds how deep types stand within one another.
const maxDepth = 200

func unknown(n ast.Node, why string) *gotype.Type {
	return &gotype.Type{Kind: gotype.Unknown, Why: why, At: place(n), Len: -1}
}

// named is a declared type; it is read once, so that types may be within
// themselves.
func (f *File) named(name string) *gotype.Type {
	if t := f.known[name]; t != nil {
		return t
	}
	d := f.types[name]
	at := d.spec.Name
	if d.spec.TypeParams != nil {
		return f.keep(name, unknown(at, name+" has type parameters, which are not converted"))
	}
	t := &gotype.Type{Name: name, Doc: d.doc, At: place(at), Len: -1}
	f.known[name] = t
	d.open = true
	f.fill(t, d)
	d.open = false
	return t
}

func (f *File) keep(name string, t *gotype.Type) *gotype.Type {
	t.Name = name
	f.known[name] = t
	return t
}

// fill makes a declared type what it is declared to be.
func (f *File) fill(t *gotype.Type, d *declared) {
	methods := f.methods[t.Name]
	switch {
	case methods["MarshalJSON"] || methods["MarshalJSONTo"]:
		t.Own, t.Why = true, t.Name+" writes its own JSON (MarshalJSON), of which its fields say nothing"
		return
	case methods["MarshalText"] || methods["AppendText"]:
		t.Own, t.Kind = true, gotype.Text
		return
	}
	under := f.typeOf(d.spec.Type, d)
	if f.isOpen(under) {
		t.Why = t.Name + " is declared to be itself"
		return
	}
	name, doc, at := t.Name, t.Doc, t.At
	*t = *under
	t.Name, t.Doc, t.At = name, doc, at
	t.Own = under.Own && d.spec.Assign.IsValid()
	if under.Own && !t.Own && under.Kind != gotype.Any {
		t.Kind, t.Why = gotype.Unknown, name+" has not the methods of the type that it is made of, which write JSON"
	}
	if !d.spec.Assign.IsValid() {
		f.giveValues(t, d)
	}
	f.embedsOwn(t)
}

// giveValues gives a declared type its own constants, instead of those of the
// type that it is made of.
func (f *File) giveValues(t *gotype.Type, d *declared) {
	t.Values, t.Unclear = nil, nil
	switch t.Kind {
	case gotype.String, gotype.Int, gotype.Uint:
		t.Unclear = d.unclear
		if !d.loose {
			t.Values = d.values
		}
	}
}

// isOpen reports whether a type is being read, so that what it is is not known.
func (f *File) isOpen(t *gotype.Type) bool {
	d := f.types[t.Name]
	return d != nil && d.open && f.known[t.Name] == t && t.Kind == gotype.Unknown && t.Why == ""
}

// embedsOwn knows a struct that writes JSON by the method of what it embeds.
func (f *File) embedsOwn(t *gotype.Type) {
	for _, field := range t.Fields {
		if inner := field.Type.Deref(); field.Embedded && inner.Own {
			t.Kind, t.Own, t.Fields = gotype.Unknown, true, nil
			t.Why = t.Name + " embeds " + field.Name + ", whose own JSON (or text) becomes that of the whole struct"
			return
		}
	}
}

// typeOf is the type that an expression stands for.
func (f *File) typeOf(e ast.Expr, in *declared) *gotype.Type {
	if f.depth++; f.depth > maxDepth {
		f.depth--
		return unknown(e, "it is too deep within other types")
	}
	defer func() { f.depth-- }()
	switch e := e.(type) {
	case *ast.Ident:
		return f.ident(e)
	case *ast.ParenExpr:
		return f.typeOf(e.X, in)
	case *ast.StarExpr:
		return &gotype.Type{Kind: gotype.Pointer, Elem: f.typeOf(e.X, in), Len: -1, At: place(e)}
	case *ast.SelectorExpr:
		return f.imported(e, in)
	case *ast.ArrayType:
		return f.list(e, in)
	case *ast.MapType:
		return &gotype.Type{Kind: gotype.Map, Key: f.typeOf(e.Key, in), Elem: f.typeOf(e.Value, in), Len: -1, At: place(e)}
	case *ast.StructType:
		return f.structOf(e, in)
	case *ast.InterfaceType:
		if e.Methods.NumFields() == 0 {
			return &gotype.Type{Kind: gotype.Any, Len: -1, At: place(e)}
		}
		return unknown(e, "an interface says what values do, not what they look like")
	case *ast.ChanType:
		return unknown(e, "a channel cannot be written as JSON")
	case *ast.FuncType:
		return unknown(e, "a function cannot be written as JSON")
	case *ast.IndexExpr, *ast.IndexListExpr:
		return unknown(e, "types with type parameters are not converted")
	}
	return unknown(e, "it is no type")
}

// ident is a type of this package or of the language.
func (f *File) ident(e *ast.Ident) *gotype.Type {
	if f.types[e.Name] != nil {
		return f.named(e.Name)
	}
	t := predeclared(e.Name)
	if t == nil {
		return unknown(e, e.Name+" is not declared in this text")
	}
	t.At, t.Len = place(e), -1
	return t
}

func predeclared(name string) *gotype.Type {
	of := func(kind gotype.Kind, bits int) *gotype.Type { return &gotype.Type{Kind: kind, Bits: bits} }
	switch name {
	case "bool":
		return of(gotype.Bool, 0)
	case "string":
		return of(gotype.String, 0)
	case "any":
		return of(gotype.Any, 0)
	case "int", "int64":
		return of(gotype.Int, 64)
	case "int8":
		return of(gotype.Int, 8)
	case "int16":
		return of(gotype.Int, 16)
	case "int32", "rune":
		return of(gotype.Int, 32)
	case "uint", "uint64", "uintptr":
		return of(gotype.Uint, 64)
	case "uint8", "byte":
		return of(gotype.Uint, 8)
	case "uint16":
		return of(gotype.Uint, 16)
	case "uint32":
		return of(gotype.Uint, 32)
	case "float32":
		return of(gotype.Float, 32)
	case "float64":
		return of(gotype.Float, 64)
	case "complex64", "complex128":
		return &gotype.Type{Why: "a complex number cannot be written as JSON"}
	case "error":
		return &gotype.Type{Why: "an interface says what values do, not what they look like"}
	}
	return nil
}

// imported is a type of another package.
func (f *File) imported(e *ast.SelectorExpr, in *declared) *gotype.Type {
	pkg, ok := e.X.(*ast.Ident)
	if !ok {
		return unknown(e, "it is no type")
	}
	full, known := in.imports[pkg.Name]
	if !known {
		return unknown(e, "the text imports no package "+pkg.Name)
	}
	if t := gotype.Standard(full, e.Sel.Name); t != nil {
		t.At, t.Len = place(e), -1
		return t
	}
	return unknown(e, pkg.Name+"."+e.Sel.Name+" is declared in another package, which is not read")
}

func (f *File) list(e *ast.ArrayType, in *declared) *gotype.Type {
	elem := f.typeOf(e.Elt, in)
	t := &gotype.Type{Kind: gotype.List, Elem: elem, Len: -1, At: place(e)}
	switch {
	case e.Len == nil && elem.Kind == gotype.Uint && elem.Bits == 8 && !elem.Own:
		t.Kind = gotype.Bytes
	case e.Len != nil:
		n, ok := f.lengthOf(e.Len)
		if !ok {
			return unknown(e, "the length of the array is no number that the text says")
		}
		t.Len = n
	}
	return t
}

func (f *File) lengthOf(e ast.Expr) (int, bool) {
	is := f.evaluate(e, 0, 0)
	if is.Kind() != constant.Int {
		return 0, false
	}
	n, exact := constant.Int64Val(is.Value)
	return int(n), exact && n >= 0 && n <= math.MaxInt32
}

func (f *File) structOf(e *ast.StructType, in *declared) *gotype.Type {
	t := &gotype.Type{Kind: gotype.Struct, Len: -1, At: place(e)}
	for _, field := range e.Fields.List {
		tag := ""
		if field.Tag != nil {
			tag, _ = strconv.Unquote(field.Tag.Value)
		}
		is := f.typeOf(field.Type, in)
		doc := docOf(field.Doc, field.Comment)
		for _, name := range field.Names {
			t.Fields = append(t.Fields, &gotype.Field{Name: name.Name, Doc: doc, Type: is, Tag: tag, At: place(name)})
		}
		if len(field.Names) == 0 {
			t.Fields = append(t.Fields, &gotype.Field{Name: typeName(field.Type), Doc: doc, Type: is, Tag: tag, Embedded: true, At: place(field.Type)})
		}
	}
	return t
}

// typeName is what an embedded field is called.
func typeName(e ast.Expr) string {
	for range maxDepth {
		switch x := e.(type) {
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.IndexListExpr:
			e = x.X
		case *ast.SelectorExpr:
			return x.Sel.Name
		case *ast.Ident:
			return x.Name
		default:
			return ""
		}
	}
	return ""
}
