package tree

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// addComments gives a value the comments that the library found at it.
func addComments(n *Node, y *yaml.Node, before bool) {
	if y.HeadComment == "" && y.LineComment == "" && y.FootComment == "" {
		return
	}
	if n.Comments == nil {
		n.Comments = &Comments{}
	}
	n.Comments.Head = joinComments(n.Comments.Head, y.HeadComment, before)
	n.Comments.Line = joinComments(n.Comments.Line, y.LineComment, before)
	n.Comments.Foot = joinComments(n.Comments.Foot, y.FootComment, before)
}

// moveComments gives a value the comments of its key.
func moveComments(value *Node, key *yaml.Node) { addComments(value, key, true) }

// documentComments gives the root the comments above and below the document.
func (r *yamlReader) documentComments(root *Node, doc *yaml.Node) {
	if root != nil {
		addComments(root, doc, true)
	}
}

func joinComments(have, raw string, before bool) string {
	text := commentText(raw)
	switch {
	case text == "":
		return have
	case have == "":
		return text
	case before:
		return text + "\n" + have
	}
	return have + "\n" + text
}

// commentText takes the "#" and the blank behind it from each line.
func commentText(raw string) string {
	if raw == "" {
		return ""
	}
	lines := strings.Split(raw, "\n")
	for i, line := range lines {
		line = strings.TrimPrefix(strings.TrimSpace(line), "#")
		lines[i] = strings.TrimPrefix(line, " ")
	}
	return strings.Join(lines, "\n")
}
