package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A server that repeats what it was told gets it into no journal, no answer of
// the API and no log, neither in a run nor in a service.
func TestCredentialsThatAServerRepeatsAreNotShown(t *testing.T) {
	const secret = "hunter2-and-more"
	t.Setenv("ECHOED_KEY", secret)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Told", r.Header.Get("X-Key"))
		_, _ = fmt.Fprintf(w, `{"told":%q}`, r.Header.Get("X-Key"))
	}))
	t.Cleanup(server.Close)
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "w", "api.yaml"), `openapi: 3.1.0
info: {title: Api, version: 1.0.0}
paths: {/: {get: {operationId: get, security: [{key: []}], responses: {'200': {description: it}}}}}
components: {securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}}
`)
	writeFile(t, filepath.Join(dir, "w", "get.arazzo.yaml"), `arazzo: 1.0.1
info: {title: Get, version: 1.0.0}
sourceDescriptions: [{name: Api, url: ./api.yaml, type: openapi}]
workflows:
  - workflowId: get
    steps: [{stepId: get, operationId: get, outputs: {told: $response.body#/told, header: $response.header.X-Told}}]
    outputs: {told: $steps.get.outputs.told, header: $steps.get.outputs.header}
`)
	where := []string{"--server", "Api=" + server.URL, "--credential", "Api.key=env:ECHOED_KEY"}
	run := launch(t, dir, append([]string{"run", "w/get.arazzo.yaml", "--journal", "run.db", "--format", "json"}, where...)...)
	run.until(t, `"told": ?"\*\*\*"`)
	if err := run.cmd.Wait(); err != nil {
		t.Errorf("%v: %s", err, run.said())
	}

	service := launch(t, dir, append([]string{"serve", "w", "--journal", "serve.db", "--listen", "127.0.0.1:0"}, where...)...)
	api := service.until(t, `http://127\.0\.0\.1:\d+`)[0]
	service.until(t, "begun over the API")
	response, err := http.Post(api+"/v1/workflows/get/runs", "application/json", strings.NewReader(`{"inputs":{}}`))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var begun struct{ ID string }
	if err := json.NewDecoder(response.Body).Decode(&begun); err != nil || begun.ID == "" {
		t.Fatalf("%v: %+v", err, begun)
	}
	told := ""
	for deadline := time.Now().Add(time.Minute); !strings.Contains(told, "***") && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		told = toldOf(t, api+"/v1/runs/"+begun.ID)
	}
	if !strings.Contains(told, "***") || strings.Contains(told, secret) {
		t.Errorf("the API tells %s", told)
	}
	if code := service.interrupt(t); code != exitFine {
		t.Errorf("exit code %d: %s", code, service.said())
	}
	for what, text := range map[string]string{"weft run": run.said(), "weft serve": service.said()} {
		if strings.Contains(text, secret) {
			t.Errorf("%s says %s", what, text)
		}
	}
	for _, name := range []string{"run.db", "serve.db"} {
		kept, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(kept, []byte(secret)) || !bytes.Contains(kept, []byte("***")) {
			t.Errorf("%s keeps the secret, or nothing", name)
		}
	}
}

func toldOf(t *testing.T, url string) string {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var text bytes.Buffer
	_, err = text.ReadFrom(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return text.String()
}
