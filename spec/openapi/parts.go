package openapi

import (
	"strings"

	"github.com/weft-dev/weft/text/tree"
)

// maxAll bounds how deep a schema is searched through "allOf" and "$ref".
const maxAll = 16

// partTypes are the content types of the properties of a multipart body by
// what their schemas say, for those whose Encoding says nothing (§ Encoding
// Object, contentType). Properties whose schemas do not tell are left out.
func (r *reader) partTypes(name string, schema *tree.Node) map[string]string {
	if !strings.HasPrefix(strings.ToLower(name), "multipart/") || schema == nil {
		return nil
	}
	types := map[string]string{}
	r.collectPartTypes(types, schema, 0)
	return types
}

func (r *reader) collectPartTypes(types map[string]string, schema *tree.Node, depth int) {
	schema = r.follow(schema)
	if !schema.Is(tree.Mapping) || depth > maxAll {
		return
	}
	for _, m := range members(schema.Get("properties")) {
		if _, known := types[m.Key.Text]; known {
			continue
		}
		if media := r.partType(m.Value, 0); media != "" {
			types[m.Key.Text] = media
		}
	}
	for _, part := range items(schema.Get("allOf")) {
		r.collectPartTypes(types, part, depth+1)
	}
}

// partType is the content type of a value with a schema. That of an array is
// its items', since each is a part of its own.
func (r *reader) partType(schema *tree.Node, depth int) string {
	schema = r.follow(schema)
	if !schema.Is(tree.Mapping) || depth > maxAll {
		return ""
	}
	if media := schema.Get("contentMediaType").Str(); media != "" {
		return media
	}
	switch schema.Get("format").Str() {
	case "binary", "base64", "byte":
		return octetType
	}
	if schema.Get("contentEncoding") != nil {
		return octetType
	}
	switch typeOf(schema.Get("type")) {
	case "file": // 2.0
		return octetType
	case "array":
		return r.partType(schema.Get("items"), depth+1)
	case "object":
		return "application/json"
	case "string", "number", "integer", "boolean":
		return "text/plain"
	}
	return ""
}

const octetType = "application/octet-stream"

// typeOf is the one type that a schema allows besides null, or "".
func typeOf(n *tree.Node) string {
	if !n.Is(tree.Sequence) {
		return n.Str()
	}
	kind := ""
	for _, item := range items(n) {
		switch text := item.Str(); {
		case text == "null":
		case kind != "":
			return ""
		default:
			kind = text
		}
	}
	return kind
}

func (r *reader) encodings(n *tree.Node) []*Encoding {
	var list []*Encoding
	for _, m := range members(n) {
		if m.Value.Is(tree.Mapping) {
			list = append(list, r.encoding(m.Key.Text, m.Value))
		}
	}
	return list
}

// encoding reads an Encoding Object. Its style counts only where one of the
// fields for it is written; else its content type does.
func (r *reader) encoding(property string, n *tree.Node) *Encoding {
	e := &Encoding{
		Node: n, Property: property, ContentType: n.Get("contentType").Str(),
		Headers: r.headers(n.Get("headers")), AllowReserved: n.Get("allowReserved").True(),
	}
	if n.Get("style") != nil || n.Get("explode") != nil || n.Get("allowReserved") != nil {
		e.Style, e.Explode = readStyle(n, InQuery)
	}
	for _, field := range []string{"encoding", "prefixEncoding", "itemEncoding"} {
		e.Nested = e.Nested || n.Get(field) != nil
	}
	return e
}

// positions reads the encodings of parts by their place (3.2).
func (r *reader) positions(m *MediaType, n *tree.Node) {
	for _, item := range items(n.Get("prefixEncoding")) {
		m.PrefixEncoding = append(m.PrefixEncoding, r.encoding("", item))
	}
	if item := n.Get("itemEncoding"); item.Is(tree.Mapping) {
		m.ItemEncoding = r.encoding("", item)
	}
}
