package schemadiff

import (
	"encoding/binary"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// language is a set of texts: those that some patterns are found in and others
// are not, of some length, without single texts. Patterns are run side by side
// as automata, so that whether there is such a text can be decided and the
// shortest is found.
type language struct {
	progs  []*syntax.Prog
	neg    []bool
	minLen int
	maxLen int // -1: none
	not    []string
	steps  []rune // one character for each class of those that nothing tells apart

	// pay is asked before each step, for about as many instructions as it looks
	// at; it is false where no more may be taken.
	pay func(instructions int) bool
	// visited holds the round in which an instruction was looked at last.
	visited []int
	round   int
	stack   []uint32
}

// The bounds of an automaton that is walked.
const (
	maxStates  = 6000
	maxClasses = 400
	maxCounted = 400
)

// newLanguage compiles patterns; it is false for those that are not regular.
func newLanguage(patterns []textual, minLen, maxLen int, not []string) (*language, bool) {
	l := &language{minLen: max(minLen, 0), maxLen: maxLen, not: not}
	for _, p := range patterns {
		re, err := syntax.Parse(p.pattern, syntax.Perl)
		if err != nil {
			return nil, false
		}
		prog, err := syntax.Compile(re.Simplify())
		if err != nil || len(prog.Inst) > 4000 {
			return nil, false
		}
		l.progs, l.neg = append(l.progs, prog), append(l.neg, p.neg)
	}
	if l.minLen > maxCounted {
		return nil, false
	}
	if l.maxLen > maxCounted {
		l.maxLen = maxCounted // only shorter ones are looked for; see find
	}
	longest := 0
	for _, prog := range l.progs {
		longest = max(longest, len(prog.Inst))
	}
	l.visited = make([]int, longest)
	return l, l.classes()
}

// classes picks the characters that are tried.
func (l *language) classes() bool {
	edges := map[rune]bool{0: true, '\n': true, '\n' + 1: true}
	edge := func(low, high rune) { edges[low], edges[high+1] = true, true }
	for _, r := range [][2]rune{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}, {0xd800, 0xdfff}} {
		edge(r[0], r[1])
	}
	for _, prog := range l.progs {
		for i := range prog.Inst {
			inst := &prog.Inst[i]
			switch inst.Op {
			case syntax.InstRune, syntax.InstRune1:
				instEdges(inst, edge)
			}
		}
	}
	for _, s := range l.not {
		for _, r := range s {
			edge(r, r)
		}
	}
	list := make([]rune, 0, len(edges))
	for r := range edges {
		if r >= 0 && r <= unicode.MaxRune {
			list = append(list, r)
		}
	}
	if len(list) > maxClasses {
		return false
	}
	slices.Sort(list)
	for i, low := range list {
		high := rune(unicode.MaxRune)
		if i+1 < len(list) {
			high = list[i+1] - 1
		}
		if low >= 0xd800 && low <= 0xdfff {
			continue
		}
		l.steps = append(l.steps, nicest(low, high))
	}
	// Letters and digits first, for texts that read well.
	slices.SortStableFunc(l.steps, func(a, b rune) int { return rank(a) - rank(b) })
	return true
}

func instEdges(inst *syntax.Inst, edge func(low, high rune)) {
	if len(inst.Rune) == 1 {
		r := inst.Rune[0]
		edge(r, r)
		if syntax.Flags(inst.Arg)&syntax.FoldCase != 0 {
			for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
				edge(f, f)
			}
		}
		return
	}
	for i := 0; i+1 < len(inst.Rune); i += 2 {
		edge(inst.Rune[i], inst.Rune[i+1])
	}
}

func nicest(low, high rune) rune {
	for _, r := range [][2]rune{{'a', 'z'}, {'A', 'Z'}, {'0', '9'}, {'!', '~'}, {' ', ' '}, {0xa1, 0x2fff}} {
		if a, b := max(low, r[0]), min(high, r[1]); a <= b {
			return a
		}
	}
	return low
}

func rank(r rune) int {
	switch {
	case r >= 'a' && r <= 'z':
		return 0
	case r >= 'A' && r <= 'Z':
		return 1
	case r >= '0' && r <= '9':
		return 2
	case r > ' ' && r <= '~':
		return 3
	}
	return 4
}

// spot is a state of all automata at once, with the text that led there.
type spot struct {
	text    string
	length  int
	before  rune // the last character's class: -1 at the start
	threads [][]uint32
	done    []bool // the pattern has been found, which nothing can undo
	same    []int  // the texts to avoid that begin like this one
}

// find returns up to some texts of the language, the shortest first. Without
// one, exhausted says that there is none at all.
func (l *language) find(limit int) (texts []string, exhausted bool) {
	start := spot{before: -1, threads: make([][]uint32, len(l.progs)), done: make([]bool, len(l.progs))}
	for i := range l.not {
		start.same = append(start.same, i)
	}
	seen := map[string]bool{}
	queue := []spot{start}
	for at := 0; at < len(queue); at++ {
		s := queue[at]
		if l.accepts(s) {
			texts = append(texts, s.text)
			if len(texts) >= limit {
				return texts, false
			}
		}
		if l.maxLen >= 0 && s.length >= l.maxLen {
			continue
		}
		for _, r := range l.steps {
			if !l.pay(l.looked(s)) {
				return texts, false
			}
			next, alive := l.step(s, r)
			if !alive {
				continue
			}
			key := l.key(next)
			if seen[key] {
				continue
			}
			if len(seen) >= maxStates {
				return texts, false
			}
			seen[key] = true
			queue = append(queue, next)
		}
	}
	return texts, l.maxLen != maxCounted
}

// looked is about how many instructions a step from a spot looks at.
func (l *language) looked(s spot) int {
	n := 1
	for _, threads := range s.threads {
		n += 1 + 2*len(threads)
	}
	return n
}

func (l *language) accepts(s spot) bool {
	if s.length < l.minLen {
		return false
	}
	for _, i := range s.same {
		if l.not[i] == s.text {
			return false
		}
	}
	for i, prog := range l.progs {
		hit := s.done[i]
		if !hit {
			_, hit = l.closure(prog, s.threads[i], s.before, -1)
		}
		if hit == l.neg[i] {
			return false
		}
	}
	return true
}

// step reads one more character. It is not alive where a pattern that must not
// be found has been.
func (l *language) step(s spot, r rune) (spot, bool) {
	next := spot{text: s.text + string(r), length: s.length + 1, before: class(r)}
	next.threads, next.done = make([][]uint32, len(l.progs)), slices.Clone(s.done)
	for i, prog := range l.progs {
		if s.done[i] {
			continue
		}
		open, hit := l.closure(prog, s.threads[i], s.before, r)
		if hit {
			if l.neg[i] {
				return spot{}, false
			}
			next.done[i] = true
			continue
		}
		for _, pc := range open {
			inst := &prog.Inst[pc]
			if inst.MatchRune(r) && !slices.Contains(next.threads[i], inst.Out) {
				next.threads[i] = append(next.threads[i], inst.Out)
			}
		}
		slices.Sort(next.threads[i])
	}
	for _, i := range s.same {
		if strings.HasPrefix(l.not[i], next.text) {
			next.same = append(next.same, i)
		}
	}
	return next, true
}

// class is what a character is to the assertions of a pattern.
func class(r rune) rune {
	switch {
	case r == '\n':
		return '\n'
	case syntax.IsWordChar(r):
		return 'a'
	}
	return ' '
}

// closure follows a pattern's threads, and one that starts here, through all
// that takes no character. It returns where characters are read, and whether
// the pattern has been found.
func (l *language) closure(prog *syntax.Prog, threads []uint32, before, after rune) (open []uint32, hit bool) {
	flags := syntax.EmptyOpContext(before, after)
	l.round++
	stack := append(append(l.stack[:0], threads...), uint32(prog.Start))
	defer func() { l.stack = stack[:0] }()
	for len(stack) > 0 {
		pc := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if l.visited[pc] == l.round {
			continue
		}
		l.visited[pc] = l.round
		inst := &prog.Inst[pc]
		switch inst.Op {
		case syntax.InstMatch:
			return nil, true
		case syntax.InstAlt, syntax.InstAltMatch:
			stack = append(stack, inst.Out, inst.Arg)
		case syntax.InstCapture, syntax.InstNop:
			stack = append(stack, inst.Out)
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(inst.Arg)&^flags == 0 {
				stack = append(stack, inst.Out)
			}
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			open = append(open, pc)
		case syntax.InstFail:
		}
	}
	return open, false
}

func (l *language) key(s spot) string {
	var b []byte
	length := s.length
	if l.maxLen < 0 {
		length = min(length, l.minLen)
	}
	b = binary.AppendVarint(b, int64(length))
	b = utf8.AppendRune(b, max(s.before, 0))
	for i := range l.progs {
		if s.done[i] {
			b = append(b, 0xff)
		}
		for _, pc := range s.threads[i] {
			b = binary.AppendUvarint(b, uint64(pc)+1)
		}
		b = append(b, 0)
	}
	for _, i := range s.same {
		b = binary.AppendUvarint(b, uint64(i)+1)
	}
	return string(b)
}
