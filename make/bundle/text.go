package bundle

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"strings"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/protobuf"
	"github.com/weft-dev/weft/text/diag"
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

func isAvro(format string) bool { return isOf(schema.Avro, format) }

func isOf(family schema.Family, format string) bool {
	f, err := schema.ParseFormat(format)
	return err == nil && f.Family == family
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
	whole, err := b.alone(file)
	if err != nil {
		b.refuse(CodeText, value.Span, fmt.Sprintf("%s is not complete by itself: %v", show(value.Text), err), "put what it imports into one file")
		return
	}
	text := tree.NewString(whole)
	text.Span = source.Span{File: file, End: len(file.Data())}
	b.grew(1+len(text.Text)/textUnit, j.holder)
	replace(j.holder, text)
}

// alone is a text with what it imports in it. A Protobuf definition that is
// wrong in itself stays as it is: that is for its author to hear, not here.
func (b *bundler) alone(file *source.File) (string, error) {
	text := string(file.Data())
	if path.Ext(file.Name()) != ".proto" && path.Ext(file.URI()) != ".proto" {
		return text, nil
	}
	definition, found := protobuf.In(b.ws).Open(b.ctx, file)
	return b.complete(definition, found, file, text)
}

// complete is a text with what it imports in it.
func (b *bundler) complete(definition *protobuf.File, found []diag.Diagnostic, file *source.File, text string) (string, error) {
	if definition != nil {
		return definition.Alone(b.ctx)
	}
	for i := range found {
		if found[i].Code == protobuf.CodeImportMissing || found[i].Span.File != file && found[i].Severity == diag.Error {
			return "", errors.New(found[i].Message)
		}
	}
	return text, nil
}

// protobufTexts puts what the texts that stand in the documents import into
// them. Those that came from files have it already.
func (b *bundler) protobufTexts(n *tree.Node) {
	for _, item := range n.Items {
		b.protobufTexts(item)
	}
	for _, m := range n.Members {
		b.protobufTexts(m.Value)
	}
	if b.full || !isOf(schema.Protobuf, n.Get("schemaFormat").Str()) {
		return
	}
	for _, field := range []string{"schema", "payload"} {
		if text := n.Get(field); text.Is(tree.String) && strings.Contains(text.Text, "import") {
			b.completeText(text)
		}
	}
}

func (b *bundler) completeText(n *tree.Node) {
	if n.Span.File == nil {
		return
	}
	if d := b.ws.Document(n.Span.File.URI()); d == nil || d.Raw {
		return
	}
	definition, _, found := protobuf.In(b.ws).File(b.ctx, n)
	whole, err := b.complete(definition, found, n.Span.File, n.Text)
	switch {
	case err != nil:
		b.refuse(CodeText, n.Span, fmt.Sprintf("the text is not complete by itself: %v", err), "put what it imports into the text")
	case whole != n.Text:
		n.Text = whole
		b.grew(len(whole)/textUnit, n)
	}
}
