package topic

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weft-dev/weft/text/diag"
)

// The words that the topic definition used before: "action" until 2017-10,
// "succeed" and versions such as "1.0" until 2017-05.
const (
	oldCommand = "action"
	oldStatus  = "succeed"
)

// typeAt is where the type stands: behind organization, team and version.
const typeAt = 3

// parseDefinition reads a name by the topic definition. What follows the type
// has no fixed length, so it is read from its end.
func parseDefinition(name, sep string) Reading {
	d := &definition{Reading: Reading{Name: name, Separator: sep}}
	tokens := cut(name, sep)
	at := typeOf(tokens)
	switch {
	case d.hasEmpty(tokens):
	case at < 0 && len(tokens) <= typeAt:
		d.errorf(CodeMissing, Part{Text: name, End: len(name)}, form(sep), "the name has %s; the topic definition needs at least 6", count(len(tokens), "part"))
		d.label(tokens, Organization, Team, Version)
	case at < 0:
		d.unknownType(tokens)
	default:
		d.front(tokens[:at])
		d.kind(&tokens[at])
		d.back(tokens[at], tokens[at+1:])
	}
	return d.finish()
}

func form(sep string) string {
	return "write " + strings.Join([]string{Organization, Team, Version, Event + " or " + Command, Resource, Verb}, sep)
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// definition is a name while it is read.
type definition struct {
	Reading
	mended bool // some part is not as written
}

// typeOf returns which token is the type, or -1. It is the fourth; in names
// with faults before it, another.
func typeOf(tokens []Part) int {
	if len(tokens) > typeAt && isType(tokens[typeAt].Text) {
		return typeAt
	}
	at := slices.IndexFunc(tokens, func(p Part) bool { return isType(p.Text) })
	if at < 0 && len(tokens) > typeAt+2 && isParameter(tokens[typeAt].Text) {
		return typeAt
	}
	if at > typeAt+1 {
		return -1 // a resource of that name, not the type
	}
	return at
}

// put adds a part as it should be written; where that differs from how it is
// written, the name is mended.
func (d *definition) put(role string, p Part, text string) {
	d.mended = d.mended || text != p.Text
	p.Role, p.Text = role, text
	d.Parts = append(d.Parts, p)
}

func (d *definition) label(tokens []Part, roles ...string) {
	for i := range tokens {
		d.put(roles[i], tokens[i], tokens[i].Text)
	}
}

func (d *definition) errorf(code diag.Code, at Part, help, format string, args ...any) {
	d.report(diag.Error, code, at, help, format, args...)
}

func (d *definition) report(severity diag.Severity, code diag.Code, at Part, help, format string, args ...any) {
	d.Problems = append(d.Problems, Problem{
		Code: code, Severity: severity, Message: fmt.Sprintf(format, args...), Help: help, Start: at.Start, End: at.End,
	})
}

func (d *definition) hasEmpty(tokens []Part) bool {
	for i, p := range tokens {
		if p.Text != "" {
			continue
		}
		help := "remove one " + quote(d.Separator)
		if i == 0 {
			help = "a name does not begin with " + quote(d.Separator)
		}
		d.errorf(CodeEmptyPart, Part{Start: max(0, p.Start-1), End: min(len(d.Name), p.End+1)}, help, "a part of the name is empty")
		return true
	}
	return false
}

func (d *definition) unknownType(tokens []Part) {
	p := tokens[typeAt]
	help := diag.DidYouMean(p.Text, []string{Event, Command})
	if help == "" {
		help = "write event, or command where another service is told to do something"
	}
	d.errorf(CodeType, p, help, "the type of a topic is event or command, not %s", quote(p.Text))
	d.label(tokens[:typeAt], Organization, Team, Version)
}

// front reads what stands before the type: organization, team and version.
func (d *definition) front(tokens []Part) {
	if n := len(tokens); n == typeAt+1 && isNumber(tokens[2].Text) && isNumber(tokens[3].Text) {
		d.label(tokens[:2], Organization, Team)
		old := Part{Text: tokens[2].Text + d.Separator + tokens[3].Text, Start: tokens[2].Start, End: tokens[3].End}
		d.report(diag.Error, CodeOldForm, old, "write "+quote(tokens[2].Text), "a version is one number, that of the messages")
		d.put(Version, old, tokens[2].Text)
		return
	}
	if len(tokens) != typeAt {
		d.errorf(CodeMissing, spanOf(tokens, d.Parts), form(d.Separator),
			"%s before the type; there must be 3: organization, team and version", areParts(len(tokens)))
		return
	}
	d.label(tokens[:2], Organization, Team)
	d.version(tokens[2])
}

func areParts(n int) string {
	if n == 1 {
		return "1 part stands"
	}
	return fmt.Sprintf("%d parts stand", n)
}

func spanOf(tokens, _ []Part) Part {
	if len(tokens) == 0 {
		return Part{}
	}
	return Part{Start: tokens[0].Start, End: tokens[len(tokens)-1].End}
}

func (d *definition) version(p Part) {
	text := p.Text
	switch plain := strings.TrimPrefix(strings.ToLower(text), "v"); {
	case isNumber(text), isParameter(text):
	case isNumber(plain):
		d.errorf(CodeVersion, p, "write "+quote(plain), "the version %s is not a number", quote(text))
		text = plain
	case isNumber(strings.Trim(strings.ReplaceAll(plain, ".", ""), "_-")) && strings.Contains(plain, "."):
		major, _, _ := strings.Cut(plain, ".")
		d.errorf(CodeOldForm, p, "write "+quote(major), "a version is one number, that of the messages")
		text = major
	default:
		d.errorf(CodeVersion, p, "write the version of the messages, such as 1; it changes only when they are no longer compatible",
			"the version %s is not a number", quote(text))
	}
	d.put(Version, p, text)
}

func (d *definition) kind(p *Part) {
	text := p.Text
	switch lower := strings.ToLower(text); {
	case isParameter(text):
		d.report(diag.Info, CodeAmbiguous, *p, "", "the type is a parameter, so that the rest cannot be checked against it")
	case lower == oldCommand:
		d.errorf(CodeOldForm, *p, "write "+quote(Command), "%s is the old word for command", quote(text))
		text = Command
	case lower != text:
		d.errorf(CodeType, *p, "write "+quote(lower), "the type %s is not in lower case", quote(text))
		text = lower
	}
	d.put(Type, *p, text)
	p.Text = text
}

// back reads what follows the type: resources, the name, and perhaps a status.
func (d *definition) back(kind Part, tokens []Part) {
	switch len(tokens) {
	case 0:
		d.errorf(CodeMissing, kind, form(d.Separator), "nothing follows the type: a resource and a name are missing")
		return
	case 1:
		d.errorf(CodeMissing, tokens[0], "name the resource and then what happens to it, such as user"+d.Separator+"signedup",
			"one part follows the type; there must be a resource and a name")
		d.label(tokens, Resource)
		return
	}
	last := tokens[len(tokens)-1]
	status := statusOf(last.Text)
	if status == "" || len(tokens) == 2 {
		d.named(kind, tokens, status)
		return
	}
	d.withStatus(kind, tokens, status)
}

// statusOf returns the status that a word is, also in an old form, or "".
func statusOf(word string) string {
	lower := strings.ToLower(word)
	if lower == oldStatus {
		return "succeeded"
	}
	if slices.Contains(Statuses(), lower) {
		return lower
	}
	return ""
}

// named reads resources and a name.
func (d *definition) named(kind Part, tokens []Part, status string) {
	last := len(tokens) - 1
	d.resources(tokens[:last])
	p := tokens[last]
	if status != "" && kind.Text == Event && strings.EqualFold(p.Text, status) {
		d.report(diag.Info, CodeAmbiguous, p, "if it is the status of a command, name the command before it",
			"%s is a status too; with one resource before it, it is read as the name of the event", quote(p.Text))
	}
	if status != "" && kind.Text == Command {
		d.statusOfCommand(p)
		d.put(Verb, p, p.Text)
		return
	}
	d.put(Verb, p, d.verb(kind, p, kind.Text == Command))
}

// withStatus reads resources, the name of a command and what became of it.
func (d *definition) withStatus(kind Part, tokens []Part, status string) {
	last := len(tokens) - 1
	verb, p := tokens[last-1], tokens[last]
	d.resources(tokens[:last-1])
	if kind.Text == Command {
		d.put(Verb, verb, d.verb(kind, verb, true))
		d.statusOfCommand(p)
		d.put(Status, p, status)
		return
	}
	if kind.Text == Event && !isInfinitive(verb.Text) && !isPast(verb.Text) && !isParameter(verb.Text) {
		d.ambiguous(tokens)
	}
	d.put(Verb, verb, d.verb(kind, verb, true))
	switch {
	case strings.EqualFold(p.Text, oldStatus):
		d.errorf(CodeOldForm, p, "write "+quote(status), "%s is the old word for succeeded", quote(p.Text))
	case p.Text != status:
		d.errorf(CodeStatus, p, "write "+quote(status), "the status %s is not in lower case", quote(p.Text))
	}
	d.put(Status, p, status)
}

func (d *definition) statusOfCommand(p Part) {
	d.errorf(CodeStatus, p, "make it an event, or leave the status out",
		"%s is the status of a command that was given; only the type event has one", quote(p.Text))
}

// ambiguous tells of the other way to read a name: its last word may be the
// name of an event, and the one before a resource.
func (d *definition) ambiguous(tokens []Part) {
	last := tokens[len(tokens)-1]
	other := slices.Clone(d.Parts)
	for _, p := range tokens[len(tokens)-2 : len(tokens)-1] {
		p.Role = Resource
		other = append(other, p)
	}
	last.Role = Verb
	d.Others = append(d.Others, append(other, last))
	before := tokens[len(tokens)-2]
	d.report(diag.Info, CodeAmbiguous, last, "use another word for the event if that is what it is",
		"%s may be the status of the command %s, or an event of the resource %s; it is read as a status",
		quote(last.Text), quote(before.Text), quote(before.Text))
}

func (d *definition) resources(tokens []Part) {
	for _, p := range tokens {
		d.put(Resource, p, p.Text)
	}
}

// verb checks the tense of a name and returns the name as it should be. The
// name of a command, and that of an event which tells the status of one, is an
// infinitive; that of another event is in the past.
func (d *definition) verb(kind, p Part, infinitive bool) string {
	if hasParameter(p.Text) || isParameter(kind.Text) {
		return p.Text
	}
	check, want, tense := pastOf, isPast, "in the past tense, as in signedup"
	what := "an event"
	if infinitive {
		check, want, tense = infinitiveOf, isInfinitive, "in the infinitive, as in signup"
		what = "a command"
	}
	if want(p.Text) {
		return p.Text
	}
	better := check(p.Text)
	if better == "" {
		d.report(diag.Hint, CodeTense, p, "", "the name of %s is a verb %s; %s may be none", what, tense, quote(p.Text))
		return p.Text
	}
	d.errorf(CodeTense, p, "write "+quote(better), "the name of %s is a verb %s; %s is not", what, tense, quote(p.Text))
	return better
}

// finish checks the characters and puts the mended name together.
func (d *definition) finish() Reading {
	d.characters()
	sortProblems(d.Problems)
	if d.mended {
		d.Suggested = join(d.Parts, d.Separator)
		for i := range d.Problems {
			d.Problems[i].Fixed = d.fixOf(&d.Problems[i])
		}
	}
	return d.Reading
}

// fixOf returns the name with only the part mended that a problem is about.
func (d *definition) fixOf(problem *Problem) string {
	for _, p := range d.Parts {
		if p.Start == problem.Start && p.End == problem.End && d.Name[p.Start:p.End] != p.Text {
			return d.Name[:p.Start] + p.Text + d.Name[p.End:]
		}
	}
	return ""
}

func (d *definition) characters() {
	plain := outsideBraces(d.Name)
	if at := strings.IndexFunc(d.Name, isUnfit); at >= 0 && strings.IndexFunc(plain, isUnfit) >= 0 {
		d.errorf(CodeCharacters, Part{Start: at, End: at + 1}, "use letters, digits, _ and -", "the name holds a blank or a character that cannot be seen")
	}
}

func isUnfit(r rune) bool { return r <= ' ' || r == 0x7f || r == 0xa0 || r == 0xfeff }

func isNumber(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

func quote(text string) string { return fmt.Sprintf("%q", text) }
