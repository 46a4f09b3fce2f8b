package driver

import (
	"errors"
	"io"
	"sync"
)

// Opened is what was opened from a connection and ends with it. The zero value
// is a connection from which nothing was opened yet. Its methods may be called
// from several goroutines.
type Opened struct {
	mu     sync.Mutex
	closed bool
	list   map[io.Closer]struct{}
}

// Keep notes what must be closed with the connection; it reports false when the
// connection is closed already.
func (o *Opened) Keep(x io.Closer) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return false
	}
	if o.list == nil {
		o.list = make(map[io.Closer]struct{})
	}
	o.list[x] = struct{}{}
	return true
}

// Forget is for what was closed by itself.
func (o *Opened) Forget(x io.Closer) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.list, x)
}

// IsClosed reports whether the connection was closed.
func (o *Opened) IsClosed() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.closed
}

// Each calls visit with all that is open, none of which is kept or forgotten
// meanwhile: visit must do neither.
func (o *Opened) Each(visit func(io.Closer)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for x := range o.list {
		visit(x)
	}
}

// Close closes all that is open, at the same time, since each may say goodbye
// to the server; then it calls last, which ends the connection itself. Closing
// again does nothing and does not wait.
func (o *Opened) Close(last func() error) error {
	open, first := o.end()
	if !first {
		return nil
	}
	errs := make([]error, len(open)+1)
	var all sync.WaitGroup
	for i, x := range open {
		all.Go(func() { errs[i] = x.Close() })
	}
	all.Wait()
	errs[len(open)] = last()
	return errors.Join(errs...)
}

// end refuses what comes later, and returns what is open to whoever is first.
func (o *Opened) end() (open []io.Closer, first bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return nil, false
	}
	o.closed = true
	for x := range o.list {
		open = append(open, x)
	}
	return open, true
}
