package rewrite

import (
	"net/url"
	"path"
	"strings"

	"github.com/weft-dev/weft/text/source"
)

// Relative is how a document names another: by a path from its own folder,
// where both are in one place, else by the whole address.
func Relative(from, uri string) string {
	base, err := url.Parse(from)
	if err != nil {
		return uri
	}
	to, err := url.Parse(uri)
	if err != nil || base.Scheme != to.Scheme || base.Host != to.Host || base.Opaque != "" || to.Opaque != "" {
		return uri
	}
	folder := strings.Split(strings.TrimSuffix(path.Dir(base.EscapedPath()), "/"), "/")
	parts := strings.Split(to.EscapedPath(), "/")
	same := 0
	for same < len(folder) && same < len(parts)-1 && folder[same] == parts[same] {
		same++
	}
	text := strings.Repeat("../", len(folder)-same) + strings.Join(parts[same:], "/")
	if !strings.HasPrefix(text, "../") {
		text = "./" + text
	}
	if to.RawQuery != "" {
		text += "?" + to.RawQuery
	}
	return text
}

// Moved is a relative reference as it has to be written when the document that
// holds it goes elsewhere, and perhaps what it names as well: gone says where
// the document at a URI goes, or "". It reports false where nothing changes.
func Moved(reference, from, to string, gone func(uri string) string) (string, bool) {
	address, fragment, pointed := strings.Cut(reference, "#")
	parsed, err := url.Parse(address)
	if address == "" || err != nil || parsed.IsAbs() || strings.HasPrefix(address, "/") {
		return "", false
	}
	target, _, err := source.Resolve(from, address)
	if err != nil {
		return "", false
	}
	if place := gone(target); place != "" {
		target = place
	}
	text := Relative(to, target)
	if pointed {
		text += "#" + fragment
	}
	return text, text != reference && "./"+reference != text
}
