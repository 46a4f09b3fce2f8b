package http

import (
	"fmt"
	"strings"

	"github.com/weft-dev/weft/spec/openapi"
)

// parameter writes one value where its parameter says. The record has it as it
// was given.
func (b *built) parameter(p *openapi.Parameter, given any) error {
	if p.In == openapi.InQueryString {
		return b.queryString(p, given)
	}
	value := given
	if len(p.Content) > 0 {
		text, err := contentText(p, value)
		if err != nil {
			return err
		}
		value = text
	}
	w := writing{name: p.Name, style: p.Style, explode: p.Explode, escape: escapeAll}
	switch p.In {
	case openapi.InPath:
		if p.AllowReserved {
			w.escape = escapeInPath
		}
		b.record.Path[p.Name] = given
		text, err := w.simple(value)
		b.path[p.Name] = text
		return err
	case openapi.InHeader:
		w.escape = escapeNone
		text, err := w.simple(value)
		if err == nil {
			b.header.Set(p.Name, text)
			b.record.Header[strings.ToLower(p.Name)] = given
		}
		return err
	case openapi.InCookie:
		if w.style == openapi.StyleCookie {
			w.style, w.escape = openapi.StyleForm, escapeCookie
		}
		pairs, err := w.form(value)
		b.cookies = append(b.cookies, pairs...)
		return err
	}
	if p.AllowReserved {
		w.escape = escapeSome
	}
	b.record.Query[p.Name] = given
	pairs, err := w.form(value)
	b.query = append(b.query, pairs...)
	return err
}

// contentText writes a parameter that is described by "content": as a body of
// its media type.
func contentText(p *openapi.Parameter, value any) (string, error) {
	m := p.Content[0]
	media := mediaType(m.Name)
	if strings.Contains(media, "*") || strings.HasPrefix(media, "multipart/") {
		return "", fmt.Errorf("parameter %s: a parameter cannot be written as %s", p.Name, m.Name)
	}
	data, err := encodeSingle(m, media, m.Name, value)
	if err != nil {
		return "", fmt.Errorf("parameter %s: %w", p.Name, err)
	}
	return string(data), nil
}

// queryString writes "in: querystring" (OpenAPI 3.2): one value that is the
// whole query. A form that is given as a text is written by its author; all
// else is escaped as a whole (§ Parameter Object, in).
func (b *built) queryString(p *openapi.Parameter, value any) error {
	if len(p.Content) == 0 {
		p = &openapi.Parameter{Name: p.Name, In: p.In, Content: []*openapi.MediaType{{Name: formMedia}}}
	}
	text, err := contentText(p, value)
	if err != nil {
		return err
	}
	if mediaType(p.Content[0].Name) == formMedia {
		b.raw = escapeQuery(strings.TrimPrefix(text, "?"))
	} else {
		b.raw = escapeAll(text)
	}
	b.record.Query[p.Name] = value
	return nil
}
