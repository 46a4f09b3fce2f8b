package rules

import (
	"strings"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

func schemaFormat() *lint.Rule {
	return &lint.Rule{
		Code: "asyncapi/schema-format", Severity: diag.Warning,
		Summary: "schemas are in a language that is known",
		Why:     "A schema in an unknown language is not checked, and neither are the messages.",
		Good:    head3 + "components: {schemas: {user: {schemaFormat: application/schema+json;version=draft-07, schema: {type: object}}}}\n",
		Bad:     head3 + "components: {schemas: {user: {schemaFormat: application/schema+jsn;version=draft-07, schema: {type: object}}}}\n",
		Run:     runSchemaFormat,
	}
}

// schemaLanguages are the media types of schema languages, without suffix and
// version.
var schemaLanguages = []string{
	"application/vnd.aai.asyncapi", "application/schema", "application/vnd.oai.openapi",
	"application/vnd.apache.avro", "application/vnd.google.protobuf", "application/raml", "application/xml",
}

func runSchemaFormat(p *lint.Pass) {
	seen := map[*tree.Node]bool{}
	check := func(s *asyncapi.Schema, at *tree.Node) {
		if s == nil || !at.Is(tree.String) || seen[at] || isKnownFormat(s.Format) {
			return
		}
		seen[at] = true
		d := p.Report(at, "the schema language %q is not known", s.Format)
		d.Help = "its schemas are not checked, nor messages against them"
		if near := nearestFormat(s.Format); near != "" {
			d.Help = "did you mean \"" + near + "\"?"
		}
	}
	for _, c := range allChannels(p.AsyncAPI) {
		for _, m := range c.Messages {
			check(m.Headers, formatNode(p, m.Headers, nil))
			check(m.Payload, formatNode(p, m.Payload, m))
		}
	}
	for _, m := range p.AsyncAPI.Components.Messages {
		check(m.Headers, formatNode(p, m.Headers, nil))
		check(m.Payload, formatNode(p, m.Payload, m))
	}
	for _, s := range p.AsyncAPI.Components.Schemas {
		check(s, formatNode(p, s, nil))
	}
}

// formatNode is where the format of a schema is written, or nil.
func formatNode(p *lint.Pass, s *asyncapi.Schema, m *asyncapi.Message) *tree.Node {
	if s == nil {
		return nil
	}
	if p.AsyncAPI.Major() == 2 {
		if m == nil {
			return nil
		}
		return m.Merged.Get("schemaFormat")
	}
	return p.Resolve(s.Place).Get("schemaFormat")
}

func mediaType(format string) string {
	mime, _, _ := strings.Cut(format, ";")
	mime = strings.TrimSpace(strings.ToLower(mime))
	for _, suffix := range []string{"+json", "+yaml", "+xml"} {
		mime = strings.TrimSuffix(mime, suffix)
	}
	return mime
}

func isKnownFormat(format string) bool {
	mime := mediaType(format)
	for _, known := range schemaLanguages {
		if mime == known {
			return true
		}
	}
	return false
}

// nearestFormat is a format as it was probably meant, with the parameters as
// written.
func nearestFormat(format string) string {
	mime, parameters, found := strings.Cut(format, ";")
	var candidates []string
	for _, known := range schemaLanguages {
		candidates = append(candidates, known, known+"+json", known+"+yaml")
	}
	near := diag.Nearest(mime, candidates)
	if near != "" && found {
		near += ";" + parameters
	}
	return near
}
