package lint

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// Mark is something in a document that may stand in another one, too, which can
// be told only when both are judged together.
type Mark struct {
	// Diagnostic is where the thing is, and the code and severity that a finding
	// about it would have.
	diag.Diagnostic
	// Key is what two things have in common that are the same.
	Key string
	// Name is what people call it.
	Name string
	// Inside is the mark of the document that holds this one, or -1.
	Inside int
}

// mostMarks is how many things of one document are compared with others.
const mostMarks = 20_000

// Mark notes something to be looked for in other documents, and returns its
// number, for what is inside of it; -1 where there are too many already.
func (p *Pass) Mark(n *tree.Node, key, name string, inside int) int {
	if len(p.marks) >= mostMarks {
		return -1
	}
	p.marks = append(p.marks, Mark{
		Diagnostic: diag.Diagnostic{Code: p.rule.Code, Severity: p.rule.Severity, Path: n.Path(), Span: Head(n)},
		Key:        key, Name: name, Inside: inside,
	})
	return len(p.marks) - 1
}

// settle gives marks the severity that the policy wants: none to those that it
// or a comment asks to leave out, as if they were findings.
func settle(said []*suppression, marks []Mark, policy Policy) []Mark {
	for i := range marks {
		m := &marks[i]
		if policy != nil {
			m.Severity = policy.Severity(m.Code, m.Severity, m.Span.File)
			if m.Severity != 0 && policy.Ignored(&m.Diagnostic) {
				m.Severity = 0
			}
		}
		if m.Severity != 0 && covered(said, &m.Diagnostic) {
			m.Severity = 0
		}
	}
	return marks
}

// mostAcross is how many documents are told what they share with others.
const mostAcross = 20

// Across compares documents that were judged together, in their order, and tells
// each what it has that stands in an earlier one too: once, with the first
// places named. What both only refer to is the same thing, and no twin.
func Across(results []Result) []diag.Diagnostic {
	if len(results) < 2 {
		return nil
	}
	first := map[string]*Mark{}
	var found []diag.Diagnostic
	for i := range results {
		marks := results[i].marks
		twins := twinsOf(marks, first)
		for k := range marks {
			if m := &marks[k]; m.Severity != 0 && first[m.id()] == nil {
				first[m.id()] = m
			}
		}
		if len(twins) > 0 {
			found = append(found, tellTwins(twins))
		}
	}
	if more := len(found) - mostAcross; more > 0 {
		last := &found[mostAcross]
		last.Message = fmt.Sprintf("%s; so it is in %d documents more", last.Message, more-1)
		found = found[:mostAcross+1]
	}
	return found
}

func (m *Mark) id() string { return string(m.Code) + " " + m.Key }

// twin is a thing, and the one in an earlier document.
type twin struct{ here, there *Mark }

// twinsOf finds the outermost things of a document that are known already, each
// kind of thing once.
func twinsOf(marks []Mark, first map[string]*Mark) []twin {
	var list []twin
	told := make([]bool, len(marks))
	seen := map[string]bool{}
	for i := range marks {
		m := &marks[i]
		if m.Inside >= 0 && told[m.Inside] {
			told[i] = true
			continue
		}
		there := first[m.id()]
		if m.Severity == 0 || there == nil || there.Span.File.URI() == m.Span.File.URI() {
			continue
		}
		told[i] = true
		if !seen[m.Key] {
			seen[m.Key] = true
			list = append(list, twin{m, there})
		}
	}
	slices.SortStableFunc(list, func(a, b twin) int { return cmp.Compare(a.here.Span.Start, b.here.Span.Start) })
	return list
}

// mostTwins is how many twins a finding names.
const mostTwins = 3

func tellTwins(list []twin) diag.Diagnostic {
	d := list[0].here.Diagnostic
	if len(list) == 1 {
		d.Message = fmt.Sprintf("the schema %q is written in another document, too: %s", list[0].here.Name, list[0].there.words())
	} else {
		d.Message = fmt.Sprintf("%d schemas are written in other documents, too: ", len(list))
		for i, t := range list[:min(len(list), mostTwins)] {
			if i > 0 {
				d.Message += ", "
			}
			d.Message += t.there.words()
		}
		if more := len(list) - mostTwins; more > 0 {
			d.Message += fmt.Sprintf(" and %d more", more)
		}
	}
	d.Help = "write it once, in a file of its own, and refer to it from both"
	for _, t := range list[:min(len(list), mostTwins)] {
		d.Related = append(d.Related, diag.Related{Message: "it is written here", Span: t.there.Span})
	}
	return d
}

// words are the name of a thing and where it is.
func (m *Mark) words() string {
	start, _ := m.Span.Range()
	return fmt.Sprintf("%q (%s:%d)", m.Name, m.Span.File.Name(), start.Line)
}
