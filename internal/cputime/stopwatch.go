package cputime

import (
	"testing"
	"time"
)

// Start measures what the calling goroutine does from here on: the returned
// function tells the processor time that it has taken. Where the system does
// not tell, it is the clock's. It is for limits in tests, which must hold
// whatever else a machine does.
//
// The goroutine keeps its thread until the test is over; what it starts in
// others is not counted.
func Start(t testing.TB) func() time.Duration {
	t.Helper()
	t.Cleanup(stay())
	clock := time.Now()
	before, told := ofThread()
	return func() time.Duration {
		if !told {
			return time.Since(clock)
		}
		now, _ := ofThread()
		return now - before
	}
}
