package jsonschema

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"regexp/syntax"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// number makes a number within the limits, a multiple where one is asked for.
func (m *maker) number(w *wants, integer bool) any {
	step := m.step(w, integer)
	low, high := m.limits(w, step)
	if step == nil {
		return m.between(w, low, high)
	}
	first := ceil(new(big.Rat).Quo(low, step))
	last := floor(new(big.Rat).Quo(high, step))
	if w.aboveMin && new(big.Rat).Mul(new(big.Rat).SetInt(first), step).Cmp(low) == 0 {
		first.Add(first, big.NewInt(1))
	}
	if w.belowMax && new(big.Rat).Mul(new(big.Rat).SetInt(last), step).Cmp(high) == 0 {
		last.Sub(last, big.NewInt(1))
	}
	if first.Cmp(last) > 0 {
		return m.fail()
	}
	k := first.Add(first, m.upTo(new(big.Int).Sub(last, first)))
	return decimal(new(big.Rat).Mul(new(big.Rat).SetInt(k), step))
}

// step returns what the number must be a multiple of, or nil.
func (m *maker) step(w *wants, integer bool) *big.Rat {
	var step *big.Rat
	if integer {
		step = big.NewRat(1, 1)
	}
	for _, r := range w.multiples {
		if step == nil {
			step = r
			continue
		}
		step = leastCommon(step, r)
		if step.Num().BitLen() > mostBits {
			break // what is made is refused then, and no number of use was lost
		}
	}
	return step
}

// mostBits bounds the numbers that are made of many multiples.
const mostBits = 512

// leastCommon returns the smallest number that is a multiple of both:
// lcm of the numerators over gcd of the denominators.
func leastCommon(a, b *big.Rat) *big.Rat {
	gcd := new(big.Int).GCD(nil, nil, a.Num(), b.Num())
	num := new(big.Int).Div(new(big.Int).Mul(a.Num(), b.Num()), gcd)
	den := new(big.Int).GCD(nil, nil, a.Denom(), b.Denom())
	return new(big.Rat).SetFrac(num, den)
}

func (m *maker) limits(w *wants, step *big.Rat) (low, high *big.Rat) {
	const span = 1000
	switch {
	case w.min != nil && w.max != nil:
		return w.min, w.max
	case w.min != nil:
		return w.min, beyond(w.min, span, step)
	case w.max != nil:
		return beyond(w.max, -span, step), w.max
	}
	return new(big.Rat), beyond(new(big.Rat), span, step)
}

// beyond returns a limit far enough away that multiples fit between.
func beyond(from *big.Rat, span int64, step *big.Rat) *big.Rat {
	far := big.NewRat(span, 1)
	if step != nil {
		far.Mul(far, new(big.Rat).Add(step, big.NewRat(1, 1)))
	}
	return far.Add(far, from)
}

// between makes a number between two limits, with two decimals where they
// leave room for that.
func (m *maker) between(w *wants, low, high *big.Rat) any {
	gap := new(big.Rat).Sub(high, low)
	if gap.Sign() < 0 {
		return m.fail()
	}
	part := big.NewRat(1+m.rng.Int64N(998), 1000)
	value := part.Mul(part, gap)
	value.Add(value, low)
	for _, digits := range []int{2, 6, 20, 400} {
		rounded, ok := new(big.Rat).SetString(value.FloatString(digits))
		if ok && rounded.Cmp(low) >= 0 && rounded.Cmp(high) <= 0 &&
			(!w.aboveMin || rounded.Cmp(low) > 0) && (!w.belowMax || rounded.Cmp(high) < 0) {
			return decimal(rounded)
		}
	}
	return decimal(value)
}

func (m *maker) upTo(n *big.Int) *big.Int {
	if !n.IsInt64() || n.Int64() == 1<<63-1 {
		return big.NewInt(m.rng.Int64N(1000))
	}
	return big.NewInt(m.rng.Int64N(n.Int64() + 1))
}

func ceil(r *big.Rat) *big.Int {
	n := floor(new(big.Rat).Neg(r))
	return n.Neg(n)
}

func floor(r *big.Rat) *big.Int {
	// big.Int's Div rounds towards minus infinity for a positive divisor.
	return new(big.Int).Div(r.Num(), r.Denom())
}

func decimal(r *big.Rat) json.Number {
	if r.IsInt() {
		return json.Number(r.Num().String())
	}
	digits, exact := r.FloatPrec()
	if !exact {
		digits = 20
	}
	return json.Number(strings.TrimRight(r.FloatString(digits), "0"))
}

// text makes a string by format, then pattern, then length.
func (m *maker) text(w *wants) any {
	for try := range 30 {
		s, ok := m.candidate(w, try)
		if ok && m.fitsText(w, s) {
			return s
		}
	}
	return m.fail()
}

func (m *maker) candidate(w *wants, try int) (string, bool) {
	if s, ok := m.byFormat(w.format); ok && (len(w.patterns) == 0 || try < 10) {
		return s, true
	}
	if len(w.patterns) > 0 {
		return m.fromPattern(w.patterns[try%len(w.patterns)], w.minLength+try)
	}
	return m.words(w), true
}

func (m *maker) fitsText(w *wants, s string) bool {
	length := utf8.RuneCountInString(s)
	if length < w.minLength || (w.maxLength >= 0 && length > w.maxLength) {
		return false
	}
	for _, p := range w.patterns {
		if re, err := compilePattern(p); err != nil || !re.MatchString(s) {
			return false
		}
	}
	return true
}

const maxSampleText = 1 << 16

func (m *maker) words(w *wants) string {
	list := [...]string{"amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heath", "islet", "jetty", "knoll", "larch"}
	s := list[m.rng.IntN(len(list))]
	if w.minLength > maxSampleText {
		m.failed = true
		return ""
	}
	for utf8.RuneCountInString(s) < w.minLength {
		s += " " + list[m.rng.IntN(len(list))]
	}
	if w.maxLength >= 0 && len(s) > w.maxLength {
		s = s[:w.maxLength]
	}
	return s
}

// sampleEpoch is the day from which samples count time: a sample must be the
// same whenever it is made.
const sampleEpoch = 1_767_225_600 // 2026-01-01T00:00:00Z

func (m *maker) byFormat(format string) (string, bool) {
	n := m.rng.IntN(1000)
	at := time.Unix(sampleEpoch+int64(m.rng.IntN(365*24*3600)), 0).UTC()
	switch format {
	case "email", "idn-email":
		return fmt.Sprintf("user%d@example.com", n), true
	case "uuid":
		return m.uuid(), true
	case "date-time":
		return at.Format(time.RFC3339), true
	case "date":
		return at.Format(time.DateOnly), true
	case "time":
		return at.Format("15:04:05Z07:00"), true
	case "duration":
		return fmt.Sprintf("PT%dM", n), true
	case "period":
		return at.Format(time.RFC3339) + "/PT1H", true
	case "uri", "iri", "url":
		return fmt.Sprintf("https://example.com/%d", n), true
	case "uri-reference", "iri-reference":
		return fmt.Sprintf("/items/%d", n), true
	case "uri-template":
		return "/items/{id}", true
	case "hostname", "idn-hostname":
		return fmt.Sprintf("host%d.example.com", n), true
	case "ipv4":
		return fmt.Sprintf("192.0.2.%d", n%256), true
	case "ipv6":
		return fmt.Sprintf("2001:db8::%x", n), true
	case "json-pointer":
		return fmt.Sprintf("/items/%d", n), true
	case "relative-json-pointer":
		return "0/name", true
	case "regex":
		return "^[a-z]+$", true
	case "semver":
		return fmt.Sprintf("1.%d.0", n), true
	case "byte":
		return base64.StdEncoding.EncodeToString([]byte("sample " + strconv.Itoa(n))), true
	}
	return "", false
}

func (m *maker) uuid() string {
	a, b := m.rng.Uint64(), m.rng.Uint64()
	a = a&^0xf000 | 0x4000       // version 4
	b = b&^(0b11<<62) | 0b10<<62 // variant of RFC 9562
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", a>>32, a>>16&0xffff, a&0xffff, b>>48, b&0xffffffffffff)
}

// fromPattern makes a string that a pattern is likely to match, of about the
// wanted length. Look-around is left out; whoever asks must check.
func (m *maker) fromPattern(pattern string, length int) (string, bool) {
	re, err := syntax.Parse(withoutLookaround(pattern), syntax.Perl)
	if err != nil {
		return "", false
	}
	var b strings.Builder
	m.writePattern(&b, re, 1+length/4)
	for padded := b.Len(); padded < length && open(pattern); padded++ {
		b.WriteByte('x')
	}
	return b.String(), b.Len() < maxSampleText
}

// open reports whether text may follow what the pattern matches.
func open(pattern string) bool { return !strings.HasSuffix(pattern, "$") }

func (m *maker) writePattern(b *strings.Builder, re *syntax.Regexp, more int) {
	if b.Len() > maxSampleText {
		return
	}
	switch re.Op {
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			b.WriteRune(r)
		}
	case syntax.OpCharClass:
		b.WriteRune(m.pickRune(re.Rune))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte(byte('a' + m.rng.IntN(26)))
	case syntax.OpStar:
		m.repeat(b, re.Sub[0], 0, more)
	case syntax.OpPlus:
		m.repeat(b, re.Sub[0], 1, more)
	case syntax.OpQuest:
		m.repeat(b, re.Sub[0], 0, 1)
	case syntax.OpRepeat:
		extra := more
		if re.Max >= 0 {
			extra = min(more, re.Max-re.Min)
		}
		m.repeat(b, re.Sub[0], re.Min, extra)
	case syntax.OpAlternate:
		m.writePattern(b, re.Sub[m.rng.IntN(len(re.Sub))], more)
	case syntax.OpConcat, syntax.OpCapture:
		for _, sub := range re.Sub {
			m.writePattern(b, sub, more)
		}
	}
}

func (m *maker) repeat(b *strings.Builder, re *syntax.Regexp, least, extra int) {
	for range least + m.rng.IntN(extra+1) {
		m.writePattern(b, re, extra)
	}
}

// pickRune takes a character of a class, a printable one where there is one.
func (m *maker) pickRune(class []rune) rune {
	var ranges [][2]rune
	for i := 0; i+1 < len(class); i += 2 {
		low, high := max(class[i], ' '), min(class[i+1], '~')
		if low <= high {
			ranges = append(ranges, [2]rune{low, high})
		}
	}
	if len(ranges) == 0 {
		return class[0]
	}
	r := ranges[m.rng.IntN(len(ranges))]
	return r[0] + rune(m.rng.IntN(int(r[1]-r[0])+1))
}

// withoutLookaround removes "(?=…)", "(?!…)", "(?<=…)" and "(?<!…)", and
// writes \uXXXX as RE2 does.
func withoutLookaround(pattern string) string {
	for _, opening := range []string{"(?=", "(?!", "(?<=", "(?<!"} {
		for {
			start := strings.Index(pattern, opening)
			if start < 0 {
				break
			}
			end := closing(pattern, start)
			if end < 0 {
				break
			}
			pattern = pattern[:start] + pattern[end+1:]
		}
	}
	return unicodeEscapes(pattern)
}

// closing finds the parenthesis that ends a group.
func closing(pattern string, start int) int {
	depth, class := 0, false
	for i := start; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '\\':
			i++
		case class:
			class = c != ']'
		case c == '[':
			class = true
		case c == '(':
			depth++
		case c == ')':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

func unicodeEscapes(pattern string) string {
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		if strings.HasPrefix(pattern[i:], `\u`) && i+6 <= len(pattern) {
			b.WriteString(`\x{` + pattern[i+2:i+6] + "}")
			i += 5
			continue
		}
		b.WriteByte(pattern[i])
		if pattern[i] == '\\' && i+1 < len(pattern) {
			i++
			b.WriteByte(pattern[i])
		}
	}
	return b.String()
}
