package gosource

import (
	"cmp"
	"go/ast"
	"go/constant"
	"go/token"
	"strconv"

	"github.com/weft-dev/weft/spec/schema/gotype"
)

// The bounds of a constant: the length of its text, and how far it is shifted.
const (
	maxText  = 4 << 10
	maxShift = 64
)

// constantOf is one that the text declares, before and after it is evaluated.
type constantOf struct {
	name *ast.Ident
	doc  string
	kind ast.Expr // nil where the value says it
	expr ast.Expr
	iota int64
	open bool   // is being evaluated
	is   *value // nil until then
}

// value is what a constant expression stands for, and the name of its type: ""
// where it has none, or none that can be told.
type value struct {
	constant.Value
	of string
}

var unknownValue = value{Value: constant.MakeUnknown()}

// declareConstants remembers the constants of one declaration.
func (f *File) declareConstants(g *ast.GenDecl) {
	var kind ast.Expr
	var values []ast.Expr
	for i, s := range g.Specs {
		spec, ok := s.(*ast.ValueSpec)
		if !ok {
			continue
		}
		if len(spec.Values) > 0 || spec.Type != nil {
			kind, values = spec.Type, spec.Values
		}
		for j, name := range spec.Names {
			if j >= len(values) || name.Name == "_" || f.constants[name.Name] != nil {
				continue
			}
			c := &constantOf{name: name, doc: docOf(spec.Doc, spec.Comment), kind: kind, expr: values[j], iota: int64(i)}
			f.constants[name.Name] = c
			f.inOrder = append(f.inOrder, c)
		}
	}
}

// giveConstants gives the constants to the types that they are of.
func (f *File) giveConstants() {
	for _, c := range f.inOrder {
		is := f.valueOf(c, 0)
		if d := f.types[is.of]; d != nil {
			d.take(c, is)
		}
	}
}

// take makes a constant one of the values of a type.
func (d *declared) take(c *constantOf, is value) {
	text := ""
	switch is.Kind() {
	case constant.String:
		text = constant.StringVal(is.Value)
	case constant.Int:
		text = is.ExactString()
	default:
		if d.unclear == nil {
			d.unclear = &gotype.Unclear{Name: c.name.Name, At: place(c.name)}
		}
		d.loose = true
		return
	}
	if shifts(c.expr) {
		d.loose = true // flags, which are set together
	}
	d.values = append(d.values, gotype.Value{Name: c.name.Name, Doc: c.doc, Text: text})
}

// valueOf evaluates a constant, once.
func (f *File) valueOf(c *constantOf, depth int) value {
	if c.is == nil {
		if c.open {
			return unknownValue // declared by itself
		}
		c.open = true
		is := f.evaluate(c.expr, c.iota, depth+1)
		if c.kind != nil {
			is.of = f.typeNamed(c.kind)
		}
		c.is, c.open = &is, false
	}
	return *c.is
}

// typeNamed is the name of the type that an expression names, without aliases; ""
// is none that could have constants here.
func (f *File) typeNamed(e ast.Expr) string {
	for range maxDepth {
		switch x := e.(type) {
		case *ast.ParenExpr:
			e = x.X
			continue
		case *ast.Ident:
			d := f.types[x.Name]
			if d == nil || !d.spec.Assign.IsValid() {
				return x.Name
			}
			e = d.spec.Type
			continue
		}
		break
	}
	return ""
}

// shifts reports whether an expression is a flag among flags.
func shifts(e ast.Expr) bool {
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		if b, ok := n.(*ast.BinaryExpr); ok && b.Op == token.SHL {
			found = true
		}
		return !found
	})
	return found
}

// evaluate is the value of an expression of literals, iota and other constants of
// the text.
func (f *File) evaluate(e ast.Expr, iota int64, depth int) value {
	if depth > maxDepth {
		return unknownValue
	}
	switch e := e.(type) {
	case *ast.BasicLit:
		return value{Value: literal(e)}
	case *ast.Ident:
		if c := f.constants[e.Name]; c != nil {
			return f.valueOf(c, depth)
		}
		if e.Name == "iota" {
			return value{Value: constant.MakeInt64(iota)}
		}
	case *ast.ParenExpr:
		return f.evaluate(e.X, iota, depth+1)
	case *ast.UnaryExpr:
		x := f.evaluate(e.X, iota, depth+1)
		return value{unary(e.Op, x.Value), x.of}
	case *ast.BinaryExpr:
		x, y := f.evaluate(e.X, iota, depth+1), f.evaluate(e.Y, iota, depth+1)
		if e.Op == token.SHL || e.Op == token.SHR {
			y.of = "" // how far is of any type
		}
		return value{binary(e.Op, x.Value, y.Value), cmp.Or(x.of, y.of)}
	case *ast.CallExpr:
		return f.conversion(e, iota, depth+1)
	}
	return unknownValue
}

// conversion is the value of T(x). What changes the kind of x is not followed.
func (f *File) conversion(e *ast.CallExpr, iota int64, depth int) value {
	of := f.typeNamed(e.Fun)
	if len(e.Args) != 1 || f.types[of] == nil && predeclared(of) == nil {
		return unknownValue
	}
	x := f.evaluate(e.Args[0], iota, depth)
	if (of == "string") != (x.Kind() == constant.String) && predeclared(of) != nil {
		x = unknownValue
	}
	return value{x.Value, of}
}

func unary(op token.Token, x constant.Value) constant.Value {
	if x.Kind() == constant.Int && (op == token.SUB || op == token.ADD) {
		return constant.UnaryOp(op, x, 0)
	}
	return constant.MakeUnknown()
}

func literal(e *ast.BasicLit) constant.Value {
	if len(e.Value) > maxText {
		return constant.MakeUnknown()
	}
	switch e.Kind {
	case token.STRING, token.INT, token.CHAR:
		if e.Kind == token.STRING {
			if _, err := strconv.Unquote(e.Value); err != nil {
				return constant.MakeUnknown()
			}
		}
		return constant.MakeFromLiteral(e.Value, e.Kind, 0)
	}
	return constant.MakeUnknown()
}

func binary(op token.Token, x, y constant.Value) constant.Value {
	if x.Kind() != y.Kind() || x.Kind() != constant.Int && x.Kind() != constant.String {
		return constant.MakeUnknown()
	}
	if x.Kind() == constant.String {
		if op == token.ADD && len(constant.StringVal(x))+len(constant.StringVal(y)) <= maxText {
			return constant.BinaryOp(x, op, y)
		}
		return constant.MakeUnknown()
	}
	if constant.BitLen(x) > maxShift || constant.BitLen(y) > maxShift {
		return constant.MakeUnknown()
	}
	switch op {
	case token.ADD, token.SUB, token.MUL, token.OR, token.AND, token.XOR:
		return constant.BinaryOp(x, op, y)
	case token.SHL:
		if by, exact := constant.Uint64Val(y); exact && by <= maxShift {
			return constant.Shift(x, op, uint(by))
		}
	}
	return constant.MakeUnknown()
}
