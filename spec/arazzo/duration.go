package arazzo

import (
	"math"
	"strconv"
	"time"

	"github.com/weft-dev/weft/text/tree"
)

// readMilliseconds reads a whole number of milliseconds.
func readMilliseconds(n *tree.Node) (time.Duration, bool) {
	return readDuration(n, time.Millisecond)
}

// readSeconds reads a decimal number of seconds.
func readSeconds(n *tree.Node) (time.Duration, bool) {
	return readDuration(n, time.Second)
}

// readDuration brings what is beyond the longest duration (292 years) down to
// it. Negative and other values are not read; Check reports them.
func readDuration(n *tree.Node, unit time.Duration) (time.Duration, bool) {
	if !n.Is(tree.Number) {
		return 0, false
	}
	count, err := strconv.ParseFloat(n.Text, 64)
	if err != nil && !math.IsInf(count, 1) || count < 0 || math.IsNaN(count) {
		return 0, false
	}
	if count >= float64(math.MaxInt64/int64(unit)) {
		return math.MaxInt64, true
	}
	return time.Duration(math.Round(count * float64(unit))), true
}
