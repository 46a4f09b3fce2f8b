package diag

import (
	"slices"

	"github.com/weft-dev/weft/text/source"
)

// Unique sorts findings and leaves each in once: the same code, place and
// message are the same fault, by however many ways it was met.
func Unique(list []Diagnostic) []Diagnostic {
	Sort(list)
	type identity struct {
		code    Code
		span    source.Span
		message string
	}
	seen := make(map[identity]bool, len(list))
	return slices.DeleteFunc(list, func(d Diagnostic) bool {
		id := identity{d.Code, d.Span, d.Message}
		twice := seen[id]
		seen[id] = true
		return twice
	})
}
