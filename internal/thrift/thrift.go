// Package thrift sets when the garbage collector works in our binaries, which
// mostly live for milliseconds and sometimes for months.
//
// It must not know what the program does.
package thrift

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// firstCollection makes the garbage collector begin at eight times the usual
// 4 MB of heap: most commands are over by then.
const firstCollection = 800

// room is how much a heap may grow at least between two rounds, in bytes. A
// heap of this size or more is collected as usual, each time it has doubled.
const room = 96 << 20

// CollectLater trades memory that a short process can spare for time: rounds
// over a heap that only grows, as that of a document does, find nothing. GOGC in
// the environment takes precedence.
func CollectLater() {
	if os.Getenv("GOGC") != "" {
		return // the user has decided
	}
	usual := debug.SetGCPercent(firstCollection)
	afterEachRound(func() { debug.SetGCPercent(max(usual, percentFor(live()))) })
}

// percentFor is the growth of a heap, in percent, that leaves it its room.
func percentFor(live uint64) int { return int(room * 100 / max(live, 1<<20)) }

// live is the bytes that the last round found in use.
func live() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

func afterEachRound(do func()) {
	sentinel := &struct{ next *byte }{} // with a pointer, so that it is an object of its own
	runtime.AddCleanup(sentinel, func(struct{}) {
		do()
		afterEachRound(do)
	}, struct{}{})
}
