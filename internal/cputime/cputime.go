// Package cputime tells how much processor time was used. On a machine that
// others share, the clock says more about them than about a program; what the
// processors did for it is nearly the same each time.
package cputime

import "testing"

// PerOp runs f as a benchmark and reports, besides what the clock says, the
// processor time of one call as cpu-ns/op, and how many calls one processor
// makes in a second as op/s-core. Nothing else may run in the process.
func PerOp(b *testing.B, f func()) {
	b.Helper()
	b.ReportAllocs()
	begun, n := Used(), 0
	for b.Loop() {
		f()
		n++
	}
	used := Used() - begun
	if used <= 0 || n == 0 {
		return
	}
	b.ReportMetric(float64(used.Nanoseconds())/float64(n), "cpu-ns/op")
	b.ReportMetric(float64(n)/used.Seconds(), "op/s-core")
}
