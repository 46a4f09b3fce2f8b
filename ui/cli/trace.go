package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
)

// trace tells a person what a run does, a line for each thing that happens.
type trace struct {
	out    *screen
	column int // width of the column of step names
	notes  []machine.Happening
}

func newTrace(out *screen, p *plan.Plan) *trace {
	t := &trace{out: out}
	for _, workflow := range p.Workflows {
		for _, step := range workflow.Steps {
			t.column = max(t.column, utf8.RuneCountInString(step.ID))
		}
	}
	t.column = min(t.column, 32)
	return t
}

// Observe writes what a person wants to see of a happening.
func (t *trace) Observe(h machine.Happening) {
	switch h.Kind {
	case machine.WaitBegan:
		t.line("…", dim, h, waitsOn(h)+waitsFor(h))
	case machine.RequestSent:
		t.line("→", cyan, h, h.Method+" "+h.Address+data(h.Payload))
	case machine.ResponseCame:
		t.line("←", cyan, h, fmt.Sprintf("%d from %s%s", h.Status, h.Address, data(h.Payload)))
	case machine.MessageSent:
		t.line("→", cyan, h, "sent to "+h.Address+data(h.Payload))
	case machine.MessageCame:
		t.line("←", cyan, h, "received from "+h.Address+data(h.Payload))
	case machine.PersonAsked:
		t.line("?", yellow, h, h.Text+data(h.Payload))
	case machine.PersonAnswered:
		t.line("←", cyan, h, "answered"+data(h.Payload))
	case machine.CallbackKept:
		t.line("…", dim, h, "messages of "+h.Text+" will be delivered to "+source.Redact(h.Address))
	case machine.Noted:
		t.note(h)
	case machine.MessageDropped, machine.RetryPlanned:
		t.line("!", yellow, h, h.Text)
	case machine.MessagePassed:
		t.line("·", dim, h, "passed over a message of "+h.Address+": "+h.Text)
	case machine.ActionTaken:
		t.line("↪", dim, h, h.Text)
	case machine.RunResumed:
		t.line("↻", cyan, h, "resumed from its journal")
	case machine.StepEnded:
		t.stepEnded(h)
	}
}

// note keeps what is to say about the whole run for its end: of a run that
// failed, that it has no outputs is no news.
func (t *trace) note(h machine.Happening) {
	if h.Step == "" {
		t.notes = append(t.notes, h)
		return
	}
	t.line("!", yellow, h, h.Text)
}

func waitsOn(h machine.Happening) string {
	if h.Address == "" { // it waits for others that wait
		return "waits"
	}
	return "waits on " + h.Address
}

func waitsFor(h machine.Happening) string {
	var b strings.Builder
	if h.Text != "" {
		b.WriteString(" for " + h.Text)
	}
	if !h.Until.IsZero() {
		fmt.Fprintf(&b, ", at most %s", short(h.Until.Sub(h.At)))
	}
	if h.ByDefault {
		b.WriteString(" by --receive-timeout")
	}
	return b.String()
}

func (t *trace) stepEnded(h machine.Happening) {
	if h.Failure == nil {
		t.line("✓", green, h, "done in "+short(h.Took))
		return
	}
	t.line("✗", red, h, h.Failure.Message)
	for _, criterion := range h.Failure.Criteria {
		t.detail(criterion.Condition, criterion.Detail)
	}
	if h.Failure.Help != "" {
		t.detail("help", h.Failure.Help)
	}
}

func (t *trace) line(mark, look string, h machine.Happening, text string) {
	name := fit(h.Step, t.column)
	padding := strings.Repeat(" ", t.column-utf8.RuneCountInString(name))
	room := t.out.width - t.column - 7
	fmt.Fprintf(t.out, "  %s  %s%s  %s\n", t.out.paint(look, mark), t.out.paint(bold, name), padding, fit(text, room))
}

func (t *trace) detail(name, text string) {
	indent := strings.Repeat(" ", t.column+7)
	fmt.Fprintf(t.out, "%s%s  %s\n", indent, t.out.paint(dim, diag.Safe(name)), diag.Safe(text))
}

// ended writes a run's outputs and how it went.
func (t *trace) ended(result *engine.Result) error {
	t.outputs(result.Outputs)
	for _, note := range t.notes {
		if result.Succeeded() {
			t.line("!", yellow, note, note.Text)
		}
	}
	took := short(time.Duration(result.DurationMs) * time.Millisecond)
	look := green
	if !result.Succeeded() {
		look = red
	}
	fmt.Fprintf(t.out, "\n%s %s\n", t.out.paint(look, result.Status+" in "+took), t.out.paint(dim, "· "+steps(len(result.Steps))+" · run "+result.Run))
	if failure := result.Error; failure != nil {
		where := ""
		if failure.Step != "" {
			where = failure.Step + ": "
		}
		fmt.Fprintf(t.out, "%s%s\n", diag.Safe(where), diag.Safe(failure.Message))
		if failure.Help != "" {
			fmt.Fprintf(t.out, "%s %s\n", t.out.paint(green, "help:"), diag.Safe(failure.Help))
		}
	}
	return nil
}

func (t *trace) outputs(outputs map[string]any) {
	if len(outputs) == 0 {
		return
	}
	fmt.Fprintf(t.out, "\n%s\n", t.out.paint(bold, "Outputs"))
	names := slices.Sorted(maps.Keys(outputs))
	width := 0
	for _, name := range names {
		width = max(width, utf8.RuneCountInString(name))
	}
	for _, name := range names {
		padding := strings.Repeat(" ", width-utf8.RuneCountInString(name))
		fmt.Fprintf(t.out, "  %s%s  %s\n", diag.Safe(name), padding, diag.Safe(compact(outputs[name])))
	}
}

func steps(count int) string {
	if count == 1 {
		return "1 step"
	}
	return fmt.Sprintf("%d steps", count)
}

// data is a payload on the rest of a line.
func data(payload any) string {
	if payload == nil {
		return ""
	}
	return "  " + compact(payload)
}

// compact writes a value as JSON on one line.
func compact(value any) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return fmt.Sprint(value)
	}
	return strings.TrimSpace(b.String())
}

// short writes a duration as a person would say it.
func short(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return d.Round(10 * time.Microsecond).String()
	case d < time.Second:
		return d.Round(100 * time.Microsecond).String()
	}
	return d.Round(10 * time.Millisecond).String()
}
