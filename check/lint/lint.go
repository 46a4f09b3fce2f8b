// Package lint judges documents: what kind of document is this, is its text
// sound, its structure, are its references, and do its rules hold. It is the
// runner; the rules are data that others give it (check/lint/rules).
//
// It must not know how findings are shown, nor any rule.
package lint

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/weft-dev/weft/spec/schema/languages"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// Kind is a kind of document that can be judged.
type Kind struct {
	// Name is what users type: "asyncapi". It is also the field at the root of
	// such a document, which holds the version of the specification.
	Name string
	// Title is the name in sentences: "AsyncAPI".
	Title string
	// Fields are other fields at the root that tell the kind: "swagger".
	Fields []string
	// Suffixes are the ends of file names that tell the kind, whatever the root
	// holds: ".avsc".
	Suffixes []string
	// Check gives every finding about a document of the kind: its structure,
	// its references and the kind's rules, but not those about its text, which
	// are the ref.Document's. The root is there and is an object.
	Check func(ctx context.Context, ws *ref.Workspace, d *ref.Document) []diag.Diagnostic
	// Read stands in the place of Check for kinds that have a model: it reads
	// the document, puts the model where the rules look for it and gives the
	// findings about structure and references. ok says that there is a model,
	// so that the rules can run.
	Read func(p *Pass) (found []diag.Diagnostic, ok bool)
	// Shaped says that the structure is checked by tables of package shape, so
	// that its findings have their codes behind the kind's name.
	Shaped bool
	// CheckText stands in the place of Check for texts that are neither YAML
	// nor JSON, which are known by their Suffixes alone. It gives every finding.
	CheckText func(ctx context.Context, ws *ref.Workspace, file *source.File) []diag.Diagnostic
	// Rules are what documents of the kind are judged by. Those with a Run are
	// run after Read; the rest, for explanations, is what Check and Read find.
	Rules []*Rule
}

// named reports whether the name of a file says that it is of the kind.
func (k *Kind) named(file *source.File) bool {
	return slices.ContainsFunc(k.Suffixes, func(suffix string) bool {
		return strings.HasSuffix(strings.ToLower(file.Name()), suffix)
	})
}

// is returns the field that says that a document is of the kind, or nil.
func (k *Kind) is(root *tree.Node) *tree.Node {
	if n := root.Get(k.Name); n != nil {
		return n
	}
	for _, field := range k.Fields {
		if n := root.Get(field); n != nil {
			return n
		}
	}
	return nil
}

// Linter judges documents of some kinds.
type Linter struct{ Kinds []Kind }

// Result is what is to say about one document.
type Result struct {
	// Kind is the name of the document's kind, or "" where it is none of those
	// that are known or the text cannot be read.
	Kind string
	// Version is the version of the specification, as the document writes it.
	Version string
	// Findings are sorted, and each fault is there once. They may lie in other
	// files that the document refers to.
	Findings []diag.Diagnostic

	marks []Mark // what to look for in other documents, see Across
}

// Lint judges a document, and all it refers to, as its rules say.
func (l *Linter) Lint(ctx context.Context, ws *ref.Workspace, file *source.File) Result {
	return l.LintBy(ctx, ws, file, nil)
}

// LintBy judges a document, and all it refers to, as a policy says; a nil
// policy leaves all as the rules say.
func (l *Linter) LintBy(ctx context.Context, ws *ref.Workspace, file *source.File, policy Policy) Result {
	result := l.judge(ctx, ws, file, policy)
	result.Findings = weigh(result.Findings, policy)
	said := suppressionsIn(ws)
	result.marks = settle(said, result.marks, policy)
	result.Findings = diag.Unique(l.suppress(said, file, result.Findings, policy))
	return result
}

func (l *Linter) judge(ctx context.Context, ws *ref.Workspace, file *source.File, policy Policy) Result {
	d := ws.Load(file)
	result := Result{Findings: slices.Clone(d.Findings)}
	if d.Raw {
		return l.lintText(ctx, ws, d)
	}
	if d.Root == nil {
		return result
	}
	kind, version := l.Detect(file, d.Root)
	if kind == nil {
		result.Findings = append(result.Findings, l.unknownKind(d))
	} else {
		result.Kind, result.Version = kind.Name, version
		p := NewPass(ctx, ws, d, policy)
		result.Findings = append(result.Findings, kind.findings(p, policy)...)
		result.marks = p.marks
	}
	return result
}

// findings judges a document of the kind.
func (k *Kind) findings(p *Pass, policy Policy) []diag.Diagnostic {
	if k.Read == nil {
		return append(k.Check(p.Context, p.Workspace, p.Document), p.Judge(extraRules(k.Name, policy))...)
	}
	found, ok := k.Read(p)
	if !ok {
		return found
	}
	p.before = found
	return append(found, p.Judge(append(slices.Clip(k.Rules), extraRules(k.Name, policy)...))...)
}

// lintText judges a text that is neither YAML nor JSON.
func (l *Linter) lintText(ctx context.Context, ws *ref.Workspace, d *ref.Document) Result {
	for i := range l.Kinds {
		if k := &l.Kinds[i]; k.CheckText != nil && k.named(d.File) {
			return Result{Kind: k.Name, Findings: k.CheckText(ctx, ws, d.File)}
		}
	}
	return Result{Findings: []diag.Diagnostic{l.unknownText(d.File)}}
}

func (l *Linter) unknownText(file *source.File) diag.Diagnostic {
	return diag.Diagnostic{
		Code: CodeKind, Severity: diag.Error, Span: source.Span{File: file, Start: 0, End: min(1, len(file.Data()))},
		Message: "a text of this name is of no kind that is judged",
		Help:    "name a document that is YAML or JSON, or judge the document that refers to this one",
	}
}

// Detect tells the kind of a document by its name or by the fields at its
// root, and the version of the specification as the document writes it. Kind
// is nil where the document is of none.
func (l *Linter) Detect(file *source.File, root *tree.Node) (kind *Kind, version string) {
	for i := range l.Kinds {
		if l.Kinds[i].CheckText == nil && l.Kinds[i].named(file) {
			return &l.Kinds[i], ""
		}
	}
	for i := range l.Kinds {
		if n := l.Kinds[i].is(root); n != nil {
			return &l.Kinds[i], n.Text
		}
	}
	return nil, ""
}

func (l *Linter) unknownKind(d *ref.Document) diag.Diagnostic {
	f := diag.Diagnostic{Code: CodeKind, Severity: diag.Error, Span: d.Root.Span}
	f.Span.End = min(f.Span.End, f.Span.Start+1)
	if d.Root.Kind != tree.Mapping {
		f.Message = "this is no document of a kind that is known: it is not an object"
		return f
	}
	var names, titles []string
	for i := range l.Kinds {
		if len(l.Kinds[i].Suffixes) > 0 {
			continue // the name of the file tells those
		}
		names, titles = append(names, l.Kinds[i].Name), append(titles, l.Kinds[i].Title)
	}
	f.Message = fmt.Sprintf("this is no document of a kind that is known (%s)", strings.Join(titles, ", "))
	f.Help = fmt.Sprintf("a document says what it is at its top, as in \"%s: …\"", names[0])
	for i := range d.Root.Members {
		key := d.Root.Members[i].Key
		if near := diag.Nearest(key.Text, names); near != "" {
			f.Span, f.Path = key.Span, d.Root.Members[i].Value.Path()
			f.Message = fmt.Sprintf("%q says nothing about what this document is", key.Text)
			f.Help = fmt.Sprintf("did you mean %q?", near)
			break
		}
	}
	return f
}

// Rules describes every code that a finding of the linter can have, sorted:
// those about texts, references and schemas, then those of each kind of document.
func (l *Linter) Rules() []diag.Rule {
	list := slices.Concat(tree.Rules(), ref.Rules(), languages.Rules(), l.ownRules())
	for i := range l.Kinds {
		for _, r := range l.Kinds[i].Rules {
			list = append(list, r.Describe())
		}
		list = append(list, l.Kinds[i].shaped()...)
	}
	slices.SortStableFunc(list, func(a, b diag.Rule) int { return cmp.Compare(a.Code, b.Code) })
	return list
}
