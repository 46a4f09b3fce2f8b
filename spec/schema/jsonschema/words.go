package jsonschema

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/weft-dev/weft/spec/schema"
)

// keyword returns the word of the schema that a fault is about.
func (k faultKind) keyword() string {
	switch k {
	case typeFault:
		return "type"
	case constFault:
		return "const"
	case enumFault:
		return "enum"
	case formatFault:
		return "format"
	case minPropertiesFault:
		return "minProperties"
	case maxPropertiesFault:
		return "maxProperties"
	case requiredFault:
		return "required"
	case dependencyFault:
		return "dependencies"
	case dependentRequiredFault:
		return "dependentRequired"
	case additionalPropertiesFault:
		return "additionalProperties"
	case propertyNamesFault:
		return "propertyNames"
	case minItemsFault:
		return "minItems"
	case maxItemsFault:
		return "maxItems"
	case uniqueItemsFault:
		return "uniqueItems"
	case additionalItemsFault:
		return "additionalItems"
	case containsFault:
		return "contains"
	case minContainsFault:
		return "minContains"
	case maxContainsFault:
		return "maxContains"
	case minLengthFault:
		return "minLength"
	case maxLengthFault:
		return "maxLength"
	case patternFault:
		return "pattern"
	case minimumFault:
		return "minimum"
	case maximumFault:
		return "maximum"
	case exclusiveMinimumFault:
		return "exclusiveMinimum"
	case exclusiveMaximumFault:
		return "exclusiveMaximum"
	case multipleOfFault:
		return "multipleOf"
	case anyOfFault:
		return "anyOf"
	case oneOfFault, bothFault:
		return "oneOf"
	}
	return ""
}

// leaves turns one fault into violations in plain words. A missing or unknown
// property is reported at the place of the property.
func leaves(f *fault, at []string) []schema.Violation {
	switch f.kind {
	case requiredFault:
		return perProperty(f, at, "is required")
	case additionalPropertiesFault:
		return perProperty(f, at, "is not allowed here")
	case dependencyFault, dependentRequiredFault:
		return perProperty(f, at, "is required where "+quote(f.text)+" is given")
	}
	return []schema.Violation{violationAt(f, at, words(f))}
}

func perProperty(f *fault, at []string, message string) []schema.Violation {
	names := slices.Sorted(slices.Values(f.names))
	if len(names) > schema.MaxViolations {
		names = names[:schema.MaxViolations]
	}
	list := make([]schema.Violation, 0, len(names))
	for _, name := range names {
		list = append(list, violationAt(f, append(slices.Clone(at), name), message))
	}
	return list
}

func words(f *fault) string {
	switch f.kind {
	case typeFault:
		return typeWords(f.kinds.names(), kindOf(f.got).names()[0])
	case enumFault:
		return enumWords(f.values, f.got)
	case constFault:
		return "must be " + show(f.want) + ", is " + show(f.got)
	case formatFault:
		return "must be " + formatWords(f.text) + ", is " + show(f.got)
	case patternFault:
		return "must match the pattern " + quote(f.text) + ", is " + show(f.got)
	case falseFault:
		return "is not allowed here"
	case notFault:
		return "has a form that is not allowed"
	case minimumFault:
		return "must be " + number(f.limit) + " or more, is " + numberOf(f.got)
	case maximumFault:
		return "must be " + number(f.limit) + " or less, is " + numberOf(f.got)
	case exclusiveMinimumFault:
		return "must be more than " + number(f.limit) + ", is " + numberOf(f.got)
	case exclusiveMaximumFault:
		return "must be less than " + number(f.limit) + ", is " + numberOf(f.got)
	case multipleOfFault:
		return "must be a multiple of " + number(f.limit) + ", is " + numberOf(f.got)
	case cycleFault:
		return "cannot be judged: the schema refers to itself"
	case propertyNamesFault:
		return "the name " + quote(f.text) + " is not allowed"
	}
	return sizeWords(f)
}

func sizeWords(f *fault) string {
	switch f.kind {
	case minLengthFault:
		return fmt.Sprintf("must have at least %s, has %d", count(f.least, "character"), f.have)
	case maxLengthFault:
		return fmt.Sprintf("must have at most %s, has %d", count(f.least, "character"), f.have)
	case minItemsFault:
		return fmt.Sprintf("must have at least %s, has %d", count(f.least, "item"), f.have)
	case maxItemsFault:
		return fmt.Sprintf("must have at most %s, has %d", count(f.least, "item"), f.have)
	case minPropertiesFault:
		return fmt.Sprintf("must have at least %s, has %d", count(f.least, "property"), f.have)
	case maxPropertiesFault:
		return fmt.Sprintf("must have at most %s, has %d", count(f.least, "property"), f.have)
	case additionalItemsFault:
		return "has " + count(f.have, "item") + " more than allowed"
	case uniqueItemsFault:
		return fmt.Sprintf("must not repeat an item: [%d] and [%d] are equal", f.first, f.two)
	case containsFault:
		return "must contain an item of the required form"
	case minContainsFault:
		return fmt.Sprintf("must contain at least %s of the required form, has %d", count(f.least, "item"), f.have)
	case maxContainsFault:
		return fmt.Sprintf("must contain at most %s of the required form, has %d", count(f.least, "item"), f.have)
	case invalidFault:
		return fmt.Sprintf("is not a value that JSON has (%T)", f.got)
	}
	return "does not fit the schema"
}

func typeWords(want []string, got string) string {
	all := make([]string, 0, len(want))
	for _, w := range want {
		if w = article(w); !slices.Contains(all, w) {
			all = append(all, w)
		}
	}
	return "must be " + either(all) + ", is " + article(got)
}

func enumWords(values []any, got any) string {
	const shown = 10
	want := make([]string, 0, shown)
	for _, w := range values[:min(shown, len(values))] {
		want = append(want, show(w))
	}
	if more := len(values) - len(want); more > 0 {
		want = append(want, fmt.Sprintf("%d others", more))
	}
	return "must be " + either(want) + ", is " + show(got)
}

func formatWords(format string) string {
	switch format {
	case "date-time":
		return "a date and time as 2006-01-02T15:04:05Z"
	case "date":
		return "a date as 2006-01-02"
	case "time":
		return "a time as 15:04:05Z"
	case "email":
		return "an email address"
	case "uuid", "uri":
		return "a " + strings.ToUpper(format)
	case "ipv4":
		return "an IPv4 address"
	case "ipv6":
		return "an IPv6 address"
	case "regex":
		return "a regular expression"
	case "int32", "int64":
		return "a whole number of " + format[3:] + " bits"
	}
	return "in the format " + quote(format)
}

func article(kind string) string {
	switch {
	case kind == "null":
		return kind
	case kind != "" && strings.ContainsRune("aeiou", rune(kind[0])):
		return "an " + kind
	}
	return "a " + kind
}

func either(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	last := len(list) - 1
	return strings.Join(list[:last], ", ") + " or " + list[last]
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if stem, ok := strings.CutSuffix(noun, "y"); ok {
		return strconv.Itoa(n) + " " + stem + "ies"
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

func numberOf(v any) string {
	n, _ := exactOf(v)
	return number(n)
}

func number(n exact) string {
	r := n.rat()
	if r.IsInt() {
		return shorten(r.Num().String())
	}
	f, _ := r.Float64()
	return strconv.FormatFloat(f, 'g', -1, 64)
}

// show prints a value shortly, as JSON.
func show(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return quote(v)
	case []any:
		return "an array"
	case map[string]any:
		return "an object"
	case json.Number:
		return shorten(string(v))
	}
	return shorten(fmt.Sprint(v))
}

// maxShown bounds how much of a value is repeated in a message, in characters.
const maxShown = 60

func quote(s string) string { return strconv.Quote(shorten(s)) }

func shorten(s string) string { return shortenTo(s, maxShown) }

func shortenTo(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	runes := []rune(s)
	return string(runes[:limit]) + "…"
}
