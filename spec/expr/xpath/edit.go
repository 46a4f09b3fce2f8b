package xpath

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// span is where a node stands in its text: an element, all of it; an
// attribute, its value without the quotes.
type span struct {
	start, end int
	// first and last are those of an element's content; both are end where the
	// element is written as one empty tag.
	first, last int
}

// Selects reports whether the expression selects nodes.
func (x *Expr) Selects() bool { return x.root.kind() == nodesType }

// Content is what Set writes, escaped by the caller.
type Content struct {
	// Text is for the values of attributes: it holds no markup.
	Text string
	// Markup is for elements and texts.
	Markup string
}

// Set returns the text with new content for the nodes, which are of a document
// that ParseXML read from it: the content of elements, the values of
// attributes, or texts. All else stays as it was written, byte by byte. A node
// within another that is set is gone.
func Set(text string, nodes []*Node, content Content) (string, error) {
	nodes = slices.SortedStableFunc(slices.Values(nodes), func(a, b *Node) int {
		return cmp.Compare(a.at.start, b.at.start)
	})
	var b strings.Builder
	done := 0
	for _, n := range nodes {
		if n.at.start < done {
			continue // within one that was set
		}
		start, middle, end, err := n.replacement(text, content)
		if err != nil {
			return "", err
		}
		b.WriteString(text[done:start] + middle)
		if done = end; b.Len() > maxBytes {
			return "", fmt.Errorf("the XML becomes larger than %d bytes", maxBytes)
		}
	}
	b.WriteString(text[done:])
	result := b.String()
	if _, err := ParseXML(result); err != nil {
		return "", fmt.Errorf("with the new content, %w", err)
	}
	return result, nil
}

// replacement is what to write in place of which bytes.
func (n *Node) replacement(text string, content Content) (start int, middle string, end int, err error) {
	switch n.Kind {
	case Attribute:
		return n.at.start, content.Text, n.at.end, nil
	case Text:
		return n.at.start, content.Markup, n.at.end, nil
	case Element:
		opening, closing := n.tags(text)
		return n.at.start, opening + content.Markup + closing, n.at.end, nil
	case Comment, Instruction, Root:
	}
	return 0, "", 0, errors.New("only elements, attributes and texts can be set, and the target finds another node")
}

// tags returns an element's tags as written; an empty tag becomes two.
func (n *Node) tags(text string) (start, end string) {
	if n.at.first < n.at.end {
		return text[n.at.start:n.at.first], text[n.at.last:n.at.end]
	}
	tag := strings.TrimRight(strings.TrimSuffix(text[n.at.start:n.at.end], "/>"), " \t\r\n")
	return tag + ">", "</" + n.qname() + ">"
}

// attributeSpans returns where the values stand in a start tag that is well
// formed, in their order.
func attributeSpans(text string, start, end int) []span {
	var list []span
	for i := start; i < end; i++ {
		quote := text[i]
		if quote != '"' && quote != '\'' {
			continue
		}
		length := strings.IndexByte(text[i+1:end], quote)
		if length < 0 {
			return list
		}
		list = append(list, span{start: i + 1, end: i + 1 + length})
		i += length + 1
	}
	return list
}
