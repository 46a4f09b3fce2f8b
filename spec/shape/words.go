package shape

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

func (c *Context) wrongType(n *tree.Node, t *Type) {
	d := c.report(CodeWrongType, n, valueSpan(n), fmt.Sprintf("%s should be %s, but is %s", subject(n), describe(t), describeValue(n)))
	if n.Kind == tree.Number && t.kind == stringType && n.Text != "" {
		d.Help = fmt.Sprintf("put it in quotes: %q", n.Text)
	}
}

// valueSpan is the value, or its key where there is nothing to underline or
// too much: a whole object is not worth underlining.
func valueSpan(n *tree.Node) source.Span {
	if n.Span.Start == n.Span.End {
		return emptySpan(n)
	}
	if n.Kind == tree.Mapping || n.Kind == tree.Sequence {
		return keySpan(n)
	}
	return n.Span
}

// emptySpan is the value where it is short, and else its key.
func emptySpan(n *tree.Node) source.Span {
	if n.Span.End > n.Span.Start {
		return n.Span
	}
	return keySpan(n)
}

// subject names a value in a sentence by the key it stands under.
func subject(n *tree.Node) string {
	switch {
	case n.Parent == nil:
		return "the document"
	case n.Key == nil && n.Parent.Key != nil:
		return fmt.Sprintf("an item of %q", clip(n.Parent.Key.Text))
	case n.Key == nil:
		return "this item"
	}
	return fmt.Sprintf("%q", clip(n.Key.Text))
}

// describe says what a type is, with its article.
func describe(t *Type) string {
	if t.words != "" {
		return t.words
	}
	switch t.kind {
	case anyType:
		return "a value"
	case stringType:
		return "a string"
	case booleanType:
		return "true or false"
	case integerType:
		return "an integer"
	case numberType:
		return "a number"
	case nullType:
		return "null"
	case listType:
		return "a list"
	case mapType:
		return "an object"
	case objectType:
		return withArticle(t.object.name)
	}
	var words []string
	for _, a := range t.alternatives {
		if w := describe(a); len(words) == 0 || words[len(words)-1] != w {
			words = append(words, w)
		}
	}
	return list(words, "or")
}

func describeValue(n *tree.Node) string {
	switch n.Kind {
	case tree.Null:
		return "empty"
	case tree.Bool:
		return n.Text
	case tree.Number:
		return "the number " + clip(n.Text)
	case tree.String:
		return fmt.Sprintf("the string %q", clip(n.Text))
	case tree.Sequence:
		return "a list"
	case tree.Mapping:
		return "an object"
	}
	return "nothing"
}

func withArticle(noun string) string {
	if noun == "" {
		return noun
	}
	if soundsLikeVowel(strings.ToLower(noun)) {
		return "an " + noun
	}
	return "a " + noun
}

// soundsLikeVowel goes by the sound, as articles do: an HTTP scheme, a user.
func soundsLikeVowel(noun string) bool {
	for _, start := range []string{"user", "uni", "one", "uri", "url"} {
		if strings.HasPrefix(noun, start) {
			return false
		}
	}
	for _, start := range []string{"http", "x.", "mqtt", "sns", "sqs", "xml"} {
		if strings.HasPrefix(noun, start) {
			return true
		}
	}
	return strings.ContainsRune("aeiou", rune(noun[0]))
}

// list joins words as a sentence does: "a, b or c".
func list(words []string, last string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " " + last + " " + words[len(words)-1]
}

func quoted(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = fmt.Sprintf("%q", w)
	}
	return out
}

// clip keeps a value that the author wrote from filling the terminal.
func clip(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	end := most
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}

func lowerFirst(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	next, _ := utf8.DecodeRuneInString(s[size:])
	if unicode.IsUpper(next) {
		return s // an abbreviation
	}
	return string(unicode.ToLower(r)) + s[size:]
}
