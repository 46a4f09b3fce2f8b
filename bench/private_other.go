//go:build !linux

package main

// watchPrivate is not told by this system.
func watchPrivate(_ int, done <-chan struct{}) int64 {
	<-done
	return 0
}
