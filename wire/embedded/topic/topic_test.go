package topic_test

import (
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/internal/cputime"
	"github.com/weft-dev/weft/wire/embedded/topic"
)

func TestMatches(t *testing.T) {
	for pattern, addresses := range map[string]map[string]bool{
		"a.*.c":   {"a.b.c": true, "a.c": false, "a.b.b.c": false},
		"a.#":     {"a": true, "a.b.c": true, "b": false},
		"#":       {"": true, "a.b": true},
		"a.#.b.#": {"a.b": true, "a.x.b.y.z": true, "a.x": false},
		"*":       {"": false, "a": true, "a.b": false},
		"":        {"": true, "a": false},
		"a.b":     {"a.b": true, "a.c": false},
	} {
		for address, want := range addresses {
			if got := topic.Matches(topic.Words(pattern), topic.Words(address)); got != want {
				t.Errorf("%q matches %q: %t", pattern, address, got)
			}
		}
	}
}

func TestNoPatternTakesLong(t *testing.T) {
	start := cputime.Start(t)
	pattern := topic.Words(strings.Repeat("#.a.", 5_000) + "b")
	topic.Matches(pattern, topic.Words(strings.Repeat("a.", 10_000)+"c"))
	if took := start(); took > time.Second {
		t.Errorf("it took %v", took)
	}
}
