package diag

import "slices"

// Unique sorts findings and leaves each in once: the same code, place and
// message are the same fault, by however many ways it was met. A file that was
// read twice is one file: its address tells.
func Unique(list []Diagnostic) []Diagnostic {
	Sort(list)
	type identity struct {
		code       Code
		uri        string
		start, end int
		message    string
	}
	seen := make(map[identity]bool, len(list))
	return slices.DeleteFunc(list, func(d Diagnostic) bool {
		id := identity{code: d.Code, start: d.Span.Start, end: d.Span.End, message: d.Message}
		if d.Span.IsValid() {
			id.uri = d.Span.File.URI()
		}
		twice := seen[id]
		seen[id] = true
		return twice
	})
}
