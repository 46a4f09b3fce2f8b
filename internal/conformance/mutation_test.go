package conformance_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/weft-dev/weft/internal/conformance"
)

// A fixture that no outcome can fail shows nothing: each expectation of each
// fixture is broken in turn, and must then be missed.
func TestEveryExpectationCanFail(t *testing.T) {
	kit := load(t)
	known, err := conformance.Known("testdata/known-failures.weft.txt")
	if err != nil {
		t.Fatal(err)
	}
	broken := 0
	for _, f := range kit.Fixtures {
		if _, fails := known[f.Name]; fails {
			continue
		}
		mutants := mutate(f)
		if len(mutants) == 0 {
			t.Errorf("%s expects nothing", f.Name)
		}
		fixtures := make([]*conformance.Fixture, len(mutants))
		for i, m := range mutants {
			fixtures[i] = m.fixture
		}
		t.Run(f.Name, func(t *testing.T) {
			for i, differences := range play(t, kit, f, fixtures...)[1:] {
				broken++
				if len(differences) == 0 {
					t.Errorf("with %s it passes as well", mutants[i].what)
				}
			}
		})
	}
	t.Logf("%d broken expectations", broken)
}

type mutant struct {
	what    string
	fixture *conformance.Fixture
}

// mutate breaks the expectations of a fixture one by one.
func mutate(f *conformance.Fixture) []mutant {
	var list []mutant
	add := func(what string, change func(*conformance.Expect)) {
		changed := *f
		change(&changed.Expect)
		list = append(list, mutant{what, &changed})
	}
	e := f.Expect
	for _, status := range []string{"succeeded", "failed", "refused"} {
		if status != e.Status {
			add("the status "+status, func(e *conformance.Expect) { e.Status = status })
		}
	}
	if e.Refused != nil {
		add("another code", func(e *conformance.Expect) { e.Refused = &conformance.Refusal{At: e.Refused.At, Code: "other/code"} })
	}
	if e.Refused != nil && e.Refused.At != "" {
		add("another place", func(e *conformance.Expect) {
			e.Refused = &conformance.Refusal{At: e.Refused.At + "/x", Code: e.Refused.Code}
		})
	}
	if e.Failed != nil {
		add("another reason", func(e *conformance.Expect) {
			e.Failed = &conformance.Failure{Step: e.Failed.Step, Because: "weather"}
		})
	}
	if e.Took != nil {
		add("a millisecond more", func(e *conformance.Expect) { took := *e.Took + 1; e.Took = &took })
	}
	for i := range e.Findings {
		add("another finding", func(e *conformance.Expect) { e.Findings = []string{e.Findings[i] + "-other"} })
	}
	mutateLists(f, add)
	return list
}

// mutateLists breaks what is expected of steps, outputs, requests and messages.
func mutateLists(f *conformance.Fixture, add func(string, func(*conformance.Expect))) {
	e := f.Expect
	if e.Outputs != nil {
		add("another output", func(e *conformance.Expect) { e.Outputs = &map[string]any{"other": 1} })
	}
	if e.Steps != nil {
		for i := range *e.Steps {
			add(fmt.Sprintf("step %d in another state", i), func(e *conformance.Expect) {
				steps := append([]string{}, *e.Steps...)
				steps[i] += " 9"
				e.Steps = &steps
			})
		}
	}
	for id := range e.StepOutputs {
		add("another output of "+id, func(e *conformance.Expect) { e.StepOutputs = map[string]map[string]any{id: {"other": 1}} })
	}
	if e.Requests != nil {
		for i, r := range *e.Requests {
			for _, broken := range mutateRequest(r) {
				add(fmt.Sprintf("request %d otherwise", i), func(e *conformance.Expect) {
					requests := append([]conformance.Request{}, *e.Requests...)
					requests[i] = broken
					e.Requests = &requests
				})
			}
		}
		add("a request more", func(e *conformance.Expect) {
			requests := append(append([]conformance.Request{}, *e.Requests...), conformance.Request{Request: "GET /more"})
			e.Requests = &requests
		})
	}
	if e.Sent != nil {
		for i, s := range *e.Sent {
			for _, broken := range mutateSending(s) {
				add(fmt.Sprintf("message %d otherwise", i), func(e *conformance.Expect) {
					sent := append([]conformance.Sending{}, *e.Sent...)
					sent[i] = broken
					e.Sent = &sent
				})
			}
		}
	}
	if e.Asked != nil {
		add("another question", func(e *conformance.Expect) { e.Asked = &[]conformance.Asked{{Step: "other"}} })
	}
}

func mutateRequest(r conformance.Request) []conformance.Request {
	other := r
	other.Request = strings.Replace(r.Request, " /", " /other/", 1)
	list := []conformance.Request{other}
	for name := range r.Headers {
		changed := r
		changed.Headers = map[string]any{name: "another value"}
		list = append(list, changed)
	}
	if r.Body != nil {
		changed := r
		changed.Body = json.Number("987654321")
		list = append(list, changed)
	}
	if r.At != nil {
		changed, at := r, *r.At+1
		changed.At = &at
		list = append(list, changed)
	}
	return list
}

func mutateSending(s conformance.Sending) []conformance.Sending {
	other := s
	other.To += "-other"
	list := []conformance.Sending{other}
	for name := range s.Headers {
		changed := s
		changed.Headers = map[string]any{name: "another value"}
		list = append(list, changed)
	}
	if s.Payload != nil {
		changed := s
		changed.Payload = json.Number("987654321")
		list = append(list, changed)
	}
	if s.At != nil {
		changed, at := s, *s.At+1
		changed.At = &at
		list = append(list, changed)
	}
	return list
}
