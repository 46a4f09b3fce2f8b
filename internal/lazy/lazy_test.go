package lazy_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/weft-dev/weft/internal/lazy"
)

func TestTheValueIsMadeOnceForAll(t *testing.T) {
	t.Parallel()
	var made atomic.Int64
	v := lazy.Of[map[string]int]{Make: func() map[string]int {
		made.Add(1)
		return map[string]int{"small": 1}
	}}
	if made.Load() != 0 {
		t.Error("it was made before anybody asked")
	}
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			if v.Get()["small"] != 1 {
				t.Error("half a value was given")
			}
		})
	}
	all.Wait()
	if made.Load() != 1 {
		t.Errorf("made %d times", made.Load())
	}
}

func TestWhatPanickedIsTriedAgain(t *testing.T) {
	t.Parallel()
	fails := true
	v := lazy.Of[int]{Make: func() int {
		if fails {
			panic("no")
		}
		return 7
	}}
	func() {
		defer func() { _ = recover() }()
		v.Get()
	}()
	fails = false
	if got := v.Get(); got != 7 {
		t.Errorf("got %d", got)
	}
}
