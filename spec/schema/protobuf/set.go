package protobuf

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/inline"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// Set reads the texts of one set of documents, each once. It is safe for
// concurrent use.
type Set struct {
	ws *ref.Workspace
	// texts are what can be imported by name, where there is no workspace.
	texts map[string]string

	mu       sync.Mutex
	imported map[string]*linked // by name and address
	inline   map[*tree.Node]*linked
	files    map[*source.File]*linked
	bytes    int // of all texts read so far
}

// In makes a Set for the documents of a workspace. Texts are imported through
// it, so that they stay within its bounds.
func In(ws *ref.Workspace) *Set {
	return &Set{
		ws: ws, imported: map[string]*linked{},
		inline: map[*tree.Node]*linked{}, files: map[*source.File]*linked{},
	}
}

// Error says that no Schema can be made of a text.
type Error struct {
	// Findings are what is wrong, the first the first to mend.
	Findings []diag.Diagnostic
}

// Error tells the first finding, and how many more there are.
func (e *Error) Error() string {
	first := &e.Findings[0]
	text := first.Message
	if start, _ := first.Span.Range(); start.Line > 0 {
		text = fmt.Sprintf("%s:%d:%d: %s", first.Span.File.Name(), start.Line, start.Column, text)
	}
	if first.Help != "" {
		text += "; " + first.Help
	}
	if more := len(e.Findings) - 1; more > 0 {
		text += fmt.Sprintf(" (and %d more findings)", more)
	}
	return text
}

// Compile implements schema.Compiler.
func (s *Set) Compile(node *tree.Node, _ schema.Format) (schema.Schema, error) {
	made, err := s.Schema(context.Background(), node)
	if err != nil {
		return nil, err
	}
	return made, nil
}

// Schema returns the schema that a node holds as a text, or refers to with
// "$ref: file.proto" or "$ref: file.proto#Message". An error is an *Error.
func (s *Set) Schema(ctx context.Context, node *tree.Node) (*Schema, error) {
	file, fragment, findings := s.File(ctx, node)
	if file == nil {
		return nil, &Error{Findings: findings}
	}
	message, problem := file.choose(fragment)
	if problem != nil {
		return nil, &Error{Findings: []diag.Diagnostic{file.rootFinding(problem, node)}}
	}
	return file.schema(message, node), nil
}

// File returns the text that a node holds or refers to, and the fragment of
// the reference. Without a file, the findings say why.
func (s *Set) File(ctx context.Context, node *tree.Node) (file *File, fragment string, findings []diag.Diagnostic) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l, fragment, problem := s.linked(ctx, node)
	if problem != nil {
		return nil, "", []diag.Diagnostic{*problem}
	}
	if l.file == nil {
		return nil, fragment, onlyErrors(l.findings)
	}
	return &File{linked: l, set: s}, fragment, nil
}

// Check implements schema.Checker.
func (s *Set) Check(ctx context.Context, node *tree.Node, format schema.Format) []diag.Diagnostic {
	s.mu.Lock()
	defer s.mu.Unlock()
	l, fragment, problem := s.linked(ctx, node)
	if problem != nil {
		return []diag.Diagnostic{*problem}
	}
	findings := append([]diag.Diagnostic(nil), l.findings...)
	findings = append(findings, l.versionFinding(format)...)
	if l.file == nil {
		return findings
	}
	file := &File{linked: l, set: s}
	if _, problem := file.choose(fragment); problem != nil {
		findings = append(findings, file.rootFinding(problem, node))
	}
	return findings
}

// CheckFile says what is wrong with a text that is a file of its own.
func (s *Set) CheckFile(ctx context.Context, file *source.File) []diag.Diagnostic {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]diag.Diagnostic(nil), s.linkFile(ctx, file).findings...)
}

// Open returns a text that is a file of its own. Where it is nil, an error is
// among the findings.
func (s *Set) Open(ctx context.Context, file *source.File) (*File, []diag.Diagnostic) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.linkFile(ctx, file)
	findings := append([]diag.Diagnostic(nil), l.findings...)
	if l.file == nil {
		return nil, findings
	}
	return &File{linked: l, set: s}, findings
}

// linked reads the text that a node holds or refers to. A problem is about the
// node itself.
func (s *Set) linked(ctx context.Context, node *tree.Node) (*linked, string, *diag.Diagnostic) {
	switch {
	case node == nil:
		return nil, "", &diag.Diagnostic{Code: CodeNoText, Severity: diag.Error, Message: "there is no schema here"}
	case node.Is(tree.String):
		return s.linkInline(ctx, node), "", nil
	case ref.Of(node) == nil || s.ws == nil:
		return nil, "", noText(node)
	}
	file, fragment, problem := s.ws.ResolveRaw(ctx, node)
	if problem != nil {
		return nil, "", problem
	}
	if doc := s.ws.Document(file.URI()); doc != nil && !doc.Raw {
		return s.throughDocument(ctx, node)
	}
	return s.linkFile(ctx, file), fragment, nil
}

// throughDocument is about a reference to a string in a document of YAML or JSON.
func (s *Set) throughDocument(ctx context.Context, node *tree.Node) (*linked, string, *diag.Diagnostic) {
	target, problem := s.ws.Resolve(ctx, node)
	if problem != nil {
		return nil, "", problem
	}
	if inner := target.Get("schema"); inner != nil && target.Has("schemaFormat") {
		target = inner
	}
	if target == node || !target.Is(tree.String) {
		return nil, "", noText(node)
	}
	return s.linkInline(ctx, target), "", nil
}

func noText(node *tree.Node) *diag.Diagnostic {
	at := node.Span
	if node.Kind == tree.Mapping || node.Kind == tree.Sequence {
		at.End = min(at.End, at.Start+1)
		if node.Key != nil {
			at = node.Key.Span
		}
	}
	return &diag.Diagnostic{
		Code: CodeNoText, Severity: diag.Error, Span: at, Path: node.Path(),
		Message: "a schema of Protocol Buffers is a text, and this is " + kindWords(node),
		Help:    `write the text as a string (a block that begins with |), or refer to a file: $ref: "./order.proto"`,
	}
}

func kindWords(n *tree.Node) string {
	switch n.Kind {
	case tree.Mapping:
		return "an object"
	case tree.Sequence:
		return "an array"
	case tree.Null:
		return "empty"
	}
	return "a " + n.Kind.String()
}

func (s *Set) linkInline(ctx context.Context, node *tree.Node) *linked {
	for node.Alias != nil {
		node = node.Alias
	}
	if known := s.inline[node]; known != nil {
		return known
	}
	u := &unit{name: "inline.proto", data: node.Text, inline: inline.Of(node)}
	if node.Span.File != nil {
		u.uri = node.Span.File.URI()
	}
	l := s.read(ctx, u)
	if ctx.Err() == nil {
		s.inline[node] = l
	}
	return l
}

func (s *Set) linkFile(ctx context.Context, file *source.File) *linked {
	if known := s.files[file]; known != nil {
		return known
	}
	l := s.read(ctx, unitOf(baseName(file.URI()), file))
	if ctx.Err() == nil {
		s.files[file] = l
	}
	return l
}

// read reads a text that nothing imports.
func (s *Set) read(ctx context.Context, u *unit) *linked {
	r := &reading{set: s, ctx: ctx, root: u}
	return r.link(u)
}

// Parse reads a text that stands alone, with the texts that it imports by
// their names, as a schema registry keeps them. The name is the one by which
// others would import it; findings have places in a file of that name. The
// File is nil where an error is among the findings.
func Parse(ctx context.Context, name, text string, imports map[string]string) (*File, []diag.Diagnostic) {
	s := In(nil)
	s.texts = map[string]string{}
	maps.Copy(s.texts, imports)
	l := s.linkFile(ctx, source.NewFile("memory:///"+name, name, []byte(text)))
	if l.file == nil {
		return nil, l.findings
	}
	return &File{linked: l, set: s}, l.findings
}

func onlyErrors(findings []diag.Diagnostic) []diag.Diagnostic {
	var list []diag.Diagnostic
	for i := range findings {
		if findings[i].Severity == diag.Error {
			list = append(list, findings[i])
		}
	}
	if len(list) == 0 {
		list = append(list, diag.Diagnostic{Code: CodeInvalid, Severity: diag.Error, Message: "the text could not be read"})
	}
	return list
}

var errStop = errors.New("enough")
