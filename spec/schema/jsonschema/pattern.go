package jsonschema

import (
	"fmt"
	"regexp"
	"time"

	"github.com/dlclark/regexp2"
)

// patternTime bounds one match of a pattern that needs backtracking. Such
// patterns can take for ever; one that does is treated as not matching.
const patternTime = 100 * time.Millisecond

// maxPattern bounds the length of a pattern, in bytes.
const maxPattern = 8 << 10

// pattern is a compiled regular expression.
type pattern interface {
	// MatchString reports whether any part of s matches.
	MatchString(s string) bool
	// String returns the pattern as it was written.
	String() string
}

// compilePattern compiles an ECMA 262 pattern. Most are sequences or at least
// RE2, which run in linear time; the rest (look-around, back-references, \u escapes) go to a
// backtracking engine with a time limit.
func compilePattern(text string) (pattern, error) {
	if len(text) > maxPattern {
		return nil, fmt.Errorf("is longer than %d bytes", maxPattern)
	}
	if simple := newSequence(text); simple != nil {
		return simple, nil
	}
	if re, err := regexp.Compile(text); err == nil {
		return re, nil
	}
	re, err := regexp2.Compile(text, regexp2.ECMAScript)
	if err != nil {
		re, err = regexp2.Compile(text, regexp2.None)
	}
	if err != nil {
		return nil, err
	}
	re.MatchTimeout = patternTime
	return backtracking{re}, nil
}

type backtracking struct{ re *regexp2.Regexp }

// MatchString implements pattern.
func (b backtracking) MatchString(s string) bool {
	ok, err := b.re.MatchString(s)
	return ok && err == nil
}

// String implements pattern.
func (b backtracking) String() string { return b.re.String() }

// pattern compiles a pattern once, however many parts of a schema have it.
func (r *run) pattern(text string) (pattern, error) {
	if known, ok := r.patterns[text]; ok {
		return known, nil
	}
	p, err := compilePattern(text)
	if err == nil {
		r.patterns[text] = p
	}
	return p, err
}
