package tree

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// Format is one of the two languages in which a value is written.
type Format uint8

// The formats.
const (
	YAML Format = iota
	JSON
)

// maxPrintDepth is how deep a value may nest to be written. No text that was
// read is as deep; a node that was made to hold itself is deeper.
const maxPrintDepth = 2 * maxAllowedDepth

var errTooDeepToPrint = errors.New("the value nests too deeply to be written")

// Print writes a value, its members in their order. YAML keeps the comments;
// JSON has none. Aliases are written out, and a key that is there twice counts
// once. What is written reads as the same value again.
func Print(n *Node, format Format) ([]byte, error) {
	var b bytes.Buffer
	if format == JSON {
		enc := jsontext.NewEncoder(&b, jsontext.WithIndent("  "))
		if err := printJSON(enc, n, 0); err != nil {
			return nil, fmt.Errorf("write JSON: %w", err)
		}
		return b.Bytes(), nil // the encoder ends it with a line break
	}
	p := yamlPrinter{out: &b}
	if err := p.document(n); err != nil {
		return nil, fmt.Errorf("write YAML: %w", err)
	}
	// A blank line below a last comment parts it from nothing.
	return append(bytes.TrimRight(b.Bytes(), "\n"), '\n'), nil
}

func printJSON(enc *jsontext.Encoder, n *Node, depth int) error {
	switch {
	case n == nil:
		return enc.WriteToken(jsontext.Null)
	case depth > maxPrintDepth:
		return errTooDeepToPrint
	case n.Kind == Mapping:
		return printJSONObject(enc, n, depth)
	case n.Kind == Sequence:
		return printJSONArray(enc, n, depth)
	case n.Kind == Number:
		return enc.WriteValue(jsontext.Value(n.Text))
	case n.Kind == Bool:
		return enc.WriteToken(jsontext.Bool(n.Text == "true"))
	case n.Kind == String:
		return enc.WriteToken(jsontext.String(n.Text))
	}
	return enc.WriteToken(jsontext.Null)
}

func printJSONObject(enc *jsontext.Encoder, n *Node, depth int) error {
	if err := enc.WriteToken(jsontext.BeginObject); err != nil {
		return err
	}
	for _, m := range n.Members {
		if n.Get(m.Key.Text) != m.Value {
			continue
		}
		if err := enc.WriteToken(jsontext.String(m.Key.Text)); err != nil {
			return err
		}
		if err := printJSON(enc, m.Value, depth+1); err != nil {
			return err
		}
	}
	return enc.WriteToken(jsontext.EndObject)
}

func printJSONArray(enc *jsontext.Encoder, n *Node, depth int) error {
	if err := enc.WriteToken(jsontext.BeginArray); err != nil {
		return err
	}
	for _, item := range n.Items {
		if err := printJSON(enc, item, depth+1); err != nil {
			return err
		}
	}
	return enc.WriteToken(jsontext.EndArray)
}

// yamlPrinter writes YAML in block style, two blanks a level.
type yamlPrinter struct{ out *bytes.Buffer }

func (p yamlPrinter) document(n *Node) error {
	if n == nil {
		n = &Node{Kind: Null}
	}
	p.comment(head(n), 0)
	if head(n) != "" {
		p.out.WriteByte('\n') // apart from the comments of the first key
	}
	switch {
	case n.Len() > 0 && n.Kind == Mapping:
		if err := p.members(n, 0, 0); err != nil {
			return err
		}
	case n.Len() > 0:
		if err := p.items(n, 0, 0); err != nil {
			return err
		}
	default:
		text, err := p.scalar(n, 2) // a text in block style must not look like the end of the document
		if err != nil {
			return err
		}
		p.scalarLines(n, text)
	}
	if n.Comments != nil {
		p.comment(n.Comments.Foot, 0)
	}
	return nil
}

func head(n *Node) string {
	if n.Comments == nil {
		return ""
	}
	return n.Comments.Head
}

// members writes the members of an object. The first stands where the printer
// is already, the others on lines of their own.
func (p yamlPrinter) members(n *Node, indent, depth int) error {
	first := true
	for _, m := range n.Members {
		if n.Get(m.Key.Text) != m.Value {
			continue
		}
		if !first {
			p.indent(indent)
		}
		first = false
		if err := p.member(m, indent, depth); err != nil {
			return err
		}
	}
	return nil
}

func (p yamlPrinter) member(m Member, indent, depth int) error {
	if text := head(m.Value); text != "" {
		p.headComment(text, indent)
	}
	key, err := keyText(m.Key.Text)
	if err != nil {
		return err
	}
	p.out.WriteString(key)
	if len(key) > maxKey {
		p.out.WriteByte('\n')
		p.indent(indent)
	}
	p.out.WriteByte(':')
	return p.value(m.Value, indent, depth)
}

// items writes the items of an array; the first stands where the printer is.
func (p yamlPrinter) items(n *Node, indent, depth int) error {
	for i, item := range n.Items {
		if i > 0 {
			p.indent(indent)
		}
		if text := head(item); text != "" {
			p.headComment(text, indent)
		}
		p.out.WriteByte('-')
		if err := p.item(item, indent, depth); err != nil {
			return err
		}
	}
	return nil
}

// item writes a value behind "-": an object or array starts on that line,
// unless a comment has to go between.
func (p yamlPrinter) item(n *Node, indent, depth int) error {
	compact := n.Len() > 0 && (n.Comments == nil || n.Comments.Line == "") && firstHead(n) == ""
	if !compact {
		return p.value(n, indent, depth)
	}
	if depth > maxPrintDepth {
		return errTooDeepToPrint
	}
	p.out.WriteByte(' ')
	var err error
	if n.Kind == Mapping {
		err = p.members(n, indent+2, depth+1)
	} else {
		err = p.items(n, indent+2, depth+1)
	}
	p.foot(n, indent)
	return err
}

// firstHead is the comment above the first value in a collection.
func firstHead(n *Node) string {
	switch {
	case len(n.Members) > 0:
		return head(n.Members[0].Value)
	case len(n.Items) > 0:
		return head(n.Items[0])
	}
	return ""
}

// value writes a value behind ":" or "-", up to the end of its last line.
func (p yamlPrinter) value(n *Node, indent, depth int) error {
	if depth > maxPrintDepth {
		return errTooDeepToPrint
	}
	if n.Len() == 0 {
		return p.inline(n, indent)
	}
	p.lineComment(n)
	p.out.WriteByte('\n')
	p.indent(indent + 2)
	var err error
	if n.Kind == Mapping {
		err = p.members(n, indent+2, depth+1)
	} else {
		err = p.items(n, indent+2, depth+1)
	}
	p.foot(n, indent)
	return err
}

func (p yamlPrinter) inline(n *Node, indent int) error {
	text, err := p.scalar(n, indent+2)
	if err != nil {
		return err
	}
	p.out.WriteByte(' ')
	p.scalarLines(n, text)
	p.foot(n, indent)
	return nil
}

// scalarLines writes a scalar and the comment beside it, which for a text in
// block style stands behind its header.
func (p yamlPrinter) scalarLines(n *Node, text string) {
	first, rest, block := strings.Cut(text, "\n")
	p.out.WriteString(first)
	p.lineComment(n)
	p.out.WriteByte('\n')
	if block {
		p.out.WriteString(rest)
		p.out.WriteByte('\n')
	}
}

func (p yamlPrinter) indent(n int) {
	for range n {
		p.out.WriteByte(' ')
	}
}

// headComment writes a comment above a value, at whose place the printer is
// before and after.
func (p yamlPrinter) headComment(text string, indent int) {
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			p.indent(indent)
		}
		p.commentLine(line)
	}
	p.indent(indent)
}

// comment writes a comment on lines of its own.
func (p yamlPrinter) comment(text string, indent int) {
	if text == "" {
		return
	}
	for line := range strings.SplitSeq(text, "\n") {
		p.indent(indent)
		p.commentLine(line)
	}
}

func (p yamlPrinter) commentLine(line string) {
	p.out.WriteString(strings.TrimRight("# "+printable(line), " "))
	p.out.WriteByte('\n')
}

// foot writes the comment below a value, and a blank line that keeps it from
// becoming the comment above the next.
func (p yamlPrinter) foot(n *Node, indent int) {
	if n == nil || n.Comments == nil || n.Comments.Foot == "" {
		return
	}
	p.comment(n.Comments.Foot, indent)
	p.out.WriteByte('\n')
}

func (p yamlPrinter) lineComment(n *Node) {
	if n != nil && n.Comments != nil && n.Comments.Line != "" {
		p.out.WriteString(" # ")
		p.out.WriteString(printable(strings.ReplaceAll(n.Comments.Line, "\n", " ")))
	}
}

// printable leaves out of a comment what YAML does not allow in a text.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if needsEscape(r) {
			return -1
		}
		return r
	}, text)
}

// scalar returns how a value is written that has nothing inside.
func (p yamlPrinter) scalar(n *Node, indent int) (string, error) {
	switch {
	case n == nil:
		return "null", nil
	case n.Kind == Mapping:
		return "{}", nil
	case n.Kind == Sequence:
		return "[]", nil
	case n.Kind == String:
		return stringText(n.Text, indent)
	case n.Kind == Number:
		if kind, _ := resolvePlain(n.Text); kind != Number {
			return "", fmt.Errorf("%s is not a number", quote(n.Text))
		}
		return n.Text, nil
	case n.Kind == Bool && n.Text == "true":
		return "true", nil
	case n.Kind == Bool:
		return "false", nil
	}
	return "null", nil
}

func stringText(text string, indent int) (string, error) {
	switch {
	case !utf8.ValidString(text):
		return "", errors.New("a string is not valid UTF-8")
	case isPlainSafe(text):
		return text, nil
	case isLiteralSafe(text):
		return literal(text, indent), nil
	case !strings.ContainsFunc(text, func(r rune) bool { return r == '\n' || r == '\t' || needsEscape(r) }):
		return "'" + strings.ReplaceAll(text, "'", "''") + "'", nil
	}
	return doubleQuoted(text), nil
}

// maxKey is how long a key may be before readers no longer look for its colon
// (1,024 characters by the specification).
const maxKey = 1_000

func keyText(text string) (string, error) {
	switch {
	case !utf8.ValidString(text):
		return "", errors.New("a key is not valid UTF-8")
	case len(text) > maxKey:
		return "? " + doubleQuoted(text), nil
	case isPlainSafe(text):
		return text, nil
	case strings.ContainsFunc(text, func(r rune) bool { return r == '\n' || r == '\t' || needsEscape(r) }):
		return doubleQuoted(text), nil
	}
	return "'" + strings.ReplaceAll(text, "'", "''") + "'", nil
}

// PlainSafe reports whether a string may stand in block style without quotes
// and is read as that string by readers of YAML 1.2 and of 1.1.
func PlainSafe(text string) bool { return utf8.ValidString(text) && isPlainSafe(text) }

// isPlainSafe reports whether a string may be written without quotes and is
// read as that string by readers of YAML 1.2 and of 1.1.
func isPlainSafe(text string) bool {
	if text == "" || len(text) > 10_000 || text[0] == ' ' || text[len(text)-1] == ' ' || text[len(text)-1] == ':' {
		return false
	}
	if kind, _ := resolvePlain(text); kind != String || isNotFinite(text) || isOldScalar(text) {
		return false
	}
	switch text[0] {
	case '-', '?', ':', ',', '[', ']', '{', '}', '#', '&', '*', '!', '|', '>', '\'', '"', '%', '@', '`', '=', '<':
		return false
	case '.':
		if !strings.HasPrefix(text, "./") && !strings.HasPrefix(text, "../") {
			return false
		}
	}
	if strings.Contains(text, ": ") || strings.Contains(text, " #") || strings.HasPrefix(text, "---") {
		return false
	}
	return !strings.ContainsFunc(text, func(r rune) bool { return r == '\n' || r == '\t' || needsEscape(r) })
}

// isOldScalar reports whether YAML 1.1 reads something else than a string.
func isOldScalar(text string) bool {
	switch strings.ToLower(text) {
	case "y", "n", "yes", "no", "on", "off", "~":
		return true
	}
	if strings.Count(text, ".") > 1 && !strings.Contains(text, ":") {
		return false // a version
	}
	// Numbers with "_" or in base 60, and dates, start with a digit or a sign
	// and have nothing but these in them.
	return text[0] >= '0' && text[0] <= '9' && strings.Trim(text, "0123456789_:-+.abcdefABCDEFxXtTzZ ") == "" ||
		(text[0] == '+' && strings.Trim(text, "0123456789_:.+") == "")
}

// isLiteralSafe reports whether a text of several lines can stand as it is.
func isLiteralSafe(text string) bool {
	if !strings.Contains(strings.TrimSuffix(text, "\n"), "\n") && !strings.HasSuffix(text, "\n") {
		return false
	}
	body := strings.TrimSuffix(text, "\n")
	if body == "" || body[0] == ' ' || body[0] == '\n' || body[0] == '\t' || strings.HasSuffix(body, "\n") {
		return false
	}
	for line := range strings.SplitSeq(body, "\n") {
		if line != "" && strings.TrimLeft(line, " \t") == "" {
			return false // a line of blanks, which nobody would see
		}
	}
	return !strings.ContainsFunc(body, func(r rune) bool { return r != '\n' && r != '\t' && needsEscape(r) })
}

func literal(text string, indent int) string {
	header := "|"
	body := strings.TrimSuffix(text, "\n")
	if body == text {
		header = "|-"
	}
	var b strings.Builder
	b.WriteString(header)
	for line := range strings.SplitSeq(body, "\n") {
		b.WriteByte('\n')
		if line != "" {
			b.WriteString(strings.Repeat(" ", indent))
			b.WriteString(line)
		}
	}
	return b.String()
}

// needsEscape reports whether a character can stand only as an escape: YAML
// does not allow it, or takes it for a line break, or nobody could see it.
func needsEscape(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return false
	case r < 0x20, r >= 0x7f && r < 0xa0, r == 0xa0, r == 0x2028, r == 0x2029, r == 0xfeff, r == 0xfffe, r == 0xffff:
		return true
	case r >= 0x200b && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
		return true
	}
	return false
}

func doubleQuoted(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case r < 0x100 && needsEscape(r):
			fmt.Fprintf(&b, `\x%02x`, r)
		case needsEscape(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
