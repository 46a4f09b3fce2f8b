package gosource

import (
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

// constants finds the constants of named types, and gives them to those.
func (f *File) constants(g *ast.GenDecl) {
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
			if j < len(values) {
				f.constant(name, spec, kind, values[j], int64(i))
			}
		}
	}
}

func (f *File) constant(name *ast.Ident, spec *ast.ValueSpec, kind, e ast.Expr, iota int64) {
	if call, ok := e.(*ast.CallExpr); ok && kind == nil && len(call.Args) == 1 {
		kind, e = call.Fun, call.Args[0]
	}
	id, ok := kind.(*ast.Ident)
	if !ok || name.Name == "_" || f.types[id.Name] == nil {
		return
	}
	d := f.types[id.Name]
	value := evaluate(e, iota, 0)
	text := ""
	switch value.Kind() {
	case constant.String:
		text = constant.StringVal(value)
	case constant.Int:
		text = value.ExactString()
	default:
		d.loose = true // its values are not known
		return
	}
	if shifts(e) {
		d.loose = true // flags, which are set together
	}
	d.values = append(d.values, gotype.Value{Name: name.Name, Doc: docOf(spec.Doc, spec.Comment), Text: text})
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

// evaluate is the value of an expression of literals and iota; other names are
// not followed.
func evaluate(e ast.Expr, iota int64, depth int) constant.Value {
	if depth > maxDepth {
		return constant.MakeUnknown()
	}
	switch e := e.(type) {
	case *ast.BasicLit:
		return literal(e)
	case *ast.Ident:
		if e.Name == "iota" {
			return constant.MakeInt64(iota)
		}
	case *ast.ParenExpr:
		return evaluate(e.X, iota, depth+1)
	case *ast.UnaryExpr:
		if x := evaluate(e.X, iota, depth+1); e.Op == token.SUB && x.Kind() == constant.Int {
			return constant.UnaryOp(token.SUB, x, 0)
		}
	case *ast.BinaryExpr:
		return binary(e.Op, evaluate(e.X, iota, depth+1), evaluate(e.Y, iota, depth+1))
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
