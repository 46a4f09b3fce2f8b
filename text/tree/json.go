package tree

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
)

// jsonReader builds nodes from the tokens of a JSON text.
type jsonReader struct {
	builder
	dec  *jsontext.Decoder
	base int // offset of the text behind the byte order mark
	pos  int // end of the last token
	err  error
}

func parseJSON(f *source.File, opt Options) (*Node, []diag.Diagnostic) {
	text := withoutBOM(f.Data())
	r := &jsonReader{builder: newBuilder(f, opt), base: len(f.Data()) - len(text)}
	r.pos = r.base
	if len(bytes.TrimLeft(text, " \t\r\n")) == 0 {
		return nil, []diag.Diagnostic{emptyDocument(f)}
	}
	r.dec = jsontext.NewDecoder(bytes.NewBuffer(text), jsontext.AllowDuplicateNames(true))
	root := r.value(nil, nil, 0, 0)
	r.checkEnd()
	r.reportSyntax()
	if r.stop || (r.err != nil && !opt.Partial) {
		root = nil
	}
	return root, r.findings
}

// checkEnd makes sure that nothing follows the value.
func (r *jsonReader) checkEnd() {
	if r.err != nil || r.stop {
		return
	}
	start := r.next()
	if start >= len(r.data) {
		return
	}
	r.errorAt(CodeSyntax, r.span(start, wordEnd(r.data, start)), "",
		"there is more text after the end of the JSON value", "remove it; a document is one value")
	r.err = errors.New("text after the value")
}

// next returns where the next token starts: behind blanks and separators.
func (r *jsonReader) next() int {
	for i := r.pos; i < len(r.data); i++ {
		switch r.data[i] {
		case ' ', '\t', '\r', '\n', ',', ':':
		default:
			return i
		}
	}
	return len(r.data)
}

// token reads one token and returns where it stands.
func (r *jsonReader) token() (tok jsontext.Token, start, end int, ok bool) {
	tok, err := r.dec.ReadToken()
	if err != nil {
		r.err = err
		return tok, 0, 0, false
	}
	start = r.next()
	end = r.base + int(r.dec.InputOffset())
	r.pos = end
	return tok, start, end, true
}

// value reads one value; it returns nil where there is none to be read.
func (r *jsonReader) value(parent, key *Node, index, depth int) *Node {
	tok, start, end, ok := r.token()
	if !ok || !r.fits(depth, start) {
		return nil
	}
	n := r.node(Null, start, end)
	n.Parent, n.Key, n.Index = parent, key, index
	switch tok.Kind() {
	case 'n':
		n.Text = "null"
	case 't':
		n.Kind, n.Text = Bool, "true"
	case 'f':
		n.Kind, n.Text = Bool, "false"
	case '"':
		n.Kind, n.Text = String, tok.String()
	case '0':
		n.Kind, n.Text = Number, string(r.data[start:end])
		r.checkNumber(n)
	case '{':
		n.Kind = Mapping
		r.object(n, depth+1)
	case '[':
		n.Kind = Sequence
		r.array(n, depth+1)
	}
	return n
}

func (r *jsonReader) object(n *Node, depth int) {
	if !r.fits(depth, n.Span.Start) {
		return
	}
	for r.err == nil && !r.stop && r.dec.PeekKind() != '}' {
		tok, start, end, ok := r.token()
		if !ok {
			break
		}
		key := r.node(String, start, end)
		key.Text = tok.String()
		value := r.value(n, key, len(n.Members), depth)
		if value == nil {
			break
		}
		n.Members = append(n.Members, Member{Key: key, Value: value})
	}
	r.close(n)
	r.seal(n)
}

func (r *jsonReader) array(n *Node, depth int) {
	if !r.fits(depth, n.Span.Start) {
		return
	}
	for r.err == nil && !r.stop && r.dec.PeekKind() != ']' {
		item := r.value(n, nil, len(n.Items), depth)
		if item == nil {
			break
		}
		n.Items = append(n.Items, item)
	}
	r.close(n)
}

// close reads the bracket that ends a collection.
func (r *jsonReader) close(n *Node) {
	if r.err == nil && !r.stop {
		r.token()
	}
	n.Span.End = r.pos
}

// reportSyntax tells what stopped the decoder, where it stopped.
func (r *jsonReader) reportSyntax() {
	if r.err == nil || r.stop || hasCode(r.findings, CodeSyntax) {
		return
	}
	start := r.next()
	path := ""
	var syntax *jsontext.SyntacticError
	if errors.As(r.err, &syntax) {
		start = max(r.pos, r.base+int(syntax.ByteOffset))
		path = string(syntax.JSONPointer)
	}
	start = wordStart(r.data, r.base, start)
	message, help := explainJSON(r.data, start, r.err)
	r.errorAt(CodeSyntax, r.span(start, wordEnd(r.data, start)), path, message, help)
}

// wordStart goes back to the start of the word or number that a fault is in,
// and from the end of the text to the last of it that is not blank.
func wordStart(data []byte, least, at int) int {
	if at >= len(data) {
		return len(bytes.TrimRight(data, " \t\r\n"))
	}
	if data[at] < 0x20 {
		return at
	}
	for at > least && at <= len(data) && isWord(data[at-1]) {
		at--
	}
	return at
}

func isWord(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '+' || c == '-' || c == '.'
}

// explainJSON says in our words what is wrong at an offset of a JSON text.
func explainJSON(data []byte, at int, err error) (message, help string) {
	if nextByte(data, at) == 0 || errors.Is(err, io.ErrUnexpectedEOF) {
		return "the JSON text ends in the middle of a value", "close every \", { and ["
	}
	next := nextByte(data, at+1)
	switch c := data[at]; {
	case c == '/' || c == '#':
		return "JSON has no comments", "remove the comment, or name the file .yaml and use #"
	case c == '\'':
		return "JSON strings stand in double quotes", "write \" for '"
	case c == ',' && (next == '}' || next == ']'):
		return fmt.Sprintf("a comma stands before the closing %c", next), "remove the comma"
	case c == '}' || c == ']':
		return fmt.Sprintf("unexpected %c", c), "check that every bracket is closed by its own kind"
	case c == '"' && previousByte(data, at) != ',':
		return "unexpected string", "check for a missing comma or colon before it"
	case c < 0x20:
		return fmt.Sprintf("the control character 0x%02x stands in a string", c), "write it as an escape such as \\n or \\t"
	case c == '\\' && isSurrogate(data[at:]):
		return "this escape is only half of a character", "write both halves of a pair of \\u escapes, or the character itself"
	case c == '\\':
		return "this is not an escape that JSON knows", `use \" \\ \/ \b \f \n \r \t or \uXXXX`
	case c == '0' && at+1 < len(data) && isWord(data[at+1]):
		return "a number cannot start with 0", "remove the zero, or write a string"
	}
	return fmt.Sprintf("unexpected %s in the JSON text", quote(string(data[at:wordEnd(data, at)]))),
		"check for missing quotes, a missing comma or a missing bracket"
}

// isSurrogate reports whether a text starts with one of the escapes that come
// in pairs, from \ud800 to \udfff.
func isSurrogate(text []byte) bool {
	return len(text) > 3 && text[1] == 'u' && text[2]|0x20 == 'd' && text[3] >= '8'
}

func nextByte(data []byte, at int) byte {
	after := bytes.TrimLeft(data[min(at, len(data)):], " \t\r\n")
	if len(after) == 0 {
		return 0
	}
	return after[0]
}

func previousByte(data []byte, at int) byte {
	before := bytes.TrimRight(data[:at], " \t\r\n")
	if len(before) == 0 {
		return 0
	}
	return before[len(before)-1]
}
