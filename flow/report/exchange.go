package report

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/weft-dev/weft/flow/machine"
)

// Detail is one more thing about a failure.
type Detail struct {
	Name string
	// Text may have several lines.
	Text string
}

// Exchanges keeps what each step said and heard last, for the case that it
// fails.
type Exchanges struct{ last map[string]*exchange }

type exchange struct{ said, heard *machine.Happening }

// Observe implements engine.Observer.
func (x *Exchanges) Observe(h machine.Happening) {
	if h.Step == "" {
		return
	}
	switch h.Kind {
	case machine.StepBegan:
		delete(x.last, key(&h))
	case machine.RequestSent, machine.MessageSending, machine.MessageSent:
		x.of(&h).said = &h
	case machine.ResponseCame, machine.MessageCame:
		x.of(&h).heard = &h
	}
}

// Forget lets go of what a step that has ended said and heard.
func (x *Exchanges) Forget(h *machine.Happening) { delete(x.last, key(h)) }

func key(h *machine.Happening) string { return h.Workflow + "\x00" + h.Step }

func (x *Exchanges) of(h *machine.Happening) *exchange {
	if x.last == nil {
		x.last = map[string]*exchange{}
	}
	if x.last[key(h)] == nil {
		x.last[key(h)] = &exchange{}
	}
	return x.last[key(h)]
}

// Details says of a failure which criteria were false and why, what was asked
// and answered, and what to do. It has no secrets, and is bounded.
func (x *Exchanges) Details(h *machine.Happening) []Detail {
	var list []Detail
	for i, c := range h.Failure.Criteria {
		if i == maxCriteria {
			list = append(list, Detail{"", fmt.Sprintf("… and %d more criteria", len(h.Failure.Criteria)-i)})
			break
		}
		list = append(list, Detail{"criterion", cut(c.Condition)}, Detail{"but", cut(c.Detail)})
	}
	if e := x.last[key(h)]; e != nil {
		list = append(list, e.details()...)
	}
	if h.Failure.Help != "" {
		list = append(list, Detail{"help", h.Failure.Help})
	}
	return list
}

// The bounds of what is told of a failure.
const (
	maxCriteria = 10
	maxHeaders  = 20
	maxLine     = 600  // bytes
	maxBody     = 1200 // bytes of a payload
)

func (e *exchange) details() []Detail {
	var list []Detail
	if said := e.said; said != nil {
		name, line := "sent", "to "+said.Address
		if said.Kind == machine.RequestSent {
			name, line = "request", said.Method+" "+Address(said.Address)
			if e.heard != nil && e.heard.Address != "" {
				line = said.Method + " " + Address(e.heard.Address) // with its parameters filled in
			}
		}
		list = append(list, Detail{name, whole(line, said)})
	}
	if heard := e.heard; heard != nil {
		name, line := "received", "from "+heard.Address
		if heard.Kind == machine.ResponseCame {
			name, line = "response", strings.TrimSpace(fmt.Sprintf("%d %s", heard.Status, http.StatusText(heard.Status)))
		}
		list = append(list, Detail{name, whole(line, heard)})
	}
	return list
}

// whole is a line, the headers below it, and the payload.
func whole(line string, h *machine.Happening) string {
	lines := []string{cut(line)}
	for i, name := range slices.Sorted(maps.Keys(h.Headers)) {
		if i == maxHeaders {
			lines = append(lines, fmt.Sprintf("… and %d more headers", len(h.Headers)-i))
			break
		}
		lines = append(lines, cut(name+": "+header(name, h.Headers[name])))
	}
	if h.Payload != nil {
		lines = append(lines, Readable(h.Payload, maxBody))
	}
	return strings.Join(lines, "\n")
}

func header(name string, value any) string {
	if Secret(name) {
		return veiled
	}
	if text, ok := value.(string); ok {
		return text
	}
	return Compact(value, maxLine)
}

// cut bounds a line.
func cut(text string) string {
	if len(text) <= maxLine {
		return text
	}
	return strings.ToValidUTF8(text[:maxLine], "") + "…"
}
