package main

import (
	"os"
	"strings"
	"testing"
)

// A launcher is this program, also where the program is a test.
func TestMain(m *testing.M) {
	if file := os.Getenv(launchFile); file != "" {
		os.Exit(launch(os.Args[1:], file))
	}
	hold()
	os.Exit(m.Run())
}

// The names of the journeys say how large their documents are.
func TestDocumentsHaveTheSizesTheirJourneysName(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text         string
		lines, fewest      int
		bytes, fewestBytes int
	}{
		{name: "200 lines", text: smallDocument(), fewest: 180, lines: 220},
		{name: "2000 channels", text: largeDocument(2000), fewestBytes: 1_500_000, bytes: 1_900_000},
		{name: "200 lines, older", text: olderDocument(6), fewest: 160, lines: 220},
		{name: "18 diamonds", text: diamondDocument(18), fewest: 90, lines: 110},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if lines := strings.Count(test.text, "\n"); test.lines > 0 && (lines < test.fewest || lines > test.lines) {
				t.Errorf("%d lines", lines)
			}
			if test.bytes > 0 && (len(test.text) < test.fewestBytes || len(test.text) > test.bytes) {
				t.Errorf("%d bytes", len(test.text))
			}
		})
	}
}

func TestAProcessThatDidNotDoItsWorkIsAFailure(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]command{
		"wrong output":    {words: []string{"go", "version"}, prints: "no such words"},
		"wrong exit code": {words: []string{"go", "no-such-command"}},
	} {
		r := measure(t.Context(), journey{name: name, weft: c}, 1)
		if !r.failed() || r.weftErr == nil {
			t.Errorf("%s: measured as if it had worked", name)
		}
	}
}

func TestALimitThatWasMissedIsTold(t *testing.T) {
	t.Parallel()
	c := command{words: []string{"go", "version"}, prints: "go version"}
	r := measure(t.Context(), journey{name: "slow", weft: c, peer: c, maxTime: 1}, 2)
	if r.failed() || len(r.weft) != 2 || len(r.peer) != 2 {
		t.Fatalf("failed: %v, %d and %d samples", r.weftErr, len(r.weft), len(r.peer))
	}
	if r.over() == "" {
		t.Error("no process takes less than a nanosecond, and nothing was told")
	}
}
