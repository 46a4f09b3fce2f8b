package convert

import (
	"fmt"
	"strings"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// CodeComments is the code of the finding for comments that JSON cannot have.
const CodeComments diag.Code = "convert/comments"

// lostComments tells how many comments a value loses when it becomes JSON.
func lostComments(d *ref.Document, root *tree.Node) (diag.Diagnostic, bool) {
	count := 0
	var first *tree.Node
	eachNode(root, func(n *tree.Node) {
		if n.Comments == nil {
			return
		}
		for _, text := range []string{n.Comments.Head, n.Comments.Line, n.Comments.Foot} {
			if text != "" {
				count += 1 + strings.Count(text, "\n")
			}
		}
		if first == nil {
			first = n
		}
	})
	if count == 0 {
		return diag.Diagnostic{}, false
	}
	f := diag.Diagnostic{
		Code: CodeComments, Severity: diag.Warning, Span: source.Span{File: d.File}, Path: first.Path(),
		Message: fmt.Sprintf("%d lines of comments are lost: JSON has none", count), Help: "keep the YAML, if they matter",
	}
	if count == 1 {
		f.Message = "1 line of comments is lost: JSON has none"
	}
	if first.Span.File == d.File {
		f.Span = first.Span
		if first.Key != nil {
			f.Span = first.Key.Span
		}
	}
	return f, true
}

// eachNode visits a value and all in it, but what aliases repeat.
func eachNode(n *tree.Node, visit func(*tree.Node)) {
	if n == nil {
		return
	}
	visit(n)
	if n.Alias != nil {
		return
	}
	for _, m := range n.Members {
		eachNode(m.Value, visit)
	}
	for _, item := range n.Items {
		eachNode(item, visit)
	}
}
