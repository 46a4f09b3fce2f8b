package engine

import (
	"strings"

	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/wire/endpoint"
	"github.com/weft-dev/weft/wire/trace"
)

// traceOf is where in a trace the cause of an effect is: where the message is
// that the run took last, if that says it, else in the run's own trace.
func traceOf(c machine.Cause) trace.Context {
	if at := MessageTrace(c.Headers); !at.IsZero() {
		return at
	}
	return RunTrace(c.Run)
}

// RunTrace is where in a trace a run is: at the beginning of its own.
func RunTrace(run string) trace.Context { return trace.Context{}.Next(run) }

// EffectTrace is where in a trace a call or message is that goes out with an id
// of that cause: what its headers say, unless its author says otherwise.
func EffectTrace(c machine.Cause, id string) trace.Context { return traceOf(c).Next(id) }

// MessageTrace is where in a trace the message of these headers is, if it says
// it.
func MessageTrace(headers map[string]any) trace.Context {
	return trace.Read(headerOf(headers, endpoint.HeaderTraceParent), headerOf(headers, endpoint.HeaderTraceState))
}

// traceOnly are of the headers of a message those that say where in a trace it
// is; nil where it does not say it.
func traceOnly(headers map[string]any) map[string]any {
	at := MessageTrace(headers)
	if at.IsZero() {
		return nil
	}
	kept := map[string]any{endpoint.HeaderTraceParent: at.Parent}
	if at.State != "" {
		kept[endpoint.HeaderTraceState] = at.State
	}
	return kept
}

func headerOf(headers map[string]any, name string) string {
	for h, value := range headers {
		if text, ok := value.(string); ok && strings.EqualFold(h, name) {
			return text
		}
	}
	return ""
}

// traceHeaders are the headers by which a call belongs to the trace of its
// cause. Parameters of the same names win.
func traceHeaders(call machine.CallHTTP) map[string]string {
	headers := map[string]string{}
	for _, p := range call.Parameters {
		if strings.EqualFold(p.Name, endpoint.HeaderTraceParent) {
			return headers
		}
	}
	at := EffectTrace(call.Cause, call.ID)
	if at.IsZero() {
		return headers
	}
	headers[endpoint.HeaderTraceParent] = at.Parent
	if at.State != "" {
		headers[endpoint.HeaderTraceState] = at.State
	}
	return headers
}
