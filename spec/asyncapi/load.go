package asyncapi

import (
	"context"
	"fmt"
	"slices"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

// CodeVersion is the code of the finding for a document that is no AsyncAPI
// document, or one of a version that is not known.
const CodeVersion diag.Code = "asyncapi/version"

// Load reads a document into the model, with all that it refers to. The
// findings are about references that lead nowhere; the document's structure is
// the business of Check. The model is nil only where the text is not an
// AsyncAPI document of a version that is known.
func Load(ctx context.Context, ws *ref.Workspace, d *ref.Document) (*Document, []diag.Diagnostic) {
	version := d.Root.Get("asyncapi").Str()
	if Set(version) == nil {
		return nil, []diag.Diagnostic{versionFinding(d)}
	}
	l := &loader{
		ctx: ctx, ws: ws, root: d.Root,
		doc:      &Document{Version: version, File: d.File, Node: d.Root},
		servers:  map[*tree.Node]*Server{},
		channels: map[*tree.Node]*Channel{},
		messages: map[*tree.Node]*Message{},
		schemes:  map[*tree.Node]*SecurityScheme{},
		byNode:   map[*tree.Node]*Operation{},
		keys:     map[*Channel]map[string]int{},

		inChannel: map[inChannel]*Message{},
		reported:  map[*diag.Diagnostic]bool{},
	}
	l.document()
	return l.doc, l.findings
}

func versionFinding(d *ref.Document) diag.Diagnostic {
	f := diag.Diagnostic{Code: CodeVersion, Severity: diag.Error, Help: fmt.Sprintf("write %q, or another of the versions from %q on", "asyncapi: "+Latest, Versions()[0])}
	n := d.Root.Get("asyncapi")
	switch {
	case n == nil:
		f.Message = "this is not an AsyncAPI document: the field \"asyncapi\" is missing"
		f.Span.File = d.File
	case n.Kind != tree.String:
		f.Message = "the version of AsyncAPI must be a string such as \"" + Latest + "\""
		f.Span, f.Path = n.Span, n.Path()
		// "asyncapi: 3.0" is a number; in quotes it is right in YAML and in JSON.
		if whole := n.Text + ".0"; n.Kind == tree.Number && slices.Contains(Versions(), whole) {
			f.Help = fmt.Sprintf("write %q", whole)
			f.Fixes = []diag.Fix{{Title: f.Help, Safe: true, Edits: []diag.Edit{{Span: n.Span, Text: `"` + whole + `"`}}}}
		}
	default:
		f.Message = fmt.Sprintf("AsyncAPI %q is not supported", n.Text)
		f.Span, f.Path = n.Span, n.Path()
		if near := diag.Nearest(n.Text, Versions()); near != "" {
			f.Help = fmt.Sprintf("did you mean %q?", near)
		}
	}
	return f
}

type loader struct {
	ctx  context.Context
	ws   *ref.Workspace
	root *tree.Node
	doc  *Document

	// What was made of a place in the document, and of what the place refers
	// to. Objects are found by the first place on the way that is known, so
	// that "#/channels/a" is the channel a, even if it refers to a component.
	servers  map[*tree.Node]*Server
	channels map[*tree.Node]*Channel
	messages map[*tree.Node]*Message
	schemes  map[*tree.Node]*SecurityScheme

	byNode map[*tree.Node]*Operation // the document's own, by their definition

	// What a channel has by now: keys of 2.x messages, and messages by their
	// definition.
	keys      map[*Channel]map[string]int
	inChannel map[inChannel]*Message

	findings []diag.Diagnostic
	reported map[*diag.Diagnostic]bool
}

type inChannel struct {
	channel *Channel
	message *tree.Node
}

func (l *loader) document() {
	l.doc.ID = l.root.Get("id").Str()
	l.doc.DefaultContentType = l.root.Get("defaultContentType").Str()
	l.doc.Info = l.info(l.root.Get("info"))
	l.each(l.root.Get("servers"), func(name string, place *tree.Node) {
		if s := l.server(name, place); s != nil {
			l.doc.Servers = append(l.doc.Servers, s)
		}
	})
	if l.doc.Major() == 2 {
		l.channels2()
	} else {
		l.channels3()
	}
	l.components(l.root.Get("components"))
}

// each calls a function for the entries of a map, without extensions.
func (l *loader) each(n *tree.Node, visit func(name string, place *tree.Node)) {
	if !n.Is(tree.Mapping) {
		return
	}
	for i := range n.Members {
		m := &n.Members[i]
		if len(m.Key.Text) < 2 || m.Key.Text[:2] != "x-" {
			visit(m.Key.Text, m.Value)
		}
	}
}

// resolve returns what a value is in the end, or nil; why not is reported.
func (l *loader) resolve(n *tree.Node) *tree.Node {
	if n == nil {
		return nil
	}
	target, problem := l.ws.Resolve(l.ctx, n)
	l.report(problem)
	return target
}

// object is resolve for what must be an object.
func (l *loader) object(n *tree.Node) *tree.Node {
	if n = l.resolve(n); n.Is(tree.Mapping) {
		return n
	}
	return nil
}

func (l *loader) report(d *diag.Diagnostic) {
	if d != nil && !l.reported[d] {
		l.reported[d] = true
		l.findings = append(l.findings, *d)
	}
}

// mostHops is how many references may lead to one another before an object
// that is known; the workspace has a limit of its own for cycles.
const mostHops = 100

// known follows references until it comes to a place that was made into
// something, or to the end.
func known[T any](l *loader, n *tree.Node, made map[*tree.Node]T) (found T, end *tree.Node) {
	for range mostHops {
		if found, ok := made[n]; ok {
			return found, n
		}
		if ref.Of(n) == nil {
			return found, n
		}
		next, problem := l.ws.Target(l.ctx, n)
		l.report(problem)
		if next == nil || next == n {
			return found, nil
		}
		n = next
	}
	return found, l.resolve(n)
}

// keyOf is the name under which a component stands, or "".
func keyOf(n *tree.Node, in string) string {
	if n == nil || n.Key == nil || n.Parent == nil || n.Parent.Name() != in {
		return ""
	}
	return n.Key.Text
}
