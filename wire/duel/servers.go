package duel

import (
	"fmt"
	"os"
	"testing"
	"time"
)

// Host is where a benchmark runs: at the real server that a variable names,
// else at an embedded one, which is started.
func Host(b *testing.B, variable string, embedded func() string) string {
	b.Helper()
	if host := os.Getenv(variable); host != "" {
		return host
	}
	return embedded()
}

// Address is one that no other run uses.
func Address() string { return fmt.Sprint("weft-bench-", time.Now().UnixNano()) }
