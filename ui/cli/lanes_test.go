package cli

import (
	"strings"
	"testing"
)

func TestLanesLeadFromEachNodeToThoseThatFollowIt(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		after [][]int
		want  string
	}{
		"a line":                  {[][]int{nil, {0}, {1}}, "0 |1 |2 "},
		"a fork and its join":     {[][]int{nil, {0}, {0}, {1, 2}}, "0 |├─1 |2 │ |3─╯ "},
		"what follows anyway":     {[][]int{nil, {0}, {0, 1}, {0, 1, 2}}, "0 |1 |2 |3 "},
		"three at once":           {[][]int{nil, {0}, {0}, {0}, {1, 2, 3}}, "0 |├─1 |├─│─2 |3 │ │ |4─┴─╯ "},
		"one that crosses":        {[][]int{nil, {0}, {0}, {1}, {2}, {3, 4}}, "0 |├─1 |2 │ |│ 3 |4 │ |5─╯ "},
		"a lane with two to join": {[][]int{nil, {0}, {0}, {1, 2}, {1}, {3, 4}}, "0 |├─1 |2 │ |3─┤ |│ 4 |5─╯ "},
		"from right to left":      {[][]int{nil, {0}, {0}, {2}, {1}, {3, 4}}, "0 |├─1 |2 │ |3 │ |│ 4 |5─╯ "},
	} {
		marks := make([]string, len(test.after))
		for i := range marks {
			marks[i] = string(rune('0' + i))
		}
		var got []string
		for _, row := range drawLanes(marks, test.after) {
			got = append(got, row.node)
		}
		if text := strings.Join(got, "|"); text != test.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.ReplaceAll(test.want, "|", "\n"))
		}
	}
}
