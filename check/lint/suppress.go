package lint

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// marker begins what a comment says to the linter:
//
//	# weft-ignore asyncapi/address-slash -- the gateway wants it so
//	# weft-ignore-file practice/* -- an example of bad practice
const marker = "weft-ignore"

// mostComments is how many comments of one document are looked at.
const mostComments = 1000

// suppression is one comment that says which findings to leave out.
type suppression struct {
	doc *ref.Document
	// comment covers the words of the comment, from its marker on.
	comment source.Span
	codes   []ignoredCode
	reason  string
	// node is what the comment stands at, and from and to are its text; nil
	// where it stands at nothing, the root where it is about the whole file.
	node     *tree.Node
	from, to int
	unknown  string // a word behind the marker that is none of ours
}

type ignoredCode struct {
	pattern string
	span    source.Span
	used    bool
}

// suppressionsIn are the comments of all documents that leave out findings.
func suppressionsIn(ws *ref.Workspace) []*suppression {
	var all []*suppression
	for _, d := range ws.Documents() {
		all = append(all, suppressions(d)...)
	}
	return all
}

// covered reports whether a comment asks to leave a finding out, and notes that
// in each that does.
func covered(said []*suppression, d *diag.Diagnostic) bool {
	hit := false
	for _, s := range said {
		hit = s.covers(d) || hit
	}
	return hit
}

// suppress leaves out the findings that comments in the documents ask to leave
// out, and adds what is wrong with the comments of the document that is judged.
func (l *Linter) suppress(said []*suppression, judged *source.File, list []diag.Diagnostic, policy Policy) []diag.Diagnostic {
	if len(said) == 0 {
		return list
	}
	list = slices.DeleteFunc(list, func(d diag.Diagnostic) bool { return covered(said, &d) })
	known := l.codes(policy)
	var about []diag.Diagnostic
	for _, s := range said {
		if s.doc.File.URI() == judged.URI() {
			about = append(about, s.faults(known)...)
		}
	}
	return append(list, weigh(about, policy)...)
}

// codes are all codes that a finding can have.
func (l *Linter) codes(policy Policy) []string {
	var list []string
	for _, r := range l.Rules() {
		list = append(list, string(r.Code))
	}
	for i := range l.Kinds {
		for _, r := range extraRules(l.Kinds[i].Name, policy) {
			list = append(list, string(r.Code))
		}
	}
	return list
}

// MatchCode reports whether a code is the one named by a pattern, in which "*"
// is any text without a slash, or "*" alone any code.
func MatchCode(pattern string, code diag.Code) bool {
	if pattern == "*" || pattern == string(code) {
		return true
	}
	if !strings.ContainsAny(pattern, "*?[") {
		return false
	}
	ok, err := path.Match(pattern, string(code))
	return ok && err == nil
}

// covers reports whether a finding is one to leave out, and notes that.
func (s *suppression) covers(d *diag.Diagnostic) bool {
	if s.node == nil || !d.Span.IsValid() || d.Span.File.URI() != s.doc.File.URI() || d.Span.Start < s.from || d.Span.Start > s.to {
		return false
	}
	hit := false
	for i := range s.codes {
		if MatchCode(s.codes[i].pattern, d.Code) {
			s.codes[i].used, hit = true, true
		}
	}
	return hit
}

// The codes of the findings about comments that leave out findings.
const (
	CodeIgnore        diag.Code = "lint/ignore"
	CodeIgnoreReason  diag.Code = "lint/ignore-reason"
	CodeIgnoreUnknown diag.Code = "lint/ignore-unknown"
	CodeIgnoreUnused  diag.Code = "lint/ignore-unused"
)

// faults are what is wrong with a comment.
func (s *suppression) faults(known []string) []diag.Diagnostic {
	about := func(code diag.Code, severity diag.Severity, at source.Span, message, help string) diag.Diagnostic {
		return diag.Diagnostic{Code: code, Severity: severity, Span: at, Path: s.node.Path(), Message: message, Help: help}
	}
	const form = "write: # weft-ignore CODE -- reason"
	switch {
	case s.unknown != "":
		return []diag.Diagnostic{about(CodeIgnore, diag.Warning, s.comment, fmt.Sprintf("%q ignores nothing", s.unknown), "write \"weft-ignore\" or \"weft-ignore-file\"")}
	case len(s.codes) == 0:
		return []diag.Diagnostic{about(CodeIgnore, diag.Warning, s.comment, "this does not say which findings to ignore", form)}
	case s.node == nil:
		return []diag.Diagnostic{about(CodeIgnore, diag.Warning, s.comment, "nothing begins on this line or the next that the comment could be about", "put it above a key or an item, or at the end of its line")}
	}
	var list []diag.Diagnostic
	if s.reason == "" {
		list = append(list, about(CodeIgnoreReason, diag.Warning, s.comment, "this ignores findings and does not say why", form))
	}
	for _, c := range s.codes {
		switch {
		case c.used:
		case !slices.ContainsFunc(known, func(code string) bool { return MatchCode(c.pattern, diag.Code(code)) }):
			list = append(list, about(CodeIgnoreUnknown, diag.Warning, c.span, fmt.Sprintf("no finding has the code %q", c.pattern), diag.DidYouMean(c.pattern, known)))
		default:
			list = append(list, about(CodeIgnoreUnused, diag.Info, c.span, fmt.Sprintf("there is no finding %s here to ignore", c.pattern), "remove it"))
		}
	}
	return list
}

// suppressions are the comments of a document that leave out findings.
func suppressions(d *ref.Document) []*suppression {
	data := d.File.Data()
	if d.Root == nil || !bytes.Contains(data, []byte(marker)) {
		return nil
	}
	var list []*suppression
	for at := 0; len(list) < mostComments; {
		next := bytes.Index(data[at:], []byte(marker))
		if next < 0 {
			break
		}
		at += next
		if hash := commentStart(data, at); hash >= 0 && !inScalar(d.Root, hash) {
			list = append(list, readComment(d, hash, at))
		}
		at += len(marker)
	}
	return list
}

// commentStart is where the "#" stands before a marker, or -1.
func commentStart(data []byte, at int) int {
	i := at - 1
	for i >= 0 && (data[i] == ' ' || data[i] == '\t') {
		i--
	}
	if i < 0 || data[i] != '#' || (i > 0 && !strings.ContainsRune(" \t\r\n", rune(data[i-1]))) {
		return -1
	}
	return i
}

// inScalar reports whether a place is inside of a text, where "#" is a
// character like others.
func inScalar(n *tree.Node, at int) bool {
	switch n.Kind {
	case tree.Mapping:
		for i := range n.Members {
			m := &n.Members[i]
			if within(m.Key.Span, at) || (within(m.Value.Span, at) && m.Value.Alias == nil && inScalar(m.Value, at)) {
				return true
			}
		}
		return false
	case tree.Sequence:
		for _, item := range n.Items {
			if within(item.Span, at) && item.Alias == nil && inScalar(item, at) {
				return true
			}
		}
		return false
	}
	return within(n.Span, at)
}

func within(s source.Span, at int) bool { return s.Start <= at && at < s.End }

// readComment reads the comment whose "#" and marker stand there.
func readComment(d *ref.Document, hash, at int) *suppression {
	data := d.File.Data()
	end := at + len(marker)
	for end < len(data) && data[end] != '\n' && data[end] != '\r' {
		end++
	}
	s := &suppression{doc: d, comment: source.Span{File: d.File, Start: at, End: at + len(bytes.TrimRight(data[at:end], " \t"))}}
	words, reason, _ := strings.Cut(string(data[at:end]), " -- ")
	s.reason = strings.TrimSpace(reason)
	command, _, _ := strings.Cut(strings.TrimRight(words, " \t"), " ")
	s.readCodes(words, at, len(command))
	switch command {
	case marker:
		s.stand(hash)
	case marker + "-file":
		s.node, s.from, s.to = d.Root, 0, len(data)
	default:
		s.unknown = command
	}
	return s
}

// readCodes reads what stands behind the command: codes between commas.
func (s *suppression) readCodes(words string, at, from int) {
	for from < len(words) {
		length := strings.IndexAny(words[from:], ", \t")
		if length < 0 {
			length = len(words) - from
		}
		if length > 0 {
			span := source.Span{File: s.doc.File, Start: at + from, End: at + from + length}
			s.codes = append(s.codes, ignoredCode{pattern: words[from : from+length], span: span})
		}
		from += length + 1
	}
}

// stand finds what a comment is about: the outermost key or item that begins
// on its line or, where it has the line for itself, on the next line of text.
func (s *suppression) stand(hash int) {
	file := s.doc.File
	start, _ := source.Span{File: file, Start: hash, End: hash}.Range()
	line := start.Line
	if len(bytes.TrimSpace(file.Data()[file.LineStart(line):hash])) == 0 {
		for line++; line <= file.Lines(); line++ {
			if text := bytes.TrimSpace(file.Line(line)); len(text) > 0 && text[0] != '#' {
				break
			}
		}
	}
	if line > file.Lines() {
		return
	}
	from := file.LineStart(line)
	s.node = beginning(s.doc.Root, from, from+len(file.Line(line)))
	if s.node != nil {
		s.from, s.to = Head(s.node).Start, s.node.Span.End
	}
}

// beginning is the outermost key or item that begins within a line.
func beginning(n *tree.Node, from, to int) *tree.Node {
	for i := range n.Len() {
		child := childAt(n, i)
		start := Head(child).Start
		switch {
		case start > to:
			return nil
		case start >= from:
			return child
		case child.Span.End < from || child.Alias != nil:
			continue
		}
		if found := beginning(child, from, to); found != nil {
			return found
		}
	}
	return nil
}

func childAt(n *tree.Node, i int) *tree.Node {
	if n.Kind == tree.Mapping {
		return n.Members[i].Value
	}
	return n.Items[i]
}
