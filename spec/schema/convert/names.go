package convert

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/weft-dev/weft/text/tree"
)

// typeName finds a name for a type: what the schema says itself, then its
// title, then the key of a definition, then what it is used for.
func (w *toAvro) typeName(n, m *tree.Node, hint string) string {
	if full := n.Get(nameKeyword).Str(); isFullName(full) && !w.taken.taken[full] {
		w.taken.taken[full] = true
		return full
	}
	name := ""
	if title := m.Get("title").Str(); title != "" {
		name = pascal(title)
	}
	if name == "" && n.Key != nil && isDefinitions(n.Parent) {
		name = pascal(n.Key.Text)
	}
	return w.free(cmp.Or(name, pascal(hint), "Record"))
}

func isDefinitions(n *tree.Node) bool {
	if n == nil || n.Key == nil {
		return false
	}
	switch n.Key.Text {
	case "definitions", "$defs", "schemas":
		return true
	}
	return false
}

// free makes a name one that no type has yet.
func (w *toAvro) free(name string) string {
	if w.opt.Namespace != "" && !strings.Contains(name, ".") {
		name = w.opt.Namespace + "." + name
	}
	return w.taken.free(name, "")
}

// names are those of one scope, each there once.
type names struct {
	taken map[string]bool
	next  map[string]int // the number with which to try on
}

func newNames() names { return names{map[string]bool{}, map[string]int{}} }

// free takes a name or, where that is taken, the name with a number after it.
func (s names) free(name, between string) string {
	return s.freeUnless(name, between, func(string) bool { return false })
}

// freeUnless is free for names that must be fit for more than the scope.
func (s names) freeUnless(name, between string, unfit func(string) bool) string {
	try := name
	for i := max(2, s.next[name]); s.taken[try] || unfit(try); i++ {
		try = fmt.Sprintf("%s%s%d", name, between, i)
		s.next[name] = i + 1
	}
	s.taken[try] = true
	return try
}

func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		switch {
		case c == '_', 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
		case '0' <= c && c <= '9' && i > 0:
		default:
			return false
		}
	}
	return s != ""
}

func isFullName(s string) bool {
	for part := range strings.SplitSeq(s, ".") {
		if !isName(part) {
			return false
		}
	}
	return len(s) < 500
}

// nameLike turns a text into the nearest name that is one.
func nameLike(s string) string {
	if isName(s) && len(s) < 200 {
		return s
	}
	var b strings.Builder
	for _, c := range clip(s) {
		switch {
		case c == '_', 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
			b.WriteRune(c)
		case '0' <= c && c <= '9':
			if b.Len() == 0 {
				b.WriteByte('_')
			}
			b.WriteRune(c)
		case c != '…':
			b.WriteByte('_')
		}
	}
	return cmp.Or(b.String(), "_")
}

// pascal turns a text into the name of a type: "order line" is OrderLine.
func pascal(s string) string {
	var b strings.Builder
	up := true
	for _, c := range clip(s) {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		digit := '0' <= c && c <= '9'
		switch {
		case letter && up:
			b.WriteString(strings.ToUpper(string(c)))
		case letter:
			b.WriteRune(c)
		case digit && b.Len() > 0:
			b.WriteRune(c)
		}
		up = !letter && !digit
	}
	return b.String()
}
