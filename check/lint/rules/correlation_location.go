package rules

import (
	"strings"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/spec/asyncapi"
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
	seen := map[*tree.Node]bool{}
	check := func(m *asyncapi.Message) {
		if m.Correlation == nil || seen[m.Node] {
			return
		}
		seen[m.Node] = true
		placeExists(p, m.Correlation.Node.Get("location"), m)
	}
	for _, c := range allChannels(p.AsyncAPI) {
		for _, m := range c.Messages {
			check(m)
		}
	}
	for _, m := range p.AsyncAPI.Components.Messages {
		check(m)
	}
}

// placeExists reports a runtime expression that points to where a message can
// have nothing, and returns false where it does.
func placeExists(p *lint.Pass, at *tree.Node, m *asyncapi.Message) bool {
	if !at.Is(tree.String) {
		return true
	}
	part, pointer, ok := strings.Cut(at.Text, "#")
	if !ok || (part != "$message.header" && part != "$message.payload") {
		return true // the structure says so
	}
	if pointer != "" && pointer[0] != '/' {
		p.Report(at, "what follows \"#\" must be empty or begin with \"/\"").Help = "write a JSON Pointer, such as \"#/id\""
		return false
	}
	schema := m.Headers
	if part == "$message.payload" {
		schema = m.Payload
	}
	if schema == nil || !strings.Contains(schema.Format, "asyncapi") && !strings.Contains(schema.Format, "schema+") {
		return true
	}
	missing, known := missingProperty(p, schema.Node, pointer)
	if missing == "" {
		return true
	}
	d := p.Report(at, "the message has no property %q there", missing)
	if near := p.Nearest(missing, known); near != "" {
		d.Help = "did you mean \"" + near + "\"?"
	}
	d.Related = []diag.Related{{Message: "this is the schema", Span: lint.Head(schema.Node)}}
	return false
}

// missingProperty follows a JSON Pointer through a schema as long as the
// schema says plainly what there is, and returns the first name that cannot be
// there, with those that can.
func missingProperty(p *lint.Pass, schema *tree.Node, pointer string) (missing string, known []string) {
	for token := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		schema = p.Resolve(schema)
		if pointer == "" || !schema.Is(tree.Mapping) || !plain(schema) {
			return "", nil
		}
		name := tree.UnescapePointer(token)
		properties := p.Resolve(schema.Get("properties"))
		next := properties.Get(name)
		if next == nil {
			if closed := schema.Get("additionalProperties"); closed.Is(tree.Bool) && !closed.True() {
				return name, names(properties)
			}
			return "", nil
		}
		schema = next
	}
	return "", nil
}

// plain reports whether all the properties of a schema are those it lists.
func plain(schema *tree.Node) bool {
	for _, key := range []string{"allOf", "anyOf", "oneOf", "if", "patternProperties", "$ref"} {
		if schema.Has(key) {
			return false
		}
	}
	return true
}
