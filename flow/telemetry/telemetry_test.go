package telemetry_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/flow/telemetry"
	"github.com/weft-dev/weft/internal/leaks"
)

func TestMain(m *testing.M) { os.Exit(leaks.Run(m)) }

// collector is a small collector of spans.
type collector struct {
	mu      sync.Mutex
	spans   []span
	service string
	headers []http.Header
	refuse  []int // answers before it takes anything
}

type span struct {
	TraceID, SpanID, ParentSpanID, Name string
	Kind                                int
	StartTimeUnixNano, EndTimeUnixNano  string
	Links                               []struct{ TraceID, SpanID string }
	Attributes                          []struct {
		Key   string
		Value struct{ StringValue, IntValue string }
	}
	Status struct {
		Code    int
		Message string
	}
}

func (s span) attr(name string) string {
	for _, a := range s.Attributes {
		if a.Key == name {
			return a.Value.StringValue + a.Value.IntValue
		}
	}
	return ""
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.headers = append(c.headers, r.Header)
	if len(c.refuse) > 0 {
		w.WriteHeader(c.refuse[0])
		c.refuse = c.refuse[1:]
		return
	}
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		body, _ = gzip.NewReader(body)
	}
	var request struct {
		ResourceSpans []struct {
			Resource struct {
				Attributes []struct {
					Key   string
					Value struct{ StringValue string }
				}
			}
			ScopeSpans []struct{ Spans []span }
		}
	}
	if r.URL.Path != "/v1/traces" || json.NewDecoder(body).Decode(&request) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	for _, resource := range request.ResourceSpans {
		for _, a := range resource.Resource.Attributes {
			if a.Key == "service.name" {
				c.service = a.Value.StringValue
			}
		}
		for _, scope := range resource.ScopeSpans {
			c.spans = append(c.spans, scope.Spans...)
		}
	}
}

func (c *collector) named(t *testing.T, name string) span {
	t.Helper()
	i := slices.IndexFunc(c.spans, func(s span) bool { return s.Name == name })
	if i < 0 {
		t.Fatalf("there is no span %q in %+v", name, c.spans)
	}
	return c.spans[i]
}

func open(t *testing.T, url string, more map[string]string) *telemetry.Exporter {
	t.Helper()
	config, err := telemetry.FromEnvironment(func(name string) string {
		if name == "OTEL_EXPORTER_OTLP_ENDPOINT" {
			return url
		}
		return more[name]
	})
	if err != nil {
		t.Fatal(err)
	}
	exporter, err := telemetry.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return exporter
}

func closed(t *testing.T, e *telemetry.Exporter) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	return e.Close(ctx)
}

const foreign = "0af7651916cd43dd8448eb211c80319c"

// happenings are those of a run that calls, is refused, calls again, waits for
// a message of somebody's trace and sends because of it.
func happenings() []machine.Happening {
	began := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	at := func(ms int) time.Time { return began.Add(time.Duration(ms) * time.Millisecond) }
	own := machine.Cause{Run: "run-1"}
	headers := map[string]any{"TraceParent": "00-" + foreign + "-b7ad6b7169203331-01"}
	refused := &machine.Failure{Code: machine.FailStatus, Message: "it answered 503"}
	list := []machine.Happening{
		{Kind: machine.RunBegan, At: at(0)},
		{Kind: machine.StepBegan, At: at(0), Step: "get", Effect: "run-1/get/1", Attempt: 1},
		{Kind: machine.RequestSent, At: at(1), Step: "get", Effect: "run-1/get/1", Attempt: 1, Method: "GET", Address: "/a/{b}", Cause: own, Payload: "geheim"},
		{Kind: machine.ResponseCame, At: at(5), Step: "get", Effect: "run-1/get/1", Attempt: 1, Method: "GET", Address: "http://x/a/1?api_key=geheim", Status: 503},
		{Kind: machine.RetryPlanned, At: at(5), Step: "get", Effect: "run-1/get/1", Attempt: 1, Failure: refused},
		{Kind: machine.StepBegan, At: at(9), Step: "get", Effect: "run-1/get/2", Attempt: 2},
		{Kind: machine.RequestSent, At: at(10), Step: "get", Effect: "run-1/get/2", Attempt: 2, Method: "GET", Address: "/a/{b}", Cause: own},
		{Kind: machine.ResponseCame, At: at(12), Step: "get", Effect: "run-1/get/2", Attempt: 2, Method: "GET", Address: "http://x/a/1", Status: 200},
		{Kind: machine.StepEnded, At: at(12), Step: "get", Effect: "run-1/get/2", Attempt: 2, Took: 12 * time.Millisecond},
		{Kind: machine.StepBegan, At: at(13), Step: "wait", Effect: "run-1/wait/1", Attempt: 1},
		{Kind: machine.MessageCame, At: at(20), Step: "wait", Effect: "run-1/wait/1", Attempt: 1, Address: "orders", Headers: headers},
		{Kind: machine.StepEnded, At: at(20), Step: "wait", Effect: "run-1/wait/1", Attempt: 1, Took: 7 * time.Millisecond},
		{Kind: machine.StepBegan, At: at(21), Step: "tell", Effect: "run-1/tell/1", Attempt: 1},
		{Kind: machine.MessageSending, At: at(21), Step: "tell", Effect: "run-1/tell/1", Attempt: 1, Address: "told", Cause: machine.Cause{Run: "run-1", Headers: headers}},
		{Kind: machine.MessageSent, At: at(25), Step: "tell", Effect: "run-1/tell/1", Attempt: 1, Address: "told"},
		{Kind: machine.StepEnded, At: at(25), Step: "tell", Effect: "run-1/tell/1", Attempt: 1, Took: 4 * time.Millisecond},
		{Kind: machine.RunEnded, At: at(26), Took: 26 * time.Millisecond, Cause: machine.Cause{Run: "run-1", Headers: headers}},
	}
	for i := range list {
		list[i].Workflow, list[i].StepKind = "w", plan.Call
	}
	return list
}

func TestARunIsATreeOfSpansWithTheIdsThatWentOut(t *testing.T) {
	c := &collector{}
	server := httptest.NewServer(c)
	defer server.Close()
	exporter := open(t, server.URL+"/", map[string]string{
		"OTEL_EXPORTER_OTLP_HEADERS": "authorization=Bearer%20x, a=b", "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip", "OTEL_SERVICE_NAME": "shop",
	})
	seen := 0
	observer := exporter.Observer("run-1", engine.ObserverFunc(func(machine.Happening) { seen++ }))
	for _, h := range happenings() {
		observer.Observe(h)
	}
	if err := closed(t, exporter); err != nil {
		t.Fatal(err)
	}
	if seen != len(happenings()) {
		t.Errorf("the next observer was told %d times", seen)
	}
	if c.service != "shop" || c.headers[0].Get("Authorization") != "Bearer x" || c.headers[0].Get("A") != "b" {
		t.Errorf("from %q with %v", c.service, c.headers)
	}
	run, step := c.named(t, "run w"), c.named(t, "get")
	first, second := c.named(t, "attempt 1 of get"), c.named(t, "attempt 2 of get")
	call, receive, send := c.named(t, "GET /a/{b}"), c.named(t, "receive orders"), c.named(t, "send told")
	for name, pair := range map[string][2]string{
		"step of run":         {step.ParentSpanID, run.SpanID},
		"first of step":       {first.ParentSpanID, step.SpanID},
		"second of step":      {second.ParentSpanID, step.SpanID},
		"call of attempt":     {call.ParentSpanID, first.SpanID},
		"message of attempt":  {receive.ParentSpanID, c.named(t, "attempt 1 of wait").SpanID},
		"sent of message":     {send.ParentSpanID, "b7ad6b7169203331"},
		"sent in its trace":   {send.TraceID, foreign},
		"sent links attempt":  {send.Links[0].SpanID, c.named(t, "attempt 1 of tell").SpanID},
		"message links cause": {receive.Links[0].TraceID, foreign},
		"run has no parent":   {run.ParentSpanID, ""},
		"run links cause":     {run.Links[0].TraceID, foreign},
		"failure":             {first.Status.Message, "it answered 503"},
		"status code":         {call.attr("http.response.status_code"), "503"},
		"URL":                 {call.attr("url.full"), "http://x/a/1?api_key=***"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %q is not %q", name, pair[0], pair[1])
		}
	}
	went := engine.EffectTrace(machine.Cause{Run: "run-1"}, "run-1/get/1").Parent
	if !strings.Contains(went, call.TraceID+"-"+call.SpanID) {
		t.Errorf("%s went out, and the span is %s", went, call.SpanID)
	}
	if first.Status.Code != 2 || second.Status.Code != 0 || run.Status.Code != 0 || call.Kind != 3 || send.Kind != 4 || receive.Kind != 5 {
		t.Errorf("%+v", c.spans)
	}
	if run.StartTimeUnixNano != "1769860800000000000" || run.EndTimeUnixNano != "1769860800026000000" {
		t.Errorf("the run is from %s to %s", run.StartTimeUnixNano, run.EndTimeUnixNano)
	}
	if text, _ := json.Marshal(c.spans); strings.Contains(string(text), "geheim") {
		t.Errorf("a secret was sent: %s", text)
	}
}

func TestACollectorThatIsBusyIsAskedAgain(t *testing.T) {
	c := &collector{refuse: []int{503, 429}}
	server := httptest.NewServer(c)
	defer server.Close()
	exporter := open(t, server.URL, nil)
	exporter.Observer("r", nil).Observe(machine.Happening{Kind: machine.RunEnded, At: time.Now(), Workflow: "w"})
	if err := closed(t, exporter); err != nil {
		t.Fatal(err)
	}
	if len(c.spans) != 1 || len(c.headers) != 3 {
		t.Errorf("%d spans after %d requests", len(c.spans), len(c.headers))
	}
}

func TestWhatIsLostIsCountedAndNeverWaitedFor(t *testing.T) {
	c := &collector{refuse: []int{401, 401}}
	server := httptest.NewServer(c)
	exporter := open(t, server.URL+"/?token=geheim", nil)
	observer := exporter.Observer("r", nil)
	observer.Observe(machine.Happening{Kind: machine.RunEnded, At: time.Now(), Workflow: "w"})
	err := closed(t, exporter)
	if err == nil || !strings.Contains(err.Error(), "1 span ") || !strings.Contains(err.Error(), "it answered 40") || strings.Contains(err.Error(), "geheim") {
		t.Errorf("got %v", err)
	}
	server.Close()
	// Nobody listens any more: the caller's limit holds, and no more is kept
	// than there is room for.
	exporter = open(t, server.URL, nil)
	observer = exporter.Observer("r", nil)
	for range 20_000 {
		observer.Observe(machine.Happening{Kind: machine.RunEnded, At: time.Now(), Workflow: "w"})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := exporter.Close(ctx); err == nil || !strings.Contains(err.Error(), "20000 spans") {
		t.Errorf("got %v", err)
	}
}

func TestNothingIsSentUnlessTheEnvironmentAsks(t *testing.T) {
	t.Parallel()
	const endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT"
	for name, test := range map[string]struct {
		env  map[string]string
		want string // of the endpoint
		says string // of the error
	}{
		"nothing":           {nil, "", ""},
		"an endpoint":       {map[string]string{endpoint: "http://c:4318"}, "http://c:4318/v1/traces", ""},
		"one for traces":    {map[string]string{endpoint: "http://c", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://d/x"}, "http://d/x", ""},
		"disabled":          {map[string]string{endpoint: "http://c", "OTEL_SDK_DISABLED": "true"}, "", ""},
		"no exporter":       {map[string]string{endpoint: "http://c", "OTEL_TRACES_EXPORTER": "none"}, "", ""},
		"another exporter":  {map[string]string{endpoint: "http://c", "OTEL_TRACES_EXPORTER": "zipkin"}, "", `OTEL_TRACES_EXPORTER "zipkin" is not supported; leave it out or write otlp`},
		"gRPC":              {map[string]string{endpoint: "http://c", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "", "write http/json"},
		"a bad URL":         {map[string]string{endpoint: "c:4317"}, "", "no URL of http"},
		"headers":           {map[string]string{endpoint: "http://c", "OTEL_EXPORTER_OTLP_HEADERS": "geheim"}, "", "is no list of NAME=VALUE"},
		"a timeout":         {map[string]string{endpoint: "http://c", "OTEL_EXPORTER_OTLP_TIMEOUT": "soon"}, "", "no number of milliseconds"},
		"a sampler":         {map[string]string{endpoint: "http://c", "OTEL_TRACES_SAMPLER": "traceidratio"}, "", "OTEL_TRACES_SAMPLER"},
		"client's own cert": {map[string]string{endpoint: "http://c", "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE": "x"}, "", "is not supported"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config, err := telemetry.FromEnvironment(func(name string) string { return test.env[name] })
			got := ""
			if config != nil {
				got = config.Endpoint
			}
			if got != test.want || (err != nil) != (test.says != "") || err != nil && (!strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "geheim")) {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}
