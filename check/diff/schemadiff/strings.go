package schemadiff

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/tree"
)

// wording is what is asked of a text.
type wording struct {
	minLen, maxLen int
	patterns       []textual
	formats        []textual
	excluded       []string
}

// text builds a text: one that the author gave, one made from formats, and
// otherwise the shortest that the patterns allow.
func (b *branch) text() result {
	w := b.wording()
	if w.maxLen >= 0 && w.minLen > w.maxLen || b.c.formatsClash(w.formats) {
		return failed()
	}
	for _, s := range b.candidates(w) {
		if b.c.fitsWording(w, s) {
			return found(s)
		}
	}
	if len(w.patterns) == 0 && len(w.formats) == 0 {
		return w.byLength()
	}
	l := b.c.spell(w)
	for _, s := range l.texts {
		if b.c.fitsWording(w, s) {
			return found(s)
		}
	}
	if l.exhausted && len(l.texts) == 0 {
		return failed() // there is no text at all that the patterns allow
	}
	return undecided()
}

// spelling is some texts that patterns allow, the shortest. Where there are
// none, exhausted says that there is none at all.
type spelling struct {
	texts     []string
	exhausted bool
}

// instructionsPerStep is how many instructions of patterns cost a step.
const instructionsPerStep = 24

// spell finds texts that patterns allow. Which they are does not depend on the
// question, so each is looked for once.
func (c *question) spell(w wording) spelling {
	key := w.key()
	if have, ok := c.spellings[key]; ok {
		return have
	}
	lang, ok := newLanguage(slices.Concat(w.patterns, covers(w.formats)), w.minLen, w.maxLen, w.excluded)
	if !ok {
		return spelling{}
	}
	owed := 0
	lang.pay = func(instructions int) bool {
		owed += instructions
		steps := owed / instructionsPerStep
		owed %= instructionsPerStep
		return c.pay(steps)
	}
	texts, exhausted := lang.find(1 + 8*len(w.formats))
	l := spelling{texts, exhausted}
	if c.steps > 0 {
		c.spellings[key] = l
	}
	return l
}

func (w wording) key() string {
	b := []byte(strconv.Itoa(w.minLen) + " " + strconv.Itoa(w.maxLen))
	for _, list := range [][]textual{w.patterns, w.formats} {
		for _, t := range list {
			b = strconv.AppendQuote(strconv.AppendBool(b, t.neg), t.pattern)
		}
		b = append(b, '|')
	}
	for _, s := range w.excluded {
		b = strconv.AppendQuote(b, s)
	}
	return string(b)
}

func (b *branch) wording() wording {
	w := wording{maxLen: -1, patterns: slices.Clone(b.loc.extra.patterns)}
	for _, l := range b.lits.list {
		switch l.op {
		case opMinLen:
			w.minLen = max(w.minLen, l.n)
		case opMaxLen:
			if w.maxLen < 0 || l.n < w.maxLen {
				w.maxLen = l.n
			}
		case opPattern:
			w.patterns = append(w.patterns, textual{l.name, l.neg})
		case opFormat:
			w.formats = append(w.formats, textual{l.name, l.neg})
		}
	}
	for _, v := range b.excluded() {
		if s, ok := v.(string); ok {
			w.excluded = append(w.excluded, s)
		}
	}
	return w
}

func (b *branch) candidates(w wording) []string {
	var list []string
	for _, h := range b.hints() {
		list = append(list, h.(string))
	}
	for _, f := range w.formats {
		if !f.neg {
			list = append(list, b.c.ofFormat(f.pattern)...)
		}
	}
	list = append(list, "text")
	for _, f := range w.formats {
		if f.neg {
			list = append(list, oddTexts...)
		}
	}
	return list
}

// oddTexts are texts that formats are not: each format that judges at all
// refuses one of them.
var oddTexts = []string{"not a " + "value of this format", "", "(", "{", "%zz", "a", "1", ":\\", "\x00", "-", "~", "/~", "é"}

// byLength makes texts where only their length matters.
func (w wording) byLength() result {
	if w.minLen > 1<<16 {
		return undecided()
	}
	for extra := 0; w.maxLen < 0 || w.minLen+extra <= w.maxLen; extra++ {
		n := w.minLen + extra
		for i := range 26 {
			s := strings.Repeat(string(rune('a'+i)), n)
			if !slices.Contains(w.excluded, s) {
				return found(s)
			}
			if n == 0 {
				break
			}
		}
		if extra > len(w.excluded)+1 {
			break
		}
	}
	if w.maxLen == 0 {
		return failed() // there is only one text without characters
	}
	return undecided()
}

func (c *question) fitsWording(w wording, s string) bool {
	n := utf8.RuneCountInString(s)
	if n < w.minLen || w.maxLen >= 0 && n > w.maxLen || slices.Contains(w.excluded, s) || !c.fitsPatterns(w.patterns, s) {
		return false
	}
	for _, f := range w.formats {
		if c.hasFormat(f.pattern, s) == f.neg {
			return false
		}
	}
	return true
}

func (c *question) fitsPatterns(patterns []textual, s string) bool {
	for _, p := range patterns {
		if c.matches(p.pattern, s) == p.neg {
			return false
		}
	}
	return true
}

// formatsClash reports whether one format is asked for and one that holds all
// its texts is forbidden. A format that nobody judges holds every text.
func (c *question) formatsClash(formats []textual) bool {
	for _, f := range formats {
		if !f.neg {
			continue
		}
		if !c.judged(f.pattern) {
			return true
		}
		for _, g := range formats {
			if !g.neg && (g.pattern == f.pattern || slices.Contains(wider.Get()[g.pattern], f.pattern)) {
				return true
			}
		}
	}
	return false
}

// wider says which formats hold all the texts of one, as the validator judges.
var wider = lazy.Of[map[string][]string]{Make: func() map[string][]string {
	return map[string][]string{
		"uri":           {"iri", "uri-reference", "iri-reference"},
		"iri":           {"uri", "uri-reference", "iri-reference"},
		"uri-reference": {"iri-reference"},
		"iri-reference": {"uri-reference"},
	}
}}

// covers are patterns that all texts of some formats fit, and others with them:
// where not even they leave a text, there is none.
func covers(formats []textual) []textual {
	var list []textual
	for _, f := range formats {
		if cover, ok := shapes.Get()[f.pattern]; ok && !f.neg {
			list = append(list, textual{pattern: cover})
		}
	}
	return list
}

var shapes = lazy.Of[map[string]string]{Make: func() map[string]string {
	return map[string]string{
		"date":      `^[0-9]{4}-[0-9]{2}-[0-9]{2}$`,
		"date-time": `^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ](?s:.)+$`,
		"uuid":      `^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$`,
		"ipv4":      `^[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}$`,
	}
}}

// judged reports whether the validator knows a format: an unknown one is an
// annotation.
func (c *question) judged(format string) bool {
	return slices.ContainsFunc(oddTexts, func(s string) bool { return !c.hasFormat(format, s) })
}

func (c *question) hasFormat(format, s string) bool {
	compiled, err := c.aside().Schema(c.formatSchema(format), schema.Draft7)
	return err == nil && compiled.Valid(s)
}

// formatSchema is the schema that asks for a format only.
func (c *question) formatSchema(format string) *tree.Node {
	if n := c.formatNodes[format]; n != nil {
		return n
	}
	n := tree.NewObject()
	n.Set("type", tree.NewString("string"))
	n.Set("format", tree.NewString(format))
	c.formatNodes[format] = n
	return n
}

// ofFormat returns texts of a format.
func (c *question) ofFormat(format string) []string {
	if list, ok := c.formats[format]; ok {
		return list
	}
	var list []string
	if compiled, err := c.aside().Schema(c.formatSchema(format), schema.Draft7); err == nil && c.judged(format) {
		for seed := range uint64(6) {
			if v, err := compiled.Sample(seed); err == nil {
				list = append(list, v.(string))
			}
		}
	}
	for i := range 3 {
		list = append(list, "text"+strconv.Itoa(i))
	}
	c.formats[format] = list
	return list
}
