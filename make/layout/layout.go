// Package layout writes documents in their canonical form: two blanks a level,
// block style, quotes only where they are needed, and the fields of an object
// in the order of its specification. It exists so that two people who write the
// same contract write the same text, and a change of it shows as what it is.
//
// Whatever an author said stays: comments, anchors, aliases and merge keys, how
// a text of several lines is written, the order of what was named by the author
// (channels, properties, components), and blank lines, one at a time. What
// cannot be kept is refused with words.
//
// It must not know commands or files beyond the one text it is given, and it
// judges nothing: a document with faults is laid out like any other, as long as
// it can be read.
package layout

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// RefusedError says why a text is left as it is.
type RefusedError struct {
	// Finding is what is wrong with the text, where that is the reason.
	Finding *diag.Diagnostic
	// Reason is the reason otherwise.
	Reason string
}

// Error says why, and where.
func (e *RefusedError) Error() string {
	if e.Finding == nil {
		return e.Reason
	}
	text := e.Finding.Message
	if e.Finding.Help != "" {
		text += "; " + e.Finding.Help
	}
	if e.Finding.Span.File == nil {
		return text
	}
	start, _ := e.Finding.Span.Range()
	return fmt.Sprintf("line %d: %s", start.Line, text)
}

// Format returns the canonical form of a document in YAML or JSON. The same
// text given again comes back as it is. An error is a *RefusedError.
func Format(f *source.File) ([]byte, error) {
	if bytes.Contains(f.Data(), []byte("\r\n")) {
		out, err := Format(source.NewFile(f.URI(), f.Name(), bytes.ReplaceAll(f.Data(), []byte("\r\n"), []byte("\n"))))
		return bytes.ReplaceAll(out, []byte("\n"), []byte("\r\n")), err
	}
	if isJSON(f) {
		return formatJSON(f)
	}
	return formatYAML(f)
}

func isJSON(f *source.File) bool {
	switch strings.ToLower(path.Ext(f.Name())) {
	case ".json", ".avsc":
		return true
	case ".yaml", ".yml":
		return false
	}
	text := bytes.TrimLeft(f.Data(), " \t\r\n")
	return len(text) > 0 && (text[0] == '{' || text[0] == '[') && json.Valid(text)
}

// parse reads a text as it is written, or says why it cannot be laid out.
func parse(f *source.File) (*tree.Node, error) {
	root, findings := tree.Parse(f, tree.Options{Written: true})
	for i := range findings {
		if findings[i].Severity == diag.Error {
			return nil, &RefusedError{Finding: &findings[i]}
		}
	}
	if root == nil {
		return nil, &RefusedError{Reason: "there is nothing in it that could be laid out"}
	}
	return root, nil
}

func formatYAML(f *source.File) ([]byte, error) {
	root, err := parse(f)
	if err != nil {
		return nil, err
	}
	if root.Len() == 0 {
		return f.Data(), nil // one value, and no structure
	}
	doc, err := read(f, root)
	if err != nil {
		return nil, err
	}
	doc.arrange(orders(root))
	out := doc.write()
	if err := verify(f, doc, root, out); err != nil {
		return nil, err
	}
	return out, nil
}

var errChanged = errors.New("it cannot be laid out without changing what it says")

// verify makes sure that nothing was lost: the new text reads as the same
// values, with the same anchors and the same comments.
func verify(f *source.File, doc *document, root *tree.Node, out []byte) error {
	again, err := parse(source.NewFile(f.URI(), f.Name(), out))
	if err != nil {
		return &RefusedError{Reason: errChanged.Error() + ": " + err.Error()}
	}
	if at, ok := same(root, again); !ok {
		return &RefusedError{Reason: fmt.Sprintf("%v: at %q", errChanged, at)}
	}
	reread, err := read(again.Span.File, again)
	if err != nil {
		return err
	}
	if !doc.sameComments(reread) {
		return &RefusedError{Reason: errChanged.Error() + ": a comment stands where none can be kept"}
	}
	return nil
}

// same compares two values, their anchors and their aliases; the order of
// members does not matter. It says where they differ.
func same(a, b *tree.Node) (string, bool) {
	if (a.Alias == nil) != (b.Alias == nil) || a.Anchor != b.Anchor || a.Kind != b.Kind || a.Len() != b.Len() {
		return a.Path(), false
	}
	if a.Alias != nil {
		return a.Path(), a.Alias.Anchor == b.Alias.Anchor
	}
	if a.Len() == 0 {
		return a.Path(), a.Text == b.Text
	}
	for i := range a.Members {
		other := b.Get(a.Members[i].Key.Text)
		if other == nil {
			return a.Members[i].Value.Path(), false
		}
		if at, ok := same(a.Members[i].Value, other); !ok {
			return at, false
		}
	}
	for i := range a.Items {
		if at, ok := same(a.Items[i], b.Items[i]); !ok {
			return at, false
		}
	}
	return "", true
}
