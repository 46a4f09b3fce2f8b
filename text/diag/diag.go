// Package diag is the finding as a value: what is wrong, how much it matters,
// where it stands and what to do about it. Everything in weft that judges
// returns these and everything that shows judgement prints them.
//
// It must not know who found the fault, nor how a specification names things.
package diag

import (
	"cmp"
	"slices"

	"github.com/weft-dev/weft/text/source"
)

// Code names a kind of finding, as "asyncapi/channel-address". It is API: a
// flag, a suppression, a page and a test all refer to it.
type Code string

// Severity says how much a finding matters. Larger is worse.
type Severity uint8

// The severities, from the mildest.
const (
	Hint Severity = iota + 1
	Info
	Warning
	Error
)

// String returns the severity's name in lower case, as users type it.
func (s Severity) String() string {
	//exhaustive:enforce
	switch s {
	case Hint:
		return "hint"
	case Info:
		return "info"
	case Warning:
		return "warning"
	case Error:
		return "error"
	}
	return "none"
}

// Diagnostic is one finding: one fault, told once, where it can be mended.
type Diagnostic struct {
	Code     Code
	Severity Severity
	// Message is lower case, without a full stop, and says what is wrong.
	Message string
	// Path is the JSON Pointer of the node meant, within the span's file.
	Path string
	// Span is the smallest text worth underlining.
	Span source.Span
	// Related are other places that explain the finding.
	Related []Related
	// Help says what to do, where something can be done.
	Help string
	// Fixes are the edits that would mend it, the best first.
	Fixes []Fix
}

// Related is a second place that explains a finding.
type Related struct {
	Message string
	Span    source.Span
}

// Fix is a named set of edits that mends a finding.
type Fix struct {
	Title string
	Edits []Edit
	// Safe says that the fix keeps the document's meaning and needs no review.
	Safe bool
}

// Edit replaces the text of a span.
type Edit struct {
	Span source.Span
	Text string
}

// Sort orders findings by file, place, severity (worst first) and code, so
// that the same document always gives the same report.
func Sort(list []Diagnostic) {
	slices.SortStableFunc(list, func(a, b Diagnostic) int {
		return cmp.Or(
			cmp.Compare(fileName(a.Span), fileName(b.Span)),
			cmp.Compare(a.Span.Start, b.Span.Start),
			cmp.Compare(a.Span.End, b.Span.End),
			cmp.Compare(b.Severity, a.Severity),
			cmp.Compare(a.Code, b.Code),
			cmp.Compare(a.Message, b.Message),
		)
	})
}

// Worst returns the highest severity in the list, or zero for an empty one.
func Worst(list []Diagnostic) Severity {
	var worst Severity
	for _, d := range list {
		worst = max(worst, d.Severity)
	}
	return worst
}

func fileName(s source.Span) string {
	if s.File == nil {
		return ""
	}
	return s.File.Name()
}
