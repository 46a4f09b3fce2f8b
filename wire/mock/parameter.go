package mock

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/url"
	"strings"

	"github.com/weft-dev/weft/spec/openapi"
	"github.com/weft-dev/weft/spec/schema"
)

// parameter reads one parameter of the request and says what is wrong with it.
// An error is a fault of the contract.
func (x *exchange) parameter(p *openapi.Parameter) (fault string, err error) {
	where := fmt.Sprintf("the parameter %s (in %s)", p.Name, p.In)
	forms, found := x.forms(p)
	if !found {
		if p.Required {
			return where + " is required", nil
		}
		return "", nil
	}
	if len(p.Content) > 0 {
		return x.contentParameter(p, where, forms[0])
	}
	// What is text on the wire may be a number in the contract: a value is
	// right if one of its readings fits.
	var nearest []schema.Violation
	for _, value := range forms {
		list, err := x.check(p.Schema, value)
		if err != nil {
			return "", err
		}
		if len(list) == 0 {
			if p.In == openapi.InPath {
				x.typed[p.Name] = value
			}
			return "", nil
		}
		if nearest == nil || nearer(list, nearest) {
			nearest = list
		}
	}
	return where + ": " + words(nearest), nil
}

// nearer reports whether one reading's violations say more than another's.
func nearer(a, b []schema.Violation) bool {
	if otherKind(a) != otherKind(b) {
		return otherKind(b)
	}
	return len(a) < len(b)
}

// otherKind reports whether a reading was not even the right kind of value, so
// that its violations say nothing about what was meant.
func otherKind(list []schema.Violation) bool {
	return list[0].InstancePath == "" && list[0].Keyword == "type"
}

func (x *exchange) contentParameter(p *openapi.Parameter, where string, value any) (string, error) {
	text, ok := value.(string)
	if !ok || !p.Content[0].IsJSON() {
		return "", nil
	}
	decoded, err := schema.DecodeJSON([]byte(text))
	if err != nil {
		return where + " " + err.Error(), nil
	}
	list, err := x.check(p.Content[0].Schema, decoded)
	if len(list) > 0 {
		return where + ": " + words(list), err
	}
	return "", err
}

// forms returns the readings of a parameter as plain data: as text, and with
// what looks like numbers, booleans and null read as those.
func (x *exchange) forms(p *openapi.Parameter) (forms []any, found bool) {
	switch p.In {
	case openapi.InPath:
		text, ok := x.path[p.Name]
		return simpleForms(p, text), ok
	case openapi.InHeader:
		values := x.request.Header.Values(p.Name)
		return simpleForms(p, strings.Join(values, ",")), len(values) > 0
	case openapi.InCookie:
		cookie, err := x.request.Cookie(p.Name)
		if err != nil {
			return nil, false
		}
		text, err := url.PathUnescape(cookie.Value)
		if err != nil {
			text = cookie.Value
		}
		return queryForms(p, []string{text}), true
	case openapi.InQueryString:
		return []any{x.request.URL.RawQuery}, x.request.URL.RawQuery != ""
	}
	query := x.request.URL.Query()
	if object := objectOf(p, query); object != nil {
		return []any{object, retyped(object)}, true
	}
	values, ok := query[p.Name]
	if ok {
		return queryForms(p, values), true
	}
	if object := x.exploded(p, query); object != nil {
		return []any{object, retyped(object)}, true
	}
	return nil, false
}

// exploded reads an object that is written as one parameter for each of its
// members; only the members that the contract declares can be told.
func (x *exchange) exploded(p *openapi.Parameter, query url.Values) map[string]any {
	if p.Style != openapi.StyleForm || !p.Explode || p.Schema == nil {
		return nil
	}
	s, err := x.schemas.Schema(p.Schema, x.dialect)
	if err != nil {
		return nil // judging the value says so
	}
	var object map[string]any
	for name := range s.PropertyTypes() {
		if values, ok := query[name]; ok {
			if object == nil {
				object = map[string]any{}
			}
			object[name] = values[0]
		}
	}
	return object
}

// simpleForms reads the styles of paths and headers.
func simpleForms(p *openapi.Parameter, text string) []any {
	switch p.Style {
	case openapi.StyleLabel:
		text = strings.TrimPrefix(text, ".")
		if p.Explode {
			text = strings.ReplaceAll(text, ".", ",")
		}
	case openapi.StyleMatrix:
		text = strings.TrimPrefix(text, ";")
		text = strings.ReplaceAll(text, ";"+p.Name+"=", ",")
		text = strings.TrimPrefix(text, p.Name+"=")
	}
	return texts(text, strings.Split(text, ","))
}

func queryForms(p *openapi.Parameter, values []string) []any {
	if len(values) == 0 {
		return nil
	}
	separator := ","
	switch p.Style {
	case openapi.StyleSpaceDelimited:
		separator = " "
	case openapi.StylePipeDelimited:
		separator = "|"
	}
	if len(values) > 1 {
		return texts(values[0], values)
	}
	if p.Explode {
		return texts(values[0], values)
	}
	return texts(values[0], strings.Split(values[0], separator))
}

// texts returns the readings of a text that may be one value, an array, or an
// object written as name and value by turns.
func texts(whole string, parts []string) []any {
	list := make([]any, len(parts))
	for i, part := range parts {
		list[i] = part
	}
	forms := []any{whole, retyped(whole), list, retyped(list)}
	if object := byTurns(parts); object != nil {
		forms = append(forms, object, retyped(object))
	}
	return forms
}

func byTurns(parts []string) any {
	object := map[string]any{}
	for _, part := range parts {
		name, value, ok := strings.Cut(part, "=")
		if !ok {
			object = nil
			break
		}
		object[name] = value
	}
	if object != nil || len(parts)%2 != 0 {
		return orNil(object)
	}
	object = map[string]any{}
	for i := 0; i < len(parts); i += 2 {
		object[parts[i]] = parts[i+1]
	}
	return object
}

func orNil(object map[string]any) any {
	if object == nil {
		return nil
	}
	return object
}

// objectOf reads a deepObject; nil where the parameter is none.
func objectOf(p *openapi.Parameter, query url.Values) map[string]any {
	if p.Style != openapi.StyleDeepObject {
		return nil
	}
	var object map[string]any
	for key, values := range query {
		inner, ok := strings.CutPrefix(key, p.Name+"[")
		name, closed := strings.CutSuffix(inner, "]")
		if !ok || !closed {
			continue
		}
		if object == nil {
			object = map[string]any{}
		}
		object[name] = values[0]
	}
	return object
}

// retyped reads texts that are JSON scalars as those.
func retyped(value any) any {
	switch v := value.(type) {
	case string:
		decoded, err := schema.DecodeJSON([]byte(v))
		if err != nil {
			return v
		}
		switch decoded.(type) {
		case json.Number, bool, nil:
			return decoded
		}
		return v
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = retyped(item)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, item := range v {
			out[name] = retyped(item)
		}
		return out
	}
	return value
}

func isJSON(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (media == "application/json" || media == "text/json" || strings.HasSuffix(media, "+json"))
}

func quoteJSON(text string) string {
	data, err := json.Marshal(text)
	if err != nil {
		return `""`
	}
	return string(data)
}
