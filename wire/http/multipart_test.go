package http_test

import (
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	nethttp "net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/spec/openapi"
	"github.com/weft-dev/weft/wire/http"
)

const upload = `
  /x:
    post:
      operationId: upload
      requestBody:
        content:
          multipart/form-data:
            schema:
              type: object
              properties:
                id: {type: string}
                count: {type: [integer, 'null']}
                address: {type: object}
                photo: {type: string, format: binary}
                scan: {type: string, contentMediaType: image/png, contentEncoding: base64}
                tags: {type: array, items: {type: string}}
                lines: {type: array, items: {type: object}}
                style: {type: array, items: {type: string}}
                deep: {type: object}
                report: {type: string}
                picture: {type: string, format: binary}
                broken: {type: string}
              allOf:
                - properties: {extra: {type: object}}
            encoding:
              style: {style: pipeDelimited, explode: false}
              deep: {style: deepObject}
              report:
                contentType: text/csv; charset=utf-8
                headers:
                  X-Kind: {schema: {type: string, const: monthly}}
                  X-Free: {schema: {type: string}}
                  Content-Type: {schema: {const: no}}
              picture: {contentType: 'image/*'}
              broken: {contentType: "text/plain\r\nX: y"}
          multipart/mixed: {}
          application/octet-stream: {}
          application/x-www-form-urlencoded:
            schema: {type: object}
            encoding:
              joined: {style: form, explode: false}
              deep: {style: deepObject}
              next: {allowReserved: true}
              whole: {contentType: application/json}
              text: {contentType: text/plain}
`

// post sends a body by the contract above and returns what came, and the error.
func post(t *testing.T, contentType string, body any) (*nethttp.Request, string, error) {
	t.Helper()
	return postTo(t, operation(t, upload), contentType, body)
}

func postTo(t *testing.T, op *openapi.Operation, contentType string, body any) (*nethttp.Request, string, error) {
	t.Helper()
	server, got := echo(t)
	_, _, err := client(t).Call(t.Context(), http.Request{
		Operation: op, BaseURL: server.URL, Body: body, HasBody: true, ContentType: contentType,
	})
	if err != nil {
		return nil, "", err
	}
	data, _ := io.ReadAll(got.Body)
	return got, string(data), nil
}

// readParts reads a body with the standard library, one line a part.
func readParts(t *testing.T, r *nethttp.Request, body string) []string {
	t.Helper()
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	reader := multipart.NewReader(strings.NewReader(body), params["boundary"])
	for {
		p, err := reader.NextRawPart()
		if err == io.EOF {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		data, _ := io.ReadAll(p)
		line := fmt.Sprintf("%s|%s|%s|%s", p.FormName(), p.FileName(), p.Header.Get("Content-Type"), data)
		if kind := p.Header.Get("X-Kind"); kind != "" {
			line += "|" + kind
		}
		list = append(list, line)
	}
}

func TestPartsOfAFormFollowSchemaAndEncoding(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		value any
		want  []string
	}{
		{"id", "a b&c", []string{"id||text/plain|a b&c"}},
		{"count", num("3"), []string{"count||text/plain|3"}},
		{"count", nil, nil},
		{"address", map[string]any{"a": num("1")}, []string{`address||application/json|{"a":1}`}},
		{"extra", "text in place of an object", []string{`extra||application/json|"text in place of an object"`}},
		{"photo", "bytes", []string{"photo|photo|application/octet-stream|bytes"}},
		{"photo", map[string]any{"base64": "/w==", "filename": "a.jpg", "contentType": "image/jpeg"}, []string{"photo|a.jpg|image/jpeg|\xff"}},
		{"photo", map[string]any{"text": "x", "filename": "q\"\r\n.txt"}, []string{"photo|q%22%0D%0A.txt|application/octet-stream|x"}},
		{"scan", "iVBO", []string{"scan|scan|image/png|iVBO"}},
		{"tags", []any{"a", "b"}, []string{"tags||text/plain|a", "tags||text/plain|b"}},
		{"lines", []any{map[string]any{"n": num("1")}, map[string]any{"base64": "eA=="}}, []string{`lines||application/json|{"n":1}`, `lines||application/json|{"base64":"eA=="}`}},
		{"style", []any{"a", "b"}, []string{"style|||a|b"}},
		{"deep", map[string]any{"k l": "v&w"}, []string{"deep[k l]|||v&w"}},
		{"report", "a;b", []string{"report||text/csv; charset=utf-8|a;b|monthly"}},
		{"unknown", map[string]any{"a": true}, []string{`unknown||application/json|{"a":true}`}},
		{"unknown", "x", []string{"unknown||text/plain|x"}},
		{"picture", map[string]any{"base64": "eA==", "contentType": "image/gif"}, []string{"picture|picture|image/gif|x"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, body, err := post(t, "multipart/form-data", map[string]any{c.name: c.value, "zz": "last"})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(append(c.want, "zz||text/plain|last"), readParts(t, got, body)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTheSameFormIsTheSameBytes(t *testing.T) {
	t.Parallel()
	_, one, err := post(t, "multipart/form-data", map[string]any{"id": "a", "tags": []any{"b"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, two, _ := post(t, "multipart/form-data", map[string]any{"tags": []any{"b"}, "id": "a"}); one != two {
		t.Errorf("got %q and %q", one, two)
	}
}

func TestPartsWithoutNames(t *testing.T) {
	t.Parallel()
	doc := load(t, `
openapi: 3.2.0
info: {title: t, version: '1'}
paths:
  /x:
    post:
      requestBody:
        content:
          multipart/mixed:
            prefixEncoding: [{contentType: application/json}]
            itemEncoding: {contentType: text/csv}
          multipart/related:
            itemEncoding: {prefixEncoding: []}
`)
	got, body, err := postTo(t, doc.Operations[0], "multipart/mixed", []any{"a", "b", "c"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{`||application/json|"a"`, "||text/csv|b", "||text/csv|c"}, readParts(t, got, body)); diff != "" {
		t.Error(diff)
	}
	if _, _, err := postTo(t, doc.Operations[0], "multipart/related", []any{"a"}); err == nil || !strings.Contains(err.Error(), "parts that are made of parts are not supported yet") {
		t.Errorf("got %v", err)
	}
}

func TestFormsFollowTheirEncoding(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		value any
		want  string
	}{
		{"plain", []any{"a b", num("2"), map[string]any{"c": true}}, "plain=a+b&plain=2&plain=%7B%22c%22%3Atrue%7D"},
		{"plain", nil, ""},
		{"joined", []any{"a", "b,c"}, "joined=a,b%2Cc"},
		{"deep", map[string]any{"a": "1", "b": "x y"}, "deep%5Ba%5D=1&deep%5Bb%5D=x+y"},
		{"next", "https://e.com/?a=1", "next=https://e.com/?a%3D1"},
		{"whole", []any{num("1"), "a"}, "whole=%5B1%2C%22a%22%5D"},
		{"whole", "a", "whole=%22a%22"},
		{"text", "a", "text=a"},
	} {
		_, body, err := post(t, "application/x-www-form-urlencoded", map[string]any{c.name: c.value})
		if err != nil || body != c.want {
			t.Errorf("%s: got %q, %v, want %q", c.name, body, err, c.want)
		}
	}
}

func TestBytesAreSentAsTheyAre(t *testing.T) {
	t.Parallel()
	_, body, err := post(t, "application/octet-stream", map[string]any{"base64": "/wA="})
	if err != nil || body != "\xff\x00" {
		t.Errorf("got %q, %v", body, err)
	}
}

func TestBodiesThatCannotBeWrittenSayWhy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		contentType string
		body        any
		want        string
	}{
		{"multipart/form-data", "text", "must be given as an object"},
		{"multipart/form-data", []any{"a"}, "must be given as an object: its parts have names"},
		{"multipart/form-data", map[string]any{"a": nil}, "needs at least one part"},
		{"multipart/mixed", map[string]any{"a": "b"}, "must be given as an array of its parts"},
		{"multipart/form-data", map[string]any{"picture": "x"}, "the part picture: the contract says that it is image/*, and not which"},
		{"multipart/form-data", map[string]any{"picture": map[string]any{"base64": "eA==", "contentType": "text/html"}}, "none that the contract allows: image/*"},
		{"multipart/form-data", map[string]any{"photo": map[string]any{"base64": "?"}}, "the base64 of the file cannot be read"},
		{"multipart/form-data", map[string]any{"photo": map[string]any{"base64": "", "contentType": "a/b\r\nX: y"}}, "contentType of the file cannot be read"},
		{"multipart/form-data", map[string]any{"report": map[string]any{"a": "b"}}, "not which"},
		{"multipart/form-data", map[string]any{"broken": "x"}, "has a line break"},
		{"multipart/form-data; boundary=abc", map[string]any{"id": "x--abc"}, "a part holds the boundary"},
		{`multipart/form-data; boundary="a\"b"`, map[string]any{"id": "x"}, "none that RFC 2046 allows"},
		{"application/octet-stream", map[string]any{"a": "b"}, "a string, or as an object with base64"},
		{"application/octet-stream", map[string]any{"base64": "eA==", "contentType": "image/png"}, "its contentType says image/png"},
		{"application/x-www-form-urlencoded", map[string]any{"text": map[string]any{}}, "the field text of the form"},
	} {
		if _, _, err := post(t, c.contentType, c.body); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %v: got %v, want %q", c.contentType, c.body, err, c.want)
		}
	}
}
