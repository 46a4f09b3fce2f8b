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

// play runs a fixture by a virtual clock.
func play(t *testing.T, kit *conformance.Kit, f *conformance.Fixture) (differences []string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		outcome, err := kit.Play(t.Context(), f)
		if err != nil {
			differences = []string{err.Error()}
			return
		}
		differences = f.Compare(outcome)
	})
	return differences
}

func TestFixtures(t *testing.T) {
	kit := load(t)
	for _, f := range kit.Fixtures {
		t.Run(f.Name, func(t *testing.T) {
			for _, d := range play(t, kit, f) {
				t.Error(d)
			}
		})
	}
}
