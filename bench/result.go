package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

func (r result) failed() bool { return r.weftErr != nil || len(r.weft) == 0 }

// ratio is weft's time over the peer's, or zero where there is no peer.
func (r result) ratio() float64 {
	if r.failed() || len(r.peer) == 0 {
		return 0
	}
	return float64(medianTime(r.weft)) / float64(medianTime(r.peer))
}

// row is the result as one line of the table.
func (r result) row() string {
	cells := []string{r.journey.name, "failed", "", "-", "", "", r.limit(), ""}
	if !r.failed() {
		cells[1], cells[2] = round(medianTime(r.weft)), size(mostBytes(r.weft))
	}
	if len(r.peer) > 0 {
		cells[3], cells[4] = round(medianTime(r.peer)), size(mostBytes(r.peer))
	}
	if ratio := r.ratio(); ratio > 0 {
		cells[5] = fmt.Sprintf("%.3f", ratio)
	}
	return strings.Join(cells, "\t")
}

func (r result) limit() string {
	var parts []string
	if r.journey.maxTime > 0 {
		parts = append(parts, round(r.journey.maxTime))
	}
	if r.journey.maxBytes > 0 {
		parts = append(parts, size(r.journey.maxBytes))
	}
	if r.journey.maxRatio > 0 {
		parts = append(parts, fmt.Sprintf("ratio %.1f", r.journey.maxRatio))
	}
	return strings.Join(parts, ", ")
}

// over says which limit the journey missed, or nothing.
func (r result) over() string {
	if r.failed() {
		return ""
	}
	j := r.journey
	switch elapsed, rss := medianTime(r.weft), mostBytes(r.weft); {
	case j.maxTime > 0 && elapsed > j.maxTime:
		return fmt.Sprintf("%s is over the limit of %s", round(elapsed), round(j.maxTime))
	case j.maxBytes > 0 && rss > j.maxBytes:
		return fmt.Sprintf("%s is over the limit of %s", size(rss), size(j.maxBytes))
	case j.maxRatio > 0 && r.ratio() > j.maxRatio:
		return fmt.Sprintf("%.2f times the peer is over the limit of %.2f", r.ratio(), j.maxRatio)
	}
	return ""
}

// remarks are what the table has no room for.
func (r result) remarks() []string {
	var lines []string
	if r.weftErr != nil {
		lines = append(lines, "failed: "+r.weftErr.Error())
	}
	if over := r.over(); over != "" {
		lines = append(lines, over)
	}
	if r.peerErr != nil {
		lines = append(lines, "the peer failed: "+r.peerErr.Error())
	}
	if r.journey.peer.words == nil && r.journey.peerWhy != "" {
		lines = append(lines, "no peer: "+r.journey.peerWhy)
	}
	return lines
}

// writeBenchmarks writes every sample in the form that benchstat compares
// between two commits.
func writeBenchmarks(path string, measured []result) error {
	var b strings.Builder
	fmt.Fprintf(&b, "goos: %s\ngoarch: %s\n", runtime.GOOS, runtime.GOARCH)
	for _, r := range measured {
		for who, samples := range map[string][]sample{"weft": r.weft, "peer": r.peer} {
			for _, s := range samples {
				fmt.Fprintf(&b, "BenchmarkJourney/%s/by=%s 1 %d ns/op %d RSS-bytes\n",
					strings.ReplaceAll(r.journey.name, " ", "-"), who, s.elapsed.Nanoseconds(), s.rss)
			}
		}
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		return fmt.Errorf("write the results: %w", err)
	}
	return nil
}

func round(d time.Duration) string {
	if d < 10*time.Millisecond {
		return d.Round(10 * time.Microsecond).String()
	}
	return d.Round(time.Millisecond).String()
}

func size(bytes int64) string {
	if bytes == 0 {
		return "?"
	}
	return fmt.Sprintf("%d MB", (bytes+500_000)/1_000_000)
}
