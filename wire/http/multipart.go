package http

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"mime"
	"slices"
	"strings"

	"github.com/weft-dev/weft/spec/openapi"
)

const (
	multipartForm = "multipart/form-data"
	octetMedia    = "application/octet-stream"
)

// maxParts bounds the parts of one body.
const maxParts = 10_000

// part is one part of a multipart body, encoded.
type part struct {
	header []pair
	data   []byte
}

// multipartBody writes an object as a form of parts (RFC 7578), or an array as
// parts without names. It returns the content type with its boundary.
func multipartBody(m *openapi.MediaType, contentType string, value any) ([]byte, string, error) {
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return nil, "", fmt.Errorf("the content type %s cannot be read", contentType)
	}
	if m == nil {
		m = &openapi.MediaType{Name: media}
	}
	parts, err := partsOf(m, media, value)
	switch {
	case err != nil:
		return nil, "", err
	case len(parts) == 0:
		return nil, "", fmt.Errorf("a body of the content type %s needs at least one part", media)
	case len(parts) > maxParts:
		return nil, "", fmt.Errorf("a body may have %d parts at most", maxParts)
	}
	if params["boundary"] == "" {
		params["boundary"] = boundaryOf(parts)
	}
	data, err := joinParts(parts, params["boundary"])
	return data, mime.FormatMediaType(media, params), err
}

func partsOf(m *openapi.MediaType, media string, value any) ([]part, error) {
	switch v := value.(type) {
	case map[string]any:
		if media != multipartForm {
			return nil, fmt.Errorf("a body of the content type %s must be given as an array of its parts: only those of %s have names", media, multipartForm)
		}
		return namedParts(m, v)
	case []any:
		if media == multipartForm {
			return nil, fmt.Errorf("a body of the content type %s must be given as an object: its parts have names", media)
		}
		return placedParts(m, v)
	}
	return nil, fmt.Errorf("a body of the content type %s must be given as an object, or as an array of parts without names", media)
}

// namedParts writes the members of an object in the order of their names.
func namedParts(m *openapi.MediaType, object map[string]any) ([]part, error) {
	var parts []part
	for _, name := range slices.Sorted(maps.Keys(object)) {
		more, err := memberParts(m, name, object[name])
		if err != nil {
			return nil, fmt.Errorf("the part %s: %w", name, err)
		}
		parts = append(parts, more...)
	}
	return parts, nil
}

// memberParts writes one member: an array is a part for each item, and null is
// not sent.
func memberParts(m *openapi.MediaType, name string, value any) ([]part, error) {
	e := m.EncodingOf(name)
	if e != nil && e.Style != openapi.StyleNone {
		return styledParts(e, name, value)
	}
	list, isArray := value.([]any)
	switch {
	case value == nil:
		return nil, nil
	case !isArray:
		list = []any{value}
	}
	var parts []part
	for _, item := range list {
		p, err := onePart(e, m.PartTypes[name], name, item)
		if err != nil {
			return nil, err
		}
		parts = append(parts, p)
	}
	return parts, nil
}

// styledParts writes a value in the style that its encoding asks for. Nothing
// is escaped: parts need none of it.
func styledParts(e *openapi.Encoding, name string, value any) ([]part, error) {
	w := writing{name: name, style: e.Style, explode: e.Explode, escape: escapeNone, plain: true}
	pairs, err := w.form(value)
	if err != nil {
		return nil, err
	}
	headers, err := partHeaders(e)
	if err != nil {
		return nil, err
	}
	parts := make([]part, len(pairs))
	for i, p := range pairs {
		parts[i] = part{header: append([]pair{disposition(p.name, "")}, headers...), data: []byte(p.value)}
	}
	return parts, nil
}

// placedParts writes parts that have a place and no name (3.2).
func placedParts(m *openapi.MediaType, list []any) ([]part, error) {
	parts := make([]part, 0, len(list))
	for i, item := range list {
		e := m.ItemEncoding
		if i < len(m.PrefixEncoding) {
			e = m.PrefixEncoding[i]
		}
		p, err := onePart(e, "", "", item)
		if err != nil {
			return nil, fmt.Errorf("part %d: %w", i, err)
		}
		parts = append(parts, p)
	}
	return parts, nil
}

// onePart writes one value. The media type is that of its encoding, else that
// of its schema, else what the value itself suggests.
func onePart(e *openapi.Encoding, fromSchema, name string, value any) (part, error) {
	if e != nil && e.Nested {
		return part{}, errors.New("parts that are made of parts are not supported yet")
	}
	asked := fromSchema
	if e != nil && e.ContentType != "" {
		asked = e.ContentType
	}
	var file content
	var isFile bool
	var err error
	if !isJSON(mediaType(asked)) {
		if file, isFile, err = readFile(value); err != nil {
			return part{}, err
		}
	}
	media, err := partMedia(asked, value, file)
	if err != nil {
		return part{}, err
	}
	headers, err := partHeaders(e)
	if err != nil {
		return part{}, err
	}
	data := file.data
	if !isFile {
		if data, media, err = encodeBody(nil, media, value); err != nil {
			return part{}, err
		}
	}
	if name != "" {
		filename := file.name
		if filename == "" && (isFile || isContent(media)) {
			filename = name // servers take a part for a file by this alone
		}
		headers = append([]pair{disposition(name, filename)}, headers...)
	}
	return part{header: append(headers, pair{"Content-Type", media}), data: data}, nil
}

// isContent reports whether values of a media type are files rather than
// fields.
func isContent(media string) bool {
	media = mediaType(media)
	return !isJSON(media) && !strings.HasPrefix(media, "text/") && media != formMedia
}

func partMedia(asked string, value any, file content) (string, error) {
	_, isText := scalar(value)
	switch {
	case file.media != "" && asked != "" && !covers(asked, file.media) && asked != octetMedia:
		return "", fmt.Errorf("its content type %s is none that the contract allows: %s", file.media, asked)
	case file.media != "":
		return file.media, nil
	case asked != "":
		return oneOf(asked, isText || file.data != nil)
	case file.data != nil:
		return octetMedia, nil
	case isText:
		return "text/plain", nil
	}
	return jsonMedia, nil
}

// covers reports whether a list of media types and ranges has one.
func covers(list, media string) bool {
	var content []*openapi.MediaType
	for name := range strings.SplitSeq(list, ",") {
		content = append(content, &openapi.MediaType{Name: strings.TrimSpace(name)})
	}
	return openapi.Match(content, media) != nil
}

// oneOf picks from a list of media types the first that a value can be written
// as.
func oneOf(list string, isText bool) (string, error) {
	for name := range strings.SplitSeq(list, ",") {
		name = strings.TrimSpace(name)
		if !strings.Contains(name, "*") && (isText || isJSON(mediaType(name)) || mediaType(name) == formMedia) {
			return name, nil
		}
	}
	return "", fmt.Errorf("the contract says that it is %s, and not which: give it as an object with contentType, and text or base64", list)
}

// partHeaders are the further headers of a part. A workflow cannot give them,
// so they are what the contract fixes.
func partHeaders(e *openapi.Encoding) ([]pair, error) {
	if e == nil {
		return nil, nil
	}
	var list []pair
	for _, h := range e.Headers {
		if strings.EqualFold(h.Name, "Content-Type") {
			continue // described by contentType (§ Encoding Object)
		}
		text, ok := fixedText(h)
		switch {
		case ok && strings.EqualFold(h.Name, "Content-Disposition"):
			return nil, errors.New("its header Content-Disposition is made from its name: leave it out of the contract")
		case ok:
			list = append(list, pair{h.Name, text})
		case h.Required:
			return nil, fmt.Errorf("its header %s is required, and its schema has no const or default to send", h.Name)
		}
	}
	return list, nil
}

// fixedText is the one value that a header may have, or its default.
func fixedText(h *openapi.Header) (string, bool) {
	value := h.Schema.Get("const")
	if list := h.Schema.Get("enum"); value == nil && list != nil && len(list.Items) == 1 {
		value = list.Items[0]
	}
	if value == nil {
		value = h.Schema.Get("default")
	}
	if value == nil {
		return "", false
	}
	return scalar(value.Value())
}

func disposition(name, filename string) pair {
	text := `form-data; name="` + escapeQuoted(name) + `"`
	if filename != "" {
		text += `; filename="` + escapeQuoted(filename) + `"`
	}
	return pair{"Content-Disposition", text}
}

// escapeQuoted escapes a name as browsers do (WHATWG HTML, multipart/form-data
// encoding algorithm).
func escapeQuoted(text string) string {
	return strings.NewReplacer("\r", "%0D", "\n", "%0A", `"`, "%22").Replace(text)
}

// boundaryOf is a boundary that follows from the parts alone, so that the same
// body is the same bytes when it is sent again; none of the parts can hold it,
// short of having been made to from their own hash.
func boundaryOf(parts []part) string {
	hash := sha256.New()
	for _, p := range parts {
		for _, h := range p.header {
			fmt.Fprintf(hash, "%q%q", h.name, h.value)
		}
		fmt.Fprintf(hash, "%d:", len(p.data))
		hash.Write(p.data)
	}
	return "weft-" + hex.EncodeToString(hash.Sum(nil)[:16])
}

func joinParts(parts []part, boundary string) ([]byte, error) {
	if len(boundary) > 70 || strings.Trim(boundary, boundaryChars) != "" {
		return nil, fmt.Errorf("the boundary %q is none that RFC 2046 allows: leave it out, and one is made", boundary)
	}
	var b bytes.Buffer
	for _, p := range parts {
		if bytes.Contains(p.data, []byte("--"+boundary)) {
			return nil, errors.New("a part holds the boundary: leave it out of the content type, and one is made")
		}
		b.WriteString("--" + boundary + "\r\n")
		for _, h := range p.header {
			if strings.ContainsAny(h.name+h.value, "\r\n\x00") {
				return nil, errors.New("a header of a part has a line break: check the contract's encoding")
			}
			b.WriteString(h.name + ": " + h.value + "\r\n")
		}
		b.WriteString("\r\n")
		b.Write(p.data)
		b.WriteString("\r\n")
	}
	b.WriteString("--" + boundary + "--\r\n")
	return b.Bytes(), nil
}

const boundaryChars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'()+_,-./:=?"
