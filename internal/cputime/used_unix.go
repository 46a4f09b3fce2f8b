//go:build unix

package cputime

import (
	"syscall"
	"time"
)

// Used is the processor time of this process so far, in the program and for
// it; 0 where the system does not tell.
func Used() time.Duration {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
