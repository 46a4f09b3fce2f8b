// Package report makes of a run what people and build servers read afterwards:
// when each step was under way and when it waited, what it said and heard, and
// why it failed. It exists so that every face tells a run in the same words and
// hides the same secrets.
//
// It must not know where a report goes, nor what a terminal is. What it is told
// of comes from outside: all that it keeps is bounded.
package report

import (
	"time"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/machine"
)

// The bounds of a report.
const (
	maxMoments = 20_000 // of a run
	maxSpans   = 2_000  // of a step
	maxText    = 4_000  // bytes of one payload
)

// Report is a run as it went.
type Report struct {
	*engine.Result
	// Rows are the steps in the order in which they began.
	Rows []*Row
	// Notes are about the run as a whole.
	Notes []Moment
	// Left counts the moments for which there was no room.
	Left int
}

// Row is one step of a report.
type Row struct {
	engine.Step
	Spans   []Span
	Moments []Moment
}

// Name is the step's path.
func (r *Row) Name() string {
	if r.Path != "" {
		return r.Path
	}
	return r.ID
}

// SpanKind is what a step did for a time.
type SpanKind string

// The kinds of spans. Waits lie within attempts.
const (
	Attempt SpanKind = "attempt"
	Wait    SpanKind = "wait"
	Delay   SpanKind = "delay" // until the next attempt
)

// Span is a time in which a step was under way.
type Span struct {
	Kind     SpanKind
	From, To time.Time
	Failed   bool
}

// Moment is one thing that happened.
type Moment struct {
	At time.Time
	Line
	// Data is the payload as it may be shown; the Line's own is not kept.
	Data string
	// More says it at greater length, in pairs of a name and a text.
	More []Detail
}

// Recorder makes a Report of what it observes. It is an engine.Observer.
type Recorder struct {
	rows      []*Row
	byName    map[string]*Row
	notes     []Moment
	exchanges Exchanges
	kept      int
	left      int
}

// NewRecorder makes a Recorder of one run.
func NewRecorder() *Recorder { return &Recorder{byName: map[string]*Row{}} }

// Observe implements engine.Observer.
func (r *Recorder) Observe(h machine.Happening) {
	if h.Step == "" {
		r.note(&h)
		return
	}
	row := r.row(&h)
	row.span(&h)
	r.exchanges.Observe(h)
	if line, ok := LineOf(&h); ok && r.room() {
		row.Moments = append(row.Moments, r.moment(&h, line))
	}
}

func (r *Recorder) room() bool {
	if r.kept == maxMoments {
		r.left++
		return false
	}
	r.kept++
	return true
}

func (r *Recorder) moment(h *machine.Happening, line Line) Moment {
	m := Moment{At: h.At, Line: line}
	if line.Payload != nil {
		m.Data = Readable(line.Payload, maxText)
	}
	m.Payload = nil
	if h.Failure != nil {
		m.More = r.exchanges.Details(h)
	}
	return m
}

func (r *Recorder) note(h *machine.Happening) {
	if line, ok := LineOf(h); ok && r.room() {
		r.notes = append(r.notes, r.moment(h, line))
	}
}

func (r *Recorder) row(h *machine.Happening) *Row {
	key := h.Workflow + "\x00" + h.Step
	row := r.byName[key]
	if row == nil {
		row = &Row{Step: engine.Step{ID: h.Step, Workflow: h.Workflow, Kind: h.StepKind.String()}}
		r.byName[key] = row
		r.rows = append(r.rows, row)
	}
	return row
}

// span draws the times of a step from what happens in it.
func (r *Row) span(h *machine.Happening) {
	switch h.Kind {
	case machine.StepBegan:
		r.end(h.At, false)
		r.begin(Attempt, h.At)
	case machine.WaitBegan, machine.PersonAsked:
		r.begin(Wait, h.At)
	case machine.MessageCame, machine.PersonAnswered:
		r.endOf(Wait, h.At)
	case machine.RetryPlanned:
		r.end(h.At, true)
		r.begin(Delay, h.At)
	case machine.StepEnded:
		if len(r.Spans) == 0 { // it was begun by an earlier process, or never
			r.begin(Attempt, h.At.Add(-h.Took))
		}
		r.end(h.At, h.Failure != nil)
	}
}

func (r *Row) begin(kind SpanKind, at time.Time) {
	if len(r.Spans) < maxSpans {
		r.Spans = append(r.Spans, Span{Kind: kind, From: at})
	}
}

// end ends all that is under way.
func (r *Row) end(at time.Time, failed bool) {
	for i := range r.Spans {
		if s := &r.Spans[i]; s.To.IsZero() {
			s.To, s.Failed = at, failed && s.Kind == Attempt
		}
	}
}

func (r *Row) endOf(kind SpanKind, at time.Time) {
	for i := range r.Spans {
		if s := &r.Spans[i]; s.To.IsZero() && s.Kind == kind {
			s.To = at
		}
	}
}

// Report is what was observed, of a run that ended so.
func (r *Recorder) Report(result *engine.Result) *Report {
	report := &Report{Result: result, Notes: r.notes, Left: r.left}
	ended := result.Started.Add(time.Duration(result.DurationMs) * time.Millisecond)
	known := map[*Row]bool{}
	var never []*Row
	for i := range result.Steps {
		step := &result.Steps[i]
		row := r.rowOf(result, step, known)
		if row == nil {
			never = append(never, &Row{Step: *step})
			continue
		}
		row.Step = *step
		row.end(ended, false)
		known[row] = true
	}
	for _, row := range r.rows {
		if known[row] {
			report.Rows = append(report.Rows, row)
		}
	}
	report.Rows = append(report.Rows, never...)
	return report
}

// rowOf finds the row of a step. Its workflow may be one that a goto led to,
// which a result does not say.
func (r *Recorder) rowOf(result *engine.Result, step *engine.Step, known map[*Row]bool) *Row {
	if row := r.byName[workflowOf(result, step)+"\x00"+nameOf(step)]; row != nil && !known[row] {
		return row
	}
	for _, row := range r.rows {
		if !known[row] && row.ID == nameOf(step) {
			return row
		}
	}
	return nil
}

func workflowOf(result *engine.Result, s *engine.Step) string {
	if s.Workflow != "" {
		return s.Workflow
	}
	return result.Workflow
}

func nameOf(s *engine.Step) string {
	if s.Path != "" {
		return s.Path
	}
	return s.ID
}
