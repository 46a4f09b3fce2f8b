package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// leakShows is how long a run is that tells a leak from buffers that fill.
const leakShows = 10 * time.Minute

// report prints the tables and reports whether there were faults.
func (c *crossing) report(out io.Writer) (faults bool) {
	stored, _, unknown := c.stored.counts()
	arrived, twice, foreign := c.arrived.counts()
	lost, which := c.stored.beyond(c.arrived.ledger)
	made, _ := c.arrived.beyond(c.stored)
	table := tabwriter.NewWriter(out, 2, 0, 2, ' ', 0)
	fmt.Fprintln(table, "orders\ta second\tarrived\tlost\tagain\tout of order\tkafka restarted\tqueue away\tbridges killed\t")
	kills := 0
	for _, b := range c.bridges {
		kills += b.kills
	}
	fmt.Fprintf(table, "%d\t%.0f\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t\n\n", stored, float64(stored)/c.opts.lasting.Seconds(), arrived, lost, twice,
		c.arrived.late, c.restarts.Load(), c.absences.Load(), kills)
	fmt.Fprintln(table, "process\tresident\tgrowth after warm-up\tallowed\tended by itself\t")
	var remarks []string
	for _, a := range c.actors() {
		t := a.trend()
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\t\n", a.name, megabytes(t.middle), megabytes(t.growth), megabytes(t.most), a.falls)
		if !t.flat() && c.opts.lasting >= leakShows {
			remarks = append(remarks, a.name+" grew")
		}
		if a.falls > 0 {
			remarks = append(remarks, fmt.Sprintf("%s ended by itself, %d times: %v; see %s.log", a.name, a.falls, a.reason, a.name))
		}
	}
	_ = table.Flush()
	for _, r := range []struct {
		wrong bool
		text  string
	}{
		{lost > 0, fmt.Sprintf("lost %s", which)},
		{made+foreign+unknown > 0, fmt.Sprintf("%d orders that Kafka does not have, %d messages that are none", made, foreign+unknown)},
		{c.arrived.late > 0, "out of order: " + c.arrived.disorder},
		{c.kafka.failure() != nil, fmt.Sprint("gave up: ", c.kafka.failure())},
		{stored == 0, "nothing was sent"},
		{c.opts.every < c.opts.lasting && c.restarts.Load()*c.absences.Load() == 0, "neither server was away"},
		{c.opts.kill < c.opts.lasting && kills == 0, "no bridge was killed"},
	} {
		if r.wrong {
			remarks = append(remarks, r.text)
		}
	}
	for _, remark := range remarks {
		fmt.Fprintln(out, remark)
	}
	if len(remarks) > 0 {
		fmt.Fprintln(out, "FAULTY")
		return true
	}
	flat := ", and memory stayed flat"
	if c.opts.lasting < leakShows {
		flat = "" // nobody can say
	}
	fmt.Fprintf(out, "fine: every order arrived in the order of its key, what came again had its id%s\n", flat)
	return false
}
