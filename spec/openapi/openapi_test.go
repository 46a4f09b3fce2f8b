package openapi_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/internal/corpus"
	"github.com/weft-dev/weft/spec/openapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
)

// load reads the first of some documents; the others are there for references.
func load(t testing.TB, files map[string]string) (*openapi.Document, []diag.Diagnostic) {
	t.Helper()
	memory := make(source.Memory)
	for name, text := range files {
		memory["memory:///"+name] = text
	}
	ws := ref.New(memory, ref.Options{})
	doc, err := ws.Open(t.Context(), "memory:///api.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if diag.Worst(doc.Findings) == diag.Error {
		t.Fatalf("the document cannot be read: %v", doc.Findings)
	}
	return openapi.Load(t.Context(), ws, doc)
}

func read(t testing.TB, text string) *openapi.Document {
	t.Helper()
	doc, found := load(t, map[string]string{"api.yaml": text})
	for _, d := range found {
		t.Errorf("%s %s: %s", d.Path, d.Code, d.Message)
	}
	return doc
}

// show is a finding in one line: where, what, why.
func show(found []diag.Diagnostic) []string {
	var list []string
	for _, d := range found {
		line := fmt.Sprintf("%s %s %s: %s", d.Severity, d.Path, d.Code, d.Message)
		if d.Help != "" {
			line += " (" + d.Help + ")"
		}
		list = append(list, line)
	}
	return list
}

const head = "openapi: 3.1.0\ninfo: {title: T, version: '1'}\n"

func TestParametersOfPathAndOperationAreMerged(t *testing.T) {
	t.Parallel()
	doc := read(t, head+`
paths:
  /pets/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: integer}}
      - {name: trace, in: header, schema: {type: string}}
      - {name: q, in: query, schema: {type: string}}
    get:
      operationId: getPet
      parameters:
        - {name: q, in: query, required: true, style: pipeDelimited, schema: {type: array}}
        - {name: q, in: header, schema: {type: string}}
        - {name: filter, in: query, content: {application/json: {schema: {type: object}}}}
        - {name: deep, in: query, style: deepObject, explode: true, allowReserved: true, schema: {type: object}}
        - {name: c, in: cookie, schema: {type: string}}
      responses: {'200': {description: ok}}
`)
	var got []string
	for _, p := range doc.ByID("getPet").Parameters {
		got = append(got, fmt.Sprintf("%s %s required=%t style=%s explode=%t reserved=%t content=%d", p.In, p.Name, p.Required, p.Style, p.Explode, p.AllowReserved, len(p.Content)))
	}
	want := []string{
		"query q required=true style=pipeDelimited explode=false reserved=false content=0",
		"header q required=false style=simple explode=false reserved=false content=0",
		"query filter required=false style= explode=false reserved=false content=1",
		"query deep required=false style=deepObject explode=true reserved=true content=0",
		"cookie c required=false style=form explode=true reserved=false content=0",
		"path id required=true style=simple explode=false reserved=false content=0",
		"header trace required=false style=simple explode=false reserved=false content=0",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the parameters (-want +got):\n%s", diff)
	}
}

func TestReferencesAreFollowedIntoOtherDocuments(t *testing.T) {
	t.Parallel()
	doc, found := load(t, map[string]string{
		"api.yaml": head + `
paths:
  /pets/{id}:
    $ref: 'paths.yaml#/pet'
    description: an override
components:
  parameters:
    id: {$ref: 'parts.yaml#/id'}
`,
		"paths.yaml": `
pet:
  description: what is overridden
  parameters: [{$ref: 'api.yaml#/components/parameters/id'}]
  put:
    operationId: putPet
    requestBody: {$ref: 'parts.yaml#/body'}
    responses:
      '200': {$ref: 'parts.yaml#/ok'}
`,
		"parts.yaml": `
id: {name: id, in: path, required: true, schema: {type: string}}
body: {required: true, content: {application/xml: {}, application/json: {schema: {type: object}, examples: {one: {$ref: '#/sample'}}}}}
ok: {description: fine, headers: {ETag: {schema: {type: string}}}, content: {application/json: {example: {a: 1}}}}
sample: {summary: A sample, value: {a: 2}}
`,
	})
	if len(found) > 0 {
		t.Fatal(show(found))
	}
	op := doc.ByPointer("/paths/~1pets~1{id}/put")
	if op == nil {
		t.Fatalf("there is no operation among %v", doc.Pointers())
	}
	if p := op.Parameter(openapi.InPath, "id"); p == nil || p.Node.Span.File.URI() != "memory:///parts.yaml" {
		t.Errorf("the parameter is %+v", p)
	}
	media := openapi.JSONOrFirst(op.RequestBody.Content)
	if media.Name != "application/json" || media.Example("").Value.Get("a").Text != "2" || media.Example("one").Summary != "A sample" {
		t.Errorf("the body's media type is %+v", media)
	}
	response, status := op.Success()
	if status != 200 || response.Headers[0].Name != "ETag" || response.Content[0].Example("").Value.Get("a").Text != "1" {
		t.Errorf("the response is %d %+v", status, response)
	}
}

func TestServersAndSecurityAreTheNearestOnes(t *testing.T) {
	t.Parallel()
	doc := read(t, head+`
servers:
  - url: https://{region}.example.com/{base}
    variables:
      region: {default: eu, enum: [eu, us]}
      base: {default: v1}
security:
  - key: []
paths:
  /a:
    get: {operationId: a, responses: {'200': {description: ok}}}
  /b:
    servers: [{url: /local}]
    get: {operationId: b, security: [], responses: {'200': {description: ok}}}
    post:
      operationId: c
      servers: [{url: 'https://c.example.com'}]
      security: [{oauth: [read, write], key: []}, {}]
      responses: {'200': {description: ok}}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: /token, scopes: {read: r, write: w}}}}
    bearer: {type: http, scheme: Bearer}
`)
	a, b, c := doc.ByID("a"), doc.ByID("b"), doc.ByID("c")
	url, err := a.Servers[0].Expand(map[string]string{"region": "us"}, doc.URI)
	if err != nil || url != "https://us.example.com/v1" {
		t.Errorf("a is at %q (%v)", url, err)
	}
	if len(a.Security) != 1 || a.Security[0].Schemes[0].Scheme.ParameterName != "X-Key" || a.Security[0].Schemes[0].Scheme.In != openapi.InHeader {
		t.Errorf("a's security is %+v", a.Security)
	}
	if url, err = b.Servers[0].Expand(nil, "https://h.example.com/docs/api.yaml"); err != nil || url != "https://h.example.com/local" {
		t.Errorf("b is at %q (%v)", url, err)
	}
	if len(b.Security) != 0 {
		t.Errorf("b's security is %+v", b.Security)
	}
	if c.Servers[0].URL != "https://c.example.com" || len(c.Security) != 2 || len(c.Security[1].Schemes) != 0 {
		t.Errorf("c's servers and security are %+v, %+v", c.Servers, c.Security)
	}
	oauth := c.Security[0].Schemes[0]
	if oauth.Scheme.Type != openapi.SchemeOAuth2 || !cmp.Equal(oauth.Scopes, []string{"read", "write"}) || oauth.Scheme.Flows[0].TokenURL != "/token" {
		t.Errorf("c's first scheme is %+v", oauth)
	}
	if doc.SecuritySchemes[2].Scheme != "bearer" {
		t.Errorf("the scheme is %q", doc.SecuritySchemes[2].Scheme)
	}
	for values, want := range map[[2]string]string{
		{"region", "mars"}: `cannot be "mars"; there is eu, us`,
		{"planet", "mars"}: `has no variable "planet"; there is region, base`,
	} {
		if _, err := a.Servers[0].Expand(map[string]string{values[0]: values[1]}, doc.URI); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: the error is %v, want %q in it", values, err, want)
		}
	}
}

func TestADocumentWithoutServersIsAtTheRoot(t *testing.T) {
	t.Parallel()
	doc := read(t, head+"paths: {/a: {get: {responses: {}}}}\n")
	if len(doc.Servers) != 1 || doc.Operations[0].Servers[0].URL != "/" {
		t.Errorf("the servers are %+v", doc.Servers)
	}
}

func TestMethodsOf32(t *testing.T) {
	t.Parallel()
	doc := read(t, strings.Replace(head, "3.1.0", "3.2.0", 1)+`
paths:
  /a:
    query: {operationId: q, responses: {'200': {}}}
    additionalOperations:
      COPY: {operationId: copy, responses: {'200': {}}, parameters: [{name: f, in: querystring, content: {text/plain: {}}}]}
`)
	if op := doc.ByID("q"); op.Method != "QUERY" || op.Pointer != "/paths/~1a/query" {
		t.Errorf("q is %s at %s", op.Method, op.Pointer)
	}
	op := doc.ByPointer("/paths/~1a/additionalOperations/COPY")
	if op == nil || op.Method != "COPY" || op.Parameters[0].In != openapi.InQueryString {
		t.Errorf("copy is %+v", op)
	}
}

func TestSuccessIsTheLowest2xx(t *testing.T) {
	t.Parallel()
	tests := []struct {
		responses, want string
		status          int
	}{
		{"{'404': {description: x}, '201': {description: x}, '200': {description: x}}", "200", 200},
		{"{'404': {description: x}, '204': {description: x}, default: {description: x}}", "204", 204},
		{"{default: {description: x}, 2XX: {description: x}}", "2XX", 200},
		{"{'404': {description: x}, default: {description: x}}", "default", 200},
		{"{'500': {description: x}, '302': {description: x}}", "302", 302},
		{"{4XX: {description: x}}", "4XX", 400},
	}
	for _, test := range tests {
		doc := read(t, head+"paths: {/a: {get: {responses: "+test.responses+"}}}\n")
		response, status := doc.Operations[0].Success()
		if response == nil || response.Status != test.want || status != test.status {
			t.Errorf("%s: %d %+v, want %d %s", test.responses, status, response, test.status, test.want)
		}
	}
	if response, status := (&openapi.Operation{}).Success(); response != nil || status != 200 {
		t.Errorf("without responses: %d %+v", status, response)
	}
}

func TestResponseOfAStatus(t *testing.T) {
	t.Parallel()
	doc := read(t, head+`
paths: {/a: {get: {responses: {'404': {description: x}, 4XX: {description: x}, default: {description: x}}}}}
`)
	for status, want := range map[int]string{404: "404", 410: "4XX", 200: "default"} {
		if got := doc.Operations[0].Response(status); got == nil || got.Status != want {
			t.Errorf("%d is described by %+v, want %s", status, got, want)
		}
	}
}

func TestMatchPrefersTheNearestMediaType(t *testing.T) {
	t.Parallel()
	content := []*openapi.MediaType{{Name: "*/*"}, {Name: "text/*"}, {Name: "text/plain"}, {Name: "text/plain; charset=utf-16"}, {Name: "application/hal+json"}}
	for contentType, want := range map[string]string{
		"text/plain": "text/plain", "Text/Plain;charset=utf-8": "text/plain", "text/plain; charset=utf-16": "text/plain; charset=utf-16",
		"text/html": "text/*", "image/png": "*/*", "application/hal+json;v=1": "application/hal+json",
	} {
		if m := openapi.Match(content, contentType); m == nil || m.Name != want {
			t.Errorf("%s is described by %+v, want %s", contentType, m, want)
		}
	}
	if m := openapi.Match(content[1:], "image/png"); m != nil {
		t.Errorf("image/png is described by %s", m.Name)
	}
	if m := openapi.JSONOrFirst(content); m.Name != "application/hal+json" {
		t.Errorf("the media type to use is %s", m.Name)
	}
	if m := openapi.JSONOrFirst(content[:2]); m.Name != "*/*" {
		t.Errorf("the media type to use is %s", m.Name)
	}
}

func TestVersion2IsTurnedIntoTheSameModel(t *testing.T) {
	t.Parallel()
	doc, found := load(t, map[string]string{"api.yaml": `
swagger: '2.0'
info: {title: T, version: '1'}
host: api.example.com
basePath: /v1
schemes: [https, ws]
consumes: [application/xml, application/json]
produces: [application/json]
securityDefinitions:
  login: {type: basic}
  app: {type: oauth2, flow: application, tokenUrl: /t, scopes: {a: x}}
security: [{login: []}]
parameters:
  limit: {name: limit, in: query, type: integer, maximum: 10}
paths:
  /pets/{id}:
    parameters:
      - {name: id, in: path, required: true, type: string}
      - {$ref: '#/parameters/limit'}
    put:
      operationId: putPet
      parameters:
        - {name: pet, in: body, required: true, schema: {$ref: '#/definitions/Pet'}}
        - {name: tags, in: query, type: array, items: {type: string}, collectionFormat: multi}
      responses:
        200: {description: ok, schema: {$ref: '#/definitions/Pet'}, examples: {application/json: {a: 1}}}
    post:
      operationId: upload
      consumes: [multipart/form-data]
      parameters:
        - {name: photo, in: formData, type: file, required: true}
        - {name: note, in: formData, type: string, maxLength: 5}
      responses:
        204: {description: ok}
definitions: {Pet: {type: object}}
`})
	if want := []string{`info /swagger openapi/version-2: the operations of OpenAPI 2.0 are read, but the structure of the document is not checked (convert it to 3.1 to have it checked)`}; !cmp.Equal(want, show(found)) {
		t.Errorf("the findings are %q", show(found))
	}
	put, upload := doc.ByID("putPet"), doc.ByID("upload")
	if put.Servers[0].URL != "https://api.example.com/v1" || len(put.Servers) != 1 {
		t.Errorf("the servers are %+v", put.Servers)
	}
	if len(put.RequestBody.Content) != 2 || !put.RequestBody.Required || openapi.JSONOrFirst(put.RequestBody.Content).Schema.Get("$ref").Text != "#/definitions/Pet" {
		t.Errorf("the body is %+v", put.RequestBody)
	}
	tags, limit := put.Parameter(openapi.InQuery, "tags"), put.Parameter(openapi.InQuery, "limit")
	if tags.Style != openapi.StyleForm || !tags.Explode || tags.Schema.Get("items").Get("type").Text != "string" || tags.Schema.Has("in") {
		t.Errorf("tags is %+v %v", tags, tags.Schema.Value())
	}
	if limit.Explode || limit.Schema.Get("maximum").Text != "10" {
		t.Errorf("limit is %+v", limit)
	}
	if put.Parameter(openapi.InPath, "id") == nil {
		t.Error("the parameter of the path is missing")
	}
	if response, _ := put.Success(); response.Content[0].Example("").Value.Get("a").Text != "1" {
		t.Errorf("the response is %+v", response)
	}
	form := upload.RequestBody.Content[0]
	want := map[string]any{
		"type": "object", "required": []any{"photo"},
		"properties": map[string]any{"photo": map[string]any{"type": "string"}, "note": map[string]any{"type": "string", "maxLength": form.Schema.At("/properties/note/maxLength").Value()}},
	}
	if form.Name != "multipart/form-data" || !cmp.Equal(want, form.Schema.Value()) {
		t.Errorf("the form is %s %v", form.Name, form.Schema.Value())
	}
	if s := doc.SecuritySchemes[1]; s.Flows[0].Name != "clientCredentials" || s.Flows[0].Scopes[0] != "a" {
		t.Errorf("the scheme is %+v", s)
	}
	if put.Security[0].Schemes[0].Scheme.Scheme != "basic" {
		t.Errorf("the security is %+v", put.Security[0].Schemes[0])
	}
}

func TestFaultsAreFoundWhereTheyAre(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		text string
		want []string
	}{
		"an unknown version": {
			"openapi: 4.0.0\ninfo: {title: T, version: '1'}\npaths: {}\n",
			[]string{`error /openapi openapi/version: OpenAPI "4.0.0" is no version that can be read (3.0, 3.1 and 3.2 can, and 2.0 (as "swagger"))`},
		},
		"duplicate ids": {
			head + "paths: {/a: {get: {operationId: x, responses: {}}, put: {operationId: x, responses: {}}}}\n",
			[]string{`error /paths/~1a/put/operationId openapi/duplicate-operation-id: another operation has the id "x" already (give each operation an id of its own)`},
		},
		"a path's parameters": {
			head + "paths: {'/a/{orderId}': {get: {parameters: [{name: orderid, in: path, required: true, schema: {}}], responses: {}}}}\n",
			[]string{
				`error /paths/~1a~1{orderId}/get openapi/path-parameter: the parameter {orderId} of the path is not described (add a parameter "orderId" in path, with "required: true")`,
				`error /paths/~1a~1{orderId}/get/parameters/0 openapi/path-parameter: the path /a/{orderId} has no {orderid} (did you mean "orderId"?)`,
			},
		},
		"a parameter twice": {
			head + "paths: {/a: {get: {parameters: [{name: q, in: query, schema: {}}, {name: q, in: query, schema: {}}], responses: {}}}}\n",
			[]string{`error /paths/~1a/get/parameters/1 openapi/duplicate-parameter: GET /a has the query parameter "q" twice`},
		},
		"style against place": {
			head + "paths: {/a: {get: {parameters: [{name: q, in: query, style: matrix, schema: {}}], responses: {}}}}\n",
			[]string{`error /paths/~1a/get/parameters/0/style openapi/bad-value: a parameter in query cannot have the style "matrix" (use form or spaceDelimited or pipeDelimited or deepObject)`},
		},
		"a server's variables": {
			head + "servers: [{url: 'https://{a}/{b}', variables: {a: {default: x, enum: [y]}, c: {default: z}}}]\npaths: {}\n",
			[]string{
				`error /servers/0/url openapi/server-variable: the variable {b} of the URL is not described (add "b" to "variables", with a default)`,
				`error /servers/0/variables/a/default openapi/server-variable: the default "x" is not one of the values of "enum"`,
				`warning /servers/0/variables/c openapi/server-variable: the URL has no variable {c}`,
			},
		},
		"an unknown scheme": {
			head + "paths: {}\nsecurity: [{oauth: []}]\ncomponents: {securitySchemes: {oAuth2: {type: http, scheme: basic}}}\n",
			[]string{`error /security/0/oauth openapi/security-scheme: there is no security scheme "oauth" (did you mean "oAuth2"?)`},
		},
		"a query string and the rest of the query": {
			strings.Replace(head, "3.1.0", "3.2.0", 1) + `
paths:
  /a:
    get:
      parameters:
        - {name: all, in: querystring, content: {text/plain: {}}}
        - {$ref: '#/components/parameters/q'}
        - {name: more, in: querystring, content: {text/plain: {}}}
components: {parameters: {q: {name: q, in: query, schema: {}}}}
`,
			[]string{
				"error /paths/~1a/get/parameters/2 openapi/field-conflict: a query string is the whole query, and may not stand beside query parameters",
				"error /paths/~1a/get/parameters/2 openapi/field-conflict: an operation has one query string at most",
			},
		},
		"what does not go together in 3.2": {
			strings.Replace(head, "3.1.0", "3.2.0", 1) + `
components:
  parameters:
    a: {name: a, in: query, style: form, content: {text/plain: {}}}
    b: {name: 'b c', in: header, allowReserved: true, schema: {}}
  examples:
    c: {dataValue: 1, value: 2}
  mediaTypes:
    d: {encoding: {}, itemEncoding: {}}
`,
			[]string{
				`error /components/parameters/a/style openapi/field-conflict: "style" says how a schema's value is written, and may not stand beside "content"`,
				`error /components/parameters/b/name openapi/bad-value: "b c" is no name that HTTP allows for a header`,
				`error /components/parameters/b/allowReserved openapi/field-conflict: nothing is escaped in a header, so that "allowReserved" has no meaning (remove it)`,
				`error /components/examples/c/dataValue openapi/field-conflict: an example may have only one of "value" and "dataValue"`,
				`error /components/mediaTypes/d/itemEncoding openapi/field-conflict: parts are described by name or by position: "encoding" and "itemEncoding" may not stand together`,
			},
		},
		"a reference that leads nowhere": {
			head + "paths: {/a: {get: {parameters: [{$ref: '#/components/parameters/q'}], responses: {}}}}\ncomponents: {parameters: {p: {name: p, in: query, schema: {}}}}\n",
			[]string{`error /paths/~1a/get/parameters/0/$ref text/ref-pointer: "#/components/parameters/q" leads nowhere: "/components/parameters" has no "q" (did you mean "#/components/parameters/p"?)`},
		},
		"a field of another version": {
			"openapi: 3.0.3\ninfo: {title: T, version: '1', summary: s}\npaths: {/a: {get: {responses: {'200': {description: ok, contents: {}}}}}}\n",
			[]string{
				`error /info/summary openapi/unknown-field: unknown field "summary" in an info (an info has "summary" OpenAPI since 3.1)`,
				`error /paths/~1a/get/responses/200/contents openapi/unknown-field: unknown field "contents" in a response (did you mean "content"?)`,
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, found := load(t, map[string]string{"api.yaml": test.text})
			if diff := cmp.Diff(test.want, show(found)); diff != "" {
				t.Errorf("the findings (-want +got):\n%s", diff)
			}
		})
	}
}

// The specification's example documents have real faults, which are listed.
func TestCorpusDocuments(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(corpus.Dir(t), "arazzo", "examples")
	names, err := filepath.Glob(filepath.Join(dir, "*openapi.yaml"))
	if err != nil || len(names) < 4 {
		t.Fatalf("%d documents in %s: %v", len(names), dir, err)
	}
	want := map[string][]string{}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		doc, found := load(t, map[string]string{"api.yaml": string(data)})
		if len(doc.Operations) == 0 {
			t.Errorf("%s: no operations", name)
		}
		if diff := cmp.Diff(want[filepath.Base(name)], show(found)); diff != "" {
			t.Errorf("%s: the findings (-want +got):\n%s", name, diff)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(head + "paths: {/a: {get: {responses: {'200': {$ref: '#/paths/~1a/get/responses/200'}}}}}\n")
	f.Add("swagger: '2.0'\npaths: {/a: {$ref: '#/paths/~1a', get: {parameters: [{in: formData, type: file}]}}}\n")
	f.Add("openapi: 3.2.0\nservers: [{url: '{', variables: [1]}]\nsecurity: [[], {a: 1}]\npaths: [1]\n")
	f.Fuzz(func(t *testing.T, text string) {
		ws := ref.New(source.Memory{"memory:///api.yaml": text}, ref.Options{})
		file, err := ws.Open(t.Context(), "memory:///api.yaml")
		if err != nil {
			return
		}
		doc, _ := openapi.Load(t.Context(), ws, file)
		if doc == nil {
			return
		}
		for _, op := range doc.Operations {
			op.Success()
			for _, s := range op.Servers {
				_, _ = s.Expand(nil, doc.URI)
			}
		}
	})
}
