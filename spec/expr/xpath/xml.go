package xpath

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Bounds on a document.
const (
	maxBytes = 16 << 20
	maxNodes = 1 << 20
	maxDepth = 1000
)

// Kind is what a node is (section 5).
type Kind uint8

// The kinds of node.
const (
	Root Kind = iota + 1
	Element
	Attribute
	Text
	Comment
	Instruction
)

// Node is a node of a document.
type Node struct {
	Kind Kind
	// Name is the local name of an element or attribute, or the target of an
	// instruction; Prefix is as written, and Space the namespace's URI.
	Name, Prefix, Space string

	parent     *Node
	children   []*Node
	attributes []*Node
	text       string
	order      int
	at         span
	prefixes   map[string]string // of the root: the first declaration of each
}

// ParseXML reads a document and returns its root.
func ParseXML(text string) (*Node, error) {
	if len(text) > maxBytes {
		return nil, fmt.Errorf("the XML is larger than %d bytes", maxBytes)
	}
	b := &builder{text: text, decoder: xml.NewDecoder(strings.NewReader(text))}
	// The text is decoded already, whatever encoding its declaration names.
	b.decoder.CharsetReader = func(_ string, input io.Reader) (io.Reader, error) { return input, nil }
	b.root = &Node{Kind: Root, prefixes: map[string]string{"xml": xmlSpace}}
	b.current = b.root
	if err := b.read(); err != nil {
		return nil, fmt.Errorf("the text is not well-formed XML: %w", err)
	}
	return b.root, nil
}

const xmlSpace = "http://www.w3.org/XML/1998/namespace"

// builder makes the tree. It resolves namespaces itself, because the decoder
// forgets the prefixes that name() returns.
type builder struct {
	text    string
	decoder *xml.Decoder
	from    int // where the token that is read begins
	root    *Node
	current *Node
	depth   int
	count   int
	scopes  []map[string]string
}

func (b *builder) read() error {
	for {
		b.from = int(b.decoder.InputOffset())
		token, err := b.decoder.RawToken()
		if errors.Is(err, io.EOF) {
			return b.finish()
		}
		if err != nil {
			return err
		}
		if err := b.token(token); err != nil {
			return err
		}
	}
}

func (b *builder) finish() error {
	if b.current != b.root {
		return fmt.Errorf("<%s> is not closed", b.current.qname())
	}
	for _, child := range b.root.children {
		if child.Kind == Element {
			return nil
		}
	}
	return errors.New("there is no element")
}

func (b *builder) token(token xml.Token) error {
	switch t := token.(type) {
	case xml.StartElement:
		return b.start(t)
	case xml.EndElement:
		return b.end(t)
	case xml.CharData:
		return b.characters(string(t))
	case xml.Comment:
		_, err := b.add(&Node{Kind: Comment, text: string(t)})
		return err
	case xml.ProcInst:
		if t.Target == "xml" {
			return nil
		}
		_, err := b.add(&Node{Kind: Instruction, Name: t.Target, text: string(t.Inst)})
		return err
	}
	return nil
}

func (b *builder) add(n *Node) (*Node, error) {
	if b.count++; b.count > maxNodes {
		return nil, fmt.Errorf("the document has more than %d nodes", maxNodes)
	}
	n.parent, n.order = b.current, b.count
	if n.Kind == Attribute {
		b.current.attributes = append(b.current.attributes, n)
	} else {
		b.current.children = append(b.current.children, n)
	}
	return n, nil
}

func (b *builder) characters(text string) error {
	if b.current == b.root {
		if strings.TrimSpace(text) != "" {
			return errors.New("text stands outside the root element")
		}
		return nil
	}
	end := int(b.decoder.InputOffset())
	if n := len(b.current.children); n > 0 && b.current.children[n-1].Kind == Text {
		last := b.current.children[n-1]
		last.text += text
		last.at.end = end
		return nil
	}
	_, err := b.add(&Node{Kind: Text, text: text, at: span{start: b.from, end: end}})
	return err
}

func (b *builder) start(t xml.StartElement) error {
	if b.current == b.root {
		for _, child := range b.root.children {
			if child.Kind == Element {
				return errors.New("there is a second root element")
			}
		}
	}
	if b.depth++; b.depth > maxDepth {
		return fmt.Errorf("the document is deeper than %d", maxDepth)
	}
	b.declare(t.Attr)
	at := span{start: b.from, first: int(b.decoder.InputOffset())}
	n, err := b.add(&Node{Kind: Element, Prefix: t.Name.Space, Name: t.Name.Local, at: at})
	if err != nil {
		return err
	}
	b.current = n
	if n.Space, err = b.space(n.Prefix); err != nil {
		return err
	}
	return b.attributes(t.Attr, attributeSpans(b.text, at.start, at.first))
}

// declare opens the scope of an element's namespace declarations.
func (b *builder) declare(attributes []xml.Attr) {
	var scope map[string]string
	for _, a := range attributes {
		prefix, ok := declaration(a)
		if !ok {
			continue
		}
		if scope == nil {
			scope = make(map[string]string)
		}
		scope[prefix] = a.Value
		if _, known := b.root.prefixes[prefix]; !known && prefix != "" {
			b.root.prefixes[prefix] = a.Value
		}
	}
	b.scopes = append(b.scopes, scope)
}

func declaration(a xml.Attr) (prefix string, ok bool) {
	switch {
	case a.Name.Space == "xmlns":
		return a.Name.Local, true
	case a.Name.Space == "" && a.Name.Local == "xmlns":
		return "", true
	}
	return "", false
}

func (b *builder) space(prefix string) (string, error) {
	for i := len(b.scopes) - 1; i >= 0; i-- {
		if uri, ok := b.scopes[i][prefix]; ok {
			return uri, nil
		}
	}
	switch prefix {
	case "":
		return "", nil
	case "xml":
		return xmlSpace, nil
	}
	return "", fmt.Errorf("the prefix %q is not declared", prefix)
}

func (b *builder) attributes(attributes []xml.Attr, at []span) error {
	if len(at) != len(attributes) {
		return errors.New("an attribute has a value without quotes")
	}
	seen := make(map[xml.Name]bool, len(attributes))
	for i, a := range attributes {
		if _, ok := declaration(a); ok {
			continue
		}
		n, err := b.add(&Node{Kind: Attribute, Prefix: a.Name.Space, Name: a.Name.Local, text: a.Value, at: at[i]})
		if err != nil {
			return err
		}
		if n.Prefix != "" {
			if n.Space, err = b.space(n.Prefix); err != nil {
				return err
			}
		}
		name := xml.Name{Space: n.Space, Local: n.Name}
		if seen[name] {
			return fmt.Errorf("the attribute %s is there twice", n.qname())
		}
		seen[name] = true
	}
	return nil
}

func (b *builder) end(t xml.EndElement) error {
	n := b.current
	if n == b.root || n.Prefix != t.Name.Space || n.Name != t.Name.Local {
		return fmt.Errorf("</%s> closes nothing that is open", strings.TrimPrefix(t.Name.Space+":"+t.Name.Local, ":"))
	}
	n.at.last, n.at.end = b.from, int(b.decoder.InputOffset())
	b.current = n.parent
	b.depth--
	b.scopes = b.scopes[:len(b.scopes)-1]
	return nil
}

func (n *Node) qname() string {
	if n.Prefix != "" {
		return n.Prefix + ":" + n.Name
	}
	return n.Name
}

// Text returns the node's string-value (section 5).
func (n *Node) Text() string {
	if n.Kind != Root && n.Kind != Element {
		return n.text
	}
	if len(n.children) == 1 && n.children[0].Kind == Text {
		return n.children[0].text
	}
	var b strings.Builder
	n.collect(&b)
	return b.String()
}

func (n *Node) collect(b *strings.Builder) {
	for _, child := range n.children {
		switch child.Kind {
		case Text:
			b.WriteString(child.text)
		case Element:
			child.collect(b)
		}
	}
}
