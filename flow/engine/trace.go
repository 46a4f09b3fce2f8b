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
	at := trace.Read(headerOf(c, endpoint.HeaderTraceParent), headerOf(c, endpoint.HeaderTraceState))
	if at.IsZero() {
		return trace.Context{}.Next(c.Run)
	}
	return at
}

func headerOf(c machine.Cause, name string) string {
	for h, value := range c.Headers {
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
	at := traceOf(call.Cause).Next(call.ID)
	if at.IsZero() {
		return headers
	}
	headers[endpoint.HeaderTraceParent] = at.Parent
	if at.State != "" {
		headers[endpoint.HeaderTraceState] = at.State
	}
	return headers
}
