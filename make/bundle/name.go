package bundle

import (
	"net/url"
	"path"
	"strings"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/text/tree"
)

// weak are names that say nothing of what they stand for.
var weak = lazy.Of[map[string]bool]{Make: func() map[string]bool {
	return map[string]bool{
		"": true, "payload": true, "headers": true, "schema": true, "schemas": true, "items": true, "message": true, "messages": true,
		"index": true, "main": true, "asyncapi": true, "openapi": true, "definitions": true, "properties": true, "value": true,
		"contents": true, "data": true, "latest": true, "0": true, "1": true, "2": true, "3": true,
	}
}}

// nameOf makes the name of a component: the last word of the path that leads
// to it or, where that says nothing, what it calls itself, the name of its
// file, its folder.
func (b *bundler) nameOf(chain []*tree.Node, end *tree.Node) string {
	for _, n := range []*tree.Node{chain[0], end} {
		if name := wordOf(n); !weak.Get()[strings.ToLower(name)] {
			return name
		}
	}
	for _, own := range []string{end.Get("title").Str(), avroName(end), end.Get("name").Str()} {
		if name := clean(own); name != "" {
			return name
		}
	}
	return clean(pathName(chain[0]))
}

// wordOf is the last word of a path: a key, or a file without its ending.
func wordOf(n *tree.Node) string {
	if n.Parent != nil {
		return clean(n.Name())
	}
	return clean(fileWord(n))
}

func fileWord(n *tree.Node) string {
	words := segments(n.Span.File.URI())
	if subject := subjectOf(words); subject != "" {
		return ""
	}
	if len(words) == 0 {
		return ""
	}
	last := words[len(words)-1]
	return strings.TrimSuffix(last, path.Ext(last))
}

// pathName is a name of several words: those of the path, as far as it takes
// to say something.
func pathName(n *tree.Node) string {
	var words []string
	for ; n.Parent != nil; n = n.Parent {
		words = append([]string{n.Name()}, words...)
		if !weak.Get()[strings.ToLower(n.Name())] {
			return strings.Join(words, "-")
		}
	}
	folders := segments(n.Span.File.URI())
	if subject := subjectOf(folders); subject != "" {
		folders = []string{subject}
	}
	for i := len(folders) - 1; i >= 0; i-- {
		word := folders[i]
		if i == len(folders)-1 {
			word = strings.TrimSuffix(word, path.Ext(word))
		}
		words = append([]string{word}, words...)
		if !weak.Get()[strings.ToLower(word)] {
			break
		}
	}
	if len(words) == 0 {
		return "component"
	}
	return strings.Join(words, "-")
}

// segments are the parts of the path of a URI.
func segments(uri string) []string {
	u, err := url.Parse(uri)
	if err != nil {
		return nil
	}
	var list []string
	for word := range strings.SplitSeq(u.EscapedPath(), "/") {
		if decoded, err := url.PathUnescape(word); err == nil && decoded != "" {
			list = append(list, decoded)
		}
	}
	return list
}

// subjectOf is the subject that an address of a schema registry names, without
// what says that it is of values or of keys.
func subjectOf(words []string) string {
	for i := range words {
		if words[i] == "subjects" && i+2 < len(words) && words[i+2] == "versions" {
			return strings.TrimSuffix(words[i+1], "-value")
		}
	}
	return ""
}

// avroName is the name of an Avro type, without its namespace.
func avroName(n *tree.Node) string {
	switch n.Get("type").Str() {
	case "record", "enum", "fixed", "error":
		name := n.Get("name").Str()
		return name[strings.LastIndexByte(name, '.')+1:]
	}
	return ""
}

// clean makes a name that components may have: letters, digits, ".", "-" and
// "_".
func clean(name string) string {
	var b strings.Builder
	gap := false
	for _, r := range name {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_' || r == '-' {
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			gap = false
			b.WriteRune(r)
			continue
		}
		gap = true
	}
	text := b.String()
	if len(text) > 100 {
		text = text[:100]
	}
	return text
}
