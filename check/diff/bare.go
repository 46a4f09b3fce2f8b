package diff

import (
	"fmt"
	"strings"

	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// bareName is the name of the channel and the message that a schema on its own
// is given, so that it can be compared as any payload is.
const bareName = "\x00"

// bareFormat tells the language of a schema that stands in a file of its own:
// by the name of the file or, where that says nothing, by its root. It is ""
// for a document.
func bareFormat(d *ref.Document) string {
	name := strings.ToLower(d.File.Name())
	ends := func(suffixes ...string) bool {
		for _, suffix := range suffixes {
			if strings.HasSuffix(name, suffix) {
				return true
			}
		}
		return false
	}
	switch {
	case ends(".avsc"):
		return "application/vnd.apache.avro"
	case ends(".proto"):
		return "application/vnd.google.protobuf"
	case d.Root == nil || d.Root.Has("asyncapi"):
		return ""
	case ends(".schema.json", ".schema.yaml", ".schema.yml") || d.Root.Has("$schema"):
		return "application/schema+json"
	case d.Root.Get("type").Is(tree.String) && d.Root.Has("fields"):
		return "application/vnd.apache.avro"
	}
	return ""
}

// bare makes a document whose only message has a schema as its payload. Nobody
// says who sends it, so both directions are judged.
func bare(of *ref.Document, format string) *source.File {
	text := fmt.Sprintf(`{"asyncapi": "3.0.0", "info": {"title": "", "version": ""}, "channels": {%[1]q: {"address": null, "messages": {%[1]q: {"payload": {"schemaFormat": %[2]q, "schema": {"$ref": %[3]q}}}}}}}`,
		bareName, format, of.File.URI())
	return source.NewFile(of.File.URI()+"/message.json", of.File.Name(), []byte(strings.ReplaceAll(text, `\x00`, `\u0000`)))
}
