package xpath

import (
	"math"
	"strings"
	"unicode/utf8"

	"github.com/weft-dev/weft/internal/lazy"
)

// function is a function of the core library (section 4).
type function struct {
	name  string
	usage string
	least int
	most  int // -1 is any number
	// nodes says that the arguments must be node-sets.
	nodes  bool
	result valueType
	eval   func(r *run, c context, args []*term) any
}

// lookup returns a function by name, or nil.
func lookup(name string) *function {
	list := library.Get()
	for i := range list {
		if list[i].name == name {
			return &list[i]
		}
	}
	return nil
}

// library has all functions there are.
var library = lazy.Of[[]function]{Make: func() []function {
	return []function{
		{"last", "last()", 0, 0, false, numberType, func(_ *run, c context, _ []*term) any { return float64(c.size) }},
		{"position", "position()", 0, 0, false, numberType, func(_ *run, c context, _ []*term) any { return float64(c.position) }},
		{"count", "count(nodes)", 1, 1, true, numberType, func(r *run, c context, a []*term) any { return float64(len(r.nodes(a[0], c))) }},
		{"local-name", "local-name(nodes)", 0, 1, true, stringType, naming(func(n *Node) string { return n.Name })},
		{"namespace-uri", "namespace-uri(nodes)", 0, 1, true, stringType, naming(func(n *Node) string { return n.Space })},
		{"name", "name(nodes)", 0, 1, true, stringType, naming((*Node).qname)},

		{"string", "string(value)", 0, 1, false, stringType, func(r *run, c context, a []*term) any { return r.argument(c, a) }},
		{"concat", "concat(text, text, …)", 2, -1, false, stringType, concat},
		{"starts-with", "starts-with(text, start)", 2, 2, false, booleanType, testing(strings.HasPrefix)},
		{"contains", "contains(text, part)", 2, 2, false, booleanType, testing(strings.Contains)},
		{"substring-before", "substring-before(text, part)", 2, 2, false, stringType, cutting(func(before, _ string) string { return before })},
		{"substring-after", "substring-after(text, part)", 2, 2, false, stringType, cutting(func(_, after string) string { return after })},
		{"substring", "substring(text, start, length)", 2, 3, false, stringType, substring},
		{"string-length", "string-length(text)", 0, 1, false, numberType, func(r *run, c context, a []*term) any {
			return float64(utf8.RuneCountInString(r.argument(c, a)))
		}},
		{"normalize-space", "normalize-space(text)", 0, 1, false, stringType, func(r *run, c context, a []*term) any {
			return strings.Join(strings.FieldsFunc(r.argument(c, a), isBlank), " ")
		}},
		{"translate", "translate(text, from, to)", 3, 3, false, stringType, translate},

		{"boolean", "boolean(value)", 1, 1, false, booleanType, func(r *run, c context, a []*term) any { return Boolean(r.eval(a[0], c)) }},
		{"not", "not(value)", 1, 1, false, booleanType, func(r *run, c context, a []*term) any { return !Boolean(r.eval(a[0], c)) }},
		{"true", "true()", 0, 0, false, booleanType, func(*run, context, []*term) any { return true }},
		{"false", "false()", 0, 0, false, booleanType, func(*run, context, []*term) any { return false }},
		{"lang", "lang(language)", 1, 1, false, booleanType, lang},

		{"number", "number(value)", 0, 1, false, numberType, number},
		{"sum", "sum(nodes)", 1, 1, true, numberType, sum},
		{"floor", "floor(number)", 1, 1, false, numberType, rounding(math.Floor)},
		{"ceiling", "ceiling(number)", 1, 1, false, numberType, rounding(math.Ceil)},
		{"round", "round(number)", 1, 1, false, numberType, rounding(round)},
	}
}}

// argument returns the only argument, or the context node, as a string.
func (r *run) argument(c context, args []*term) string {
	if len(args) == 0 {
		return r.text([]*Node{c.node})
	}
	return r.text(r.eval(args[0], c))
}

func naming(name func(*Node) string) func(*run, context, []*term) any {
	return func(r *run, c context, args []*term) any {
		nodes := []*Node{c.node}
		if len(args) > 0 {
			nodes = r.nodes(args[0], c)
		}
		if len(nodes) == 0 {
			return ""
		}
		return name(nodes[0])
	}
}

func concat(r *run, c context, args []*term) any {
	var b strings.Builder
	for _, arg := range args {
		b.WriteString(r.text(r.eval(arg, c)))
		if b.Len() > maxBytes && r.err == nil {
			r.err = ErrLimit
		}
		if r.err != nil {
			return ""
		}
	}
	return b.String()
}

func testing(test func(s, part string) bool) func(*run, context, []*term) any {
	return func(r *run, c context, args []*term) any {
		return test(r.text(r.eval(args[0], c)), r.text(r.eval(args[1], c)))
	}
}

func cutting(pick func(before, after string) string) func(*run, context, []*term) any {
	return func(r *run, c context, args []*term) any {
		before, after, found := strings.Cut(r.text(r.eval(args[0], c)), r.text(r.eval(args[1], c)))
		if !found {
			return ""
		}
		return pick(before, after)
	}
}

// substring counts characters from 1 and rounds its numbers.
func substring(r *run, c context, args []*term) any {
	text := r.text(r.eval(args[0], c))
	start := round(toNumber(r.eval(args[1], c)))
	end := math.Inf(1)
	if len(args) == 3 {
		end = start + round(toNumber(r.eval(args[2], c)))
	}
	var b strings.Builder
	position := 1.0
	for _, char := range text {
		if position >= start && position < end {
			b.WriteRune(char)
		}
		position++
	}
	return b.String()
}

func translate(r *run, c context, args []*term) any {
	text := r.text(r.eval(args[0], c))
	from, to := []rune(r.text(r.eval(args[1], c))), []rune(r.text(r.eval(args[2], c)))
	mapping := make(map[rune]rune, len(from))
	for i, char := range from {
		if _, known := mapping[char]; known {
			continue
		}
		mapping[char] = -1
		if i < len(to) {
			mapping[char] = to[i]
		}
	}
	return strings.Map(func(char rune) rune {
		if replacement, ok := mapping[char]; ok {
			return replacement
		}
		return char
	}, text)
}

func isBlank(c rune) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

func lang(r *run, c context, args []*term) any {
	want := strings.ToLower(r.text(r.eval(args[0], c)))
	for n := c.node; n != nil; n = n.parent {
		for _, a := range n.attributes {
			if a.Space == xmlSpace && a.Name == "lang" {
				have := strings.ToLower(a.text)
				return have == want || strings.HasPrefix(have, want+"-")
			}
		}
	}
	return false
}

func number(r *run, c context, args []*term) any {
	if len(args) == 0 {
		return toNumber([]*Node{c.node})
	}
	return toNumber(r.eval(args[0], c))
}

func sum(r *run, c context, args []*term) any {
	total := 0.0
	for _, n := range r.nodes(args[0], c) {
		total += parseNumber(r.text([]*Node{n}))
	}
	return total
}

func rounding(f func(float64) float64) func(*run, context, []*term) any {
	return func(r *run, c context, args []*term) any { return f(toNumber(r.eval(args[0], c))) }
}

// laterFunctions are the common ones of XPath 2.0 and later.
var laterFunctions = lazy.Of[map[string]bool]{Make: func() map[string]bool {
	return map[string]bool{
		"abs": true, "avg": true, "codepoints-to-string": true, "compare": true, "current-date": true, "current-dateTime": true,
		"data": true, "deep-equal": true, "distinct-values": true, "doc": true, "empty": true, "ends-with": true, "error": true,
		"exactly-one": true, "exists": true, "filter": true, "fold-left": true, "for-each": true, "format-number": true,
		"head": true, "index-of": true, "insert-before": true, "lower-case": true, "matches": true, "max": true, "min": true,
		"node-name": true, "one-or-more": true, "parse-json": true, "parse-xml": true, "remove": true, "replace": true,
		"reverse": true, "root": true, "sort": true, "string-join": true, "string-to-codepoints": true, "subsequence": true,
		"tail": true, "tokenize": true, "upper-case": true, "zero-or-one": true,
	}
}}

var laterFunctionHelp = lazy.Of[map[string]string]{Make: func() map[string]string {
	return map[string]string{
		"exists":     "write boolean(…), or the path alone",
		"empty":      "write not(…)",
		"lower-case": "write translate(…, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')",
		"upper-case": "write translate(…, 'abcdefghijklmnopqrstuvwxyz', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ')",
		"ends-with":  "compare the end with substring(…)",
		"matches":    "use a criterion of type regex",
	}
}}
