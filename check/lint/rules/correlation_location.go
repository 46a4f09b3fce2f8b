package rules

import (
	"fmt"
	"strings"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

func correlationLocation() *lint.Rule {
	return &lint.Rule{
		Code: "asyncapi/correlation-location", Severity: diag.Error,
		Summary: "a correlation id is at a place that its messages have",
		Why:     "Requests and replies are matched by what stands there. Where nothing does, no reply is ever recognised.",
		Good: `asyncapi: 3.0.0
info: {title: Users, version: 1.0.0}
channels:
  users:
    address: users
    messages:
      asked:
        headers: {type: object, properties: {id: {type: string}}}
        correlationId: {location: '$message.header#/id'}
`,
		Bad: `asyncapi: 3.0.0
info: {title: Users, version: 1.0.0}
channels:
  users:
    address: users
    messages:
      asked:
        headers: {type: object, additionalProperties: false, properties: {id: {type: string}}}
        correlationId: {location: '$message.header#/ident'}
`,
		Run: runCorrelationLocation,
	}
}

func runCorrelationLocation(p *lint.Pass) {
	for _, m := range p.Objects().Messages {
		if m.Correlation != nil {
			placeExists(p, m.Correlation.Node.Get("location"), m)
		}
	}
}

// placeExists reports a runtime expression that points to where a message can
// have nothing, and returns false where it does.
func placeExists(p *lint.Pass, at *tree.Node, m *asyncapi.Message) bool {
	if !at.Is(tree.String) {
		return true
	}
	source, pointer, ok := strings.Cut(at.Text, "#")
	if !ok || (source != "$message.header" && source != "$message.payload") {
		return true // the structure says so
	}
	if pointer != "" && pointer[0] != '/' {
		p.Report(at, "what follows \"#\" must be empty or begin with \"/\"").Help = "write a JSON Pointer, such as \"#/id\""
		return false
	}
	part, by := "headers schema", m.Headers
	if strings.HasPrefix(at.Text, "$message.payload") {
		part, by = "payload schema", m.Payload
	}
	if by == nil {
		return true
	}
	f, ok := formatOf(p, by.Format)
	if !ok || f.Family != schema.JSONSchema {
		return true // which places it has, its own language knows
	}
	missing, found := follow(p, by.Node, pointer)
	if found.sure != absent {
		return true
	}
	start := len(source) + len("#") + found.at
	token := partOf(at, start, start+len(tree.EscapePointer(missing)))
	d := p.ReportSpan(at, token, "the message has no %s %q there", found.kind(), missing)
	if !found.closed {
		d.Severity, d.Message = diag.Warning, fmt.Sprintf("the %s does not describe the %s %q", part, found.kind(), missing)
	}
	d.Help = "describe it, or correct the location"
	if near := p.Nearest(missing, found.names); near != "" {
		d.Help = fmt.Sprintf("did you mean %q?", near)
		if token != at.Span {
			d.Fixes = instead(token, tree.EscapePointer(near))
		}
	}
	d.Related = []diag.Related{{Message: "this is the schema", Span: lint.Head(by.Node)}}
	return false
}
