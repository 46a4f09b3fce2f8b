package jsonschema

import (
	"regexp/syntax"
	"unicode/utf8"
)

// sequence is a pattern of the simple form that most patterns of contracts
// have: from the start of the string, classes of characters one after another,
// each so and so often, as in "^[A-Z]{2}-\d+$". Where it is always clear which
// class the next character belongs to, there is one way to match and one pass
// finds it, several times faster than a regular expression.
type sequence struct {
	text  string
	steps []step
	// whole says that nothing may follow.
	whole bool
}

type step struct {
	class    runes
	min, max int // how often; a max of -1 is no limit
}

// runes is a set of characters: those of ASCII as bits, others as ranges.
type runes struct {
	ascii  [2]uint64
	ranges []rune // pairs, in order
}

// maxSequence bounds how many steps are worth it.
const maxSequence = 64

// newSequence reads a pattern, or returns nil where it is not of that form.
func newSequence(text string) *sequence {
	re, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil
	}
	s := &sequence{text: text}
	parts := inOrder(re, nil)
	if len(parts) < 2 || parts[0].Op != syntax.OpBeginText {
		return nil
	}
	parts = parts[1:]
	if parts[len(parts)-1].Op == syntax.OpEndText {
		s.whole = true
		parts = parts[:len(parts)-1]
	}
	for _, part := range parts {
		if !s.add(part) || len(s.steps) > maxSequence {
			return nil
		}
	}
	if !s.isClear() {
		return nil
	}
	return s
}

// inOrder lists what stands one after another, brackets left out.
func inOrder(re *syntax.Regexp, list []*syntax.Regexp) []*syntax.Regexp {
	switch re.Op {
	case syntax.OpConcat, syntax.OpCapture:
		for _, sub := range re.Sub {
			list = inOrder(sub, list)
		}
		return list
	case syntax.OpEmptyMatch:
		return list
	}
	return append(list, re)
}

func (s *sequence) add(re *syntax.Regexp) bool {
	least, most := 1, 1
	switch re.Op {
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase != 0 {
			return false
		}
		for _, r := range re.Rune {
			s.steps = append(s.steps, step{newRunes([]rune{r, r}), 1, 1})
		}
		return true
	case syntax.OpStar:
		least, most = 0, -1
	case syntax.OpPlus:
		least, most = 1, -1
	case syntax.OpQuest:
		least, most = 0, 1
	case syntax.OpRepeat:
		least, most = re.Min, re.Max
	}
	if len(re.Sub) == 1 && re.Op != syntax.OpCapture {
		re = re.Sub[0]
	}
	class, ok := oneRune(re)
	s.steps = append(s.steps, step{class, least, most})
	return ok
}

// oneRune returns the characters that an expression for one character allows.
func oneRune(re *syntax.Regexp) (runes, bool) {
	switch re.Op {
	case syntax.OpCharClass:
		return newRunes(re.Rune), true
	case syntax.OpAnyChar:
		return newRunes([]rune{0, utf8.MaxRune}), true
	case syntax.OpAnyCharNotNL:
		return newRunes([]rune{0, '\n' - 1, '\n' + 1, utf8.MaxRune}), true
	case syntax.OpLiteral:
		if len(re.Rune) == 1 && re.Flags&syntax.FoldCase == 0 {
			return newRunes([]rune{re.Rune[0], re.Rune[0]}), true
		}
	}
	return runes{}, false
}

func newRunes(pairs []rune) runes {
	var set runes
	for i := 0; i+1 < len(pairs); i += 2 {
		for r := pairs[i]; r <= pairs[i+1] && r < utf8.RuneSelf; r++ {
			set.ascii[r/64] |= 1 << (r % 64)
		}
		if pairs[i+1] >= utf8.RuneSelf {
			set.ranges = append(set.ranges, max(pairs[i], utf8.RuneSelf), pairs[i+1])
		}
	}
	return set
}

func (set *runes) has(r rune) bool {
	for i := 0; i < len(set.ranges) && set.ranges[i] <= r; i += 2 {
		if r <= set.ranges[i+1] {
			return true
		}
	}
	return false
}

func (set *runes) meets(o *runes) bool {
	if set.ascii[0]&o.ascii[0] != 0 || set.ascii[1]&o.ascii[1] != 0 {
		return true
	}
	for i := 0; i < len(set.ranges); i += 2 {
		for j := 0; j < len(o.ranges); j += 2 {
			if set.ranges[i] <= o.ranges[j+1] && o.ranges[j] <= set.ranges[i+1] {
				return true
			}
		}
	}
	return false
}

// isClear reports whether a character that a step can take never is one that
// should be left for a later step.
func (s *sequence) isClear() bool {
	for i := range s.steps {
		if s.steps[i].min == s.steps[i].max {
			continue
		}
		for j := i + 1; j < len(s.steps); j++ {
			if s.steps[i].class.meets(&s.steps[j].class) {
				return false
			}
			if s.steps[j].min > 0 {
				break
			}
		}
	}
	return true
}

// MatchString implements pattern.
func (s *sequence) MatchString(text string) bool {
	at := 0
	for i := range s.steps {
		step := &s.steps[i]
		taken := 0
		for at < len(text) && taken != step.max {
			width := 1
			if c := text[at]; c >= utf8.RuneSelf {
				var r rune
				if r, width = utf8.DecodeRuneInString(text[at:]); !step.class.has(r) {
					break
				}
			} else if step.class.ascii[c/64]&(1<<(c%64)) == 0 {
				break
			}
			at += width
			taken++
		}
		if taken < step.min {
			return false
		}
	}
	return !s.whole || at == len(text)
}

// String implements pattern.
func (s *sequence) String() string { return s.text }
