package tree

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
)

// yamlReader turns the nodes of the YAML library into ours. The library knows
// where a node starts, as a line and a column; the rest of where things stand
// is found in the text, which is read once from its start to its end.
type yamlReader struct {
	builder
	marks   marks
	pos     int         // end of the last value or key that was read
	tag     source.Span // the last tag that was passed
	anchors map[*yaml.Node]*anchored
	// written is how many keys and values the text has, read how many it has
	// when every alias is replaced by what it names.
	written, read int
	deepest       int // the deepest level reached so far, aliases followed
}

// anchored is what an alias must know of the value it names.
type anchored struct {
	node   *Node // nil while that value is still being read
	size   int   // keys and values in it, aliases followed
	height int   // levels of collections in it, aliases followed
}

func parseYAML(f *source.File, opt Options) (*Node, []diag.Diagnostic) {
	r := &yamlReader{builder: newBuilder(f, opt), anchors: map[*yaml.Node]*anchored{}}
	text := withoutBOM(f.Data())
	base := len(f.Data()) - len(text)
	r.pos = base
	if at := controlCharacter(text); at >= 0 {
		return nil, []diag.Diagnostic{controlFinding(f, base+at)}
	}
	if r.tooManyIndicators(text) {
		return nil, r.findings
	}
	r.marks = newMarks(f.Data(), base)
	doc := r.load(acceptYAML12(text))
	if doc == nil || r.stop {
		return nil, r.findings
	}
	r.written = countNodes(doc) - 1
	if r.written > opt.MaxNodes {
		r.refuse(CodeTooManyValues, r.span(0, 0), tooManyMessage(opt), tooManyHelp)
		return nil, r.findings
	}
	root := r.value(doc.Content[0], slot{}, 0)
	r.documentComments(root, doc)
	if r.stop {
		root = nil
	}
	return root, r.findings
}

// load has the library read the first document of a stream, and reports when
// there is none or more than one.
func (r *yamlReader) load(text []byte) *yaml.Node {
	loader, err := yaml.NewLoader(bytes.NewReader(text), yaml.WithPlugin(limits{depth: r.opt.MaxDepth}))
	if err != nil {
		r.refuse(CodeSyntax, r.span(0, 0), "the document cannot be read as YAML", "")
		return nil
	}
	var doc yaml.Node
	switch err := loader.Load(&doc); {
	case errors.Is(err, io.EOF):
		r.report(emptyDocument(r.file))
		return nil
	case err != nil:
		return r.recover(text, r.reportSyntax(err))
	}
	if isBlankDocument(&doc) {
		if r.reportSecond(loader) {
			return nil
		}
		r.report(emptyDocument(r.file))
		return nil
	}
	r.reportSecond(loader)
	return &doc
}

// isBlankDocument reports whether a document holds nothing at all, as one of
// comments only does.
func isBlankDocument(doc *yaml.Node) bool {
	if doc.Kind != yaml.DocumentNode || len(doc.Content) == 0 {
		return true
	}
	n := doc.Content[0]
	return n.Kind == yaml.ScalarNode && isEmptyPlain(n) && n.Style&yaml.TaggedStyle == 0
}

func (r *yamlReader) reportSecond(loader *yaml.Loader) bool {
	var second yaml.Node
	err := loader.Load(&second)
	if err != nil || isBlankDocument(&second) {
		if err != nil && !errors.Is(err, io.EOF) {
			r.reportSyntax(err)
			r.stop = !r.opt.Partial
		}
		return false
	}
	at := r.marks.offset(second.Content[0].Line, second.Content[0].Column)
	r.errorAt(CodeDocuments, r.span(at, wordEnd(r.data, at)), "",
		"a second document starts here; only the first in a file is read", "put each document into a file of its own")
	return true
}

// recover reads what stands before the line of a syntax error, where that was
// asked for and is possible.
func (r *yamlReader) recover(text []byte, at int) *yaml.Node {
	if !r.opt.Partial {
		return nil
	}
	base := len(r.data) - len(text)
	cut := bytes.LastIndexByte(r.data[base:max(base, at)], '\n') + 1
	loader, err := yaml.NewLoader(bytes.NewReader(text[:cut]), yaml.WithPlugin(limits{depth: r.opt.MaxDepth}))
	if err != nil {
		return nil
	}
	var doc yaml.Node
	if loader.Load(&doc) != nil || isBlankDocument(&doc) {
		return nil
	}
	return &doc
}

// slot is where a value goes.
type slot struct {
	parent    *Node
	key       *Node
	index     int
	indicator byte // what stands before a value: '-', ':', '?' or nothing
}

// value reads one value; it returns nil only when a limit ends the reading.
func (r *yamlReader) value(y *yaml.Node, at slot, depth int) *Node {
	if !r.fits(depth, r.pos) {
		return nil
	}
	r.deepest = max(r.deepest, depth)
	r.read++
	if y.Kind == yaml.AliasNode {
		return r.alias(y, at, depth)
	}
	n := r.node(Null, r.pos, r.pos)
	n.Parent, n.Key, n.Index = at.parent, at.key, at.index
	n.Anchor = y.Anchor
	mark := r.enter(y, depth)
	switch y.Kind {
	case yaml.MappingNode:
		r.mapping(n, y, depth+1)
	case yaml.SequenceNode:
		r.sequence(n, y, depth+1)
	default:
		r.scalar(n, y, at.indicator)
	}
	r.leave(y, n, mark)
	addComments(n, y, false)
	return n
}

// visit remembers what was read before an anchored value.
type visit struct{ read, deepest, depth int }

func (r *yamlReader) enter(y *yaml.Node, depth int) visit {
	if y.Anchor == "" {
		return visit{}
	}
	r.anchors[y] = &anchored{}
	v := visit{read: r.read - 1, deepest: r.deepest, depth: depth}
	r.deepest = depth
	return v
}

func (r *yamlReader) leave(y *yaml.Node, n *Node, v visit) {
	if y.Anchor == "" {
		return
	}
	*r.anchors[y] = anchored{node: n, size: r.read - v.read, height: r.deepest - v.depth}
	r.deepest = max(r.deepest, v.deepest)
}

func (r *yamlReader) alias(y *yaml.Node, at slot, depth int) *Node {
	start := r.start(y)
	end := start + 1 + len(y.Value)
	r.pos = end
	n := r.node(Null, start, end)
	n.Parent, n.Key, n.Index = at.parent, at.key, at.index
	n.Text = "null"
	addComments(n, y, false)
	target := r.anchors[y.Alias]
	if target == nil || target.node == nil {
		r.errorAt(CodeAliasCycle, n.Span, n.Path(),
			fmt.Sprintf("the alias *%s stands inside the value it names", y.Value), "name a value outside of it")
		return n
	}
	if !r.repeat(target, depth, n.Span) {
		return nil
	}
	become(n, target.node)
	return n
}

// become gives an alias the content of the value it names.
func become(n, target *Node) {
	n.Kind, n.Text = target.Kind, target.Text
	n.Members, n.Items, n.index = target.Members, target.Items, target.index
	n.Alias = target
}

// repeat counts a value once more and reports whether that is within limits.
func (r *yamlReader) repeat(target *anchored, depth int, where source.Span) bool {
	r.read += target.size - 1
	r.deepest = max(r.deepest, depth+target.height)
	if r.deepest > r.opt.MaxDepth {
		r.refuse(CodeTooDeep, where, tooDeepMessage(r.opt), tooDeepHelp)
	}
	if r.read > expansionFree && r.read > expansionFactor*r.written {
		r.refuse(CodeAliasExpansion, where,
			fmt.Sprintf("with its aliases followed the document is more than %d times as large as it is written", expansionFactor),
			"write out fewer aliases of aliases")
	}
	return !r.stop
}

func (r *yamlReader) scalar(n *Node, y *yaml.Node, indicator byte) {
	tag := explicitTag(y)
	if isEmptyPlain(y) {
		r.empty(n, y, indicator)
	} else {
		start := r.start(y)
		r.pos = r.scalarEnd(y, start)
		n.Span.Start, n.Span.End = start, r.pos
	}
	switch {
	case tag != "":
		n.Kind, n.Text = String, y.Value
		r.applyTag(n, r.tag, tag, y.Value)
	case isQuoted(y):
		n.Kind, n.Text = String, y.Value
	default:
		r.plain(n, y.Value)
	}
}

func (r *yamlReader) plain(n *Node, text string) {
	n.Kind, n.Text = resolvePlain(text)
	switch {
	case n.Kind == Number:
		r.checkNumber(n)
	case n.Kind == String && isNotFinite(text):
		r.errorAt(CodeNumber, n.Span, n.Path(), fmt.Sprintf("%s is not a number that JSON can hold", text),
			"use a finite number, or quote it to make it a string")
	}
}

// empty places a value of which nothing is written: behind its indicator and
// its tag and anchor, where it would stand.
func (r *yamlReader) empty(n *Node, y *yaml.Node, indicator byte) {
	if at := skipBlank(r.data, r.pos); indicator != 0 && at < len(r.data) && r.data[at] == indicator {
		r.pos = at + 1
	}
	if y.Anchor != "" || y.Style&yaml.TaggedStyle != 0 {
		r.pos = max(r.pos, r.skipProperties(r.marks.offset(y.Line, y.Column), y, false))
	}
	n.Span.Start, n.Span.End = r.pos, r.pos
}

func (r *yamlReader) sequence(n *Node, y *yaml.Node, depth int) {
	n.Kind = Sequence
	n.Span.Start = r.start(y)
	r.collectionTag(n, y, "!!seq")
	if !r.fits(depth, n.Span.Start) {
		return
	}
	flow := y.Style&yaml.FlowStyle != 0
	r.pos = n.Span.Start
	indicator := byte('-')
	if flow {
		r.pos++
		indicator = 0
	}
	n.Items = make([]*Node, 0, len(y.Content))
	for i, c := range y.Content {
		item := r.value(c, slot{parent: n, index: i, indicator: indicator}, depth)
		if item == nil {
			return
		}
		n.Items = append(n.Items, item)
	}
	if flow {
		r.pos = r.flowEnd(']')
	}
	n.Span.End = r.pos
}

func (r *yamlReader) mapping(n *Node, y *yaml.Node, depth int) {
	n.Kind = Mapping
	n.Span.Start = r.start(y)
	r.collectionTag(n, y, "!!map")
	if !r.fits(depth, n.Span.Start) {
		return
	}
	r.pos = n.Span.Start
	braces := y.Style&yaml.FlowStyle != 0 && r.byteAt(r.pos) == '{' && !isSinglePair(y)
	if braces {
		r.pos++
	}
	n.Members = make([]Member, 0, len(y.Content)/2)
	var merges []merge
	for i := 0; i+1 < len(y.Content); i += 2 {
		key := r.key(y.Content[i], n, depth)
		at := slot{parent: n, key: key, index: len(n.Members), indicator: ':'}
		value := r.value(y.Content[i+1], at, depth)
		if value == nil {
			return
		}
		moveComments(value, y.Content[i])
		switch {
		case key == nil: // reported
		case isMergeKey(y.Content[i]) && !r.opt.Written:
			merges = append(merges, merge{at: len(n.Members), key: key, value: value})
		default:
			n.Members = append(n.Members, Member{Key: key, Value: value})
		}
	}
	if braces {
		r.pos = r.flowEnd('}')
	}
	n.Span.End = r.pos
	r.seal(n)
	if len(merges) > 0 {
		r.merge(n, merges, depth)
	}
}

// key reads the key of a member. JSON has only strings for keys, so a scalar
// becomes its text; a key that is a collection is reported and nil.
func (r *yamlReader) key(y *yaml.Node, parent *Node, depth int) *Node {
	r.read++
	named := y
	for named.Kind == yaml.AliasNode {
		named = named.Alias
	}
	if named.Kind != yaml.ScalarNode {
		r.foreignKey(y, parent, depth)
		return nil
	}
	key := r.node(String, r.pos, r.pos)
	key.Text = named.Value
	key.Anchor = y.Anchor
	switch {
	case y != named:
		key.Span.Start = r.start(y)
		r.pos = key.Span.Start + 1 + len(y.Value)
		key.Span.End = r.pos
	case isEmptyPlain(y):
		r.empty(key, y, '?')
	default:
		key.Span.Start = r.start(y)
		r.pos = r.scalarEnd(y, key.Span.Start)
		key.Span.End = r.pos
	}
	if y.Anchor != "" {
		r.anchors[y] = &anchored{node: r.keyAsValue(key, y), size: 1}
	}
	return key
}

// keyAsValue is what an alias to a key names: the key, read as a value.
func (r *yamlReader) keyAsValue(key *Node, y *yaml.Node) *Node {
	n := r.node(String, key.Span.Start, key.Span.End)
	n.Text, n.Anchor = y.Value, y.Anchor
	if !isQuoted(y) && explicitTag(y) == "" {
		n.Kind, n.Text = resolvePlain(y.Value)
	}
	return n
}

func (r *yamlReader) foreignKey(y *yaml.Node, parent *Node, depth int) {
	n := r.value(y, slot{parent: parent, indicator: '?'}, depth)
	if n == nil {
		return
	}
	help := "write a string"
	if bytes.HasSuffix(r.data[:n.Span.Start], []byte("{")) && bytes.HasPrefix(n.Span.Text(), []byte("{")) {
		help = "put a text that starts with {{ in quotes"
	}
	r.errorAt(CodeKey, n.Span, parent.Path(), fmt.Sprintf("a key must be a string; this one is an %s", n.Kind), help)
}

// collectionTag checks the tag of a collection, where it has one.
func (r *yamlReader) collectionTag(n *Node, y *yaml.Node, fits string) {
	switch tag := explicitTag(y); {
	case tag == "", tag == "!", tag == fits:
	case strings.HasPrefix(tag, "!!") && strings.Contains(" !!str !!int !!float !!bool !!null !!seq !!map !!timestamp ", " "+tag+" "):
		r.tagMismatch(n, r.tag, tag)
	default:
		r.unknownTag(n, r.tag, tag)
	}
}

// explicitTag returns the tag written at a node, "" where there is none.
func explicitTag(y *yaml.Node) string {
	if y.Style&yaml.TaggedStyle != 0 || y.Tag == "!" {
		return y.Tag
	}
	return ""
}

const quotedStyles = yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle

func isQuoted(y *yaml.Node) bool { return y.Style&quotedStyles != 0 }

func isEmptyPlain(y *yaml.Node) bool { return y.Value == "" && !isQuoted(y) }

func (r *yamlReader) byteAt(i int) byte {
	if i < len(r.data) {
		return r.data[i]
	}
	return 0
}

// isSinglePair reports whether a flow mapping is the "a: b" of "[a: b]". Its
// only key stands where the mapping does; one in braces stands behind them.
func isSinglePair(y *yaml.Node) bool {
	if len(y.Content) != 2 {
		return false
	}
	key := y.Content[0]
	return key.Line == y.Line && key.Column == y.Column
}

func isMergeKey(y *yaml.Node) bool {
	return y.Kind == yaml.ScalarNode && y.Tag == "!!merge" && !isQuoted(y)
}

func countNodes(y *yaml.Node) int {
	count := 1
	for _, c := range y.Content {
		count += countNodes(c)
	}
	return count
}

func emptyDocument(f *source.File) diag.Diagnostic {
	return diag.Diagnostic{
		Code: CodeEmpty, Severity: diag.Error, Span: source.Span{File: f},
		Message: "the document is empty", Help: "check that the right file was given",
	}
}
