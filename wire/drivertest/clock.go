package drivertest

import (
	"testing"
	"time"
)

// slack is how much later than its deadline a call may end before a test says
// so: a machine that is busy stops a program for seconds, and what knows no
// deadline waits longer than that.
const slack = 30 * time.Second

// within says when something takes much longer than its deadline.
func within(t *testing.T, deadline time.Duration, do func()) {
	t.Helper()
	start := time.Now()
	do()
	if took := time.Since(start); took > deadline+slack {
		t.Errorf("it took %v, the deadline is %v", took, deadline)
	}
}
