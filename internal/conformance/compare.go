package conformance

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/weft-dev/weft/text/diag"
)

// Compare returns how an outcome differs from what the fixture expects;
// nothing where it does not.
func (f *Fixture) Compare(o *Outcome) []string {
	d := &differences{}
	d.check("status", f.Expect.Status, o.Status)
	if f.Expect.Status != o.Status {
		d.list = append(d.list, "  "+o.why())
		return d.list
	}
	if f.Expect.Refused != nil {
		d.refusal(*f.Expect.Refused, o)
	}
	for _, code := range f.Expect.Findings {
		if !slices.ContainsFunc(o.Findings, func(x diag.Diagnostic) bool { return string(x.Code) == code }) {
			d.add("findings: %s is not among them", code)
		}
	}
	if o.Status == "refused" {
		return d.list
	}
	d.result(f.Expect, o)
	if f.Options.Parallel > 1 {
		inOrder(o.hits)
	}
	if f.Expect.Requests != nil {
		d.requests(*f.Expect.Requests, o)
	}
	if f.Expect.Sent != nil {
		d.sent(*f.Expect.Sent, o)
	}
	if f.Expect.Asked != nil {
		d.check("asked", *f.Expect.Asked, o.asked)
	}
	return d.list
}

// why says in a line what became of the run, for people.
func (o *Outcome) why() string {
	switch {
	case o.Why != nil:
		return o.Why.Error()
	case o.Result.Error != nil:
		return fmt.Sprintf("step %s: %s: %s", o.Result.Error.Step, o.Result.Error.Code, o.Result.Error.Message)
	}
	var lines []string
	for _, d := range o.Findings {
		lines = append(lines, fmt.Sprintf("%s %s %s %s", d.Severity, d.Code, d.Path, d.Message))
	}
	return strings.Join(lines, "\n  ")
}

type differences struct{ list []string }

func (d *differences) add(format string, args ...any) {
	d.list = append(d.list, fmt.Sprintf(format, args...))
}

func (d *differences) check(what string, want, got any) {
	if a, b := plain(want), plain(got); !same(a, b) {
		d.add("%s: want %s, got %s", what, plainText(a), plainText(b))
	}
}

func (d *differences) refusal(want Refusal, o *Outcome) {
	if o.Why != nil {
		d.check("refused", want.Code, o.Wrong)
		return
	}
	for _, found := range o.Findings {
		if found.Severity == diag.Error && string(found.Code) == want.Code && (want.At == "" || found.Path == want.At) {
			return
		}
	}
	d.add("refused: no %s at %q:\n  %s", want.Code, want.At, o.why())
}

func (d *differences) result(want Expect, o *Outcome) {
	if want.Outputs != nil {
		d.check("outputs", *want.Outputs, o.Result.Outputs)
	}
	if want.Steps != nil {
		got := []string{}
		for _, s := range o.Result.Steps {
			line := s.ID + " " + s.Status
			if s.Path != "" {
				line = s.Path + " " + s.Status
			}
			if s.Attempts > 1 {
				line += fmt.Sprint(" ", s.Attempts)
			}
			got = append(got, line)
		}
		d.check("steps", *want.Steps, got)
	}
	for _, id := range slices.Sorted(maps.Keys(want.StepOutputs)) {
		for _, s := range o.Result.Steps {
			if s.ID == id {
				d.check("outputs of "+id, want.StepOutputs[id], s.Outputs)
			}
		}
	}
	if want.Took != nil {
		d.check("took", *want.Took, o.Result.DurationMs)
	}
	if want.Failed != nil {
		got := Failure{}
		if e := o.Result.Error; e != nil {
			got = Failure{Step: e.Step, Because: e.Code}
		}
		d.check("failed", *want.Failed, got)
	}
}

// inOrder puts requests of one moment in the order of their texts: where
// several steps are under way chance decides which comes first.
func inOrder(hits []hit) {
	slices.SortStableFunc(hits, func(a, b hit) int {
		return cmp.Or(a.at.Compare(b.at), strings.Compare(a.request, b.request))
	})
}

func (d *differences) requests(want []Request, o *Outcome) {
	for i := range max(len(want), len(o.hits)) {
		switch {
		case i >= len(o.hits):
			d.add("requests: %s is missing", want[i].Request)
			continue
		case i >= len(want):
			d.add("requests: %s is one too many", o.hits[i].request)
			continue
		}
		w, got := want[i], o.hits[i]
		d.check("request", w.Request, got.request)
		for _, name := range slices.Sorted(maps.Keys(w.Headers)) {
			var value any
			if values := got.headers.Values(name); len(values) > 0 {
				value = strings.Join(values, ", ")
			}
			d.check(w.Request+": "+name, w.Headers[name], value)
		}
		if w.has {
			d.check(w.Request+": body", w.Body, bodyOf(got))
		}
		if w.At != nil {
			d.check(w.Request+": at", *w.At, o.since(got.at))
		}
	}
}

func (o *Outcome) since(at time.Time) int64 { return at.Sub(o.began).Milliseconds() }

// bodyOf is a body as fixtures state it: parsed where it is JSON, and where it
// has parts.
func bodyOf(h hit) any {
	if len(h.body) == 0 {
		return nil
	}
	if parts := partsOf(h); parts != nil {
		return parts
	}
	var value any
	if isJSON(h.headers.Get("Content-Type")) && strictly(h.body, &value) == nil {
		return value
	}
	return string(h.body)
}

func (d *differences) sent(want []Sending, o *Outcome) {
	for i := range max(len(want), len(o.sent)) {
		switch {
		case i >= len(o.sent):
			d.add("sent: a message to %s is missing", want[i].To)
			continue
		case i >= len(want):
			d.add("sent: a message to %s is one too many", o.sent[i].to)
			continue
		}
		w, got := want[i], decoded(o.sent[i].message)
		d.check("sent to", w.To, o.sent[i].to)
		headers := got["headers"].(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(w.Headers)) {
			if w.Headers[name] == "*" && headers[name] != nil {
				continue
			}
			d.check(w.To+": header "+name, w.Headers[name], headers[name])
		}
		if w.has {
			d.check(w.To+": payload", w.Payload, got["payload"])
		}
		if w.CorrelationID != "" {
			d.check(w.To+": correlationId", w.CorrelationID, got["correlationId"])
		}
		if w.At != nil {
			d.check(w.To+": at", *w.At, o.since(o.sent[i].at))
		}
	}
}

// plain is a value as it is after a journey through JSON.
func plain(value any) any {
	data, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	var out any
	if err := strictly(bytes.TrimSpace(data), &out); err != nil {
		return err.Error()
	}
	return out
}

// same compares plain data; numbers by value.
func same(a, b any) bool {
	switch x := a.(type) {
	case json.Number:
		y, ok := b.(json.Number)
		left, okLeft := new(big.Rat).SetString(x.String())
		right, okRight := new(big.Rat).SetString(y.String())
		return ok && okLeft && okRight && left.Cmp(right) == 0
	case map[string]any:
		y, ok := b.(map[string]any)
		return ok && maps.EqualFunc(x, y, same)
	case []any:
		y, ok := b.([]any)
		return ok && slices.EqualFunc(x, y, same)
	}
	return reflect.DeepEqual(a, b)
}
