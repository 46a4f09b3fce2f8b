package layout

import (
	"slices"
	"strings"

	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// piece is one value as it stands in the text: with its key and with the
// comments that belong to it.
type piece struct {
	node *tree.Node
	key  *tree.Node // nil for an item and for the root
	// keyProps and props are the anchors and tags of the key and of the value.
	keyProps, props []string
	// blank says that a blank line parts it from what stands before.
	blank bool
	// above are the comments on the lines above it; "" is a blank line.
	above []string
	// beside are the comments on its own line.
	beside []string
	// below are the comments after the last value inside of it, and foot those
	// directly below it, which a blank line parts from what follows.
	below, foot []string
	kids        []*piece
	column      int // of its key or its dash, in the text
	flow        bool
	end         int // of its value, in the text
}

// document is a whole text.
type document struct {
	data []byte
	// head are the lines before the root that belong to no key: directives,
	// comments above "---" and the first comments of the text. The mark is in
	// it, where there is one.
	head []string
	root *piece
	// comments are all that was read, for comparing.
	comments []string
}

// reader goes through a text from its start to its end.
type reader struct {
	data []byte
	pos  int
	last *piece // what a comment on the same line belongs to
	doc  *document
	bad  string // why the text cannot be laid out
}

func read(f *source.File, root *tree.Node) (*document, error) {
	r := &reader{data: f.Data(), doc: &document{data: f.Data()}}
	r.pos = len(f.Data()) - len(strings.TrimPrefix(string(f.Data()), "\ufeff"))
	p := &piece{node: root, column: -1}
	r.doc.root = p
	tokens, breaks := gap(r.data, r.pos, root.Span.Start)
	tokens = r.head(tokens)
	rest := r.properties(p, tokens)
	r.last = p
	r.pos = root.Span.Start
	p.flow = r.isFlow(root)
	opening := r.lines(rest, breaks)
	if !p.flow && opening.beside != "" {
		p.beside = append(p.beside, opening.beside)
	}
	r.collection(p, opening)
	r.ending(p)
	r.keepHead(p)
	if r.bad != "" {
		return nil, &RefusedError{Reason: r.bad}
	}
	return r.doc, nil
}

// head takes the directives, the mark "---" and what stands before it.
func (r *reader) head(tokens []token) []token {
	mark := slices.IndexFunc(tokens, func(t token) bool { return t.kind == marker })
	if mark < 0 {
		if len(tokens) > 0 {
			tokens[0].breaks++ // the start of a text is the start of a line
		}
		return tokens
	}
	for i, t := range tokens[:mark] {
		if t.breaks > 1 && i > 0 {
			r.doc.head = append(r.doc.head, "")
		}
		r.note(t)
		r.doc.head = append(r.doc.head, t.text)
	}
	line := tokens[mark].text
	rest := tokens[mark+1:]
	if len(rest) > 0 && rest[0].kind == comment && rest[0].breaks == 0 {
		r.note(rest[0])
		line += " " + rest[0].text
		rest = rest[1:]
	}
	r.doc.head = append(r.doc.head, line)
	return rest
}

// keepHead moves the comments above the first key to the head of the document,
// as far as a blank line parts them from the key: a licence stays at the top
// wherever the key goes.
func (r *reader) keepHead(root *piece) {
	if len(root.kids) == 0 {
		return
	}
	first := root.kids[0]
	cut := len(first.above) - 1
	for cut >= 0 && first.above[cut] != "" {
		cut--
	}
	for i := range first.above[cut+1:] {
		if strings.HasPrefix(first.above[cut+1+i], "# yaml-language-server:") {
			r.doc.head = append(r.doc.head, first.above[:cut+2+i]...)
			first.above = first.above[cut+2+i:]
			return
		}
	}
	r.doc.head = append(r.doc.head, first.above[:cut+1]...)
	first.above = first.above[cut+1:]
}

func (r *reader) note(t token) {
	if t.kind == comment {
		r.doc.comments = append(r.doc.comments, t.text)
	}
}

// properties takes the anchors and tags from tokens that stand before a value.
func (r *reader) properties(p *piece, tokens []token) (rest []token) {
	for _, t := range tokens {
		if t.kind == property {
			p.props = append(p.props, t.text)
			continue
		}
		rest = append(rest, t)
	}
	return rest
}

// line is a comment on a line of its own.
type line struct {
	text   string
	blank  bool // a blank line stands before it
	column int
}

// comments are those of a gap: one on the line where the gap begins, and those
// on lines of their own. Blank says that a blank line stands behind the last.
type comments struct {
	beside string
	own    []line
	blank  bool
}

func (r *reader) lines(tokens []token, breaks int) comments {
	var c comments
	line1, seen := true, 0
	for _, t := range tokens {
		seen += t.breaks
		line1 = line1 && t.breaks == 0
		if t.kind != comment {
			continue
		}
		r.note(t)
		if line1 {
			c.beside = t.text
		} else {
			c.own = append(c.own, line{t.text, seen > 1, t.column})
		}
		seen = 0
	}
	c.blank = seen+breaks > 1
	return c
}

// collection reads what is inside of an object or array. What stands before
// its first value was read already, and comes as opening.
func (r *reader) collection(p *piece, opening comments) {
	n := p.node
	if p.flow {
		r.pos++ // the bracket
		r.atOpening(p, opening)
		opening = comments{}
	}
	p.kids = make([]*piece, 0, n.Len())
	for i := range n.Len() {
		kid := &piece{}
		if n.Kind == tree.Mapping {
			kid.key, kid.node = n.Members[i].Key, n.Members[i].Value
			r.member(p, kid, i, opening)
		} else {
			kid.node = n.Items[i]
			r.item(p, kid, i, opening)
		}
		p.kids = append(p.kids, kid)
	}
	if p.flow {
		r.closing(p)
	}
	p.end = r.pos
}

// atOpening places comments that stand before a bracket.
func (r *reader) atOpening(p *piece, c comments) {
	if c.beside != "" {
		p.beside = append(p.beside, c.beside)
	}
	for _, l := range c.own {
		p.above = append(p.above, l.text)
	}
}

// closing reads up to the bracket that ends a flow collection.
func (r *reader) closing(p *piece) {
	tokens, breaks := gap(r.data, r.pos, p.node.Span.End)
	c := r.lines(tokens, breaks)
	r.trailing(c.beside)
	for i, l := range c.own {
		if l.blank && i > 0 {
			p.below = append(p.below, "")
		}
		p.below = append(p.below, l.text)
	}
	r.pos = p.node.Span.End
	r.last = p
}

// trailing gives a comment to what stands on its line.
func (r *reader) trailing(text string) {
	if text != "" {
		r.last.beside = append(r.last.beside, text)
	}
}

// member reads one entry of an object.
func (r *reader) member(p, kid *piece, i int, opening comments) {
	start := kid.key.Span.Start
	kid.column = column(r.data, start)
	c := opening
	if i > 0 || p.flow {
		tokens, breaks := gap(r.data, r.pos, start)
		for _, t := range tokens {
			if t.kind == property {
				kid.keyProps = append(kid.keyProps, t.text)
				kid.column = min(kid.column, t.column)
			}
			if t.kind == indicator && t.text == "?" {
				kid.column = min(kid.column, t.column)
			}
		}
		c = r.lines(tokens, breaks)
		r.trailing(c.beside)
	} else if kid.key.Anchor != "" {
		r.bad = "the first key of an object has an anchor: give it to a value"
	}
	r.between(p, kid, i, c)
	r.last = kid
	r.pos = kid.key.Span.End
	r.value(kid)
}

// item reads one item of an array.
func (r *reader) item(p, kid *piece, i int, opening comments) {
	start := kid.node.Span.Start
	tokens, breaks := gap(r.data, r.pos, start)
	if p.flow {
		c := r.lines(r.properties(kid, tokens), breaks)
		r.trailing(c.beside)
		r.between(p, kid, i, c)
		r.last = kid
		r.content(kid, comments{})
		return
	}
	dash := slices.IndexFunc(tokens, func(t token) bool { return t.kind == indicator && t.text == "-" })
	if dash < 0 {
		r.bad = "an item of an array has no dash"
		return
	}
	kid.column = tokens[dash].column
	c := opening
	if i > 0 || dash > 0 {
		c = r.lines(tokens[:dash], tokens[dash].breaks)
		r.trailing(c.beside)
	}
	r.between(p, kid, i, c)
	r.last = kid
	r.content(kid, r.lines(r.properties(kid, tokens[dash+1:]), breaks))
}

// value reads the value behind a key.
func (r *reader) value(kid *piece) {
	n := kid.node
	start := n.Span.Start
	tokens, breaks := gap(r.data, r.pos, max(start, r.pos))
	r.content(kid, r.lines(r.properties(kid, tokens), breaks))
}

// content reads a value that begins here. The comments are those between its
// key or dash and the value.
func (r *reader) content(p *piece, c comments) {
	n := p.node
	p.flow = r.isFlow(n)
	r.pos = max(r.pos, n.Span.Start)
	if n.Alias == nil && n.Len() > 0 {
		if p.flow {
			r.collection(p, c)
			return
		}
		if c.beside != "" {
			p.beside = append(p.beside, c.beside)
			c.beside = ""
		}
		r.collection(p, c)
		return
	}
	r.atOpening(p, c)
	r.pos = max(r.pos, n.Span.End)
	if r.isBlockScalar(n) {
		r.pos = blockEnd(r.data, p)
		r.header(p)
	}
	if n.Alias == nil && (n.Kind == tree.Mapping || n.Kind == tree.Sequence) {
		r.emptyCollection(p)
	}
	p.end = r.pos
	r.last = p
}

// header takes the comment behind the "|" of a text in block style.
func (r *reader) header(p *piece) {
	start := p.node.Span.Start
	end := lineEnd(r.data, start, len(r.data))
	for _, t := range first(gap(r.data, start+1, end)) {
		if t.kind == comment {
			r.note(t)
			p.beside = append(p.beside, t.text)
		}
	}
}

func first[A, B any](a A, _ B) A { return a }

// emptyCollection takes the comments between the brackets of "{}".
func (r *reader) emptyCollection(p *piece) {
	for _, t := range first(gap(r.data, p.node.Span.Start, p.node.Span.End)) {
		if t.kind == comment {
			r.note(t)
			p.above = append(p.above, t.text)
		}
	}
}

func (r *reader) isFlow(n *tree.Node) bool {
	if n.Alias != nil || n.Kind != tree.Mapping && n.Kind != tree.Sequence || n.Span.Start >= len(r.data) {
		return false
	}
	c := r.data[n.Span.Start]
	if c == '[' && n.Kind == tree.Mapping {
		return false // the "a: b" of "[[x]: b]"
	}
	if n.Kind == tree.Mapping && len(n.Members) > 0 && n.Members[0].Key.Span.Start == n.Span.Start {
		return false
	}
	return c == '{' || c == '['
}

func (r *reader) isBlockScalar(n *tree.Node) bool {
	if n.Alias != nil || n.Kind == tree.Mapping || n.Kind == tree.Sequence || n.Span.End <= n.Span.Start {
		return false
	}
	c := r.data[n.Span.Start]
	return c == '|' || c == '>'
}
