package avro

import (
	"strconv"
	"strings"

	"github.com/weft-dev/weft/text/tree"
)

// version is a version of the specification as 100*major + minor; 0 for one
// that is not given.
type version int

func versionOf(text string) version {
	major, rest, _ := strings.Cut(text, ".")
	minor, _, _ := strings.Cut(rest, ".")
	a, err := strconv.Atoi(major)
	if err != nil || a < 0 || a > 99 {
		return 0
	}
	b, err := strconv.Atoi(minor)
	if err != nil || b < 0 || b > 99 {
		b = 0
	}
	return version(100*a + b)
}

func (v version) before(major, minor int) bool { return v != 0 && v < version(100*major+minor) }

// since tells that something is newer than the version that the schema is
// said to be written in.
func (r *reader) since(n *tree.Node, major, minor int, what string) {
	if r.version.before(major, minor) {
		r.fault(CodeVersion, n, "%s is ignored by readers of %d.%d: it came with %d.%d", what, int(r.version)/100, int(r.version)%100, major, minor)
	}
}
