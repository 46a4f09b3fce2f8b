package topic

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/weft-dev/weft/text/diag"
)

// The conventions that have a name.
const (
	// DefinitionName is the topic definition:
	// organization.team.version.type.resource….name[.status].
	DefinitionName = "definition"
	// SimplePattern is the convention that most guides begin with.
	SimplePattern = "{domain}.{entity}.{event}"
)

// Convention is a way to name channels.
type Convention struct {
	name   string
	sep    string
	tokens []token // of a pattern; the topic definition has none
}

// Definition returns the topic definition.
func Definition() *Convention { return &Convention{name: DefinitionName, sep: "."} }

// token is what one part of a name must be: fixed words around a placeholder.
type token struct {
	before, after string
	role          string // the placeholder, "" where the part is fixed
	many          bool   // one or more parts
	kind          string // what the part must be, as "number"; "" is any word
}

// ParseConvention reads what a user names a convention by: "definition", or a
// pattern such as "{domain}.{entity}.{event}". A placeholder may say what its
// part must be, "{version:number}", and may stand for several parts,
// "{path...}". The kinds are lower, number, past, infinitive, and words to
// choose from: "{type:event|command}".
func ParseConvention(text string) (*Convention, error) {
	if text == DefinitionName {
		return Definition(), nil
	}
	if !strings.Contains(text, "{") {
		help := diag.DidYouMean(text, []string{DefinitionName})
		if help == "" {
			help = "write " + DefinitionName + ", or a pattern such as " + SimplePattern
		}
		return nil, fmt.Errorf("there is no convention %s; %s", quote(text), help)
	}
	if len(text) > maxName {
		return nil, errors.New("the pattern is too long")
	}
	c := &Convention{name: text, sep: separatorOfPattern(text)}
	seen := map[string]bool{}
	many := false
	for _, p := range cut(text, c.sep) {
		t, err := parseToken(p.Text)
		if err != nil {
			return nil, fmt.Errorf("the pattern %s: %w", quote(text), err)
		}
		if t.role != "" && seen[t.role] || t.many && many {
			return nil, fmt.Errorf("the pattern %s: %s can stand only once", quote(text), quote(p.Text))
		}
		seen[t.role], many = true, many || t.many
		c.tokens = append(c.tokens, t)
	}
	return c, nil
}

// separatorOfPattern is the first separator that stands outside of braces.
func separatorOfPattern(pattern string) string {
	plain := outsideBraces(pattern)
	for _, sep := range separators {
		if strings.Contains(plain, sep) {
			return sep
		}
	}
	return separators[0]
}

func parseToken(text string) (token, error) {
	open := strings.IndexByte(text, '{')
	if open < 0 {
		if text == "" {
			return token{}, errors.New("a part of it is empty")
		}
		return token{before: text}, nil
	}
	end := strings.IndexByte(text[open:], '}')
	if end < 0 {
		return token{}, fmt.Errorf("the brace in %s is not closed", quote(text))
	}
	t := token{before: text[:open], after: text[open+end+1:]}
	if strings.ContainsAny(t.after, "{}") {
		return token{}, fmt.Errorf("the part %s has two placeholders; put a separator between them", quote(text))
	}
	t.role, t.kind, _ = strings.Cut(text[open+1:open+end], ":")
	t.role, t.many = strings.CutSuffix(t.role, "...")
	if t.role == "" {
		return token{}, errors.New("a placeholder has no name")
	}
	return t, t.checkKind()
}

var kinds = []string{"lower", "number", "past", "infinitive"}

func (t *token) checkKind() error {
	if t.kind == "" || slices.Contains(kinds, t.kind) || strings.Contains(t.kind, "|") {
		return nil
	}
	return fmt.Errorf("%s is nothing that a part can be; choose one of %s, or words: a|b", quote(t.kind), strings.Join(kinds, ", "))
}

// String returns the convention as ParseConvention reads it.
func (c *Convention) String() string { return c.name }

// Separator is what the convention itself puts between parts.
func (c *Convention) Separator() string { return c.sep }

// Roles are the parts that a name may have, in order.
func (c *Convention) Roles() []string {
	if c.name == DefinitionName {
		return []string{Organization, Team, Version, Type, Resource, Verb, Status}
	}
	var roles []string
	for _, t := range c.tokens {
		if t.role != "" {
			roles = append(roles, t.role)
		}
	}
	return roles
}

// Parse takes a name apart. The separator may be empty: then it is that of the
// convention or, in the topic definition, what the name itself suggests. Parts
// in braces, as "{userId}", are parameters, and right in every place.
func (c *Convention) Parse(name, sep string) Reading {
	if len(name) > maxName {
		return Reading{Name: name, Separator: sep, Problems: []Problem{{
			Code: CodeCharacters, Severity: diag.Error, Message: "the name is longer than any protocol allows", End: len(name),
		}}}
	}
	switch {
	case c.name == DefinitionName && sep == "":
		sep = separatorOf(name)
	case sep == "":
		sep = c.sep
	}
	if c.name == DefinitionName {
		return parseDefinition(name, sep)
	}
	return c.match(name, sep)
}

// match reads a name by a pattern.
func (c *Convention) match(name, sep string) Reading {
	d := &definition{Reading: Reading{Name: name, Separator: sep}}
	parts := cut(name, sep)
	if d.hasEmpty(parts) {
		return d.finish()
	}
	if !c.fits(len(parts)) {
		d.errorf(CodePattern, Part{End: len(name)}, "write "+c.shape(sep), "the name has %s, not %s as in %s",
			count(len(parts), "part"), c.length(), quote(c.shape(sep)))
		return d.finish()
	}
	spare := len(parts) - len(c.tokens)
	at := 0
	for i := range c.tokens {
		width := 1
		if c.tokens[i].many {
			width += spare
		}
		for range width {
			d.place(&c.tokens[i], parts[at])
			at++
		}
	}
	return d.finish()
}

func (c *Convention) fits(parts int) bool {
	if slices.ContainsFunc(c.tokens, func(t token) bool { return t.many }) {
		return parts >= len(c.tokens)
	}
	return parts == len(c.tokens)
}

func (c *Convention) length() string {
	if slices.ContainsFunc(c.tokens, func(t token) bool { return t.many }) {
		return fmt.Sprintf("%d or more", len(c.tokens))
	}
	return fmt.Sprint(len(c.tokens))
}

// shape is the pattern with another separator, without the kinds of its parts.
func (c *Convention) shape(sep string) string {
	words := make([]string, len(c.tokens))
	for i, t := range c.tokens {
		words[i] = t.before
		if t.role != "" {
			words[i] += "{" + t.role + "}" + t.after
		}
	}
	return strings.Join(words, sep)
}

// place reads one part by a token of the pattern.
func (d *definition) place(t *token, p Part) {
	if isParameter(p.Text) {
		d.put(t.role, p, p.Text)
		return
	}
	if t.role == "" {
		if p.Text != t.before {
			d.errorf(CodePattern, p, "write "+quote(t.before), "%s stands where the pattern has %s", quote(p.Text), quote(t.before))
		}
		d.put("", p, p.Text)
		return
	}
	word, ok := strings.CutPrefix(p.Text, t.before)
	word, also := strings.CutSuffix(word, t.after)
	if !ok || !also || word == "" {
		d.errorf(CodePattern, p, "", "%s does not fit %s", quote(p.Text), quote(t.before+"{"+t.role+"}"+t.after))
		d.put(t.role, p, p.Text)
		return
	}
	inner := Part{Role: t.role, Text: word, Start: p.Start + len(t.before), End: p.End - len(t.after)}
	d.judge(t, inner)
	d.Parts = append(d.Parts, inner)
}

func (d *definition) judge(t *token, p Part) {
	if hasParameter(p.Text) {
		return
	}
	if at := strings.IndexFunc(p.Text, func(r rune) bool { return !isWord(r) }); at >= 0 {
		d.errorf(CodePattern, p, "use letters, digits, _ and -", "the part %s holds other characters than letters, digits, _ and -", quote(p.Text))
		return
	}
	switch {
	case t.kind == "number" && !isNumber(p.Text):
		d.errorf(CodePattern, p, "", "%s is not a number, as {%s} must be", quote(p.Text), t.role)
	case t.kind == "lower" && strings.ToLower(p.Text) != p.Text:
		d.errorf(CodePattern, p, "write "+quote(strings.ToLower(p.Text)), "%s is not in lower case, as {%s} must be", quote(p.Text), t.role)
	case t.kind == "past":
		d.verb(Part{Text: Event}, p, false)
	case t.kind == "infinitive":
		d.verb(Part{Text: Command}, p, true)
	case strings.Contains(t.kind, "|"):
		words := strings.Split(t.kind, "|")
		if !slices.Contains(words, p.Text) {
			d.errorf(CodePattern, p, diag.DidYouMean(p.Text, words), "%s is none of %s, as {%s} must be", quote(p.Text), strings.Join(words, ", "), t.role)
		}
	}
}

func isWord(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-'
}

// Check says what is wrong with a name, in the order of the name.
func (c *Convention) Check(name, sep string) []Problem { return c.Parse(name, sep).Problems }

// Format puts a name together from its parts by role. An empty separator is
// the convention's own. It fails where the name would not keep to the
// convention.
func (c *Convention) Format(parts map[string]string, sep string) (string, error) {
	if sep == "" {
		sep = c.sep
	}
	roles := c.Roles()
	for _, role := range slices.Sorted(maps.Keys(parts)) {
		if !slices.Contains(roles, role) {
			near := diag.DidYouMean(role, roles)
			if near == "" {
				near = "the parts are " + strings.Join(roles, ", ")
			}
			return "", fmt.Errorf("a name has no part %s; %s", quote(role), near)
		}
	}
	words, err := c.words(parts, sep)
	if err != nil {
		return "", err
	}
	name := strings.Join(words, sep)
	reading := c.Parse(name, sep)
	for i := range reading.Problems {
		if p := &reading.Problems[i]; p.Severity >= diag.Error {
			return "", fmt.Errorf("%s: %s%s", name, p.Message, helpOf(p))
		}
	}
	return name, sameParts(&reading, parts)
}

func helpOf(p *Problem) string {
	if p.Help == "" {
		return ""
	}
	return "; " + p.Help
}

func (c *Convention) words(parts map[string]string, sep string) ([]string, error) {
	var words []string
	add := func(role, before, after string, optional, many bool) error {
		text := parts[role]
		switch {
		case text == "" && optional:
			return nil
		case text == "":
			return fmt.Errorf("the %s is missing", role)
		case !many && strings.Contains(outsideBraces(text), sep):
			return fmt.Errorf("the %s %s holds the separator %s", role, quote(text), quote(sep))
		case many:
			text = strings.ReplaceAll(text, ".", sep)
		}
		words = append(words, before+text+after)
		return nil
	}
	if c.name == DefinitionName {
		for _, role := range c.Roles() {
			if err := add(role, "", "", role == Status, role == Resource); err != nil {
				return nil, err
			}
		}
		return words, nil
	}
	for _, t := range c.tokens {
		if t.role == "" {
			words = append(words, t.before)
		} else if err := add(t.role, t.before, t.after, false, t.many); err != nil {
			return nil, err
		}
	}
	return words, nil
}

// sameParts makes sure that a name reads as the parts it was made of.
func sameParts(reading *Reading, parts map[string]string) error {
	for _, role := range slices.Sorted(maps.Keys(parts)) {
		have, want := reading.Get(role), parts[role]
		if have != want && have != strings.ReplaceAll(want, ".", reading.Separator) {
			return fmt.Errorf("the name %s would read with the %s %s, not %s; choose other words", reading.Name, role, quote(have), quote(want))
		}
	}
	return nil
}
