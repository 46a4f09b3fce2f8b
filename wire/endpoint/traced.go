package endpoint

import (
	"cmp"
	"maps"
	"strings"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/trace"
)

// Trace returns where in a trace the message is: what is sent because of it goes
// on from there. It is zero where the message says nothing of a trace.
func (m *Message) Trace() trace.Context {
	return trace.Context{Parent: m.TraceParent, State: m.TraceState}
}

// readTrace reads the context of a message as it came; one that is not
// well-formed is none. A tracestate may be in several headers.
func readTrace(headers []driver.Header) trace.Context {
	parent := rawHeader(headers, HeaderTraceParent)
	if parent == "" {
		return trace.Context{}
	}
	var states []string
	for _, h := range headers {
		if strings.EqualFold(h.Name, HeaderTraceState) {
			states = append(states, string(h.Value))
		}
	}
	return trace.Read(parent, strings.Join(states, ","))
}

// traced is where in a trace the message is that goes out, and its headers
// without those that say something else. What an author wrote there wins, unless
// it is not well-formed, or comes from an example.
func traced(headers map[string]any, out Outgoing) (map[string]any, trace.Context) {
	if len(headers) == 0 {
		cause := trace.Read(out.TraceParent, out.TraceState)
		return headers, cause.Next(cmp.Or(out.IdempotencyID, out.GeneratedID))
	}
	parentName, parent := textHeader(headers, HeaderTraceParent)
	stateName, state := textHeader(headers, HeaderTraceState)
	cause := trace.Read(out.TraceParent, out.TraceState)
	if own := trace.Read(parent, state); !own.IsZero() && (cause.IsZero() || !out.Overwrite) {
		return headers, own
	}
	next := cause.Next(cmp.Or(out.IdempotencyID, out.GeneratedID))
	if parentName != "" || stateName != "" {
		headers = maps.Clone(headers)
		delete(headers, parentName)
		delete(headers, stateName)
	}
	return headers, next
}

// textHeader finds a header of the application's, in any case, and its value if
// that is a text.
func textHeader(headers map[string]any, name string) (found, text string) {
	for h, value := range headers {
		if strings.EqualFold(h, name) {
			text, _ = value.(string)
			return h, text
		}
	}
	return "", ""
}

// withTrace adds the headers of a trace that the contract declares, for it to
// judge them.
func (m *messageCodec) withTrace(headers map[string]any, at trace.Context) map[string]any {
	if len(m.headerTypes) == 0 || at.IsZero() {
		return headers
	}
	for name, value := range map[string]string{HeaderTraceParent: at.Parent, HeaderTraceState: at.State} {
		name = m.spelt(name)
		if _, declared := m.headerTypes[name]; !declared || value == "" {
			continue
		}
		if _, there := headers[name]; !there {
			headers = maps.Clone(headers)
			headers[name] = value
		}
	}
	return headers
}
