// Package lazy holds tables and other package-level values that are made when
// they are first asked for, not when the program starts: a command pays only
// for what it uses. A variable of type Of is written by the linker, where a map
// literal or a sync.OnceValue is code that runs, and memory that is touched, at
// every start.
//
// It must know nothing of what it holds.
package lazy

import (
	"sync"
	"sync/atomic"
)

// Of is a value that Make makes on the first Get. Its use is
//
//	var sizes = lazy.Of[map[string]int]{Make: func() map[string]int {
//		return map[string]int{"small": 1, "large": 2}
//	}}
//
// and then sizes.Get()["small"]. It must not be copied.
type Of[T any] struct {
	// Make returns the value; it is called once, and again only if it panicked.
	Make  func() T
	mu    sync.Mutex
	made  atomic.Bool
	value T
}

// Get returns the value. It may be called by several goroutines; what it
// returns is shared by all.
func (o *Of[T]) Get() T {
	if !o.made.Load() {
		o.fill()
	}
	return o.value
}

func (o *Of[T]) fill() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.made.Load() {
		return
	}
	o.value = o.Make()
	o.made.Store(true)
}
