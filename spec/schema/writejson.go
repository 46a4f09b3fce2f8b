package schema

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"
)

// firstJSON is how much memory a text is given at first, in bytes.
const firstJSON = 256

// AppendJSON is EncodeJSON into memory that is there. False is of what is not
// plain data, and of what JSON has not.
func AppendJSON(to []byte, value any) ([]byte, bool) { return appendJSON(to, value, 0) }

// AppendText writes a string as EncodeJSON does.
func AppendText(to []byte, text string) []byte { return appendString(to, text) }

// appendJSON writes plain data and reports whether it was that.
func appendJSON(b []byte, value any, depth int) ([]byte, bool) {
	if depth > maxReadDepth {
		return b, false
	}
	switch v := value.(type) {
	case nil:
		return append(b, "null"...), true
	case string:
		return appendString(b, v), true
	case json.Number:
		return append(b, v...), v != "" && numberLength(string(v)) == len(v)
	case bool:
		if v {
			return append(b, "true"...), true
		}
		return append(b, "false"...), true
	case map[string]any:
		return appendObject(b, v, depth)
	case []any:
		return appendArray(b, v, depth)
	}
	return b, false
}

// fewMembers is how many members of an object need no memory but the stack's.
const fewMembers = 12

type member struct {
	name  string
	value any
}

func appendObject(b []byte, object map[string]any, depth int) ([]byte, bool) {
	if object == nil {
		return append(b, "null"...), true
	}
	var few [fewMembers]member
	members := few[:0]
	for name, value := range object {
		members = append(members, member{name, value})
	}
	sortMembers(members)
	b = append(b, '{')
	for i := range members {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, members[i].name), ':')
		var ok bool
		if b, ok = appendJSON(b, members[i].value, depth+1); !ok {
			return b, false
		}
	}
	return append(b, '}'), true
}

// sortMembers sorts by name; few are put in their places one by one.
func sortMembers(list []member) {
	if len(list) > fewMembers {
		slices.SortFunc(list, func(a, b member) int { return strings.Compare(a.name, b.name) })
		return
	}
	for i := 1; i < len(list); i++ {
		for j := i; j > 0 && list[j].name < list[j-1].name; j-- {
			list[j], list[j-1] = list[j-1], list[j]
		}
	}
}

func appendArray(b []byte, array []any, depth int) ([]byte, bool) {
	if array == nil {
		return append(b, "null"...), true
	}
	b = append(b, '[')
	for i, item := range array {
		if i > 0 {
			b = append(b, ',')
		}
		var ok bool
		if b, ok = appendJSON(b, item, depth+1); !ok {
			return b, false
		}
	}
	return append(b, ']'), true
}

// appendString writes a string with the escapes of the standard library: what
// JavaScript takes for ends of lines is escaped as well.
func appendString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	first := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' {
				i++
				continue
			}
			b = append(b, s[first:i]...)
			b = appendEscape(b, c)
			i++
			first = i
			continue
		}
		r, width := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && width == 1:
			b = append(append(b, s[first:i]...), `\ufffd`...)
			first = i + width
		case r == '\u2028' || r == '\u2029':
			b = append(append(b, s[first:i]...), `\u202`...)
			b = append(b, hex[r&0xF])
			first = i + width
		}
		i += width
	}
	return append(append(b, s[first:]...), '"')
}

func appendEscape(b []byte, c byte) []byte {
	const hex = "0123456789abcdef"
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\b':
		return append(b, `\b`...)
	case '\f':
		return append(b, `\f`...)
	case '\n':
		return append(b, `\n`...)
	case '\r':
		return append(b, `\r`...)
	case '\t':
		return append(b, `\t`...)
	}
	return append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xF])
}
