package convert

import (
	"context"
	"slices"
	"strings"

	"github.com/weft-dev/weft/make/convert/asyncapi3"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

// Minor versions of AsyncAPI only add to what documents may say, so that the
// text stays what it is, but for the number. The one exception are examples of
// messages, of which 2.0 did not ask for a form.

// minorConversion brings a document to a later minor version.
func minorConversion(version string, before ...string) Conversion {
	return Conversion{
		Kind: AsyncAPI, Names: []string{version, strings.TrimSuffix(version, ".0")}, About: "AsyncAPI " + version + " of an earlier " + version[:1] + ".x",
		Fits: func(d *ref.Document) bool {
			return slices.ContainsFunc(before, func(minor string) bool { return strings.HasPrefix(d.Root.Get("asyncapi").Str(), minor+".") })
		},
		Do: func(_ context.Context, _ *ref.Workspace, d *ref.Document, _ Options) (*Draft, []diag.Diagnostic) {
			at := d.Root.Get("asyncapi")
			edits := []diag.Edit{{Span: at.Span, Text: quotedAs(at, version)}}
			more, findings := exampleEdits(d.Root)
			text, err := tree.Apply(d.File.Data(), append(edits, more...))
			if err != nil {
				return nil, []diag.Diagnostic{{Code: asyncapi3.CodeLost, Severity: diag.Error, Span: at.Span, Path: at.Path(), Message: "the text cannot be edited: " + err.Error()}}
			}
			return &Draft{Title: "AsyncAPI " + version, Text: text}, findings
		},
	}
}

// quotedAs writes a word with the quotes that another has.
func quotedAs(n *tree.Node, word string) string {
	switch written := n.Span.Text(); {
	case len(written) > 0 && (written[0] == '"' || written[0] == '\''):
		return string(written[0]) + word + string(written[0])
	}
	return word
}

// exampleEdits gives examples of 2.0 messages the form that later versions ask
// for, in which they say what is headers and what is payload.
func exampleEdits(root *tree.Node) ([]diag.Edit, []diag.Diagnostic) {
	if !strings.HasPrefix(root.Get("asyncapi").Str(), "2.0.") {
		return nil, nil
	}
	set := asyncapi.Set("2.0.0")
	var edits []diag.Edit
	var findings []diag.Diagnostic
	eachNode(root, func(n *tree.Node) {
		if n.Name() != "examples" || n.Kind != tree.Sequence || n.Alias != nil {
			return
		}
		holder := set.At(n.Parent).Object
		if holder == nil || holder.Name != "message" && holder.Name != "message trait" {
			return
		}
		for _, item := range n.Items {
			if !item.Is(tree.Mapping) || item.Has("payload") || item.Has("headers") || item.Alias != nil {
				continue
			}
			whole := tree.NewObject()
			whole.Set("payload", item.Clone())
			text, err := tree.Print(whole, tree.JSON)
			if err != nil {
				continue
			}
			edits = append(edits, diag.Edit{Span: item.Span, Text: oneLine(string(text))})
			findings = append(findings, diag.Diagnostic{
				Code: asyncapi3.CodeGuessed, Severity: diag.Info, Span: item.Span, Path: item.Path(),
				Message: "an example says what is headers and what is payload in later versions; this one is taken for a payload",
				Help:    "see that it is an example of the payload",
			})
		}
	})
	return edits, findings
}

// oneLine writes JSON that is on several lines on one.
func oneLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.Join(lines, " ")
}
