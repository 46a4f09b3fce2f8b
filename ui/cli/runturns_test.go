package cli

import (
	"runtime"
	"testing"

	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/openapi"
)

// A run of calls one after the other has one processor, and gives the others
// back; whatever may do two things at once has all of them. It is not parallel:
// what it looks at is the process's.
func TestOnlyCallsOneAfterTheOtherTakeTurns(t *testing.T) {
	all := runtime.GOMAXPROCS(2)
	t.Cleanup(func() { runtime.GOMAXPROCS(all) })
	calls := &plan.Use{Source: &plan.Source{OpenAPI: &openapi.Document{}}}
	messages := &plan.Use{Source: &plan.Source{AsyncAPI: &asyncapi.Document{}}}
	for name, test := range map[string]struct {
		flags *runFlags
		uses  []*plan.Use
		want  int
	}{
		"calls":           {&runFlags{parallel: 1}, []*plan.Use{calls, calls}, 1},
		"messages":        {&runFlags{parallel: 1}, []*plan.Use{calls, messages}, 2},
		"several at once": {&runFlags{parallel: 2}, []*plan.Use{calls}, 2},
		"embedded":        {&runFlags{parallel: 1, embedded: true}, []*plan.Use{calls}, 2},
	} {
		back := test.flags.takeTurns(&plan.Plan{Uses: test.uses})
		if got := runtime.GOMAXPROCS(0); got != test.want {
			t.Errorf("%s: %d processors, not %d", name, got, test.want)
		}
		back()
		if got := runtime.GOMAXPROCS(0); got != 2 {
			t.Errorf("%s: %d processors afterwards", name, got)
		}
	}
	first, second := processors.one(), processors.one()
	first()
	first()
	if got := runtime.GOMAXPROCS(0); got != 1 {
		t.Errorf("%d processors while one still takes turns", got)
	}
	second()
	if got := runtime.GOMAXPROCS(0); got != 2 {
		t.Errorf("%d processors after the last", got)
	}
}
