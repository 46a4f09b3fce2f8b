package cli

import (
	"runtime"
	"sync"

	"github.com/weft-dev/weft/flow/plan"
)

// takeTurns lets the goroutines of a run share one processor where nothing can
// go on beside anything else: calls over HTTP, one after the other. Each call
// passes from goroutine to goroutine inside net/http, and to wake another
// processor for that takes longer than what it then does. What is returned
// undoes it.
func (f *runFlags) takeTurns(p *plan.Plan) (back func()) {
	if f.embedded || f.parallel > 1 || !onlyCalls(p) {
		return func() {}
	}
	return processors.one()
}

// onlyCalls reports whether a plan does nothing but call over HTTP.
func onlyCalls(p *plan.Plan) bool {
	for _, use := range p.Uses {
		if use.Source.OpenAPI == nil {
			return false
		}
	}
	return true
}

// processors is how many processors this process uses, which only a test asks
// for from several goroutines.
var processors turns

type turns struct {
	mu      sync.Mutex
	takers  int
	usually int
}

// one leaves one processor, until the last who asked for that needs it no more.
func (t *turns) one() (back func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.takers++; t.takers == 1 {
		t.usually = runtime.GOMAXPROCS(1)
	}
	return sync.OnceFunc(func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.takers--; t.takers == 0 {
			runtime.GOMAXPROCS(t.usually)
		}
	})
}
