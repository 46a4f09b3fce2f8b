package http_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/spec/openapi"
	"github.com/weft-dev/weft/wire/http"
)

func TestQueryStringIsTheWholeQuery(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		media string
		value any
		want  string
	}{
		{"application/x-www-form-urlencoded: {}", map[string]any{"a": "1 2", "b": num("3")}, "/x?a=1+2&b=3"},
		{"application/x-www-form-urlencoded: {encoding: {a: {explode: false}}}", map[string]any{"a": []any{"1", "2"}}, "/x?a=1,2"},
		{"application/x-www-form-urlencoded: {}", "?a=%20&b=x y#z", "/x?a=%20&b=x%20y%23z"},
		{"application/json: {}", map[string]any{"a": []any{true}}, "/x?%7B%22a%22%3A%5Btrue%5D%7D"},
		{"application/json: {}", "text", "/x?%22text%22"},
		{"application/jsonpath: {}", "$.a.b[1:1]", "/x?%24.a.b%5B1%3A1%5D"},
	} {
		doc := load(t, fmt.Sprintf(`
openapi: 3.2.0
info: {title: t, version: '1'}
paths:
  /x:
    get:
      parameters:
        - {name: all, in: querystring, content: {%s}}
`, c.media))
		server, got := echo(t)
		_, record, err := client(t).Call(t.Context(), http.Request{
			Operation: doc.Operations[0], BaseURL: server.URL, Parameters: []http.Parameter{{Name: "all", Value: c.value}},
		})
		if err != nil || got.RequestURI != c.want {
			t.Errorf("%s: got %s, %v, want %s", c.media, got.RequestURI, err, c.want)
			continue
		}
		if diff := cmp.Diff(map[string]any{"all": c.value}, record.Query); diff != "" {
			t.Error(diff)
		}
	}
}

func TestQueryStringThatNoContractDeclares(t *testing.T) {
	t.Parallel()
	server, got := echo(t)
	_, _, err := client(t).Call(t.Context(), http.Request{
		Operation: operation(t, "  /x: {get: {}}\n"), BaseURL: server.URL,
		Parameters: []http.Parameter{{Name: "all", In: openapi.InQueryString, Value: map[string]any{"a": "b"}}},
	})
	if err != nil || got.RequestURI != "/x?a=b" {
		t.Errorf("got %s, %v", got.RequestURI, err)
	}
}

func TestParametersWithContentAndReserved(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		parameter string
		value     any
		uri       string
		header    string
		problem   string
	}{
		{"in: query, content: {application/json: {}}", map[string]any{"a": "b"}, "/x/?p=%7B%22a%22%3A%22b%22%7D", "", ""},
		{"in: query, content: {application/x-www-form-urlencoded: {}}", map[string]any{"a": "b c"}, "/x/?p=a%3Db%2Bc", "", ""},
		{"in: query, content: {application/xml: {}}", "<a b='c'/>", "/x/?p=%3Ca%20b%3D%27c%27%2F%3E", "", ""},
		{"in: query, content: {application/octet-stream: {}}", map[string]any{"base64": "/w=="}, "/x/?p=%FF", "", ""},
		{"in: query, content: {application/xml: {}}", map[string]any{"a": "b"}, "", "", "parameter p: a body of the content type application/xml must be given as a string"},
		{"in: query, content: {multipart/form-data: {}}", map[string]any{"a": "b"}, "", "", "cannot be written as multipart/form-data"},
		{"in: header, content: {application/json: {}}", []any{num("1"), "a"}, "/x/", `[1,"a"]`, ""},
		{"in: header, explode: true, schema: {}", map[string]any{"a": "1", "b": "2"}, "/x/", "a=1,b=2", ""},
		{"in: query, allowReserved: true, schema: {}", "a/b?c=%2F%zz&d#e", "/x/?p=a/b?c%3D%2F%25zz%26d%23e", "", ""},
		{"in: query, schema: {}", "%2F", "/x/?p=%252F", "", ""},
		{"in: query, style: deepObject, schema: {}", map[string]any{"a": []any{"1"}}, "", "", "the style deepObject cannot write"},
	} {
		op := operation(t, "  /x/:\n    get:\n      parameters: [{name: p, "+c.parameter+"}]\n")
		server, got := echo(t)
		_, _, err := client(t).Call(t.Context(), http.Request{Operation: op, BaseURL: server.URL, Parameters: []http.Parameter{{Name: "p", Value: c.value}}})
		switch {
		case c.problem != "":
			if err == nil || !strings.Contains(err.Error(), c.problem) {
				t.Errorf("%s: got %v, want %q", c.parameter, err, c.problem)
			}
		case err != nil || got.RequestURI != c.uri || got.Header.Get("P") != c.header:
			t.Errorf("%s: got %s, %q, %v", c.parameter, got.RequestURI, got.Header.Get("P"), err)
		}
	}
}

func TestParametersOfAPath(t *testing.T) {
	t.Parallel()
	call := func(parameter string, given http.Parameter) (string, *http.Record, error) {
		server, got := echo(t)
		_, record, err := client(t).Call(t.Context(), http.Request{
			Operation: operation(t, "  /x/{id}:\n    get:\n      parameters: [{name: id, in: path, required: true, "+parameter+"}]\n"),
			BaseURL:   server.URL, Parameters: []http.Parameter{{Name: "id", Value: "1"}, given},
		})
		return got.RequestURI, record, err
	}
	uri, _, err := call("allowReserved: true, schema: {}", http.Parameter{Name: "id", Value: "a:b;c=d/e?f"})
	if err != nil || uri != "/x/a:b;c=d%2Fe%3Ff" {
		t.Errorf("reserved characters: %s, %v", uri, err)
	}
	if _, _, err := call("allowReserved: true, schema: {}", http.Parameter{Name: "id", Value: "%2e."}); err == nil || !strings.Contains(err.Error(), "it would name another path") {
		t.Errorf("dots: %v", err)
	}
	value := map[string]any{"a": num("1")}
	uri, record, err := call("content: {application/json: {}}", http.Parameter{Name: "id", Value: value})
	if err != nil || uri != "/x/%7B%22a%22%3A1%7D" {
		t.Errorf("content: %s, %v", uri, err)
	} else if diff := cmp.Diff(map[string]any{"id": value}, record.Path); diff != "" {
		t.Error(diff)
	}
	if _, _, err := call("schema: {}", http.Parameter{Name: "idd", In: openapi.InPath, Value: "1"}); err == nil || !strings.Contains(err.Error(), `the path /x/{id} has no {idd}; did you mean "id"?`) {
		t.Errorf("got %v", err)
	}
}

func TestCookiesInBothStyles(t *testing.T) {
	t.Parallel()
	for style, want := range map[string]string{"form": "p=a%20b; p=c%3Dd", "cookie": "p=a%20b; p=c=d"} {
		doc := load(t, "openapi: 3.2.0\ninfo: {title: t, version: '1'}\npaths: {/x: {get: {parameters: [{name: p, in: cookie, style: "+style+", schema: {}}]}}}\n")
		server, got := echo(t)
		_, _, err := client(t).Call(t.Context(), http.Request{
			Operation: doc.Operations[0], BaseURL: server.URL, Parameters: []http.Parameter{{Name: "p", Value: []any{"a b", "c=d"}}},
		})
		if err != nil || got.Header.Get("Cookie") != want {
			t.Errorf("%s: got %s, %v, want %s", style, got.Header.Get("Cookie"), err, want)
		}
	}
}
