package engine

import (
	"slices"
	"strings"

	"github.com/weft-dev/weft/wire/driver"
)

// Earliest is, of several lists of positions, the earliest in each source: who
// begins there misses nothing of any of them.
func Earliest(lists [][]string) []string {
	var all []driver.Position
	for _, list := range lists {
		for _, text := range list {
			p := driver.Position(text)
			if p.Source() == "" {
				p = driver.NewPosition("", text)
			}
			i := slices.IndexFunc(all, func(o driver.Position) bool { return o.Source() == p.Source() })
			switch {
			case i < 0:
				all = append(all, p)
			case earlier(p.Offset(), all[i].Offset()):
				all[i] = p
			}
		}
	}
	texts := make([]string, len(all))
	for i, p := range all {
		texts[i] = strings.TrimPrefix(string(p), "@")
	}
	slices.Sort(texts)
	return texts
}

// earlier compares offsets: by their numbers, else as texts that grow, as the
// ids of streams do.
func earlier(a, b string) bool {
	x, y, numbers := offsets(a, b)
	if numbers {
		return x < y
	}
	return len(a) < len(b) || len(a) == len(b) && a < b
}
