package rules

import (
	"fmt"
	"mime"
	"strings"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

func contentType() *lint.Rule {
	return &lint.Rule{
		Code: "asyncapi/content-type", Severity: diag.Warning,
		Summary: "the content type of a message and the language of its schema fit each other",
		Why:     "The content type says how to read the bytes, and the schema what is in them. A reader for one cannot use the other.",
		Good: head3 + `components:
  messages:
    joined:
      contentType: application/vnd.apache.avro
      payload: {schemaFormat: application/vnd.apache.avro;version=1.9.0, schema: {type: string}}
`,
		Bad: head3 + `components:
  messages:
    joined:
      contentType: application/json
      payload: {schemaFormat: application/vnd.apache.avro;version=1.9.0, schema: {type: string}}
`,
		Run: runContentType,
	}
}

func runContentType(p *lint.Pass) {
	known := map[string]bool{}
	for _, m := range p.Objects().Messages {
		own := m.Merged.Get("contentType")
		if own.Is(tree.String) && !known[own.Text] {
			_, _, err := mime.ParseMediaType(own.Text)
			if known[own.Text] = err == nil; err != nil {
				p.Report(own, "%q is not a media type", own.Text).Help = "write one such as \"application/json\""
				continue
			}
		}
		if m.Payload == nil || m.ContentType == "" {
			continue
		}
		f, ok := formatOf(p, m.Payload.Format)
		if !ok || !contradict(f.Family, encodingOf(m.ContentType)) {
			continue
		}
		mismatch(p, m, own, f)
	}
}

func mismatch(p *lint.Pass, m *asyncapi.Message, own *tree.Node, f schema.Format) {
	if own != nil {
		d := p.Report(own, "the content type is %q, but the schema of the payload is %s", m.ContentType, language(f.Family))
		d.Help = usual(f.Family)
		if at := formatNode(p, m.Payload, m); at != nil {
			d.Related = []diag.Related{{Message: "this is the language of the schema", Span: at.Span}}
		}
		return
	}
	at := formatNode(p, m.Payload, m)
	if at == nil {
		at = m.Payload.Place
	}
	d := reportValue(p, at, "the schema of the payload is %s, but the content type is %q by default", language(f.Family), m.ContentType)
	d.Help = "give the message a content type of its own: " + usual(f.Family)
	d.Related = []diag.Related{{Message: "this is the default", Span: p.Root.Get("defaultContentType").Span}}
}

func language(f schema.Family) string {
	if f == schema.JSONSchema {
		return "a JSON Schema"
	}
	return fmt.Sprintf("in %s", f)
}

// usual says which content type is usual for a language.
func usual(f schema.Family) string {
	switch f {
	case schema.Avro:
		return "\"application/vnd.apache.avro\" is usual for Avro, and \"application/vnd.apache.avro+json\" for its JSON form"
	case schema.Protobuf:
		return "\"application/x-protobuf\" is usual for Protocol Buffers, and \"application/json\" for their JSON form"
	}
	return "\"application/json\" is usual for data that a JSON Schema describes"
}

// encodingOf is how the bytes of a media type are written, as far as that is
// known.
func encodingOf(mediaType string) string {
	mediaType, _, _ = strings.Cut(strings.ToLower(mediaType), ";")
	mediaType = strings.TrimSpace(mediaType)
	switch {
	case strings.Contains(mediaType, "avro"):
		return "avro"
	case strings.Contains(mediaType, "protobuf"), strings.Contains(mediaType, "x-proto"):
		return "protobuf"
	case strings.HasSuffix(mediaType, "/json"), strings.HasSuffix(mediaType, "+json"):
		return "json"
	case strings.HasSuffix(mediaType, "/xml"), strings.HasSuffix(mediaType, "+xml"):
		return "xml"
	case strings.HasSuffix(mediaType, "/yaml"), strings.HasSuffix(mediaType, "/x-yaml"):
		return "yaml"
	}
	return ""
}

// contradict reports whether bytes that are written so cannot be what a schema
// of a language describes. JSON Schemas describe XML and YAML, too, and
// Protocol Buffers have a JSON form.
func contradict(f schema.Family, encoding string) bool {
	switch f {
	case schema.Avro:
		return encoding == "json" || encoding == "xml" || encoding == "yaml" || encoding == "protobuf"
	case schema.Protobuf:
		return encoding == "avro" || encoding == "xml" || encoding == "yaml"
	case schema.JSONSchema:
		return encoding == "avro" || encoding == "protobuf"
	case schema.XSD:
		return encoding == "avro" || encoding == "protobuf" || encoding == "json"
	}
	return false
}
