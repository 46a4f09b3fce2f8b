package endpoint

import (
	"fmt"
	"mime"
	"strings"

	"github.com/weft-dev/weft/spec/schema"
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
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		media, _, _ = strings.Cut(contentType, ";")
		media = strings.ToLower(strings.TrimSpace(media))
	}
	return media
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
	}
	return nil
}
