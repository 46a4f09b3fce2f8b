package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestRatiosAreReadFromBenchmarks(t *testing.T) {
	t.Parallel()
	rows := read([]byte(`goos: linux
BenchmarkSend-2  7  0.94 cpu-ratio  3205 library-ns/msg  0.9 ratio  1487 weft-ns/msg
BenchmarkReceive/in_a_group,_settling-2  7  0.7 cpu-ratio  0.79 ratio
BenchmarkSendJSON-16  7  0.4 cpu-ratio  0.55 ratio
BenchmarkRoundTrip-2  1000  20000 ns/op
PASS
`))
	var out bytes.Buffer
	if below := report(&out, rows); len(rows) != 3 || below != 1 {
		t.Errorf("%d rows, %d below, want 3 and 1:\n%s", len(rows), below, &out)
	}
	for _, want := range []string{"Send ", "Receive/in_a_group,_settling ", "SendJSON "} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, &out)
		}
	}
	if rows[0].ratio != 0.9 || rows[0].cpu != 0.94 {
		t.Errorf("read %+v", rows[0])
	}
}
