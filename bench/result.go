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

// savings are how many times as much of the processors and of memory the peer
// takes, or zeros where there is none.
func (r result) savings() (cpu, memory float64) {
	if r.failed() || len(r.peer) == 0 || medianCPU(r.weft) == 0 || mostBytes(r.weft) == 0 {
		return 0, 0
	}
	return float64(medianCPU(r.peer)) / float64(medianCPU(r.weft)), float64(mostBytes(r.peer)) / float64(mostBytes(r.weft))
}

// lessPrivate is how many times as much memory the peer has for itself, or zero
// where that is not known.
func (r result) lessPrivate() float64 {
	if r.weftPrivate == 0 || r.peerPrivate == 0 {
		return 0
	}
	return float64(r.peerPrivate) / float64(r.weftPrivate)
}

// row is the result as one line of the table.
func (r result) row() string {
	cells := []string{r.journey.name, "failed", "", "", "", "-", "", "", "", "", "", "", "", r.limit(), ""}
	if !r.failed() {
		copy(cells[1:], columns(r.weft, r.weftPrivate))
	}
	if len(r.peer) > 0 {
		copy(cells[5:], columns(r.peer, r.peerPrivate))
	}
	if ratio := r.ratio(); ratio > 0 {
		cells[9] = fmt.Sprintf("%.3f", ratio)
	}
	if cpu, memory := r.savings(); cpu > 0 {
		cells[10], cells[11] = fmt.Sprintf("%.1fx", cpu), fmt.Sprintf("%.1fx", memory)
	}
	if private := r.lessPrivate(); private > 0 {
		cells[12] = fmt.Sprintf("%.1fx", private)
	}
	return strings.Join(cells, "\t")
}

// columns are what a table says of one of the two programs.
func columns(samples []sample, private int64) []string {
	return []string{round(medianTime(samples)), round(medianCPU(samples)), size(mostBytes(samples)), size(private)}
}

func (r result) limit() string {
	var parts []string
	if r.journey.maxTime > 0 {
		parts = append(parts, "CPU "+round(r.journey.maxTime))
	}
	if r.journey.maxBytes > 0 {
		parts = append(parts, size(r.journey.maxBytes))
	}
	if r.journey.maxRatio > 0 {
		parts = append(parts, fmt.Sprintf("ratio %.2g", r.journey.maxRatio))
	}
	if r.journey.minCPU > 0 {
		parts = append(parts, fmt.Sprintf("CPU 1/%.0f", r.journey.minCPU))
	}
	if r.journey.minMemory > 0 {
		parts = append(parts, fmt.Sprintf("memory 1/%.0f", r.journey.minMemory))
	}
	return strings.Join(parts, ", ")
}

// over says which limit the journey missed, or nothing.
func (r result) over() string {
	if r.failed() {
		return ""
	}
	j := r.journey
	cpu, memory := r.savings()
	if private := r.lessPrivate(); private > 0 {
		memory = private
	}
	switch used, rss := medianCPU(r.weft), mostBytes(r.weft); {
	case j.maxTime > 0 && used > j.maxTime:
		return fmt.Sprintf("%s of the processor is over the limit of %s", round(used), round(j.maxTime))
	case j.maxBytes > 0 && rss > j.maxBytes:
		return fmt.Sprintf("%s is over the limit of %s", size(rss), size(j.maxBytes))
	case j.maxRatio > 0 && r.ratio() > j.maxRatio:
		return fmt.Sprintf("%.2f times the peer is over the limit of %.2f", r.ratio(), j.maxRatio)
	case cpu > 0 && cpu < j.minCPU:
		return fmt.Sprintf("the peer takes %.1f times the processor time, want at least %.0f", cpu, j.minCPU)
	case memory > 0 && memory < j.minMemory:
		return fmt.Sprintf("the peer takes %.1f times the memory, want at least %.0f", memory, j.minMemory)
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
				fmt.Fprintf(&b, "BenchmarkJourney/%s/by=%s 1 %d ns/op %d cpu-ns/op %d RSS-bytes\n",
					strings.ReplaceAll(r.journey.name, " ", "-"), who, s.elapsed.Nanoseconds(), s.cpu.Nanoseconds(), s.rss)
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
