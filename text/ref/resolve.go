package ref

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path"
	"strings"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// Keyword is the key whose value is a reference.
const Keyword = "$ref"

// Of returns the value of "$ref" of a node, or nil where it has none. A
// "$ref" that holds an object is no reference but a property of that name.
func Of(n *tree.Node) *tree.Node {
	value := n.Get(Keyword)
	if value.Is(tree.Mapping) {
		return nil
	}
	return value
}

// outcome is what became of one "$ref".
type outcome struct {
	target  *tree.Node       // one step on: what the reference names
	finding *diag.Diagnostic // why there is no target
	end     *result          // at the end of the chain, once it is known
	// busy and onChain say that the step, and the chain, are being looked for
	// now: whoever meets them again goes in a circle.
	busy, onChain bool
}

type result struct {
	target  *tree.Node
	finding *diag.Diagnostic
}

// Resolve returns the value that a node stands for: for a node with a "$ref",
// what that names in the end, through as many references as it takes; for any
// other node, the node. A node that is itself the value of a "$ref" is
// followed too. The target's Span.File tells which document it is in.
//
// Where there is no target the finding says why. The same fault is the same
// pointer, by whichever reference it is met; a document that cannot be read is
// the first of its own findings.
func (w *Workspace) Resolve(ctx context.Context, n *tree.Node) (*tree.Node, *diag.Diagnostic) {
	value := referenceOf(n)
	if value == nil {
		return n, nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.resolveValue(ctx, value)
}

// Target is Resolve by one step: what a reference names, even if that is a
// reference again. It is for the specifications in which more than a reference
// may stand beside "$ref".
func (w *Workspace) Target(ctx context.Context, n *tree.Node) (*tree.Node, *diag.Diagnostic) {
	value := referenceOf(n)
	if value == nil {
		return n, nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	o := w.step(ctx, value, 0)
	return o.target, o.finding
}

// referenceOf returns the value of "$ref" for the object that holds it and for
// that value itself.
func referenceOf(n *tree.Node) *tree.Node {
	if value := Of(n); value != nil {
		return value
	}
	if n != nil && n.Key != nil && n.Key.Text == Keyword && !n.Is(tree.Mapping) {
		return n
	}
	return nil
}

// resolveValue follows a chain of references to its end.
func (w *Workspace) resolveValue(ctx context.Context, value *tree.Node) (*tree.Node, *diag.Diagnostic) {
	var chain []*outcome
	var values []*tree.Node
	var end result
	for {
		o := w.step(ctx, value, 0)
		if o.end != nil {
			end = *o.end
			break
		}
		if o.onChain {
			end.finding = cycleFinding(values, value)
			break
		}
		if o.finding != nil {
			end.finding = o.finding
			break
		}
		o.onChain = true
		chain, values = append(chain, o), append(values, value)
		if len(chain) > w.opt.Limits.Hops {
			end.finding = tooLongFinding(values[0], w.opt.Limits.Hops)
			break
		}
		next := Of(o.target)
		if next == nil {
			end.target = o.target
			break
		}
		value = next
	}
	for _, o := range chain {
		o.onChain = false
		if ctx.Err() == nil {
			o.end = &end
		}
	}
	return end.target, end.finding
}

// step finds what one reference names, and remembers it.
func (w *Workspace) step(ctx context.Context, value *tree.Node, depth int) *outcome {
	if o := w.targets[value]; o != nil {
		if o.busy {
			// The pointer of this reference leads through this reference.
			return &outcome{finding: cycleFinding([]*tree.Node{value}, value)}
		}
		return o
	}
	o := &outcome{busy: true}
	w.targets[value] = o
	o.target, o.finding = w.find(ctx, value, depth)
	o.busy = false
	if ctx.Err() != nil && o.finding != nil {
		delete(w.targets, value) // it was only interrupted
	}
	return o
}

func (w *Workspace) find(ctx context.Context, value *tree.Node, depth int) (*tree.Node, *diag.Diagnostic) {
	if problem := checkValue(value); problem != nil {
		return nil, problem
	}
	if depth > w.opt.Limits.Hops {
		return nil, tooLongFinding(value, w.opt.Limits.Hops)
	}
	doc, fragment, problem := w.document(ctx, value)
	if problem != nil {
		return nil, problem
	}
	if doc.Raw {
		return nil, at(value, CodeNotData, fmt.Sprintf("%s is neither YAML nor JSON", source.DisplayName(doc.File.URI())),
			"only a schema of another format may be referred to like this")
	}
	if doc.Root == nil {
		return nil, brokenDocument(value, doc)
	}
	return w.point(ctx, value, doc, fragment, depth)
}

// document opens the document that a reference names.
func (w *Workspace) document(ctx context.Context, value *tree.Node) (*Document, string, *diag.Diagnostic) {
	base := value.Span.File
	uri, fragment, err := source.Resolve(base.URI(), value.Text)
	if err != nil {
		return nil, "", at(value, CodeValue, fmt.Sprintf("%s is not a proper reference: %s", show(value.Text), err),
			"write a path or a URI, then # and a JSON Pointer")
	}
	if uri == base.URI() {
		return w.load(base), fragment, nil
	}
	if isRemote(base.URI()) && !isRemote(uri) {
		return nil, "", at(value, CodeNotAllowed, fmt.Sprintf("a document from the network may not refer to %s", show(value.Text)),
			"refer to a document that is on the network too")
	}
	doc, err := w.open(ctx, uri)
	if err != nil {
		problem := openFinding(value, err)
		w.suggestFile(problem, value, uri)
		return nil, "", problem
	}
	return doc, fragment, nil
}

// isRemote reports whether a document comes from the network. What stands in
// one was written by a stranger, who has no business with the files here.
func isRemote(uri string) bool {
	return strings.HasPrefix(uri, "http://") || strings.HasPrefix(uri, "https://")
}

// ResolveRaw opens the text that a reference names, of whatever format. The
// fragment is returned as written (decoded, without "#"), for the format to
// make sense of.
func (w *Workspace) ResolveRaw(ctx context.Context, n *tree.Node) (f *source.File, fragment string, problem *diag.Diagnostic) {
	value := referenceOf(n)
	if value == nil {
		value = n
	}
	if problem := checkValue(value); problem != nil {
		return nil, "", problem
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	doc, fragment, problem := w.document(ctx, value)
	if problem != nil {
		return nil, "", problem
	}
	return doc.File, fragment, nil
}

// brokenDocument is the finding for a reference into a text that cannot be
// read: the fault is that text's, and is told there, once.
func brokenDocument(value *tree.Node, doc *Document) *diag.Diagnostic {
	for i := range doc.Findings {
		if doc.Findings[i].Severity == diag.Error {
			return &doc.Findings[i]
		}
	}
	return at(value, CodeNotData, "the document it names has no value", "check what is in that document")
}

// checkValue checks the value of "$ref" itself.
func checkValue(value *tree.Node) *diag.Diagnostic {
	switch {
	case value.Is(tree.Null) && commentFollows(value):
		return at(value, CodeValue, "the $ref is empty, because # starts a comment in YAML", `put the reference in quotes: $ref: "#/…"`)
	case !value.Is(tree.String):
		return at(value, CodeValue, fmt.Sprintf("a $ref must be a string, not %s", kindName(value)), `write it as a string: $ref: "#/…"`)
	case strings.TrimSpace(value.Text) == "":
		return at(value, CodeValue, "the $ref is empty", "write what it refers to, or remove it")
	}
	return nil
}

func commentFollows(value *tree.Node) bool {
	rest := value.Span.File.Data()[value.Span.End:]
	for len(rest) > 0 && (rest[0] == ' ' || rest[0] == '\t') {
		rest = rest[1:]
	}
	return value.Span.Start == value.Span.End && len(rest) > 1 && rest[0] == '#' && rest[1] == '/'
}

func kindName(n *tree.Node) string {
	switch {
	case n == nil:
		return "nothing"
	case n.Kind == tree.Sequence:
		return "an array"
	case n.Kind == tree.Null:
		return "null"
	}
	return "a " + n.Kind.String()
}

// errTooMany is the kind of an error that is a limit of the workspace.
var errTooMany = errors.New("too many")

type openKind struct {
	kind error
	code diag.Code
}

// openKinds are the codes of what can go wrong, the most telling first.
func openKinds() []openKind {
	return []openKind{
		{source.ErrNotFound, CodeNotFound},
		{source.ErrNotAllowed, CodeNotAllowed},
		{source.ErrTooLarge, CodeNotText},
		{source.ErrNotText, CodeNotText},
		{source.ErrNotSupported, CodeNotSupported},
		{errTooMany, CodeTooMany},
	}
}

// openFinding says why the document that a reference names cannot be had.
func openFinding(value *tree.Node, err error) *diag.Diagnostic {
	code := CodeUnavailable
	for _, k := range openKinds() {
		if errors.Is(err, k.kind) {
			code = k.code
			break
		}
	}
	var open *source.OpenError
	if !errors.As(err, &open) {
		return at(value, code, "the document could not be read in time", "try again")
	}
	return at(value, code, fmt.Sprintf("cannot open %s: %s", open.URI, open.Reason), open.Help)
}

// suggestFile proposes the name of the file that was meant.
func (w *Workspace) suggestFile(problem *diag.Diagnostic, value *tree.Node, uri string) {
	lister, ok := w.opener.(source.Lister)
	if !ok || problem.Code != CodeNotFound {
		return
	}
	wrong, err := url.PathUnescape(path.Base(uri))
	if err != nil {
		return
	}
	near := diag.Nearest(wrong, lister.Neighbours(uri))
	at := strings.LastIndex(value.Text, wrong)
	if near == "" || at < 0 {
		return
	}
	propose(problem, value, value.Text[:at]+near+value.Text[at+len(wrong):])
}

// cycleFinding is about references that only name one another: the first is
// the place, the others are related.
func cycleFinding(chain []*tree.Node, back *tree.Node) *diag.Diagnostic {
	start := 0
	for i, v := range chain {
		if v == back {
			start = i
		}
	}
	cycle := chain[start:]
	if len(cycle) == 1 {
		return at(back, CodeCycle, fmt.Sprintf("the reference %s leads to itself", show(back.Text)), "refer to a value")
	}
	d := at(back, CodeCycle, fmt.Sprintf("%d references only refer to one another", len(cycle)), "replace one of them by a value")
	for _, v := range cycle[1:min(len(cycle), 10)] {
		d.Related = append(d.Related, diag.Related{Message: fmt.Sprintf("leads on to %s", show(v.Text)), Span: v.Span})
	}
	return d
}

func tooLongFinding(value *tree.Node, hops int) *diag.Diagnostic {
	return at(value, CodeTooLong, fmt.Sprintf("more than %d references follow one another from here", hops), "refer to the value itself")
}

func at(value *tree.Node, code diag.Code, message, help string) *diag.Diagnostic {
	return &diag.Diagnostic{
		Code: code, Severity: diag.Error, Span: value.Span, Path: value.Path(), Message: message, Help: help,
	}
}

// show quotes a reference for a message, without the credentials it may hold.
func show(ref string) string {
	const most = 120
	if strings.Contains(ref, "@") || strings.Contains(ref, "?") {
		uri, fragment, found := strings.Cut(ref, "#")
		if strings.Contains(uri, "://") {
			ref = source.Redact(uri)
			if found {
				ref += "#" + fragment
			}
		}
	}
	if len(ref) > most {
		ref = strings.ToValidUTF8(ref[:most], "") + "…"
	}
	return fmt.Sprintf("%q", ref)
}
