package report

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Compact writes a value as JSON on one line, without secrets and with at most
// about so many bytes.
func Compact(value any, most int) string { return written(value, most, false) }

// Pretty writes a value as JSON in lines, without secrets and with at most about
// so many bytes.
func Pretty(value any, most int) string { return written(value, most, true) }

// Readable writes a value on one line where that is short, and in lines where it is not.
func Readable(value any, most int) string {
	if line := Compact(value, shortLine+1); len(line) <= shortLine {
		return line
	}
	return Pretty(value, most)
}

// shortLine is how long a value may be to be read on one line, in bytes.
const shortLine = 100

func written(value any, most int, lines bool) string {
	w := writer{most: most, lines: lines}
	w.value(value, 0)
	if w.full {
		w.WriteString("…")
	}
	return w.String()
}

// writer writes JSON and stops when it has enough, so that a value of megabytes
// costs no more than its beginning.
type writer struct {
	strings.Builder
	most  int
	lines bool
	full  bool
}

func (w *writer) put(text string) {
	room := w.most - w.Len()
	if w.full || len(text) <= room {
		if !w.full {
			w.WriteString(text)
		}
		return
	}
	for room > 0 && !utf8.RuneStart(text[room]) {
		room--
	}
	w.WriteString(text[:max(room, 0)])
	w.full = true
}

func (w *writer) value(value any, depth int) {
	if w.full {
		return
	}
	switch v := value.(type) {
	case nil:
		w.put("null")
	case bool:
		w.put(strconv.FormatBool(v))
	case json.Number:
		w.put(v.String())
	case string:
		w.text(v)
	case []any:
		w.list(v, depth)
	case map[string]any:
		w.object(v, depth)
	default:
		w.put(fmt.Sprint(v))
	}
}

// text writes a string. One that is longer than there is room for is cut before
// it is escaped, which could be dear.
func (w *writer) text(v string) {
	if len(v) > w.most {
		cut := w.most
		for cut > 0 && !utf8.RuneStart(v[cut]) {
			cut--
		}
		v = v[:cut]
	}
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(v) // a string can always be written
	w.put(strings.TrimSuffix(b.String(), "\n"))
}

func (w *writer) list(v []any, depth int) {
	w.put("[")
	for i, item := range v {
		w.between(i, depth+1)
		w.value(item, depth+1)
		if w.full {
			return
		}
	}
	w.last(len(v), depth)
	w.put("]")
}

func (w *writer) object(v map[string]any, depth int) {
	w.put("{")
	for i, name := range slices.Sorted(maps.Keys(v)) {
		w.between(i, depth+1)
		w.text(name)
		w.put(":")
		if w.lines {
			w.put(" ")
		}
		w.member(name, v[name], depth+1)
		if w.full {
			return
		}
	}
	w.last(len(v), depth)
	w.put("}")
}

// member writes a member's value, unless its name says that it is a secret.
func (w *writer) member(name string, value any, depth int) {
	if _, isText := value.(string); isText && Secret(name) {
		w.text(veiled)
		return
	}
	w.value(value, depth)
}

func (w *writer) between(i, depth int) {
	if i > 0 {
		w.put(",")
	}
	w.indent(depth)
}

func (w *writer) last(count, depth int) {
	if count > 0 {
		w.indent(depth)
	}
}

func (w *writer) indent(depth int) {
	if w.lines {
		w.put("\n" + strings.Repeat("  ", min(depth, maxIndent)))
	}
}

// maxIndent bounds how far lines of nested values go to the right.
const maxIndent = 20
