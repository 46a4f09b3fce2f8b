package convert

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// The numbers of fields: those from 19000 to 19999 belong to Protobuf itself.
const (
	firstOwnNumber = 19_000
	lastOwnNumber  = 19_999
	maxNumber      = 1<<29 - 1
)

// numberOf reads the number of a field, or returns 0.
func numberOf(n *tree.Node) int {
	if !n.Is(tree.Number) {
		return 0
	}
	v, err := strconv.Atoi(n.Text)
	if err != nil || v < 1 || v > maxNumber || v >= firstOwnNumber && v <= lastOwnNumber {
		return 0
	}
	return v
}

// keyType is the type of a map's keys.
func keyType(m *tree.Node) string {
	if kind := m.Get("propertyNames").Get("format").Str(); slices.Contains([]string{"int32", "int64", "uint32", "uint64", "bool"}, kind) {
		return kind
	}
	return "string"
}

// otherIntegers are the types that differ from others by their bytes only.
var otherIntegers = []string{"sint32", "sint64", "fixed32", "fixed64", "sfixed32", "sfixed64"}

// integerOf is the narrowest type of which the schema says that it is enough.
func integerOf(m *tree.Node) string {
	if word := m.Get(typeKeyword).Str(); slices.Contains(otherIntegers, word) {
		return word
	}
	switch format := m.Get("format").Str(); format {
	case "int32", "int64", "uint32", "uint64":
		return format
	}
	low, err := strconv.ParseInt(digits(m, "minimum"), 10, 64)
	high, err2 := strconv.ParseUint(digits(m, "maximum"), 10, 64)
	switch {
	case err == nil && low >= 0 && err2 == nil && high <= math.MaxInt32, err == nil && low >= math.MinInt32 && err2 == nil && high <= math.MaxInt32:
		return "int32"
	case err == nil && low >= 0 && err2 == nil && high <= math.MaxUint32:
		return "uint32"
	case err == nil && low >= 0:
		return "uint64"
	}
	return "int64"
}

// protoSays are the limits that the type of the field holds to.
func protoSays(m *tree.Node) []string {
	var said []string
	kinds := m.Get("type")
	if kinds.Str() == "integer" || kinds.Is(tree.Sequence) && slices.ContainsFunc(kinds.Items, func(n *tree.Node) bool { return n.Str() == "integer" }) {
		limits := map[string][2]string{
			"int32": {"-2147483648", "2147483647"}, "int64": {"-9223372036854775808", "9223372036854775807"},
			"uint32": {"0", "4294967295"}, "uint64": {"0", "18446744073709551615"},
		}[strings.NewReplacer("sfixed", "int", "fixed", "uint", "sint", "int").Replace(integerOf(m))]
		if digits(m, "minimum") == limits[0] {
			said = append(said, "minimum")
		}
		if digits(m, "maximum") == limits[1] {
			said = append(said, "maximum")
		}
	}
	switch pattern := m.Get("pattern").Str(); {
	case pattern == bytesPattern, pattern == int64Pattern, pattern == base64Pattern, len(pattern) < 60 && fixedText.Get().MatchString(pattern):
		said = append(said, "pattern")
	case noType(m) != "":
		said = append(said, "pattern") // text tells in other words
	}
	if keyType(m) != "string" {
		said = append(said, "propertyNames")
	}
	return said
}

func (w *toProto) number(m *tree.Node) kind {
	if m.Get("format").Str() == "float" {
		return single("float")
	}
	return single("double")
}

// text converts a string by its format or by one of the patterns that other
// directions write.
func (w *toProto) text(m *tree.Node) kind {
	format, pattern := m.Get("format").Str(), m.Get("pattern").Str()
	switch {
	case m.Get("contentEncoding").Str() == "base64":
		return single("bytes")
	case pattern == bytesPattern, len(pattern) < 60 && fixedText.Get().MatchString(pattern):
		w.add(CodeChanged, diag.Warning, m.Get("pattern"), "bytes are written in base64 in the JSON of Protobuf, not with a character for each")
		return single("bytes")
	case format == "date-time":
		w.add(CodeChanged, diag.Info, m.Get("format"), "a Timestamp keeps the instant, but not the offset from UTC in which it was written")
		return w.wellKnown(timestamp)
	case noType(m) != "":
		w.lost(m.Get("pattern"), "Protobuf has no %s: it is a string, of any form", noType(m))
	case format != "":
		w.add(CodeLost, diag.Info, m.Get("format"), "Protobuf does not know the format %q", clip(format))
	}
	return single("string")
}

// noType is what a string stands for that Protobuf has no type for, by the
// patterns that the direction from Avro writes.
func noType(m *tree.Node) string {
	pattern := m.Get("pattern").Str()
	switch {
	case len(pattern) > 200 || m.Get("type").Str() != "string" || pattern == "":
		return ""
	case decimalText.Get().MatchString(pattern):
		return "decimals"
	case pattern == clockPattern:
		return "times of a day"
	case pattern == localPattern:
		return "times without a zone"
	case pattern == durationPattern:
		return "durations in months and days"
	}
	return ""
}

// enum converts a list of values: to an enum where all are names.
func (w *toProto) enum(n, m, values *tree.Node, in *protoType, hint string) kind {
	kinds := map[tree.Kind]bool{}
	names, null := true, false
	var list []string
	for _, v := range values.Items {
		if v.Kind == tree.Null {
			null = true
			continue
		}
		kinds[v.Kind] = true
		names = names && v.Kind == tree.String && isEnumName(v.Text) && !slices.Contains(list, v.Text)
		list = append(list, v.Text)
	}
	switch {
	case len(kinds) == 0:
		return w.wellKnown(nullValue)
	case names:
		k := w.newEnum(n, m, list, in, hint)
		k.nullable = null
		return k
	case len(kinds) > 1:
		return w.instead(anyValue, values, "values of several types are no enum of Protobuf")
	}
	var word, name string
	switch {
	case kinds[tree.String]:
		word, name = "names of an enum, which have letters, digits and \"_\": any string is allowed", "string"
	case kinds[tree.Number]:
		word, name = "names: any number is allowed", "double"
		if m.Get("type").Str() == "integer" {
			name = "int64"
		}
	case kinds[tree.Bool]:
		return kind{name: "bool", single: true, nullable: null}
	default:
		return w.instead(anyValue, values, "lists and objects are no enum of Protobuf")
	}
	w.lost(values, "the values are no %s", word)
	return kind{name: name, single: true, nullable: null}
}

// isEnumName keeps out what the grammar could take for a statement.
func isEnumName(s string) bool { return isName(s) && s != "option" && s != "reserved" && len(s) < 200 }

// newEnum puts an enum into the message that uses it or, where its names are
// taken there, into one of its own.
func (w *toProto) newEnum(n, m *tree.Node, symbols []string, in *protoType, hint string) kind {
	name := cmp.Or(pascal(w.nameOf(n, m, hint)), "Enum")
	for slices.Contains(symbols, name) {
		name += "Type"
	}
	name = w.taken.free(name, "")
	e := protoEnum{name: name, doc: m.Get("description").Str(), values: symbols}
	e.numbers = statedNumbers(n.Get(numbersKeyword), len(symbols))
	if e.numbers == nil {
		e.numbers = make([]int, len(symbols))
		zero := strings.HasSuffix(symbols[0], "UNSPECIFIED") || strings.HasSuffix(symbols[0], "UNKNOWN")
		for i := range symbols {
			e.numbers[i] = i
			if !zero {
				e.numbers[i]++
			}
		}
		if !zero {
			e.values = append([]string{zeroName(name, symbols)}, symbols...)
			e.numbers = append([]int{0}, e.numbers...)
		}
	}
	if in == nil || !in.admits(name, e.values) {
		in = w.newType(name+"Enum", "")
	}
	for _, s := range append([]string{name}, e.values...) {
		in.scope.taken[s] = true
	}
	in.enums = append(in.enums, e)
	k := kind{name: in.name + "." + name, single: true, zero: e.values[0]}
	w.named[n] = k
	return k
}

func (t *protoType) admits(name string, values []string) bool {
	return !t.scope.taken[name] && !slices.Contains(values, name) && !slices.ContainsFunc(values, func(s string) bool { return t.scope.taken[s] })
}

// zeroName is the name of the value that nobody chose.
func zeroName(name string, symbols []string) string {
	zero := strings.ToUpper(snake(name)) + "_UNSPECIFIED"
	for slices.Contains(symbols, zero) {
		zero += "_"
	}
	return zero
}

// statedNumbers are the numbers of an enum's values that a schema states, where
// they are fit for proto3: the first is zero, and each is there once.
func statedNumbers(n *tree.Node, count int) []int {
	if n.Len() != count || !n.Is(tree.Sequence) {
		return nil
	}
	var list []int
	for _, item := range n.Items {
		v, err := strconv.ParseInt(item.Text, 10, 32)
		if err != nil || item.Kind != tree.Number || slices.Contains(list, int(v)) {
			return nil
		}
		list = append(list, int(v))
	}
	if list[0] != 0 {
		return nil
	}
	return list
}

// snake turns the name of a property into that of a field: orderId is order_id.
func snake(s string) string {
	var b strings.Builder
	low := false // the character before was a small letter or a digit
	for _, c := range clip(s) {
		switch {
		case 'A' <= c && c <= 'Z':
			if low {
				b.WriteByte('_')
			}
			b.WriteRune(c - 'A' + 'a')
			low = false
			continue
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
			b.WriteRune(c)
			low = true
			continue
		case b.Len() > 0:
			b.WriteByte('_')
		}
		low = false
	}
	name := strings.Trim(b.String(), "_")
	if name == "" {
		return "field"
	}
	if c := name[0]; '0' <= c && c <= '9' {
		name = "f" + name
	}
	return name
}

// jsonName is the name that Protobuf gives a field in JSON.
func jsonName(name string) string {
	var b strings.Builder
	up := false
	for i := range len(name) {
		c := name[i]
		switch {
		case c == '_':
			up = true
			continue
		case up && 'a' <= c && c <= 'z':
			c -= 'a' - 'A'
		}
		b.WriteByte(c)
		up = false
	}
	return b.String()
}
