package main

import (
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// memory is what this process weighs, sampled again and again.
type memory struct {
	mu      sync.Mutex
	begun   time.Time
	samples []weight
}

// weight is one sample.
type weight struct {
	at         time.Duration
	heap       float64 // bytes that live after a collection
	resident   float64 // bytes that the system counts; 0 where it does not tell
	goroutines float64
}

func newMemory() *memory { return &memory{begun: time.Now()} }

// sample collects garbage first: what is left is what is held.
func (m *memory) sample() weight {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	w := weight{
		at: time.Since(m.begun), heap: float64(stats.HeapAlloc), resident: resident("self"), goroutines: float64(runtime.NumGoroutine()),
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.samples = append(m.samples, w)
	return w
}

// resident reads what Linux tells of a process: its number, or "self".
func resident(process string) float64 {
	text, err := os.ReadFile("/proc/" + process + "/statm")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0
	}
	pages, err := strconv.Atoi(fields[1])
	if err != nil {
		return 0
	}
	return float64(pages * os.Getpagesize())
}

// trend is how one quantity went after the warm-up.
type trend struct {
	name   string
	middle float64 // the median
	growth float64 // from the end of the warm-up to the end, by the median slope
	most   float64 // growth that is still noise
}

func (t trend) flat() bool { return t.growth <= t.most }

// warmUp is the part of a run in which pools and buffers fill.
const warmUp = 0.25

// trends judges the samples after the warm-up. The slope is the median of the
// slopes between all pairs (Theil and Sen): bursts after a restart are far from
// the rest and must not decide. What may be noise is a part of the median and a
// little more, for runs that weigh next to nothing.
func (m *memory) trends() []trend {
	m.mu.Lock()
	defer m.mu.Unlock()
	warm := m.samples[int(float64(len(m.samples))*warmUp):]
	return []trend{
		judge("live heap", warm, func(w weight) float64 { return w.heap }, 0.10, 4e6),
		judge("resident", warm, func(w weight) float64 { return w.resident }, 0.15, 8e6),
		judge("goroutines", warm, func(w weight) float64 { return w.goroutines }, 0.05, 4),
	}
}

func judge(name string, samples []weight, of func(weight) float64, part, more float64) trend {
	if len(samples) < 8 {
		return trend{name: name, most: more}
	}
	values := make([]float64, len(samples))
	for i, s := range samples {
		values[i] = of(s)
	}
	span := samples[len(samples)-1].at - samples[0].at
	middle := median(values)
	return trend{name: name, middle: middle, growth: slope(samples, of) * span.Seconds(), most: middle*part + more}
}

// slope is per second.
func slope(samples []weight, of func(weight) float64) float64 {
	var slopes []float64
	step := max(1, len(samples)/500) // pairs are many
	for i := 0; i < len(samples); i += step {
		for k := i + step; k < len(samples); k += step {
			if passed := (samples[k].at - samples[i].at).Seconds(); passed > 0 {
				slopes = append(slopes, (of(samples[k])-of(samples[i]))/passed)
			}
		}
	}
	return median(slopes)
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
