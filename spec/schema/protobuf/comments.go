package protobuf

import (
	"strings"

	"github.com/bufbuild/protocompile/ast"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Comment is what people wrote at something that is declared, by its full name,
// without the marks of comments; "" where nothing is said.
func (f *File) Comment(name protoreflect.FullName) string {
	l, at := f.linked.declaring(string(name), map[*linked]bool{})
	if l == nil || l.ast == nil || at.decl == nil {
		return ""
	}
	info := l.ast.NodeInfo(at.decl)
	if text := plainComment(info.LeadingComments()); text != "" {
		return text
	}
	return plainComment(info.TrailingComments())
}

// plainComment takes the marks away, and the tag that is for tools.
func plainComment(list ast.Comments) string {
	var lines []string
	for i := range list.Len() {
		raw := list.Index(i).RawText()
		if body, line := strings.CutPrefix(raw, "//"); line {
			raw = body
		} else {
			raw = strings.TrimSuffix(strings.TrimPrefix(raw, "/*"), "*/")
		}
		for line := range strings.SplitSeq(raw, "\n") {
			line = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "*"))
			if line != rootTag {
				lines = append(lines, line)
			}
		}
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}
