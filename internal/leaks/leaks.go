// Package leaks finds goroutines that tests leave behind, with patience: goleak
// gives those that are about to end less than half a second, and a machine that
// is busy takes longer over it.
//
// It must not know what is tested.
package leaks

import (
	"fmt"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// Patience is how long what ends by itself may take.
const Patience = 30 * time.Second

// Run runs the tests of a package, and fails when they pass and goroutines are
// left. What it returns is the code with which TestMain ends the process.
func Run(m *testing.M, options ...goleak.Option) int {
	code := m.Run()
	if code != 0 {
		return code
	}
	if err := Find(options...); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "goroutines are left behind:", err) //nolint:forbidigo // the test that could be told has ended
		return 1
	}
	return 0
}

// None fails a test that leaves goroutines behind; it is to be deferred.
func None(t testing.TB, options ...goleak.Option) {
	t.Helper()
	if err := Find(options...); err != nil {
		t.Error(err)
	}
}

// Find waits until no goroutine is left but those that the options mean. The
// error says which are.
func Find(options ...goleak.Option) error {
	err := goleak.Find(options...)
	for limit := time.Now().Add(Patience); err != nil && time.Now().Before(limit); err = goleak.Find(options...) {
		time.Sleep(10 * time.Millisecond)
	}
	return err
}
