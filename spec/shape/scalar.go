package shape

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// scalar checks a string, number, boolean or null, and reports whether it is
// at least of the right kind.
func (c *Context) scalar(n *tree.Node, t *Type) bool {
	if !t.accepts(n) {
		c.wrongType(n, t)
		return false
	}
	switch {
	case len(t.enum) > 0 && !slices.Contains(t.enum, n.Text):
		c.notInEnum(n, t.enum)
	case n.Kind == tree.String:
		c.text(n, t)
	case n.Kind == tree.Number:
		c.number(n, t)
	}
	return true
}

func (c *Context) notInEnum(n *tree.Node, values []string) {
	var message string
	switch {
	case len(values) == 1:
		message = fmt.Sprintf("%s must be %q, not %q", subject(n), values[0], clip(n.Text))
	default:
		message = fmt.Sprintf("%s cannot be %q: it is one of %s", subject(n), clip(n.Text), list(quoted(values), "or"))
	}
	d := c.report(CodeBadValue, n, n.Span, message)
	if near := nearestValue(n.Text, values); near != "" && n.Kind == tree.String {
		d.Help = fmt.Sprintf("did you mean %q?", near)
		d.Fixes = []diag.Fix{{Title: fmt.Sprintf("write %q", near), Edits: []diag.Edit{renameKey(n, near)}}}
	}
}

// nearestValue is the value that was probably meant. Of versions it is the
// newest that is not newer, since a mistyped version is rarer than a new one.
func nearestValue(text string, values []string) string {
	at, ok := versionParts(text)
	if !ok {
		return diag.Nearest(text, values)
	}
	best := ""
	var bestParts []int
	for _, v := range values {
		parts, ok := versionParts(v)
		switch {
		case !ok: // a word such as "latest", which no number is near to
		case best == "", slices.Compare(parts, at) <= 0 && slices.Compare(parts, bestParts) > 0,
			slices.Compare(bestParts, at) > 0 && slices.Compare(parts, bestParts) < 0:
			best, bestParts = v, parts
		}
	}
	if best == "" {
		return diag.Nearest(text, values)
	}
	return best
}

// versionParts are the numbers of a version such as 0.5.0.
func versionParts(text string) ([]int, bool) {
	words := strings.Split(text, ".")
	if len(words) < 2 || len(words) > 4 {
		return nil, false
	}
	parts := make([]int, len(words))
	for i, w := range words {
		n, err := strconv.Atoi(w)
		if err != nil || n < 0 {
			return nil, false
		}
		parts[i] = n
	}
	return parts, true
}

func (c *Context) text(n *tree.Node, t *Type) {
	switch {
	case t.minLen > 0 && utf8.RuneCountInString(n.Text) < t.minLen:
		c.report(CodeBadValue, n, n.Underline(), fmt.Sprintf("%s may not be empty", subject(n)))
	case t.maxLen > 0 && utf8.RuneCountInString(n.Text) > t.maxLen:
		c.report(CodeBadValue, n, n.Underline(), fmt.Sprintf("%s may have at most %d characters, but has %d", subject(n), t.maxLen, utf8.RuneCountInString(n.Text)))
	case t.fits != nil && !t.fits.MatchString(n.Text):
		c.report(CodeBadValue, n, n.Underline(), fmt.Sprintf("%s should be %s, not %q", subject(n), t.hint, clip(n.Text)))
	case t.format != "":
		if want := formatFault(t.format, n.Text); want != "" {
			c.report(CodeBadFormat, n, n.Underline(), fmt.Sprintf("%s should be %s, not %q", subject(n), want, clip(n.Text)))
		}
	}
}

func (c *Context) number(n *tree.Node, t *Type) {
	if !t.min.set && !t.max.set && !t.above.set {
		return
	}
	v, err := strconv.ParseFloat(n.Text, 64)
	if err != nil && v == 0 {
		return // not a number of ours: the parser has said so
	}
	var want string
	switch {
	case t.min.set && v < t.min.value:
		want = "at least " + decimal(t.min.value)
	case t.above.set && v <= t.above.value:
		want = "greater than " + decimal(t.above.value)
	case t.max.set && v > t.max.value:
		want = "at most " + decimal(t.max.value)
	default:
		return
	}
	c.report(CodeBadValue, n, n.Underline(), fmt.Sprintf("%s must be %s, not %s", subject(n), want, clip(n.Text)))
}

// isInteger reports whether a JSON number has no fraction: 1, 1.0 and 1e3, but
// not 1.5.
func isInteger(text string) bool {
	if !strings.ContainsAny(text, ".eE") {
		return true
	}
	v, err := strconv.ParseFloat(text, 64)
	return err == nil && v == float64(int64(v))
}

func decimal(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
