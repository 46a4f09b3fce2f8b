package pulsar

import (
	"testing"
	"time"
)

// Hasty lets a test not wait as long for what a broker never says. Where one
// answers, a busy machine may need the time.
func Hasty(t *testing.T) {
	t.Helper()
	before := opening
	opening = 4 * time.Second
	t.Cleanup(func() { opening = before })
}
