package convert

import (
	"fmt"
	"go/format"
	"go/token"
	"maps"
	"slices"
	"strings"

	"github.com/weft-dev/weft/text/diag"
)

// maxGoDoc bounds a comment in the source of Go, in bytes.
const maxGoDoc = 2000

// print writes the package, as gofmt has it.
func (w *toGo) print() string {
	var b strings.Builder
	fmt.Fprintf(&b, "package %s\n\n", w.packageName())
	switch names := slices.Sorted(maps.Keys(w.imports)); len(names) {
	case 0:
	case 1:
		fmt.Fprintf(&b, "import %q\n\n", names[0])
	default:
		fmt.Fprintf(&b, "import (\n\t\"%s\"\n)\n\n", strings.Join(names, "\"\n\t\""))
	}
	for _, t := range w.types {
		t.print(&b)
	}
	text, err := format.Source([]byte(b.String()))
	if err != nil {
		w.add(CodeLarge, diag.Error, nil, "what was made is no Go, which is a fault of ours: %v", err)
		return b.String()
	}
	return string(text)
}

// packageName is what was asked for, or the name of the document in small
// letters.
func (w *toGo) packageName() string {
	if w.opt.Package != "" {
		return w.opt.Package
	}
	var b strings.Builder
	for _, c := range strings.ToLower(w.opt.Name[:min(len(w.opt.Name), maxGoName)]) {
		if 'a' <= c && c <= 'z' || '0' <= c && c <= '9' && b.Len() > 0 {
			b.WriteRune(c)
		}
	}
	switch name := b.String(); {
	case name == "", name == "main", name == "init":
		return "contract"
	case token.IsKeyword(name):
		return name + "s"
	default:
		return name
	}
}

func (t *goType) print(b *strings.Builder) {
	goComment(b, "", paragraphs(t.doc))
	switch {
	case len(t.values) > 0:
		fmt.Fprintf(b, "type %s %s\n\n", t.name, t.is)
		fmt.Fprintf(b, "// The values of %s.\nconst (\n", t.name)
		for _, v := range t.values {
			goComment(b, "\t", v.doc)
			fmt.Fprintf(b, "\t%s %s = %s\n", v.name, t.name, v.literal)
		}
		b.WriteString(")\n\n")
	case t.is != "":
		fmt.Fprintf(b, "type %s %s\n\n", t.name, t.is)
	default:
		fmt.Fprintf(b, "type %s struct {\n", t.name)
		for _, f := range t.fields {
			goComment(b, "\t", f.doc)
			fmt.Fprintf(b, "\t%s %s `%s`\n", f.name, f.kind, f.tag)
		}
		b.WriteString("}\n\n")
	}
}

// goComment writes a text so that each of its lines is one of a comment.
func goComment(b *strings.Builder, indent, text string) {
	if len(text) > maxGoDoc {
		text = strings.ToValidUTF8(text[:maxGoDoc], "") + "…"
	}
	text = strings.TrimSpace(strings.ToValidUTF8(text, "�"))
	if text == "" {
		return
	}
	clean := strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return r
		}
		if r < ' ' || r == 0x7f || r == 0xfeff {
			return -1
		}
		return r
	}, strings.ReplaceAll(text, "\r\n", "\n"))
	for line := range strings.SplitSeq(clean, "\n") {
		b.WriteString(strings.TrimRight(indent+"// "+line, " \t") + "\n")
	}
}
