package service_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/flow/journal"
	"github.com/weft-dev/weft/flow/service"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/openapi"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/jsonschema"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// described are the service's own documents, loaded by ourselves without a
// finding worse than information.
func described(t *testing.T) (*openapi.Document, *tree.Node) {
	t.Helper()
	ws := ref.New(source.Memory{"memory:///openapi.yaml": string(service.OpenAPI), "memory:///asyncapi.yaml": string(service.AsyncAPI)}, ref.Options{})
	load := func(name string) *ref.Document {
		doc, err := ws.Open(t.Context(), "memory:///"+name)
		must(t, err)
		return doc
	}
	root := load("openapi.yaml")
	api, found := openapi.Load(t.Context(), ws, root)
	_, more := asyncapi.Load(t.Context(), ws, load("asyncapi.yaml"))
	for _, d := range append(found, more...) {
		if d.Severity >= diag.Warning {
			t.Errorf("%s: %s", d.Path, d.Message)
		}
	}
	return api, root.Root
}

// caller asks the API and judges every answer by the OpenAPI document.
type caller struct {
	t       *testing.T
	url     string
	root    *tree.Node
	schemas *jsonschema.Set
	seen    map[string]bool
}

func (c *caller) ask(method, template, path, body string, want int) map[string]any {
	c.t.Helper()
	request, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, strings.NewReader(body))
	must(c.t, err)
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	must(c.t, err)
	defer answer.Body.Close()
	var value map[string]any
	decoder := json.NewDecoder(answer.Body)
	decoder.UseNumber()
	must(c.t, decoder.Decode(&value))
	if answer.StatusCode != want {
		c.t.Fatalf("%s %s answered %d, not %d: %v", method, path, answer.StatusCode, want, value)
	}
	c.judge(method, template, answer, value)
	return value
}

// glance asks for what is no JSON and may have no end, and judges how it begins.
func (c *caller) glance(template string) {
	c.t.Helper()
	ctx, cancel := context.WithCancel(c.t.Context())
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, "GET", c.url+template, nil)
	must(c.t, err)
	answer, err := http.DefaultClient.Do(request)
	must(c.t, err)
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		c.t.Fatalf("GET %s answered %d", template, answer.StatusCode)
	}
	c.judge("GET", template, answer, "any text")
}

// judge looks up the schema of the answer, following references by hand.
func (c *caller) judge(method, template string, answer *http.Response, value any) {
	c.t.Helper()
	operation := c.root.Get("paths").Get(template).Get(strings.ToLower(method))
	response := operation.Get("responses").Get(fmt.Sprint(answer.StatusCode))
	if response == nil {
		response = operation.Get("responses").Get("default")
	}
	if to := response.Get("$ref"); to != nil {
		response = c.root.At(strings.TrimPrefix(to.Str(), "#"))
	}
	kind, _, _ := strings.Cut(answer.Header.Get("Content-Type"), ";")
	node := response.Get("content").Get(kind).Get("schema")
	if node == nil {
		c.t.Fatalf("%s %s: %d with %s is not described", method, template, answer.StatusCode, kind)
	}
	compiled, err := c.schemas.Compile(node, schema.JSON(schema.Draft2020))
	must(c.t, err)
	for _, v := range compiled.Validate(value) {
		c.t.Errorf("%s %s: %d is not as described: %s", method, template, answer.StatusCode, v.Message)
	}
	c.seen[method+" "+template] = true
}

// letterBox has one letter.
type letterBox struct{ state string }

func (l *letterBox) Letters() []service.Letter {
	return []service.Letter{{ID: "l-1", Run: "r", Step: "s", Event: "done", Webhook: "https://example.com", State: l.state, Attempts: 3, Error: "it answered 500"}}
}

func (l *letterBox) SendAgain(string) error {
	if l.state != "dead" {
		return errors.New("it was not given up")
	}
	l.state = "pending"
	return nil
}

// Every operation answers as the service's own OpenAPI document says.
func TestTheAPIIsAsItIsDescribed(t *testing.T) {
	t.Parallel()
	document, root := described(t)
	b, url := newBus(t)
	b.mute = true
	s := open(t, compile(t, ""), journal.NewMemory(time.Now), url, func(w *service.Workflow) { w.Letters = &letterBox{state: "dead"} })
	server := httptest.NewServer(s.API(service.APIOptions{}))
	defer server.Close()
	c := &caller{t: t, url: server.URL, root: root, schemas: jsonschema.New(nil), seen: map[string]bool{}}

	const runs, run = "/v1/workflows/{workflow}/runs", "/v1/runs/{run}"
	c.ask("GET", "/healthz", "/healthz", "", 200)
	c.ask("GET", "/v1/workflows", "/v1/workflows", "", 200)
	c.ask("POST", runs, "/v1/workflows/nothing/runs", "{}", 404)
	c.ask("POST", runs, "/v1/workflows/order/runs", `{"inputs":{}}`, 422)
	c.ask("POST", runs, "/v1/workflows/order/runs", `{"input":{}}`, 400)
	id := fmt.Sprint(c.ask("POST", runs, "/v1/workflows/order/runs", `{"inputs":{"request":"a"}}`, 201)["id"])
	c.ask("GET", "/v1/runs", "/v1/runs?status=running", "", 200)
	c.ask("GET", "/v1/runs", "/v1/runs?status=odd", "", 400)
	if shown := c.ask("GET", run, "/v1/runs/"+id, "", 200); shown["status"] != "running" {
		t.Errorf("it is shown as %v", shown["status"])
	}
	c.ask("GET", run, "/v1/runs/nothing", "", 404)
	c.ask("POST", run+"/answer", "/v1/runs/"+id+"/answer", `{"answer":1}`, 409)
	c.ask("POST", run+"/resume", "/v1/runs/"+id+"/resume", "", 409)
	b.took(t, "a")
	cancelled := c.ask("POST", run+"/cancel", "/v1/runs/"+id+"/cancel", `{"reason":"a test"}`, 200)
	if cancelled["status"] != "cancelled" {
		t.Errorf("a cancelled run is %v", cancelled["status"])
	}
	ended(t, s, id)
	b.mu.Lock()
	b.mute = false
	b.mu.Unlock()
	for { // the run has ended; the service may not have let it go yet
		if list, err := s.List(t.Context(), "cancelled", 1); err == nil && len(list) == 1 {
			break
		}
	}
	c.ask("POST", run+"/retry", "/v1/runs/"+id+"/retry", `{"from":"nowhere"}`, 409)
	c.ask("POST", run+"/retry", "/v1/runs/"+id+"/retry", `{"from":"send"}`, 200)
	if d := ended(t, s, id); d.Status != "succeeded" || d.Steps[0].Attempts != 2 {
		t.Errorf("tried again it is %s, with %d attempts", d.Status, d.Steps[0].Attempts)
	}
	const send = "/v1/callbacks/{callback}/send"
	c.ask("GET", "/v1/callbacks", "/v1/callbacks?state=odd", "", 400)
	if list := c.ask("GET", "/v1/callbacks", "/v1/callbacks?state=dead", "", 200); len(list["callbacks"].([]any)) != 1 {
		t.Errorf("the dead letters are %v", list)
	}
	c.ask("POST", send, "/v1/callbacks/nothing/send", "{}", 404)
	if letter := c.ask("POST", send, "/v1/callbacks/l-1/send", "{}", 200); letter["state"] != "pending" || letter["workflow"] != "order" {
		t.Errorf("a letter sent again is %v", letter)
	}
	c.ask("POST", send, "/v1/callbacks/l-1/send", "{}", 409)
	c.glance("/metrics")
	c.glance("/v1/events")
	for _, op := range document.Operations {
		if name := op.Method + " " + op.Path; !c.seen[name] {
			t.Errorf("%s was not tried", name)
		}
	}
}

func TestATokenIsAskedFor(t *testing.T) {
	t.Parallel()
	_, url := newBus(t)
	s := open(t, compile(t, ""), journal.NewMemory(time.Now), url, nil)
	for _, one := range []struct {
		token, host, origin, bears string
		want                       int
	}{
		{"secret", "example.com", "", "Bearer secret", 200},
		{"secret", "127.0.0.1", "", "", 401},
		{"secret", "127.0.0.1", "", "Bearer wrong", 401},
		{"", "127.0.0.1:1", "", "", 200},
		{"", "localhost", "", "", 200},
		{"", "rebound.example.com", "", "", 403},
		{"", "127.0.0.1", "https://evil.example.com", "", 403},
	} {
		request := httptest.NewRequest("GET", "/v1/runs", nil)
		request.Host = one.host
		for name, value := range map[string]string{"Origin": one.origin, "Authorization": one.bears} {
			if value != "" {
				request.Header.Set(name, value)
			}
		}
		answer := httptest.NewRecorder()
		s.API(service.APIOptions{Token: one.token}).ServeHTTP(answer, request)
		if answer.Code != one.want {
			t.Errorf("%+v: answered %d", one, answer.Code)
		}
	}
}

func TestEventsAreToldAsTheyHappen(t *testing.T) {
	t.Parallel()
	_, url := newBus(t)
	s := open(t, compile(t, ""), journal.NewMemory(time.Now), url, nil)
	server := httptest.NewServer(s.API(service.APIOptions{}))
	defer server.Close()
	request, err := http.NewRequestWithContext(t.Context(), "GET", server.URL+"/v1/events", nil)
	must(t, err)
	answer, err := http.DefaultClient.Do(request)
	must(t, err)
	defer answer.Body.Close()
	_, _, err = s.Start(t.Context(), "order", "r", map[string]any{"request": "a"})
	must(t, err)
	var got []string
	last := ""
	for lines := bufio.NewScanner(answer.Body); last != "runEnded" && lines.Scan(); {
		if name, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
			got = append(got, name)
		}
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			last = got[len(got)-1]
			judgeEvent(t, last, data)
		}
	}
	if want := "runStarted stepEnded stepEnded runEnded"; strings.Join(got, " ") != want {
		t.Errorf("told %v, want %s", got, want)
	}
}

// judgeEvent judges an event by the service's own AsyncAPI document.
func judgeEvent(t *testing.T, name, data string) {
	t.Helper()
	ws := ref.New(source.Memory{"memory:///asyncapi.yaml": string(service.AsyncAPI)}, ref.Options{})
	doc, err := ws.Open(t.Context(), "memory:///asyncapi.yaml")
	must(t, err)
	compiled, err := jsonschema.New(nil).Compile(doc.Root.At("/components/schemas/"+name), schema.JSON(schema.Draft2020))
	must(t, err)
	var value any
	decoder := json.NewDecoder(strings.NewReader(data))
	decoder.UseNumber()
	must(t, decoder.Decode(&value))
	for _, v := range compiled.Validate(value) {
		t.Errorf("%s is not as described: %s: %s", data, v.InstancePath, v.Message)
	}
}
