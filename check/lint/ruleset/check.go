package ruleset

import (
	"cmp"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/weft-dev/weft/check/lint/casing"
	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/spec/expr/decimal"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/shape"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// check is something that should be so of a field.
type check struct {
	field string
	// aboutKey says that a finding is about there being the field.
	aboutKey bool
	// judge says what is wrong with a value, which may be nil, as the end of a
	// sentence that begins with its name; "" where all is well. At is what to
	// point to, where that is not the value itself.
	judge func(value *tree.Node) (problem string, at *tree.Node)
}

// makers make checks of what is said about them, by name.
var makers = lazy.Of[map[string]func(n *tree.Node, r *reading) func(*tree.Node) (string, *tree.Node)]{Make: func() map[string]func(n *tree.Node, r *reading) func(*tree.Node) (string, *tree.Node) {
	return map[string]func(n *tree.Node, r *reading) func(*tree.Node) (string, *tree.Node){
		"defined":      plain(makeDefined),
		"truthy":       plain(makeTruthy),
		"falsy":        plain(makeFalsy),
		"pattern":      makePattern(true),
		"notPattern":   makePattern(false),
		"enum":         plain(makeEnum),
		"length":       plain(makeLength),
		"casing":       plain(makeCasing),
		"alphabetical": makeAlphabetical,
		"schema":       makeSchema,
		"exactlyOneOf": plain(makeExactly),
		"atLeastOneOf": plain(makeAtLeast),
	}
}}

type judgement = func(*tree.Node) (string, *tree.Node)

// plain is a maker of a check that needs no more than what is said, and always
// points to the value.
func plain(make func(n *tree.Node) func(*tree.Node) string) func(*tree.Node, *reading) judgement {
	return func(n *tree.Node, _ *reading) judgement {
		judge := make(n)
		if judge == nil {
			return nil
		}
		return func(v *tree.Node) (string, *tree.Node) { return judge(v), nil }
	}
}

// readChecks reads the checks of one object; all of them must hold.
func readChecks(n *tree.Node, r *reading) []check {
	var list []check
	field := n.Get("field").Str()
	for i := range n.Members {
		maker := makers.Get()[n.Members[i].Key.Text]
		if maker == nil {
			continue
		}
		if judge := maker(n.Members[i].Value, r); judge != nil {
			list = append(list, check{field: field, aboutKey: n.Members[i].Key.Text == "defined", judge: judge})
		}
	}
	return list
}

func makeDefined(n *tree.Node) func(*tree.Node) string {
	want := n.True()
	return func(v *tree.Node) string {
		switch {
		case want && v == nil:
			return "is missing"
		case !want && v != nil:
			return "must not be there"
		}
		return ""
	}
}

func makeTruthy(n *tree.Node) func(*tree.Node) string {
	want := n.True()
	return func(v *tree.Node) string {
		switch got := truthy(v); {
		case got == want:
			return ""
		case v == nil:
			return "is missing"
		case want:
			return "must not be empty"
		}
		return "must be empty, or not there"
	}
}

func makeFalsy(n *tree.Node) func(*tree.Node) string {
	opposite := makeTruthy(n)
	if n.True() {
		return func(v *tree.Node) string {
			if truthy(v) {
				return "must be empty, or not there"
			}
			return ""
		}
	}
	return func(v *tree.Node) string {
		if truthy(v) {
			return ""
		}
		return cmp.Or(opposite(v), "must not be empty")
	}
}

// truthy is what most people mean by there: not false, null, zero or empty.
func truthy(v *tree.Node) bool {
	switch {
	case v == nil, v.Is(tree.Null):
		return false
	case v.Is(tree.Bool):
		return v.True()
	case v.Is(tree.String):
		return v.Text != ""
	case v.Is(tree.Number):
		return strings.Trim(v.Text, "-0.") != ""
	}
	return v.Len() > 0
}

// makePattern makes a check of texts and numbers; other values pass.
func makePattern(want bool) func(*tree.Node, *reading) judgement {
	return func(n *tree.Node, _ *reading) judgement {
		expr, err := regexp.Compile(n.Str())
		if !n.Is(tree.String) || err != nil {
			return nil
		}
		return func(v *tree.Node) (string, *tree.Node) {
			if (!v.Is(tree.String) && !v.Is(tree.Number)) || expr.MatchString(v.Text) == want {
				return "", nil
			}
			if want {
				return fmt.Sprintf("must fit the pattern %q", n.Text), nil
			}
			return fmt.Sprintf("must not fit the pattern %q", n.Text), nil
		}
	}
}

func checkPattern(c *shape.Context, n *tree.Node) {
	if _, err := regexp.Compile(n.Text); err != nil {
		c.Report("pattern", n, "the regular expression cannot be read: %s", strings.TrimPrefix(err.Error(), "error parsing regexp: ")).
			Help = "patterns are of the RE2 kind, without look-ahead and back-references"
	}
}

func makeEnum(n *tree.Node) func(*tree.Node) string {
	if !n.Is(tree.Sequence) {
		return nil
	}
	var values []any
	var shown []string
	for _, item := range n.Items {
		values = append(values, item.Value())
		shown = append(shown, fmt.Sprintf("%q", short(item)))
	}
	return func(v *tree.Node) string {
		if v == nil {
			return ""
		}
		value := v.Value()
		if slices.ContainsFunc(values, func(other any) bool { return reflect.DeepEqual(value, other) }) {
			return ""
		}
		return "must be one of " + strings.Join(shown, ", ")
	}
}

// makeLength makes a check of characters, items, members and numbers.
func makeLength(n *tree.Node) func(*tree.Node) string {
	least, most := n.Get("min"), n.Get("max")
	if !least.Is(tree.Number) && !most.Is(tree.Number) {
		return nil
	}
	return func(v *tree.Node) string {
		size, verb, unit := measure(v)
		switch {
		case size == "":
			return ""
		case least.Is(tree.Number) && decimal.Compare(size, least.Text) < 0:
			return fmt.Sprintf("must %s at least %s%s, not %s", verb, least.Text, unit, size)
		case most.Is(tree.Number) && decimal.Compare(size, most.Text) > 0:
			return fmt.Sprintf("must %s at most %s%s, not %s", verb, most.Text, unit, size)
		}
		return ""
	}
}

// measure is how long or large a value is, or "" for what has no such thing.
func measure(v *tree.Node) (size, verb, unit string) {
	switch {
	case v.Is(tree.String):
		return strconv.Itoa(utf8.RuneCountInString(v.Text)), "have", " characters"
	case v.Is(tree.Sequence):
		return strconv.Itoa(v.Len()), "have", " items"
	case v.Is(tree.Mapping):
		return strconv.Itoa(v.Len()), "have", " members"
	case v.Is(tree.Number):
		return v.Text, "be", ""
	}
	return "", "", ""
}

func makeCasing(n *tree.Node) func(*tree.Node) string {
	style, options := n.Str(), casing.Options{}
	if n.Is(tree.Mapping) {
		style = n.Get("style").Str()
		options.NoDigits = n.Has("digits") && !n.Get("digits").True()
		options.Between = n.Get("between").Str()
	}
	if !slices.Contains(casing.Styles(), style) {
		return nil
	}
	return func(v *tree.Node) string {
		if !v.Is(tree.String) || casing.Is(casing.Style(style), v.Text, options) {
			return ""
		}
		problem := fmt.Sprintf("must be in %s case", style)
		if near := casing.Convert(casing.Style(style), v.Text); options.Between == "" && casing.Is(casing.Style(style), near, options) {
			problem += fmt.Sprintf(", as %q", near)
		}
		return problem
	}
}

// makeAlphabetical makes a check of the order of items or of names.
func makeAlphabetical(n *tree.Node, _ *reading) judgement {
	by := n.Get("by").Str()
	if by == "" && !n.True() {
		return nil
	}
	return func(v *tree.Node) (string, *tree.Node) {
		before := ""
		for i := range v.Len() {
			at, name := ordered(v, i, by)
			if i > 0 && name < before {
				return fmt.Sprintf("must be in alphabetical order: %q stands before %q", name, before), at
			}
			before = name
		}
		return "", nil
	}
}

// ordered is an item and the text it is ordered by.
func ordered(v *tree.Node, i int, by string) (at *tree.Node, name string) {
	if v.Is(tree.Mapping) {
		return v.Members[i].Key, v.Members[i].Key.Text
	}
	item := v.Items[i]
	if by != "" {
		return item, item.Get(by).Str()
	}
	return item, item.Text
}

// makeSchema makes a check of a JSON Schema.
func makeSchema(n *tree.Node, r *reading) judgement {
	compiled, err := r.schemas.Compile(n, schema.JSON(schema.Draft2020))
	if err != nil {
		r.report(CodeSchema, diag.Error, n, fmt.Sprintf("the schema cannot be used: %v", err), "")
		return nil
	}
	return func(v *tree.Node) (string, *tree.Node) {
		if v == nil {
			return "", nil
		}
		broken := compiled.Validate(v.Value())
		if len(broken) == 0 {
			return "", nil
		}
		return "does not fit the schema of the rule: " + broken[0].Message, v.At(broken[0].InstancePath)
	}
}

func makeExactly(n *tree.Node) func(*tree.Node) string {
	names := textsOf(n)
	return func(v *tree.Node) string {
		if v == nil || countOf(v, names) == 1 {
			return ""
		}
		return "must have exactly one of " + strings.Join(names, ", ")
	}
}

func makeAtLeast(n *tree.Node) func(*tree.Node) string {
	names := textsOf(n)
	return func(v *tree.Node) string {
		if v == nil || countOf(v, names) > 0 {
			return ""
		}
		return "must have one of " + strings.Join(names, ", ")
	}
}

func countOf(v *tree.Node, names []string) int {
	count := 0
	for _, name := range names {
		if v.Has(name) {
			count++
		}
	}
	return count
}

// checkHasCheck finds checks that ask for nothing.
func checkHasCheck(c *shape.Context, n *tree.Node) {
	for i := range n.Members {
		if makers.Get()[n.Members[i].Key.Text] != nil {
			return
		}
	}
	c.ReportKey("no-check", n, "this asks for nothing").Help = "add a check, such as \"truthy: true\""
}
