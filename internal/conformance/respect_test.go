package conformance_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/internal/conformance"
)

// The fixtures that need nothing but HTTP, run by somebody else: Redocly's
// respect, which .ci/conformance installs. The score is printed and fails
// nothing: what others do is no fault of this project, and their clock is real.
func TestRespect(t *testing.T) {
	program := os.Getenv("WEFT_RESPECT")
	if program == "" {
		t.Skip("WEFT_RESPECT does not name the program of @redocly/cli; make conformance installs it")
	}
	kit := load(t)
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	run := &respect{ctx: ctx, program: program, dir: t.TempDir(), kit: kit, stages: map[string]*conformance.Stage{}}
	server := httptest.NewServer(http.HandlerFunc(run.serve))
	t.Cleanup(server.Close)
	var list []*conformance.Fixture
	for _, f := range kit.Fixtures {
		if kit.OnlyHTTP(f) {
			list = append(list, f)
		}
	}
	if len(list) < 100 {
		t.Fatalf("only %d fixtures need nothing but HTTP", len(list))
	}
	run.all(t, server.URL, list)
	passed := 0
	ran := 0
	for _, f := range list {
		if run.status[f.Name] == "" {
			continue
		}
		ran++
		differences := run.compare(f)
		if len(differences) == 0 {
			passed++
			continue
		}
		t.Logf("%s: %s", f.Name, strings.Join(differences, "; "))
	}
	t.Logf("score: respect passes %d of the %d fixtures that need nothing but HTTP and that it ran in its time (of %d)", passed, ran, len(list))
}

// respect runs fixtures by a program of others.
type respect struct {
	ctx          context.Context // it ends when the program has had its time
	program, dir string
	kit          *conformance.Kit
	stages       map[string]*conformance.Stage // by the first part of the path
	status       map[string]string
}

// serve leads a request to the servers of its fixture.
func (r *respect) serve(w http.ResponseWriter, request *http.Request) {
	name, _, _ := strings.Cut(strings.TrimPrefix(request.URL.Path, "/"), "/")
	if stage := r.stages[name]; stage != nil {
		http.StripPrefix("/"+name, stage).ServeHTTP(w, request)
		return
	}
	http.NotFound(w, request)
}

func place(i int) string { return fmt.Sprintf("f%03d", i) }

// all writes every fixture and runs those together that are asked for alike.
func (r *respect) all(t *testing.T, url string, list []*conformance.Fixture) {
	t.Helper()
	r.status = map[string]string{}
	groups := map[string][]string{}
	for i, f := range list {
		r.stages[place(i)] = conformance.NewStage(f)
		r.write(t, f, filepath.Join(r.dir, place(i)), url+"/"+place(i))
		inputs, err := json.Marshal(f.Inputs)
		if err != nil {
			t.Fatal(err)
		}
		key := f.Root() + " " + string(inputs)
		groups[key] = append(groups[key], place(i))
	}
	for key, places := range groups {
		workflow, inputs, _ := strings.Cut(key, " ")
		for part := range slices.Chunk(places, 25) {
			r.run(t, workflow, inputs, part)
		}
	}
	for i, f := range list { // by name from here on
		r.status[f.Name], r.stages[f.Name] = r.status[place(i)], r.stages[place(i)]
	}
}

func (r *respect) write(t *testing.T, f *conformance.Fixture, dir, url string) {
	t.Helper()
	texts, err := r.kit.Texts(f)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range texts {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if name == conformance.Main {
			text = conformance.WithoutBus(text)
		}
		if err := os.WriteFile(path, []byte(strings.ReplaceAll(text, "http://shop.test", url)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// run runs fixtures; those that are not in the report, since one stopped the
// program, are run again by halves, until that one is alone.
func (r *respect) run(t *testing.T, workflow, inputs string, places []string) {
	t.Helper()
	report := filepath.Join(r.dir, "report.json")
	_ = os.Remove(report)
	args := []string{"respect"}
	for _, p := range places {
		args = append(args, p+"/"+conformance.Main)
	}
	args = append(args, "--workflow", workflow, "--json-output", report, "--max-fetch-timeout", "5000",
		"--severity", "STATUS_CODE_CHECK=off", "--severity", "CONTENT_TYPE_CHECK=off", "--severity", "SCHEMA_CHECK=off")
	if inputs != "null" {
		args = append(args, "--input", inputs)
	}
	if r.ctx.Err() != nil {
		return // what was not run is not compared
	}
	cmd := exec.CommandContext(r.ctx, r.program, args...)
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), "REDOCLY_TELEMETRY=off", "REDOCLY_SUPPRESS_UPDATE_NOTICE=true")
	_ = cmd.Run() // it ends with 1 where a workflow fails
	if r.ctx.Err() != nil {
		return
	}
	seen := r.read(t, report)
	var left []string
	for _, p := range places {
		status, ok := seen[p+"/"+conformance.Main]
		if !ok {
			r.stages[p].Reset()
			left = append(left, p)
			status = "refused"
		}
		r.status[p] = status
	}
	if len(left) > 0 && len(places) > 1 {
		half := (len(left) + 1) / 2
		for part := range slices.Chunk(left, half) {
			r.run(t, workflow, inputs, part)
		}
	}
}

// read reads how each file's workflow ended.
func (r *respect) read(t *testing.T, path string) map[string]string {
	t.Helper()
	seen := map[string]string{}
	data, err := os.ReadFile(path)
	if err != nil {
		return seen // nothing was run
	}
	var report struct {
		Files map[string]struct {
			ExecutedWorkflows []struct{ Status string }
		}
	}
	if err := json.Unmarshal(data, &report); err != nil {
		t.Fatal(err)
	}
	for name, file := range report.Files {
		status := "refused"
		for _, w := range file.ExecutedWorkflows {
			status = "failed"
			if w.Status == "success" || w.Status == "warning" {
				status = "succeeded"
			}
		}
		seen[filepath.ToSlash(name)] = status
	}
	return seen
}

// compare says how the run differs in its end and its requests; times are not
// compared, since the clock is not virtual.
func (r *respect) compare(f *conformance.Fixture) []string {
	return f.CompareRequests(r.status[f.Name], r.stages[f.Name])
}
