package conformance_test

import (
	"testing"
	"testing/synctest"

	"github.com/weft-dev/weft/internal/conformance"
)

const root = "../../conformance/arazzo"

func load(t *testing.T) *conformance.Kit {
	t.Helper()
	kit, err := conformance.Load(root)
	if err != nil {
		t.Fatal(err)
	}
	return kit
}

// play runs a fixture by a virtual clock and compares it with what is expected
// by each of the fixtures given: itself, and what was made of it.
func play(t *testing.T, kit *conformance.Kit, f *conformance.Fixture, judges ...*conformance.Fixture) (differences [][]string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		outcome, err := kit.Play(t.Context(), f)
		for _, judge := range append([]*conformance.Fixture{f}, judges...) {
			if err != nil {
				differences = append(differences, []string{err.Error()})
				continue
			}
			differences = append(differences, judge.Compare(outcome))
		}
	})
	return differences
}

func TestFixtures(t *testing.T) {
	kit := load(t)
	known, err := conformance.Known("testdata/known-failures.weft.txt")
	if err != nil {
		t.Fatal(err)
	}
	passed := 0
	for _, f := range kit.Fixtures {
		t.Run(f.Name, func(t *testing.T) {
			differences := play(t, kit, f)[0]
			_, isKnown := known[f.Name]
			switch {
			case isKnown && len(differences) == 0:
				t.Error("it passes: take it from the list of known failures")
			case isKnown:
			case len(differences) == 0:
				passed++
			default:
				for _, d := range differences {
					t.Error(d)
				}
			}
		})
	}
	for name := range known {
		if !has(kit, name) {
			t.Errorf("the list of known failures names %s, which there is not", name)
		}
	}
	t.Logf("score: weft passes %d of %d fixtures, %d are known failures", passed, len(kit.Fixtures), len(known))
}

func has(kit *conformance.Kit, name string) bool {
	for _, f := range kit.Fixtures {
		if f.Name == name {
			return true
		}
	}
	return false
}
