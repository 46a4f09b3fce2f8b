package http

import (
	"errors"
	"fmt"
	"maps"
	"mime"
	"slices"
	"strings"

	"github.com/weft-dev/weft/spec/openapi"
	"github.com/weft-dev/weft/spec/schema"
)

const (
	jsonMedia = "application/json"
	formMedia = "application/x-www-form-urlencoded"
)

func (b *built) setBody(r Request) error {
	body := r.Operation.RequestBody
	if !r.HasBody {
		if body != nil && body.Required {
			return errors.New("the operation requires a body")
		}
		return nil
	}
	if body == nil && r.ContentType == "" {
		return errors.New("the operation takes no body: leave it out, or say its content type")
	}
	media, contentType, err := pickMedia(body, r.ContentType)
	if err != nil {
		return err
	}
	if b.body, contentType, err = encodeBody(media, contentType, r.Body); err != nil {
		return err
	}
	b.setHeader("Content-Type", contentType)
	b.record.Body, b.record.HasBody, b.record.ContentType = r.Body, true, contentType
	return nil
}

// pickMedia decides how the body is written: as asked for, else JSON where it
// is offered, else the first that is.
func pickMedia(body *openapi.RequestBody, asked string) (*openapi.MediaType, string, error) {
	var offered []*openapi.MediaType
	if body != nil {
		offered = body.Content
	}
	switch {
	case asked == "" && len(offered) == 0:
		return nil, jsonMedia, nil
	case asked == "":
		m := openapi.JSONOrFirst(offered)
		if ranged := openapi.Match(offered, jsonMedia); !m.IsJSON() && ranged != nil {
			m = ranged
		}
		return m, concrete(m.Name), nil
	case len(offered) == 0:
		return nil, asked, nil
	}
	if m := openapi.Match(offered, asked); m != nil {
		return m, asked, nil
	}
	return nil, "", fmt.Errorf("the operation takes no body of the content type %s: it takes %s", asked, mediaNames(offered))
}

// concrete returns a media type that can be sent for one that may be a range.
func concrete(name string) string {
	if strings.Contains(name, "*") {
		return jsonMedia
	}
	return name
}

func mediaNames(list []*openapi.MediaType) string {
	names := make([]string, len(list))
	for i, m := range list {
		names[i] = m.Name
	}
	return strings.Join(names, ", ")
}

// encodeBody writes a value as a content type asks, and returns the type as it
// is sent: that of a multipart body has its boundary.
func encodeBody(m *openapi.MediaType, contentType string, value any) ([]byte, string, error) {
	media := mediaType(contentType)
	if strings.HasPrefix(media, "multipart/") {
		return multipartBody(m, contentType, value)
	}
	data, err := encodeSingle(m, media, contentType, value)
	return data, contentType, err
}

func encodeSingle(m *openapi.MediaType, media, contentType string, value any) ([]byte, error) {
	switch {
	case isJSON(media):
		return schema.EncodeJSON(value)
	case media == formMedia:
		return formBody(m, value)
	}
	if text, ok := scalar(value); ok {
		return []byte(text), checkCharset(contentType)
	}
	file, ok, err := readFile(value)
	switch {
	case err != nil:
		return nil, err
	case ok && (file.media == "" || mediaType(file.media) == media):
		return file.data, nil
	case ok:
		return nil, fmt.Errorf("the body is sent as %s, and its contentType says %s", media, file.media)
	}
	return nil, fmt.Errorf("a body of the content type %s must be given as a string, or as an object with base64", media)
}

// checkCharset refuses what text would not be: it is sent in UTF-8.
func checkCharset(contentType string) error {
	_, params, _ := mime.ParseMediaType(contentType)
	switch strings.ToLower(params["charset"]) {
	case "", "utf-8", "utf8", "us-ascii":
		return nil
	}
	return fmt.Errorf("text in the charset %s is not supported yet: it is sent in UTF-8, and bytes can be given as an object with base64", params["charset"])
}

// formBody writes an object as a form. Members that are objects are JSON, and
// arrays are repeated, unless the contract's encoding says otherwise
// (§ Encoding Object).
func formBody(m *openapi.MediaType, value any) ([]byte, error) {
	object, ok := value.(map[string]any)
	if !ok {
		if text, ok := value.(string); ok {
			return []byte(text), nil // written by its author
		}
		return nil, errors.New("a form must be given as an object")
	}
	var pairs []pair
	for _, name := range slices.Sorted(maps.Keys(object)) {
		more, err := formField(m, name, object[name])
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, more...)
	}
	return []byte(joinPairs(pairs, "&")), nil
}

func formField(m *openapi.MediaType, name string, value any) ([]pair, error) {
	var e *openapi.Encoding
	if m != nil {
		e = m.EncodingOf(name)
	}
	if e == nil {
		e = &openapi.Encoding{}
	}
	if e.Style != openapi.StyleNone {
		w := writing{name: name, style: e.Style, explode: e.Explode, escape: escapeForm}
		if e.AllowReserved {
			w.escape = escapeSome
		}
		return w.form(value)
	}
	list, isArray := value.([]any)
	switch {
	case value == nil:
		return nil, nil
	case !isArray || isJSON(mediaType(e.ContentType)):
		list = []any{value}
	}
	pairs := make([]pair, len(list))
	for i, item := range list {
		text, err := fieldText(e.ContentType, item)
		if err != nil {
			return nil, fmt.Errorf("the field %s of the form: %w", name, err)
		}
		pairs[i] = pair{escapeForm(name), escapeForm(text)}
	}
	return pairs, nil
}

// fieldText writes a value of a form: as its content type asks, else scalars as
// they are and all else as JSON.
func fieldText(contentType string, value any) (string, error) {
	text, isText := scalar(value)
	switch {
	case contentType == "" && isText:
		return text, nil
	case contentType == "":
		contentType = jsonMedia
	}
	media, err := oneOf(contentType, isText)
	if err != nil {
		return "", err
	}
	data, _, err := encodeBody(nil, media, value)
	return string(data), err
}

// escapeForm escapes as forms do: a space is "+" (WHATWG URL, section 5.2).
func escapeForm(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(escapeAll(text), "%20", "+"), "~", "%7E")
}

// acceptOf says which media types the caller can use: those of the operation's
// responses, JSON first.
func acceptOf(r Request) string {
	if r.Accept != "" {
		return r.Accept
	}
	var json, other []string
	for _, response := range r.Operation.Responses {
		for _, m := range response.Content {
			list := &other
			if isJSON(mediaType(m.Name)) {
				list = &json
			}
			if !slices.Contains(*list, m.Name) {
				*list = append(*list, m.Name)
			}
		}
	}
	return strings.Join(append(json, other...), ", ")
}
