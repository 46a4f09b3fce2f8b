package duel

import (
	"os"
	"testing"
)

// Servers runs a benchmark at the embedded server and, where its variable says
// where one is, at a real one.
func Servers(b *testing.B, variable string, embedded func(b *testing.B) string, run func(b *testing.B, host string)) {
	b.Helper()
	b.Run("embedded", func(b *testing.B) { run(b, embedded(b)) })
	if host := os.Getenv(variable); host != "" {
		b.Run("real", func(b *testing.B) { run(b, host) })
	}
}
