package ruleset

import (
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/spec/shape"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// ignore are findings that are known and left as they are.
type ignore struct {
	node    *tree.Node
	codes   []string
	files   *filePattern
	paths   [][]string // of JSON Pointers; none fits all
	expired bool
	used    atomic.Bool
}

func readIgnore(n *tree.Node, file *source.File, today string) *ignore {
	i := &ignore{node: n, codes: textsOf(n.Get("code")), files: filesOf(n.Get("files"), file)}
	for _, text := range textsOf(n.Get("path")) {
		// What stands at a path covers what stands below it.
		i.paths = append(i.paths, append(strings.Split(strings.TrimPrefix(text, "#"), "/"), "**"))
	}
	// Dates of this form are in the order of their texts.
	until := n.Get("until").Str()
	i.expired = until != "" && today != "" && until < today
	return i
}

func (i *ignore) covers(d *diag.Diagnostic) bool {
	if i.expired || !slices.ContainsFunc(i.codes, func(c string) bool { return lint.MatchCode(c, d.Code) }) {
		return false
	}
	if !i.files.fits(d.Span.File) {
		return false
	}
	if len(i.paths) == 0 {
		return true
	}
	parts := strings.Split(d.Path, "/")
	return slices.ContainsFunc(i.paths, func(p []string) bool { return fits(p, parts) })
}

// checkDate finds dates that no calendar has.
func checkDate(c *shape.Context, n *tree.Node) {
	if _, err := time.Parse(time.DateOnly, n.Text); err != nil && len(n.Text) == len(time.DateOnly) {
		c.Report(shape.CodeBadValue, n, "%q is no date of the calendar", n.Text)
	}
}
