package openapi

import (
	"strings"

	"github.com/weft-dev/weft/text/tree"
)

func (r *reader) parameters(n *tree.Node) []*Parameter {
	var list []*Parameter
	for _, item := range items(n) {
		if p := r.follow(item); p.Is(tree.Mapping) {
			list = append(list, r.parameter(p))
		}
	}
	return list
}

func (r *reader) parameter(n *tree.Node) *Parameter {
	p := &Parameter{
		Node: n, Name: n.Get("name").Str(), In: parseLocation(n.Get("in").Str()),
		Description: n.Get("description").Str(), Required: n.Get("required").True(),
		Deprecated: n.Get("deprecated").True(), AllowEmptyValue: n.Get("allowEmptyValue").True(),
		AllowReserved: n.Get("allowReserved").True(), Schema: n.Get("schema"),
		Content: r.content(n.Get("content")), Examples: r.examples(n),
	}
	p.Required = p.Required || p.In == InPath
	if len(p.Content) == 0 {
		p.Style, p.Explode = readStyle(n, p.In)
	}
	return p
}

func parseLocation(text string) Location {
	for in := InPath; in <= InCookie; in++ {
		if in.String() == text {
			return in
		}
	}
	return InUnknown
}

// readStyle reads style and explode, or the defaults of a location.
func readStyle(n *tree.Node, in Location) (Style, bool) {
	style := StyleForm
	if in == InPath || in == InHeader {
		style = StyleSimple
	}
	for s := StyleMatrix; s <= StyleCookie; s++ {
		if s.String() == n.Get("style").Str() {
			style = s
		}
	}
	if explode := n.Get("explode"); explode.Is(tree.Bool) {
		return style, explode.True()
	}
	return style, style == StyleForm || style == StyleCookie
}

func (r *reader) content(n *tree.Node) []*MediaType {
	var list []*MediaType
	for _, m := range members(n) {
		media := r.follow(m.Value)
		if !media.Is(tree.Mapping) || strings.HasPrefix(m.Key.Text, "x-") {
			continue
		}
		read := &MediaType{
			Node: media, Name: m.Key.Text, Schema: media.Get("schema"),
			Encoding: r.encodings(media.Get("encoding")), Examples: r.examples(media),
			PartTypes: r.partTypes(m.Key.Text, media.Get("schema")),
		}
		r.positions(read, media)
		list = append(list, read)
	}
	return list
}

func (r *reader) headers(n *tree.Node) []*Header {
	var list []*Header
	for _, m := range members(n) {
		h := r.follow(m.Value)
		if !h.Is(tree.Mapping) {
			continue
		}
		list = append(list, &Header{
			Node: h, Name: m.Key.Text, Required: h.Get("required").True(), Explode: h.Get("explode").True(),
			Schema: h.Get("schema"), Content: r.content(h.Get("content")), Examples: r.examples(h),
		})
	}
	return list
}

// examples reads "example" and "examples" of a parameter, header or media type.
func (r *reader) examples(n *tree.Node) []*Example {
	var list []*Example
	if v := n.Get("example"); v != nil {
		list = append(list, &Example{Node: v, Value: v})
	}
	for _, m := range members(n.Get("examples")) {
		e := r.follow(m.Value)
		if !e.Is(tree.Mapping) {
			continue
		}
		value := e.Get("value")
		if value == nil {
			value = e.Get("dataValue")
		}
		list = append(list, &Example{
			Node: e, Name: m.Key.Text, Summary: e.Get("summary").Str(),
			Value: value, ExternalValue: e.Get("externalValue").Str(),
		})
	}
	return list
}
