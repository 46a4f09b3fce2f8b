package jsonschema

import (
	"fmt"
	"regexp"
	"time"

	"github.com/dlclark/regexp2"
	lib "github.com/santhosh-tekuri/jsonschema/v6"
)

// patternTime bounds one match of a pattern that needs backtracking. Such
// patterns can take for ever; one that does is treated as not matching.
const patternTime = 100 * time.Millisecond

// maxPattern bounds the length of a pattern, in bytes.
const maxPattern = 8 << 10

// compilePattern compiles an ECMA 262 pattern. Most are also RE2, which runs
// in linear time; the rest (look-around, back-references, \u escapes) go to a
// backtracking engine with a time limit.
func compilePattern(pattern string) (lib.Regexp, error) {
	if len(pattern) > maxPattern {
		return nil, fmt.Errorf("is longer than %d bytes", maxPattern)
	}
	if re, err := regexp.Compile(pattern); err == nil {
		return re, nil
	}
	re, err := regexp2.Compile(pattern, regexp2.ECMAScript)
	if err != nil {
		re, err = regexp2.Compile(pattern, regexp2.None)
	}
	if err != nil {
		return nil, err
	}
	re.MatchTimeout = patternTime
	return backtracking{re}, nil
}

type backtracking struct{ re *regexp2.Regexp }

// MatchString implements the library's Regexp.
func (b backtracking) MatchString(s string) bool {
	ok, err := b.re.MatchString(s)
	return ok && err == nil
}

// String implements the library's Regexp.
func (b backtracking) String() string { return b.re.String() }
