package protobuf

import (
	"github.com/bufbuild/protocompile/ast"

	"github.com/weft-dev/weft/text/source"
)

// place is where something that has a name is declared, in bytes of its text.
type place struct {
	start, end int
	// root says that a comment at a message names it as the payload.
	root bool
	// decl is what is declared, with the comments at it.
	decl ast.Node
}

// index finds where everything in a text is declared, by its full name.
func index(file *ast.FileNode) map[string]place {
	x := indexer{file: file, names: map[string]place{}}
	scope := ""
	for _, decl := range file.Decls {
		if p, ok := decl.(*ast.PackageNode); ok && p.Name != nil {
			scope = string(p.Name.AsIdentifier()) + "."
		}
	}
	for _, decl := range file.Decls {
		x.declared(scope, decl)
	}
	return x.names
}

type indexer struct {
	file  *ast.FileNode
	names map[string]place
}

func (x *indexer) add(name string, at, decl ast.Node) {
	if _, twice := x.names[name]; twice || at == nil {
		return
	}
	start, end := offsets(x.file.NodeInfo(at))
	x.names[name] = place{start: start, end: end, decl: decl}
}

func (x *indexer) declared(scope string, decl ast.Node) {
	switch d := decl.(type) {
	case *ast.MessageNode:
		name := scope + d.Name.Val
		x.add(name, d.Name, d)
		if p := x.names[name]; hasRootTag(x.file.NodeInfo(d)) {
			p.root = true
			x.names[name] = p
		}
		for _, inner := range d.Decls {
			x.declared(name+".", inner)
		}
	case *ast.EnumNode:
		x.add(scope+d.Name.Val, d.Name, d)
		for _, inner := range d.Decls {
			if v, ok := inner.(*ast.EnumValueNode); ok {
				x.add(scope+v.Name.Val, v.Name, v) // the scope of values is that around the enum
			}
		}
	case *ast.FieldNode:
		x.add(scope+d.Name.Val, d.Name, d)
	case *ast.MapFieldNode:
		x.add(scope+d.Name.Val, d.Name, d)
	case *ast.GroupNode:
		x.add(scope+d.Name.Val, d.Name, d)
		for _, inner := range d.Decls {
			x.declared(scope+d.Name.Val+".", inner)
		}
	case *ast.OneofNode:
		x.add(scope+d.Name.Val, d.Name, d)
		for _, inner := range d.Decls {
			x.declared(scope, inner)
		}
	case *ast.ExtendNode:
		for _, inner := range d.Decls {
			x.declared(scope, inner)
		}
	}
}

// span returns where something is declared, in this text or in one that it
// imports.
func (l *linked) span(name string) source.Span {
	found, at := l.declaring(name, map[*linked]bool{})
	if found == nil {
		return source.Span{}
	}
	return found.unit.span(at.start, at.end)
}

func (l *linked) declaring(name string, passed map[*linked]bool) (*linked, place) {
	if passed[l] {
		return nil, place{}
	}
	passed[l] = true
	if at, ok := l.names[name]; ok {
		return l, at
	}
	for _, dep := range l.deps {
		if found, at := dep.declaring(name, passed); found != nil {
			return found, at
		}
	}
	return nil, place{}
}
