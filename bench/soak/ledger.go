package main

import (
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// ledger knows of each number whether its message arrived. It is made for all
// of a run at once, so that what it weighs does not look like a leak.
type ledger struct {
	mu       sync.Mutex
	seen     []uint64 // one bit for each number
	total    int
	distinct int
	twice    int // arrivals of numbers that had arrived
	foreign  int // bodies that are not ours
}

func newLedger(total int) *ledger {
	l := &ledger{seen: make([]uint64, (total+63)/64), total: total}
	for i := range l.seen {
		l.seen[i] = 1 // touched, so that the memory is there from the beginning
	}
	clear(l.seen)
	return l
}

// note enters arrivals.
func (l *ledger) note(numbers []int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, n := range numbers {
		if n < 0 || n >= l.total {
			l.foreign++
			continue
		}
		word, bit := n/64, uint64(1)<<(n%64)
		if l.seen[word]&bit != 0 {
			l.twice++
			continue
		}
		l.seen[word] |= bit
		l.distinct++
	}
}

// counts returns how many numbers arrived, and how many arrivals were too many.
func (l *ledger) counts() (distinct, twice, foreign int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.distinct, l.twice, l.foreign
}

// missing counts the numbers below an end that never arrived.
func (l *ledger) missing(end int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	arrived := 0
	for word := range (end + 63) / 64 {
		bitsOf := l.seen[word]
		if rest := end - word*64; rest < 64 {
			bitsOf &= 1<<rest - 1
		}
		arrived += bits.OnesCount64(bitsOf)
	}
	return end - arrived
}

// ranges names the first runs of missing numbers below an end.
func (l *ledger) ranges(end, most int) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var parts []string
	for n := 0; n < end && len(parts) < most; n++ {
		if l.has(n) {
			continue
		}
		from := n
		for n+1 < end && !l.has(n+1) {
			n++
		}
		if text := strconv.Itoa(from); from == n {
			parts = append(parts, text)
		} else {
			parts = append(parts, text+"-"+strconv.Itoa(n))
		}
	}
	return strings.Join(parts, ", ")
}

func (l *ledger) has(n int) bool { return l.seen[n/64]>>(n%64)&1 != 0 }

// beyond counts the numbers that are here and not in another of the same size,
// and names the first of them.
func (l *ledger) beyond(other *ledger) (count int, first string) {
	theirs := other.snapshot()
	l.mu.Lock()
	defer l.mu.Unlock()
	var names []string
	for word, own := range l.seen {
		for left := own &^ theirs[word]; left != 0; left &= left - 1 {
			count++
			if len(names) < 10 {
				names = append(names, strconv.Itoa(word*64+bits.TrailingZeros64(left)))
			}
		}
	}
	return count, strings.Join(names, ", ")
}

func (l *ledger) snapshot() []uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.seen)
}
