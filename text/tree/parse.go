package tree

import (
	"bytes"
	"fmt"
	"path"
	"strings"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
)

// The codes of the findings that reading a text can end in.
const (
	CodeSyntax         diag.Code = "text/syntax"
	CodeEmpty          diag.Code = "text/empty"
	CodeEncoding       diag.Code = "text/encoding"
	CodeTooLarge       diag.Code = "text/too-large"
	CodeTooDeep        diag.Code = "text/too-deep"
	CodeTooManyValues  diag.Code = "text/too-many-values"
	CodeAliasExpansion diag.Code = "text/alias-expansion"
	CodeAliasCycle     diag.Code = "text/alias-cycle"
	CodeDuplicateKey   diag.Code = "text/duplicate-key"
	CodeKey            diag.Code = "text/key"
	CodeMergeKey       diag.Code = "text/merge-key"
	CodeNumber         diag.Code = "text/number"
	CodeTag            diag.Code = "text/tag"
	CodeDocuments      diag.Code = "text/several-documents"
	CodeManyFindings   diag.Code = "text/too-many-findings"
)

// The limits that hold where Options leave theirs at zero.
const (
	// DefaultMaxDepth is how many collections may hold one another.
	DefaultMaxDepth = 256
	// DefaultMaxNodes is how many keys and values one document may have.
	DefaultMaxNodes = 1_000_000
)

const (
	// An alias costs its writer one word and its reader a whole value. A
	// document may read as ten times what is written, and small ones as more.
	expansionFactor = 10
	expansionFree   = 100_000

	// Beyond so many findings in one text nobody reads on.
	maxFindings = 200
)

// Options are the limits within which a text is read. The zero value is safe.
type Options struct {
	// MaxDepth is how many collections may hold one another, aliases followed;
	// 0 is DefaultMaxDepth, and no more than maxAllowedDepth is granted.
	MaxDepth int
	// MaxNodes is how many keys and values there may be; 0 is DefaultMaxNodes.
	MaxNodes int
	// Partial asks for what stands before a syntax error, for editors. Without
	// it a text with a syntax error has no root: judging half a document would
	// report as missing what was only not read.
	Partial bool
	// Written keeps the merge key "<<" a member like any other, with what it
	// names as its value, for those who change the text rather than read it.
	Written bool
}

// maxAllowedDepth keeps the recursion of every reader of the tree harmless.
const maxAllowedDepth = 1_000

func (o Options) withDefaults() Options {
	if o.MaxDepth <= 0 {
		o.MaxDepth = DefaultMaxDepth
	}
	if o.MaxNodes <= 0 {
		o.MaxNodes = DefaultMaxNodes
	}
	o.MaxDepth = min(o.MaxDepth, maxAllowedDepth)
	return o
}

// Parse reads a YAML 1.2 or JSON text. It never panics and never fails: what
// is wrong with the text comes as findings, and the root is nil where the text
// cannot be read at all (it cannot exceed a limit and still have a root).
//
// A text is JSON when its name ends in a suffix of JSON or its first character
// opens a JSON collection; YAML in flow style that is not JSON is read as YAML.
func Parse(f *source.File, opt Options) (*Node, []diag.Diagnostic) {
	opt = opt.withDefaults()
	if problem := checkBytes(f); problem != nil {
		return nil, []diag.Diagnostic{*problem}
	}
	switch guessFormat(f) {
	case formatJSON:
		return parseJSON(f, opt)
	case formatFlow:
		return parseFlow(f, opt)
	}
	return parseYAML(f, opt)
}

// parseFlow reads a text that opens like JSON but is not named so: JSON first,
// because that is faster and exact, then YAML, of which it may be flow style.
func parseFlow(f *source.File, opt Options) (*Node, []diag.Diagnostic) {
	root, findings := parseJSON(f, opt)
	if !hasCode(findings, CodeSyntax) {
		return root, findings
	}
	yamlRoot, yamlFindings := parseYAML(f, opt)
	if !hasCode(yamlFindings, CodeSyntax) || isYAMLName(f) {
		return yamlRoot, yamlFindings
	}
	return root, findings
}

type format uint8

const (
	formatYAML format = iota
	formatJSON
	formatFlow // JSON, or YAML in flow style
)

func guessFormat(f *source.File) format {
	switch extension(f) {
	case ".json", ".avsc":
		return formatJSON
	}
	text := bytes.TrimLeft(withoutBOM(f.Data()), " \t\r\n")
	if len(text) > 0 && (text[0] == '{' || text[0] == '[') {
		return formatFlow
	}
	return formatYAML
}

func isYAMLName(f *source.File) bool {
	ext := extension(f)
	return ext == ".yaml" || ext == ".yml"
}

func extension(f *source.File) string {
	name := f.URI()
	if name == "" {
		name = f.Name()
	}
	if cut := strings.IndexAny(name, "?#"); cut >= 0 {
		name = name[:cut]
	}
	return strings.ToLower(path.Ext(name))
}

var bom = []byte("\xef\xbb\xbf")

func withoutBOM(data []byte) []byte { return bytes.TrimPrefix(data, bom) }

func hasCode(findings []diag.Diagnostic, code diag.Code) bool {
	for i := range findings {
		if findings[i].Code == code {
			return true
		}
	}
	return false
}

// builder is what the readers of both formats share: it makes nodes in
// bulk, counts them, and collects findings.
type builder struct {
	file     *source.File
	data     []byte
	opt      Options
	findings []diag.Diagnostic
	slab     []Node
	count    int
	stop     bool // a limit is exceeded: there will be no root
}

func newBuilder(f *source.File, opt Options) builder {
	return builder{file: f, data: f.Data(), opt: opt}
}

// node makes a node; nodes are made by the block because a document has very
// many of them and they live and die together.
func (b *builder) node(kind Kind, start, end int) *Node {
	if len(b.slab) == 0 {
		b.slab = make([]Node, 128)
	}
	n := &b.slab[0]
	b.slab = b.slab[1:]
	n.Kind = kind
	n.Span = source.Span{File: b.file, Start: start, End: end}
	b.count++
	return n
}

func (b *builder) span(start, end int) source.Span {
	return source.Span{File: b.file, Start: start, End: end}
}

func (b *builder) report(d diag.Diagnostic) {
	switch {
	case len(b.findings) < maxFindings:
		b.findings = append(b.findings, d)
	case len(b.findings) == maxFindings:
		b.findings = append(b.findings, diag.Diagnostic{
			Code: CodeManyFindings, Severity: diag.Error, Span: d.Span,
			Message: fmt.Sprintf("more than %d findings about the text itself; the rest is not shown", maxFindings),
		})
	}
}

func (b *builder) errorAt(code diag.Code, span source.Span, path, message, help string) {
	b.report(diag.Diagnostic{Code: code, Severity: diag.Error, Span: span, Path: path, Message: message, Help: help})
}

// refuse reports that a limit is exceeded, once, and ends the reading.
func (b *builder) refuse(code diag.Code, span source.Span, message, help string) {
	if !b.stop {
		b.errorAt(code, span, "", message, help)
	}
	b.stop = true
}

// fits reports whether one more node at that depth is within the limits.
func (b *builder) fits(depth, start int) bool {
	switch {
	case b.stop:
		return false
	case depth > b.opt.MaxDepth:
		b.refuse(CodeTooDeep, b.span(start, start+1), tooDeepMessage(b.opt), tooDeepHelp)
	case b.count >= b.opt.MaxNodes:
		b.refuse(CodeTooManyValues, b.span(start, start+1), tooManyMessage(b.opt), tooManyHelp)
	}
	return !b.stop
}

// indexFrom is the number of members from which looking a key up in a map is
// worth its memory.
const indexFrom = 17

// seal ends the making of a mapping: it finds keys that are written twice and
// makes the index.
func (b *builder) seal(n *Node) {
	if len(n.Members) < indexFrom {
		b.findTwins(n)
		return
	}
	n.index = make(map[string]int, len(n.Members))
	for i := range n.Members {
		key := n.Members[i].Key
		if first, ok := n.index[key.Text]; ok {
			b.reportTwin(n, n.Members[first].Key, i)
			continue
		}
		n.index[key.Text] = i
	}
}

func (b *builder) findTwins(n *Node) {
	for i := 1; i < len(n.Members); i++ {
		for j := range i {
			if n.Members[j].Key.Text == n.Members[i].Key.Text {
				b.reportTwin(n, n.Members[j].Key, i)
				break
			}
		}
	}
}

func (b *builder) reportTwin(n, first *Node, second int) {
	m := n.Members[second]
	b.report(diag.Diagnostic{
		Code: CodeDuplicateKey, Severity: diag.Error, Span: m.Key.Span, Path: m.Value.Path(),
		Message: fmt.Sprintf("the key %s is written twice in this object", quote(m.Key.Text)),
		Help:    "remove one of the two, or rename it; only the first is read",
		Related: []diag.Related{{Message: "the first is here", Span: first.Span}},
	})
}

// quote shows a short text of the document in a message.
func quote(s string) string {
	const most = 60
	if len(s) <= most {
		return fmt.Sprintf("%q", s)
	}
	return fmt.Sprintf("%q…", strings.ToValidUTF8(s[:most], ""))
}
