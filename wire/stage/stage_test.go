package stage_test

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/internal/freeport"
	"github.com/weft-dev/weft/internal/leaks"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/openapi"
	"github.com/weft-dev/weft/spec/schema/jsonschema"
	"github.com/weft-dev/weft/spec/schema/languages"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	_ "github.com/weft-dev/weft/wire/kafka"
	"github.com/weft-dev/weft/wire/stage"
)

const events = `asyncapi: 3.0.0
info: {title: Events, version: 1.0.0}
servers: {one: {host: 'localhost:9092', protocol: kafka}}
channels: {told: {address: told, messages: {Told: {payload: {type: object}}}}}
operations: {tell: {action: receive, channel: {$ref: '#/channels/told'}}}
`

const rest = `openapi: 3.1.0
info: {title: Rest, version: 1.0.0}
paths: {/: {get: {operationId: get, responses: {'200': {description: it}}}}}
`

func TestAStageServesAndLeavesNothingBehind(t *testing.T) {
	defer leaks.None(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	set, err := stage.Open(ctx, []stage.Service{
		asyncService(t, "a", events), asyncService(t, "b", events),
		asyncService(t, "c", strings.Replace(events, "localhost:9092", "other:9092", 1)), restService(t, rest),
	}, stage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if set.Brokers["a"].URL != set.Brokers["b"].URL {
		t.Error("two documents of one server have a server each")
	}
	if set.Brokers["a"].URL == set.Brokers["c"].URL {
		t.Error("two documents of different servers share one")
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get(set.HTTP["rest"].URL)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("the mock answered %d", response.StatusCode)
	}
	if err := set.Close(ctx); err != nil {
		t.Error(err)
	}
}

func TestAProtocolWithoutAServerIsNamed(t *testing.T) {
	defer leaks.None(t)
	service := asyncService(t, "a", strings.Replace(events, "protocol: kafka", "protocol: mercure", 1))
	_, err := stage.Open(t.Context(), []stage.Service{restService(t, rest), service}, stage.Options{})
	if err == nil || !strings.Contains(err.Error(), "mercure") || !strings.Contains(err.Error(), "kafka") {
		t.Errorf("the error names neither what is wanted nor what there is: %v", err)
	}
}

func TestADocumentWithoutServersIsRefused(t *testing.T) {
	service := asyncService(t, "a", strings.Replace(events, "servers: {one: {host: 'localhost:9092', protocol: kafka}}\n", "", 1))
	_, err := stage.Open(t.Context(), []stage.Service{service}, stage.Options{})
	if err == nil || !strings.Contains(err.Error(), "describes no server") {
		t.Error(errors.Join(errors.New("want words about servers"), err))
	}
}

func TestServersAreWhereTheyAreDescribed(t *testing.T) {
	defer leaks.None(t)
	broker, web, known := strconv.Itoa(freeport.Of(t)), strconv.Itoa(freeport.Of(t)), strconv.Itoa(freeport.Of(t))
	described := strings.Replace(events, "{one: {host: 'localhost:9092', protocol: kafka}}",
		"{far: {host: 'kafka.example.com:9092', protocol: kafka}, near: {host: 'localhost:"+broker+"', protocol: kafka, bindings: {kafka: {schemaRegistryUrl: 'http://localhost:"+known+"'}}}}", 1)
	far := strings.Replace(events, "localhost:9092", "kafka.example.com:9092", 1)
	service := restService(t, strings.Replace(rest, "paths:", "servers: [{url: 'https://api.example.com/v1'}, {url: 'http://127.0.0.1:"+web+"/v1'}]\npaths:", 1))
	set, err := stage.Open(t.Context(), []stage.Service{asyncService(t, "a", described), asyncService(t, "far", far), service}, stage.Options{AsDescribed: true})
	if err != nil {
		t.Fatal(err)
	}
	if a := set.Brokers["a"]; a.URL != "kafka://127.0.0.1:"+broker || a.Registry.URL != "http://127.0.0.1:"+known {
		t.Errorf("the broker is at %s, and its registry at %s", a.URL, a.Registry.URL)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get(set.HTTP["rest"].URL + "/")
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if set.HTTP["rest"].URL != "http://127.0.0.1:"+web+"/v1" || response.StatusCode != http.StatusOK {
		t.Errorf("%s answered %d", set.HTTP["rest"].URL, response.StatusCode)
	}
	for _, part := range set.Parts {
		if part.Role == "mock" && part.AsDescribed == (part.Service == "far") {
			t.Errorf("%s says of itself AsDescribed: %t", part.Service, part.AsDescribed)
		}
	}
	if err := set.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func document(text string) (*ref.Workspace, *ref.Document) {
	ws := ref.New(source.Memory{}, ref.Options{})
	return ws, ws.Load(source.NewFile("memory:///doc.yaml", "doc.yaml", []byte(text)))
}

func asyncService(t *testing.T, name, text string) stage.Service {
	t.Helper()
	ws, doc := document(text)
	model, found := asyncapi.Load(t.Context(), ws, doc)
	if model == nil {
		t.Fatal(found)
	}
	return stage.Service{Name: name, AsyncAPI: model, Schemas: languages.In(ws)}
}

func restService(t *testing.T, text string) stage.Service {
	t.Helper()
	ws, doc := document(text)
	model, found := openapi.Load(t.Context(), ws, doc)
	if model == nil {
		t.Fatal(found)
	}
	return stage.Service{Name: "rest", OpenAPI: model, References: jsonschema.In(ws)}
}
