package convert

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// print writes the text of Protobuf.
func (w *toProto) print() string {
	var b strings.Builder
	b.WriteString("syntax = \"proto3\";\n")
	if w.pkg != "" {
		fmt.Fprintf(&b, "\npackage %s;\n", w.pkg)
	}
	if len(w.imports) > 0 {
		b.WriteByte('\n')
	}
	for _, name := range slices.Sorted(maps.Keys(w.imports)) {
		fmt.Fprintf(&b, "import %q;\n", name)
	}
	for _, t := range w.types {
		b.WriteByte('\n')
		t.print(&b)
	}
	return b.String()
}

func (t *protoType) print(b *strings.Builder) {
	comment(b, "", t.doc)
	fmt.Fprintf(b, "message %s {\n", t.name)
	for i, e := range t.enums {
		if i > 0 {
			b.WriteByte('\n')
		}
		e.print(b)
	}
	if len(t.enums) > 0 && len(t.fields) > 0 {
		b.WriteByte('\n')
	}
	for _, f := range t.fields {
		comment(b, "  ", f.doc)
		fmt.Fprintf(b, "  %s%s %s = %d", f.label, f.kind, f.name, f.number)
		if f.jsonName != "" {
			fmt.Fprintf(b, " [json_name = %s]", protoQuote(f.jsonName))
		}
		b.WriteString(";\n")
	}
	b.WriteString("}\n")
}

func (e *protoEnum) print(b *strings.Builder) {
	comment(b, "  ", e.doc)
	fmt.Fprintf(b, "  enum %s {\n", e.name)
	for i, v := range e.values {
		fmt.Fprintf(b, "    %s = %d;\n", v, e.numbers[i])
	}
	b.WriteString("  }\n")
}

// comment writes a text as a comment. The carriage return ends a line for some
// readers, so that it does here.
func comment(b *strings.Builder, indent, text string) {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "").Replace(text)
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		if text == "" {
			return
		}
		b.WriteString(strings.TrimRight(indent+"// "+line, " ") + "\n")
	}
}

// protoQuote writes a string of Protobuf.
func protoQuote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range strings.ToValidUTF8(s, "\ufffd") {
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteRune(c)
		case c < ' ' || c == 0x7f:
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteRune(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
