package diag

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// longestName is the longest name for which a nearest is looked for; what is
// longer is no name that someone mistyped.
const longestName = 120

// Nearest returns the candidate that a mistyped name most likely means, or ""
// where none is near. Upper and lower case do not differ, and swapping two
// neighbours counts as one mistake. Of equally near ones the first is taken.
func Nearest(name string, candidates []string) string {
	best, bestDistance := "", allowedMistakes(name)+1
	if name == "" || len(name) > longestName {
		return ""
	}
	folded := []rune(strings.ToLower(name))
	for _, candidate := range candidates {
		if candidate == name || len(candidate) > longestName {
			continue
		}
		if gap := utf8.RuneCountInString(candidate) - len(folded); gap >= bestDistance || -gap >= bestDistance {
			continue
		}
		if d := distance(folded, []rune(strings.ToLower(candidate)), bestDistance); d < bestDistance {
			best, bestDistance = candidate, d
		}
	}
	return best
}

// DidYouMean returns `did you mean "x"?` for the nearest candidate, or "".
func DidYouMean(name string, candidates []string) string {
	if near := Nearest(name, candidates); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return ""
}

// allowedMistakes is how many mistakes a name of that length may hold before
// a suggestion would be a guess: one in three characters.
func allowedMistakes(name string) int {
	switch n := utf8.RuneCountInString(name); {
	case n <= 2:
		return 1
	case n <= 5:
		return 2
	default:
		return min(n/3, 6)
	}
}

// distance counts the insertions, deletions, replacements and swaps of
// neighbours that turn one name into another; from limit on it stops counting.
func distance(a, b []rune, limit int) int {
	before := make([]int, len(b)+1) // the row before the last
	last := make([]int, len(b)+1)
	row := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			least = min(least, row[j])
		}
		if least > limit {
			return limit
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
