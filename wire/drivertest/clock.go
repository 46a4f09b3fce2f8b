package drivertest

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weft-dev/weft/wire/driver"
)

// Patience is how long a test waits for what must come. A machine that is busy
// stops a program for seconds, and who waits does not lose anything by waiting
// longer.
const Patience = time.Minute

// Haste is the deadline of calls to a server that never answers: however busy
// the machine is, such a call ends by its deadline and by nothing else.
const Haste = 200 * time.Millisecond

// Within says when something takes much longer than its deadline. What knows no
// deadline takes longer than Patience, too.
func Within(t *testing.T, deadline time.Duration, do func()) {
	t.Helper()
	start := time.Now()
	do()
	if took := time.Since(start); took > deadline+Patience {
		t.Errorf("it took %v, the deadline is %v", took, deadline)
	}
}

// Prompt wants that what is done on an idle connection takes no longer than a
// bound, as it would that waited for the next turn of something: three times in
// ten or so, which a busy machine allows, and a wait does not.
func Prompt(t *testing.T, bound time.Duration, do func()) {
	t.Helper()
	const enough = 6
	quick, tries := 0, 0
	for limit := time.Now().Add(Patience); quick < enough || 3*quick < tries; tries++ {
		if time.Now().After(limit) {
			t.Errorf("it took more than %v in %d of %d times", bound, tries-quick, tries)
			return
		}
		time.Sleep(20 * time.Millisecond) // idle
		start := time.Now()
		do()
		if time.Since(start) <= bound {
			quick++
		}
	}
}

// Insist does something until it does not end by its deadline: where deadlines
// are short since a test is about them, nothing else may fail of one.
func Insist(t *testing.T, do func() error) {
	t.Helper()
	err := do()
	for until := time.Now().Add(Patience); err != nil && time.Now().Before(until); err = do() {
		if !errors.Is(err, driver.ErrTimeout) && !errors.Is(err, context.DeadlineExceeded) {
			break
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Standstill watches how long this machine stands still. The result tells the
// longest time so far: a sign of life that was due within it could not be given,
// and what comes of that is nobody's fault.
func Standstill(t *testing.T) (longest func() time.Duration) {
	t.Helper()
	var most atomic.Int64
	var last atomic.Pointer[time.Time]
	now := time.Now()
	last.Store(&now)
	look := func() {
		now := time.Now()
		if gap := int64(now.Sub(*last.Swap(&now))); gap > most.Load() {
			most.Store(gap)
		}
	}
	over, watched := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(watched)
		ticker := time.NewTicker(5 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-over:
				return
			case <-ticker.C:
				look()
			}
		}
	}()
	t.Cleanup(func() { close(over); <-watched })
	return func() time.Duration { look(); return time.Duration(most.Load()) }
}

// EndByDeadline makes calls to a server that answers nothing more. Each must say
// that its time is up.
func EndByDeadline(t *testing.T, deadline time.Duration, calls map[string]func() error) {
	t.Helper()
	for name, call := range calls {
		Within(t, deadline, func() {
			if err := call(); !errors.Is(err, driver.ErrTimeout) {
				t.Errorf("%s: %v, want %v", name, err, driver.ErrTimeout)
			}
		})
	}
}
