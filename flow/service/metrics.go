package service

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/internal/lazy"
)

// stats counts what happens, for Prometheus. It writes the text format itself:
// the format is a page, its client library a megabyte.
type stats struct {
	mu       sync.Mutex
	counters map[sample]uint64
	steps    map[string]*histogram // seconds, by workflow
}

// sample is a counter with its labels, as it is written.
type sample struct{ name, labels string }

// buckets are the upper bounds of the histogram of steps, in seconds.
var buckets = [...]float64{0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60, 600, 3600, 86400}

type histogram struct {
	counts [len(buckets)]uint64
	count  uint64
	sum    float64
}

func newStats() *stats {
	return &stats{counters: map[sample]uint64{}, steps: map[string]*histogram{}}
}

// What is counted, and what it says to people.
const (
	metricStarted  = "weft_runs_started_total"
	metricEnded    = "weft_runs_ended_total"
	metricMessages = "weft_messages_total"
	metricTriggers = "weft_triggers_total"
	metricSteps    = "weft_step_duration_seconds"
	metricActive   = "weft_runs_active"
	metricWaiting  = "weft_runs_waiting"
	metricStuck    = "weft_runs_stuck"
	metricParked   = "weft_messages_parked"

	metricParkedDropped = "weft_messages_parked_dropped_total"
)

var metricHelp = lazy.Of[map[string]string]{Make: func() map[string]string {
	return map[string]string{
		metricStarted:  "Runs begun, by workflow.",
		metricEnded:    "Runs that came to an end, by workflow and status.",
		metricMessages: "Messages, by workflow and what became of them.",
		metricTriggers: "Messages and times that may begin runs, by workflow and what became of them.",
		metricSteps:    "How long steps took from their first attempt to their end.",
		metricActive:   "Runs that have not ended.",
		metricWaiting:  "Runs that wait outside of memory, in the journal.",
		metricParked:   "Messages of queues that are kept for runs to come.",
		metricStuck:    "Runs that cannot go on until somebody mends what stops them.",

		metricParkedDropped: "Messages of queues that were kept for too long and forgotten, by address.",
	}
}}

func (s *stats) add(name string, labels ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counters[sample{name, labelled(labels...)}]++
}

func (s *stats) started(workflow string) { s.add(metricStarted, "workflow", workflow) }

// messageFates are the happenings of messages, by what became of them.
var messageFates = lazy.Of[map[machine.HappeningKind]string]{Make: func() map[machine.HappeningKind]string {
	return map[machine.HappeningKind]string{
		machine.MessageSent: "sent", machine.MessageCame: "received", machine.MessageKept: "kept",
		machine.MessageDropped: "dropped", machine.MessagePassed: "passed",
	}
}}

func (s *stats) observe(workflow string, h machine.Happening) {
	if fate, ok := messageFates.Get()[h.Kind]; ok {
		s.add(metricMessages, "workflow", workflow, "fate", fate)
		return
	}
	switch h.Kind {
	case machine.RunEnded:
		s.add(metricEnded, "workflow", workflow, "status", statusOf(h))
	case machine.StepEnded:
		s.took(workflow, h.Took)
	}
}

func (s *stats) took(workflow string, d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.steps[workflow]
	if h == nil {
		h = &histogram{}
		s.steps[workflow] = h
	}
	seconds := d.Seconds()
	h.count++
	h.sum += seconds
	for i, bound := range buckets {
		if seconds <= bound {
			h.counts[i]++
		}
	}
}

// labelled writes pairs of names and values as labels.
func labelled(pairs ...string) string {
	var b strings.Builder
	for i := 0; i+1 < len(pairs); i += 2 {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(pairs[i] + `="` + labelEscapes.Get().Replace(pairs[i+1]) + `"`)
	}
	return b.String()
}

var labelEscapes = lazy.Of[*strings.Replacer]{Make: func() *strings.Replacer {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)
}}

// WriteMetrics writes all counts in the text format of Prometheus.
func (s *Service) WriteMetrics(out io.Writer) error {
	var b strings.Builder
	c := s.Counts()
	gauge(&b, metricActive, c.Active)
	gauge(&b, metricWaiting, c.Waiting)
	gauge(&b, metricStuck, c.Stuck)
	gauge(&b, metricParked, s.inbox.size())
	s.stats.write(&b)
	_, err := io.WriteString(out, b.String())
	return err
}

// Counts says how many runs there are that have not ended.
type Counts struct {
	Active  int // all of them
	Waiting int // those that wait outside of memory
	Stuck   int // those that cannot go on
}

// Counts counts the runs that have not ended.
func (s *Service) Counts() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := Counts{Active: len(s.runs)}
	for _, h := range s.runs {
		switch {
		case h.problem != "":
			c.Stuck++
		case h.running == nil:
			c.Waiting++
		}
	}
	return c
}

func gauge(b *strings.Builder, name string, value int) {
	header(b, name, "gauge")
	fmt.Fprintf(b, "%s %d\n", name, value)
}

func header(b *strings.Builder, name, kind string) {
	fmt.Fprintf(b, "# HELP %s %s\n# TYPE %s %s\n", name, metricHelp.Get()[name], name, kind)
}

func (s *stats) write(b *strings.Builder) {
	s.mu.Lock()
	defer s.mu.Unlock()
	samples := slices.SortedFunc(maps.Keys(s.counters), func(x, y sample) int {
		return strings.Compare(x.name+"{"+x.labels, y.name+"{"+y.labels)
	})
	last := ""
	for _, c := range samples {
		if c.name != last {
			header(b, c.name, "counter")
			last = c.name
		}
		fmt.Fprintf(b, "%s{%s} %d\n", c.name, c.labels, s.counters[c])
	}
	if len(s.steps) > 0 {
		header(b, metricSteps, "histogram")
	}
	for _, workflow := range slices.Sorted(maps.Keys(s.steps)) {
		s.steps[workflow].write(b, workflow)
	}
}

func (h *histogram) write(b *strings.Builder, workflow string) {
	labels := labelled("workflow", workflow)
	for i, bound := range buckets {
		fmt.Fprintf(b, "%s_bucket{%s,le=\"%s\"} %d\n", metricSteps, labels, decimal(bound), h.counts[i])
	}
	fmt.Fprintf(b, "%s_bucket{%s,le=\"+Inf\"} %d\n", metricSteps, labels, h.count)
	fmt.Fprintf(b, "%s_sum{%s} %s\n%s_count{%s} %d\n", metricSteps, labels, decimal(h.sum), metricSteps, labels, h.count)
}

func decimal(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }
