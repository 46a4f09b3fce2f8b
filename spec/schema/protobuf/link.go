package protobuf

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bufbuild/protocompile/ast"
	"github.com/bufbuild/protocompile/linker"
	"github.com/bufbuild/protocompile/options"
	"github.com/bufbuild/protocompile/parser"
	"github.com/bufbuild/protocompile/reporter"

	"github.com/weft-dev/weft/text/diag"
)

// linked is what became of one text.
type linked struct {
	unit *unit
	// file is nil where the text, or one that it imports, is wrong.
	file linker.File
	ast  *ast.FileNode
	// deps are the texts it imports, as far as they could be found.
	deps []*linked
	// findings are about this text and all that it imports.
	findings []diag.Diagnostic
	names    map[string]place
}

// reading is the linking of one text with all that it imports. The texts are
// linked one after another, each once all that it imports is.
type reading struct {
	set   *Set
	ctx   context.Context //nolint:containedctx // a reading is one call
	root  *unit
	stack []*unit // those that wait for what they import
	// missing counts the imports that were not found.
	missing int
}

// link parses a text, links what it imports and then itself.
func (r *reading) link(u *unit) (l *linked) {
	l = &linked{unit: u}
	if problem := r.guard(u); problem != nil {
		l.findings = append(l.findings, *problem)
		return l
	}
	defer func() {
		// The library is sound, but meets texts that nobody meant for it.
		if p := recover(); p != nil {
			l.file = nil
			d := u.finding(CodeInvalid, diag.Error, 0, min(1, len(u.data)), fmt.Sprintf("the text could not be read: %v", p))
			l.findings = append(l.findings, d)
		}
	}()
	c := &collector{linked: l}
	parsed := r.parse(l, c)
	ready := r.imports(l, c)
	if parsed == nil || !ready {
		return l
	}
	r.resolve(l, c, parsed)
	return l
}

// parse reads the text by the grammar and by the rules that concern it alone.
func (r *reading) parse(l *linked, c *collector) parser.Result {
	handler := reporter.NewHandler(c)
	tree, err := parser.Parse(l.unit.name, strings.NewReader(l.unit.data), handler)
	l.ast = tree
	if err != nil {
		c.lost(err)
		return nil
	}
	l.names = index(tree)
	result, err := parser.ResultFromAST(tree, true, handler)
	if err != nil {
		c.lost(err)
	}
	return result
}

// resolve links a text whose imports are ready. Its faults are all told, also
// where it had others before.
func (r *reading) resolve(l *linked, c *collector, parsed parser.Result) {
	handler := reporter.NewHandler(c)
	files := make(linker.Files, 0, len(l.deps))
	for _, d := range l.deps {
		files = append(files, d.file)
	}
	symbols := &linker.Symbols{}
	file, err := linker.Link(parsed, files, symbols, handler)
	if err == nil {
		_, err = options.InterpretOptions(file, handler)
	}
	if err == nil {
		err = file.ValidateOptions(handler, symbols)
	}
	if err != nil {
		c.lost(err)
		return
	}
	if l.unit == r.root {
		file.CheckForUnusedImports(handler)
		l.unjudged()
	}
	if !c.failed {
		l.file = file
	}
}

// imports links the texts that a text imports. It reports whether all are
// ready.
func (r *reading) imports(l *linked, c *collector) bool {
	if l.ast == nil {
		return false
	}
	r.stack = append(r.stack, l.unit)
	defer func() { r.stack = r.stack[:len(r.stack)-1] }()
	ready, count := true, 0
	seen := map[string]bool{}
	for _, decl := range l.ast.Decls {
		node, ok := decl.(*ast.ImportNode)
		if !ok || node.Name == nil || seen[node.Name.AsString()] {
			continue
		}
		seen[node.Name.AsString()] = true
		if count++; count > maxImports {
			c.at(l.ast.NodeInfo(node.Name), CodeTooLarge, fmt.Sprintf("a text may have at most %d imports", maxImports))
			return false
		}
		if r.missing > maxMissing {
			c.at(l.ast.NodeInfo(node.Name), CodeImportMissing, fmt.Sprintf("this import, and those after it, were not looked for, since %d others are missing", maxMissing))
			return false
		}
		dep := r.dependency(l, c, node)
		if dep == nil {
			ready = false
			continue
		}
		l.deps = append(l.deps, dep)
		if dep.file == nil {
			ready = false
		}
		l.findings = append(l.findings, dep.findings...)
	}
	return ready
}

// dependency links one text that another imports, or reports why that cannot
// be done.
func (r *reading) dependency(l *linked, c *collector, node *ast.ImportNode) *linked {
	name, at := node.Name.AsString(), l.ast.NodeInfo(node.Name)
	if known := standard(name); known != nil {
		return known
	}
	u, problem := r.find(l.unit, name)
	if problem != nil {
		d := c.at(at, problem.code, problem.message)
		d.Help = problem.help
		return nil
	}
	if i := slices.IndexFunc(r.stack, func(waiting *unit) bool { return same(waiting, u) }); i >= 0 {
		d := c.at(at, CodeImportCycle, cycleWords(r.stack[i:], name))
		d.Help = "move what both need into a text that imports neither"
		return nil
	}
	key := u.name + "\n" + u.uri
	if known := r.set.imported[key]; known != nil {
		return known
	}
	dep := r.link(u)
	if r.ctx.Err() == nil && !cyclic(dep) {
		r.set.imported[key] = dep
	}
	return dep
}

// cyclic reports whether a text failed for a cycle, which depends on where the
// reading began.
func cyclic(l *linked) bool {
	return slices.ContainsFunc(l.findings, func(d diag.Diagnostic) bool { return d.Code == CodeImportCycle })
}

func same(a, b *unit) bool {
	if a.file != nil && b.file != nil {
		return a.file == b.file
	}
	return a.inline == nil && b.inline == nil && a.name == b.name
}

func cycleWords(cycle []*unit, name string) string {
	if len(cycle) == 1 {
		return fmt.Sprintf("the text imports itself as %q", name)
	}
	names := make([]string, 0, len(cycle))
	for _, u := range cycle {
		names = append(names, u.name)
	}
	if len(names) > 8 {
		names = append(names[:4], "…", names[len(names)-1])
	}
	return fmt.Sprintf("texts import one another in a circle: %s → %s", strings.Join(names, " → "), name)
}

// collector takes the library's errors and warnings about one text.
type collector struct {
	linked *linked
	failed bool
}

// Error implements reporter.Reporter. It lets the library go on, until there
// are too many.
func (c *collector) Error(err reporter.ErrorWithPos) error {
	c.failed = true
	if len(c.linked.findings) >= maxFindings {
		if len(c.linked.findings) == maxFindings {
			c.at(err, CodeTooMany, fmt.Sprintf("there are more than %d findings: mend those, and look again", maxFindings))
		}
		return errStop
	}
	c.linked.findings = append(c.linked.findings, c.linked.told(err))
	return nil
}

// Warning implements reporter.Reporter.
func (c *collector) Warning(err reporter.ErrorWithPos) {
	if len(c.linked.findings) < maxFindings {
		c.linked.findings = append(c.linked.findings, c.linked.warned(err)...)
	}
}

// lost takes an error that came back and not through the reporter.
func (c *collector) lost(err error) {
	before := c.failed
	c.failed = true
	if errors.Is(err, errStop) || errors.Is(err, reporter.ErrInvalidSource) {
		return
	}
	if at, ok := errors.AsType[reporter.ErrorWithPos](err); ok {
		c.linked.findings = append(c.linked.findings, c.linked.told(at))
		return
	}
	if !before {
		u := c.linked.unit
		c.linked.findings = append(c.linked.findings, u.finding(CodeInvalid, diag.Error, 0, min(1, len(u.data)), err.Error()))
	}
}

// at adds an error at a place of the library.
func (c *collector) at(span ast.SourceSpan, code diag.Code, message string) *diag.Diagnostic {
	start, end := offsets(span)
	c.failed = true
	c.linked.findings = append(c.linked.findings, c.linked.unit.finding(code, diag.Error, start, end, message))
	return &c.linked.findings[len(c.linked.findings)-1]
}

// offsets returns the bytes of a place of the library. Its end has the offset
// of the last byte and the column after it.
func offsets(span ast.SourceSpan) (start, end int) {
	from, to := span.Start(), span.End()
	end = to.Offset
	if to.Line != from.Line || to.Col != from.Col {
		end++
	}
	return from.Offset, max(end, from.Offset)
}
