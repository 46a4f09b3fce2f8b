package diag

import (
	"fmt"
	"slices"
	"strings"
)

// folded puts remarks about a document as a whole together: those of rules that
// are Remarks, where they are milder than a warning and than what makes the run
// fail. Nobody reads five lines that all say that a document is bare.
func folded(r Report) []Diagnostic {
	if r.Verbose {
		return r.Findings
	}
	remarks := map[Code]bool{}
	for i := range r.Rules {
		if r.Rules[i].Remark {
			remarks[r.Rules[i].Code] = true
		}
	}
	isRemark := func(d *Diagnostic) bool {
		return remarks[d.Code] && d.Severity < Warning && d.Severity < r.FailOn && d.Span.IsValid()
	}
	byFile := map[string][]*Diagnostic{}
	for i := range r.Findings {
		if d := &r.Findings[i]; isRemark(d) {
			byFile[d.Span.File.URI()] = append(byFile[d.Span.File.URI()], d)
		}
	}
	list := make([]Diagnostic, 0, len(r.Findings))
	for i := range r.Findings {
		d := &r.Findings[i]
		if !isRemark(d) || len(byFile[d.Span.File.URI()]) == 1 {
			list = append(list, *d)
			continue
		}
		if same := byFile[d.Span.File.URI()]; same[0] == d {
			list = append(list, together(same))
		}
	}
	return list
}

// together makes one finding of several remarks. It names the codes of all, so
// that each can be asked for.
func together(list []*Diagnostic) Diagnostic {
	d := *list[0]
	var codes []string
	for _, one := range list {
		codes = append(codes, string(one.Code))
		d.Severity = max(d.Severity, one.Severity)
	}
	slices.Sort(codes)
	d.Code = Code(strings.Join(slices.Compact(codes), ", "))
	d.Message = fmt.Sprintf("the document could say more of itself: %d remarks", len(list))
	d.Help, d.Related = "--verbose tells each", nil
	return d
}
