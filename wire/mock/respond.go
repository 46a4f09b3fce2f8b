package mock

import (
	"encoding/json"
	"fmt"
	"maps"
	nethttp "net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/weft-dev/weft/spec/openapi"
	"github.com/weft-dev/weft/text/tree"
)

// respond makes the answer of an operation.
func (x *exchange) respond(w nethttp.ResponseWriter) answer {
	prefer := preferences(x.request.Header.Values("Prefer"))
	response, status := x.op.Success()
	if code := prefer["code"]; code != "" {
		wanted, err := strconv.Atoi(code)
		if err != nil || wanted < 100 || wanted > 599 {
			return refuse(x.name, nethttp.StatusBadRequest, fmt.Sprintf("Prefer: code=%s is no status", code))
		}
		if response, status = x.op.Response(wanted), wanted; response == nil {
			return refuse(x.name, nethttp.StatusBadRequest, fmt.Sprintf("the contract has no response %d: it has %s", wanted, strings.Join(x.op.Statuses(), ", ")))
		}
	}
	a := answer{operation: x.name, status: status}
	if response == nil || len(response.Content) == 0 {
		return x.withHeaders(w, response, a)
	}
	media := negotiate(response.Content, x.request.Header.Get("Accept"))
	if media == nil {
		return refuse(x.name, nethttp.StatusNotAcceptable, fmt.Sprintf("the contract offers %s", names(response.Content)))
	}
	value, err := x.value(media, x.exampleName(prefer))
	if err != nil {
		return refuse(x.name, nethttp.StatusNotImplemented, err.Error())
	}
	if a.body, err = encode(media, value); err != nil {
		return refuse(x.name, nethttp.StatusNotImplemented, err.Error())
	}
	a.contentType = media.Name
	if strings.Contains(media.Name, "*") {
		a.contentType = "application/json"
	}
	return x.withHeaders(w, response, a)
}

// preferences reads "code=404, example=missing".
func preferences(values []string) map[string]string {
	out := map[string]string{}
	for part := range strings.FieldsFuncSeq(strings.Join(values, ","), func(r rune) bool { return r == ',' || r == ';' }) {
		if name, value, ok := strings.Cut(strings.TrimSpace(part), "="); ok {
			out[strings.ToLower(name)] = strings.Trim(value, `"`)
		}
	}
	return out
}

// exampleName is the example that is asked for, or that has the name of the
// example which the request's body equals.
func (x *exchange) exampleName(prefer map[string]string) string {
	if prefer["example"] != "" || x.media == nil {
		return prefer["example"]
	}
	for _, e := range x.media.Examples {
		if e.Name != "" && e.Value != nil && equal(e.Value.Value(), x.body) {
			return e.Name
		}
	}
	return ""
}

// value is an example or made by the schema, with the values of the path's
// parameters where the names match: GET /orders/42 answers order 42.
func (x *exchange) value(media *openapi.MediaType, name string) (any, error) {
	seed := seedOf(x.opt.Seed, x.request.Method+" "+x.request.URL.EscapedPath())
	if e := media.Example(name); e != nil && e.Value != nil {
		return x.echo(media.Schema, e.Value.Value()), nil
	}
	if e := media.Example(""); e != nil && e.Value != nil {
		return x.echo(media.Schema, e.Value.Value()), nil
	}
	if media.Schema == nil {
		return map[string]any{}, nil
	}
	s, err := x.schemas.Schema(media.Schema, x.dialect)
	if err != nil {
		return nil, err
	}
	value, err := s.Sample(seed)
	if err != nil {
		return nil, err
	}
	value = x.echo(media.Schema, value)
	if sent, ok := x.body.(map[string]any); ok {
		value = x.overlay(media.Schema, value, sent)
	}
	return value, nil
}

// echo puts the path's parameters into an object. The last of a path names the
// thing itself: where the object has no member of its name, "id" is it.
func (x *exchange) echo(node *tree.Node, value any) any {
	object, ok := value.(map[string]any)
	if !ok {
		return value
	}
	given := map[string]any{}
	for _, p := range x.op.Parameters {
		v, ok := x.typed[p.Name]
		if p.In != openapi.InPath || !ok {
			continue
		}
		given[p.Name] = v
		_, named := object[p.Name]
		_, id := object["id"]
		if !named && id && strings.HasSuffix(x.op.Path, "{"+p.Name+"}") {
			given["id"] = v
		}
	}
	return x.overlay(node, value, given)
}

// overlay puts values into members that the object has, where the contract
// lets them. A text may have to become a number, and a number a text.
func (x *exchange) overlay(node *tree.Node, value any, given map[string]any) any {
	object, ok := value.(map[string]any)
	if !ok {
		return value
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if _, there := object[name]; !there {
			continue
		}
		for _, v := range []any{given[name], retyped(given[name]), fmt.Sprint(given[name])} {
			changed := maps.Clone(object)
			changed[name] = v
			if list, err := x.check(node, changed); err == nil && len(list) == 0 {
				object = changed
				break
			}
		}
	}
	return object
}

func encode(media *openapi.MediaType, value any) ([]byte, error) {
	if media.IsJSON() || strings.Contains(media.Name, "*") {
		return json.Marshal(value)
	}
	switch v := value.(type) {
	case string:
		return []byte(v), nil
	case json.Number:
		return []byte(v), nil
	}
	return nil, fmt.Errorf("the mock cannot make %s: give the contract an example that is a string", media.Name)
}

// negotiate picks the media type that the caller wants most (RFC 9110 section
// 12.5.1); nil where it wants none of them.
func negotiate(content []*openapi.MediaType, accept string) *openapi.MediaType {
	if accept == "" {
		return openapi.JSONOrFirst(content)
	}
	var best *openapi.MediaType
	most := 0.0
	for part := range strings.SplitSeq(accept, ",") {
		wanted, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		weight := weightOf(params)
		if m := offered(content, strings.ToLower(strings.TrimSpace(wanted))); m != nil && weight > most {
			best, most = m, weight
		}
	}
	return best
}

func weightOf(params string) float64 {
	for part := range strings.SplitSeq(params, ";") {
		if text, ok := strings.CutPrefix(strings.TrimSpace(part), "q="); ok {
			if q, err := strconv.ParseFloat(text, 64); err == nil {
				return q
			}
		}
	}
	return 1
}

func offered(content []*openapi.MediaType, wanted string) *openapi.MediaType {
	if wanted == "*/*" {
		return openapi.JSONOrFirst(content)
	}
	if prefix, ok := strings.CutSuffix(wanted, "*"); ok {
		for _, m := range content {
			if strings.HasPrefix(m.Name, prefix) {
				return m
			}
		}
		return nil
	}
	return openapi.Match(content, wanted)
}

func names(content []*openapi.MediaType) string {
	list := make([]string, len(content))
	for i, m := range content {
		list[i] = m.Name
	}
	return strings.Join(list, ", ")
}

// withHeaders adds the headers that the contract promises.
func (x *exchange) withHeaders(w nethttp.ResponseWriter, response *openapi.Response, a answer) answer {
	if response == nil {
		return a
	}
	for _, header := range response.Headers {
		text, ok, err := x.headerValue(header)
		if err != nil {
			return refuse(x.name, nethttp.StatusNotImplemented, "the header "+header.Name+": "+err.Error())
		}
		if ok && !strings.EqualFold(header.Name, "Content-Type") {
			w.Header().Set(header.Name, text)
		}
	}
	return a
}

func (x *exchange) headerValue(header *openapi.Header) (text string, ok bool, err error) {
	var value any
	switch {
	case len(header.Examples) > 0 && header.Examples[0].Value != nil:
		value = header.Examples[0].Value.Value()
	case header.Schema != nil:
		s, err := x.schemas.Schema(header.Schema, x.dialect)
		if err != nil {
			return "", false, err
		}
		if value, err = s.Sample(seedOf(x.opt.Seed, header.Name)); err != nil {
			return "", false, err
		}
	}
	switch value.(type) {
	case string, json.Number, bool:
		return fmt.Sprint(value), true, nil
	}
	return "", false, nil
}
