package jsonschema

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	lib "github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/weft-dev/weft/spec/schema"
)

// leaves turns one fault of the library into violations in plain words. A
// missing or unknown property is reported at the place of the property.
func leaves(s *Set, e *lib.ValidationError) []schema.Violation {
	switch k := e.ErrorKind.(type) {
	case *kind.Required:
		return s.perProperty(e, "required", k.Missing, "is required")
	case *kind.AdditionalProperties:
		return s.perProperty(e, "additionalProperties", k.Properties, "is not allowed here")
	case *kind.Dependency:
		return s.perProperty(e, "dependencies", k.Missing, "is required where "+quote(k.Prop)+" is given")
	case *kind.DependentRequired:
		return s.perProperty(e, "dependentRequired", k.Missing, "is required where "+quote(k.Prop)+" is given")
	case *kind.PropertyNames:
		return []schema.Violation{s.violationAt(e, "propertyNames", "the name "+quote(k.Property)+" is not allowed")}
	}
	keyword := ""
	if path := e.ErrorKind.KeywordPath(); len(path) > 0 {
		keyword = path[0]
	}
	return []schema.Violation{s.violationAt(e, keyword, words(e.ErrorKind))}
}

func (s *Set) perProperty(e *lib.ValidationError, keyword string, names []string, message string) []schema.Violation {
	names = slices.Sorted(slices.Values(names))
	if len(names) > schema.MaxViolations {
		names = names[:schema.MaxViolations]
	}
	list := make([]schema.Violation, 0, len(names))
	node := s.locate(e.SchemaURL)
	for _, name := range names {
		path := append(slices.Clone(e.InstanceLocation), name)
		v := violation(path, keyword, message, node)
		if at := node.Get(keyword); at != nil {
			v.Span = at.Span
		}
		list = append(list, v)
	}
	return list
}

func words(k lib.ErrorKind) string {
	switch k := k.(type) {
	case *kind.Type:
		return typeWords(k.Want, k.Got)
	case *kind.Enum:
		return enumWords(k)
	case *kind.Const:
		return "must be " + show(k.Want) + ", is " + show(k.Got)
	case *kind.Format:
		return "must be " + formatWords(k.Want) + ", is " + show(k.Got)
	case *kind.Pattern:
		return "must match the pattern " + quote(k.Want) + ", is " + quote(k.Got)
	case *kind.FalseSchema:
		return "is not allowed here"
	case *kind.Not:
		return "has a form that is not allowed"
	case *kind.Minimum:
		return "must be " + number(k.Want) + " or more, is " + number(k.Got)
	case *kind.Maximum:
		return "must be " + number(k.Want) + " or less, is " + number(k.Got)
	case *kind.ExclusiveMinimum:
		return "must be more than " + number(k.Want) + ", is " + number(k.Got)
	case *kind.ExclusiveMaximum:
		return "must be less than " + number(k.Want) + ", is " + number(k.Got)
	case *kind.MultipleOf:
		return "must be a multiple of " + number(k.Want) + ", is " + number(k.Got)
	case *kind.RefCycle:
		return "cannot be judged: the schema refers to itself"
	}
	return sizeWords(k)
}

func sizeWords(k lib.ErrorKind) string {
	switch k := k.(type) {
	case *kind.MinLength:
		return fmt.Sprintf("must have at least %s, has %d", count(k.Want, "character"), k.Got)
	case *kind.MaxLength:
		return fmt.Sprintf("must have at most %s, has %d", count(k.Want, "character"), k.Got)
	case *kind.MinItems:
		return fmt.Sprintf("must have at least %s, has %d", count(k.Want, "item"), k.Got)
	case *kind.MaxItems:
		return fmt.Sprintf("must have at most %s, has %d", count(k.Want, "item"), k.Got)
	case *kind.MinProperties:
		return fmt.Sprintf("must have at least %s, has %d", count(k.Want, "property"), k.Got)
	case *kind.MaxProperties:
		return fmt.Sprintf("must have at most %s, has %d", count(k.Want, "property"), k.Got)
	case *kind.AdditionalItems:
		return "has " + count(k.Count, "item") + " more than allowed"
	case *kind.UniqueItems:
		return fmt.Sprintf("must not repeat an item: [%d] and [%d] are equal", k.Duplicates[0], k.Duplicates[1])
	case *kind.Contains:
		return "must contain an item of the required form"
	case *kind.MinContains:
		return fmt.Sprintf("must contain at least %s of the required form, has %d", count(k.Want, "item"), len(k.Got))
	case *kind.MaxContains:
		return fmt.Sprintf("must contain at most %s of the required form, has %d", count(k.Want, "item"), len(k.Got))
	case *kind.InvalidJsonValue:
		return fmt.Sprintf("is not a value that JSON has (%T)", k.Value)
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

func enumWords(k *kind.Enum) string {
	const shown = 10
	want := make([]string, 0, shown)
	for _, w := range k.Want[:min(shown, len(k.Want))] {
		want = append(want, show(w))
	}
	if more := len(k.Want) - len(want); more > 0 {
		want = append(want, fmt.Sprintf("%d others", more))
	}
	return "must be " + either(want) + ", is " + show(k.Got)
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

func number(r *big.Rat) string {
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
