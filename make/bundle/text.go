package bundle

import (
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

func unescapeFragment(fragment string) string {
	if plain, err := url.PathUnescape(fragment); err == nil {
		return plain
	}
	return fragment
}

// formatAt is the language in which a place of the bundle reads a schema: the
// schemaFormat around it, or "" for the document's own.
func (b *bundler) formatAt(holder, end *tree.Node) string {
	if b.language.name != "asyncapi" {
		return ""
	}
	field := "schema"
	if b.language.major == "2" {
		field = "payload"
	}
	for n := holder; n.Parent != nil; n = n.Parent {
		written := n.Parent.Get("schemaFormat").Str()
		if n.Name() != field || written == "" {
			continue
		}
		if end.Has("schemaFormat") && end.Has("schema") {
			return "" // it says itself in which language it is
		}
		if strings.HasPrefix(written, "application/vnd.aai.asyncapi") {
			return ""
		}
		return written
	}
	return ""
}

func isAvro(format string) bool {
	f, err := schema.ParseFormat(format)
	return err == nil && f.Family == schema.Avro
}

// embedText puts a text in the place of a reference to it, as a schema in
// another language stands in a document.
func (b *bundler) embedText(j *job, k kind, file *source.File) {
	value := ref.Of(j.origin)
	switch {
	case k.section != b.language.sections["schema"] || k.section == "":
		b.refuse(CodeText, value.Span, fmt.Sprintf("%s is a text in another language, which only a schema can be", show(value.Text)), "refer to YAML or JSON here")
		return
	case strings.Contains(value.Text, "#"):
		b.refuse(CodeText, value.Span, fmt.Sprintf("%s names a part of a text, which cannot be bundled", show(value.Text)), "refer to the whole text")
		return
	}
	if missing := imports(file); len(missing) > 0 {
		b.refuse(CodeText, value.Span, fmt.Sprintf("%s imports %s, so that it is not complete by itself", show(value.Text), strings.Join(missing, ", ")),
			"put what it imports into one file")
		return
	}
	text := tree.NewString(string(file.Data()))
	text.Span = source.Span{File: file, End: len(file.Data())}
	b.grew(1+len(text.Text)/textUnit, j.holder)
	replace(j.holder, text)
}

// imports are the texts that a Protobuf definition needs beside those that
// every implementation has.
func imports(file *source.File) []string {
	if path.Ext(file.Name()) != ".proto" && path.Ext(file.URI()) != ".proto" {
		return nil
	}
	var list []string
	for line := range strings.Lines(string(file.Data())) {
		words := strings.Fields(strings.TrimSpace(line))
		if len(words) < 2 || words[0] != "import" {
			continue
		}
		name := strings.Trim(words[len(words)-1], `"';`)
		if !strings.HasPrefix(name, "google/protobuf/") && !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}
