package jsonschema

import (
	"errors"
	"math"

	"github.com/weft-dev/weft/text/tree"
)

// Judging one value can take a number of steps that is exponential in the size
// of the schema ("allOf" of two references to a schema that does the same, and
// so on) or in the depth of the value (a recursive schema with choices). A
// schema of which the steps cannot be bounded beforehand is therefore given
// only so many for one value; all others may take what a long value needs.

const (
	// maxWays is how many ways through a schema are taken without a bound.
	maxWays = 20_000
	// maxSteps is how many parts of a schema are visited for one value.
	maxSteps = 200_000
)

// errTooMany is the fault of a value that cannot be judged.
var errTooMany = errors.New("cannot be judged: it would take too many steps by this schema")

// stepsFor returns how many steps a schema may take for one value.
func (s *Set) stepsFor(n *tree.Node) int {
	if s.needsMeter(n) {
		return maxSteps
	}
	return math.MaxInt
}

// needsMeter reports whether a schema is recursive or has too many ways
// through it.
func (s *Set) needsMeter(n *tree.Node) bool { return s.waysThrough(n) > maxWays }

// waysThrough counts the ways from a schema down to its parts, up to one more
// than maxWays. A schema that leads to itself has more than any number.
func (s *Set) waysThrough(n *tree.Node) int {
	if n == nil || n.Kind != tree.Mapping {
		return 1
	}
	n = canonical(n)
	if ways, ok := s.ways[n]; ok {
		return ways
	}
	s.ways[n] = maxWays + 1 // if it is met again on the way down
	ways := 1
	for _, m := range n.Members {
		ways += s.waysBelow(m.Key.Text, m.Value)
		if ways > maxWays {
			return maxWays + 1
		}
	}
	s.ways[n] = ways
	return ways
}

func (s *Set) waysBelow(key string, value *tree.Node) int {
	holds := holdsOf(key)
	if holds == reference {
		if !value.Is(tree.String) {
			return 0
		}
		target, err := s.resolve(key, value)
		if err != nil {
			return 0 // compiling will say so
		}
		return s.waysThrough(target)
	}
	if holds == nothing || holds == plain {
		return 0
	}
	if holds == one || holds == oneOrMany && value.Kind != tree.Sequence {
		return s.waysThrough(value)
	}
	ways := 0
	for _, item := range value.Items {
		ways = min(ways+s.waysThrough(item), maxWays+1)
	}
	for _, m := range value.Members {
		ways = min(ways+s.waysThrough(m.Value), maxWays+1)
	}
	return ways
}
