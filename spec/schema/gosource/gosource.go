// Package gosource reads the types that a text of Go declares. It looks at the
// syntax alone: nothing is compiled, run or fetched, and packages that are
// imported are not looked for; gotype knows the common types of those. A type
// of which a text alone does not say what it looks like is gotype.Unknown, with
// the reason.
//
// It must not know any language of schemas.
package gosource

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/weft-dev/weft/spec/schema/gotype"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
)

// The codes of what is to say about a text.
const (
	CodeSyntax diag.Code = "go/syntax"
	CodeType   diag.Code = "go/type"
)

// maxSize bounds a text, in bytes.
const maxSize = 4 << 20

// File is what texts of one package declare.
type File struct {
	source *source.File
	types  map[string]*declared
	order  []string
	known  map[string]*gotype.Type
	// methods are those by which types write their own JSON.
	methods map[string]map[string]bool
	// constants are those of the text by name, and inOrder as they stand there.
	constants map[string]*constantOf
	inOrder   []*constantOf
	depth     int
}

// declared is a type before it is read.
type declared struct {
	spec    *ast.TypeSpec
	doc     string
	imports map[string]string // of its text, by the name of the package
	open    bool
	values  []gotype.Value
	loose   bool // other values are meant, too
	unclear *gotype.Unclear
}

// Read reads a text.
func Read(text *source.File) (*File, []diag.Diagnostic) {
	if len(text.Data()) > maxSize {
		return nil, []diag.Diagnostic{{Code: CodeSyntax, Severity: diag.Error, Span: source.Span{File: text}, Message: "the text is larger than 4 MB: convert one that has less"}}
	}
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, text.Name(), text.Data(), parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, syntax(text, err)
	}
	f := &File{source: text, types: map[string]*declared{}, known: map[string]*gotype.Type{}, methods: map[string]map[string]bool{}, constants: map[string]*constantOf{}}
	f.declare(parsed)
	return f, nil
}

// syntax tells the first faults of a text that is no Go.
func syntax(text *source.File, err error) []diag.Diagnostic {
	const most = 10
	var list scanner.ErrorList
	if !errors.As(err, &list) {
		return []diag.Diagnostic{{Code: CodeSyntax, Severity: diag.Error, Span: source.Span{File: text}, Message: err.Error()}}
	}
	var found []diag.Diagnostic
	for _, e := range list[:min(len(list), most)] {
		at := min(max(e.Pos.Offset, 0), len(text.Data()))
		found = append(found, diag.Diagnostic{
			Code: CodeSyntax, Severity: diag.Error, Message: e.Msg,
			Span: source.Span{File: text, Start: at, End: min(at+1, len(text.Data()))},
		})
	}
	return found
}

func (f *File) declare(parsed *ast.File) {
	imports := map[string]string{}
	for _, spec := range parsed.Imports {
		full, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		imports[packageName(spec, full)] = full
	}
	for _, d := range parsed.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			f.method(d)
		case *ast.GenDecl:
			f.declareTypes(d, imports)
		}
	}
	for _, d := range parsed.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.CONST {
			f.declareConstants(g)
		}
	}
	f.giveConstants()
}

// packageName is what a text calls a package that it imports.
func packageName(spec *ast.ImportSpec, full string) string {
	if spec.Name != nil {
		return spec.Name.Name
	}
	name := path.Base(full)
	if strings.Trim(name, "v0123456789") == "" && path.Dir(full) != "." {
		name = path.Base(path.Dir(full)) // a major version
	}
	return strings.TrimPrefix(name, "go.")
}

func (f *File) declareTypes(g *ast.GenDecl, imports map[string]string) {
	for _, s := range g.Specs {
		spec, ok := s.(*ast.TypeSpec)
		if !ok || spec.Name.Name == "_" || f.types[spec.Name.Name] != nil {
			continue
		}
		doc := spec.Doc
		if doc == nil && len(g.Specs) == 1 {
			doc = g.Doc
		}
		f.types[spec.Name.Name] = &declared{spec: spec, doc: docOf(doc, spec.Comment), imports: imports}
		f.order = append(f.order, spec.Name.Name)
	}
}

// method remembers that a type writes its own JSON.
func (f *File) method(d *ast.FuncDecl) {
	if d.Recv == nil || len(d.Recv.List) != 1 {
		return
	}
	switch d.Name.Name {
	case "MarshalJSON", "MarshalJSONTo", "MarshalText", "AppendText":
	default:
		return
	}
	of := d.Recv.List[0].Type
	if star, ok := of.(*ast.StarExpr); ok {
		of = star.X
	}
	if id, ok := of.(*ast.Ident); ok {
		if f.methods[id.Name] == nil {
			f.methods[id.Name] = map[string]bool{}
		}
		f.methods[id.Name][d.Name.Name] = true
	}
}

// docOf is what a comment says, without directives.
func docOf(groups ...*ast.CommentGroup) string {
	for _, g := range groups {
		if text := strings.TrimSpace(g.Text()); text != "" {
			return text
		}
	}
	return ""
}

// Span is a place in the text.
func (f *File) Span(at gotype.Place) source.Span {
	size := len(f.source.Data())
	return source.Span{File: f.source, Start: min(at.Start, size), End: min(at.End, size)}
}

func place(n ast.Node) gotype.Place {
	return gotype.Place{Start: int(n.Pos()) - 1, End: int(n.End()) - 1} // of the only file of its set
}

// Type is a type that the text declares. Without a name it is the one exported
// struct that no other of them has within it.
func (f *File) Type(name string) (*gotype.Type, []diag.Diagnostic) {
	if name == "" {
		var found []diag.Diagnostic
		if name, found = f.only(); found != nil {
			return nil, found
		}
	}
	if f.types[name] == nil {
		help := "it declares " + listed(f.order)
		if near := diag.DidYouMean(name, f.order); near != "" {
			help = near
		}
		return nil, f.fault(fmt.Sprintf("the text declares no type %q", clip(name)), help)
	}
	return f.named(name), nil
}

func (f *File) fault(message, help string) []diag.Diagnostic {
	return []diag.Diagnostic{{Code: CodeType, Severity: diag.Error, Span: source.Span{File: f.source}, Message: message, Help: help}}
}

// only is the one type that can be meant.
func (f *File) only() (string, []diag.Diagnostic) {
	var structs []string
	for _, name := range f.order {
		if _, is := f.types[name].spec.Type.(*ast.StructType); is && token.IsExported(name) {
			structs = append(structs, name)
		}
	}
	used := map[string]bool{}
	for _, name := range structs {
		ast.Inspect(f.types[name].spec.Type, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && id.Name != name {
				used[id.Name] = true
			}
			return true
		})
	}
	roots := slices.DeleteFunc(slices.Clone(structs), func(name string) bool { return used[name] })
	switch {
	case len(structs) == 0:
		return "", f.fault("the text declares no exported struct", "name the type that is meant with --type")
	case len(roots) != 1:
		if len(roots) == 0 {
			roots = structs
		}
		return "", f.fault("several types could be meant: "+listed(roots), "name one with --type")
	}
	return roots[0], nil
}

func listed(names []string) string {
	const most = 10
	if len(names) == 0 {
		return "none"
	}
	text := strings.Join(names[:min(len(names), most)], ", ")
	if len(names) > most {
		text += ", …"
	}
	return text
}

func clip(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// Rules describes the findings, for explanations.
func Rules() []diag.Rule {
	return []diag.Rule{
		{
			Code: CodeSyntax, Severity: diag.Error, Summary: "source that types are read from is Go",
			Why: "A text that the compiler would refuse does not say for certain what its types are.",
		},
		{
			Code: CodeType, Severity: diag.Error, Summary: "it is clear which type is meant, and the text declares it",
			Why: "A text of Go declares many types. Where several could be the message, one has to be named.",
		},
	}
}
