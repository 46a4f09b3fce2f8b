package cputime

import (
	"runtime"
	"syscall"
	"time"
)

const rusageThread = 1 // RUSAGE_THREAD, which package syscall does not name

// ofThread is the processor time of the thread it is called on.
func ofThread() (time.Duration, bool) {
	var u syscall.Rusage
	if syscall.Getrusage(rusageThread, &u) != nil {
		return 0, false
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), true
}

func stay() (leave func()) {
	runtime.LockOSThread()
	return runtime.UnlockOSThread
}
