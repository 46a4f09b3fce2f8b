package main

import (
	"os"
	"runtime"
	"runtime/debug"
)

// firstCollection makes the garbage collector begin at eight times the usual
// 4 MB of heap: most commands are over by then. After its first round it works
// as usual, so that long and large ones stay small.
const firstCollection = 800

func collectLater() {
	if os.Getenv("GOGC") != "" {
		return // the user has decided
	}
	usual := debug.SetGCPercent(firstCollection)
	sentinel := &struct{ next *byte }{} // with a pointer, so that it is an object of its own
	runtime.AddCleanup(sentinel, func(percent int) { debug.SetGCPercent(percent) }, usual)
}
