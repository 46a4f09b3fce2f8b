package tree

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
)

const depthMessage = "weft: too deep"

// limits has the YAML library refuse what would make it recurse too deeply.
type limits struct{ depth int }

// CheckDepth is called by the library at each level of nesting.
func (l limits) CheckDepth(depth int, _ *yaml.DepthContext) error {
	// The library counts the level outside the document too.
	if depth > l.depth+1 {
		return errors.New(depthMessage)
	}
	return nil
}

// CheckAlias is never needed: we count what aliases cost ourselves.
func (limits) CheckAlias(int, int) error { return nil }

// tooManyIndicators refuses, before the library spends memory on it, a text
// that has room for more values than are allowed. Each value needs one of the
// characters that are counted, so the count is never too low; in prose it is
// too high, by far less than the size limits differ.
func (r *yamlReader) tooManyIndicators(text []byte) bool {
	count := 1
	for i, c := range text {
		switch c {
		case '[', ',':
			count += 2
		case '{':
			count += 3
		case ':':
			if endsIndicator(text, i) {
				count += 2
			}
		case '-', '?':
			if endsIndicator(text, i) {
				count++
			}
		}
	}
	if count <= r.opt.MaxNodes*2 {
		return false
	}
	r.refuse(CodeTooManyValues, r.span(0, 0), tooManyMessage(r.opt), tooManyHelp)
	return true
}

func endsIndicator(text []byte, i int) bool {
	return i+1 == len(text) || blankSize(text, i+1) > 0 || bytes.IndexByte([]byte(",[]{}\"'"), text[i+1]) >= 0
}

// controlCharacter returns the offset of the first character that YAML does
// not allow in a text, or -1.
func controlCharacter(text []byte) int {
	for i, c := range text {
		if c < 0x20 && c != '\t' && c != '\n' && c != '\r' || c == 0x7f {
			return i
		}
		if c == 0xc2 && text[i+1] < 0xa0 && text[i+1] != 0x85 {
			return i
		}
		if c == 0xef && text[i+1] == 0xbf && text[i+2] >= 0xbe {
			return i
		}
	}
	return -1
}

func controlFinding(f *source.File, at int) diag.Diagnostic {
	r, size := utf8.DecodeRune(f.Data()[at:])
	return diag.Diagnostic{
		Code: CodeSyntax, Severity: diag.Error, Span: source.Span{File: f, Start: at, End: at + size},
		Message: fmt.Sprintf("the control character U+%04X is not allowed in YAML", r),
		Help:    fmt.Sprintf(`remove it, or write it as an escape in a string in double quotes ("\x%02x")`, r),
	}
}

// reportSyntax turns what the library says into a finding and returns where.
func (r *yamlReader) reportSyntax(err error) int {
	var load *yaml.LoadError
	if !errors.As(err, &load) {
		r.errorAt(CodeSyntax, r.span(0, 0), "", "the document cannot be read as YAML", "")
		return 0
	}
	at := r.marks.offset(load.Mark.Line, load.Mark.Column)
	if load.Message == depthMessage {
		r.refuse(CodeTooDeep, r.span(at, wordEnd(r.data, at)), tooDeepMessage(r.opt), tooDeepHelp)
		return at
	}
	context := at
	if load.ContextMark.Line > 0 {
		context = r.marks.offset(load.ContextMark.Line, load.ContextMark.Column)
	}
	r.report(explainYAML(r.file, fault{at: at, context: context, message: load.Message, doing: load.ContextMsg}))
	return at
}

// fault is what the library found: where, in what, and its words for it.
type fault struct {
	at, context    int
	message, doing string
}

// explainYAML says in our words what is wrong. The library tells where it got
// stuck; what the author did wrong often stands a little before.
func explainYAML(f *source.File, w fault) diag.Diagnostic {
	data := f.Data()
	d := diag.Diagnostic{
		Code: CodeSyntax, Severity: diag.Error,
		Span: source.Span{File: f, Start: w.at, End: wordEnd(data, w.at)},
	}
	for _, explain := range explanations {
		if explain(data, w, &d) {
			return d
		}
	}
	d.Message = strings.NewReplacer("found ", "", "did not find expected", "missing").Replace(w.message)
	d.Help = "check the indentation and the quotes here and on the line before"
	return d
}

// explanations are tried in order; each knows one kind of fault.
var explanations = []func(data []byte, w fault, d *diag.Diagnostic) bool{
	explainTab,
	explainReserved,
	explainAnchor,
	explainEnd,
	explainColon,
	explainQuoted,
	explainFlow,
	explainBlock,
	explainTag,
	explainDirective,
}

func explainTab(data []byte, w fault, d *diag.Diagnostic) bool {
	start := lineStart(data, w.at)
	indent := data[start:min(len(data), start+leadingBlanks(data[start:]))]
	tab := bytes.IndexByte(indent, '\t')
	if tab < 0 || (w.at < len(data) && w.at > start+len(indent) && !strings.Contains(w.message, "tab")) {
		return false
	}
	d.Span.Start, d.Span.End = start+tab, start+len(indent)
	d.Message = "a tab is used for indentation; YAML allows only spaces"
	d.Help = "replace each tab by two spaces"
	return true
}

func explainReserved(data []byte, w fault, d *diag.Diagnostic) bool {
	if w.message != "found character that cannot start any token" || w.at >= len(data) {
		return false
	}
	c := data[w.at]
	d.Message = fmt.Sprintf("a value cannot start with %c", c)
	d.Help = fmt.Sprintf("put the value in quotes: %s", quote(string(data[w.at:trimmedLineEnd(data, w.at)])))
	return true
}

func explainAnchor(data []byte, w fault, d *diag.Diagnostic) bool {
	if !strings.HasPrefix(w.message, "unknown anchor") {
		return false
	}
	d.Message = fmt.Sprintf("nothing before this place is named %s", quote("&"+string(data[min(len(data), w.at+1):wordEnd(data, w.at)])))
	d.Help = "define the anchor before it is used, or put the value in quotes if no alias is meant"
	return true
}

// explainEnd is for a text that ends too early.
func explainEnd(data []byte, w fault, d *diag.Diagnostic) bool {
	if w.message != "did not find expected node content" || len(bytes.TrimSpace(data[min(w.at, len(data)):])) > 0 {
		return false
	}
	d.Span.Start = len(bytes.TrimRight(data, " \t\r\n"))
	d.Span.End = d.Span.Start
	d.Message = "the text ends before every [ and { is closed"
	d.Help = "close them, or put a text that starts with [ or { in quotes"
	return true
}

// explainColon is for ": " where it cannot be, and for a key without it.
func explainColon(data []byte, w fault, d *diag.Diagnostic) bool {
	switch w.message {
	case "mapping values are not allowed in this context":
		explainExtraColon(data, w, d)
	case "could not find expected ':'":
		at := min(w.context, w.at)
		if glued := bytes.IndexByte(data[at:lineEnd(data, at)], ':'); glued > 0 {
			pointAtColon(d, at+glued)
			break
		}
		pointAtKeyWithoutColon(data, at, d)
	default:
		return false
	}
	return true
}

func explainExtraColon(data []byte, w fault, d *diag.Diagnostic) {
	d.Span.Start, d.Span.End = w.at, min(w.at+1, len(data))
	start := lineStart(data, w.at)
	if bytes.Contains(data[start:min(w.at, len(data))], []byte(": ")) {
		d.Message = "a second ': ' on one line"
		d.Help = "put the value in quotes if ': ' is part of it, or start the inner object on a new line"
		return
	}
	previous, text := lineBefore(data, start)
	indent := leadingBlanks(data[start:])
	switch colon := gluedColon(text); {
	case colon >= 0:
		pointAtColon(d, previous+colon)
	case len(text) > 0 && leadingBlanks(text) == indent && !bytes.Contains(text, []byte(":")):
		pointAtKeyWithoutColon(data, previous+indent, d)
	case len(text) > 0 && leadingBlanks(text) < indent:
		d.Span.Start = start + indent
		d.Message = "this key is indented as if it were part of the value on the line before"
		d.Help = "indent it like the other keys of its object"
	default:
		d.Message = "unexpected ':': this cannot be the key of a value here"
		d.Help = "put a text that holds ': ' in quotes, or indent the key like the others of its object"
	}
}

func pointAtKeyWithoutColon(data []byte, at int, d *diag.Diagnostic) {
	d.Span.Start, d.Span.End = at, trimmedLineEnd(data, at)
	d.Message = "this line is neither a value nor a key: there is no ':' behind it"
	d.Help = "write ': ' behind a key; indent the further lines of a text more than its key"
}

func pointAtColon(d *diag.Diagnostic, at int) {
	d.Span.Start, d.Span.End = at, at+1
	d.Message = "a space is missing after ':'"
	d.Help = "write a space between a key's colon and its value"
}

// lineBefore returns the last line before an offset that is not blank.
func lineBefore(data []byte, at int) (start int, text []byte) {
	for at > 0 {
		start = lineStart(data, at-1)
		text = bytes.TrimRight(data[start:at], " \t\r\n")
		if len(text) > 0 {
			return start, text
		}
		at = start
	}
	return 0, nil
}

// gluedColon returns where in a line a colon has no space behind it, or -1.
func gluedColon(line []byte) int {
	colon := bytes.IndexByte(line, ':')
	if colon <= 0 || colon+1 >= len(line) || line[colon+1] == ' ' || bytes.HasPrefix(line[colon:], []byte("://")) {
		return -1
	}
	return colon
}

func explainQuoted(data []byte, w fault, d *diag.Diagnostic) bool {
	if w.doing != "while scanning a quoted scalar" {
		return false
	}
	switch {
	case strings.Contains(w.message, "escape"), strings.Contains(w.message, "hexadecimal"):
		explainEscape(data, w, d)
	default:
		d.Span.Start, d.Span.End = w.context, trimmedLineEnd(data, w.context)
		d.Message = "the string that starts here is not closed"
		d.Help = fmt.Sprintf("write %c at its end", data[min(w.context, len(data)-1)])
	}
	return true
}

func explainEscape(data []byte, w fault, d *diag.Diagnostic) {
	back := bytes.LastIndexByte(data[:min(w.at+1, len(data))], '\\')
	if back < w.context {
		back = w.at
	}
	d.Span.Start = back
	if w.message == "found unknown escape character" {
		_, size := utf8.DecodeRune(data[min(back+1, len(data)):])
		d.Span.End = min(back+1+size, len(data))
		d.Message = fmt.Sprintf("%s is not an escape that YAML knows", data[d.Span.Start:d.Span.End])
		d.Help = `write \\ for a backslash, or use single quotes, in which a backslash is only itself`
		return
	}
	d.Span.End = min(back+6, trimmedLineEnd(data, back))
	d.Message = "this escape does not name a character"
	d.Help = "write the character itself"
	if isSurrogate(data[back:]) {
		d.Message = "this escape is only half of a character; YAML does not join pairs of them"
	}
}

func explainFlow(data []byte, w fault, d *diag.Diagnostic) bool {
	if w.doing != "while parsing a flow mapping" && w.doing != "while parsing a flow sequence" {
		return false
	}
	opener, closer := byte('['), byte(']')
	if w.doing == "while parsing a flow mapping" {
		opener, closer = '{', '}'
	}
	d.Related = []diag.Related{{
		Message: fmt.Sprintf("the %c it belongs to", opener),
		Span:    source.Span{File: d.Span.File, Start: w.context, End: min(w.context+1, len(data))},
	}}
	d.Message = fmt.Sprintf("missing ',' or '%c'", closer)
	d.Help = fmt.Sprintf("close the %c, or put a text that starts with %c in quotes", opener, opener)
	if start := lineStart(data, w.at); start > w.context {
		// What was meant to be its end is most likely on its own line.
		d.Related[0].Span = source.Span{File: d.Span.File, Start: start + leadingBlanks(data[start:]), End: d.Span.End}
		d.Related[0].Message = "this does not continue it"
		d.Span.Start, d.Span.End = w.context, min(w.context+1, len(data))
		d.Message = fmt.Sprintf("this %c is not closed", opener)
	}
	return true
}

func explainBlock(data []byte, w fault, d *diag.Diagnostic) bool {
	switch w.message {
	case "did not find expected key":
		if explainEarlyEnd(data, w.at, d) {
			return true
		}
		d.Message = "this does not continue the object it stands in"
		d.Help = "indent the key like the others of its object"
		if w.at < len(data) && data[w.at] == '-' {
			d.Message = "a list item stands where a key of an object is expected"
			d.Help = "indent the items under their key, or make all entries here list items or keys"
		}
	case "did not find expected '-' indicator":
		d.Message = "a key stands where a further item of the list is expected"
		d.Help = "write '- ' before it, or indent it like the list's key"
	case "block sequence entries are not allowed in this context":
		d.Message = "a list cannot start on the line of its key"
		d.Help = "start the list on the next line, or put a text that starts with '- ' in quotes"
	case "did not find expected alphabetic or numeric character":
		d.Message = "a name is missing behind * or &"
		d.Help = "write the name of an anchor, or put a text that starts with * or & in quotes"
	case "did not find expected node content":
		d.Message = "a value is missing here"
		d.Help = "write the value, or put the text in quotes if the character is part of it"
	case "did not find expected <document start>":
		d.Message = "there is more text after the end of the document's value"
		d.Help = "remove it, or indent it as part of the value"
	case "did not find expected comment or line break":
		d.Message = "nothing can follow | or > on its line"
		d.Help = "start the text on the next line, indented; put a text that starts with | or > in quotes"
	default:
		return false
	}
	if w.context < w.at && strings.HasPrefix(w.doing, "while parsing a block") {
		d.Related = []diag.Related{{
			Message: "the collection it would belong to starts here",
			Span:    source.Span{File: d.Span.File, Start: w.context, End: wordEnd(data, w.context)},
		}}
	}
	return true
}

// explainEarlyEnd is for a value that is closed before its line ends.
func explainEarlyEnd(data []byte, at int, d *diag.Diagnostic) bool {
	before := bytes.TrimRight(data[lineStart(data, at):min(at, len(data))], " ")
	if len(before) == 0 {
		return false
	}
	switch last := before[len(before)-1]; last {
	case '"', '\'':
		d.Message = "there is more text after the closing quote"
		d.Help = `put the whole value in quotes; inside '…' write '' for ', inside "…" write \" for "`
	case ']', '}':
		d.Message = fmt.Sprintf("there is more text after the closing %c", last)
		d.Help = "put the whole value in quotes if it is a text"
	default:
		return false
	}
	return true
}

func explainTag(_ []byte, w fault, d *diag.Diagnostic) bool {
	if w.message != "found undefined tag handle" && w.doing != "while scanning a tag" {
		return false
	}
	d.Message = "this tag cannot be read"
	d.Help = "remove the tag, or put the value in quotes if it starts with !"
	return true
}

func explainDirective(data []byte, w fault, d *diag.Diagnostic) bool {
	switch {
	case strings.Contains(w.doing, "directive"):
		d.Message = "this directive cannot be read"
		d.Span.Start, d.Span.End = lineStart(data, w.at), trimmedLineEnd(data, w.at)
	case w.message == "found incompatible YAML document":
		d.Message = "this version of YAML is not known"
	default:
		return false
	}
	d.Help = "remove the line that starts with %, or write %YAML 1.2"
	return true
}

func lineStart(data []byte, at int) int {
	return bytes.LastIndexByte(data[:min(at, len(data))], '\n') + 1
}

func trimmedLineEnd(data []byte, at int) int {
	at = min(at, len(data))
	return at + len(bytes.TrimRight(data[at:lineEnd(data, at)], " \t"))
}

func leadingBlanks(line []byte) int {
	return len(line) - len(bytes.TrimLeft(line, " \t"))
}
