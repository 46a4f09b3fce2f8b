package main

import (
	"os"
	"syscall"
)

// maxRSS is the most memory that an ended process held, in bytes.
func maxRSS(state *os.ProcessState) int64 {
	usage, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	return usage.Maxrss * 1024
}
