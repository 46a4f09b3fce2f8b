package http

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/weft-dev/weft/spec/openapi"
)

// pair is one name and value, encoded, as a query or a form has them.
type pair struct{ name, value string }

// writing is how a value is written: its style and what is escaped.
type writing struct {
	name    string
	style   openapi.Style
	explode bool
	escape  func(string) string
	// plain says that separators are not escaped either.
	plain bool
}

// scalar returns a value that is written as one piece of text.
func scalar(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return string(v), true
	case bool, int, int64, float64:
		return fmt.Sprint(v), true
	}
	return "", false
}

// texts returns the items of an array, which must be scalars; null ones are
// left out.
func (w writing) texts(list []any) ([]string, error) {
	out := make([]string, 0, len(list))
	for i, item := range list {
		if item == nil {
			continue
		}
		text, ok := scalar(item)
		if !ok {
			return nil, fmt.Errorf("parameter %s: item %d is an object or an array, which the style %s cannot write", w.name, i, w.style)
		}
		out = append(out, w.escape(text))
	}
	return out, nil
}

// members returns the members of an object, which must be scalars, by name.
func (w writing) members(object map[string]any) ([]pair, error) {
	out := make([]pair, 0, len(object))
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if object[name] == nil {
			continue
		}
		text, ok := scalar(object[name])
		if !ok {
			return nil, fmt.Errorf("parameter %s: member %s is an object or an array, which the style %s cannot write", w.name, name, w.style)
		}
		out = append(out, pair{w.escape(name), w.escape(text)})
	}
	return out, nil
}

// simple writes a value for a path or a header (§ Style Values: simple, label
// and matrix).
func (w writing) simple(value any) (string, error) {
	prefix, separator := "", ","
	switch {
	case w.style == openapi.StyleLabel && w.explode:
		prefix, separator = ".", "."
	case w.style == openapi.StyleLabel:
		prefix = "."
	case w.style == openapi.StyleMatrix:
		return w.matrix(value)
	}
	var parts []string
	switch v := value.(type) {
	case []any:
		var err error
		if parts, err = w.texts(v); err != nil {
			return "", err
		}
	case map[string]any:
		members, err := w.members(v)
		if err != nil {
			return "", err
		}
		parts = flatten(members, w.explode)
	default:
		text, ok := scalar(value)
		if !ok {
			return "", fmt.Errorf("parameter %s has a value that cannot be written (%T)", w.name, value)
		}
		parts = []string{w.escape(text)}
	}
	return prefix + strings.Join(parts, separator), nil
}

// flatten writes members as "a=1" where they are exploded, else as "a", "1".
func flatten(members []pair, explode bool) []string {
	var parts []string
	for _, m := range members {
		if explode {
			parts = append(parts, m.name+"="+m.value)
		} else {
			parts = append(parts, m.name, m.value)
		}
	}
	return parts
}

func (w writing) matrix(value any) (string, error) {
	w.style = openapi.StyleForm
	pairs, err := w.form(value)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, p := range pairs {
		b.WriteString(";" + p.name)
		if p.value != "" {
			b.WriteString("=" + p.value)
		}
	}
	return b.String(), nil
}

// form writes a value for a query, a cookie or a form (§ Style Values: form,
// spaceDelimited, pipeDelimited and deepObject).
func (w writing) form(value any) ([]pair, error) {
	name := w.escape(w.name)
	switch v := value.(type) {
	case nil:
		return nil, nil
	case []any:
		return w.formArray(name, v)
	case map[string]any:
		return w.formObject(name, v)
	}
	text, ok := scalar(value)
	if !ok {
		return nil, fmt.Errorf("parameter %s has a value that cannot be written (%T)", w.name, value)
	}
	return []pair{{name, w.escape(text)}}, nil
}

func (w writing) formArray(name string, list []any) ([]pair, error) {
	texts, err := w.texts(list)
	if err != nil || len(texts) == 0 {
		return nil, err
	}
	separator, joined := w.separator()
	if w.style == openapi.StyleDeepObject {
		return nil, fmt.Errorf("parameter %s: the style deepObject has no way to write an array", w.name)
	}
	if w.explode && !joined {
		pairs := make([]pair, len(texts))
		for i, text := range texts {
			pairs[i] = pair{name, text}
		}
		return pairs, nil
	}
	return []pair{{name, strings.Join(texts, separator)}}, nil
}

// separator returns what stands between the items of an array in one value.
// Exploded, the delimited styles are the same as form.
func (w writing) separator() (text string, always bool) {
	switch w.style {
	case openapi.StyleSpaceDelimited:
		return w.mark("%20", " "), !w.explode
	case openapi.StylePipeDelimited:
		return w.mark("%7C", "|"), !w.explode
	case openapi.StyleTabDelimited:
		return w.mark("%09", "\t"), true
	}
	return ",", false
}

// mark returns a character that belongs to the style.
func (w writing) mark(escaped, plain string) string {
	if w.plain {
		return plain
	}
	return escaped
}

func (w writing) formObject(name string, object map[string]any) ([]pair, error) {
	members, err := w.members(object)
	if err != nil || len(members) == 0 {
		return nil, err
	}
	switch {
	case w.style == openapi.StyleDeepObject:
		for i, m := range members {
			members[i].name = name + w.mark("%5B", "[") + m.name + w.mark("%5D", "]")
		}
		return members, nil
	case w.explode:
		return members, nil
	}
	separator, _ := w.separator()
	return []pair{{name, strings.Join(flatten(members, false), separator)}}, nil
}

// escapeAll escapes all but the unreserved characters (RFC 3986 section 2.3).
func escapeAll(text string) string { return escape(text, "") }

// escapeSome leaves reserved characters as they are, and what is escaped
// already (allowReserved; RFC 6570 section 3.2.3), but escapes those that would
// end the value.
func escapeSome(text string) string { return escapeRest(text, ":/?@!$'()*,;[]") }

// escapeInPath is escapeSome for a value that must stay one segment.
func escapeInPath(text string) string { return escapeRest(text, ":@!$&'()*+,;=") }

// escapeQuery leaves a query as its author wrote it, but for what no query can
// hold (RFC 3986 section 3.4).
func escapeQuery(text string) string { return escapeRest(text, ":/?@!$&'()*+,;=[]") }

// escapeNone writes text as it is, for headers.
func escapeNone(text string) string { return text }

// escapeCookie leaves everything that a cookie can hold as it is (3.2, style
// "cookie"); what would end it is escaped all the same.
func escapeCookie(text string) string { return escape(text, "!#$%&'()*+/:<=>?@[]^`{|}") }

// escapeRest escapes what is neither unreserved, nor to be kept, nor escaped
// already.
func escapeRest(text, keep string) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, "%")
		b.WriteString(escape(before, keep))
		switch {
		case !found:
			return b.String()
		case len(after) >= 2 && isHex(after[0]) && isHex(after[1]):
			b.WriteByte('%')
		default:
			b.WriteString("%25")
		}
		text = after
	}
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func escape(text, keep string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(text) {
		c := text[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0 || strings.IndexByte(keep, c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&15])
	}
	return b.String()
}
