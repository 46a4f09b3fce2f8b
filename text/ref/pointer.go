package ref

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// point follows the JSON Pointer of a reference into a document. Where a token
// is not there but a "$ref" is, the pointer goes on in what that names: many
// tools let it, and many documents count on that.
func (w *Workspace) point(ctx context.Context, value *tree.Node, doc *Document, fragment string, depth int) (*tree.Node, *diag.Diagnostic) {
	if fragment == "" {
		return doc.Root, nil
	}
	if fragment[0] != '/' {
		return nil, plainName(value, doc, fragment)
	}
	tokens := strings.Split(fragment[1:], "/")
	n := doc.Root
	for i := range tokens {
		name := tree.UnescapePointer(tokens[i])
		next, problem := w.child(ctx, n, name, depth)
		if problem != nil {
			return nil, problem
		}
		if next == nil {
			return nil, missing(value, n, tokens, i)
		}
		n = next
	}
	return n, nil
}

// child returns the member or item of a node, and where there is none, that of
// what the node refers to.
func (w *Workspace) child(ctx context.Context, n *tree.Node, name string, depth int) (*tree.Node, *diag.Diagnostic) {
	for hops := 0; ; hops++ {
		if next := n.At("/" + tree.EscapePointer(name)); next != nil {
			return next, nil
		}
		value := Of(n)
		if value == nil {
			return nil, nil
		}
		if hops > w.opt.Limits.Hops {
			return nil, tooLongFinding(value, w.opt.Limits.Hops)
		}
		o := w.step(ctx, value, depth+1)
		if o.finding != nil {
			return nil, o.finding
		}
		n = o.target
	}
}

// plainName is the finding for a fragment that is no JSON Pointer.
func plainName(value *tree.Node, doc *Document, fragment string) *diag.Diagnostic {
	d := at(value, CodeAnchor, fmt.Sprintf("the fragment of %s is a name, not a JSON Pointer", show(value.Text)), "write #/ and the path to the value")
	if doc.Root.At("/"+fragment) != nil {
		suggest(d, value, "#/"+fragment)
	}
	return d
}

// missing is the finding for a token that is not there.
func missing(value, n *tree.Node, tokens []string, i int) *diag.Diagnostic {
	name := tree.UnescapePointer(tokens[i])
	where := "the document"
	if i > 0 {
		where = fmt.Sprintf("%q", "/"+strings.Join(tokens[:i], "/"))
	}
	d := at(value, CodePointer, "", "check the path behind #")
	switch {
	case n.Is(tree.Mapping):
		d.Message = fmt.Sprintf("%s leads nowhere: %s has no %q", show(value.Text), where, name)
		suggestKey(d, value, n, tokens, i)
	case n.Is(tree.Sequence):
		d.Message = fmt.Sprintf("%s leads nowhere: %s has %s, and %q is none of them", show(value.Text), where, items(n.Len()), name)
	default:
		d.Message = fmt.Sprintf("%s leads nowhere: %s is %s and has nothing inside", show(value.Text), where, kindName(n))
	}
	d.Related = []diag.Related{{Message: "this is as far as it leads", Span: headOf(n)}}
	return d
}

func items(n int) string {
	if n == 1 {
		return "1 item"
	}
	return strconv.Itoa(n) + " items"
}

// suggestKey proposes the key that was meant, with the rest of the path kept.
func suggestKey(d *diag.Diagnostic, value, n *tree.Node, tokens []string, i int) {
	names := make([]string, 0, n.Len())
	for _, m := range n.Members {
		names = append(names, m.Key.Text)
	}
	near := diag.Nearest(tree.UnescapePointer(tokens[i]), names)
	if near == "" {
		return
	}
	better := append([]string{}, tokens...)
	better[i] = tree.EscapePointer(near)
	suggest(d, value, "#/"+strings.Join(better, "/"))
}

// suggest proposes another fragment.
func suggest(d *diag.Diagnostic, value *tree.Node, fragment string) {
	uri, _, _ := strings.Cut(value.Text, "#")
	propose(d, value, uri+escapeFragment(fragment))
}

// propose is what was most likely meant, as words and as an edit.
func propose(d *diag.Diagnostic, value *tree.Node, better string) {
	d.Help = fmt.Sprintf("did you mean %s?", show(better))
	if quoted, ok := requote(value, better); ok {
		d.Fixes = []diag.Fix{{
			Title: "refer to " + better,
			Edits: []diag.Edit{{Span: value.Span, Text: quoted}},
		}}
	}
}

// escapeFragment escapes what may not stand in a fragment as it is.
func escapeFragment(fragment string) string {
	return strings.NewReplacer("%", "%25", " ", "%20", `"`, "%22", "<", "%3C", ">", "%3E", "`", "%60", "\\", "%5C", "^", "%5E", "|", "%7C").Replace(fragment)
}

// requote writes a string with the quotes that another had.
func requote(value *tree.Node, text string) (string, bool) {
	written := value.Span.Text()
	if len(written) == 0 {
		return "", false
	}
	switch written[0] {
	case '"':
		return strconv.Quote(text), true
	case '\'':
		return "'" + strings.ReplaceAll(text, "'", "''") + "'", true
	case '*', '|', '>':
		return "", false
	}
	return "'" + strings.ReplaceAll(text, "'", "''") + "'", true
}

// headOf is what to underline for a value that may be long: its key, or else
// its first line.
func headOf(n *tree.Node) source.Span {
	if n.Key != nil {
		return n.Key.Span
	}
	span := n.Span
	if end := bytes.IndexAny(span.Text(), "\r\n"); end >= 0 {
		span.End = span.Start + end
	}
	return span
}
