package mock_test

import (
	"strings"
	"testing"

	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/wire/mock"
)

func FuzzParseScenario(f *testing.F) {
	for _, text := range []string{
		"steps: [{send: tell}]",
		"repeat: true\nsteps:\n  - {send: tell, message: A, example: b, after: 1s, count: 3, every: 1ms, fault: drop}\n",
		"steps: [{send: tell, payload: {id: 1}, headers: {a: b}, key: k}]",
		"steps: [{send: tell, count: -1}]", "steps: [{send: tell, every: -1s}]", "steps: [{send: tell, headers: 1}]", "steps: {}", "- a",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := mock.ParseScenario(source.NewFile("memory:///s.yaml", "s.yaml", []byte(text)))
		if err != nil {
			if s != nil || err.Error() == "" || strings.HasSuffix(err.Error(), ".") {
				t.Errorf("%q: %v, %v", text, s, err)
			}
			return
		}
		if len(s.Steps) == 0 {
			t.Fatalf("%q has no step", text)
		}
		for _, step := range s.Steps {
			if step.Operation == "" || step.Count < 1 || step.After < 0 || step.Every < 0 {
				t.Errorf("%q: %+v", text, step)
			}
		}
	})
}

func FuzzParseFaults(f *testing.F) {
	for _, text := range []string{
		"delay=200ms@10%,duplicate=5%,reorder=5%,drop=1%,malformed=0.01", "delay=1s", "delay=-1s", "drop=NaN", "drop=200%", "drop=", "", ",", "drop=1e-400", "drop=+Inf%", "drop=0x1p-2",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		faults, err := mock.ParseFaults(text)
		if err != nil {
			if faults != (mock.Faults{}) {
				t.Errorf("%q: %v, and %+v", text, err, faults)
			}
			return
		}
		for _, share := range []float64{faults.Delayed, faults.Duplicate, faults.Reorder, faults.Drop, faults.Malformed} {
			if !(share >= 0 && share <= 1) {
				t.Errorf("%q has the share %v", text, share)
			}
		}
		if faults.Delay < 0 || faults.Delay == 0 && faults.Delayed > 0 {
			t.Errorf("%q delays by %v", text, faults.Delay)
		}
	})
}
