package ruleset

import (
	"path"
	"path/filepath"
	"strings"

	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// filePattern are patterns of files, from the folder of the ruleset that has
// them. A nil filePattern fits every file.
type filePattern struct {
	folder   string
	patterns [][]string
}

// filesOf reads the patterns at a node, which may be absent.
func filesOf(n *tree.Node, file *source.File) *filePattern {
	texts := textsOf(n)
	if len(texts) == 0 {
		return nil
	}
	folder, _ := source.PathOf(file.URI())
	p := &filePattern{folder: filepath.Dir(folder)}
	for _, text := range texts {
		text = strings.TrimPrefix(path.Clean(filepath.ToSlash(text)), "./")
		parts := strings.Split(text, "/")
		if len(parts) == 1 {
			parts = []string{"**", parts[0]} // a name alone fits in every folder
		}
		p.patterns = append(p.patterns, parts)
	}
	return p
}

// textsOf returns the texts at a node that is one, or a list of them.
func textsOf(n *tree.Node) []string {
	if n.Is(tree.String) {
		return []string{n.Text}
	}
	if !n.Is(tree.Sequence) {
		return nil
	}
	var list []string
	for _, item := range n.Items {
		if item.Is(tree.String) {
			list = append(list, item.Text)
		}
	}
	return list
}

func (p *filePattern) fits(file *source.File) bool {
	if p == nil {
		return true
	}
	if file == nil {
		return false
	}
	name, ok := source.PathOf(file.URI())
	if !ok {
		return false
	}
	relative, err := filepath.Rel(p.folder, name)
	if err != nil {
		return false
	}
	parts := strings.Split(filepath.ToSlash(relative), "/")
	for _, pattern := range p.patterns {
		if fits(pattern, parts) {
			return true
		}
	}
	return false
}

// fits matches parts against a pattern, part by part; "**" is any number of
// parts. It goes through a table, so that many "**" cost no more than a few.
func fits(pattern, parts []string) bool {
	// reach[j] says that the pattern so far fits the first j parts.
	reach := make([]bool, len(parts)+1)
	reach[0] = true
	for _, p := range pattern {
		next := make([]bool, len(parts)+1)
		for j := range reach {
			switch {
			case p == "**":
				next[j] = reach[j] || (j > 0 && next[j-1])
			case j > 0 && reach[j-1]:
				next[j], _ = path.Match(p, parts[j-1])
			}
		}
		reach = next
	}
	return reach[len(parts)]
}
