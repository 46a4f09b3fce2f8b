package service

import (
	"fmt"
	"time"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// Schedule begins runs by the clock: the extension x-schedule of a workflow.
// Times that pass while no service runs begin nothing.
type Schedule struct {
	every time.Duration
	cron  *cron
	zone  *time.Location
	// Inputs are those of every run.
	Inputs map[string]any
}

// shortestInterval keeps a schedule from being a loop.
const shortestInterval = time.Second

const scheduleHelp = `write cron: "0 8 * * mon-fri", or interval: PT15M or 15m; and perhaps timezone and inputs`

func (r *readings) schedule(node *tree.Node) *Schedule {
	if !node.Is(tree.Mapping) {
		r.fail(CodeSchedule, node, scheduleHelp, "x-schedule is an object")
		return nil
	}
	r.known(CodeSchedule, node, "cron", "interval", "timezone", "inputs")
	s := &Schedule{zone: time.UTC}
	if inputs := node.Get("inputs"); inputs != nil {
		s.Inputs, _ = inputs.Value().(map[string]any)
		if s.Inputs == nil {
			r.fail(CodeSchedule, inputs, "write NAME: VALUE", "inputs of x-schedule are an object")
		}
	}
	if zone := node.Get("timezone"); zone != nil {
		var err error
		if s.zone, err = time.LoadLocation(zone.Str()); err != nil {
			r.fail(CodeSchedule, zone, "write a name such as Europe/Berlin", "there is no time zone %q", zone.Str())
			s.zone = time.UTC
		}
	}
	times, interval := node.Get("cron"), node.Get("interval")
	switch {
	case (times == nil) == (interval == nil):
		r.fail(CodeSchedule, node.Key, scheduleHelp, "x-schedule has either cron or interval")
	case times != nil:
		var err error
		if s.cron, err = parseCron(times.Str()); err != nil {
			r.fail(CodeSchedule, times, scheduleHelp, "%s", err)
		}
	default:
		var err error
		if s.every, err = parseInterval(interval.Str()); err != nil {
			r.fail(CodeSchedule, interval, scheduleHelp, "%s", err)
		}
	}
	return s
}

// parseInterval reads "15m" or, as ISO 8601 has it, "PT15M".
func parseInterval(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil {
		var iso bool
		if d, iso = isoDuration(text); !iso {
			return 0, fmt.Errorf("%q is no interval", text)
		}
	}
	if d < shortestInterval {
		return 0, fmt.Errorf("an interval is at least %s, this is %s", shortestInterval, d)
	}
	return d, nil
}

// Next is when the schedule is due after a time; zero is never.
func (s *Schedule) Next(after time.Time) time.Time {
	if s.cron != nil {
		return s.cron.next(after.In(s.zone))
	}
	return after.Truncate(s.every).Add(s.every)
}

// keepTime begins a run whenever the schedule is due, until the service ends.
// Each time has one run, whose name tells it: a clock that is set back, or a
// second process, begins none twice.
func (s *Service) keepTime(name string, schedule *Schedule) {
	last := s.opts.Now()
	for {
		due := schedule.Next(last)
		if due.IsZero() || !s.sleepUntil(due) {
			return
		}
		last = due
		if now := s.opts.Now(); now.Sub(due) > ScheduleSlack {
			last = now // the clock was set forward: what was jumped over is left out
		}
		s.due(name, schedule, due)
	}
}

// ScheduleSlack is how late a time may be and still count.
const ScheduleSlack = time.Minute

// RunAt names the run that a schedule begins at a time.
func RunAt(workflow string, at time.Time) string {
	return fmt.Sprintf("%s-%s", workflow, at.UTC().Format("20060102T150405Z"))
}

func (s *Service) due(name string, schedule *Schedule, at time.Time) {
	_, begun, err := s.Start(s.ctx, name, RunAt(name, at), schedule.Inputs)
	switch {
	case err != nil:
		s.stats.add(metricTriggers, "workflow", name, "fate", "unfit")
		s.opts.Log(fmt.Sprintf("the schedule of %s begins no run at %s: %s", name, at.Format(time.RFC3339), err))
	case begun:
		s.stats.add(metricTriggers, "workflow", name, "fate", "begun")
	default:
		s.stats.add(metricTriggers, "workflow", name, "fate", "repeated")
	}
}

// clockPause is how long to sleep at most, so that a clock that is set is seen.
const clockPause = time.Second

// sleepUntil waits for a time of the clock, and reports false where the service
// ends first.
func (s *Service) sleepUntil(at time.Time) bool {
	for {
		left := at.Sub(s.opts.Now())
		if left <= 0 {
			return s.ctx.Err() == nil
		}
		timer := time.NewTimer(min(left, clockPause))
		select {
		case <-timer.C:
		case <-s.ctx.Done():
			timer.Stop()
			return false
		}
	}
}

// The codes of what is wrong with how a workflow is begun.
const (
	CodeTrigger  diag.Code = "workflow/trigger"
	CodeSchedule diag.Code = "workflow/schedule"
)
