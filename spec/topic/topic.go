// Package topic knows how channels are named: by the topic definition
// (organization, team, version, type, resources, name, status), by
// "{domain}.{entity}.{event}" or by a pattern of the user's own, and what each
// protocol allows an address to be. It takes names apart, puts them together,
// says what is wrong with them, and carries them from the form of one protocol
// to that of another and back.
//
// It is a function of texts: it must not know documents, files or brokers.
// What a finding is worth to a user is for a ruleset to say.
package topic

import (
	"cmp"
	"slices"
	"strings"

	"github.com/weft-dev/weft/text/diag"
)

// The names of the parts of the topic definition.
const (
	Organization = "organization"
	Team         = "team" // service, team or department
	Version      = "version"
	Type         = "type"
	Resource     = "resource" // the resource and each sub-resource
	Verb         = "name"
	Status       = "status"
)

// The types of a topic.
const (
	Event   = "event"
	Command = "command"
)

// Statuses returns the words that may end the topic of an event which tells
// what became of an earlier command.
func Statuses() []string { return []string{"queued", "succeeded", "failed", "done"} }

// Part is one part of a name.
type Part struct {
	// Role is what the part is: "organization", or the placeholder of a
	// pattern. Parts that a pattern has as fixed words have none.
	Role string
	Text string
	// Start and End are the bytes of the name it stands at.
	Start, End int
}

// Problem is one thing that is wrong with a name, or worth knowing about it.
type Problem struct {
	Code     diag.Code
	Severity diag.Severity
	Message  string
	Help     string
	// Start and End are the bytes of the name that it is about.
	Start, End int
	// Fixed is the whole name with this mended, or "" where nobody can tell
	// what was meant.
	Fixed string
}

// Reading is a name taken apart.
type Reading struct {
	// Name is what was read, and Separator what stands between its parts.
	Name      string
	Separator string
	// Parts are what was made out, in the order of the name. Where a part is
	// missing the others are here all the same.
	Parts []Part
	// Others are different readings of a name that says too little to choose.
	Others [][]Part
	// Problems are in the order of the name.
	Problems []Problem
	// Suggested is the name with everything mended that has one way to be
	// mended, or "" where nothing has. It may still have other problems.
	Suggested string
}

// Get returns the text of a part, or "". The resources are joined by the
// separator.
func (r *Reading) Get(role string) string {
	var texts []string
	for _, p := range r.Parts {
		if p.Role == role {
			texts = append(texts, p.Text)
		}
	}
	return strings.Join(texts, r.Separator)
}

// Valid reports whether the name keeps to its convention: nothing is wrong
// with it that is an error.
func (r *Reading) Valid() bool { return Worst(r.Problems) < diag.Error }

// Worst returns the highest severity among problems, or zero.
func Worst(problems []Problem) diag.Severity {
	var worst diag.Severity
	for i := range problems {
		worst = max(worst, problems[i].Severity)
	}
	return worst
}

// maxName bounds the names that are looked at: no protocol allows more.
const maxName = 1 << 16

// separators are those that are looked for, the likeliest first.
var separators = []string{".", "/", ":", "-", "_"}

// separatorOf returns what separates the parts of a name, where the user does
// not say: what makes the type one of its parts, else the first that occurs.
func separatorOf(name string) string {
	for _, sep := range separators {
		if slices.ContainsFunc(strings.Split(name, sep), isType) && strings.Contains(name, sep) {
			return sep
		}
	}
	for _, sep := range separators {
		if strings.Contains(outsideBraces(name), sep) {
			return sep
		}
	}
	return separators[0]
}

func isType(word string) bool {
	switch strings.ToLower(word) {
	case Event, Command, oldCommand:
		return true
	}
	return false
}

// cut takes a name apart at a separator. What stands in braces is one piece,
// whatever is in it.
func cut(name, sep string) []Part {
	var parts []Part
	start, depth := 0, 0
	for i := 0; i < len(name); {
		switch {
		case name[i] == '{' && strings.IndexByte(name[i:], '}') > 0:
			depth = 1
		case name[i] == '}':
			depth = 0
		case depth == 0 && strings.HasPrefix(name[i:], sep):
			parts = append(parts, Part{Text: name[start:i], Start: start, End: i})
			i += len(sep)
			start = i
			continue
		}
		i++
	}
	return append(parts, Part{Text: name[start:], Start: start, End: len(name)})
}

// outsideBraces leaves the parameters out of a name.
func outsideBraces(name string) string {
	var b strings.Builder
	for {
		open := strings.IndexByte(name, '{')
		if open < 0 {
			break
		}
		length := strings.IndexByte(name[open:], '}')
		if length < 0 {
			break
		}
		b.WriteString(name[:open])
		name = name[open+length+1:]
	}
	b.WriteString(name)
	return b.String()
}

// isParameter reports whether a part is a parameter of the channel, whose value
// is not known here.
func isParameter(text string) bool {
	return len(text) > 2 && text[0] == '{' && strings.IndexByte(text, '}') == len(text)-1
}

func hasParameter(text string) bool { return outsideBraces(text) != text }

func join(parts []Part, sep string) string {
	texts := make([]string, len(parts))
	for i := range parts {
		texts[i] = parts[i].Text
	}
	return strings.Join(texts, sep)
}

func sortProblems(list []Problem) {
	slices.SortStableFunc(list, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.Severity, a.Severity))
	})
}
