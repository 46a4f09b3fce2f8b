package http_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	stdnet "net"
	nethttp "net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/internal/leaks"
	"github.com/weft-dev/weft/spec/openapi"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/wire/http"
)

func TestMain(m *testing.M) { os.Exit(leaks.Run(m)) }

type noFiles struct{}

func (noFiles) Open(context.Context, string) (*source.File, error) { return nil, os.ErrNotExist }

func load(t testing.TB, text string) *openapi.Document {
	t.Helper()
	ws := ref.New(noFiles{}, ref.Options{})
	doc, _ := openapi.Load(context.Background(), ws, ws.Load(source.NewFile("file:///api.yaml", "api.yaml", []byte(text))))
	if doc == nil {
		t.Fatal("the document cannot be read")
	}
	return doc
}

func operation(t testing.TB, body string) *openapi.Operation {
	t.Helper()
	doc := load(t, "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths:\n"+body)
	if len(doc.Operations) != 1 {
		t.Fatalf("got %d operations", len(doc.Operations))
	}
	return doc.Operations[0]
}

// echo answers with what it got, so that a test sees the bytes on the wire.
func echo(t testing.TB) (*httptest.Server, *nethttp.Request) {
	t.Helper()
	got := new(nethttp.Request)
	server := httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		*got = *r.Clone(context.Background())
		data, _ := io.ReadAll(r.Body)
		got.Body = io.NopCloser(bytes.NewReader(data))
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"ok":true,"n":12345678901234567890}`)
	}))
	t.Cleanup(server.Close)
	return server, got
}

func client(t testing.TB) *http.Client {
	t.Helper()
	c := http.New(http.Options{})
	t.Cleanup(c.Close)
	return c
}

func num(s string) json.Number { return json.Number(s) }

func TestParametersAreWrittenInTheirStyle(t *testing.T) {
	t.Parallel()
	color := []any{"blue", "black", "brown"}
	rgb := map[string]any{"R": num("100"), "G": num("200")}
	for _, c := range []struct {
		in, style string
		explode   bool
		value     any
		want      string
	}{
		{"path", "simple", false, "a b/c", "/x/a%20b%2Fc"},
		{"path", "simple", false, color, "/x/blue,black,brown"},
		{"path", "simple", false, rgb, "/x/G,200,R,100"},
		{"path", "simple", true, rgb, "/x/G=200,R=100"},
		{"path", "label", false, color, "/x/.blue,black,brown"},
		{"path", "label", true, color, "/x/.blue.black.brown"},
		{"path", "matrix", false, color, "/x/;p=blue,black,brown"},
		{"path", "matrix", true, color, "/x/;p=blue;p=black;p=brown"},
		{"path", "matrix", true, rgb, "/x/;G=200;R=100"},
		{"query", "form", true, color, "/x?p=blue&p=black&p=brown"},
		{"query", "form", false, color, "/x?p=blue,black,brown"},
		{"query", "form", true, rgb, "/x?G=200&R=100"},
		{"query", "form", false, rgb, "/x?p=G,200,R,100"},
		{"query", "form", true, "a&b=c d", "/x?p=a%26b%3Dc%20d"},
		{"query", "form", true, num("3.5"), "/x?p=3.5"},
		{"query", "form", true, true, "/x?p=true"},
		{"query", "form", true, nil, "/x"},
		{"query", "spaceDelimited", false, color, "/x?p=blue%20black%20brown"},
		{"query", "pipeDelimited", false, color, "/x?p=blue%7Cblack%7Cbrown"},
		{"query", "deepObject", true, rgb, "/x?p%5BG%5D=200&p%5BR%5D=100"},
	} {
		t.Run(fmt.Sprintf("%s %s %v %v", c.in, c.style, c.explode, c.value), func(t *testing.T) {
			t.Parallel()
			path := "/x"
			if c.in == "path" {
				path = "/x/{p}"
			}
			op := operation(t, fmt.Sprintf("  %s:\n    get:\n      parameters:\n        - {name: p, in: %s, style: %s, explode: %v, required: %v, schema: {}}\n",
				path, c.in, c.style, c.explode, c.in == "path"))
			server, got := echo(t)
			_, record, err := client(t).Call(t.Context(), http.Request{
				Operation: op, BaseURL: server.URL, Parameters: []http.Parameter{{Name: "p", Value: c.value}},
			})
			if err != nil {
				t.Fatal(err)
			}
			if got.RequestURI != c.want {
				t.Errorf("got %s, want %s", got.RequestURI, c.want)
			}
			if record.URL != server.URL+c.want {
				t.Errorf("the record says %s", record.URL)
			}
		})
	}
}

const many = `
  /x/{id}:
    post:
      operationId: many
      parameters:
        - {name: id, in: path, required: true, schema: {}}
        - {name: X-List, in: header, schema: {}}
        - {name: sid, in: cookie, schema: {}}
        - {name: next, in: query, allowReserved: true, schema: {}}
        - {name: filter, in: query, content: {application/json: {}}}
      requestBody:
        content:
          text/plain: {}
          application/vnd.x+json: {}
          application/x-www-form-urlencoded: {}
          multipart/form-data: {}
      responses:
        '200': {description: ok, content: {text/csv: {}, application/json: {}}}
`

func TestHeadersCookiesBodyAndRecord(t *testing.T) {
	t.Parallel()
	server, got := echo(t)
	response, record, err := client(t).Call(t.Context(), http.Request{
		Operation: operation(t, many), BaseURL: server.URL + "/v1/",
		Parameters: []http.Parameter{
			{Name: "id", Value: num("42")},
			{Name: "x-list", Value: []any{"a", "b"}},
			{Name: "sid", Value: "s 1"},
			{Name: "next", Value: "https://e.com/?a=1"},
			{Name: "filter", Value: map[string]any{"a": num("1")}},
			{Name: "X-Extra", In: openapi.InHeader, Value: "e"},
		},
		Body: map[string]any{"a": num("1.50")}, HasBody: true,
		Headers: map[string]string{"traceparent": "00-1-2-01"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := `/v1/x/42?next=https://e.com/?a%3D1&filter=%7B%22a%22%3A1%7D`; got.RequestURI != want {
		t.Errorf("got %s\nwant %s", got.RequestURI, want)
	}
	body, _ := io.ReadAll(got.Body)
	for what, pair := range map[string][2]string{
		"body":        {string(body), `{"a":1.50}`},
		"type":        {got.Header.Get("Content-Type"), "application/vnd.x+json"},
		"list":        {got.Header.Get("X-List"), "a,b"},
		"cookie":      {got.Header.Get("Cookie"), "sid=s%201"},
		"accept":      {got.Header.Get("Accept"), "application/json, text/csv"},
		"extra":       {got.Header.Get("X-Extra"), "e"},
		"traceparent": {got.Header.Get("Traceparent"), "00-1-2-01"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: got %q, want %q", what, pair[0], pair[1])
		}
	}
	if diff := cmp.Diff(map[string]any{"id": num("42")}, record.Path); diff != "" {
		t.Error(diff)
	}
	if record.Method != "POST" || record.Header["x-extra"] != "e" || record.Query["next"] != "https://e.com/?a=1" {
		t.Errorf("the record is %+v", record)
	}
	if diff := cmp.Diff(map[string]any{"ok": true, "n": num("12345678901234567890")}, response.Body); diff != "" {
		t.Error(diff)
	}
}

func TestBodies(t *testing.T) {
	t.Parallel()
	op := operation(t, many)
	for _, c := range []struct {
		contentType string
		body        any
		want        string
		problem     string
	}{
		{"application/x-www-form-urlencoded", map[string]any{"a": "x y", "b": []any{"1", "2"}, "c": map[string]any{"d": true}}, "a=x+y&b=1&b=2&c=%7B%22d%22%3Atrue%7D", ""},
		{"text/plain", "hello", "hello", ""},
		{"text/plain; charset=utf-8", num("5"), "5", ""},
		{"text/plain", map[string]any{}, "", "must be given as a string"},
		{"multipart/form-data", map[string]any{}, "", "needs at least one part"},
		{"application/xml", "<a/>", "", "takes no body of the content type application/xml: it takes text/plain, application/vnd.x+json"},
	} {
		server, got := echo(t)
		_, _, err := client(t).Call(t.Context(), http.Request{
			Operation: op, BaseURL: server.URL, Parameters: []http.Parameter{{Name: "id", Value: "1"}},
			Body: c.body, HasBody: true, ContentType: c.contentType,
		})
		if c.problem != "" {
			if err == nil || !strings.Contains(err.Error(), c.problem) {
				t.Errorf("%s: got %v, want %q", c.contentType, err, c.problem)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.contentType, err)
			continue
		}
		if data, _ := io.ReadAll(got.Body); string(data) != c.want {
			t.Errorf("%s: got %s, want %s", c.contentType, data, c.want)
		}
	}
}

func TestWhatCannotBeCalledSaysWhy(t *testing.T) {
	t.Parallel()
	op := operation(t, many)
	id := http.Parameter{Name: "id", Value: "1"}
	for _, c := range []struct {
		request http.Request
		want    string
	}{
		{http.Request{BaseURL: "http://127.0.0.1:1"}, "the parameter id (in path) is required"},
		{http.Request{BaseURL: "http://127.0.0.1:1", Parameters: []http.Parameter{{Name: "id", Value: ""}}}, "is empty"},
		{http.Request{BaseURL: "http://127.0.0.1:1", Parameters: []http.Parameter{{Name: "id", Value: ".."}}}, `must not be ".."`},
		{http.Request{BaseURL: "http://127.0.0.1:1", Parameters: []http.Parameter{id, {Name: "nxt", Value: ""}}}, `did you mean "next"?`},
		{http.Request{BaseURL: "ftp://127.0.0.1", Parameters: []http.Parameter{id}}, "must begin with http:// or https://"},
		{http.Request{BaseURL: "http://u:p4ss@127.0.0.1", Parameters: []http.Parameter{id}}, "give them by reference"},
		{http.Request{BaseURL: "http://127.0.0.1:1", Parameters: []http.Parameter{id, {Name: "x-list", Value: []any{map[string]any{}}}}}, "the style simple cannot write"},
		{http.Request{BaseURL: "http://127.0.0.1:1", Parameters: []http.Parameter{id}}, "connection refused"},
		{http.Request{BaseURL: "http://127.0.0.1:1", Parameters: []http.Parameter{id}, Headers: map[string]string{"X": "a\r\nY: b"}}, "invalid header"},
	} {
		c.request.Operation = op
		_, _, err := client(t).Call(t.Context(), c.request)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "p4ss") {
			t.Errorf("the error tells a secret: %v", err)
		}
		if e, ok := errors.AsType[*http.Error](err); !ok || e.Operation != "many" {
			t.Errorf("got %T, want an *http.Error of the operation", err)
		}
	}
}

func TestResponses(t *testing.T) {
	t.Parallel()
	op := operation(t, "  /x: {get: {operationId: get}}\n")
	for _, c := range []struct {
		contentType, body string
		want              any
		problem           string
	}{
		{"application/json", `[1,{"a":null}]`, []any{num("1"), map[string]any{"a": nil}}, ""},
		{"application/problem+json; charset=utf-8", `{"a":1}`, map[string]any{"a": num("1")}, ""},
		{"application/json", `<html>`, `<html>`, "the body is not JSON"},
		{"application/json", `{} trailing`, `{} trailing`, "there is more after its end"},
		{"application/json", ``, nil, ""},
		{"text/plain", `hello`, `hello`, ""},
		{"application/x-www-form-urlencoded", `a=1&a=2&b=3`, map[string]any{"a": []any{"1", "2"}, "b": "3"}, ""},
		{"application/octet-stream", "\xff\xfe", nil, ""},
	} {
		server := httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, _ *nethttp.Request) {
			w.Header().Set("Content-Type", c.contentType)
			w.WriteHeader(418)
			fmt.Fprint(w, c.body)
		}))
		response, _, err := client(t).Call(t.Context(), http.Request{Operation: op, BaseURL: server.URL})
		server.Close()
		if err != nil {
			t.Errorf("%s %q: %v", c.contentType, c.body, err)
			continue
		}
		if diff := cmp.Diff(c.want, response.Body); diff != "" || response.Status != 418 {
			t.Errorf("%s %q: status %d, %s", c.contentType, c.body, response.Status, diff)
		}
		if (response.Problem != "") != (c.problem != "") || !strings.Contains(response.Problem, c.problem) {
			t.Errorf("%s %q: got the problem %q, want %q", c.contentType, c.body, response.Problem, c.problem)
		}
	}
}

func TestBoundsOfAResponse(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		switch r.URL.Path {
		case "/large":
			_, _ = w.Write(make([]byte, 2000))
		case "/never":
			<-r.Context().Done()
		case "/moved":
			nethttp.Redirect(w, r, "http://169.254.169.254/", nethttp.StatusFound)
		case "/later":
			w.Header().Set("Retry-After", "7")
		}
	}))
	t.Cleanup(server.Close)
	c := http.New(http.Options{MaxResponse: 1000})
	t.Cleanup(c.Close)
	call := func(path string) (*http.Response, error) {
		timeout := time.Minute
		if path == "/never" {
			timeout = 200 * time.Millisecond
		}
		r, _, err := c.Call(t.Context(), http.Request{
			Operation: operation(t, "  "+path+": {get: {operationId: get}}\n"), BaseURL: server.URL, Timeout: timeout,
		})
		return r, err
	}
	if _, err := call("/large"); err == nil || !strings.Contains(err.Error(), "more than 1000 bytes") {
		t.Errorf("a large response: %v", err)
	}
	if _, err := call("/never"); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "no answer within 200ms") {
		t.Errorf("a response that never comes: %v", err)
	}
	if r, err := call("/moved"); err != nil || r.Status != 302 || r.Headers["Location"] != "http://169.254.169.254/" {
		t.Errorf("a redirect: %+v, %v", r, err)
	}
	r, err := call("/later")
	if err != nil {
		t.Fatal(err)
	}
	if wait, ok := r.RetryAfter(time.Now()); !ok || wait != 7*time.Second {
		t.Errorf("Retry-After: %v %v", wait, ok)
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"120": 2 * time.Minute, "Fri, 02 Jan 2026 03:05:05 GMT": time.Minute, "Fri, 02 Jan 2026 03:00:00 GMT": 0, "soon": -1, "": -1, "-3": -1,
	} {
		r := &http.Response{Headers: map[string]string{"Retry-After": text}}
		got, ok := r.RetryAfter(now)
		if ok != (want >= 0) || ok && got != want {
			t.Errorf("%q: got %v, %v", text, got, ok)
		}
	}
}

const secured = `
openapi: 3.1.0
info: {title: t, version: '1'}
components:
  securitySchemes:
    key: {type: apiKey, in: query, name: api_key}
    head: {type: apiKey, in: header, name: X-Key}
    jar: {type: apiKey, in: cookie, name: k}
    basic: {type: http, scheme: basic}
    token: {type: http, scheme: bearer}
    odd: {type: http, scheme: digest}
paths:
  /x:
    get:
      operationId: get
      security: [{key: [], head: []}, {basic: []}, {token: []}, {odd: []}, {jar: []}]
`

func TestCredentials(t *testing.T) {
	t.Parallel()
	op := load(t, secured).Operations[0]
	s3cret := func() (string, error) { return "s3cret", nil }
	for _, c := range []struct {
		given map[string]http.Credential
		uri   string
		name  string
		value string
	}{
		{map[string]http.Credential{"key": {Secret: s3cret}, "head": {Secret: s3cret}}, "/x?api_key=s3cret", "X-Key", "s3cret"},
		{map[string]http.Credential{"basic": {User: "u", Secret: s3cret}}, "/x", "Authorization", "Basic dTpzM2NyZXQ="},
		{map[string]http.Credential{"token": {Secret: s3cret}, "key": {Secret: s3cret}}, "/x", "Authorization", "Bearer s3cret"},
		{map[string]http.Credential{"jar": {Secret: s3cret}}, "/x", "Cookie", "k=s3cret"},
	} {
		server, got := echo(t)
		_, record, err := client(t).Call(t.Context(), http.Request{Operation: op, BaseURL: server.URL, Credentials: c.given})
		if err != nil {
			t.Fatal(err)
		}
		if got.RequestURI != c.uri || got.Header.Get(c.name) != c.value {
			t.Errorf("got %s with %s: %s", got.RequestURI, c.name, got.Header.Get(c.name))
		}
		if text := fmt.Sprintf("%+v", record); strings.Contains(text, "s3cret") || strings.Contains(text, "dTpzM2NyZXQ") {
			t.Errorf("the record tells the secret: %s", text)
		}
	}
}

func TestCredentialsThatAreMissing(t *testing.T) {
	t.Parallel()
	op := load(t, secured).Operations[0]
	call := func(r http.Request) error {
		r.Operation, r.BaseURL = op, "http://127.0.0.1:1"
		_, _, err := client(t).Call(t.Context(), r)
		return err
	}
	if err := call(http.Request{}); err == nil || !strings.Contains(err.Error(), "needs credentials for key and head, or basic, or token") {
		t.Errorf("got %v", err)
	}
	if err := call(http.Request{Anonymous: true}); err == nil || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("got %v", err)
	}
	s3cret := func() (string, error) { return "s3cret", nil }
	if err := call(http.Request{Credentials: map[string]http.Credential{"odd": {Secret: s3cret}}}); err == nil || !strings.Contains(err.Error(), "digest authentication is not supported yet") {
		t.Errorf("got %v", err)
	}
	key := map[string]http.Credential{"key": {Secret: s3cret}, "head": {Secret: s3cret}}
	if err := call(http.Request{Credentials: key}); err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("the error tells the secret: %v", err)
	}
}

func TestBaseURL(t *testing.T) {
	t.Parallel()
	one := load(t, "openapi: 3.1.0\ninfo: {title: t, version: '1'}\nservers: [{url: 'https://{env}.example.com/v1/', variables: {env: {default: prod, enum: [prod, test]}}}]\npaths: {/x: {get: {}}}\n")
	two := load(t, "openapi: 3.1.0\ninfo: {title: t, version: '1'}\nservers: [{url: 'https://a.example.com', description: live}, {url: 'https://b.example.com'}]\npaths: {/x: {get: {}}}\n")
	none := load(t, "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {/x: {get: {}}}\n")
	for _, c := range []struct {
		doc    *openapi.Document
		choice http.Choice
		want   string
	}{
		{one, http.Choice{}, "https://prod.example.com/v1"},
		{one, http.Choice{Variables: map[string]string{"env": "test"}}, "https://test.example.com/v1"},
		{one, http.Choice{Variables: map[string]string{"env": "dev"}}, "error: cannot be \"dev\""},
		{one, http.Choice{URL: "http://127.0.0.1:8080/"}, "http://127.0.0.1:8080"},
		{two, http.Choice{}, "error: has several servers"},
		{two, http.Choice{Name: "live"}, "https://a.example.com"},
		{two, http.Choice{Name: "dead"}, "error: has no server \"dead\""},
		{none, http.Choice{}, "error: choose a server with --server OrderApi=URL"},
	} {
		got, err := http.BaseURL("OrderApi", c.doc, c.doc.Operations[0], c.choice)
		if want, isError := strings.CutPrefix(c.want, "error: "); isError {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%+v: got %v, want %q", c.choice, err, want)
			}
			continue
		}
		if err != nil || got != c.want {
			t.Errorf("%+v: got %q, %v, want %q", c.choice, got, err, c.want)
		}
	}
}

func TestConnectionsAreKept(t *testing.T) {
	t.Parallel()
	var opened atomic.Int32
	server := httptest.NewUnstartedServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, _ *nethttp.Request) { fmt.Fprint(w, "ok") }))
	server.Config.ConnState = func(_ stdnet.Conn, state nethttp.ConnState) {
		if state == nethttp.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	op := operation(t, "  /x: {get: {}}\n")
	c := client(t)
	for range 10 {
		if _, _, err := c.Call(t.Context(), http.Request{Operation: op, BaseURL: server.URL}); err != nil {
			t.Fatal(err)
		}
	}
	server.Close()
	if n := opened.Load(); n != 1 {
		t.Errorf("10 calls opened %d connections", n)
	}
}

func FuzzEscape(f *testing.F) {
	f.Add("a b/ü?&")
	f.Fuzz(func(t *testing.T, value string) {
		if value == "" || value == "." || value == ".." {
			return
		}
		op := &openapi.Operation{Method: "GET", Path: "/x/{p}/y", Parameters: []*openapi.Parameter{{Name: "p", In: openapi.InPath, Style: openapi.StyleSimple}}}
		var seen string
		c := http.New(http.Options{Transport: roundTrip(func(r *nethttp.Request) (*nethttp.Response, error) {
			seen = r.URL.Path
			return &nethttp.Response{StatusCode: 200, Header: nethttp.Header{}, Body: nethttp.NoBody}, nil
		})})
		if _, _, err := c.Call(t.Context(), http.Request{Operation: op, BaseURL: "http://h", Parameters: []http.Parameter{{Name: "p", Value: value}}}); err != nil {
			t.Fatal(err)
		}
		if seen != "/x/"+value+"/y" {
			t.Errorf("%q became %q", value, seen)
		}
	})
}

type roundTrip func(*nethttp.Request) (*nethttp.Response, error)

func (f roundTrip) RoundTrip(r *nethttp.Request) (*nethttp.Response, error) { return f(r) }

// The ratio of these two is what a call by contract costs above a bare one.
func BenchmarkCall(b *testing.B) {
	server := httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, _ *nethttp.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"orderId":42,"status":"confirmed"}`)
	}))
	defer server.Close()
	op := operation(b, "  /orders/{id}: {get: {operationId: get, parameters: [{name: id, in: path, required: true, schema: {}}]}}\n")
	b.Run("weft", func(b *testing.B) {
		c := client(b)
		for b.Loop() {
			r, _, err := c.Call(b.Context(), http.Request{Operation: op, BaseURL: server.URL, Parameters: []http.Parameter{{Name: "id", Value: json.Number("42")}}})
			if err != nil || r.Status != 200 {
				b.Fatal(err)
			}
		}
	})
	b.Run("bare", func(b *testing.B) {
		c := &nethttp.Client{Transport: &nethttp.Transport{}}
		defer c.CloseIdleConnections()
		for b.Loop() {
			r, err := c.Get(server.URL + "/orders/42")
			if err != nil {
				b.Fatal(err)
			}
			var v any
			if err := json.NewDecoder(r.Body).Decode(&v); err != nil {
				b.Fatal(err)
			}
			r.Body.Close()
		}
	})
}

func TestContentTypeIsNoParameter(t *testing.T) {
	t.Parallel()
	op := operation(t, `
  /x:
    post:
      parameters: [{name: Content-Type, in: header, required: true, schema: {type: string}}]
      requestBody: {content: {application/json: {}, text/plain: {}}}
`)
	for given, want := range map[string]string{"": "application/json", "text/plain": "text/plain"} {
		server, got := echo(t)
		r := http.Request{Operation: op, BaseURL: server.URL, HasBody: true, Body: "x"}
		if given != "" {
			r.Parameters = []http.Parameter{{Name: "content-type", Value: given}}
		}
		if _, _, err := client(t).Call(t.Context(), r); err != nil || got.Header.Get("Content-Type") != want {
			t.Errorf("given %q: got %q, %v", given, got.Header.Get("Content-Type"), err)
		}
	}
}
