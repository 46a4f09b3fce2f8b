package endpoint

import (
	"fmt"
	"slices"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/tree"
	"github.com/weft-dev/weft/wire/driver"
)

// HeaderKeySchemaID is what HeaderSchemaID is, for the schema of a message's key.
const HeaderKeySchemaID = "__key_schema_id"

// avroOnly are the types that Avro has and JSON Schema has not. A binding has no
// place to say in which language a key's schema is; types tell.
var avroOnly = []string{"record", "enum", "fixed", "map", "bytes", "int", "long", "float", "double"}

// formatOfKey is the language of a key's schema, and the schema itself where
// that is in a Multi Format Schema Object.
func formatOfKey(key *tree.Node) (*tree.Node, string) {
	if inner := key.Get("schema"); inner != nil && key.Get("schemaFormat") != nil {
		return inner, key.Get("schemaFormat").Str()
	}
	if key.Is(tree.Sequence) || slices.Contains(avroOnly, key.Get("type").Str()) {
		return key, "application/vnd.apache.avro;version=1.9.0"
	}
	return key, "application/schema+json;version=draft-07"
}

// contentTypes are those of keys, which have none of their own.
var contentTypes = lazy.Of[map[schema.Family]string]{Make: func() map[schema.Family]string {
	return map[schema.Family]string{schema.Avro: "avro/binary", schema.Protobuf: "application/x-protobuf"}
}}

// compileKey compiles what the contract says of a message's key. A key that is
// bytes of its own, or has members, is written and read as a payload is.
func (s *Source) compileKey(c *messageCodec, m *asyncapi.Message, key *tree.Node) error {
	node, text := formatOfKey(key)
	format, err := schema.ParseFormat(text)
	if err != nil {
		return err
	}
	if c.key, err = s.set.Compile(node, format); err != nil {
		return err
	}
	media, binary := contentTypes.Get()[format.Family]
	if !binary && !slices.Contains([]string{"object", "array"}, node.Get("type").Str()) {
		return nil
	}
	if !binary {
		media = "application/json"
	}
	c.keys = &messageCodec{
		message:     &asyncapi.Message{Key: m.Key, Name: m.Name, Bindings: m.Bindings, Payload: &asyncapi.Schema{Format: text, Node: node}},
		contentType: media, payload: c.key, isKey: true,
	}
	return c.keys.checkForm(media)
}

// writeKey writes a key that fits its schema, and shows it as text.
func (m *messageCodec) writeKey(key any) ([]byte, string, error) {
	text, err := headerText(key)
	if err != nil || m.keys == nil {
		return text, string(text), err
	}
	data, err := m.keys.encodeBody(m.keys.contentType, key)
	return data, string(text), err
}

// readKey reads a key as text.
func (m *messageCodec) readKey(raw *driver.Message, open opener) (string, *Rejected) {
	if m.keys == nil || raw.Key == nil || m.keys.bareKey(raw, open) {
		return string(raw.Key), nil
	}
	in := content{body: raw.Key}
	if open != nil {
		var no *Rejected
		if in, no = open(m.keys, raw); no != nil {
			return "", no
		}
	}
	value, err := m.keys.decodeContent(m.keys.contentType, in)
	if err != nil {
		return "", m.named(rejected(raw, NotDecodable, "its key "+err.Error()))
	}
	if list := check(m.key, value); len(list) > 0 {
		return "", m.invalid(raw, "key", list)
	}
	text, err := headerText(value)
	if err != nil {
		return "", m.named(rejected(raw, NotDecodable, fmt.Sprintf("its key %v", err)))
	}
	return string(text), nil
}

// bareKey reports whether a key is JSON that says nothing of its schema: there
// are many who put a registry's ids on their values alone.
func (m *messageCodec) bareKey(raw *driver.Message, open opener) bool {
	if m.form(m.contentType) != formJSON {
		return false
	}
	return open == nil || len(raw.Key) > 0 && raw.Key[0] != byID && rawHeader(raw.Headers, HeaderKeySchemaID) == ""
}

// part is what of a message this is, for people.
func (m *messageCodec) part() string {
	if m.isKey {
		return "key"
	}
	return "body"
}

// bytesOf are those that this says how to read.
func (m *messageCodec) bytesOf(raw *driver.Message) []byte {
	if m.isKey {
		return raw.Key
	}
	return raw.Body
}

// idHeaderName is the header in which the schema's id is.
func (m *messageCodec) idHeaderName() string {
	if m.isKey {
		return HeaderKeySchemaID
	}
	return HeaderSchemaID
}
