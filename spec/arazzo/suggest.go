package arazzo

import (
	"strconv"
	"strings"
)

// suggest is help that proposes the known name nearest to one that is not
// known, or lists the names where there are few, or is empty.
func suggest(name string, known []string) string {
	for _, k := range known {
		if strings.EqualFold(k, name) {
			return "did you mean " + strconv.Quote(k) + "?"
		}
	}
	return ""
}
