package driver_test

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/weft-dev/weft/wire/driver"
)

func TestPlacesAreThoseThatAreWrittenOneByOne(t *testing.T) {
	t.Parallel()
	var places driver.Places
	long := strings.Repeat("s", 5000)
	var kept []driver.Position
	var want []string
	see := func(source string, offset uint64) {
		here, next := places.Of(source, offset)
		kept = append(kept, here, next)
		want = append(want, source+"@"+strconv.FormatUint(offset, 10), source+"@"+strconv.FormatUint(offset+1, 10))
	}
	see("", 0)
	for offset := range uint64(1200) {
		see("a/0", offset)
	}
	for _, offset := range []uint64{0, 1, 7, 8, 8, 7, 99, 100, 999, math.MaxInt64, math.MaxInt64 + 1} {
		see("a/0", offset)
		see("a/1", offset+1)
		see("9", offset+2)
		see(long, offset)
	}
	for i, got := range kept { // later ones must not change earlier ones
		if string(got) != want[i] {
			t.Fatalf("place %d is %.40q, want %.40q", i, got, want[i])
		}
	}
}
