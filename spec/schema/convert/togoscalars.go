package convert

import (
	"slices"
	"strconv"
	"strings"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// whole is the type of an integer.
func (w *toGo) whole(m *tree.Node) goKind {
	kind := goInteger(m)
	if l := m.Get("x-avro-logical-type"); w.avro && l != nil {
		w.add(CodeChanged, diag.Info, l, "Go has no type for %q: it is the number", clip(l.Text))
	}
	return goKind{name: kind}
}

// goLimits are the bounds of the integers of Go.
func goLimits(kind string) (low, high string) {
	switch kind {
	case "int8":
		return "-128", "127"
	case "int16":
		return "-32768", "32767"
	case "int32":
		return "-2147483648", "2147483647"
	case "uint8":
		return "0", "255"
	case "uint16":
		return "0", "65535"
	case "uint32":
		return "0", "4294967295"
	case "uint64":
		return "0", "18446744073709551615"
	}
	return "-9223372036854775808", "9223372036854775807"
}

// goInteger is the type whose limits a schema states, else int64.
func goInteger(m *tree.Node) string {
	switch format := m.Get("format").Str(); format {
	case "int8", "int16", "int32", "uint8", "uint16", "uint32", "uint64":
		return format
	}
	for _, kind := range []string{"int8", "int16", "int32", "uint8", "uint16", "uint32", "uint64"} {
		low, high := goLimits(kind)
		if digits(m, "minimum") == low && digits(m, "maximum") == high {
			return kind
		}
	}
	return "int64"
}

// decimals is the type of a number.
func (w *toGo) decimals(m *tree.Node) goKind {
	if _, _, ok := decimalOf(m); ok || m.Get("x-avro-logical-type").Str() == "big-decimal" {
		w.imports["encoding/json"] = true
		w.add(CodeChanged, diag.Info, m.Get("type"), "Go has no decimals: json.Number keeps all digits")
		return goKind{name: "json.Number"}
	}
	if m.Get("format").Str() == "float" {
		return goKind{name: "float32"}
	}
	return goKind{name: "float64"}
}

// text is the type of a string, by its format or one of the patterns that other
// directions write.
func (w *toGo) text(m *tree.Node) goKind {
	format, pattern := m.Get("format").Str(), m.Get("pattern").Str()
	octets := pattern == bytesPattern || len(pattern) < 60 && fixedText.Get().MatchString(pattern)
	switch {
	case m.Get("contentEncoding").Str() == "base64", format == "byte":
		return goKind{name: "[]byte", empty: true}
	case octets && w.avro:
		w.add(CodeChanged, diag.Warning, m.Get("pattern"), "bytes are written in base64 in the JSON of Go, not with a character for each")
		return goKind{name: "[]byte", empty: true}
	case pattern == int64Pattern:
		return goKind{name: goInteger(m), quoted: true}
	case format == "date-time":
		w.imports["time"] = true
		return goKind{name: "time.Time"}
	}
	switch said := len(pattern) < 200 && decimalText.Get().MatchString(pattern); {
	case said:
		w.add(CodeChanged, diag.Info, m.Get("pattern"), "Go has no decimals: it is a string, which keeps all digits")
		return goKind{name: "string", doc: "A decimal, as text."}
	case format == "uuid":
	case format != "":
		w.add(CodeLost, diag.Info, m.Get("format"), "Go has no type for the format %q: it is a string, of any form", clip(format))
	case w.avro && pattern != "" && !octets:
		w.add(CodeLost, diag.Info, m.Get("pattern"), "Go has no type for a time without a date or a place, nor for a duration of months: it is a string, of any form")
	}
	return goKind{name: "string"}
}

// goSays are the limits that the type of a field holds to, or that are told in
// other words.
func goSays(m *tree.Node) []string {
	var said []string
	kinds := m.Get("type")
	switch {
	case kinds.Str() == "integer" || kinds.Is(tree.Sequence) && slices.ContainsFunc(kinds.Items, func(n *tree.Node) bool { return n.Str() == "integer" }),
		m.Get("pattern").Str() == int64Pattern:
		low, high := goLimits(goInteger(m))
		if digits(m, "minimum") == low {
			said = append(said, "minimum")
		}
		if digits(m, "maximum") == high {
			said = append(said, "maximum")
		}
	}
	if _, _, ok := decimalOf(m); ok {
		said = append(said, "multipleOf", "minimum", "maximum")
	}
	pattern := m.Get("pattern").Str()
	known := slices.Contains([]string{bytesPattern, int64Pattern, base64Pattern, clockPattern, localPattern, durationPattern}, pattern) ||
		m.Get("x-avro-logical-type").Str() == "big-decimal" ||
		len(pattern) < 200 && (decimalText.Get().MatchString(pattern) || fixedText.Get().MatchString(pattern))
	if known {
		said = append(said, "pattern")
	}
	if goKey(m) != "string" {
		said = append(said, "propertyNames")
	}
	return said
}

// goKey is the type of a map's keys: those that encoding/json turns into text.
func goKey(m *tree.Node) string {
	if kind := keyType(m); kind != "bool" {
		return kind
	}
	return "string"
}

// enum makes a named type with a constant for each value.
func (w *toGo) enum(n, m *tree.Node, values []*tree.Node, within, hint string) goKind {
	kinds, nullable := map[tree.Kind]bool{}, false
	var rest []*tree.Node
	for _, v := range values {
		if v.Kind == tree.Null {
			nullable = true
			continue
		}
		kinds[v.Kind] = true
		rest = append(rest, v)
	}
	if w.left -= len(values); w.left < 0 {
		w.add(CodeLarge, diag.Error, n, "the schema is too large to be converted")
		return anyKind
	}
	is := ""
	switch {
	case len(rest) == 0:
		return anyKind
	case len(kinds) > 1, kinds[tree.Mapping], kinds[tree.Sequence]:
		return w.anything(n, "values of several types, or that are objects or lists, are no constants of Go")
	case kinds[tree.Bool]:
		if len(rest) == 1 {
			w.lost(rest[0], "Go has no type for the one value %s: it is bool", rest[0].Text)
		}
		return goKind{name: "bool", nullable: nullable}
	case kinds[tree.String]:
		is = "string"
	case slices.ContainsFunc(rest, func(v *tree.Node) bool { _, err := strconv.ParseInt(v.Text, 10, 64); return err != nil }):
		w.lost(n, "the values are no whole numbers, which enums of Go have: any number is allowed")
		return goKind{name: "float64", nullable: nullable}
	default:
		is = "int64"
	}
	t := w.newType(w.nameOf(n, m, within+hint), "")
	t.is, t.doc = is, m.Get("description").Str()
	w.values(t, n, m, rest)
	k := goKind{name: t.name, nullable: nullable}
	w.named[n] = k
	return k
}

func (w *toGo) values(t *goType, n, m *tree.Node, values []*tree.Node) {
	w.add(CodeLost, diag.Info, n, "Go does not refuse a value of %s that is none of its constants", t.name)
	names := m.Get(namesKeyword)
	seen := map[string]bool{}
	for i, v := range values {
		if seen[v.Text] {
			continue
		}
		seen[v.Text] = true
		literal, name := v.Text, t.name+strings.TrimPrefix(goWord(v.Text), t.name)
		if v.Kind == tree.String {
			literal = strconv.Quote(v.Text)
		}
		if names.Len() == len(values) {
			if said := names.Items[i].Str(); isName(said) && exported(said) == said {
				name = said
			}
		}
		t.values = append(t.values, goValue{name: w.taken.free(name, "_"), literal: literal})
	}
}
