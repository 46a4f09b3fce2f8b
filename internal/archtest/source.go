package archtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// pkg is what a directory's Go files say of themselves.
type pkg struct {
	path    string // below the module; "." is the root
	doc     string // the package comment, without its "//"
	name    string
	code    bool // it has files that are not tests
	imports []imported
	exits   []token.Position // calls that end the process
}

// imported is one import declaration.
type imported struct {
	path string
	test bool // it stands in a _test.go file
	at   token.Position
}

// read parses every Go file of the module under root, whatever its build tags
// say, and leaves out what the go command leaves out: testdata, hidden
// directories and nested modules.
func read(root fs.FS) (map[string]*pkg, error) {
	found := make(map[string]*pkg)
	files := token.NewFileSet()
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return enter(root, name)
		}
		if path.Ext(name) != ".go" {
			return nil
		}
		return add(found, files, root, name)
	})
	if err != nil {
		return nil, fmt.Errorf("read the module: %w", err)
	}
	return found, nil
}

func enter(root fs.FS, dir string) error {
	base := path.Base(dir)
	if dir == "." {
		return nil
	}
	if base == "testdata" || base == "vendor" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
		return fs.SkipDir
	}
	if _, err := fs.Stat(root, path.Join(dir, "go.mod")); err == nil {
		return fs.SkipDir
	}
	return nil
}

func add(found map[string]*pkg, files *token.FileSet, root fs.FS, name string) error {
	text, err := fs.ReadFile(root, name)
	if err != nil {
		return err
	}
	file, err := parser.ParseFile(files, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	dir, test := path.Dir(name), strings.HasSuffix(name, "_test.go")
	p := found[dir]
	if p == nil {
		p = &pkg{path: dir}
		found[dir] = p
	}
	for _, spec := range file.Imports {
		target, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return err
		}
		p.imports = append(p.imports, imported{path: target, test: test, at: files.Position(spec.Pos())})
	}
	if test {
		return nil
	}
	p.code, p.name = true, file.Name.Name
	if file.Doc != nil {
		p.doc += file.Doc.Text()
	}
	p.exits = append(p.exits, exits(files, file)...)
	return nil
}

// exits finds the calls that end the process: os.Exit and log.Fatal.
func exits(files *token.FileSet, file *ast.File) []token.Position {
	var places []token.Position
	ast.Inspect(file, func(node ast.Node) bool {
		selector, ok := node.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		of, ok := selector.X.(*ast.Ident)
		if !ok {
			return true
		}
		name := selector.Sel.Name
		if of.Name == "os" && name == "Exit" || of.Name == "log" && strings.HasPrefix(name, "Fatal") {
			places = append(places, files.Position(selector.Pos()))
		}
		return true
	})
	return places
}
