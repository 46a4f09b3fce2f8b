package mock_test

import (
	"encoding/json"
	"net"
	nethttp "net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/spec/openapi"
	"github.com/weft-dev/weft/spec/schema/jsonschema"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/wire/http"
	"github.com/weft-dev/weft/wire/mock"
)

func shop(t testing.TB) (*openapi.Document, *mock.Handler) {
	t.Helper()
	data, err := os.ReadFile("testdata/shop.yaml")
	if err != nil {
		t.Fatal(err)
	}
	ws := ref.New(noFiles{}, ref.Options{})
	doc, _ := openapi.Load(t.Context(), ws, ws.Load(source.NewFile("file:///shop.yaml", "shop.yaml", data)))
	if doc == nil {
		t.Fatal("the document cannot be read")
	}
	return doc, mock.NewHandler("Shop", doc, jsonschema.In(ws), mock.Options{Seed: 1})
}

func TestHTTPAnswers(t *testing.T) {
	t.Parallel()
	_, h := shop(t)
	for _, c := range []struct {
		name   string
		method string
		path   string
		header map[string]string
		body   string
		status int
		want   string // in the body
	}{
		{"the path's parameter comes back", "GET", "/orders/42", nil, "", 200, `"orderId":42`},
		{"concrete paths first", "GET", "/orders/latest", nil, "", 200, `{"orderId":1}`},
		{"an id that is not named like its parameter", "PUT", "/pets/rex", map[string]string{"Content-Type": "application/json"}, `{"name":"Rex"}`, 200, `{"id":"rex","name":"Rex"}`},
		{"a parameter of the wrong type", "GET", "/orders/abc", nil, "", 400, "the parameter orderId (in path): must be an integer, is a string"},
		{"a list", "GET", "/orders/1?expand=lines,customer", nil, "", 200, ""},
		{"a wrong list", "GET", "/orders/1?expand=lines,price", nil, "", 400, "the parameter expand (in query)"},
		{"an object", "GET", "/orders/1?filter%5Bmax%5D=3", nil, "", 200, ""},
		{"a wrong object", "GET", "/orders/1?filter%5Bmax%5D=x", nil, "", 400, "max: must be an integer, is a string"},
		{"an object in pieces", "GET", "/orders/1?size=3", nil, "", 200, ""},
		{"a wrong object in pieces", "GET", "/orders/1?from=3", nil, "", 400, "the parameter page (in query): size: is required"},
		{"a wrong header", "GET", "/orders/1", map[string]string{"X-Tenant": "long"}, "", 400, "must have at most 3 characters, has 4"},
		{"JSON in a query", "GET", "/orders/1?where=%7B%22a%22%3A1%7D", nil, "", 200, ""},
		{"wrong JSON in a query", "GET", "/orders/1?where=%7B%7D", nil, "", 400, "a: is required"},
		{"another representation", "GET", "/orders/1", map[string]string{"Accept": "text/plain, application/json;q=0.5"}, "", 200, "an order"},
		{"no representation", "GET", "/orders/1", map[string]string{"Accept": "image/png"}, "", 406, "the contract offers application/json, text/plain"},
		{"a status that is asked for", "GET", "/orders/1", map[string]string{"Prefer": "code=404"}, "", 404, "no such order"},
		{"an example that is asked for", "GET", "/orders/1", map[string]string{"Prefer": "code=404, example=gone"}, "", 404, "was deleted"},
		{"a status that there is not", "GET", "/orders/1", map[string]string{"Prefer": "code=500"}, "", 400, "the contract has no response 500: it has 200, 404"},
		{"a pair of examples", "POST", "/orders", map[string]string{"Content-Type": "application/json"}, `{"quantity":99,"productId":1}`, 201, `"orderId":12`},
		{"no body", "POST", "/orders", map[string]string{"Content-Type": "application/json"}, "", 400, "a body is required"},
		{"an invalid body", "POST", "/orders", map[string]string{"Content-Type": "application/json"}, `{"productId":1}`, 400, "quantity: is required"},
		{"not JSON", "POST", "/orders", map[string]string{"Content-Type": "application/json"}, `<order/>`, 400, "the body is not JSON"},
		{"another media type", "POST", "/orders", map[string]string{"Content-Type": "text/xml"}, `<order/>`, 415, `is not among application/json`},
		{"no such path", "GET", "/nothing", nil, "", 404, "no operation for this path"},
		{"no such method", "DELETE", "/orders", nil, "", 405, "the contract has POST for this path, not DELETE"},
		{"no content", "DELETE", "/pets/rex", nil, "", 204, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(c.method, c.path, strings.NewReader(c.body))
			for name, value := range c.header {
				r.Header.Set(name, value)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) {
				t.Errorf("got %d %s, want %d with %s", w.Code, w.Body, c.status, c.want)
			}
			if c.status == 204 && w.Body.Len() > 0 {
				t.Errorf("no content is %q", w.Body)
			}
			if c.status >= 400 && c.status != 404 && w.Header().Get("Content-Type") != "application/problem+json" {
				t.Errorf("the content type of a refusal is %q", w.Header().Get("Content-Type"))
			}
		})
	}
}

func TestHTTPAnswersAreTheSameAgain(t *testing.T) {
	t.Parallel()
	_, a := shop(t)
	_, b := shop(t)
	get := func(h nethttp.Handler, path string) string {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if w.Header().Get("X-Rate") != "5" {
			t.Errorf("the header that the contract promises is %q", w.Header().Get("X-Rate"))
		}
		return w.Body.String()
	}
	if x, y := get(a, "/orders/7"), get(b, "/orders/7"); x != y {
		t.Errorf("got %s and %s", x, y)
	}
}

// TestACallOfTheMockByItsContract joins the client and the mock.
func TestACallOfTheMockByItsContract(t *testing.T) {
	t.Parallel()
	doc, h := shop(t)
	server, err := mock.Listen(h, 0)
	if err != nil {
		t.Fatal(err)
	}
	client := http.New(http.Options{})
	t.Cleanup(func() {
		client.Close()
		if err := server.Close(t.Context()); err != nil && t.Context().Err() == nil {
			t.Error(err)
		}
	})
	host := strings.TrimPrefix(server.URL, "http://")
	if ip, _, err := net.SplitHostPort(host); err != nil || !net.ParseIP(ip).IsLoopback() {
		t.Errorf("it listens on %s", host)
	}
	for range 2 {
		response, record, err := client.Call(t.Context(), http.Request{
			Operation: doc.ByID("getOrder"), BaseURL: server.URL, Headers: map[string]string{"Idempotency-Key": "run/step/1"},
			Parameters: []http.Parameter{{Name: "orderId", Value: json.Number("42")}, {Name: "expand", Value: []any{"lines"}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		body, _ := response.Body.(map[string]any)
		if response.Status != 200 || body["orderId"] != json.Number("42") || record.Path["orderId"] != json.Number("42") {
			t.Errorf("got %d %v for %+v", response.Status, response.Body, record)
		}
	}
	if diff := cmp.Diff(map[string]mock.Count{"getOrder": {Received: 2, Repeated: 1, Answered: 2}}, h.Counts()); diff != "" {
		t.Error(diff)
	}
}

func FuzzHandler(f *testing.F) {
	f.Add("GET", "/orders/1?expand=a,b&filter[max]=3", "application/json", `{}`)
	f.Add("POST", "/orders", "application/json; charset=x", `{"productId":1,"quantity":1e999999}`)
	_, h := shop(f)
	f.Fuzz(func(t *testing.T, method, path, header, body string) {
		r, err := nethttp.NewRequestWithContext(t.Context(), method, "http://h"+path, strings.NewReader(body))
		if err != nil {
			return
		}
		r.Header.Set("Content-Type", header)
		r.Header.Set("Accept", header)
		r.Header.Set("Prefer", header)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code < 200 || w.Code > 599 {
			t.Errorf("answered %d", w.Code)
		}
	})
}
