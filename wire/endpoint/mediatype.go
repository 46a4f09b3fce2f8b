package endpoint

import (
	"fmt"
	"mime"
	"strings"
)

// form is how a media type is written as bytes.
type form uint8

const (
	formUnknown form = iota
	formJSON
	formText
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
	}
	return formUnknown
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

func checkForm(contentType string) error {
	if formOf(contentType) == formUnknown {
		return fmt.Errorf("content type %q is not supported yet: only JSON and text are", contentType)
	}
	return nil
}
