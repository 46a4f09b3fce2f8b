package cli

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weft-dev/weft/wire/driver"
)

// collector takes spans as OpenTelemetry's collectors do.
type collector struct {
	mu      sync.Mutex
	service string
	spans   map[string]collected // by name
	twice   []string
}

type collected struct {
	TraceID, SpanID, ParentSpanID, Name string
	Kind                                int
	Links                               []struct{ TraceID, SpanID string }
	Status                              struct{ Code int }
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var request struct {
		ResourceSpans []struct {
			Resource struct {
				Attributes []struct {
					Key   string
					Value struct{ StringValue string }
				}
			}
			ScopeSpans []struct{ Spans []collected }
		}
	}
	if r.URL.Path != "/v1/traces" || json.NewDecoder(r.Body).Decode(&request) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, resource := range request.ResourceSpans {
		for _, a := range resource.Resource.Attributes {
			if a.Key == "service.name" {
				c.service = a.Value.StringValue
			}
		}
		for _, scope := range resource.ScopeSpans {
			for _, s := range scope.Spans {
				if _, known := c.spans[s.Name]; known {
					c.twice = append(c.twice, s.Name)
				}
				c.spans[s.Name] = s
			}
		}
	}
}

// observed is a service that tells a collector of one run.
type observed struct {
	*killWorld
	c     *exec.Cmd
	lines <-chan string
	url   string
}

func observe(t *testing.T, collectorURL string) *observed {
	t.Helper()
	w := &observed{killWorld: newKillWorld(t, time.Millisecond)}
	args := []string{"serve", "testdata/crash", "--journal", filepath.Join(t.TempDir(), "j.db"), "--listen", "127.0.0.1:0", "--format", "json", "--server", "shop=" + w.shop.URL}
	for source, h := range w.brokers {
		args = append(args, "--server", source+"="+h.url)
	}
	w.c = exec.Command("weft", args...)
	w.c.Env = append(os.Environ(), "OTEL_EXPORTER_OTLP_ENDPOINT="+collectorURL, "OTEL_SERVICE_NAME=orders")
	w.lines = started(t, w.c)
	var ready struct{ URL string }
	must(t, json.Unmarshal([]byte(<-w.lines), &ready))
	w.url = ready.URL
	return w
}

// order runs one order to its end.
func (w *observed) order() {
	w.t.Helper()
	status, begun := asked(w.t, "POST", w.url+"/v1/workflows/order/runs", `{"inputs":{"order":"o"}}`)
	if status != http.StatusCreated {
		w.t.Fatalf("answered %d: %v", status, begun)
	}
	becomes(w.t, w.url+"/v1/runs/"+begun["id"].(string), "succeeded")
}

// end asks the service to end and waits until it has.
func (w *observed) end() {
	w.t.Helper()
	must(w.t, w.c.Process.Signal(os.Interrupt))
	for range w.lines {
	}
}

// What weft serve does is told to a collector: a tree of run, steps, attempts,
// calls and messages, in one trace with the ids that went out, which goes on
// with whoever answers.
func TestTheSpansOfAServiceAreThoseThatWentOut(t *testing.T) {
	t.Parallel()
	spans := &collector{spans: map[string]collected{}}
	server := httptest.NewServer(spans)
	t.Cleanup(server.Close)
	w := observe(t, server.URL)
	w.order()
	w.end()
	if spans.service != "orders" || len(spans.twice) > 0 {
		t.Errorf("the service is %q; told twice: %v", spans.service, spans.twice)
	}
	parents := map[string]string{"run order": ""}
	for step, talk := range map[string]string{
		"create": "POST /orders", "ask": "send orders", "confirmed": "receive confirmed", "ship": "send shipments",
		"delivered": "receive delivered", "book": "send invoices", "close": "PUT /orders/{order}",
	} {
		parents[step], parents["attempt 1 of "+step], parents[talk] = "run order", step, "attempt 1 of "+step
	}
	if len(spans.spans) != len(parents) {
		t.Errorf("%d spans, not %d", len(spans.spans), len(parents))
	}
	root := spans.spans["run order"]
	for name, parent := range parents {
		s := spans.spans[name]
		if s.SpanID == "" || s.TraceID != root.TraceID || s.ParentSpanID != spans.spans[parent].SpanID || s.Status.Code == 2 {
			t.Errorf("%s should be below %q in trace %s: %+v", name, parent, root.TraceID, s)
		}
	}
	w.wentOut(spans)
}

// wentOut compares what the shop and the clerks were told with the spans.
func (w *observed) wentOut(spans *collector) {
	w.t.Helper()
	same := func(name, parent string) {
		w.t.Helper()
		s := spans.spans[name]
		if want := "00-" + s.TraceID + "-" + s.SpanID + "-01"; parent != want {
			w.t.Errorf("%s went out as %s, its span is %s", name, parent, want)
		}
	}
	for step, name := range map[string]string{"create": "POST /orders", "close": "PUT /orders/{order}"} {
		same(name, w.parents[step])
	}
	for _, pair := range [][2]string{{"desk", "orders"}, {"floor", "shipments"}, {"books", "invoices"}} {
		w.read(pair[0], pair[1], func(m *driver.Message) { same("send "+pair[1], headerText(m, "traceparent")) })
	}
	for _, pair := range [][2]string{{"desk", "confirmed"}, {"floor", "delivered"}} {
		w.read(pair[0], pair[1], func(m *driver.Message) {
			s := spans.spans["receive "+pair[1]]
			parts := strings.Split(headerText(m, "traceparent"), "-")
			if len(s.Links) != 1 || len(parts) != 4 || s.Links[0].TraceID != parts[1] || s.Links[0].SpanID != parts[2] {
				w.t.Errorf("%s came as %v, its span has the links %v", pair[1], parts, s.Links)
			}
		})
	}
}

// The page of metrics is one that Prometheus reads, and counts what happened.
func TestTheMetricsOfAServiceAreThoseOfPrometheus(t *testing.T) {
	t.Parallel()
	w := observe(t, "")
	w.order()
	var page map[string]family
	// A run that has ended is counted, and let go, a moment later.
	for limit := time.Now().Add(time.Minute); time.Now().Before(limit); time.Sleep(10 * time.Millisecond) {
		answer, err := http.Get(w.url + "/metrics")
		must(t, err)
		data, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		must(t, err)
		if kind := answer.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/plain; version=0.0.4") {
			t.Errorf("the content type is %q", kind)
		}
		page = parseMetrics(t, string(data))
		if page["weft_runs_active"].samples[""] == 0 {
			break
		}
	}
	for name, want := range map[string]float64{
		`weft_runs_started_total{workflow="order"}`:                     1,
		`weft_runs_ended_total{status="succeeded",workflow="order"}`:    1,
		`weft_messages_total{fate="sent",workflow="order"}`:             3,
		`weft_messages_total{fate="received",workflow="order"}`:         2,
		`weft_step_duration_seconds_count{workflow="order"}`:            7,
		`weft_step_duration_seconds_bucket{le="+Inf",workflow="order"}`: 7,
		`weft_runs_active`:  0,
		`weft_runs_waiting`: 0,
		`weft_runs_stuck`:   0,
	} {
		if got, there := sampleOf(page, name); !there || got != want {
			t.Errorf("%s is %v (there: %v), not %v", name, got, there, want)
		}
	}
	for name, f := range page {
		if f.help == "" || !slices.Contains([]string{"counter", "gauge", "histogram"}, f.kind) || f.kind == "counter" != strings.HasSuffix(name, "_total") {
			t.Errorf("%s is a %q: %s", name, f.kind, f.help)
		}
	}
}
