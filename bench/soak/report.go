package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"
)

// betweenSamples is how often memory is looked at.
const betweenSamples = 2 * time.Second

// soak drives all lines at once, and tells how it goes.
func soak(ctx context.Context, lines []*line, opts options, m *memory, t *teller) {
	var all sync.WaitGroup
	for i, l := range lines {
		all.Go(func() { l.drive(ctx, opts, opts.every*time.Duration(i+1)/time.Duration(len(lines)+1)) })
	}
	over := make(chan struct{})
	go func() {
		all.Wait()
		close(over)
	}()
	tick := time.NewTicker(betweenSamples)
	defer tick.Stop()
	for {
		select {
		case <-over:
			t.end()
			return
		case <-tick.C:
			t.tell(m.sample(), lines)
		}
	}
}

// teller tells how it goes: in place on a terminal, else a line now and then.
type teller struct {
	out      io.Writer
	terminal bool
	every    time.Duration
	last     time.Time
}

func newTeller(out io.Writer, every time.Duration) *teller {
	t := &teller{out: out, every: every}
	if file, ok := out.(*os.File); ok {
		info, err := file.Stat()
		t.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return t
}

func (t *teller) tell(w weight, lines []*line) {
	parts := []string{w.at.Round(time.Second).String()}
	for _, l := range lines {
		distinct, twice, _ := l.ledger.counts()
		parts = append(parts, fmt.Sprintf("%s %d/%d +%d ↻%d", l.protocol.scheme, distinct, l.sent.Load(), twice, l.restarts.Load()))
	}
	parts = append(parts, fmt.Sprintf("heap %s, resident %s, %.0f goroutines", megabytes(w.heap), megabytes(w.resident), w.goroutines))
	t.line(strings.Join(parts, " | "))
}

// line tells a line, unless the last was only just told.
func (t *teller) line(text string) {
	if !t.terminal && time.Since(t.last) < t.every {
		return
	}
	t.last = time.Now()
	if t.terminal {
		fmt.Fprintf(t.out, "\r\x1b[K%s", text)
		return
	}
	fmt.Fprintln(t.out, text)
}

func (t *teller) end() {
	if t.terminal {
		fmt.Fprintln(t.out)
	}
}

// report prints the tables and reports whether there were faults.
func report(out io.Writer, lines []*line, m *memory, opts options) (faults bool) {
	table := tabwriter.NewWriter(out, 2, 0, 2, ' ', 0)
	fmt.Fprintln(table, "protocol\twanted\tconfirmed\ta second\tarrived\tlost\ttwice\trestarts\tsends again\tlate acks\treopened\tlongest silence\t")
	var remarks []string
	for _, l := range lines {
		row, said := l.row()
		fmt.Fprintln(table, row)
		remarks = append(remarks, said...)
		faults = faults || l.faulty(opts)
	}
	fmt.Fprintln(table, "\t")
	fmt.Fprintln(table, "memory\tmedian\tgrowth after warm-up\tallowed\t")
	for _, t := range m.trends() {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t\n", t.name, t.show(t.middle), t.show(t.growth), t.show(t.most))
		if !t.flat() {
			faults = true
			remarks = append(remarks, t.name+" grew")
		}
	}
	_ = table.Flush()
	for _, remark := range remarks {
		fmt.Fprintln(out, remark)
	}
	if faults {
		fmt.Fprintln(out, "FAULTY: something was lost, or memory grew")
	} else {
		fmt.Fprintln(out, "fine: nothing was lost, and memory stayed flat, at "+reached(lines, opts))
	}
	return faults
}

// reached says at which rate that was, which is what was asked for only on a
// machine that can: one that cannot proves as much as it carried.
func reached(lines []*line, opts options) string {
	var rates []string
	slow := false
	for _, l := range lines {
		rates = append(rates, fmt.Sprintf("%.0f/s over %s", l.rate(), l.protocol.scheme))
		slow = slow || l.rate() < nearly*float64(opts.rate)
	}
	text := strings.Join(rates, ", ")
	if slow {
		text += fmt.Sprintf(": slower than the %d/s that were asked for", opts.rate)
	}
	return text
}

// nearly is the part of a rate that counts as the rate: a restart at the very
// end is not made up for.
const nearly = 0.98

// row is a line's row of the table, and what the table has no room for.
func (l *line) row() (row string, remarks []string) {
	distinct, twice, foreign := l.ledger.counts()
	lost := l.lost()
	row = fmt.Sprintf("%s\t%d\t%d\t%.0f\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t", l.protocol.scheme, l.ledger.total, l.sent.Load(), l.rate(), distinct, lost, twice,
		l.restarts.Load(), l.retried.Load(), l.returned.Load(), l.reopened.Load(), time.Duration(l.silence.Load()).Round(100*time.Millisecond))
	add := func(format string, args ...any) {
		remarks = append(remarks, l.protocol.scheme+": "+fmt.Sprintf(format, args...))
	}
	if err := l.failure(); err != nil {
		add("gave up: %v", err)
	}
	if unsent := l.ledger.total - int(l.sent.Load()); unsent > 0 {
		add("%d were not sent", unsent)
	}
	if lost > 0 {
		add("lost %s", l.ledger.ranges(l.ledger.total, 10))
	}
	if foreign > 0 {
		add("%d messages that nobody sent", foreign)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, text := range slices.Sorted(maps.Keys(l.said)) {
		add("met %d times: %s", l.said[text], text)
	}
	return row, remarks
}

// rate is how many messages were confirmed in a second, restarts included.
func (l *line) rate() float64 {
	took := time.Duration(l.took.Load()).Seconds()
	if took == 0 {
		return 0
	}
	return float64(l.sent.Load()) / took
}

// lost counts confirmed messages that never arrived. A run that was stopped
// early did not send all its numbers, and those it sent are not known one by
// one: what is missing beyond them is what was not sent.
func (l *line) lost() int {
	unsent := l.ledger.total - int(l.sent.Load())
	return max(0, l.ledger.missing(l.ledger.total)-unsent)
}

// faulty reports whether the line did not do what was asked for. A run that is
// too short for a restart needs none; one on a machine that is too busy for the
// rate is slow, which is said, and proves what it sent.
func (l *line) faulty(opts options) bool {
	_, _, foreign := l.ledger.counts()
	unrestarted := opts.every > 0 && opts.every < opts.lasting && l.restarts.Load() == 0
	return l.failure() != nil || l.lost() > 0 || foreign > 0 || unrestarted || l.sent.Load() == 0
}

func (t trend) show(value float64) string {
	if t.name == "goroutines" {
		return fmt.Sprintf("%.0f", value)
	}
	return megabytes(value)
}

func megabytes(bytes float64) string { return fmt.Sprintf("%.1f MB", bytes/1e6) }
