package rewrite

import (
	"strings"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// CodeReference is the code of the finding for a reference whose target the
// result does not have, or that could not be followed.
const CodeReference diag.Code = "convert/reference"

// Link writes all references of the result, whose root is given. It is the
// last step of a conversion.
func (d *Document) Link(root *tree.Node) {
	for i := range d.links {
		l := &d.links[i]
		if l.value.Root() != root {
			continue // it was left out
		}
		switch {
		case l.fresh != nil:
			l.value.Text = "#" + Fragment(l.fresh.Path())
		case l.target != nil:
			d.linkTarget(root, l)
		default:
			d.relink(root, l)
		}
	}
}

// linkTarget writes a reference to a value of some document.
func (d *Document) linkTarget(root *tree.Node, l *link) {
	if now := d.moved[l.target]; now != nil && now.Root() == root {
		l.value.Text = "#" + Fragment(now.Path())
		return
	}
	if l.target.Span.File != d.From.File {
		l.value.Text = d.address(l.target)
		return
	}
	l.value.Text = "#" + Fragment(l.target.Path())
	d.gone(l.target)
}

func (d *Document) gone(n *tree.Node) {
	d.Say(CodeReference, diag.Warning, n, "refer to something else in the result",
		"something refers to this, and the result does not have it")
}

// relink writes a reference that the source has. It is kept as it is written
// where that leads to the same.
func (d *Document) relink(root *tree.Node, l *link) {
	if !l.from.Is(tree.String) {
		return
	}
	target, problem := d.Workspace.Target(d.Context, l.from)
	if problem != nil {
		d.unresolved(l, problem)
		return
	}
	_, fragment, _ := source.Resolve(l.from.Span.File.URI(), l.from.Text)
	own := l.from.Span.File == d.From.File
	at := d.moved[target]
	switch {
	case at != nil && at.Root() == root:
		if !own || fragment != at.Path() || !strings.HasPrefix(l.from.Text, "#") {
			l.value.Text = "#" + Fragment(at.Path())
		}
	case target.Span.File == d.From.File:
		d.Say(CodeReference, diag.Warning, l.from, "refer to something else in the result",
			"%q leads to a part that the result does not have", clip(l.from.Text))
	case !own, d.elsewhere(target) != nil && d.elsewhere(target).Path() != fragment:
		l.value.Text = d.address(target)
	}
}

func (d *Document) elsewhere(target *tree.Node) *tree.Node {
	if d.Elsewhere == nil {
		return nil
	}
	return d.Elsewhere(target)
}

// unresolved keeps a reference that could not be followed. One in a document
// that was written into this one has to be found from here.
func (d *Document) unresolved(l *link, problem *diag.Diagnostic) {
	if l.from.Span.File != d.From.File {
		if uri, fragment, err := source.Resolve(l.from.Span.File.URI(), l.from.Text); err == nil {
			l.value.Text = d.relative(uri)
			if fragment != "" {
				l.value.Text += "#" + Fragment(fragment)
			}
		}
	}
	if problem.Code == ref.CodeNotData {
		return // a schema of another language
	}
	severity := diag.Info
	if strings.HasPrefix(l.from.Text, "#") {
		severity = diag.Warning
	}
	d.Say(CodeReference, severity, l.from, "see that it leads where it should in the result",
		"%q is kept as it is written, since it could not be followed: %s", clip(l.from.Text), problem.Message)
}

// address is a reference to a value of another document.
func (d *Document) address(target *tree.Node) string {
	text := d.relative(target.Span.File.URI())
	if place := d.placeOf(target); place != "" {
		text += "#" + Fragment(place)
	}
	return text
}

// placeOf is where a value of another document stands once that is converted.
func (d *Document) placeOf(target *tree.Node) string {
	if now := d.elsewhere(target); now != nil {
		return now.Path()
	}
	return target.Path()
}

// relative is how the source's document names another.
func (d *Document) relative(uri string) string { return Relative(d.From.File.URI(), uri) }

// Fragment escapes what may not stand in the fragment of a reference as it is.
// Braces may not either, strictly, but addresses have them and everybody
// writes them.
func Fragment(pointer string) string {
	return escapes.Get().Replace(pointer)
}

var escapes = lazy.Of[*strings.Replacer]{Make: func() *strings.Replacer {
	return strings.NewReplacer("%", "%25", " ", "%20", `"`, "%22", "<", "%3C", ">", "%3E", "`", "%60", "\\", "%5C", "^", "%5E", "|", "%7C",
		"\t", "%09", "\n", "%0A", "\r", "%0D")
}}

func clip(text string) string {
	const most = 120
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}
