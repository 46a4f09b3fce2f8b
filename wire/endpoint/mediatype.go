package endpoint

import (
	"fmt"
	"mime"
	"strings"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/avro"
	"github.com/weft-dev/weft/wire/cloudevents"
)

// form is how a media type is written as bytes.
type form uint8

const (
	formUnknown form = iota
	formJSON
	formText
	// formBinary is the bytes of the schema's own language.
	formBinary
	// formBytes is bytes that mean nothing here: the payload is their base64
	// (RFC 4648, section 4) in a string.
	formBytes
)

// formOf tells which form a content type has. Without one it is JSON, which is
// what AsyncAPI's tools assume.
func formOf(contentType string) form {
	media := mediaType(contentType)
	switch {
	case media == "", media == "application/json", media == "text/json", strings.HasSuffix(media, "+json"):
		return formJSON
	case strings.HasPrefix(media, "text/"):
		return formText
	case media == "application/octet-stream":
		return formBytes
	case isBinary(media):
		return formBinary
	}
	return formUnknown
}

// isBinary reports whether a media type is that of Avro's or Protobuf's bytes,
// by the names that are in use.
func isBinary(media string) bool {
	switch media {
	case "avro/binary", "application/avro", "application/x-avro", "application/vnd.apache.avro", "application/avro-binary",
		"application/protobuf", "application/x-protobuf", "application/vnd.google.protobuf", "application/vnd.apache.avro+binary":
		return true
	}
	return strings.HasSuffix(media, "+avro") || strings.HasSuffix(media, "+protobuf") || strings.HasSuffix(media, "+proto")
}

// form tells how the payload of a message is written with a content type.
// Bytes whose schema has a language of its own are in that language.
func (m *messageCodec) form(contentType string) form {
	f := formOf(contentType)
	if _, binary := m.payload.(schema.Binary); binary && f == formBytes {
		return formBinary
	}
	return f
}

// mediaType returns a content type without its parameters, in lower case.
func mediaType(contentType string) string {
	if isBareMedia(contentType) {
		return contentType
	}
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		media, _, _ = strings.Cut(contentType, ";")
		media = strings.ToLower(strings.TrimSpace(media))
	}
	return media
}

// isBareMedia reports whether a content type is nothing but a media type in
// lower case, as nearly all are: every message asks, and parsing takes memory.
func isBareMedia(contentType string) bool {
	for i := range len(contentType) {
		c := contentType[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '/' && c != '+' && c != '-' && c != '.' {
			return false
		}
	}
	return true
}

// encodingParam is the parameter of a content type by which a contract asks for
// Avro's single-object encoding: two bytes of mark and the fingerprint of the
// schema before each payload. Avro names no media type of its own for it.
const (
	encodingParam = "encoding"
	singleObject  = "single-object"
)

// encodingOf is the parameter encoding of a content type, or "".
func encodingOf(contentType string) string {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return ""
	}
	return strings.ToLower(params[encodingParam])
}

// checkEncoding says what stands in the way of the encoding of bytes that a
// content type asks for.
func (m *messageCodec) checkEncoding(contentType string) error {
	switch encoding := encodingOf(contentType); encoding {
	case "", "binary":
		return nil
	case singleObject:
		if _, is := m.payload.(*avro.Schema); !is {
			return fmt.Errorf("content type %q needs a schema in Avro", contentType)
		}
		return nil
	default:
		return fmt.Errorf("content type %q: the encoding %q is not supported yet; %s and binary are", contentType, clip(encoding, 40), singleObject)
	}
}

// encodeBinary writes a payload in the bytes of its schema's language.
func (m *messageCodec) encodeBinary(contentType string, payload any) ([]byte, error) {
	if s, is := m.payload.(*avro.Schema); is && encodingOf(contentType) == singleObject {
		return s.EncodeSingle(payload)
	}
	return m.payload.(schema.Binary).Encode(payload)
}

// decodeBinary reads a payload. In Avro one that begins with the mark of
// single-object encoding and the fingerprint of the contract's schema is one,
// also where nobody asked for it: no other bytes are that by chance.
func (m *messageCodec) decodeBinary(binary schema.Binary, contentType string, body []byte) (any, error) {
	s, is := m.payload.(*avro.Schema)
	if !is {
		return binary.Decode(body)
	}
	if encodingOf(contentType) == singleObject || encodingOf(m.contentType) == singleObject {
		return s.DecodeSingle(body)
	}
	if fingerprint, rest, err := avro.CutSingle(body); err == nil && fingerprint == s.Fingerprint() {
		return s.Decode(rest)
	}
	return s.Decode(body)
}

// sameMedia reports whether a message of one content type may be one that the
// contract declares with another. Parameters such as charset do not tell
// messages apart; nothing said on either side fits everything.
func sameMedia(declared, got string) bool {
	d, g := mediaType(declared), mediaType(got)
	return d == "" || g == "" || d == g
}

// checkForm says what stands in the way of writing payloads with a content type.
func (m *messageCodec) checkForm(contentType string) error {
	if mediaType(contentType) == cloudevents.BatchType {
		return fmt.Errorf("content type %q is not supported yet: send each event by itself, as %s", contentType, cloudevents.MediaType)
	}
	switch m.form(contentType) {
	case formUnknown:
		return fmt.Errorf("content type %q is not supported yet: JSON, text, Avro, Protobuf and application/octet-stream are", contentType)
	case formBinary:
		if _, ok := m.payload.(schema.Binary); !ok {
			return fmt.Errorf("content type %q needs the schema that the bytes are written by: give the payload a schemaFormat of Avro or Protobuf", contentType)
		}
		return m.checkEncoding(contentType)
	}
	return nil
}
