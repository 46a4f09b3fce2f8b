package tree

import (
	"fmt"
	"math/big"
	"strings"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
)

// maxNumber is the longest number that is read, in characters. Arithmetic on
// longer ones costs more than any contract is worth.
const maxNumber = 1_000

// resolvePlain gives a plain scalar its kind and text by the core schema of
// YAML 1.2 (section 10.3.2).
func resolvePlain(text string) (Kind, string) {
	switch text {
	case "", "~", "null", "Null", "NULL":
		return Null, "null"
	case "true", "True", "TRUE":
		return Bool, "true"
	case "false", "False", "FALSE":
		return Bool, "false"
	}
	if !startsNumber(text[0]) {
		return String, text
	}
	if number, ok := jsonNumber(text); ok {
		return Number, number
	}
	return String, text
}

func startsNumber(c byte) bool {
	return c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.'
}

// jsonNumber writes a number of the core schema as JSON has it, losing no
// digit. It reports false for what is not a number (or is not finite).
func jsonNumber(text string) (string, bool) {
	if digits, ok := strings.CutPrefix(text, "0x"); ok {
		return integerOf(digits, 16)
	}
	if digits, ok := strings.CutPrefix(text, "0o"); ok {
		return integerOf(digits, 8)
	}
	return decimalOf(text)
}

func integerOf(digits string, base int) (string, bool) {
	if digits == "" || strings.Trim(digits, "0123456789abcdefABCDEF"[:alphabet(base)]) != "" {
		return "", false
	}
	if len(digits) > maxNumber {
		return digits, true // refused by its length, not worth the conversion
	}
	n, ok := new(big.Int).SetString(digits, base)
	if !ok {
		return "", false
	}
	return n.String(), true
}

// alphabet is how many characters of the digits of all bases a base uses.
func alphabet(base int) int {
	if base == 8 {
		return 8
	}
	return 22
}

// decimalOf matches [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
func decimalOf(text string) (string, bool) {
	rest := text
	sign := ""
	switch {
	case strings.HasPrefix(rest, "-"):
		sign, rest = "-", rest[1:]
	case strings.HasPrefix(rest, "+"):
		rest = rest[1:]
	}
	whole, rest := cutDigits(rest)
	fraction := ""
	dot := strings.HasPrefix(rest, ".")
	if dot {
		fraction, rest = cutDigits(rest[1:])
	}
	if whole == "" && fraction == "" {
		return "", false
	}
	exponent, ok := exponentOf(rest)
	if !ok {
		return "", false
	}
	whole = strings.TrimLeft(whole, "0")
	if whole == "" {
		whole = "0"
	}
	if fraction != "" {
		fraction = "." + fraction
	}
	return sign + whole + fraction + exponent, true
}

func cutDigits(s string) (digits, rest string) {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return s[:i], s[i:]
}

func exponentOf(s string) (string, bool) {
	if s == "" {
		return "", true
	}
	if s[0] != 'e' && s[0] != 'E' {
		return "", false
	}
	sign := ""
	digits := s[1:]
	if digits != "" && (digits[0] == '-' || digits[0] == '+') {
		sign, digits = digits[:1], digits[1:]
	}
	number, rest := cutDigits(digits)
	if number == "" || rest != "" {
		return "", false
	}
	return s[:1] + sign + number, true
}

// isNotFinite reports whether a plain scalar is a number that JSON has not.
func isNotFinite(text string) bool {
	switch strings.TrimLeft(text, "+-") {
	case ".inf", ".Inf", ".INF":
		return len(text) <= 5
	}
	switch text {
	case ".nan", ".NaN", ".NAN":
		return true
	}
	return false
}

// checkNumber reports a number that is too long to compute with.
func (b *builder) checkNumber(n *Node) {
	if len(n.Text) <= maxNumber {
		return
	}
	b.errorAt(CodeNumber, n.Span, n.Path(),
		fmt.Sprintf("this number has %d characters; the most that is read is %d", len(n.Text), maxNumber),
		"write it as a string")
	n.Kind = String
}

// applyTag gives a scalar the kind that its tag, which stands at a place of
// its own, asks for.
func (b *builder) applyTag(n *Node, at source.Span, tag, text string) {
	kind, normal := resolvePlain(text)
	var want Kind
	switch tag {
	case "!", "!!str", "!!timestamp":
		n.Kind, n.Text = String, text
		return
	case "!!null":
		want = Null
	case "!!bool":
		want = Bool
	case "!!int", "!!float":
		want = Number
	case "!!seq", "!!map":
		b.tagMismatch(n, at, tag)
		return
	default:
		b.unknownTag(n, at, tag)
		return
	}
	if kind != want || (tag == "!!int" && strings.ContainsAny(normal, ".eE")) {
		b.tagMismatch(n, at, tag)
		return
	}
	n.Kind, n.Text = kind, normal
	b.checkNumber(n)
}

func (b *builder) tagMismatch(n *Node, at source.Span, tag string) {
	b.errorAt(CodeTag, at, n.Path(), fmt.Sprintf("the tag %s does not fit this value", tag), "remove the tag or correct the value")
}

func (b *builder) unknownTag(n *Node, at source.Span, tag string) {
	b.report(diag.Diagnostic{
		Code: CodeTag, Severity: diag.Error, Span: at, Path: n.Path(),
		Message: fmt.Sprintf("the tag %s has no meaning here", quote(tag)),
		Help:    "remove the tag; the tags of JSON values (!!str, !!int, !!float, !!bool, !!null, !!seq, !!map) are known",
	})
}
